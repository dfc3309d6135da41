/* sig.h - signature algorithms: the ones we know, as whole byte strings.
 *
 * The outer AlgorithmIdentifier of a request is not covered by its signature,
 * so it is never taken apart, only compared with the encodings in this table.
 * SHA-1 is in the table to be refused by name, but for one use.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "pki/key.h"
#include "pki/tools.h"

/* The salt of RSA-PSS: as long as the hash. */
#define PKI_SIG_SALT_HASH (-1)

enum pki_sig_family {
	PKI_SIG_RSA,
	PKI_SIG_RSA_PSS,
	PKI_SIG_ECDSA,
	PKI_SIG_ED25519
};

struct pki_sig_alg {
	struct bytes der; /* AlgorithmIdentifier, head and content */
	enum pki_sig_family family;
	enum pki_hash hash;
	bool refused; /* known, but too weak to accept */
	const char *name;
};

/* NULL if unknown. The result is immutable and lives for ever. */
const struct pki_sig_alg *pki_sig_find(struct bytes algorithm_identifier);
/* The same for what requesters sign: RSA-PSS with a salt of any length, which
 * is the signer's choice (RFC 8017 9.1). OpenSSL takes the longest that fits,
 * NSS always 20 bytes. PKI_SIG_SALT_HASH for all other algorithms. */
const struct pki_sig_alg *pki_sig_find_salted(
    struct bytes algorithm_identifier, int *ret_salt);
/* The encoding we write; NULL if there is none. */
const struct pki_sig_alg *pki_sig_of(
    enum pki_sig_family family, enum pki_hash hash);
/* A hash by its AlgorithmIdentifier, parameters absent or NULL (RFC 5754 2);
 * PKI_HASH_NONE when it is not one of ours. SHA-1 is found, to be refused. */
enum pki_hash pki_sig_hash(struct bytes algorithm_identifier);
/* The encoding we write, parameters absent; empty for PKI_HASH_NONE. */
struct bytes pki_sig_hash_der(enum pki_hash hash);
/* What a CA key of this kind and size signs with by default. */
const struct pki_sig_alg *pki_sig_default(
    enum pki_key_kind kind, unsigned bits);
/* Does this family belong to this kind of key? */
bool pki_sig_fits(enum pki_sig_family family, enum pki_key_kind kind);
/* Smallest and largest signature of a key; equal unless ECDSA. */
void pki_sig_size(const struct pki_key *key, size_t *ret_min, size_t *ret_max);

/* ERR_BAD_SIGNATURE when the signature, or the algorithm, is not good. */
MUST_CHECK int pki_sig_verify(struct pki_tools *t, const struct pki_key *key,
    const struct pki_sig_alg *alg, struct bytes tbs, struct bytes signature,
    struct err *err);
/* The same with a salt of the length that was told; another one is no good. */
MUST_CHECK int pki_sig_verify_salted(struct pki_tools *t,
    const struct pki_key *key, const struct pki_sig_alg *alg, int salt,
    struct bytes tbs, struct bytes signature, struct err *err);
/* The same, SHA-1 taken: for proofs of possession where somebody allowed it
 * (request.h), and for nothing else. */
MUST_CHECK int pki_sig_verify_sha1(struct pki_tools *t,
    const struct pki_key *key, const struct pki_sig_alg *alg, struct bytes tbs,
    struct bytes signature, struct err *err);
/* The same of the digest by the algorithm's hash; not for Ed25519. */
MUST_CHECK int pki_sig_verify_digest(struct pki_tools *t,
    const struct pki_key *key, const struct pki_sig_alg *alg,
    struct bytes digest, struct bytes signature, struct err *err);
/* The same with an imported key. */
MUST_CHECK int pki_sig_verify_with(struct pki_tools *t, EVP_PKEY *pkey,
    const struct pki_sig_alg *alg, struct bytes tbs, struct bytes signature,
    struct err *err);
