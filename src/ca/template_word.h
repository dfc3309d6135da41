/* template_word.h - the words of a template's values, both ways.
 */
#pragma once
#include "ca/template.h"

struct ca_word {
	const char *word; /* NULL ends the table */
	uint32_t value;
};

extern const struct ca_word ca_words_subject[]; /* enum ca_template_source */
extern const struct ca_word ca_words_cn[];
extern const struct ca_word ca_words_take[]; /* enum pki_oid */
extern const struct ca_word ca_words_san[];
extern const struct ca_word ca_words_outside[];
extern const struct ca_word ca_words_usage[]; /* PKI_KU_* */
extern const struct ca_word ca_words_key[];   /* enum pki_key_kind */
extern const struct ca_word ca_words_reuse[];
extern const struct ca_word ca_words_for[];           /* 1: machine */
extern const struct ca_word ca_words_sid[];           /* 1: never */
extern const struct ca_word ca_words_policies_from[]; /* 1: the request */
extern const struct ca_word ca_words_truth[];

MUST_CHECK bool ca_word_value(
    const struct ca_word *table, const char *word, uint32_t *ret);
/* "" when there is none. */
const char *ca_word_of(const struct ca_word *table, uint32_t value);
/* "a, b, c": for a mask, or for all words (mask UINT32_MAX). */
void ca_word_list(const struct ca_word *table, uint32_t mask, struct buf *out);
/* "6 weeks". A month has 30 days, a year 365. */
MUST_CHECK bool ca_word_seconds(const char *text, int64_t *ret);
void ca_word_duration(int64_t seconds, struct buf *out);
