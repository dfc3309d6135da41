/* language.h - the languages that pages can be in, and their texts.
 *
 * English is language 0; its texts are the keys of all others, so whatever
 * lacks a translation is shown in English. Texts of templates are compiled
 * into the pages (tplc.h) and need no table; this table serves texts that C
 * code or another program has made. tplc writes it from the catalogues.
 *
 * Trust:     Accept-Language and the texts looked up may be hostile.
 * Ownership: everything is immutable and lives as long as the program.
 * Limits:    HTML_ACCEPT_MAX ranges of an Accept-Language are read.
 */
#pragma once
#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTML_FORMS_MAX  4
#define HTML_ACCEPT_MAX 16

/* How a language chooses the form of a plural. */
enum html_plural {
	HTML_PLURAL_ONE_OTHER, /* one, other: English, German */
	HTML_PLURAL_NONE,      /* Japanese, Chinese, Turkish of some kinds */
	HTML_PLURAL_UP_TO_ONE, /* none and one, other: French */
	HTML_PLURAL_CZECH,     /* one, two to four, other: Czech, Slovak */
	HTML_PLURAL_POLISH,
	HTML_PLURAL_RUSSIAN, /* and Ukrainian, Serbian, Croatian */
	HTML_PLURAL_COUNT
};

struct html_plural_rule {
	const char *symbol; /* of enum html_plural */
	const char *words;  /* Plural-Forms of a catalogue, without blanks */
	unsigned forms;
};
extern const struct html_plural_rule html_plural_rules[HTML_PLURAL_COUNT];
/* Which form, from 0; the last is the most general. */
unsigned html_plural_form(enum html_plural rule, uint64_t n);

struct html_language {
	const char *tag;  /* BCP 47, as lang= has it */
	const char *name; /* in the language itself */
	enum html_plural rule;
};

/* texts: HTML_FORMS_MAX for each language but English; NULL for none. */
struct html_message {
	const char *id;
	const char *const *texts;
};

struct html_catalogue {
	const struct html_language *languages;
	size_t n_languages;
	const struct html_message *messages; /* sorted by id (strcmp) */
	size_t n_messages;
};

/* The text for id; id itself when there is none. */
const char *html_tr(
    const struct html_catalogue *c, unsigned language, const char *id);
/* The same for a number of things; many is the English plural. */
const char *html_tr_n(const struct html_catalogue *c, unsigned language,
    uint64_t n, const char *id, const char *many);
/* A language by its tag, case ignored; false when there is none. */
MUST_CHECK bool html_language_find(
    const struct html_catalogue *c, const char *tag, unsigned *ret);
/* The best for an Accept-Language (RFC 9110 section 12.5.4) by lookup
 * (RFC 4647 section 3.4); English when none fits. header may be NULL. */
unsigned html_language_accept(
    const struct html_catalogue *c, const char *header);
