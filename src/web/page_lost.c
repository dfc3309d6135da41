/* lost.asp: the owner of a certificate says that its key is lost or stolen. The
 * CA puts the certificate on hold at once; an officer revokes it for good or
 * releases it (REPORT_LOST, ca/revoke.c). */
#include "web/view.h"

#include "base/msg.h"
#include "base/str.h"
#include "web/language.h"

#define PATH "/certsrv/lost.asp"

static void
fill(struct web_ask *ask, const struct rpc_row *row, struct page_lost *p)
{
	p->id = row->id;
	p->token = view_token(ask, PATH);
	p->name = row->common_name[0] ? row->common_name : row->subject;
	if (!p->name[0])
		p->name = web_tr(ask, MSG("(no name)"));
	p->serial = row->serial;
	p->until = view_date(ask, row->not_after);
	web_frame(ask, MSG("Report a lost key"), &p->f);
	p->f.at_mine = true;
}

void
web_page_lost_form(struct web_ask *ask)
{
	struct page_lost p = { 0 };
	const struct rpc_request *r = view_asked(ask);
	struct err err;

	if (!r)
		return;
	if (!r->mine) {
		(void)err_set(&err, ERR_DENIED,
		    MSG("Only its owner can report a key as lost."));
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	if (r->row.disposition != DISPOSITION_ISSUED) {
		(void)err_set(&err, ERR_BAD_STATE,
		    MSG("This request has no certificate that is valid now."));
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	fill(ask, &r->row, &p);
	WEB_SEND(ask, 200, lost, &p);
}

static void
on_hold(struct web_ask *ask, uint64_t id)
{
	web_notice(ask,
	    &(struct web_notice){ 200, MSG("The certificate is on hold"),
		MSG("Whoever checks the revocation list stops trusting it, "
		    "from the next list on. An officer who looks at it "
		    "decides whether it is revoked for good."),
		MSG("Your report was recorded."),
		MSG("Ask for a new certificate, with a new key. Tell the "
		    "officer if you find the key again."),
		web_text(ask, "/certsrv/request.asp?ReqID=%ju", (uintmax_t)id),
		WEB_SAY(ask, MSG("Look at request {0}"), web_num(ask, id)) });
}

void
web_page_lost(struct web_ask *ask)
{
	struct rpc_retrieve what = {
		.identity = ask->auth.identity,
		.reason = web_field(ask, "Reason"),
	};
	const struct rpc_result *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &what.id)) {
		web_error_unknown(ask, WEB_MODE_REPORT);
		return;
	}
	if (strlen(what.reason) > RPC_TEXT_MAX) {
		(void)err_set(&err, ERR_TOO_LARGE,
		    "What happened is told in more than %d bytes.",
		    RPC_TEXT_MAX);
		web_error(ask, WEB_MODE_REPORT, &err);
	} else if (rpc_do_REPORT_LOST(ask->web->ca, &what, &msg, &r, &err) <
		   0) {
		web_error(ask, WEB_MODE_REPORT, &err);
	} else {
		on_hold(ask, r->id);
	}
}
