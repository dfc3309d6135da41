/* arena.h - the memory of one message.
 *
 * Grows by blocks up to a declared maximum and is released as a whole.
 * protobuf-c unpacks into it, the plain structs are laid into it, so a hostile
 * message can cost at most the maximum, however it unfolds.
 *
 * Every allocation is followed by a zero byte: a text that travelled as bytes
 * is NUL-terminated where it lies. What was used is wiped on release, because
 * any message may carry a password.
 *
 * Not for several threads at once.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"

struct rpc_arena;
struct ProtobufCAllocator;

/* Room for `first` bytes at once; NULL when there is no memory. */
struct rpc_arena *rpc_arena_new(size_t first, size_t max);
void rpc_arena_free(struct rpc_arena *a); /* NULL is fine */
AUTO_DEFINE(rpc_arena);
/* NULL beyond the maximum. Aligned for anything; not zeroed. */
void *rpc_arena_alloc(struct rpc_arena *a, size_t n);
void *rpc_arena_zalloc(struct rpc_arena *a, size_t n);
/* Allocates here, its free does nothing. */
struct ProtobufCAllocator *rpc_arena_allocator(struct rpc_arena *a);
