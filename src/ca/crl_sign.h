/* crl_sign.h - having a list signed, and checking one, in parts.
 *
 * Trust: the signer's answer is checked like any list: ca_crl_check() reads
 * the file that is going to be published, not what was sent.
 */
#pragma once
#include "ca/ca.h"
#include "pki/crl.h"
#include "pki/sigmake.h"

struct ca_publish;

/* A to-be-signed list in its file. */
struct ca_crl_tbs {
	uint32_t key_index;
	const struct pki_sig_alg *alg;
	struct ca_publish *file;
	uint64_t offset, size;
	struct bytes digest; /* by the algorithm's hash */
};

struct ca_crl_signature {
	uint8_t signature[PKI_SIGNATURE_MAX];
	size_t n;
	uint8_t digest[PKI_DIGEST_MAX]; /* SHA-256, as the signer logs it */
	size_t digest_n;
};

MUST_CHECK int ca_crl_sign(struct ca_worker *w, const struct ca_crl_tbs *tbs,
    struct ca_crl_signature *ret, struct err *err);
/* A mapped list: parsed, and its signature by the key verified. ret_hash:
 * SHA-256 of all of it, or NULL. */
MUST_CHECK int ca_crl_check(struct pki_tools *t, struct bytes map,
    const struct pki_key *key, struct pki_crl *ret, uint8_t *ret_hash,
    struct err *err);
