/* GROUP_LIST and GROUP_CHANGE; PERSON_LIST and PERSON_CHANGE. */
#include "ca/action.h"
#include "ca/handlers.h"

#include "base/str.h"

static const struct {
	uint32_t action;
	enum ca_action_kind kind;
	bool member; /* the subject is a member, the object the group */
} changes[] = {
	{ RPC_GROUP_MAKE, CA_ACTION_GROUP_MAKE, false },
	{ RPC_GROUP_DELETE, CA_ACTION_GROUP_DELETE, false },
	{ RPC_GROUP_JOIN, CA_ACTION_JOIN, true },
	{ RPC_GROUP_LEAVE, CA_ACTION_LEAVE, true },
};

void
ca_group_change_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_group_change *ask = call->ask;
	char group[CA_KEY_MAX], member[CA_KEY_MAX];
	struct ca_action a = { .description = ask->description,
		.what = { .subject = group,
		    .name = ask->name,
		    .object = "",
		    .hash = "" } };
	struct err err = { 0 };
	bool of_member = false;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		if (changes[i].action == ask->action) {
			a.what.kind = changes[i].kind;
			of_member = changes[i].member;
		}
	a.what.is_group = !of_member;
	if (of_member) {
		a.what.subject = member;
		a.what.name = ask->member;
		a.what.object = group;
	}
	if (ca_principal_key(ask->name, group, &err) < 0 ||
	    (of_member && ca_principal_key(ask->member, member, &err) < 0))
		ca_call_fail(call, &err);
	else
		ca_action_handle(w, call, &a);
}

/* --- list ----------------------------------------------------------------- */

struct groups {
	struct ca_arena *arena;
	const struct ca_picture *picture;
	const char *only; /* key, or NULL */
	struct rpc_group_row *rows;
	size_t n;
	struct rpc_name_row *members;
	size_t member_n;
};

static bool
add_group(void *ctx, const struct store_group *g)
{
	struct groups *l = ctx;

	if (l->only && !str_eq(l->only, g->group_key))
		return true;
	l->rows[l->n++] =
	    (struct rpc_group_row){ ca_arena_str(l->arena, g->name),
		    ca_arena_str(l->arena, g->description),
		    (uint32_t)ca_picture_group_size(l->picture, g->group_key) };
	return l->n < RPC_GROUPS_MAX;
}

static bool
add_member(void *ctx, const struct store_member *m)
{
	struct groups *l = ctx;

	if (!str_eq(l->only, m->group_key))
		return true;
	l->members[l->member_n++].name = ca_arena_str(l->arena, m->name);
	return l->member_n < RPC_MEMBERS_MAX;
}

static int
list(struct ca_worker *w, struct groups *l, struct err *err)
{
	l->rows = ca_arena_alloc(l->arena, RPC_GROUPS_MAX * sizeof(*l->rows));
	l->members = ca_arena_alloc(
	    l->arena, l->only ? RPC_MEMBERS_MAX * sizeof(*l->members) : 8);
	if (ca_arena_check(l->arena, err) < 0 ||
	    store_list_groups(w->reader, add_group, l, err) < 0)
		return -1;
	if (!l->only)
		return ca_arena_check(l->arena, err);
	if (l->n == 0)
		return err_set(
		    err, ERR_NOT_FOUND, "There is no such group at this CA.");
	if (store_list_members(w->reader, add_member, l, err) < 0)
		return -1;
	return ca_arena_check(l->arena, err);
}

void
ca_group_list_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_group_ask *ask = call->ask;
	AUTO(ca_picture) picture = NULL;
	AUTO_ARENA arena = { 0 };
	struct groups l = { .arena = &arena };
	char key[CA_KEY_MAX];
	struct err err = { 0 };

	l.only = ask->name[0] ? key : NULL;
	if ((l.only && ca_principal_key(ask->name, key, &err) < 0) ||
	    ca_access_take(w, &picture, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	l.picture = picture;
	if (list(w, &l, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &(struct rpc_group_list){
					l.rows, l.n, l.members, l.member_n });
}

/* --- persons -------------------------------------------------------------- */

void
ca_person_change_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_person_change *ask = call->ask;
	bool link = ask->other[0] != '\0';
	char subject[CA_KEY_MAX], object[CA_KEY_MAX] = "";
	struct ca_action a = { .what = { .kind = link ? CA_ACTION_LINK
						      : CA_ACTION_UNLINK,
				   .subject = subject,
				   .name = ask->name,
				   .object = object,
				   .hash = "" } };
	struct err err = { 0 };

	if (ca_principal_key(ask->name, subject, &err) < 0 ||
	    (link && ca_principal_key(ask->other, object, &err) < 0))
		ca_call_fail(call, &err);
	else
		ca_action_handle(w, call, &a);
}

void
ca_person_list_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO(ca_picture) p = NULL;
	AUTO_ARENA arena = { 0 };
	struct rpc_person_row *rows;
	struct err err = { 0 };

	if (ca_access_take(w, &p, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	rows = ca_arena_alloc(&arena, (p->person_n + 1) * sizeof(*rows));
	for (size_t i = 0; rows && i < p->person_n; i++)
		rows[i] = (struct rpc_person_row){ ca_principal_display(
						       p->persons[i]),
			p->person_numbers[i] };
	if (ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(
		    call, &(struct rpc_person_list){ rows, p->person_n });
}
