/* check.h - the last look before the key is asked.
 *
 * Whatever the policy said: the to-be-signed certificate is in good form
 * (pki/lint.h), its key is not weak in the ways that take a while to see
 * (pki/rsa_weak.h), and may be certified at all (keys.h). What is wrong is a
 * denial with a reason, not an error.
 */
#pragma once
#include "ca/generation.h"
#include "ca/keys.h"
#include "pki/csr.h"

struct ca_check {
	const struct ca_generation *gen; /* that will sign */
	const struct pki_csr *csr;
	struct bytes tbs;
	bool ca; /* for another CA */
	struct ca_key_ask key;
};

struct ca_check_result {
	enum err_code code;      /* ERR_OK: nothing is wrong */
	char text[ERR_TEXT_MAX]; /* a sentence for the requester */
	/* Whose certificate has the key, for officers; 0 for none. */
	uint64_t request;
};

/* With a claim the key is claimed when nothing is wrong: ca_keys_release()
 * must follow. */
MUST_CHECK int ca_check(struct ca_worker *w, const struct ca_check *c,
    struct ca_key_claim *claim, struct ca_check_result *ret, struct err *err);

/* What ca_check() would say if this were issued now; tbs is made here. */
struct ca_check_make {
	const struct pki_cert_block *block;
	struct bytes subject; /* Name */
	struct bytes granted; /* whole Extensions */
	int64_t validity;     /* seconds */
};
MUST_CHECK int ca_check_preview(struct ca_worker *w, const struct ca_check *c,
    const struct ca_check_make *make, struct ca_check_result *ret,
    struct err *err);
