#include "base/secret.h"

#include <sys/mman.h>

struct secret {
	size_t n;
	size_t mapped;
	uint8_t mem[];
};

int
secret_new(size_t n, struct secret **ret, struct err *err)
{
	size_t mapped = sizeof(struct secret) + n + 1;
	struct secret *s;

	if (n > SECRET_MAX)
		return err_set(err, ERR_TOO_LARGE, "secret of %zu bytes", n);
	s = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return err_errno(err, "memory for a secret");
	/* A low RLIMIT_MEMLOCK must not stop the program. */
	(void)mlock(s, mapped);
	(void)madvise(s, mapped, MADV_DONTDUMP);
	s->n = n;
	s->mapped = mapped;
	*ret = s;
	return 0;
}

int
secret_copy(struct bytes from, struct secret **ret, struct err *err)
{
	if (secret_new(from.n, ret, err) < 0)
		return -1;
	if (from.n)
		memcpy((*ret)->mem, from.p, from.n);
	return 0;
}

void
secret_free(struct secret *s)
{
	if (!s)
		return;
	secret_wipe(s->mem, s->n);
	(void)munmap(s, s->mapped);
}

uint8_t *
secret_mem(struct secret *s)
{
	return s->mem;
}

struct bytes
secret_bytes(const struct secret *s)
{
	return (struct bytes){ s->mem, s->n };
}

void
secret_wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}

bool
secret_eq(struct bytes a, struct bytes b)
{
	uint8_t diff = 0;
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		diff |= (uint8_t)(a.p[i] ^ b.p[i]);
	return diff == 0;
}
