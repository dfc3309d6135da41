/* lint_rules.h - the inside of lint.c: a certificate taken apart, and the
 * rules, one function each. A rule returns true when it holds, else it has
 * said why (pki_lint_say). */
#pragma once
#include "pki/ext.h"
#include "pki/lint.h"

struct pki_lint {
	const struct pki_lint_ask *ask;
	struct pki_lint_fault *fault;
	/* Whole elements of the TBSCertificate. */
	struct bytes version, serial, alg, issuer, validity, subject, spki;
	struct bytes key_bits;
	uint8_t key_id[PKI_SHA1_SIZE]; /* SHA-1 of the key bits */
	bool ca;                       /* basic constraints say so */
	int path;                      /* -1: no limit */
	uint16_t usage;
	size_t ext_n;
	struct pki_ext exts[PKI_EXT_LIST_MAX]; /* last: see pki_lint() */
};

/* Always false. */
bool pki_lint_say(struct pki_lint *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
const struct pki_ext *pki_lint_find(const struct pki_lint *l, enum pki_oid oid);

/* lint_name.c */
bool pki_lint_subject(struct pki_lint *l);
bool pki_lint_subject_limits(struct pki_lint *l);
bool pki_lint_san(struct pki_lint *l);
/* A URI of CRLs and certificates of the CA: http or ldap. */
bool pki_lint_location(struct pki_lint *l, struct bytes uri, const char *what);

/* lint_ext.c */
bool pki_lint_values(struct pki_lint *l);
bool pki_lint_critical(struct pki_lint *l);
bool pki_lint_basic(struct pki_lint *l);
bool pki_lint_key_usage(struct pki_lint *l);
bool pki_lint_key_kind(struct pki_lint *l);
bool pki_lint_eku(struct pki_lint *l);
bool pki_lint_eku_usage(struct pki_lint *l);
bool pki_lint_ski(struct pki_lint *l);
bool pki_lint_aki(struct pki_lint *l);
bool pki_lint_cdp(struct pki_lint *l);
bool pki_lint_aia(struct pki_lint *l);
bool pki_lint_policies(struct pki_lint *l);
bool pki_lint_ca_only(struct pki_lint *l);
