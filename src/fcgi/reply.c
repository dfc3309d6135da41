#include "fcgi/reply.h"

#include "base/str.h"

#define TYPE_MAX 128

void
fcgi_reply_init(struct fcgi_reply *r)
{
	*r = (struct fcgi_reply){
		.status = 200,
		.type = BUF_WITH_LIMIT(TYPE_MAX),
		.headers = BUF_WITH_LIMIT(FCGI_HEADERS_MAX),
		.body = BUF_WITH_LIMIT(FCGI_REPLY_MAX),
	};
}

void
fcgi_reply_clear(struct fcgi_reply *r)
{
	buf_clear(&r->type);
	buf_clear(&r->headers);
	buf_clear(&r->body);
}

void
fcgi_reply_reset(struct fcgi_reply *r)
{
	r->status = 200;
	r->spoilt = false;
	buf_reset(&r->type);
	buf_reset(&r->headers);
	buf_reset(&r->body);
}

/* A token (RFC 9110 section 5.6.2). */
static bool
is_name(const char *s)
{
	static const char token[] =
	    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *s && !s[strspn(s, token)];
}

/* No controls: CR and LF would begin another header or the body. */
static bool
is_value(const char *s)
{
	for (; *s; s++)
		if (((uint8_t)*s < 0x20 && *s != '\t') || *s == 0x7F)
			return false;
	return true;
}

void
fcgi_reply_type(struct fcgi_reply *r, const char *content_type)
{
	buf_reset(&r->type);
	buf_add_str(&r->type, content_type);
	if (!is_value(content_type))
		r->spoilt = true;
}

/* These the server writes itself; a second one would contradict it. */
static bool
is_own(const char *name)
{
	return str_eq_ci(name, "Status") || str_eq_ci(name, "Content-Type") ||
	       str_eq_ci(name, "Content-Length");
}

void
fcgi_reply_header(struct fcgi_reply *r, const char *name, const char *value)
{
	if (!is_name(name) || !is_value(value) || is_own(name)) {
		r->spoilt = true;
		return;
	}
	buf_add_str(&r->headers, name);
	buf_add_str(&r->headers, ": ");
	buf_add_str(&r->headers, value);
	buf_add_str(&r->headers, "\r\n");
}

bool
fcgi_reply_failed(const struct fcgi_reply *r)
{
	return r->spoilt || r->status < 200 || r->status > 599 ||
	       buf_failed(&r->type) || buf_failed(&r->headers) ||
	       buf_failed(&r->body);
}

bool
fcgi_reply_has_body(const struct fcgi_reply *r)
{
	return r->status >= 200 && r->status != 204 && r->status != 304;
}

/* RFC 9110 section 15; programs of HTTP/1.1 read them (certsrv-http 2). */
/* clang-format off */
static const struct {
	int status;
	const char *words;
} reasons[] = {
	{ 200, "OK" }, { 302, "Found" }, { 304, "Not Modified" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" },
	{ 409, "Conflict" }, { 413, "Content Too Large" },
	{ 421, "Misdirected Request" }, { 429, "Too Many Requests" },
	{ 500, "Internal Server Error" }, { 503, "Service Unavailable" },
};
/* clang-format on */

static const char *
reason_of(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return "Other";
}

void
fcgi_reply_head(const struct fcgi_reply *r, struct buf *out)
{
	buf_addf(out, "Status: %d %s\r\n", r->status, reason_of(r->status));
	if (r->type.n)
		buf_addf(out, "Content-Type: %s\r\n", buf_str(&r->type));
	if (fcgi_reply_has_body(r))
		buf_addf(out, "Content-Length: %zu\r\n", r->body.n);
	buf_add_bytes(out, buf_bytes(&r->headers));
	buf_add_str(out, "\r\n");
}
