/* preview.h - what a request that waits would give if it were issued now: the
 * policy asked again, with all that it wants to know, and the checks that come
 * before the key is asked. Nothing is decided or kept by it.
 */
#pragma once
#include "ca/check.h"
#include "ca/facts.h"
#include "ca/policy.h"

struct ca_preview {
	struct ca *ca;
	const struct ca_generations *set;
	const struct ca_generation *gen;
	const struct ca_template_set *templates;
	struct ca_facts facts;
	struct pki_request request;
	struct ca_policy_result policy;
	/* By the policy: what all certificates of the kind have; NULL when it
	 * would not be issued. */
	const struct pki_cert_block *block;
	struct bytes subject; /* Name */
	int64_t validity;     /* seconds */
};

/* *ret is NULL when the row's request cannot be read (any more). */
MUST_CHECK int ca_preview_new(struct ca_worker *w,
    const struct store_request *row, struct ca_preview **ret, struct err *err);
void ca_preview_free(struct ca_preview *p); /* NULL is fine */
AUTO_DEFINE(ca_preview);
/* What the checks before signing would say; only with a block. */
MUST_CHECK int ca_preview_check(struct ca_worker *w, const struct ca_preview *p,
    const struct store_request *row, struct ca_check_result *ret,
    struct err *err);
