/* PERMISSION_LIST and PERMISSION_CHANGE, RESTRICTION_LIST and
 * RESTRICTION_CHANGE. */
#include "ca/action.h"
#include "ca/handlers.h"

#include "base/str.h"

#define WORDS_MAX 64

/* "read, enroll" as a mask. */
static int
parse_rights(const char *text, bool of_template, uint32_t *ret, struct err *err)
{
	char copy[WORDS_MAX + 1], *rest = copy, *word;
	uint32_t right;

	*ret = 0;
	if (!str_copy(copy, sizeof(copy), text))
		return err_set(err, ERR_INVALID, "That names too many rights.");
	while ((word = strsep(&rest, ", ")) != NULL) {
		if (!*word)
			continue;
		if (!ca_right_from_word(word, of_template, &right))
			return err_set(err, ERR_INVALID,
			    "\"%s\" is no right of %s. Nothing was changed.",
			    word,
			    of_template ? "a template: read, enroll, "
					  "autoenroll, write"
					: "the CA: read, enroll, issue, "
					  "manage, audit, operate");
		*ret |= right;
	}
	return 0;
}

/* The scope of entries about a template, or of the CA's own. */
static int
scope_of(const char *template, char dst[RPC_TEMPLATE_MAX + 1], struct err *err)
{
	if (!*template)
		return str_copy(dst, RPC_TEMPLATE_MAX + 1, STORE_SCOPE_CA) ? 0
									   : -1;
	if (str_eq(template, STORE_SCOPE_CA) ||
	    str_eq(template, CA_TEMPLATE_ANY) ||
	    !str_is_printable(bytes_str(template)) ||
	    !str_lower(dst, RPC_TEMPLATE_MAX + 1, template))
		return err_set(err, ERR_INVALID,
		    "That is not the name of a template. Nothing was changed.");
	return 0;
}

void
ca_permission_change_handle(struct ca_worker *w, struct ca_call *call)
{
	static const enum ca_action_kind kinds[] = {
		[RPC_PERMISSION_ALLOW] = CA_ACTION_ALLOW,
		[RPC_PERMISSION_DENY] = CA_ACTION_DENY,
		[RPC_PERMISSION_REMOVE] = CA_ACTION_UNSET,
	};
	const struct rpc_permission_change *ask = call->ask;
	char key[CA_KEY_MAX], scope[RPC_TEMPLATE_MAX + 1];
	struct ca_action a = { .what = { .kind = kinds[ask->action],
				   .subject = key,
				   .name = ask->name,
				   .is_group = ask->is_group,
				   .object = scope,
				   .hash = "" } };
	struct err err = { 0 };

	if (ca_principal_key(ask->name, key, &err) < 0 ||
	    scope_of(ask->template_name, scope, &err) < 0 ||
	    parse_rights(ask->rights, ask->template_name[0] != '\0',
		&a.what.rights, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_action_handle(w, call, &a);
}

/* --- lists ---------------------------------------------------------------- */

struct rows {
	struct ca_arena *arena;
	const char *scope; /* NULL: all */
	struct rpc_permission_row *rows;
	size_t n;
};

static bool
add_row(void *ctx, const struct store_permission *s)
{
	bool of_template = !str_eq(s->scope, STORE_SCOPE_CA);
	char rights[CA_RIGHTS_TEXT_MAX];
	struct rows *l = ctx;

	if (l->scope && !str_eq(l->scope, s->scope))
		return true;
	ca_rights_list(s->rights, of_template, rights);
	l->rows[l->n++] = (struct rpc_permission_row){
		of_template ? ca_arena_str(l->arena, s->scope) : "", s->deny,
		s->is_group, ca_arena_str(l->arena, s->name),
		ca_arena_str(l->arena, rights)
	};
	return l->n < RPC_PERMISSIONS_MAX;
}

void
ca_permission_list_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_permission_ask *ask = call->ask;
	AUTO_ARENA arena = { 0 };
	char scope[RPC_TEMPLATE_MAX + 1] = "";
	struct rows l = { .arena = &arena };
	struct err err = { 0 };

	if (*ask->template_name &&
	    str_lower(scope, sizeof(scope), ask->template_name))
		l.scope = scope;
	l.rows = ca_arena_alloc(&arena, RPC_PERMISSIONS_MAX * sizeof(*l.rows));
	if (ca_arena_check(&arena, &err) < 0 ||
	    store_list_permissions(w->reader, add_row, &l, &err) < 0 ||
	    ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(
		    call, &(struct rpc_permission_list){ l.rows, l.n });
}

/* --- restrictions --------------------------------------------------------- */

static int
read_restriction(const struct rpc_restriction *r, char actor[CA_KEY_MAX],
    char target[CA_KEY_MAX], struct store_restriction *ret, struct err *err)
{
	target[0] = '\0';
	*ret = (struct store_restriction){ .kind = r->officer
						       ? CA_RESTRICTION_OFFICER
						       : CA_RESTRICTION_AGENT,
		.deny = r->deny,
		.actor_is_group = r->actor_is_group,
		.actor = actor,
		.template_name = r->template_name,
		.target_kind = r->target_kind,
		.target = target };
	if (!*r->template_name ||
	    !str_is_printable(bytes_str(r->template_name)))
		return err_set(
		    err, ERR_INVALID, "Name a template, or * for all of them.");
	if (ca_principal_key(r->actor, actor, err) < 0 ||
	    (r->target_kind != RPC_TARGET_ANY &&
		ca_principal_key(r->target, target, err) < 0))
		return -1;
	return 0;
}

void
ca_restriction_change_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_restriction_change *ask = call->ask;
	char actor[CA_KEY_MAX] = "", target[CA_KEY_MAX] = "";
	struct store_restriction row = { 0 };
	struct ca_action a = { .restriction = &row,
		.restriction_id = ask->remove,
		.what = { .kind = ask->remove ? CA_ACTION_UNRESTRICT
					      : CA_ACTION_RESTRICT,
		    .subject = actor,
		    .name = ask->row.actor,
		    .object = "",
		    .hash = "" } };
	struct err err = { 0 };

	if (!ask->remove &&
	    read_restriction(&ask->row, actor, target, &row, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_action_handle(w, call, &a);
}

void
ca_restriction_list_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO(ca_picture) p = NULL;
	AUTO_ARENA arena = { 0 };
	struct rpc_restriction *rows;
	struct err err = { 0 };

	if (ca_access_take(w, &p, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	rows = ca_arena_alloc(&arena, (p->restriction_n + 1) * sizeof(*rows));
	for (size_t i = 0; rows && i < p->restriction_n; i++) {
		const struct ca_restriction *r = &p->restrictions[i];

		rows[i] = (struct rpc_restriction){ p->restriction_ids[i],
			r->kind == CA_RESTRICTION_OFFICER, r->deny,
			r->actor_is_group, ca_principal_display(r->actor),
			r->template,
			r->target_kind < CA_TARGET_COUNT ? r->target_kind : 0,
			ca_principal_display(r->target) };
	}
	if (ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call,
		    &(struct rpc_restriction_list){ rows, p->restriction_n });
}
