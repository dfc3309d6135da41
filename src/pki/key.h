/* key.h - the public key of a request or certificate.
 *
 * pki_key_read() takes a SubjectPublicKeyInfo apart and refuses what no
 * signature is verified with: unknown algorithms and curves, EC points not in
 * uncompressed form, RSA above 8192 bits or with an exponent above 64 bits.
 * pki_key_check() refuses what must not be certified: RSA below 2048 bits, a
 * modulus that pki_rsa_weak() knows (even, small factor, ROCA), an exponent
 * that is even or below 65537. That a point lies on its curve is checked by
 * pki_key_import().
 *
 * Trust:     input is hostile; no allocation before the checks are done.
 * Ownership: slices borrow from the SPKI.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "pki/tools.h"

#define PKI_RSA_MIN_BITS 2048
#define PKI_RSA_MAX_BITS 8192

enum pki_key_kind {
	PKI_KEY_RSA,
	PKI_KEY_P256,
	PKI_KEY_P384,
	PKI_KEY_P521,
	PKI_KEY_ED25519,
	PKI_KEY_COUNT
};

struct pki_key {
	enum pki_key_kind kind;
	unsigned bits;
	struct bytes spki;     /* head and content */
	struct bytes key_bits; /* content of the BIT STRING */
	struct bytes n, e;     /* RSA only, without leading zeros */
};

AUTO_FOREIGN(EVP_PKEY, EVP_PKEY_free);
AUTO_FOREIGN(EVP_PKEY_CTX, EVP_PKEY_CTX_free);

/* ERR_BAD_DATA, ERR_WEAK_KEY for what is not taken. */
MUST_CHECK int pki_key_read(
    struct bytes spki, struct pki_key *ret, struct err *err);
/* ERR_WEAK_KEY. */
MUST_CHECK int pki_key_check(const struct pki_key *key, struct err *err);
/* Both, for a key that no proof of possession is needed of. */
MUST_CHECK int pki_key_parse(
    struct bytes spki, struct pki_key *ret, struct err *err);
/* ERR_BAD_DATA when the numbers make no key (point off its curve). */
MUST_CHECK int pki_key_import(struct pki_tools *t, const struct pki_key *key,
    EVP_PKEY **ret, struct err *err);
/* The same for one verification: the key belongs to t and is another one after
 * the next call, so that a key on a curve costs only its point. Contexts made
 * from it must not outlive that. */
MUST_CHECK int pki_key_lend(struct pki_tools *t, const struct pki_key *key,
    EVP_PKEY **ret, struct err *err);
/* Subject key identifier, RFC 5280 4.2.1.2 (1): SHA-1 of the key bits. */
MUST_CHECK int pki_key_id(struct pki_tools *t, const struct pki_key *key,
    uint8_t ret[PKI_SHA1_SIZE], struct err *err);
const char *pki_key_kind_name(enum pki_key_kind kind); /* "RSA", "P-256" */
