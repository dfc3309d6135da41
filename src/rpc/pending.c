#include "rpc/pending.h"

/* An id is a serial number and, in its low bits, the place of the call. */
#define PLACE_BITS 10
#define PLACE_MASK ((1U << PLACE_BITS) - 1)
_Static_assert(1 << PLACE_BITS == RPC_IN_FLIGHT_MAX, "places fit their bits");

void
rpc_pending_init(struct rpc_pending *t)
{
	uint16_t i;

	*t = (struct rpc_pending){ 0 };
	for (i = 0; i < RPC_IN_FLIGHT_MAX; i++)
		t->free[t->free_count++] = i;
}

bool
rpc_pending_empty(const struct rpc_pending *t)
{
	return t->free_count == RPC_IN_FLIGHT_MAX;
}

bool
rpc_pending_add(struct rpc_pending *t, struct rpc_pending_call *call)
{
	uint16_t i;

	if (t->free_count == 0)
		return false;
	i = t->free[t->free_first];
	t->free_first = (t->free_first + 1) & PLACE_MASK;
	t->free_count--;
	call->id = ++t->serial << PLACE_BITS | i;
	t->calls[i] = *call;
	if (call->deadline)
		t->with_deadline++;
	return true;
}

struct rpc_pending_call *
rpc_pending_find(struct rpc_pending *t, uint64_t id)
{
	struct rpc_pending_call *c = &t->calls[id & PLACE_MASK];

	return id != 0 && c->id == id ? c : NULL;
}

struct rpc_pending_call
rpc_pending_remove(struct rpc_pending *t, struct rpc_pending_call *call)
{
	struct rpc_pending_call was = *call;

	if (was.deadline)
		t->with_deadline--;
	call->id = 0;
	t->free[(t->free_first + t->free_count) & PLACE_MASK] =
	    (uint16_t)(call - t->calls);
	t->free_count++;
	return was;
}

bool
rpc_pending_overdue(const struct rpc_pending *t, uint64_t now)
{
	size_t i;

	if (t->with_deadline == 0)
		return false;
	for (i = 0; i < RPC_IN_FLIGHT_MAX; i++)
		if (t->calls[i].id && t->calls[i].deadline &&
		    t->calls[i].deadline <= now)
			return true;
	return false;
}
