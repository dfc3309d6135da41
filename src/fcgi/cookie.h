/* cookie.h - read and set cookies (RFC 6265).
 *
 * What is set is always Secure with Path=/ and without Domain, so that it
 * meets the rules of the __Host- prefix.
 */
#pragma once
#include "base/cleanup.h"
#include "fcgi/reply.h"

#define FCGI_COOKIE_MAX 2048 /* name and value */

enum cookie_same_site { COOKIE_STRICT, COOKIE_LAX };

struct fcgi_cookie {
	const char *name;
	const char *value;
	int64_t max_age; /* seconds; -1: until the browser closes; 0: delete */
	enum cookie_same_site same_site;
	bool script; /* scripts may read it; otherwise HttpOnly */
};

/* The first cookie of that name (case counts) in a Cookie header, without
 * quotes around it. False when there is none, it does not fit, or holds a
 * character that no cookie may hold; dst is then "". header may be NULL. */
MUST_CHECK bool fcgi_cookie_find(
    const char *header, const char *name, char *dst, size_t size);
/* Adds Set-Cookie; a name or value that may not stand there, or is longer
 * than FCGI_COOKIE_MAX, spoils the reply. */
void fcgi_cookie_set(struct fcgi_reply *r, const struct fcgi_cookie *c);
