#include "web/ask.h"

#include "base/clock.h"
#include "base/str.h"
#include "fcgi/cookie.h"
#include "web/language.h"
#include "web/routes.h"
#include "web/view.h"

#include <openssl/rand.h>

#define KNOWN_ROLES                                                 \
	(ROLE_ENROLLEE | ROLE_OFFICER | ROLE_ADMIN | ROLE_AUDITOR | \
	    ROLE_OPERATOR)
#define OFFICER         "/certsrv/officer/"
#define OLD_COOKIE      "ASPSESSIONIDOPENCERT"
#define OLD_COOKIE_SIZE 12
#define CHALLENGE       "Basic realm=\"OpenCertSrv\", charset=\"UTF-8\""

static auth_verify verify;

/* --- made once ----------------------------------------------------------- */

static int
set_up(struct web *w, const struct web_options *options, struct err *err)
{
	static const struct web_site nothing;
	const struct auth_options auth = { verify, w, KNOWN_ROLES };
	size_t i;

	w->ca = options->ca;
	w->site = options->site ? options->site : &nothing;
	w->public_url = strdup(options->public_url);
	w->http_url = strdup(options->http_url);
	if (!w->public_url || !w->http_url)
		return err_set(err, ERR_NO_MEMORY, "no memory for the pages");
	if (auth_site_add(&w->origins, options->public_url, err) < 0)
		return -1;
	for (i = 0; i < options->n_aliases; i++)
		if (auth_site_add(&w->origins, options->aliases[i], err) < 0)
			return -1;
	if (auth_new(&auth, &w->auth, err) < 0 ||
	    auth_tokens_new(&w->tokens, err) < 0)
		return -1;
	return web_copy_new(w->ca, options->cache, &w->copy, err);
}

int
web_new(const struct web_options *options, struct web **ret, struct err *err)
{
	AUTO(web) w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(err, ERR_NO_MEMORY, "no memory for the pages");
	if (set_up(w, options, err) < 0)
		return -1;
	*ret = TAKE(w);
	return 0;
}

void
web_free(struct web *w)
{
	if (!w)
		return;
	auth_free(w->auth);
	auth_tokens_free(w->tokens);
	web_copy_free(w->copy);
	free(w->public_url);
	free(w->http_url);
	free(w);
}

int
web_refresh(struct web *w, struct err *err)
{
	AUTO(web_ca) ca = NULL;
	bool answers;

	ca = web_copy_ca(w->copy, &answers);
	if (answers)
		return 0;
	return err_set(err, ERR_UNAVAILABLE,
	    MSG("the certification authority is not answering"));
}

/* The CA holds the accounts and hashes the passwords. */
static int
verify(void *ctx, const struct auth_basic *b, const char *address,
    struct auth_account *ret, struct err *err)
{
	struct web *w = ctx;
	const struct rpc_password_ask ask = {
		.name = b->name,
		.password = auth_basic_password(b),
		.address = address,
	};
	const struct rpc_password_result *result;
	AUTO(rpc_msg) msg = NULL;

	if (rpc_do_CHECK_PASSWORD(w->ca, &ask, &msg, &result, err) < 0)
		return -1;
	if (!str_copy(ret->name, sizeof(ret->name), result->name))
		return err_set(err, ERR_PROTOCOL, "the name is too long");
	ret->roles = result->roles;
	ret->user_version = result->user_version;
	return 0;
}

/* --- refusals before any page -------------------------------------------- */

static void
not_https(struct web_ask *ask)
{
	web_notice(
	    ask, &(struct web_notice){ 403, MSG("This page needs HTTPS"),
		     MSG("In order to complete the certificate enrollment, the "
			 "website for the CA must be configured to use HTTPS "
			 "authentication."),
		     MSG("Nothing was read and nothing was kept."),
		     MSG("Open the same page with https:// in front."),
		     ask->web->public_url, MSG("Go to the secure page") });
}

static void
wrong_host(struct web_ask *ask)
{
	web_notice(ask,
	    &(struct web_notice){ 421, MSG("This name is not served here"),
		MSG("The address you used leads to this server, but not to a "
		    "site of it."),
		MSG("Nothing was read and nothing was kept."),
		MSG("Use the address of the enrolment pages."),
		ask->web->public_url, ask->web->public_url });
}

