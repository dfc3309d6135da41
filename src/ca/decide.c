/* DECIDE. A decision is a conditional UPDATE on the committer's thread: two
 * officers who press at the same moment cannot both win, the second hears
 * 0x80094003 and what the state is now. */
#include "ca/decide.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/facts.h"
#include "ca/handlers.h"
#include "ca/issue.h"
#include "ca/permission.h"
#include "ca/template.h"
#include "ca/text.h"
#include "store/access.h"

#include <inttypes.h>
#include <stdio.h>

static int
is_in_group(struct ca_worker *w, const struct ca_who *who, const char *group,
    bool *ret, struct err *err)
{
	AUTO(ca_picture) p = NULL;
	struct ca_principal me;
	char account[CA_KEY_MAX];

	if (ca_access_take(w, &p, err) < 0)
		return -1;
	ca_permission_principal(p, who, account, &me);
	*ret = ca_principal_is(&me, true, group);
	return 0;
}

/* Is it a certificate that the members of a group may fetch, as its template
 * says, and is he one of them? */
static int
sees_with_group(struct ca_worker *w, const struct ca_who *who,
    const struct store_request *row, bool *ret, struct err *err)
{
	const struct ca_template_set *set;
	const struct ca_template_row *t;
	int rc = 0;

	*ret = false;
	if (!who->known || !w->ca->config->enterprise ||
	    row->disposition != DISPOSITION_ISSUED)
		return 0;
	set = ca_templates_take(w->ca);
	t = ca_templates_find(set, row->template_name);
	if (t && *t->t->retrieve_group)
		rc = is_in_group(w, who, t->t->retrieve_group, ret, err);
	ca_templates_release(w->ca, set);
	return rc;
}

/* People leave out the zero in front of a serial number whose first bit is set,
 * as those of other CAs are (import.h). */
static int
find_serial(struct ca_worker *w, struct bytes serial,
    struct store_request **ret, struct err *err)
{
	uint8_t longer[RPC_SERIAL_MAX + 1] = { 0 };

	if (store_find_serial(w->reader, serial, ret, err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND || serial.n > RPC_SERIAL_MAX ||
	    !(serial.p[0] & 0x80))
		return -1;
	memcpy(longer + 1, serial.p, serial.n);
	return store_find_serial(
	    w->reader, bytes_of(longer, serial.n + 1), ret, err);
}

int
ca_decide_find(struct ca_worker *w, const struct ca_who *who, uint64_t id,
    struct bytes serial, struct store_request **ret, struct err *err)
{
	AUTO(store_request) row = NULL;
	bool sees;
	int rc;

	rc = id || !serial.n ? store_find_request(w->reader, id, &row, err)
			     : find_serial(w, serial, &row, err);
	if (rc < 0 && err->code != ERR_NOT_FOUND)
		return -1;
	sees = row && ca_permission_sees(who, row);
	if (row && !sees && sees_with_group(w, who, row, &sees, err) < 0)
		return -1;
	if (!sees)
		return err_set(err, ERR_NOT_FOUND,
		    "There is no such request, or it is not yours.");
	*ret = TAKE(row);
	return 0;
}

static struct ca_request_state
state_of(const struct store_request *row)
{
	return (struct ca_request_state){ row->disposition,
		row->disposition == DISPOSITION_REVOKED &&
		    row->revoked_reason == CA_REASON_HOLD };
}

/* Is the account, or one that is linked to it, caller or requester? */
static bool
is_involved(const struct ca_picture *p, const struct ca_principal *who,
    const struct store_request *row)
{
	const char *const keys[] = { row->owner, row->caller_owner };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (*keys[i] && (ca_picture_same(p, who->owner, keys[i]) ||
				    ca_picture_same(p, who->account, keys[i])))
			return true;
	return false;
}

/* What depends on persons: whose request it is, whom an officer may serve. */
static int
check_person(struct ca_worker *w, const struct ca_who *who,
    const struct store_request *row, enum ca_request_event event,
    struct err *err)
{
	AUTO(ca_picture) p = NULL;
	struct ca_principal me, target;
	const char *roles[CA_ROLE_GROUPS_MAX];
	char account[CA_KEY_MAX];
	bool has_signed = false;

