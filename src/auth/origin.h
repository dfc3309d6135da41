/* origin.h - may this POST have come from where it says it did?
 *
 * A browser adds Basic, Kerberos and certificate credentials to whatever a
 * foreign page makes it send, so a POST must show that it is ours:
 *
 *   Sec-Fetch-Site present -> it is "same-origin" (also "none" is refused)
 *   else Origin present    -> it is one of our origins: scheme, host, port
 *   else (a script)        -> credentials in the request itself, and no
 *                             sign-in cookie
 *
 * Our pages send Referrer-Policy: no-referrer, with which a browser says
 * "Origin: null" beside its Sec-Fetch-Site; so Origin is not looked at when
 * Sec-Fetch-Site is there.
 *
 * A struct auth_site is immutable after start.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"
#include "fcgi/request.h"

#define AUTH_SITE_ORIGINS_MAX 16
#define AUTH_HOST_MAX         254

struct auth_origin {
	char host[AUTH_HOST_MAX]; /* lower case; IPv6 in brackets */
	uint16_t port;
	bool https;
};

struct auth_site {
	struct auth_origin origins[AUTH_SITE_ORIGINS_MAX]; /* [0]: public */
	size_t n;
};

/* "https://host[:port]" with at most a "/" behind; false otherwise. */
MUST_CHECK bool auth_origin_parse(const char *text, struct auth_origin *ret);
MUST_CHECK int auth_site_add(
    struct auth_site *s, const char *url, struct err *err);
/* A host name we serve: lower case, no port. NULL is not. */
bool auth_site_has_host(const struct auth_site *s, const char *host);

enum auth_origin_verdict {
	AUTH_ORIGIN_OK,
	AUTH_ORIGIN_CROSS_SITE, /* Sec-Fetch-Site says so */
	AUTH_ORIGIN_FOREIGN,    /* Origin is not ours */
	AUTH_ORIGIN_UNPROVED    /* neither, and nothing else proves it */
};

/* per_request: the sender's credentials stand in this request (Basic), and
 * he showed no sign-in cookie. */
enum auth_origin_verdict auth_origin_check(const struct auth_site *s,
    const struct fcgi_request *request, bool per_request);
