/* audit_list.c - AUDIT_LIST: the records of this node, a page at a time. */
#include "ca/arena.h"
#include "ca/audit.h"
#include "ca/handlers.h"

struct audit_rows {
	struct ca_arena *arena;
	struct rpc_audit_row *rows;
	size_t n, max;
};

static bool
list_row(void *ctx, const struct store_audit *a)
{
	struct audit_rows *l = ctx;

	l->rows[l->n++] =
	    (struct rpc_audit_row){ .node = ca_arena_str(l->arena, a->node),
		    .sequence = a->sequence,
		    .time = a->time,
		    .event = ca_arena_str(l->arena, a->event),
		    .actor = ca_arena_str(l->arena, a->actor),
		    .peer = ca_arena_str(l->arena, a->peer),
		    .request_id = a->request_id,
		    .detail = ca_arena_str(l->arena, a->detail),
		    .hash = ca_arena_bytes(l->arena, a->hash) };
	return l->n < l->max;
}

void
ca_audit_list_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_audit_ask *ask = call->ask;
	uint32_t limit = ask->limit ? ask->limit : 50;
	AUTO_ARENA arena = { 0 };
	struct audit_rows l = { .arena = &arena };
	struct rpc_audit_list reply = { 0 };
	struct err err = { 0 };

	l.max = limit > RPC_LIST_MAX ? RPC_LIST_MAX : limit;
	l.rows = ca_arena_alloc(&arena, l.max * sizeof(*l.rows));
	if (ca_arena_check(&arena, &err) < 0 ||
	    store_list_audit(w->reader,
		&(struct store_audit_filter){ .node = w->ca->node,
		    .after = ask->after,
		    .request_id = ask->request_id,
		    .limit = (uint32_t)l.max },
		list_row, &l, &err) < 0 ||
	    ca_arena_check(&arena, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	reply.rows = l.rows;
	reply.row_count = l.n;
	reply.next = l.n == l.max ? l.rows[l.n - 1].sequence : 0;
	ca_call_reply(call, &reply);
}
