/* Own requests: all (requests.asp), those that wait (certckpn.asp), taking
 * one off the list of this browser (certrmpn.asp), and one of them in full
 * (request.asp). */
#include "web/language.h"
#include "web/preference.h"
#include "web/view.h"

#include "base/clock.h"
#include "base/str.h"
#include "web/remembered.h"

static int
list(struct web_ask *ask, struct rpc_list_ask *what,
    const struct rpc_list **ret, struct err *err)
{
	AUTO(rpc_msg) msg = NULL;

	what->identity = ask->auth.identity;
	what->requester = "";
	what->search = "";
	what->limit = web_look(ask).rows;
	what->mine_only = true;
	if (rpc_do_LIST(ask->web->ca, what, &msg, ret, err) < 0)
		return -1;
	web_keep(ask, TAKE(msg));
	return 0;
}

/* Of the newest requests those that this browser sent, that were decided, and
 * whose answer nobody looked at: who comes to collect looks for them here. */
static int
list_decided(
    struct web_ask *ask, const struct view_request **ret, struct err *err)
{
	struct rpc_list_ask what = { 0 };
	struct rpc_list decided = { 0 };
	const struct rpc_list *all;
	struct rpc_row *row;
	uint32_t store;
	size_t i;

	if (list(ask, &what, &all, err) < 0)
		return -1;
	row = web_alloc(ask, (all->row_count + 1) * sizeof(*row));
	if (!row)
		return err_set(err, ERR_NO_MEMORY, "listing requests");
	decided.rows = row;
	for (i = 0; i < all->row_count; i++)
		if (all->rows[i].disposition != DISPOSITION_PENDING &&
		    web_remembered(ask, all->rows[i].id, &store)[0])
			row[decided.row_count++] = all->rows[i];
	*ret = view_requests(ask, &decided, VIEW_FOR_OWNER);
	return 0;
}

void
web_page_waiting(struct web_ask *ask)
{
	struct rpc_list_ask what = { .disposition = DISPOSITION_PENDING };
	struct page_waiting p = { 0 };
	const struct rpc_list *rows;
	struct err err;

	if (list(ask, &what, &rows, &err) < 0 ||
	    list_decided(ask, &p.decided, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	p.requests = view_requests(ask, rows, VIEW_FOR_OWNER);
	p.more = rows->next != 0;
	web_frame(ask, MSG("View the status of a pending request"), &p.f);
	p.f.at_mine = true;
	WEB_SEND(ask, 200, waiting, &p);
}

void
web_page_remove(struct web_ask *ask)
{
	uint64_t id;

	if (!view_req_id(web_field(ask, "ReqID"), &id)) {
		web_error_unknown(ask, WEB_MODE_SHOW);
		return;
	}
	web_forget(ask, id);
	web_notice(
	    ask, &(struct web_notice){ 200, MSG("Removed from the list"),
		     WEB_SAY(ask,
			 MSG("This browser no longer remembers request {0}."),
			 web_num(ask, id)),
		     MSG("The request itself stays with the certification "
			 "authority."),
		     MSG("You can still find it under \"My requests\"."),
		     "/certsrv/requests.asp", MSG("My requests") });
}

static void
filter(struct web_ask *ask, struct rpc_list_ask *what, struct page_requests *p)
{
	const char *word = web_field(ask, "State");
	enum disposition d;

	p->state = "";
	if (disposition_from_word(word, &d)) {
		what->disposition = d;
		p->state = disposition_word(d);
	}
	p->all = what->disposition == 0;
	p->pending = what->disposition == DISPOSITION_PENDING;
	p->issued = what->disposition == DISPOSITION_ISSUED;
	p->denied = what->disposition == DISPOSITION_DENIED;
	p->revoked = what->disposition == DISPOSITION_REVOKED;
}

void
web_page_requests(struct web_ask *ask)
{
	struct rpc_list_ask what = { 0 };
	struct page_requests p = { 0 };
	const struct rpc_list *rows;
	struct err err;

	filter(ask, &what, &p);
	if (!view_req_id(web_field(ask, "Before"), &what.before))
		what.before = 0;
	if (list(ask, &what, &rows, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	p.requests = view_requests(ask, rows, VIEW_FOR_OWNER);
	p.before = rows->next;
	p.more = rows->next != 0;
	web_frame(ask, MSG("My requests"), &p.f);
	p.f.at_mine = true;
	WEB_SEND(ask, 200, requests, &p);
}

static void
fill(struct web_ask *ask, const struct rpc_request *r, struct page_request *p)
{
	const struct rpc_row *row = &r->row;

	p->id = row->id;
	p->state = view_row_state(ask, row);
	p->sentence = view_sentence(ask, r->sentence);
	p->name = row->common_name[0] ? row->common_name
				      : web_tr(ask, MSG("(no name)"));
	p->subject =
	    row->subject[0] ? row->subject : web_tr(ask, MSG("(empty)"));
	p->template = row->template_name[0] ? row->template_name : NULL;
	p->kind = web_said(ask, r->kind);
	p->key = r->key[0] ? r->key : NULL;
	p->requester = row->requester;
	p->attributes = r->attributes[0] ? r->attributes : NULL;
	p->fields = view_fields(ask, r);
	p->events = view_events(ask, r);
	p->timeline = view_timeline(ask, r);
	p->is_pending = row->disposition == DISPOSITION_PENDING;
	p->is_refused = row->disposition == DISPOSITION_DENIED ||
			row->disposition == DISPOSITION_FAILED;
	p->is_revoked = row->disposition == DISPOSITION_REVOKED;
	if (r->cert.n) {
		p->has_cert = true;
		p->in_force = r->mine && row->disposition == DISPOSITION_ISSUED;
		p->serial = row->serial;
		p->chain = view_chain(ask, r);
		p->sha256 = view_sha256(ask, r->cert);
	}
}

void
web_page_request(struct web_ask *ask)
{
	struct page_request p = { 0 };
	const struct rpc_request *r = view_asked(ask);

	if (!r)
		return;
	fill(ask, r, &p);
	if (p.has_cert) {
		p.bar = view_bar(ask, "life", r->row.not_before,
		    r->row.not_after, clock_now());
		web_forget(ask, p.id);
	}
	web_frame(
	    ask, WEB_SAY(ask, MSG("Request {0}"), web_num(ask, p.id)), &p.f);
	p.f.at_mine = true;
	p.f.waits = p.is_pending;
	WEB_SEND(ask, 200, request, &p);
}
