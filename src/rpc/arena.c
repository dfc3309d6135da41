#include "rpc/arena.h"

#include "base/secret.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>

#define ARENA_ALIGN     16
#define ARENA_BLOCK_MIN 1024

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(ARENA_ALIGN) uint8_t mem[];
};

struct rpc_arena {
	struct arena_block *block; /* newest first */
	size_t total;
	size_t max;
	ProtobufCAllocator allocator;
};

static void *
allocator_alloc(void *arena, size_t n)
{
	return rpc_arena_alloc(arena, n);
}

static void
allocator_free(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

static bool
add_block(struct rpc_arena *a, size_t size)
{
	struct arena_block *b;

	if (size > a->max - a->total)
		size = a->max - a->total;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return false;
	b->next = a->block;
	b->size = size;
	b->used = 0;
	a->block = b;
	a->total += size;
	return true;
}

struct rpc_arena *
rpc_arena_new(size_t first, size_t max)
{
	struct rpc_arena *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct rpc_arena){ .max = max,
		.allocator = { allocator_alloc, allocator_free, a } };
	if (!add_block(a, first < ARENA_BLOCK_MIN ? ARENA_BLOCK_MIN : first)) {
		free(a);
		return NULL;
	}
	return a;
}

void
rpc_arena_free(struct rpc_arena *a)
{
	struct arena_block *b, *next;

	if (!a)
		return;
	for (b = a->block; b; b = next) {
		next = b->next;
		secret_wipe(b->mem, b->used);
		free(b);
	}
	free(a);
}

void *
rpc_arena_alloc(struct rpc_arena *a, size_t n)
{
	struct arena_block *b = a->block;
	size_t need;
	uint8_t *p;

	if (n >= a->max)
		return NULL;
	/* At least one byte more than asked, for the zero. */
	need = (n + ARENA_ALIGN) & ~(size_t)(ARENA_ALIGN - 1);
	if (need > b->size - b->used) {
		if (need > a->max - a->total ||
		    !add_block(a, need > 2 * b->size ? need : 2 * b->size))
			return NULL;
		b = a->block;
	}
	assert(need <= b->size - b->used);
	p = b->mem + b->used;
	p[n] = 0;
	b->used += need;
	return p;
}

void *
rpc_arena_zalloc(struct rpc_arena *a, size_t n)
{
	void *p = rpc_arena_alloc(a, n);

	return p ? memset(p, 0, n) : NULL;
}

ProtobufCAllocator *
rpc_arena_allocator(struct rpc_arena *a)
{
	return &a->allocator;
}
