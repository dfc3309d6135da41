#include "html/html.h"

#include "base/str.h"

#include <inttypes.h>

#define REPLACEMENT "\xEF\xBF\xBD"

void
html_init(struct html *o, unsigned language)
{
	buf_init(&o->out, HTML_PAGE_MAX);
	o->language = language;
}

void
html_clear(struct html *o)
{
	buf_clear(&o->out);
}

int
html_check(const struct html *o, struct err *err)
{
	return buf_check(&o->out, "the page", err);
}

void
html_lit(struct html *o, const char *markup, size_t n)
{
	buf_add(&o->out, markup, n);
}

void
html_num(struct html *o, uint64_t n)
{
	buf_addf(&o->out, "%" PRIu64, n);
}

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static bool
is_plain(char c)
{
	return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' &&
	       c != '"' && c != '\'';
}

/* Length of the sequence that begins with this byte (RFC 3629 section 4); 0
 * where none may begin. */
static size_t
sequence_length(uint8_t c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xC2 && c <= 0xDF)
		return 2;
	if (c >= 0xE0 && c <= 0xEF)
		return 3;
	if (c >= 0xF0 && c <= 0xF4)
		return 4;
	return 0;
}

/* Length of the character at s when a page may show it, else 0. Never looks
 * beyond the first byte that does not belong to it, so not beyond a NUL. */
static size_t
shown_length(const char *s)
{
	size_t n = sequence_length((uint8_t)*s), i;

	if (*s == '\t' || *s == '\n')
		return 1;
	for (i = 1; i < n; i++)
		if (((uint8_t)s[i] & 0xC0) != 0x80)
			return 0;
	return str_is_printable(bytes_of(s, n)) ? n : 0;
}

/* Bytes of a well-formed character that is not shown are replaced as one. */
static size_t
replaced_length(const char *s)
{
	size_t n = sequence_length((uint8_t)*s), i;

	for (i = 1; i < n; i++)
		if (((uint8_t)s[i] & 0xC0) != 0x80)
			return 1;
	return n && str_is_utf8(bytes_of(s, n)) ? n : 1;
}

void
html_text(struct html *o, const char *s)
{
	const char *run = s;
	size_t n;

	if (!s)
		return;
	for (;;) {
		const char *e;

		/* Most of all text needs no thought. */
		while (is_plain(*s))
			s++;
		if (!*s)
			break;
		e = entity(*s);
		n = e ? 0 : shown_length(s);
		if (n) {
			s += n;
			continue;
		}
		buf_add(&o->out, run, (size_t)(s - run));
		if (e)
			buf_add_str(&o->out, e);
		else if (*s != '\r' || s[1] != '\n')
			buf_add_str(&o->out, REPLACEMENT);
		s += e ? 1 : replaced_length(s);
		run = s;
	}
	buf_add(&o->out, run, (size_t)(s - run));
}

void
html_attr(struct html *o, const char *s)
{
	html_text(o, s); /* the same five entities serve both */
}

/* Browsers skip white space and control characters in front of and inside an
 * address and read \ as /: an address with any of them is not one of ours. */
static bool
is_allowed_url(const char *s)
{
	const char *p;

	for (p = s; *p; p++)
		if ((uint8_t)*p <= 0x20 || *p == 0x7F || *p == '\\')
			return false;
	if (s[0] == '/' && s[1] == '/')
		return false;
	p = s + strcspn(s, ":/?#");
	if (*p != ':')
		return true;
	return (p - s == 5 && strncasecmp(s, "https", 5) == 0) ||
	       (p - s == 6 && strncasecmp(s, "mailto", 6) == 0);
}

void
html_url_whole(struct html *o, const char *s)
{
	if (s)
		html_text(o, is_allowed_url(s) ? s : "#");
}

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
html_url_part(struct html *o, const char *s)
{
	for (; s && *s; s++) {
		if (is_unreserved(*s))
			buf_add_char(&o->out, *s);
		else
			buf_addf(&o->out, "%%%02X", (unsigned)(uint8_t)*s);
	}
}
