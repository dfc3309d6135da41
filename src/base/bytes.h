/* bytes.h - a borrowed run of bytes.
 *
 * Never owns, never ends in NUL. A struct bytes lives as long as what it
 * points into; the functions that return one say what that is.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

#define BYTES_NONE      ((struct bytes){ NULL, 0 })
#define BYTES_OF(array) ((struct bytes){ (array), sizeof(array) })
/* A string literal without its NUL. */
#define BYTES_LIT(s) ((struct bytes){ (const uint8_t *)("" s), sizeof(s) - 1 })
/* The same as an initializer in a table. */
#define BYTES_INIT(s)                                  \
	{                                              \
		(const uint8_t *)("" s), sizeof(s) - 1 \
	}

static inline struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

static inline struct bytes
bytes_str(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

static inline bool
bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
bytes_has_prefix(struct bytes a, struct bytes prefix)
{
	return a.n >= prefix.n &&
	       (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

/* First place of needle in hay, or NULL. */
static inline const uint8_t *
bytes_find(struct bytes hay, struct bytes needle)
{
	return hay.p ? memmem(hay.p, hay.n, needle.p, needle.n) : NULL;
}
