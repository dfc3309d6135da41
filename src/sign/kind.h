/* kind.h - the kinds of keys a CA can have here, from one table.
 *
 * The word stands in configuration and messages (DESIGN 7, --key). How such
 * a key signs is pki/sig.h's table.
 */
#pragma once
#include "base/cleanup.h"
#include "pki/sig.h"

struct sign_kind {
	const char *word;  /* "p256" */
	const char *type;  /* EVP key type, "EC" */
	const char *group; /* EC only */
	unsigned rsa_bits; /* RSA only */
	enum pki_key_kind key;
	unsigned cost_us; /* of one signature, roughly */
};

const struct sign_kind *sign_kind_find(const char *word); /* or NULL */
/* The row of a key that was loaded; NULL: not one of ours. */
const struct sign_kind *sign_kind_of(enum pki_key_kind key, unsigned bits);
/* "p256, p384, ..." */
const char *sign_kind_words(void);
const struct pki_sig_alg *sign_kind_alg(const struct sign_kind *kind);
