#include "auth/origin.h"

#include "base/str.h"

#include <strings.h>

#define HTTPS "https://"
#define HTTP  "http://"

/* ":port", ":port/", "/" or nothing. */
static bool
parse_port(const char *text, uint16_t preset, uint16_t *ret)
{
	char digits[8];
	size_t n = strlen(text);
	uint64_t port;

	if (n && text[n - 1] == '/')
		n--;
	*ret = preset;
	if (n == 0)
		return true;
	if (text[0] != ':' || n >= sizeof(digits))
		return false;
	memcpy(digits, text + 1, n - 1);
	digits[n - 1] = '\0';
	if (!str_u64(digits, UINT16_MAX, &port) || port == 0)
		return false;
	*ret = (uint16_t)port;
	return true;
}

bool
auth_origin_parse(const char *text, struct auth_origin *ret)
{
	const char *p, *end;
	char host[AUTH_HOST_MAX];
	size_t n;

	memset(ret, 0, sizeof(*ret));
	if (strncasecmp(text, HTTPS, sizeof(HTTPS) - 1) == 0) {
		ret->https = true;
		p = text + sizeof(HTTPS) - 1;
	} else if (strncasecmp(text, HTTP, sizeof(HTTP) - 1) == 0) {
		p = text + sizeof(HTTP) - 1;
	} else {
		return false;
	}
	if (*p == '[') {
		end = strchr(p, ']');
		n = end ? (size_t)(end + 1 - p) : 0;
	} else {
		n = strcspn(p, ":/?#@");
	}
	if (n == 0 || n >= sizeof(host))
		return false;
	memcpy(host, p, n);
	host[n] = '\0';
	return str_is_printable(bytes_str(host)) &&
	       str_lower(ret->host, sizeof(ret->host), host) &&
	       parse_port(p + n, ret->https ? 443 : 80, &ret->port);
}

int
auth_site_add(struct auth_site *s, const char *url, struct err *err)
{
	if (s->n == AUTH_SITE_ORIGINS_MAX)
		return err_set(err, ERR_CONFIG,
		    "more than %d names of the site", AUTH_SITE_ORIGINS_MAX);
	if (!auth_origin_parse(url, &s->origins[s->n]) ||
	    !s->origins[s->n].https)
		return err_set(err, ERR_CONFIG,
		    "\"%s\" is not of the form https://host:port", url);
	s->n++;
	return 0;
}

/* nginx may give an IPv6 host with or without its brackets. */
static bool
same_host(const char *ours, const char *host)
{
	size_t n = strlen(host);

	if (ours[0] != '[' || host[0] == '[')
		return str_eq(ours, host);
	return strlen(ours) == n + 2 && memcmp(ours + 1, host, n) == 0;
}

bool
auth_site_has_host(const struct auth_site *s, const char *host)
{
	size_t i;

	if (!host)
		return false;
	for (i = 0; i < s->n; i++)
		if (same_host(s->origins[i].host, host))
			return true;
	return false;
}

static bool
is_ours(const struct auth_site *s, const char *text)
{
	struct auth_origin o;
	size_t i;

	if (!auth_origin_parse(text, &o))
		return false;
	for (i = 0; i < s->n; i++)
		if (o.https == s->origins[i].https &&
		    o.port == s->origins[i].port &&
		    str_eq(o.host, s->origins[i].host))
			return true;
	return false;
}

enum auth_origin_verdict
auth_origin_check(const struct auth_site *s, const struct fcgi_request *request,
    bool per_request)
{
	if (request->sec_fetch_site)
		return str_eq(request->sec_fetch_site, "same-origin")
			   ? AUTH_ORIGIN_OK
			   : AUTH_ORIGIN_CROSS_SITE;
	if (request->origin)
		return is_ours(s, request->origin) ? AUTH_ORIGIN_OK
						   : AUTH_ORIGIN_FOREIGN;
	return per_request ? AUTH_ORIGIN_OK : AUTH_ORIGIN_UNPROVED;
}