/* No route fits: an address that does not exist, or not for this method. */
static void
no_page(struct web_ask *ask)
{
	const char *allow = web_route_allow(ask->request->route);

	if (allow[0])
		fcgi_reply_header(ask->reply, "Allow", allow);
	if (allow[0] && ask->request->method == HTTP_OPTIONS) {
		web_send_nothing(ask);
		return;
	}
	if (allow[0]) {
		web_notice(ask,
		    &(struct web_notice){ 405, MSG("This page cannot do that"),
			MSG("The page exists, but not for this kind of "
			    "request."),
			MSG("Nothing was changed."),
			MSG("Start again from the home page."), "/certsrv/",
			MSG("Home") });
		return;
	}
	web_notice(ask,
	    &(struct web_notice){ 404, MSG("There is no such page"),
		MSG("The address may be misspelt, or the page may belong to "
		    "another version of this site."),
		MSG("Nothing was changed."),
		MSG("Start again from the home page."), "/certsrv/",
		MSG("Home") });
}

static void
cross_site(struct web_ask *ask)
{
	web_notice(ask,
	    &(struct web_notice){ 403, MSG("This came from another site"),
		MSG("Your browser says that another website made it send this. "
		    "Such requests are refused, because they could be made "
		    "without your knowledge."),
		MSG("Nothing was changed and nothing was kept."),
		MSG("If it was you who wanted this, open the page here and "
		    "send "
		    "it from there."),
		"/certsrv/", MSG("Home") });
}

static void
old_token(struct web_ask *ask)
{
	struct web_notice n = { 403, MSG("Please send it again"),
		MSG("The page you sent was opened too long ago, or this server "
		    "was started anew in between."),
		MSG("Nothing was changed."),
		MSG("Open the request anew, and do it once more."),
		"/certsrv/requests.asp", MSG("My requests") };
	bool officer = str_has_prefix(ask->request->route, OFFICER);
	uint64_t id;

	if (view_req_id(web_field(ask, "ReqID"), &id)) {
		n.link = web_text(ask, "/certsrv/%srequest.asp?ReqID=%ju",
		    officer ? "officer/" : "", (uintmax_t)id);
		n.link_words =
		    WEB_SAY(ask, MSG("Open request {0}"), web_num(ask, id));
	}
	web_notice(ask, &n);
}

static void
not_officer(struct web_ask *ask)
{
	web_notice(ask,
	    &(struct web_notice){ 403, MSG("This page is for officers"),
		MSG("Your account does not have the role of an officer, who "
		    "decides about requests."),
		MSG("Nothing was changed."),
		MSG("Sign in with another account, or ask the administrator of "
		    "this certification authority."),
		"/certsrv/", MSG("Home") });
}

static void
bad_form(struct web_ask *ask, const struct err *err)
{
	web_notice(
	    ask, &(struct web_notice){ err_http(err->code) == 413 ? 413 : 400,
		     MSG("What was sent could not be read"),
		     view_sentence(ask, err->text),
		     MSG("Nothing was changed and nothing was kept."),
		     MSG("Check what you are sending, and send it again."),
		     ask->request->method == HTTP_POST ? "/certsrv/certrqxt.asp"
						       : "/certsrv/",
		     ask->request->method == HTTP_POST ? MSG("Back to the form")
						       : MSG("Home") });
}

/* --- who, and from where ------------------------------------------------- */

static void
slow_down(struct web_ask *ask)
{
	fcgi_reply_header(ask->reply, "Retry-After",
	    web_text(ask, "%u", ask->auth.retry_after));
	web_notice(
	    ask, &(struct web_notice){ 429, MSG("Too many wrong passwords"),
		     MSG("There were too many attempts with a wrong name or "
			 "password "
			 "from your address or for this account."),
		     MSG("Nothing was changed."),
		     web_say_n(ask, ask->auth.retry_after,
			 MSG_N("Wait {0} second, then try again.",
			     "Wait {0} seconds, then try again.")),
		     "/certsrv/", MSG("Home") });
}

static void
cannot_sign_in(struct web_ask *ask)
{
	fcgi_reply_header(ask->reply, "Retry-After", "5");
	web_notice(ask,
	    &(struct web_notice){ 503, MSG("Nobody can sign in right now"),
		MSG("The certification authority, which knows the accounts, is "
		    "not answering."),
		MSG("Nothing was sent to it and nothing was kept."),
		MSG("You can still download its certificate and revocation "
		    "list. Try again in a few minutes."),
		"/certsrv/certnew.cer?Enc=b64&ReqID=CACert",
		MSG("Download the CA certificate") });
}

