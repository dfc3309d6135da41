/* ROLE_CHANGE, WAITING_LIST, CONFIRM: roles, and what waits for a second
 * person (action.h). */
#include "ca/action.h"
#include "ca/handlers.h"

void
ca_role_change_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_role_change *ask = call->ask;
	char key[CA_KEY_MAX];
	struct ca_action a = { .what = { .kind = ask->grant ? CA_ACTION_GRANT
							    : CA_ACTION_REVOKE,
				   .subject = key,
				   .name = ask->name,
				   .object = "",
				   .hash = "",
				   .rights = ask->role } };
	struct err err = { 0 };

	if (ca_principal_key(ask->name, key, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_action_handle(w, call, &a);
}

void
ca_role_confirm_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_confirm *ask = call->ask;
	struct ca_action a = { 0 };
	struct err err = { 0 };
	int rc = ca_action_end(w, call, ask->id, ask->cancel, &a, &err);

	ca_action_reply(call, &a, rc, &err);
	ca_action_clear(&a);
}

struct rows {
	struct ca_arena *arena;
	struct rpc_waiting_row *rows;
	size_t n;
};

static bool
add_row(void *ctx, const struct store_waiting *s)
{
	struct rows *l = ctx;

	l->rows[l->n++] =
	    (struct rpc_waiting_row){ s->id, ca_arena_str(l->arena, s->what),
		    ca_arena_str(l->arena, s->asker), s->asked,
		    s->asked + (int64_t)CA_ACTION_DAYS * 86400 };
	return l->n < RPC_WAITING_MAX;
}

void
ca_role_waiting_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO_ARENA arena = { 0 };
	struct rows l = { .arena = &arena };
	struct err err = { 0 };

	l.rows = ca_arena_alloc(&arena, RPC_WAITING_MAX * sizeof(*l.rows));
	if (ca_arena_check(&arena, &err) < 0 ||
	    ca_action_list(w, add_row, &l, &err) < 0 ||
	    ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &(struct rpc_waiting_list){ l.rows, l.n });
}
