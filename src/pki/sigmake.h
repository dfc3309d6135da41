/* sigmake.h - make signatures with a kept context.
 *
 * For the program that holds the key, and for tests. One struct pki_sigmake
 * belongs to one thread; the EVP_PKEY may be shared by all. Fetched once: a
 * signature costs a digest and EVP_PKEY_sign, nothing else.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "pki/sig.h"

#define PKI_SIGNATURE_MAX 1024 /* RSA-8192 */

struct pki_sigmake;

/* Takes a reference to pkey. An error when alg is not one for this key. */
MUST_CHECK int pki_sigmake_new(EVP_PKEY *pkey, const struct pki_sig_alg *alg,
    struct pki_sigmake **ret, struct err *err);
void pki_sigmake_free(struct pki_sigmake *s); /* NULL is fine */
AUTO_DEFINE(pki_sigmake);

/* Hash (unless Ed25519) and sign. ret takes PKI_SIGNATURE_MAX bytes. */
MUST_CHECK int pki_sigmake_sign(struct pki_sigmake *s, struct bytes tbs,
    uint8_t *ret, size_t *ret_n, struct err *err);
/* Sign a digest of the algorithm's hash; an error for Ed25519. */
MUST_CHECK int pki_sigmake_sign_digest(struct pki_sigmake *s,
    struct bytes digest, uint8_t *ret, size_t *ret_n, struct err *err);
/* The digest that was signed last (for the log); empty for Ed25519. */
struct bytes pki_sigmake_digest(const struct pki_sigmake *s);
/* What this key is; -1 when it is none a CA may have here. */
MUST_CHECK int pki_sigmake_kind(EVP_PKEY *pkey, enum pki_key_kind *ret_kind,
    unsigned *ret_bits, struct err *err);
