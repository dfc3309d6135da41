/* keys.h - which keys may not (or not again) be certified.
 *
 * In memory, with a word of the database for every hit:
 *   - keys that are in a certificate of this CA, and whose;
 *   - keys of certificates that were revoked because the key was compromised:
 *     for ever, whoever asks;
 *   - the administrator's list of compromised keys (badkeys.h).
 *
 * A key on its way to a certificate is claimed before the signer is asked, so
 * that of two requests with one key that are in flight together only one can
 * win; a revocation that is being committed blocks its key from the moment it
 * is asked for. What is remembered is what the database says: it is read at
 * the start and added to after each commit.
 *
 * Threads: locks itself.
 */
#pragma once
#include "ca/ca.h"
#include "store/key.h"

enum ca_key_verdict {
	CA_KEY_FREE,    /* may be certified */
	CA_KEY_USED,    /* in a certificate, and none may be used again */
	CA_KEY_OTHERS,  /* in a certificate of another account */
	CA_KEY_REVOKED, /* compromised: a certificate was revoked for it */
	CA_KEY_LISTED   /* compromised: it is on the list */
};

struct ca_key_ask {
	const uint8_t *hash; /* STORE_KEY_HASH bytes */
	const char *owner;
	bool site; /* the site's own: an account of its own */
	enum ca_key_reuse reuse;
};

/* On its way. Texts are borrowed until it is released. Zeroed before use. */
struct ca_key_claim {
	struct ca_key_claim *next;
	struct ca_key_ask ask;
	bool held;
	bool known;       /* the account has it already: nothing to remember */
	size_t revoked_n; /* compromised keys that only look like it */
};

/* A revocation for compromise on its way. */
struct ca_key_block {
	struct ca_key_block *next;
	const uint8_t *hash; /* NULL: none */
};

MUST_CHECK int ca_keys_new(struct ca_keys **ret, struct err *err);
void ca_keys_free(struct ca_keys *k);
/* From the store, at the start, before any claim. */
MUST_CHECK int ca_keys_load(
    struct ca_keys *k, struct store_reader *r, struct err *err);
/* The same on a thread of its own, which ca_keys_free() ends: with millions of
 * keys it takes a second or more, and all but claims and blocks can be answered
 * meanwhile. These wait; when the keys cannot be read, they fail, ca->report is
 * told and ca_keys_healthy() says why. */
MUST_CHECK int ca_keys_load_begin(struct ca *ca, struct err *err);
bool ca_keys_healthy(struct ca_keys *k, char text[ERR_TEXT_MAX]);
/* The list of this file (again); on failure the one before stays. */
MUST_CHECK int ca_keys_load_list(
    struct ca_keys *k, const char *path, struct err *err);

/* *ret CA_KEY_FREE: claimed, ca_keys_release() must follow. claim NULL: only
 * look. *ret_request: whose certificate it is, 0 for none. */
MUST_CHECK int ca_keys_claim(struct ca_keys *k, struct store_reader *r,
    const struct ca_key_ask *ask, struct ca_key_claim *claim,
    enum ca_key_verdict *ret, uint64_t *ret_request, struct err *err);
/* request: it was certified by this one and that is committed; 0: not. An
 * empty claim is fine. */
void ca_keys_release(
    struct ca_keys *k, struct ca_key_claim *claim, uint64_t request);
/* For the committing transaction: was the key blocked since it was claimed?
 * If not, and it is not known, store_add_key(). */
bool ca_keys_blocked(struct ca_keys *k, const struct ca_key_claim *claim);

/* A certificate of this key is being revoked for compromise; ends with the
 * request's number when that is committed, else 0. */
MUST_CHECK int ca_keys_block(struct ca_keys *k, struct ca_key_block *b,
    const uint8_t *hash, struct err *err);
void ca_keys_block_end(
    struct ca_keys *k, struct ca_key_block *b, uint64_t request);