	if (ca_access_take(w, &p, err) < 0)
		return -1;
	ca_permission_principal(p, who, account, &me);
	if (is_involved(p, &me, row))
		return err_set(err, ERR_DENIED,
		    "This is your own request, or that of an account that is "
		    "linked to yours; another person must decide on it.");
	if (ca_facts_signed_by(w, p, &me, row, &has_signed, err) < 0)
		return -1;
	if (has_signed)
		return err_set(err, ERR_DENIED,
		    "You signed this request, or an account that is linked to "
		    "yours did; another person must decide on it.");
	if (ca_request_roles(event) != ROLE_OFFICER)
		return 0;
	ca_picture_principal(p, row->owner, row->owner, &target);
	me.groups[3] =
	    (struct ca_group_list){ roles, ca_role_groups(who->roles, roles) };
	if (ca_restriction_officer(p->restrictions, p->restriction_n,
		w->ca->config->enterprise, &me, row->template_name, &target))
		return 0;
	return err_set(err, ERR_RESTRICTED,
	    "No restriction lets %s decide on this request%s%s of %s. Ask the "
	    "administrator (opencertsrv restriction list).",
	    who->display, *row->template_name ? " for template " : "",
	    row->template_name, row->requester);
}

int
ca_decide_may(struct ca_worker *w, const struct ca_who *who,
    const struct store_request *row, enum ca_request_event event,
    enum disposition *ret_to, struct err *err)
{
	uint32_t roles = ca_request_roles(event);
	enum disposition to;
	char list[ROLE_TEXT_MAX];

	if (event == CA_REQUEST_LOST) {
		if (!ca_permission_owns(who, row))
			return err_set(err, ERR_DENIED,
			    "Only its owner can report a key as lost.");
	} else if (!(who->roles & roles)) {
		role_list(roles, list);
		return err_set(err, ERR_DENIED,
		    "This needs the role %s, which the account %s does not "
		    "hold.",
		    list, who->display);
	} else if (check_person(w, who, row, event, err) < 0) {
		return -1;
	}
	if (!ca_request_next(state_of(row), event, &to))
		return err_set(err, ERR_BAD_STATE,
		    "Request %" PRIu64 " is %s; that cannot be done to it "
		    "now. Nothing was changed.",
		    row->id,
		    disposition_word((enum disposition)row->disposition));
	if (ret_to)
		*ret_to = to;
	return 0;
}

/* A decision without a signature: deny, resubmit. */
struct decision {
	struct ca_change change;
	struct ca_call *call;
	struct store_request *row;
	enum disposition from;
	const char *event;
	char message[IDENTITY_OWNER_MAX + 64];
	char sentence[RPC_TEXT_MAX + 128];
	char detail[RPC_TEXT_MAX];
};

static int
decision_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct decision *d = (struct decision *)(void *)self;
	const struct ca_who *who = &d->call->who;

	if (store_decide_request(ca_txn_writer(t), d->row, d->from, err) < 0) {
		if (err->code == ERR_BAD_STATE)
			return err_set(err, ERR_BAD_STATE,
			    "Somebody else has just decided on request "
			    "%" PRIu64 ". Nothing was changed.",
			    d->row->id);
		return -1;
	}
	if (d->row->approvals > 1 &&
	    store_clear_approvals(ca_txn_writer(t), d->row->id, err) < 0)
		return ca_txn_spoilt(err);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = d->event,
		.actor = who->display,
		.peer = who->peer,
		.request_id = d->row->id,
		.detail = d->detail },
	    err);
}

static void
decision_done(struct ca_change *self, const struct err *err)
{
	struct decision *d = (struct decision *)(void *)self;
	struct rpc_result result;

	if (err) {
		ca_call_fail(d->call, err);
	} else {
		ca_result_of(d->row, false, &result);
		ca_call_reply(d->call, &result);
	}
	store_request_free(d->row);
	free(d);
}

