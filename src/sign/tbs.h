/* tbs.h - what the bytes say that the signer is asked to sign.
 *
 * Each kind of content is read strictly to its last byte, so that nothing can
 * be signed as one kind and be read as another. Whether to sign it is
 * policy.h's business. Revocation lists: crl_stream.h.
 *
 * Trust:     hostile: the CA may have been taken over. No allocation.
 * Ownership: slices borrow from the bytes.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#include <stdint.h>

/* TBSCertificate, RFC 5280 4.1, version 3 without unique identifiers. */
struct sign_tbs_cert {
	struct bytes serial; /* magnitude, at most 20 bytes as encoded */
	struct bytes alg;    /* AlgorithmIdentifier, whole */
	struct bytes issuer, subject;
	int64_t not_before, not_after;
	struct bytes spki;
	struct bytes extensions; /* content, checked (pki/ext.h) */
	bool is_ca;              /* basicConstraints cA */
	int path;                /* of a CA; -1: no limit */
	bool may_sign_certs;     /* keyUsage keyCertSign */
	bool may_sign_lists;     /* keyUsage cRLSign */
};
MUST_CHECK int sign_tbs_cert(
    struct bytes tbs, struct sign_tbs_cert *ret, struct err *err);

/* CertificationRequestInfo, RFC 2986 4.1. */
struct sign_tbs_request {
	struct bytes subject, spki;
};
MUST_CHECK int sign_tbs_request(
    struct bytes tbs, struct sign_tbs_request *ret, struct err *err);

/* SignedAttributes of a CMS message, tagged as SET OF (RFC 5652 5.4), whose
 * content type is id-cct-PKIResponse: that, a message digest, perhaps the
 * signing time, and nothing else. */
MUST_CHECK int sign_tbs_response(struct bytes tbs, struct err *err);
