/* For officers: what waits, one request beside what would be issued, the
 * decision, what was issued, revoking. The CA decides whether they may. */
#include "web/language.h"
#include "web/preference.h"
#include "web/view.h"

#include "base/clock.h"
#include "base/str.h"

#define PATH_DECIDE "/certsrv/officer/decide.asp"
#define PATH_REVOKE "/certsrv/officer/revoke.asp"

static int
list(struct web_ask *ask, struct rpc_list_ask *what,
    const struct rpc_list **ret, struct err *err)
{
	AUTO(rpc_msg) msg = NULL;

	what->identity = ask->auth.identity;
	what->limit = web_look(ask).rows;
	if (!view_req_id(web_field(ask, "Before"), &what->before))
		what->before = 0;
	if (rpc_do_LIST(ask->web->ca, what, &msg, ret, err) < 0)
		return -1;
	web_keep(ask, TAKE(msg));
	return 0;
}

static const char *
search_field(struct web_ask *ask, const char *name)
{
	const char *text = web_text(ask, "%.200s", web_field(ask, name));

	return str_is_utf8(bytes_str(text)) ? text : "";
}

void
web_page_queue(struct web_ask *ask)
{
	struct rpc_list_ask what = {
		.disposition = DISPOSITION_PENDING,
		.search = search_field(ask, "Search"),
		.requester = search_field(ask, "Requester"),
	};
	const struct rpc_list *rows;
	struct page_queue p = { 0 };
	const struct rpc_list *held;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (list(ask, &what, &rows, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	p.search = what.search;
	p.requester = what.requester[0] ? what.requester : NULL;
	p.filtered = p.requester || p.search[0];
	p.requests = view_queue(ask, rows, web_field(ask, "All")[0] != '\0');
	p.waiting = rows->pending;
	p.before = rows->next;
	p.more = rows->next != 0;
	p.oldest = rows->oldest ? view_time(ask, rows->oldest) : NULL;
	/* Owners said that a key is lost, or an officer wanted to ask. */
	if (!p.filtered && !what.before &&
	    view_held(ask, &msg, &held, &err) == 0) {
		p.held = view_requests(ask, held, VIEW_FOR_OFFICER);
		p.more_held = held->next != 0;
		web_keep(ask, TAKE(msg));
	}
	web_frame(ask, MSG("Waiting for a decision"), &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, 200, queue, &p);
}

void
web_page_certificates(struct web_ask *ask)
{
	struct rpc_list_ask what = {
		.certificates_only = true,
		.search = search_field(ask, "Search"),
		.requester = "",
	};
	struct page_certificates p = { 0 };
	const struct rpc_list *rows;
	struct err err;

	if (list(ask, &what, &rows, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	p.search = what.search;
	p.requests = view_requests(ask, rows, VIEW_FOR_OFFICER);
	p.before = rows->next;
	p.more = rows->next != 0;
	p.searched = rows->searched != 0;
	web_frame(ask, MSG("Issued certificates"), &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, 200, certificates, &p);
}

static const char *
or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/* "1 of 2 approvals: officer"; NULL where one person decides. Those that no
 * longer count are not named: they count for nothing. */
static const char *
approvals(struct web_ask *ask, const struct rpc_request *r)
{
	const char *names = "";
	unsigned n = 0;

	if (r->approvals_needed <= 1)
		return NULL;
	for (size_t i = 0; i < r->approval_count; i++)
		if (!r->approvals[i].lapsed) {
			names = web_text(ask, "%s%s %s", names, n ? "," : ":",
			    r->approvals[i].who);
			n++;
		}
	return WEB_SAY(ask, MSG("{0} of {1} approvals{2}"), web_num(ask, n),
	    web_num(ask, r->approvals_needed), names);
}

void
web_page_review(struct web_ask *ask)
{
	const struct rpc_request *r = view_asked(ask);
	struct page_review p;

	if (!r)
		return;
	p = (struct page_review){
		.id = r->row.id,
		.state = view_row_state(ask, &r->row),
		.name = r->row.common_name[0] ? r->row.common_name
					      : web_tr(ask, MSG("(no name)")),
		.subject = r->row.subject[0] ? r->row.subject
					     : web_tr(ask, MSG("(empty)")),
		.requester = r->row.requester,
		.caller = str_eq(r->caller, r->row.requester)
			      ? NULL
			      : or_null(r->caller),
		.template = or_null(r->row.template_name),
		.kind = web_said(ask, r->kind),
		.key = or_null(r->key),
		.sent = view_time(ask, r->row.submitted),
		.attributes = or_null(r->attributes),
		.sentence = view_sentence(ask, r->sentence),
		.may_not = view_sentence(ask, r->may_not),
		.approvals = approvals(ask, r),
		.may_decide = r->may_decide,
		.is_pending = r->row.disposition == DISPOSITION_PENDING,
		.has_cert = r->cert.n > 0,
		.can_revoke = r->row.disposition == DISPOSITION_ISSUED,
		.fields = view_fields(ask, r),
		.events = view_events(ask, r),
		.timeline = view_timeline(ask, r),
		.token = view_token(ask, PATH_DECIDE),
	};
	if (view_on_hold(&r->row))
		p.release_token = view_token(ask, PATH_REVOKE);
	web_frame(ask,
	    WEB_SAY(ask, MSG("Review request {0}"), web_num(ask, p.id)), &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, 200, review, &p);
}

/* --- deciding ------------------------------------------------------------ */

static void
decided(struct web_ask *ask, const struct rpc_result *r, const char *done)
{
	struct page_decided p = {
		.id = r->id,
		.heading = done,
		.sentence = view_sentence(ask, r->sentence),
		.has_cert = r->cert.n > 0,
		.good = r->hresult == 0 || r->disposition == DISPOSITION_DENIED,
		.state = view_state(ask, r->disposition),
	};

	web_frame(ask, p.heading, &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, 200, decided, &p);
}

static const char *
decision_words(struct web_ask *ask, const struct rpc_result *r)
{
	const char *number = web_num(ask, r->id);

	switch (r->disposition) {
	case DISPOSITION_ISSUED:
		return WEB_SAY(ask, MSG("Request {0} is issued"), number);
	case DISPOSITION_DENIED:
		return WEB_SAY(ask, MSG("Request {0} is refused"), number);
	case DISPOSITION_PENDING:
		return WEB_SAY(ask,
		    MSG("Your approval of request {0} is recorded"), number);
	default:
		return WEB_SAY(ask, MSG("Request {0}"), number);
	}
}

/* The two buttons of review.html. */
static bool
read_decision(const struct web_ask *ask, uint32_t *ret)
{
	const char *word = web_field(ask, "Decision");

	if (str_eq(word, "issue"))
		*ret = RPC_DECISION_ISSUE;
	else if (str_eq(word, "deny"))
		*ret = RPC_DECISION_DENY;
	else
		return false;
	return true;
}

static int
check_reason(const char *reason, bool needed, struct err *err)
{
	if (strlen(reason) > RPC_TEXT_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "The reason is longer than %d bytes.", RPC_TEXT_MAX);
	if (needed && reason[strspn(reason, " \t\r\n")] == '\0')
		return err_set(err, ERR_INVALID,
		    MSG("A refusal needs a reason: the requester reads it."));
	return 0;
}

void
web_page_decide(struct web_ask *ask)
{
	struct rpc_decide what = {
		.identity = ask->auth.identity,
		.reason = web_field(ask, "Reason"),
	};
	const struct rpc_result *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &what.id)) {
		web_error_unknown(ask, WEB_MODE_DECIDE);
		return;
	}
	if (!read_decision(ask, &what.decision)) {
		(void)err_set(&err, ERR_INVALID,
		    MSG("The decision is neither to issue nor to refuse."));
		web_error(ask, WEB_MODE_DECIDE, &err);
		return;
	}
	if (check_reason(
		what.reason, what.decision == RPC_DECISION_DENY, &err) < 0 ||
	    rpc_do_DECIDE(ask->web->ca, &what, &msg, &r, &err) < 0) {
		web_error(ask, WEB_MODE_DECIDE, &err);
		return;
	}
	decided(ask, r, decision_words(ask, r));
}

/* --- revoking ------------------------------------------------------------ */

void
web_page_revoke_form(struct web_ask *ask)
{
	const struct rpc_request *r = view_asked(ask);
	struct page_revoke p;

	if (!r)
		return;
	p = (struct page_revoke){
		.id = r->row.id,
		.token = view_token(ask, PATH_REVOKE),
		.name =
		    r->row.common_name[0] ? r->row.common_name : r->row.subject,
		.requester = r->row.requester,
		.serial = r->row.serial,
		.until = view_date(ask, r->row.not_after),
	};
	p.on_hold = view_on_hold(&r->row);
	if (r->row.disposition != DISPOSITION_ISSUED && !p.on_hold)
		p.problem = web_tr(ask, MSG("This request has no certificate "
					    "that is valid now."));
	web_frame(ask,
	    WEB_SAY(ask, MSG("Revoke certificate {0}"), web_num(ask, p.id)),
	    &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, 200, revoke, &p);
}

static const char *
revocation_words(struct web_ask *ask, uint32_t reason, uint64_t id)
{
	const char *number = web_num(ask, id);

	if (reason == VIEW_REASON_RELEASE)
		return WEB_SAY(ask,
		    MSG("The hold of certificate {0} is released"), number);
	if (reason == VIEW_REASON_HOLD)
		return WEB_SAY(ask, MSG("Certificate {0} is on hold"), number);
	return WEB_SAY(ask, MSG("Certificate {0} is revoked"), number);
}

void
web_page_revoke(struct web_ask *ask)
{
	struct rpc_revoke what = {
		.identity = ask->auth.identity,
		.comment = web_field(ask, "Comment"),
	};
	const struct rpc_result *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;
	uint64_t reason;

	if (!view_req_id(web_field(ask, "ReqID"), &what.id)) {
		web_error_unknown(ask, WEB_MODE_DECIDE);
		return;
	}
	if (!str_u64(web_field(ask, "Reason"), 10, &reason)) {
		(void)err_set(&err, ERR_INVALID,
		    MSG("Choose a reason for revoking the certificate."));
		web_error(ask, WEB_MODE_DECIDE, &err);
		return;
	}
	what.reason = (uint32_t)reason;
	if (check_reason(what.comment, false, &err) < 0 ||
	    rpc_do_REVOKE(ask->web->ca, &what, &msg, &r, &err) < 0) {
		web_error(ask, WEB_MODE_DECIDE, &err);
		return;
	}
	decided(ask, r, revocation_words(ask, what.reason, r->id));
}
