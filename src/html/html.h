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
#include "html/language.h"

#define HTML_PAGE_MAX (1024 * 1024)

struct html {
	struct buf out;
	unsigned language; /* html/language.h; 0 is English */
};

void html_init(struct html *o, unsigned language);
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
