#include "fcgi/cookie.h"

#include "base/str.h"

#include <inttypes.h>

/* cookie-octet (RFC 6265 section 4.1.1) */
static bool
is_cookie_value(struct bytes v)
{
	size_t i;

	for (i = 0; i < v.n; i++) {
		uint8_t c = v.p[i];

		if (c <= 0x20 || c >= 0x7F || strchr("\",;\\", c))
			return false;
	}
	return true;
}

static bool
is_cookie_name(const char *s)
{
	return *s && is_cookie_value(bytes_str(s)) &&
	       !strpbrk(s, "()<>@:/[]?={}");
}

static struct bytes
trim(struct bytes b)
{
	while (b.n && (*b.p == ' ' || *b.p == '\t')) {
		b.p++;
		b.n--;
	}
	while (b.n && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t'))
		b.n--;
	if (b.n >= 2 && b.p[0] == '"' && b.p[b.n - 1] == '"')
		b = bytes_of(b.p + 1, b.n - 2);
	return b;
}

bool
fcgi_cookie_find(const char *header, const char *name, char *dst, size_t size)
{
	size_t n = strlen(name);
	const char *p = header;

	dst[0] = '\0';
	while (p && *p) {
		size_t len;

		p += strspn(p, "; \t");
		len = strcspn(p, ";");
		if (len > n && strncmp(p, name, n) == 0 && p[n] == '=') {
			struct bytes v = trim(bytes_of(p + n + 1, len - n - 1));

			return is_cookie_value(v) &&
			       str_from_bytes(dst, size, v);
		}
		p += len;
	}
	return false;
}

void
fcgi_cookie_set(struct fcgi_reply *r, const struct fcgi_cookie *c)
{
	AUTO_BUF b = BUF_WITH_LIMIT(FCGI_COOKIE_MAX + 128);

	if (!is_cookie_name(c->name) || !is_cookie_value(bytes_str(c->value)) ||
	    strlen(c->name) + strlen(c->value) > FCGI_COOKIE_MAX) {
		r->spoilt = true;
		return;
	}
	buf_addf(&b, "%s=%s; Path=/; Secure", c->name, c->value);
	if (!c->script)
		buf_add_str(&b, "; HttpOnly");
	buf_addf(&b, "; SameSite=%s",
	    c->same_site == COOKIE_STRICT ? "Strict" : "Lax");
	if (c->max_age >= 0)
		buf_addf(&b, "; Max-Age=%" PRId64, c->max_age);
	fcgi_reply_header(r, "Set-Cookie", buf_str(&b));
}
