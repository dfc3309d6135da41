/* Changes of accounts run one after the other (ca_account_change_begin), so
 * that a rule about several accounts (the last administrator) cannot be raced
 * and a changed row is never written over an even newer one. */
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
	struct store_user *found; /* the account that is changed */
	const char *hash;         /* its new one */
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

/* The rules of one method: reads the account and fills the change. */
typedef int judge_change(struct ca_worker *w, const struct ca_call *call,
    struct user_change *c, struct err *err);

static void
run_change(struct ca_worker *w, struct ca_call *call, struct user_change *c,
    judge_change *judge)
{
	struct ca_accounts *accounts = w->ca->accounts;
	struct err err = { 0 };
	int rc;

	c->call = call;
	c->change.apply = user_apply;
	ca_account_change_begin(accounts);
	rc = judge(w, call, c, &err);
	if (rc == 0)
		rc = ca_commit_wait(w->ca->commit, &c->change, &err);
	ca_account_forget(accounts);
	ca_account_change_end(accounts);
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
check_texts(const struct rpc_user_change *ask, struct err *err)
{
	if (str_is_printable(bytes_str(ask->mail)) &&
	    str_is_printable(bytes_str(ask->display_name)))
		return 0;
	return err_set(err, ERR_INVALID,
	    "The mail address or display name contains characters that cannot "
	    "be shown.");
}

static int
check_uid(struct ca_worker *w, int64_t uid, struct err *err)
{
	AUTO(store_user) bound = NULL;
	struct err why = { 0 };

	if (uid < 0)
		return 0;
	if (store_find_user_uid(w->reader, uid, &bound, &why) == 0)
		return err_set(err, ERR_EXISTS,
		    "The system account with uid %lld is bound to %s already.",
		    (long long)uid, bound->name);
	return why.code == ERR_NOT_FOUND
		   ? 0
		   : err_set(err, why.code, "%s", why.text);
}

/* What can be listed is all that can be made. */
static int
check_room(struct ca_worker *w, struct err *err)
{
	unsigned n = 0;

	if (ca_user_count(w->reader, 0, &n, err) < 0)
		return -1;
	if (n < RPC_USERS_MAX)
		return 0;
	return err_set(err, ERR_LIMIT,
	    "This CA keeps at most %d accounts. Nothing was changed.",
	    RPC_USERS_MAX);
}

/* Whoever sets up the CA may do it until there is an administrator: decided
 * before this change had its turn, so asked again. */
static int
check_set_up(struct ca_worker *w, const struct ca_call *call, struct err *err)
{
	bool may = false;

	if (call->who.known)
		return 0;
	if (ca_user_may_bootstrap(w, rpc_call_peer(call->rpc), &may, err) < 0)
		return -1;
	return may ? 0
		   : err_set(err, ERR_DENIED,
			 "This CA has an administrator now, who alone adds "
			 "accounts. Nothing was changed.");
}

static int
judge_add(struct ca_worker *w, const struct ca_call *call,
    struct user_change *c, struct err *err)
{
	const struct rpc_user_change *ask = call->ask;

	(void)c;
	if (check_set_up(w, call, err) < 0 || check_name(ask->name, err) < 0 ||
	    check_roles(w->ca->config, ask->roles, err) < 0 ||
	    check_texts(ask, err) < 0 || check_uid(w, ask->uid, err) < 0)
		return -1;
	return check_room(w, err);
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

	if (ask->password.n && ca_user_hash(ask->password, hash, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	run_change(w, call, &c, judge_add);
	secret_wipe(hash, sizeof(hash));
}

/* The account that the ask names, as it is now. */
static int
find_named(struct ca_worker *w, const struct ca_call *call,
    struct user_change *c, struct err *err)
{
	const struct rpc_user_change *ask = call->ask;

	if (store_find_user(w->reader, ask->name, &c->found, err) < 0)
		return -1;
	c->found->changed = clock_now();
	c->user = c->found;
	return 0;
}

static int
judge_passwd(struct ca_worker *w, const struct ca_call *call,
    struct user_change *c, struct err *err)
{
	if (find_named(w, call, c, err) < 0)
		return -1;
	c->found->hash = c->hash;
	return 0;
}

void
ca_user_passwd_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	char hash[CA_USER_HASH_MAX] = "";
	struct user_change c = { .what = "changed the password of",
		.hash = hash };
	struct err err = { 0 };

	if (ca_user_hash(ask->password, hash, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	run_change(w, call, &c, judge_passwd);
	store_user_free(c.found);
	secret_wipe(hash, sizeof(hash));
}

static int
judge_disable(struct ca_worker *w, const struct ca_call *call,
    struct user_change *c, struct err *err)
{
	const struct rpc_user_change *ask = call->ask;
	unsigned admins = 0;

	if (find_named(w, call, c, err) < 0 ||
	    ca_user_count(w->reader, ROLE_ADMIN, &admins, err) < 0)
		return -1;
	if (!ask->enable && c->found->roles & ROLE_ADMIN &&
	    !c->found->disabled && admins <= 1)
		return err_set(err, ERR_POLICY,
		    "%s is the last administrator and stays enabled.",
		    c->found->name);
	c->found->disabled = !ask->enable;
	return 0;
}

void
ca_user_disable_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	struct user_change c = { .what = ask->enable ? "enabled" : "disabled" };

	run_change(w, call, &c, judge_disable);
	store_user_free(c.found);
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
