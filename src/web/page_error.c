#include "web/view.h"

#include "base/str.h"

#define NOTHING_KEPT "Nothing was changed and nothing was kept."

void
web_notice(struct web_ask *ask, const struct web_notice *n)
{
	struct page_notice p = {
		.heading = n->heading,
		.sentence = n->sentence,
		.changed = n->changed,
		.todo = n->todo,
		.link = n->link,
		.link_words = n->link_words,
	};

	web_frame(ask, n->heading, &p.f);
	WEB_SEND(ask, n->status, notice, &p);
}

void
web_sign_in(struct web_ask *ask)
{
	struct page_signin p = {
		.wrong = ask->auth.status == AUTH_WRONG,
		.why = ask->auth.why.text,
		.sent = ask->request->method == HTTP_POST,
	};
	const struct rpc_generation *g =
	    ask->ca ? web_ca_generation(ask->ca, -1) : NULL;

	if (g)
		p.sha256 = view_sha256(ask, g->cert);
	web_frame(ask, "Sign in", &p.f);
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
	  "/certsrv/requests.asp", "My requests" },
	{ WEB_MODE_SUBMIT, "newreq - (new request)",
	  "/certsrv/certrqxt.asp", "Back to the form" },
	{ WEB_MODE_CHECK,  "chkpnd - (check pending)",
	  "/certsrv/certckpn.asp", "What is waiting" },
	{ WEB_MODE_SHOW,   "- (request page)",
	  "/certsrv/requests.asp", "My requests" },
	{ WEB_MODE_DECIDE, "- (officer's decision)",
	  "/certsrv/officer/", "What is waiting" },
};

/* What to do about it, by the reason. */
static const struct {
	enum err_code code;
	const char *heading, *todo;
} advice[] = {
	{ ERR_NOT_FOUND,    "There is no such request",
	  "Check the number. You can see only your own requests: look whether you signed in with the right account." },
	{ ERR_PRIVATE_KEY,  "That is a private key",
	  "Never send it to anybody. Make a certificate request (CSR) with it and send that; if the key left your computer, make a new one." },
	{ ERR_UNAVAILABLE,  "The certification authority is not answering",
	  "Try again in a few minutes. You can still download the CA certificate and its revocation list." },
	{ ERR_TIMEOUT,      "The answer did not come in time",
	  "Look at \"My requests\" before you send it again: it may have arrived." },
	{ ERR_LOST,         "The answer was lost",
	  "Look at \"My requests\" before you send it again: it may have arrived." },
	{ ERR_BUSY,         "Too much at once",
	  "Wait a moment, then send it again." },
	{ ERR_NO_SPACE,     "The certification authority has no space left",
	  "Its administrator must make room. Then send it again." },
	{ ERR_READ_ONLY,    "The certification authority cannot keep anything now",
	  "Its administrator must look at the database. Then send it again." },
	{ ERR_LIMIT,        "A limit is reached",
	  "Wait until some of the requests have been decided, or ask the administrator." },
	{ ERR_TOO_LARGE,    "That is too large",
	  "Send a certificate request of at most 64 KiB." },
	{ ERR_BAD_STATE,    "It has been decided already",
	  "Look at the request to see what was decided." },
	{ ERR_DENIED,       "You may not do that",
	  "Ask somebody who may, or sign in with another account." },
	{ ERR_ENROLL_DENIED, "You may not ask for certificates here",
	  "Ask the administrator of this certification authority." },
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
			p->back_words = modes[i].back_words;
		}
	if (mode == WEB_MODE_DECIDE &&
	    view_req_id(web_field(ask, "ReqID"), &id)) {
		p->back = web_text(ask,
		    "/certsrv/officer/request.asp?ReqID=%ju", (uintmax_t)id);
		p->back_words =
		    web_text(ask, "Back to request %ju", (uintmax_t)id);
	}
	/* Programs need no form, and would have to read around it. */
	p->again = mode == WEB_MODE_SUBMIT && view_compat(ask, 0).script;
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
	return mode == WEB_MODE_SHOW || mode == WEB_MODE_DECIDE ? http : 200;
}

/* An answer that did not come says nothing about what the CA did. */
static const char *
changed_words(enum web_mode mode, enum err_code code)
{
	bool sends = mode == WEB_MODE_SUBMIT || mode == WEB_MODE_DECIDE;

	if ((code == ERR_TIMEOUT || code == ERR_LOST) && sends)
		return "We do not know whether it was kept.";
	return NOTHING_KEPT;
}

void
web_error(struct web_ask *ask, enum web_mode mode, const struct err *err)
{
	struct page_error p = {
		.heading = "That did not work",
		.sentence = view_sentence(ask, err->text),
		.changed = changed_words(mode, err->code),
		.todo = "Check what you sent, and try again.",
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
	    "There is no request with this number that you may see.");
	web_error(ask, mode, &err);
}

void
web_error_result(
    struct web_ask *ask, enum web_mode mode, const struct rpc_result *r)
{
	struct page_error p = {
		.heading = "There is no certificate to download",
		.sentence = view_sentence(ask, r->sentence),
		.changed = "Nothing was changed.",
		.todo = "Look at the request to see what happens with it.",
		.message = view_message(ask, r),
		.com_info = "(none)",
		.last_status = view_hresult(ask, r->hresult),
		.result = view_hresult(ask, 0),
		.cause = "No suggestions.",
	};

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
