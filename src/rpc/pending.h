/* pending.h - the calls of one connection that wait for their answers.
 *
 * A fixed table; an id finds its call without a search and is not used again.
 * Not locked: link.c's lock guards it.
 */
#pragma once
#include "rpc/link.h"

struct rpc_pending_call {
	uint64_t id; /* 0: free */
	uint32_t method;
	uint64_t deadline; /* when the peer is given up; 0: the caller waits */
	rpc_link_done *done;
	void *ctx;
};

struct rpc_pending {
	uint64_t serial;
	size_t with_deadline;
	/* The place that has been free longest comes next: so two callers
	 * seldom meet in one seat (link.c). */
	unsigned free_first, free_count;
	uint16_t free[RPC_IN_FLIGHT_MAX];
	struct rpc_pending_call calls[RPC_IN_FLIGHT_MAX];
};

void rpc_pending_init(struct rpc_pending *t);
bool rpc_pending_empty(const struct rpc_pending *t);
/* Gives call->id; false when all places are taken. */
MUST_CHECK bool rpc_pending_add(
    struct rpc_pending *t, struct rpc_pending_call *call);
/* NULL: no such call, or not any more. */
struct rpc_pending_call *rpc_pending_find(struct rpc_pending *t, uint64_t id);
struct rpc_pending_call rpc_pending_remove(
    struct rpc_pending *t, struct rpc_pending_call *call);
bool rpc_pending_overdue(const struct rpc_pending *t, uint64_t now);
