/* cleanup.h - scope-bound ownership.
 *
 * AUTO(x) v = NULL;   v is released by x_free() when its scope ends
 * TAKE(v)             hand v over and disarm it
 * AUTO_MEM            the same for plain malloc() memory
 * AUTO_FD             the same for a file descriptor (-1 is "none")
 *
 * `goto out` remains right where the order of releases matters
 * (transaction, privilege, lock).
 */
#pragma once
#include <stdlib.h>
#include <unistd.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED                 __attribute__((unused))
#define NORETURN               __attribute__((noreturn))
#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))

/* A large buffer that is written before it is read: without it the compiler
 * clears it first (-ftrivial-auto-var-init). For bytes only. */
#define SCRATCH __attribute__((uninitialized))

#define AUTO_DEFINE(type)                                          \
	static inline UNUSED void type##_autofree(struct type **p) \
	{                                                          \
		type##_free(*p);                                   \
	}                                                          \
	struct type

#define AUTO(type) __attribute__((cleanup(type##_autofree))) struct type *

/* For objects of other libraries: AUTO_FOREIGN(EVP_PKEY, EVP_PKEY_free). */
#define AUTO_FOREIGN(type, release)                         \
	static inline UNUSED void type##_autofree(type **p) \
	{                                                   \
		release(*p);                                \
	}                                                   \
	struct type##_autofree_needs_a_semicolon

#define AUTO_OF(type) __attribute__((cleanup(type##_autofree))) type *

#define TAKE(v)                             \
	__extension__({                     \
		__typeof__(v) taken_ = (v); \
		(v) = NULL;                 \
		taken_;                     \
	})

static inline void
cleanup_mem(void *p)
{
	free(*(void **)p);
}

static inline void
cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define AUTO_MEM __attribute__((cleanup(cleanup_mem)))
#define AUTO_FD  __attribute__((cleanup(cleanup_fd))) int
