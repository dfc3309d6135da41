/* action.c - one change on its way: judged, then done or written down. */
#include "ca/action.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/account.h"
#include "ca/action_rule.h"
#include "ca/audit.h"
#include "ca/user.h"

#include <inttypes.h>
#include <stdio.h>

#define EXPIRES ((int64_t)CA_ACTION_DAYS * 86400)

void
ca_action_clear(struct ca_action *a)
{
	ca_picture_free(TAKE(a->picture));
	store_user_free(TAKE(a->user));
	ca_arena_clear(&a->arena);
}

/* --- in the transaction ------------------------------------------------- */

static int
audit(struct ca_action *a, struct ca_txn *t, const char *event, uint64_t id,
    const char *what, struct err *err)
{
	const struct ca_who *who = &a->call->who;
	char detail[CA_ACTION_TEXT_MAX + 64];

	if (id)
		(void)snprintf(
		    detail, sizeof(detail), "change %" PRIu64 ": %s", id, what);
	else
		(void)snprintf(detail, sizeof(detail), "%s", what);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = event,
		.actor = who->display[0] ? who->display : "set-up",
		.peer = who->peer,
		.detail = detail },
	    err);
}

static int
write_down(struct ca_action *a, struct ca_txn *t, struct err *err)
{
	if (store_put_waiting(ca_txn_writer(t), &a->what, &a->what.id, err) < 0)
		return -1;
	if (audit(a, t, CA_EVENT_ASK, a->what.id, a->text, err) < 0)
		return -1;
	for (size_t i = 0; i < a->expired_n; i++) {
		const struct store_waiting old = { .id = a->expired[i] };

		if (store_drop_waiting(ca_txn_writer(t), &old, err) < 0)
			return ca_txn_spoilt(err);
		if (audit(a, t, CA_EVENT_EXPIRE, old.id, "nobody confirmed it",
			err) < 0)
			return -1;
	}
	return 0;
}

static int
action_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct ca_action *a = (struct ca_action *)(void *)self;
	const struct ca_action_rule *rule = &ca_action_rules[a->what.kind];
	struct store_writer *w = ca_txn_writer(t);

	if (a->waits)
		return write_down(a, t, err);
	if ((a->confirm || a->cancel) &&
	    store_drop_waiting(w, &a->what, err) < 0)
		return -1;
	if (a->cancel)
		return audit(
		    a, t, CA_EVENT_CANCEL, a->what.id, a->what.what, err);
	if (rule->apply(a, w, err) < 0)
		return a->confirm ? ca_txn_spoilt(err) : -1;
	if (a->confirm &&
	    audit(a, t, CA_EVENT_CONFIRM, a->what.id, a->what.what, err) < 0)
		return -1;
	return audit(a, t, rule->event, 0, a->text, err);
}

/* --- what waits --------------------------------------------------------- */

struct search {
	struct ca_action *a;
	const struct store_waiting *wanted; /* the same change */
	uint64_t id;                        /* or this number */
	size_t n;
	bool found;
};

static bool
same(const struct store_waiting *x, const struct store_waiting *y)
{
	return x->kind == y->kind && str_eq(x->subject, y->subject) &&
	       x->is_group == y->is_group && str_eq(x->object, y->object) &&
	       x->rights == y->rights &&
	       /* Of a password the hash differs each time it is set. */
	       (x->kind != CA_ACTION_EDIT || str_eq(x->hash, y->hash));
}

static bool
look_at(void *ctx, const struct store_waiting *s)
{
	struct search *f = ctx;
	struct ca_action *a = f->a;

	if (s->asked + EXPIRES <= clock_now()) {
		a->expired[a->expired_n++] = s->id;
		return a->expired_n < STORE_WAITING_MAX;
	}
	f->n++;
	if (f->wanted ? !same(s, f->wanted) : s->id != f->id)
		return true;
	f->found = true;
	f->id = s->id;
	if (f->wanted)
		return true;
	a->what = *s;
	a->what.subject = ca_arena_str(&a->arena, s->subject);
	a->what.name = ca_arena_str(&a->arena, s->name);
	a->what.object = ca_arena_str(&a->arena, s->object);
	a->what.hash = ca_arena_str(&a->arena, s->hash);
	a->what.what = ca_arena_str(&a->arena, s->what);
	a->what.asker_owner = ca_arena_str(&a->arena, s->asker_owner);
	a->what.asker = ca_arena_str(&a->arena, s->asker);
	return true;
}

