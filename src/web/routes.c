#include "web/routes.h"

#include "base/str.h"

/* clang-format off */
const struct web_route web_routes[] = {
	/* the addresses programs and documentation know (certsrv-http 3) */
	{ HTTP_GET,  "/certsrv",                     WEB_SIGNED_IN, false, web_page_home },
	{ HTTP_GET,  "/certsrv/",                    WEB_SIGNED_IN, false, web_page_home },
	{ HTTP_GET,  "/certsrv/default.asp",         WEB_SIGNED_IN, false, web_page_home },
	{ HTTP_GET,  "/certsrv/certrqus.asp",        WEB_SIGNED_IN, false, web_page_kinds },
	{ HTTP_GET,  "/certsrv/certrqbi.asp",        WEB_SIGNED_IN, false, web_page_basic },
	{ HTTP_GET,  "/certsrv/certrqad.asp",        WEB_SIGNED_IN, false, web_page_advanced_choice },
	{ HTTP_GET,  "/certsrv/certrqma.asp",        WEB_SIGNED_IN, false, web_page_advanced },
	{ HTTP_GET,  "/certsrv/certsces.asp",        WEB_SIGNED_IN, false, web_page_station },
	{ HTTP_GET,  "/certsrv/certrqxt.asp",        WEB_SIGNED_IN, false, web_page_submit },
	{ HTTP_GET,  "/certsrv/certfnsh.asp",        WEB_SIGNED_IN, false, web_page_finish_form },
	{ HTTP_POST, "/certsrv/certfnsh.asp",        WEB_SIGNED_IN, false, web_page_finish },
	{ HTTP_GET,  "/certsrv/certckpn.asp",        WEB_SIGNED_IN, false, web_page_waiting },
	{ HTTP_GET,  "/certsrv/certrmpn.asp",        WEB_SIGNED_IN, false, web_page_waiting },
	{ HTTP_POST, "/certsrv/certrmpn.asp",        WEB_SIGNED_IN, false, web_page_remove },
	{ HTTP_GET,  "/certsrv/certcarc.asp",        WEB_SIGNED_IN, false, web_page_ca },
	{ HTTP_GET,  "/certsrv/certnew.cer",         WEB_CACERT,    false, web_page_cer },
	{ HTTP_GET,  "/certsrv/certnew.p7b",         WEB_CACERT,    false, web_page_p7b },
	{ HTTP_GET,  "/certsrv/certcrl.crl",         WEB_PUBLIC,    false, web_page_crl },
	/* our own */
	{ HTTP_GET,  "/certsrv/requests.asp",        WEB_SIGNED_IN, false, web_page_requests },
	{ HTTP_GET,  "/certsrv/request.asp",         WEB_SIGNED_IN, false, web_page_request },
	{ HTTP_GET,  "/certsrv/certificate.asp",     WEB_SIGNED_IN, false, web_page_certificate },
	{ HTTP_GET,  "/certsrv/keys.asp",            WEB_SIGNED_IN, false, web_page_keys },
	{ HTTP_GET,  "/certsrv/renew.asp",           WEB_SIGNED_IN, false, web_page_renew },
	{ HTTP_GET,  "/certsrv/lost.asp",            WEB_SIGNED_IN, false, web_page_lost_form },
	{ HTTP_POST, "/certsrv/lost.asp",            WEB_SIGNED_IN, true,  web_page_lost },
	{ HTTP_GET,  "/certsrv/preferences.asp",     WEB_SIGNED_IN, false, web_page_preferences },
	{ HTTP_POST, "/certsrv/preferences.asp",     WEB_SIGNED_IN, true,  web_page_prefer },
	{ HTTP_GET,  "/certsrv/site/logo",           WEB_PUBLIC,    false, web_page_logo },
	{ HTTP_GET,  "/certsrv/site/style.css",      WEB_PUBLIC,    false, web_page_style },
	{ HTTP_GET,  "/certsrv/help.asp",            WEB_SIGNED_IN, false, web_page_help },
	{ HTTP_POST, "/certsrv/language.asp",        WEB_PUBLIC,    false, web_page_language },
	{ HTTP_GET,  "/certsrv/officer",             WEB_OFFICER,   false, web_page_queue },
	{ HTTP_GET,  "/certsrv/officer/",            WEB_OFFICER,   false, web_page_queue },
	{ HTTP_GET,  "/certsrv/officer/request.asp", WEB_OFFICER,   false, web_page_review },
	{ HTTP_POST, "/certsrv/officer/decide.asp",  WEB_OFFICER,   true,  web_page_decide },
	{ HTTP_GET,  "/certsrv/officer/refuse.asp",  WEB_OFFICER,   false, web_page_refuse_form },
	{ HTTP_POST, "/certsrv/officer/refuse.asp",  WEB_OFFICER,   true,  web_page_refuse },
	{ HTTP_GET,  "/certsrv/officer/issued.asp",  WEB_OFFICER,   false, web_page_certificates },
	{ HTTP_GET,  "/certsrv/officer/revoke.asp",  WEB_OFFICER,   false, web_page_revoke_form },
	{ HTTP_POST, "/certsrv/officer/revoke.asp",  WEB_OFFICER,   true,  web_page_revoke },
};
/* clang-format on */

const size_t web_routes_count = ARRAY_LEN(web_routes);

const struct web_route *
web_route_find(enum http_method method, const char *path)
{
	size_t i;

	if (method == HTTP_HEAD)
		method = HTTP_GET;
	for (i = 0; i < web_routes_count; i++)
		if (web_routes[i].method == method &&
		    str_eq(web_routes[i].path, path))
			return &web_routes[i];
	return NULL;
}

const char *
web_route_allow(const char *path)
{
	static const char *const words[2][2] = {
		{ "", "POST, OPTIONS" },
		{ "GET, HEAD, OPTIONS", "GET, HEAD, POST, OPTIONS" },
	};

	return words[web_route_find(HTTP_GET, path) != NULL]
		    [web_route_find(HTTP_POST, path) != NULL];
}
