/* policy.h - what the signer signs, whatever the CA asks.
 *
 * A CA that was taken over can have certificates made for anybody; it cannot
 * have made with this key: a certificate of another CA, one of another
 * issuer, one that outlives the CA's own, one under another algorithm than
 * the key's, a CRL that is older than one before it, or anything that is none
 * of the listed kinds. Everything is signed from its bytes: a digest could be
 * anything's.
 *
 * The CA's own name and validity come from the TBSCertificates of its
 * certificates (struct sign_ca), which the signer signed itself or, of a
 * subordinate, was given (sign_service_install()), and keeps beside the key.
 *
 * Renewal. Without --init a CA certificate is signed only when its key is one
 * that the signer itself holds, its subject and issuer are the name that the
 * first certificate has, and that one was a root's: the next certificate of
 * the same key, the first of the next key, or a cross certificate between two
 * of them. Whoever gets these can sign with none of them. So a CA that was
 * taken over can renew itself, which gains it nothing: no relying party
 * trusts a new root by itself, and what a cross certificate makes trusted is
 * a key with these same rules.
 *
 * Another CA. A certificate for a CA whose key is not here is signed only when
 * whoever started the signer named that very key (--sign-ca), or lets it sign
 * for others at all (`subordinates: true` in the signer's own configuration;
 * the CA then sees to the approvals of its template, and one that was taken
 * over makes CAs). It is within this CA's name and validity, may sign
 * certificates and lists, and has a shorter path than this CA, if that has a
 * limit.
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
	bool root; /* signed by this key itself */
	int path;  /* how many CAs may follow, by the newest; -1: no limit */
	/* From the first certificate of the key to the end of the newest: what
	 * was begun under one is signed under the next. */
	int64_t not_before, not_after;
};

/* The key's CA is what this TBSCertificate says; -1 when it is not one for
 * this key. With one before it, it only lengthens what that one allows. */
MUST_CHECK int sign_ca_set(struct sign_ca *ca, const struct sign_key *key,
    struct bytes tbs, struct err *err);
void sign_ca_clear(struct sign_ca *ca);

struct sign_policy {
	const struct sign_key *key;
	const struct sign_ca *ca;
	const struct sign_ca *family; /* of the first key; NULL: none yet */
	const struct sign_key *const *held; /* all keys of this signer */
	size_t held_n;
	bool init;             /* the signer was started with --init */
	struct bytes guest;    /* see sign_service_options */
	bool subordinates;     /* the same */
	uint64_t crl_number;   /* of the last CRL of this key; 0 none */
	uint64_t delta_number; /* the same of delta CRLs, or more */
};

/* 0: may be signed. *facts is filled as far as the bytes could be read, also
 * when refused (the log wants it); its digest is not touched.
 * *ret_own: it is this key's own CA certificate (sign_ca_set() follows). */
MUST_CHECK int sign_policy_check(const struct sign_policy *p,
    const struct sign_item *item, struct sign_facts *facts, bool *ret_own,
    struct err *err);
/* May this be the certificate of p->key, signed by another CA? *facts as
 * above. */
MUST_CHECK int sign_policy_check_installed(const struct sign_policy *p,
    struct bytes tbs, struct sign_facts *facts, struct err *err);
/* The same of a list that came in parts. */
MUST_CHECK int sign_policy_check_crl(const struct sign_policy *p,
    const struct sign_tbs_crl *crl, struct sign_facts *facts, struct err *err);
