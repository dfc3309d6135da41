/* policy.h - what the signer signs, whatever the CA asks.
 *
 * A CA that was taken over can have certificates made for anybody; it cannot
 * have made with this key: a certificate of another CA, one of another
 * issuer, one that outlives the CA's own, one under another algorithm than
 * the key's, a CRL that is older than one before it, or anything that is none
 * of the listed kinds. Everything is signed from its bytes: a digest could be
 * anything's.
 *
 * The CA's own name and validity come from the TBSCertificate of its
 * certificate (struct sign_ca), which the signer itself signed in --init mode
 * and keeps beside the key.
 *
 * Pure: no I/O, no clock. Trust: items are hostile.
 */
#pragma once
#include "base/err.h"
#include "pki/tools.h"
#include "sign/crl_stream.h"
#include "sign/item.h"
#include "sign/signer.h"

/* What a key may sign for. Copies; a plain value but for tbs (malloc). */
struct sign_ca {
	uint8_t *tbs; /* NULL: the key has no CA certificate yet */
	struct bytes subject;
	int64_t not_before, not_after;
};

/* The key's CA is what this TBSCertificate says; -1 when it is not one for
 * this key. */
MUST_CHECK int sign_ca_set(struct sign_ca *ca, const struct sign_key *key,
    struct bytes tbs, struct err *err);
void sign_ca_clear(struct sign_ca *ca);

struct sign_policy {
	const struct sign_key *key;
	const struct sign_ca *ca;
	bool init;             /* the signer was started with --init */
	uint64_t crl_number;   /* of the last CRL of this key; 0 none */
	uint64_t delta_number; /* the same of delta CRLs, or more */
};

/* 0: may be signed. *facts is filled as far as the bytes could be read, also
 * when refused (the log wants it); its digest is not touched.
 * *ret_own: it is this key's own CA certificate (sign_ca_set() follows). */
MUST_CHECK int sign_policy_check(const struct sign_policy *p,
    const struct sign_item *item, struct sign_facts *facts, bool *ret_own,
    struct err *err);
/* The same of a list that came in parts. */
MUST_CHECK int sign_policy_check_crl(const struct sign_policy *p,
    const struct sign_tbs_crl *crl, struct sign_facts *facts, struct err *err);