/* Does the same change wait already, and is there room for one more? */
static int
check_waiting(struct ca_action *a, struct err *err)
{
	struct search f = { .a = a, .wanted = &a->what };

	if (store_list_waitings(a->w->reader, look_at, &f, err) < 0)
		return -1;
	if (f.found)
		return err_set(err, ERR_EXISTS,
		    "This waits already, as change %" PRIu64
		    ". Confirm or cancel it.",
		    f.id);
	if (f.n >= STORE_WAITING_MAX - 1)
		return err_set(err, ERR_LIMIT,
		    "%d changes wait already. Confirm or cancel some first. "
		    "Nothing was changed.",
		    STORE_WAITING_MAX - 1);
	return 0;
}

struct listing {
	store_waiting_row *row;
	void *ctx;
};

static bool
not_expired(void *ctx, const struct store_waiting *s)
{
	const struct listing *l = ctx;

	return s->asked + EXPIRES <= clock_now() || l->row(l->ctx, s);
}

int
ca_action_list(
    struct ca_worker *w, store_waiting_row *row, void *ctx, struct err *err)
{
	struct listing l = { row, ctx };

	return store_list_waitings(w->reader, not_expired, &l, err);
}

/* --- judging ------------------------------------------------------------ */

static int
judge(struct ca_action *a, struct err *err)
{
	const struct ca_action_rule *rule = &ca_action_rules[a->what.kind];

	if (rule->on_account && !ca_principal_is_local(a->what.subject))
		return err_set(err, ERR_INVALID,
		    "%s is no account of this CA. What others may do is said "
		    "with `permission allow`. Nothing was changed.",
		    a->what.name);
	if (rule->on_account &&
	    store_find_user(a->w->reader, ca_principal_display(a->what.subject),
		&a->user, err) < 0)
		return err->code != ERR_NOT_FOUND
			   ? -1
			   : err_set(err, ERR_NOT_FOUND,
				 "There is no account %s at this CA. Nothing "
				 "was changed.",
				 a->what.name);
	return rule->judge(a, err);
}

static bool
must_wait(const struct ca_action *a)
{
	const struct ca_action_rule *rule = &ca_action_rules[a->what.kind];

	return rule->waits && !a->w->ca->config->single_person &&
	       !ca_user_sets_up(a->w->ca, rpc_call_peer(a->call->rpc)) &&
	       rule->waits(a);
}

static int
prepare(struct ca_action *a, struct err *err)
{
	if (ca_access_take(a->w, &a->picture, err) < 0 || judge(a, err) < 0)
		return -1;
	a->waits = must_wait(a);
	if (!a->waits)
		return 0;
	a->what.what = a->text;
	a->what.asker_owner = a->call->who.owner;
	a->what.asker = a->call->who.display;
	a->what.asked = clock_now();
	return check_waiting(a, err);
}

static int
commit(struct ca_action *a, struct err *err)
{
	int rc;

	a->change.apply = action_apply;
	rc = ca_commit_wait(a->w->ca->commit, &a->change, err);
	ca_account_forget(a->w->ca);
	return rc;
}

int
ca_action_run(struct ca_worker *w, const struct ca_call *call,
    struct ca_action *a, struct err *err)
{
	struct ca_accounts *accounts = w->ca->accounts;
	int rc;

	a->w = w;
	a->call = call;
	ca_account_change_begin(accounts);
	rc = prepare(a, err);
	if (rc == 0)
		rc = commit(a, err);
	ca_account_change_end(accounts);
	return rc;
}

/* --- the second person --------------------------------------------------- */

/* Is he, or another account of his, in the group? */
static bool
is_in_group(const struct ca_picture *p, const char *owner, const char *group)
{
	struct ca_principal me;

	ca_picture_principal(p, owner, owner, &me);
	if (ca_principal_is(&me, true, group))
		return true;
	for (size_t i = 0; i < p->member_n; i++)
		if (str_eq(p->member_groups[i], group) &&
		    ca_picture_same(p, owner, p->members[i]))
			return true;
	return false;
}

/* Does the change concern whoever confirms it? */
static bool
concerns(const struct ca_action *a, const struct ca_who *who)
{
	if (a->what.is_group)
		return is_in_group(a->picture, who->owner, a->what.subject);
	return ca_picture_same(a->picture, who->owner, a->what.subject) ||
	       ca_picture_same(a->picture, who->owner, a->what.object);
}

