/* arena.h - memory for one answer: copies of texts that live until it is sent.
 *
 * Bounded: beyond the limit, or without memory, copies come back as "" and
 * the arena is marked failed; check once, before the answer is sent.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define CA_ARENA_MAX (8U * 1024 * 1024)

struct ca_arena_block;

struct ca_arena {
	struct ca_arena_block *blocks;
	size_t used;
	bool failed;
};

void ca_arena_clear(struct ca_arena *a);
/* Zeroed memory, or NULL (then failed). */
void *ca_arena_alloc(struct ca_arena *a, size_t n);
const char *ca_arena_str(struct ca_arena *a, const char *s); /* NULL: "" */
struct bytes ca_arena_bytes(struct ca_arena *a, struct bytes b);
const char *ca_arena_fmt(struct ca_arena *a, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
MUST_CHECK int ca_arena_check(const struct ca_arena *a, struct err *err);

#define AUTO_ARENA __attribute__((cleanup(ca_arena_clear))) struct ca_arena
