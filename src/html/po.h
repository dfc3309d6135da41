/* po.h - a catalogue of translations, at build time.
 *
 * The format is gettext's PO, of which a strict part is read: comments,
 * msgid, msgid_plural, msgstr, msgstr[N], strings in pieces, the escapes \n
 * \t \" \\. The header (msgid "") must say Language, X-Name (the language's
 * own name) and Plural-Forms (one of html_plural_rules). An entry marked
 * "#, fuzzy" counts as not translated. An id that comes twice is an error.
 *
 * Trust:     a file of the build: mistakes are found, malice is not expected.
 * Ownership: po_read() fills what po_clear() releases; find borrows.
 * Limits:    PO_FILE_MAX, PO_TEXT_MAX.
 */
#pragma once
#include "base/buf.h"
#include "base/cleanup.h"
#include "html/language.h"

#define PO_FILE_MAX (4 * 1024 * 1024)
#define PO_TEXT_MAX (8 * 1024)

struct po_message {
	char *id;
	char *plural;               /* NULL: no number counts in it */
	char *text[HTML_FORMS_MAX]; /* NULL: not translated */
	unsigned line;
};

struct po {
	const char *path; /* borrowed */
	char tag[16];
	char name[64];
	enum html_plural rule;
	struct po_message *messages; /* sorted by id */
	size_t n;
};

MUST_CHECK int po_read(
    const char *path, struct bytes content, struct po *ret, struct err *err);
void po_clear(struct po *po);
/* NULL when it is not translated. */
const struct po_message *po_find(const struct po *po, const char *id);
