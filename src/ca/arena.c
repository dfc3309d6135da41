#include "ca/arena.h"

#include <stdarg.h>
#include <stdio.h>

#define BLOCK_MIN 16384

struct ca_arena_block {
	struct ca_arena_block *next;
	size_t used, size;
	uint64_t mem[]; /* aligned for anything */
};

void
ca_arena_clear(struct ca_arena *a)
{
	struct ca_arena_block *b;

	while ((b = a->blocks)) {
		a->blocks = b->next;
		free(b);
	}
	*a = (struct ca_arena){ 0 };
}

void *
ca_arena_alloc(struct ca_arena *a, size_t n)
{
	struct ca_arena_block *b = a->blocks;
	void *p;

	n = (n + 7) & ~(size_t)7;
	if (a->failed || n > CA_ARENA_MAX - a->used) {
		a->failed = true;
		return NULL;
	}
	if (!b || b->size - b->used < n) {
		size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;

		b = calloc(1, sizeof(*b) + size);
		if (!b) {
			a->failed = true;
			return NULL;
		}
		b->size = size;
		b->next = a->blocks;
		a->blocks = b;
	}
	p = (uint8_t *)b->mem + b->used;
	b->used += n;
	a->used += n;
	return p;
}

const char *
ca_arena_str(struct ca_arena *a, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	char *p = n ? ca_arena_alloc(a, n + 1) : NULL;

	if (!p)
		return "";
	memcpy(p, s, n);
	return p;
}

struct bytes
ca_arena_bytes(struct ca_arena *a, struct bytes b)
{
	uint8_t *p = b.n ? ca_arena_alloc(a, b.n) : NULL;

	if (!p)
		return BYTES_NONE;
	memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

const char *
ca_arena_fmt(struct ca_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n > 0 ? ca_arena_alloc(a, (size_t)n + 1) : NULL;
	if (!p)
		return "";
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

int
ca_arena_check(const struct ca_arena *a, struct err *err)
{
	if (a->failed)
		return err_set(err, ERR_TOO_LARGE, "the answer is too large");
	return 0;
}