static int
check_asker(struct ca_action *a, struct err *err)
{
	uint32_t rights;

	if (ca_account_rights(a->w, a->what.asker_owner, &rights, err) < 0)
		return -1;
	if (rights & CA_RIGHT_MANAGE)
		return 0;
	return err_set(err, ERR_DENIED,
	    "%s, who asked for this, is no administrator any more. Cancel the "
	    "change and ask for it again. Nothing was changed.",
	    a->what.asker);
}

static int
check_second(struct ca_action *a, struct err *err)
{
	const struct ca_who *who = &a->call->who;

	if (a->w->ca->config->single_person)
		return 0;
	if (ca_picture_same(a->picture, who->owner, a->what.asker_owner))
		return err_set(err, ERR_DENIED,
		    "You asked for this yourself; another administrator or an "
		    "auditor must confirm it. Nothing was changed.");
	if (concerns(a, who))
		return err_set(err, ERR_DENIED,
		    "This change concerns you; another administrator or an "
		    "auditor must confirm it. Nothing was changed.");
	return check_asker(a, err);
}

static int
check_cancel(struct ca_action *a, struct err *err)
{
	const struct ca_who *who = &a->call->who;

	if (a->w->ca->config->single_person ||
	    ca_picture_same(a->picture, who->owner, a->what.asker_owner) ||
	    !concerns(a, who))
		return 0;
	return err_set(err, ERR_DENIED,
	    "This change concerns you; who asked for it, another administrator "
	    "or an auditor may cancel it. Nothing was changed.");
}

static int
prepare_end(struct ca_action *a, uint64_t id, struct err *err)
{
	struct search f = { .a = a, .id = id };

	if (!(a->call->who.rights & CA_RIGHTS_TO_CONFIRM))
		return err_set(err, ERR_DENIED,
		    "This needs the role admin or auditor, which the account "
		    "%s does not hold.",
		    a->call->who.display);
	if (ca_access_take(a->w, &a->picture, err) < 0 ||
	    store_list_waitings(a->w->reader, look_at, &f, err) < 0 ||
	    ca_arena_check(&a->arena, err) < 0)
		return -1;
	if (!f.found || a->what.kind >= CA_ACTION_KIND_COUNT ||
	    !ca_action_rules[a->what.kind].judge)
		return err_set(err, ERR_NOT_FOUND,
		    "No change waits under the number %" PRIu64
		    ": it was confirmed, cancelled, or expired after %d days.",
		    id, CA_ACTION_DAYS);
	if (a->cancel)
		return check_cancel(a, err);
	a->confirm = true;
	if (check_second(a, err) < 0)
		return -1;
	return judge(a, err);
}

int
ca_action_end(struct ca_worker *w, const struct ca_call *call, uint64_t id,
    bool cancel, struct ca_action *a, struct err *err)
{
	struct ca_accounts *accounts = w->ca->accounts;
	int rc;

	a->w = w;
	a->call = call;
	a->cancel = cancel;
	ca_account_change_begin(accounts);
	rc = prepare_end(a, id, err);
	if (rc == 0)
		rc = commit(a, err);
	ca_account_change_end(accounts);
	return rc;
}

/* --- answering ----------------------------------------------------------- */

void
ca_action_reply(
    struct ca_call *call, struct ca_action *a, int rc, const struct err *err)
{
	char sentence[CA_ACTION_TEXT_MAX + 160];
	struct rpc_acted acted = { .waits = a->waits,
		.change = a->waits ? a->what.id : 0,
		.what = a->cancel ? a->what.what : a->text,
		.sentence = sentence };

	if (rc < 0) {
		ca_call_fail(call, err);
		return;
	}
	if (a->waits)
		(void)snprintf(sentence, sizeof(sentence),
		    "Not yet: %s. A second administrator or an auditor "
		    "confirms it within %d days: opencertsrv role confirm "
		    "%" PRIu64,
		    a->text, CA_ACTION_DAYS, a->what.id);
	else
		(void)snprintf(sentence, sizeof(sentence), "%s: %s.",
		    a->cancel ? "Cancelled" : "Done", acted.what);
	ca_call_reply(call, &acted);
}

void
ca_action_handle(struct ca_worker *w, struct ca_call *call, struct ca_action *a)
{
	struct err err = { 0 };
	int rc = ca_action_run(w, call, a, &err);

	ca_action_reply(call, a, rc, &err);
	ca_action_clear(a);
}
