/* Changes of accounts run one after the other on the slow pool, so that a rule
 * about several accounts (the last administrator) cannot be raced. */
#include "ca/account.h"
#include "ca/user.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "ca/arena.h"
#include "ca/audit.h"
#include "ca/handlers.h"

#include <stdio.h>

struct user_change {
	struct ca_change change;
	const struct ca_call *call;
	const char *what;
	bool insert;
	const struct store_user *user;
};

static int
user_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct user_change *c = (struct user_change *)(void *)self;
	char detail[256], roles[ROLE_TEXT_MAX];
	struct store_writer *w = ca_txn_writer(t);
	int rc;

	rc = c->insert ? store_insert_user(w, c->user, err)
		       : store_update_user(w, c->user, err);
	if (rc < 0)
		return -1;
	role_list(c->user->roles, roles);
	(void)snprintf(detail, sizeof(detail), "%s %s (%s)", c->what,
	    c->user->name, roles[0] ? roles : "no role");
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_USER,
		.actor =
		    c->call->who.display[0] ? c->call->who.display : "set-up",
		.peer = c->call->who.peer,
		.detail = detail },
	    err);
}

static void
reply_user(struct ca_call *call, const struct store_user *u)
{
	struct rpc_user reply = { .name = u->name,
		.roles = u->roles,
		.mail = u->mail,
		.display_name = u->display_name,
		.uid = u->uid,
		.disabled = u->disabled,
		.has_password = u->hash[0] != 0,
		.changed = u->changed };

	ca_call_reply(call, &reply);
}

static void
run_change(struct ca_worker *w, struct ca_call *call, struct user_change *c)
{
	struct err err = { 0 };
	int rc;

	c->call = call;
	c->change.apply = user_apply;
	rc = ca_commit_wait(w->ca->commit, &c->change, &err);
	ca_account_forget(w->ca->accounts);
	if (rc < 0)
		ca_call_fail(call, &err);
	else
		reply_user(call, c->user);
}

static int
check_name(const char *name, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	if (!name[0] || strlen(name) > 64 || name[0] == '-' ||
	    name[strspn(name, allowed)] != 0)
		return err_set(err, ERR_INVALID,
		    "An account name has 1 to 64 letters, digits, dots, "
		    "hyphens or underscores, and does not begin with a "
		    "hyphen.");
	return 0;
}

/* Roles are separated: an account holds one of the administrative ones, unless
 * the site chose separation: single-person. */
static int
check_roles(const struct ca_config *config, uint32_t roles, struct err *err)
{
	uint32_t admin = roles & ~(uint32_t)ROLE_ENROLLEE;

	if (!role_mask_known(roles))
		return err_set(err, ERR_INVALID, "There is no such role.");
	if (!config->single_person && (admin & (admin - 1)))
		return err_set(err, ERR_POLICY,
		    "One account cannot hold several of the roles officer, "
		    "admin, auditor and operator: they are separated at this "
		    "CA (separation: roles).");
	return 0;
}

static int
check_new(
    struct ca_worker *w, const struct rpc_user_change *ask, struct err *err)
{
	AUTO(store_user) bound = NULL;

	if (check_name(ask->name, err) < 0 ||
	    check_roles(w->ca->config, ask->roles, err) < 0)
		return -1;
	if (!str_is_printable(bytes_str(ask->mail)) ||
	    !str_is_printable(bytes_str(ask->display_name)))
		return err_set(err, ERR_INVALID,
		    "The mail address or display name contains characters "
		    "that cannot be shown.");
	if (ask->uid < 0)
		return 0;
	if (store_find_user_uid(w->reader, ask->uid, &bound, err) == 0)
		return err_set(err, ERR_EXISTS,
		    "The system account with uid %lld is bound to %s already.",
		    (long long)ask->uid, bound->name);
	return err->code == ERR_NOT_FOUND ? 0 : -1;
}

void
ca_user_add_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	char hash[CA_USER_HASH_MAX] = "";
	struct store_user user = { .name = ask->name,
		.hash = hash,
		.roles = ask->roles,
		.mail = ask->mail,
		.upn = "",
		.display_name = ask->display_name,
		.uid = ask->uid < 0 ? -1 : ask->uid,
		.changed = clock_now() };
	struct user_change c = {
		.what = "added", .insert = true, .user = &user
	};
	struct err err = { 0 };

	if (check_new(w, ask, &err) < 0 ||
	    (ask->password.n && ca_user_hash(ask->password, hash, &err) < 0)) {
		ca_call_fail(call, &err);
		return;
	}
	run_change(w, call, &c);
	secret_wipe(hash, sizeof(hash));
}

void
ca_user_passwd_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	char hash[CA_USER_HASH_MAX] = "";
	AUTO(store_user) user = NULL;
	struct user_change c = { .what = "changed the password of" };
	struct err err = { 0 };

	if (store_find_user(w->reader, ask->name, &user, &err) < 0 ||
	    ca_user_hash(ask->password, hash, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	user->hash = hash;
	user->changed = clock_now();
	c.user = user;
	run_change(w, call, &c);
	secret_wipe(hash, sizeof(hash));
}

void
ca_user_disable_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	AUTO(store_user) user = NULL;
	struct user_change c = { .what = ask->enable ? "enabled" : "disabled" };
	struct err err = { 0 };
	unsigned admins = 0;

	if (store_find_user(w->reader, ask->name, &user, &err) < 0 ||
	    ca_user_count(w->reader, ROLE_ADMIN, &admins, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	if (!ask->enable && user->roles & ROLE_ADMIN && !user->disabled &&
	    admins <= 1) {
		(void)err_set(&err, ERR_POLICY,
		    "%s is the last administrator and stays enabled.",
		    user->name);
		ca_call_fail(call, &err);
		return;
	}
	user->disabled = !ask->enable;
	user->changed = clock_now();
	c.user = user;
	run_change(w, call, &c);
}

/* --- list --------------------------------------------------------------- */

struct user_rows {
	struct ca_arena *arena;
	struct rpc_user *rows;
	size_t n;
};

static bool
list_row(void *ctx, const struct store_user *u)
{
	struct user_rows *l = ctx;

	l->rows[l->n++] =
	    (struct rpc_user){ .name = ca_arena_str(l->arena, u->name),
		    .roles = u->roles,
		    .mail = ca_arena_str(l->arena, u->mail),
		    .display_name = ca_arena_str(l->arena, u->display_name),
		    .uid = u->uid,
		    .disabled = u->disabled,
		    .has_password = u->hash[0] != 0,
		    .changed = u->changed };
	return l->n < RPC_USERS_MAX;
}

void
ca_user_list_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO_ARENA arena = { 0 };
	struct user_rows l = { .arena = &arena };
	struct err err = { 0 };

	l.rows = ca_arena_alloc(&arena, RPC_USERS_MAX * sizeof(*l.rows));
	if (ca_arena_check(&arena, &err) < 0 ||
	    store_list_users(w->reader, list_row, &l, &err) < 0 ||
	    ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &(struct rpc_user_list){ l.rows, l.n });
}