/* Old programs carry the cookie of a session from page to page and expect
 * one after signing in. This one says nothing and grants nothing. */
static void
set_old_cookie(struct web_ask *ask)
{
	struct fcgi_cookie cookie = {
		.name = OLD_COOKIE,
		.max_age = -1,
		.same_site = COOKIE_LAX,
	};
	char hex[2 * OLD_COOKIE_SIZE + 1];
	uint8_t random[OLD_COOKIE_SIZE];

	if (ask->request->method == HTTP_POST ||
	    fcgi_cookie_find(
		ask->request->cookie, OLD_COOKIE, hex, sizeof(hex)) ||
	    RAND_bytes(random, sizeof(random)) != 1)
		return;
	str_hex(hex, BYTES_OF(random));
	cookie.value = hex;
	fcgi_cookie_set(ask->reply, &cookie);
}

/* True when somebody is signed in; else the refusal is written. */
static bool
sign_in(struct web_ask *ask)
{
	auth_identify(ask->web->auth, ask->request, &ask->auth);
	switch (ask->auth.status) {
	case AUTH_OK:
		ask->signed_in = true;
		set_old_cookie(ask);
		return true;
	case AUTH_SLOW_DOWN:
		slow_down(ask);
		return false;
	case AUTH_UNAVAILABLE:
		cannot_sign_in(ask);
		return false;
	case AUTH_NOBODY:
	case AUTH_WRONG:
		break;
	}
	fcgi_reply_header(ask->reply, "WWW-Authenticate", CHALLENGE);
	web_sign_in(ask);
	return false;
}

static bool
is_public(const struct web_ask *ask, const struct web_route *route)
{
	if (ask->request->method == HTTP_OPTIONS)
		route = web_route_find(HTTP_GET, ask->request->route);
	if (!route)
		return false;
	return route->access == WEB_PUBLIC ||
	       (route->access == WEB_CACERT &&
		   view_is_cacert(web_field(ask, "ReqID")));
}

static bool
may_post(struct web_ask *ask, const struct web_route *route)
{
	char owner[IDENTITY_OWNER_MAX];

	if (auth_origin_check(&ask->web->origins, ask->request,
		ask->auth.per_request) != AUTH_ORIGIN_OK) {
		cross_site(ask);
		return false;
	}
	if (!route->token)
		return true;
	identity_owner(&ask->auth.identity, owner);
	if (auth_token_check(ask->web->tokens, owner, route->path, clock_now(),
		web_field(ask, "Token")))
		return true;
	old_token(ask);
	return false;
}

/* --- one request --------------------------------------------------------- */

static int
read_form(struct web_ask *ask, struct err *err)
{
	const struct fcgi_request *r = ask->request;

	return fcgi_form_read(r->query, r->content_type,
	    r->method == HTTP_POST ? r->body : BYTES_NONE, &ask->form, err);
}

static void
handle(struct web_ask *ask)
{
	const struct fcgi_request *request = ask->request;
	const struct web_route *route;
	bool readable;
	struct err err;

	if (!request->https) {
		not_https(ask);
		return;
	}
	if (!auth_site_has_host(&ask->web->origins, request->host)) {
		wrong_host(ask);
		return;
	}
	route = web_route_find(request->method, request->route);
	readable = read_form(ask, &err) == 0;
	if (!is_public(ask, route) && !sign_in(ask))
		return;
	if (!route)
		no_page(ask);
	else if (!readable)
		bad_form(ask, &err);
	else if (route->access == WEB_OFFICER &&
		 !(ask->auth.roles & ROLE_OFFICER))
		not_officer(ask);
	else if (route->method != HTTP_POST || may_post(ask, route))
		route->page(ask);
}

void
web_handle(
    void *ctx, const struct fcgi_request *request, struct fcgi_reply *reply)
{
	struct web_ask ask = {
		.web = ctx,
		.request = request,
		.reply = reply,
	};

	ask.language = web_language(request, NULL);
	ask.ca = web_copy_ca(ask.web->copy, &ask.ca_answers);
	if (ask.ca_answers && ask.ca)
		auth_user_version(ask.web->auth, ask.ca->info.user_version);
	handle(&ask);
	web_ask_clear(&ask);
}
