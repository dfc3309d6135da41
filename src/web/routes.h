/* routes.h - every address under /certsrv, and who may ask for it.
 *
 * Paths are in lower case; any capitalisation of a request matches and none
 * is ever redirected. HEAD is GET without a body.
 */
#pragma once
#include "web/ask.h"

enum web_access {
	WEB_PUBLIC,    /* anybody */
	WEB_CACERT,    /* anybody with ReqID=CACert, else as below */
	WEB_SIGNED_IN, /* any account; the CA decides what it may */
	WEB_OFFICER    /* accounts with the officer's role */
};

struct web_route {
	enum http_method method;
	const char *path;
	enum web_access access;
	bool token; /* a POST that needs a form token */
	web_page *page;
};

extern const struct web_route web_routes[];
extern const size_t web_routes_count;

/* NULL when there is none. */
const struct web_route *web_route_find(
    enum http_method method, const char *path);
/* What the path can do, for the Allow header: "GET, HEAD, POST, OPTIONS"; ""
 * when there is no such path. */
const char *web_route_allow(const char *path);
