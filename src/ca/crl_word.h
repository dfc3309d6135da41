/* crl_word.h - what became of handing on the files of other CAs, one word for
 * each file as it lies there. Our own lists have theirs in the database; these
 * are remembered until the CA ends, and handed on once more after its start.
 *
 * Threads: locks itself. Limits: CA_CRL_WORDS_MAX files; beyond them the oldest
 * word goes, so that its file is handed on again.
 */
#pragma once
#include "ca/file.h"

#define CA_CRL_WORDS_MAX 64

struct ca_crl_words;

struct ca_crl_word {
	char file[CA_FILE_MAX];
	uint8_t hash[32];        /* SHA-256 of the file */
	int64_t delivered;       /* 0: not yet */
	char text[ERR_TEXT_MAX]; /* what failed, or "" */
};

MUST_CHECK int ca_crl_words_new(struct ca_crl_words **ret, struct err *err);
void ca_crl_words_free(struct ca_crl_words *w); /* NULL is fine */
/* Of a file with this content; false: there is none. */
bool ca_crl_word_find(struct ca_crl_words *w, const char *file,
    const uint8_t hash[32], struct ca_crl_word *ret);
/* false: that was said before. */
bool ca_crl_word_set(struct ca_crl_words *w, const struct ca_crl_word *word);
