/* site.h - what a site says about itself, from `web: site:` of the
 * configuration: name, logo, texts, style, the kinds of request it offers, what
 * forms are filled with. A copy of nothing: the pages read it where it lies.
 *
 * Trust:     by the administrator; texts are shown as texts all the same, never
 *            as markup, and the style sheet and the picture come under the
 *            same Content-Security-Policy as everything.
 * Ownership: whoever loaded it (bin/web), for as long as the pages are served.
 * Limits:    below; bin/web/site.c holds the file against them.
 */
#pragma once
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define WEB_SITE_FILE_MAX                                  \
	131072 /* bytes of the picture, of the style sheet \
		*/
#define WEB_SITE_KINDS_MAX 32
#define WEB_SITE_TEXTS_MAX 64
#define WEB_SITE_TEXT_MAX  2000 /* bytes */

/* A kind of request of a stand-alone CA. */
struct web_site_kind {
	const char *name;
	const char *words;    /* a sentence about it, or "" */
	const char *purposes; /* object identifiers with blanks between */
	const char *key;      /* word of keys.js: "rsa-3072" */
	bool mail;            /* the mail address is required */
	bool fixed;           /* the key is not to be moved */
};

/* A text block on one page. */
struct web_site_text {
	const char *page; /* "certrqus.asp"; "" is the home page */
	const char *text;
};

/* What the forms are filled with; NULL where nothing is said. */
struct web_site_defaults {
	const char *company, *department, *city, *state, *country;
};

struct web_site {
	const char *name;    /* heads the pages; NULL: the CA's */
	const char *contact; /* mail address; NULL: the CA's */
	struct bytes logo, style;
	const char *logo_type;  /* of the logo, when there is one */
	uint32_t remember_days; /* 0: as the CA says */
	struct web_site_defaults defaults;
	/* Instead of ours when there are any. */
	const struct web_site_kind *kinds, *advanced;
	size_t kind_n, advanced_n;
	const struct web_site_text *texts;
	size_t text_n;
};
