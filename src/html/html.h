/* html.h - write one HTML page, escaping by position.
 *
 * The pages are not written by hand: tplc (tplc.h) compiles a template to a
 * function page_NAME() that calls what stands here, choosing the call by the
 * position of each value in the markup. There is no raw form: only text that
 * stood in a template reaches the page unescaped, through html_lit().
 *
 * Trust:     every value may be hostile. What is not UTF-8, control
 *            characters but tab and line feed, and the characters that turn
 *            the direction of text (a name must not rearrange what an officer
 *            reads) become U+FFFD. A CR before an LF is dropped.
 * Ownership: html_init() needs html_clear(); values are copied.
 * Limits:    HTML_PAGE_MAX; beyond it the page fails as a struct buf does and
 *            html_check() says so. NULL writes nothing.
 */
#pragma once
#include "base/buf.h"
#include "base/cleanup.h"

#define HTML_PAGE_MAX (1024 * 1024)

/* A translation: key to text. The key is the English text. */
struct html_message {
	const char *key;
	const char *text;
};

/* Sorted by key (strcmp); immutable after start. */
struct html_catalogue {
	const struct html_message *messages;
	size_t n;
};

struct html {
	struct buf out;
	const struct html_catalogue *catalogue; /* NULL: the keys themselves */
};

void html_init(struct html *o, const struct html_catalogue *catalogue);
void html_clear(struct html *o);
/* 0, or -1 with ERR_TOO_LARGE. */
MUST_CHECK int html_check(const struct html *o, struct err *err);

void html_lit(struct html *o, const char *markup, size_t n); /* for tplc */
void html_text(struct html *o, const char *s);
void html_attr(struct html *o, const char *s);
/* A whole address: https:, mailto: or relative (not //host); else "#". */
void html_url_whole(struct html *o, const char *s);
/* A piece of one: all but A-Z a-z 0-9 - . _ ~ is percent-encoded. */
void html_url_part(struct html *o, const char *s);
void html_num(struct html *o, uint64_t n);
/* The text for key in the page's language; key when there is none. */
const char *html_tr(const struct html *o, const char *key);

/* Declares the function that tplc makes of NAME.html; struct page_NAME is
 * declared before it, in the header named by tplc's --include. */
#define HTML_PAGE(name) \
	void page_##name(struct html *o, const struct page_##name *p)

/* What {{=member}} may be: unsigned, so that it is digits and nothing else.
 * Another type does not compile. */
#define HTML_UNSIGNED(x) \
	_Generic((x), uint64_t : (x), uint32_t : (x), uint16_t : (x))

static inline void
html_autoclear(struct html *o)
{
	html_clear(o);
}
#define AUTO_HTML __attribute__((cleanup(html_autoclear))) struct html
