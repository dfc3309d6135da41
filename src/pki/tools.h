/* tools.h - what one thread keeps ready for cryptography.
 *
 * Fetched digests, contexts and template keys, made once per thread because
 * fetching costs more than an EC signature. A struct pki_tools belongs to one
 * thread and is passed explicitly; nothing in it is a secret.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <openssl/evp.h>

#define PKI_DIGEST_MAX 64
#define PKI_SHA1_SIZE  20

enum pki_hash {
	PKI_HASH_NONE, /* Ed25519: the message itself is signed */
	PKI_HASH_SHA1, /* key identifiers and fingerprints only */
	PKI_HASH_SHA256,
	PKI_HASH_SHA384,
	PKI_HASH_SHA512,
	PKI_HASH_COUNT
};

struct pki_tools {
	EVP_MD *md[PKI_HASH_COUNT]; /* [PKI_HASH_NONE] is NULL */
	EVP_MD_CTX *hash;
	EVP_MD_CTX *verify; /* Ed25519 */
	EVP_PKEY_CTX *rsa;  /* EVP_PKEY_fromdata */
	EVP_PKEY *curve[3]; /* parameters of P-256, P-384, P-521 */
	/* Of pki_key_lend(): */
	EVP_PKEY *lent_curve[3]; /* one for each curve, used again */
	EVP_PKEY *lent;          /* of another kind, the last one */
};

MUST_CHECK int pki_tools_new(struct pki_tools **ret, struct err *err);
void pki_tools_free(struct pki_tools *t); /* NULL is fine */
AUTO_DEFINE(pki_tools);

/* Hash x; ret takes PKI_DIGEST_MAX bytes at most. */
MUST_CHECK int pki_tools_hash(struct pki_tools *t, enum pki_hash hash,
    struct bytes x, uint8_t *ret, size_t *ret_n, struct err *err);
size_t pki_hash_size(enum pki_hash hash);
const char *pki_hash_name(enum pki_hash hash); /* "SHA256", NULL for none */
/* ERR_INTERNAL with what OpenSSL says; empties its queue. Always -1. */
int pki_tools_failed(struct err *err, const char *what);