/* What the row says afterwards. Texts of d live as long as the change. */
static void
write_decision(struct decision *d, enum disposition to, const char *reason)
{
	struct store_request *row = d->row;
	const char *officer = d->call->who.display;
	bool denied = to == DISPOSITION_DENIED;

	d->from = (enum disposition)row->disposition;
	row->disposition = to;
	row->officer = officer;
	row->resolved = denied ? clock_now() : 0;
	row->hresult = denied ? err_hresult(ERR_ADMIN_DENIED_REQUEST) : 0;
	ca_text_cut(d->detail, sizeof(d->detail), reason);
	if (denied) {
		(void)snprintf(
		    d->message, sizeof(d->message), "Denied by %s", officer);
		(void)snprintf(d->sentence, sizeof(d->sentence),
		    "An officer refused this request: %s", reason);
	} else {
		(void)snprintf(
		    d->message, sizeof(d->message), "Taken Under Submission");
		(void)snprintf(d->sentence, sizeof(d->sentence),
		    "%s put this refused request back; it waits for an "
		    "officer again.",
		    officer);
	}
	row->message = d->message;
	row->sentence = d->sentence;
}

static void
submit_decision(struct ca_call *call, struct store_request *take_row,
    enum disposition to, const char *event, const char *reason)
{
	struct decision *d = calloc(1, sizeof(*d));
	struct err err = { 0 };

	if (!d) {
		(void)err_set(&err, ERR_NO_MEMORY, "deciding on a request");
		store_request_free(take_row);
		ca_call_fail(call, &err);
		return;
	}
	d->change.apply = decision_apply;
	d->change.done = decision_done;
	d->call = call;
	d->row = take_row;
	d->event = event;
	write_decision(d, to, reason);
	ca_commit_submit(call->ca->commit, &d->change);
}

static const struct {
	uint32_t decision;
	enum ca_request_event event;
	const char *audit;
	bool reason;
	bool admin_only; /* only through the command line's socket */
} decisions[] = {
	/* clang-format off */
	{ RPC_DECISION_ISSUE,    CA_REQUEST_ISSUE,    CA_EVENT_ISSUE,    false, false },
	{ RPC_DECISION_DENY,     CA_REQUEST_DENY,     CA_EVENT_DENY,     true,  false },
	{ RPC_DECISION_RESUBMIT, CA_REQUEST_RESUBMIT, CA_EVENT_RESUBMIT, false, true },
	/* clang-format on */
};

static int
check_reason(const char *reason, bool needed, struct err *err)
{
	if (needed && !reason[0])
		return err_set(err, ERR_INVALID,
		    "Say why the request is refused: its owner reads the "
		    "reason. Nothing was changed.");
	return ca_text_check(reason, "reason", err);
}

static int
prepare(struct ca_worker *w, const struct ca_call *call, size_t *ret_which,
    struct store_request **ret_row, enum disposition *ret_to, struct err *err)
{
	const struct rpc_decide *ask = call->ask;
	size_t i;

	for (i = 0; i < ARRAY_LEN(decisions); i++)
		if (decisions[i].decision == ask->decision)
			break;
	if (i == ARRAY_LEN(decisions))
		return err_set(err, ERR_INVALID, "there is no such decision");
	*ret_which = i;
	/* What pages do for officers is all they may do (DESIGN 3): a web role
	 * that was taken over brings no refused request back. */
	if (decisions[i].admin_only &&
	    rpc_call_peer(call->rpc)->channel != RPC_CHANNEL_ADMIN)
		return err_set(err, ERR_DENIED,
		    "Refused requests are put back on the command line only. "
		    "Nothing was changed.");
	if (check_reason(ask->reason, decisions[i].reason, err) < 0 ||
	    ca_decide_find(w, &call->who, ask->id, BYTES_NONE, ret_row, err) <
		0)
		return -1;
	return ca_decide_may(
	    w, &call->who, *ret_row, decisions[i].event, ret_to, err);
}

void
ca_decide_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_decide *ask = call->ask;
	AUTO(store_request) row = NULL;
	enum disposition to = DISPOSITION_PENDING;
	struct err err = { 0 };
	size_t which = 0;

	if (prepare(w, call, &which, &row, &to, &err) < 0)
		ca_call_fail(call, &err);
	else if (ask->decision == RPC_DECISION_ISSUE)
		ca_issue_stored(w, call, TAKE(row));
	else
		submit_decision(
		    call, TAKE(row), to, decisions[which].audit, ask->reason);
}
