/* lint.h - is a certificate that is about to be signed in good form?
 *
 * Reads the to-be-signed bytes with a reader of its own and asks the rules of
 * lint.c, a table in the order of RFC 5280, until one is broken. What a policy
 * has granted is not believed here: this is the last look before the key.
 *
 * Not here: whether the key is weak (key.h, rsa_weak.h) or was seen before
 * (the CA's business).
 *
 * Trust: bytes may be hostile. No clock, no globals, no allocation but
 *        libidn2's, which is asked for names with "xn--" only. Fuzzed by
 *        tests/fuzz/fuzz_lint.c.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "pki/tools.h"

#define PKI_LINT_TEXT_MAX 200

/* What the certificate must agree with. */
struct pki_lint_ask {
	struct bytes tbs;
	struct bytes issuer;           /* Name of the CA's certificate */
	struct bytes issuer_key_id;    /* its subject key identifier */
	struct bytes alg;              /* AlgorithmIdentifier it signs with */
	int64_t not_before, not_after; /* of the CA's certificate */
	bool ca;                       /* it becomes a CA certificate */
	bool underscore;               /* DNS names may have underscores */
};

struct pki_lint_fault {
	const char *rule; /* NULL: every rule holds */
	const char *section;
	char text[PKI_LINT_TEXT_MAX]; /* what is wrong, lower case, no stop */
};

/* -1 only when the hash of the key cannot be computed. */
MUST_CHECK int pki_lint(struct pki_tools *t, const struct pki_lint_ask *ask,
    struct pki_lint_fault *ret, struct err *err);
/* The names of the rules, for tests and documents; NULL at the end. */
const char *pki_lint_rule(size_t i);
