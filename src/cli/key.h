/* key.h - the requester's private key: in a file, or on a PKCS#11 token.
 *
 * Everything that is signed here (requests, renewals) goes through
 * cli_key_sign(), so that the two kinds differ in one place only.
 *
 * Files are PKCS#8 in PEM, mode 0600, encrypted with AES-256 under
 * PBKDF2-HMAC-SHA-256 when there is a passphrase; older forms are read too.
 *
 * Ownership: struct cli_key owns its key; cli_key_spki() borrows.
 */
#pragma once
#include "base/secret.h"
#include "pki/key.h"
#include "pki/sigmake.h"

#define CLI_KEY_WORDS "rsa2048|rsa3072|rsa4096|p256|p384|p521|ed25519"

struct cli_key;
struct cli_token;

/* What sort of key to make: a row of the table behind CLI_KEY_WORDS. */
struct cli_key_sort {
	const char *word;
	enum pki_key_kind kind;
	unsigned bits;
	const char *group; /* OpenSSL's name of the curve */
};

/* Where a key is, and where what opens it is; texts or NULL. */
struct cli_key_place {
	const char *file;
	const char *uri;         /* RFC 7512, instead of a file */
	const char *module;      /* the PKCS#11 module of the token */
	const char *secret_file; /* passphrase or PIN; NULL: ask */
};

/* NULL when there is no such word. */
const struct cli_key_sort *cli_key_sort(const char *word);
/* The sort that an existing key is; NULL for one we would not make. */
const struct cli_key_sort *cli_key_sort_of(const struct cli_key *k);

/* In memory only. */
MUST_CHECK int cli_key_make(
    const struct cli_key_sort *sort, struct cli_key **ret, struct err *err);
MUST_CHECK int cli_key_make_on_token(const struct cli_key_place *place,
    const struct cli_key_sort *sort, bool extractable, struct cli_key **ret,
    struct err *err);
MUST_CHECK int cli_key_open(
    const struct cli_key_place *place, struct cli_key **ret, struct err *err);
void cli_key_free(struct cli_key *k); /* NULL is fine */
AUTO_DEFINE(cli_key);

/* A new file; passphrase NULL: not encrypted. */
MUST_CHECK int cli_key_write(const struct cli_key *k, const char *path,
    const struct secret *passphrase, struct err *err);
/* The passphrase for a new key: from a file, or asked twice. */
MUST_CHECK int cli_key_new_passphrase(
    const char *file, struct secret **ret, struct err *err);

/* Does the file need a passphrase? */
MUST_CHECK int cli_key_is_encrypted(
    const char *file, bool *ret, struct err *err);

const struct pki_key *cli_key_public(const struct cli_key *k);
struct bytes cli_key_spki(const struct cli_key *k);
/* NULL for a key on a token. */
EVP_PKEY *cli_key_pkey(const struct cli_key *k);
/* ret takes PKI_SIGNATURE_MAX bytes. */
MUST_CHECK int cli_key_sign(struct cli_key *k, const struct pki_sig_alg *alg,
    struct bytes tbs, uint8_t *ret, size_t *ret_n, struct err *err);
/* The algorithm for a hash, or the key's own for PKI_HASH_NONE. */
MUST_CHECK int cli_key_alg(const struct cli_key *k, enum pki_hash hash,
    const struct pki_sig_alg **ret, struct err *err);
