/* crl_stream.h - a TBSCertList that comes in parts (RFC 5280 5.1).
 *
 * A list of a million entries is 52 MB. It is read strictly to its last byte
 * all the same, entry by entry as the parts come, and hashed on the way: what
 * is signed is what was read, and cannot be read as anything else. Memory is
 * that of one part and one entry.
 *
 * Trust:     hostile. Sizes are bounded before anything is kept.
 * Ownership: the slices of the result live as long as the stream.
 */
#pragma once
#include "pki/tools.h"

#define SIGN_CRL_PART_MAX 262144

struct sign_crl_stream;

struct sign_tbs_crl {
	struct bytes alg, issuer;
	uint64_t number;
	bool is_delta;
};

/* hash: what the key signs; the log's SHA-256 is made in any case. t NULL:
 * nothing is hashed. */
MUST_CHECK int sign_crl_stream_new(struct pki_tools *t, enum pki_hash hash,
    struct sign_crl_stream **ret, struct err *err);
void sign_crl_stream_free(struct sign_crl_stream *s); /* NULL is fine */
AUTO_DEFINE(sign_crl_stream);
/* At most SIGN_CRL_PART_MAX bytes. After an error only digests are left. */
MUST_CHECK int sign_crl_stream_add(
    struct sign_crl_stream *s, struct bytes part, struct err *err);
/* Nothing may be missing. */
MUST_CHECK int sign_crl_stream_end(
    struct sign_crl_stream *s, struct sign_tbs_crl *ret, struct err *err);
uint64_t sign_crl_stream_size(const struct sign_crl_stream *s);
/* SHA-256 of what came, for the log; and the digest to sign. Once. */
MUST_CHECK int sign_crl_stream_digests(struct sign_crl_stream *s,
    uint8_t *ret_log, size_t *ret_log_n, uint8_t *ret, size_t *ret_n,
    struct err *err);
