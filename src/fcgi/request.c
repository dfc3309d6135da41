#include "fcgi/request.h"

#include "base/str.h"

/* clang-format off */
static const struct {
	const char *param;
	size_t offset;
} texts[] = {
	{ "REQUEST_METHOD",       offsetof(struct fcgi_request, method_name) },
	{ "REQUEST_URI",          offsetof(struct fcgi_request, uri) },
	{ "QUERY_STRING",         offsetof(struct fcgi_request, query) },
	{ "CONTENT_TYPE",         offsetof(struct fcgi_request, content_type) },
	{ "SERVER_NAME",          offsetof(struct fcgi_request, server_name) },
	{ "REMOTE_ADDR",          offsetof(struct fcgi_request, remote_addr) },
	{ "OCS_TLS_NAME",         offsetof(struct fcgi_request, tls_name) },
	{ "OCS_CLIENT_CERT",      offsetof(struct fcgi_request, client_cert) },
	{ "OCS_CLIENT_OK",        offsetof(struct fcgi_request, client_ok) },
	{ "HTTP_HOST",            offsetof(struct fcgi_request, host) },
	{ "HTTP_ORIGIN",          offsetof(struct fcgi_request, origin) },
	{ "HTTP_SEC_FETCH_SITE",
	  offsetof(struct fcgi_request, sec_fetch_site) },
	{ "HTTP_SEC_FETCH_MODE",
	  offsetof(struct fcgi_request, sec_fetch_mode) },
	{ "HTTP_COOKIE",          offsetof(struct fcgi_request, cookie) },
	{ "HTTP_AUTHORIZATION",
	  offsetof(struct fcgi_request, authorization) },
	{ "HTTP_USER_AGENT",      offsetof(struct fcgi_request, user_agent) },
	{ "HTTP_ACCEPT",          offsetof(struct fcgi_request, accept) },
	{ "HTTP_ACCEPT_LANGUAGE",
	  offsetof(struct fcgi_request, accept_language) },
	{ "HTTP_IF_NONE_MATCH",
	  offsetof(struct fcgi_request, if_none_match) },
};

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{ "GET",  HTTP_GET },
	{ "HEAD", HTTP_HEAD },
	{ "POST", HTTP_POST },
	{ "OPTIONS", HTTP_OPTIONS },
};
/* clang-format on */

/* The value when param is "name=value", else NULL. */
static const char *
value_of(const char *param, const char *name)
{
	size_t n = strlen(name);

	return strncmp(param, name, n) == 0 && param[n] == '=' ? param + n + 1
							       : NULL;
}

static int
read_route(const char *v, struct fcgi_request *r, struct err *err)
{
	if (!str_lower(r->route, sizeof(r->route), v))
		return err_set(err, ERR_INVALID,
		    "the path is longer than %d bytes", FCGI_ROUTE_MAX - 1);
	return 0;
}

static int
read_number(const char *v, const char *what, uint64_t max, uint64_t *ret,
    struct err *err)
{
	*ret = 0;
	if (*v && !str_u64(v, max, ret))
		return err_set(err, ERR_INVALID, "%s is not valid", what);
	return 0;
}

static int
read_length(const char *v, struct fcgi_request *r, struct err *err)
{
	uint64_t n;

	if (read_number(v, "the length of the body", UINT64_MAX, &n, err) < 0)
		return -1;
	if (n > FCGI_BODY_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "what was sent is larger than %d bytes", FCGI_BODY_MAX);
	r->content_length = (size_t)n;
	return 0;
}

static int
read_port(const char *v, uint16_t *ret, struct err *err)
{
	uint64_t n;

	if (read_number(v, "a port", UINT16_MAX, &n, err) < 0)
		return -1;
	*ret = (uint16_t)n;
	return 0;
}

/* Parameters that are not plain text. */
static int
read_other(const char *param, struct fcgi_request *r, struct err *err)
{
	const char *v;

	if ((v = value_of(param, "DOCUMENT_URI")))
		return read_route(v, r, err);
	if ((v = value_of(param, "CONTENT_LENGTH")))
		return read_length(v, r, err);
	if ((v = value_of(param, "REMOTE_PORT")))
		return read_port(v, &r->remote_port, err);
	if ((v = value_of(param, "SERVER_PORT")))
		return read_port(v, &r->server_port, err);
	if ((v = value_of(param, "OCS_CONN")))
		return read_number(
		    v, "the connection's number", UINT64_MAX, &r->conn, err);
	if ((v = value_of(param, "HTTPS")))
		r->https = str_eq(v, "on");
	return 0;
}

static bool
read_text(const char *param, struct fcgi_request *r)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++) {
		const char *v = value_of(param, texts[i].param);

		if (!v)
			continue;
		if (*v)
			memcpy((char *)r + texts[i].offset, &v, sizeof(v));
		return true;
	}
	return false;
}

static enum http_method
method_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(methods); i++)
		if (str_eq(methods[i].name, name))
			return methods[i].method;
	return HTTP_OTHER;
}

int
fcgi_request_parse(
    char *const *params, struct fcgi_request *ret, struct err *err)
{
	*ret = (struct fcgi_request){ 0 };
	for (; *params; params++)
		if (!read_text(*params, ret) &&
		    read_other(*params, ret, err) < 0)
			return -1;
	if (!ret->method_name || !ret->uri || !ret->route[0])
		return err_set(err, ERR_INVALID,
		    "the web server did not say method and path");
	ret->method = method_of(ret->method_name);
	return 0;
}
