/* USER_ADD, USER_LIST, USER_PASSWD, USER_DISABLE, USER_EDIT. An account is
 * added at once, without the role it is to have where that waits for a second
 * person; what changes an account is an action (action.h). */
#include "ca/account.h"
#include "ca/user.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "ca/action.h"
#include "ca/audit.h"
#include "ca/handlers.h"

#include <inttypes.h>
#include <stdio.h>

struct addition {
	struct ca_change change;
	const struct ca_call *call;
	struct store_user user;
	uint32_t later; /* a role that waits, or 0 */
	uint64_t waiting;
	char key[CA_KEY_MAX];
	char what[CA_ACTION_TEXT_MAX];
};

static int
audit(const struct addition *d, struct ca_txn *t, const char *event,
    const char *detail, struct err *err)
{
	const struct ca_who *who = &d->call->who;

	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = event,
		.actor = who->display[0] ? who->display : "set-up",
		.peer = who->peer,
		.detail = detail },
	    err);
}

/* The role waits: an action like any other (action.h). */
static int
ask_for_role(struct addition *d, struct ca_txn *t, struct err *err)
{
	const struct store_waiting w = { .kind = CA_ACTION_GRANT,
		.subject = d->key,
		.name = d->user.name,
		.object = "",
		.rights = d->later,
		.hash = "",
		.what = d->what,
		.asker_owner = d->call->who.owner,
		.asker = d->call->who.display,
		.asked = d->user.changed };
	char detail[CA_ACTION_TEXT_MAX + 32];

	if (store_put_waiting(ca_txn_writer(t), &w, &d->waiting, err) < 0)
		return ca_txn_spoilt(err);
	(void)snprintf(detail, sizeof(detail), "change %" PRIu64 ": %s",
	    d->waiting, d->what);
	return audit(d, t, CA_EVENT_ASK, detail, err);
}

static int
addition_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct addition *d = (struct addition *)(void *)self;
	char detail[256], roles[ROLE_TEXT_MAX];

	if (store_insert_user(ca_txn_writer(t), &d->user, err) < 0)
		return -1;
	role_list(d->user.roles, roles);
	(void)snprintf(detail, sizeof(detail), "added %s (%s)", d->user.name,
	    roles[0] ? roles : "no role");
	if (audit(d, t, CA_EVENT_USER, detail, err) < 0)
		return -1;
	return d->later ? ask_for_role(d, t, err) : 0;
}

