#include "web/language.h"
#include "web/view.h"

#include "base/str.h"

#define NOTHING_KEPT MSG("Nothing was changed and nothing was kept.")

void
web_notice(struct web_ask *ask, const struct web_notice *n)
{
	struct page_notice p = {
		.heading = web_tr(ask, n->heading),
		.sentence = web_tr(ask, n->sentence),
		.changed = web_tr(ask, n->changed),
		.todo = web_tr(ask, n->todo),
		.link = n->link,
		.link_words = web_tr(ask, n->link_words),
	};

	web_frame(ask, n->heading, &p.f);
	WEB_SEND(ask, n->status, notice, &p);
}

void
web_sign_in(struct web_ask *ask)
{
	struct page_signin p = {
		.wrong = ask->auth.status == AUTH_WRONG,
		.why = web_said(ask, ask->auth.why.text),
		.sent = ask->request->method == HTTP_POST,
	};
	const struct rpc_generation *g =
	    ask->ca ? web_ca_generation(ask->ca, -1) : NULL;

	if (g)
		p.sha256 = view_sha256(ask, g->cert);
	web_frame(ask, MSG("Sign in"), &p.f);
	WEB_SEND(ask, 401, signin, &p);
}

/* --- the error page of certsrv-http 4.5 ---------------------------------- */

/* clang-format off */
static const struct {
	enum web_mode mode;
	const char *words;
	const char *back, *back_words; /* where to go on */
} modes[] = {
	{ WEB_MODE_FETCH,  "- (certnew.cer/certnew.p7b/certcrl.crl certificate/crl fetch)",
	  "/certsrv/requests.asp", MSG("My requests") },
	{ WEB_MODE_SUBMIT, "newreq - (new request)",
	  "/certsrv/certrqxt.asp", MSG("Back to the form") },
	{ WEB_MODE_OTHER,  "- (unknown)",
	  "/certsrv/certrqxt.asp", MSG("Back to the form") },
	{ WEB_MODE_CHECK,  "chkpnd - (check pending)",
	  "/certsrv/certckpn.asp", MSG("What is waiting") },
	{ WEB_MODE_SHOW,   "- (request page)",
	  "/certsrv/requests.asp", MSG("My requests") },
	{ WEB_MODE_DECIDE, "- (officer's decision)",
	  "/certsrv/officer/", MSG("What is waiting") },
	{ WEB_MODE_REPORT, "- (report of a lost key)",
	  "/certsrv/requests.asp", MSG("My requests") },
};

/* What to do about it, by the reason. */
static const struct {
	enum err_code code;
	const char *heading, *todo;
} advice[] = {
	{ ERR_NOT_FOUND,    MSG("There is no such request"),
	  MSG("Check the number. You can see only your own requests: look whether you signed in with the right account.") },
	{ ERR_PRIVATE_KEY,  MSG("That is a private key"),
	  MSG("Never send it to anybody. Make a certificate request (CSR) with it and send that; if the key left your computer, make a new one.") },
	{ ERR_UNAVAILABLE,  MSG("The certification authority is not answering"),
	  MSG("Try again in a few minutes. You can still download the CA certificate and its revocation list.") },
	{ ERR_TIMEOUT,      MSG("The answer did not come in time"),
	  MSG("Look at \"My requests\" before you send it again: it may have arrived.") },
	{ ERR_LOST,         MSG("The answer was lost"),
	  MSG("Look at \"My requests\" before you send it again: it may have arrived.") },
	{ ERR_BUSY,         MSG("Too much at once"),
	  MSG("Wait a moment, then send it again.") },
	{ ERR_NO_SPACE,     MSG("The certification authority has no space left"),
	  MSG("Its administrator must make room. Then send it again.") },
	{ ERR_READ_ONLY,    MSG("The certification authority cannot keep anything now"),
	  MSG("Its administrator must look at the database. Then send it again.") },
	{ ERR_LIMIT,        MSG("A limit is reached"),
	  MSG("Wait until some of the requests have been decided, or ask the administrator.") },
	{ ERR_TOO_LARGE,    MSG("That is too large"),
	  MSG("Shorten it, and send it again.") },
	{ ERR_BAD_STATE,    MSG("It has been decided already"),
	  MSG("Look at the request to see what was decided.") },
	{ ERR_DENIED,       MSG("You may not do that"),
	  MSG("Ask somebody who may, or sign in with another account.") },
	{ ERR_ENROLL_DENIED, MSG("You may not ask for certificates here"),
	  MSG("Ask the administrator of this certification authority.") },
};
/* clang-format on */