static void
reply_user(struct ca_call *call, const struct store_user *u, uint64_t waiting)
{
	struct rpc_user reply = { .name = u->name,
		.roles = u->roles,
		.mail = u->mail,
		.display_name = u->display_name,
		.uid = u->uid,
		.disabled = u->disabled,
		.has_password = u->hash[0] != 0,
		.changed = u->changed,
		.waiting = waiting };

	ca_call_reply(call, &reply);
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

static int
check_texts(const struct rpc_user_change *ask, struct err *err)
{
	if (str_is_printable(bytes_str(ask->mail)) &&
	    str_is_printable(bytes_str(ask->display_name)) &&
	    str_is_printable(bytes_str(ask->upn)))
		return 0;
	return err_set(err, ERR_INVALID,
	    "The mail address, display name or user principal name contains "
	    "characters that cannot be shown.");
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

struct names {
	const char *mail, *upn;
	const char *but;  /* the account itself, or NULL */
	const char *what; /* NULL: nobody else has one of them */
	char name[CA_KEY_MAX];
};

static bool
has_names(void *ctx, const struct store_user *u)
{
	struct names *f = ctx;

	if (f->but && str_eq(u->name, f->but))
		return true;
	if (*f->mail && str_eq_ci(u->mail, f->mail))
		f->what = "mail address";
	else if (*f->upn && str_eq_ci(u->upn, f->upn))
		f->what = "user principal name";
	else
		return true;
	(void)snprintf(f->name, sizeof(f->name), "%s", u->name);
	return false;
}

/* Certificates say these names: a domain lets in whoever shows one with a user
 * principal name, and mail goes to whoever shows one with an address. An
 * account that had another's would be given certificates as good as his. */
int
ca_user_check_names(struct ca_worker *w, const char *mail, const char *upn,
    const char *but, struct err *err)
{
	struct names f = { .mail = mail, .upn = upn, .but = but };

	if (store_list_users(w->reader, has_names, &f, err) < 0)
		return -1;
	return !f.what
		   ? 0
		   : err_set(err, ERR_EXISTS,
			 "The %s %s belongs to %s. Nothing was changed.",
			 f.what, str_eq(f.what, "mail address") ? mail : upn,
			 f.name);
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

static bool
count_one(void *ctx, const struct store_waiting *s)
{
	(void)s;
	++*(size_t *)ctx;
	return true;
}

/* The part of the roles that a second person must confirm. */
static int
split_roles(struct ca_worker *w, struct addition *d, struct err *err)
{
	const struct ca *ca = w->ca;
	size_t n = 0;

	d->later = d->user.roles & CA_RIGHTS_OF_ROLES;
	if (!d->later || ca->config->single_person ||
	    ca_user_sets_up(ca, rpc_call_peer(d->call->rpc))) {
		d->later = 0;
		return 0;
	}
	d->user.roles &= ~d->later;
	(void)snprintf(d->what, sizeof(d->what), "%s gets the role %s",
	    d->user.name, role_word(d->later));
	if (ca_principal_key(d->user.name, d->key, err) < 0 ||
	    ca_action_list(w, count_one, &n, err) < 0)
		return -1;
	return n < STORE_WAITING_MAX - 1
		   ? 0
		   : err_set(err, ERR_LIMIT,
			 "Too many changes wait already. Confirm or cancel "
			 "some first. Nothing was changed.");
}

static int
judge_add(struct ca_worker *w, struct addition *d, struct err *err)
{
	const struct rpc_user_change *ask = d->call->ask;

	if (check_set_up(w, d->call, err) < 0 ||
	    check_name(ask->name, err) < 0 ||
	    ca_action_check_roles(w->ca->config, ask->roles, err) < 0 ||
	    check_texts(ask, err) < 0 || check_uid(w, ask->uid, err) < 0 ||
	    ca_user_check_names(w, ask->mail, ask->upn, NULL, err) < 0 ||
	    check_room(w, err) < 0)
		return -1;
	return split_roles(w, d, err);
}

void
ca_user_add_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	char hash[CA_USER_HASH_MAX] = "";
	struct addition d = { .change = { .apply = addition_apply },
		.call = call,
		.user = { .name = ask->name,
		    .hash = hash,
		    .roles = ask->roles,
		    .mail = ask->mail,
		    .upn = ask->upn,
		    .display_name = ask->display_name,
		    .uid = ask->uid < 0 ? -1 : ask->uid,
		    .changed = clock_now() } };
	struct err err = { 0 };
	int rc;

	if (ask->password.n && ca_user_hash(ask->password, hash, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	ca_account_change_begin(w->ca->accounts);
	rc = judge_add(w, &d, &err);
	if (rc == 0)
		rc = ca_commit_wait(w->ca->commit, &d.change, &err);
	ca_account_forget(w->ca);
	ca_account_change_end(w->ca->accounts);
	if (rc < 0)
		ca_call_fail(call, &err);
	else
		reply_user(call, &d.user, d.waiting);
	secret_wipe(hash, sizeof(hash));
}

/* An action on the account that the ask names; the reply is the account. */
static void
run_action(struct ca_worker *w, struct ca_call *call, struct ca_action *a)
{
	const struct rpc_user_change *ask = call->ask;
	AUTO(store_user) now = NULL;
	char key[CA_KEY_MAX];
	struct err err = { 0 };

	a->what.subject = key;
	a->what.name = ask->name;
	a->what.object = "";
	if (ca_principal_key(ask->name, key, &err) < 0 ||
	    ca_action_run(w, call, a, &err) < 0 ||
	    store_find_user(w->reader, ask->name, &now, &err) < 0)
		ca_call_fail(call, &err);
	else
		reply_user(call, now, a->waits ? a->what.id : 0);
	ca_action_clear(a);
}

void
ca_user_passwd_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	char hash[CA_USER_HASH_MAX] = "";
	struct ca_action a = { .what = {
				   .kind = CA_ACTION_PASSWORD, .hash = hash } };
	struct err err = { 0 };

	if (ca_user_hash(ask->password, hash, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	run_action(w, call, &a);
	secret_wipe(hash, sizeof(hash));
}

void
ca_user_disable_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	struct ca_action a = { .what = { .kind = ask->enable
						     ? CA_ACTION_ENABLE
						     : CA_ACTION_DISABLE,
				   .hash = "" } };

	run_action(w, call, &a);
}

void
ca_user_edit_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_user_change *ask = call->ask;
	AUTO_BUF texts = BUF_WITH_LIMIT(1024);
	struct ca_action a = { .what = { .kind = CA_ACTION_EDIT,
				   .rights = ask->fields } };
	struct err err = { 0 };

	/* No line ends in them: they are printable. */
	buf_addf(
	    &texts, "%s\n%s\n%s\n", ask->mail, ask->display_name, ask->upn);
	a.what.hash = buf_str(&texts);
	if (!ask->fields || ask->fields >= RPC_USER_UPN << 1)
		(void)err_set(&err, ERR_INVALID,
		    "Say what is to change: mail address, display name or user "
		    "principal name.");
	if (err.code != ERR_OK || check_texts(ask, &err) < 0 ||
	    buf_check(&texts, "the texts", &err) < 0)
		ca_call_fail(call, &err);
	else
		run_action(w, call, &a);
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