/* What the page says about the mode; people go on where they came from. */
static void
fill_mode(struct web_ask *ask, enum web_mode mode, struct page_error *p)
{
	uint64_t id;
	size_t i;

	for (i = 0; i < ARRAY_LEN(modes); i++)
		if (modes[i].mode == mode) {
			p->mode = modes[i].words;
			p->back = modes[i].back;
			p->back_words = web_tr(ask, modes[i].back_words);
		}
	if (mode == WEB_MODE_DECIDE &&
	    view_req_id(web_field(ask, "ReqID"), &id)) {
		p->back = web_text(ask,
		    "/certsrv/officer/request.asp?ReqID=%ju", (uintmax_t)id);
		p->back_words =
		    WEB_SAY(ask, MSG("Back to request {0}"), web_num(ask, id));
	}
	/* Programs need no form, and would have to read around it. */
	p->again = (mode == WEB_MODE_SUBMIT || mode == WEB_MODE_OTHER) &&
		   view_compat(ask, 0).script;
	if (p->again)
		view_submit(ask, VIEW_FORM_AGAIN, &p->form);
}

/* Refusals are 200 here, because the programs that use these addresses read
 * the page; what passes by itself is 503, so that they try again; pages that
 * only people use say what HTTP has a number for. */
static int
status_of(enum web_mode mode, enum err_code code)
{
	int http = err_http(code);

	if (http == 503 || http == 507)
		return 503;
	return mode == WEB_MODE_SHOW || mode == WEB_MODE_DECIDE ||
		       mode == WEB_MODE_REPORT
		   ? http
		   : 200;
}

/* An answer that did not come says nothing about what the CA did. */
static const char *
changed_words(enum web_mode mode, enum err_code code)
{
	bool sends = mode == WEB_MODE_SUBMIT || mode == WEB_MODE_DECIDE ||
		     mode == WEB_MODE_REPORT;

	if ((code == ERR_TIMEOUT || code == ERR_LOST) && sends)
		return MSG("We do not know whether it was kept.");
	return NOTHING_KEPT;
}

/* What is for people; the rest of the page is read by programs. */
static void
translate(const struct web_ask *ask, struct page_error *p)
{
	p->heading = web_tr(ask, p->heading);
	p->changed = web_tr(ask, p->changed);
	p->todo = web_tr(ask, p->todo);
}

void
web_error(struct web_ask *ask, enum web_mode mode, const struct err *err)
{
	struct page_error p = {
		.heading = MSG("That did not work"),
		.sentence = view_sentence(ask, err->text),
		.changed = changed_words(mode, err->code),
		.todo = MSG("Check what you sent, and try again."),
		.disposition = "0 - (none)",
		.message = "(none)",
		.result = view_hresult(ask, err_hresult(err->code)),
		.com_info = "(none)",
		.last_status = view_hresult(ask, err_hresult(err->code)),
		.cause = "No suggestions.",
	};
	int status = status_of(mode, err->code);
	size_t i;

	for (i = 0; i < ARRAY_LEN(advice); i++)
		if (advice[i].code == err->code) {
			p.heading = advice[i].heading;
			p.todo = advice[i].todo;
		}
	translate(ask, &p);
	fill_mode(ask, mode, &p);
	if (status == 503)
		fcgi_reply_header(ask->reply, "Retry-After", "5");
	web_frame(ask, p.heading, &p.f);
	WEB_SEND(ask, status, error, &p);
}

void
web_error_unknown(struct web_ask *ask, enum web_mode mode)
{
	struct err err;

	(void)err_set(&err, ERR_NOT_FOUND,
	    MSG("There is no request with this number that you may see."));
	web_error(ask, mode, &err);
}

void
web_error_result(
    struct web_ask *ask, enum web_mode mode, const struct rpc_result *r)
{
	struct page_error p = {
		.heading = MSG("There is no certificate to download"),
		.sentence = view_sentence(ask, r->sentence),
		.changed = MSG("Nothing was changed."),
		.todo = MSG("Look at the request to see what happens with it."),
		.message = view_message(ask, r),
		.com_info = "(none)",
		.last_status = view_hresult(ask, r->hresult),
		.result = view_hresult(ask, 0),
		.cause = "No suggestions.",
	};

	translate(ask, &p);
	fill_mode(ask, mode, &p);
	p.disposition =
	    disposition_known(r->disposition)
		? web_text(ask, "%u - (%s)",
		      disposition_api((enum disposition)r->disposition),
		      disposition_word((enum disposition)r->disposition))
		: "0 - (unknown)";
	web_frame(ask, p.heading, &p.f);
	WEB_SEND(ask, 200, error, &p);
}
