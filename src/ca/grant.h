/* grant.h - the inside of policy.c: what becomes of each kind of extension.
 */
#pragma once
#include "ca/policy.h"

struct ca_grant {
	const struct ca_policy_ask *ask;
	struct ca_policy_result *result;
	bool empty_subject;
	bool has_key_usage;
	/* Purposes that are granted; borrowed from the request or a table. */
	struct bytes eku[PKI_EXT_EKU_MAX];
	size_t eku_n;
	bool eku_asked, eku_critical;
	/* Granted names, and what to do with them. */
	bool has_names, san_done;
	bool only_listed_dns; /* every name is a DNS name of the list */
	/* Copied at the end, when the purposes are known. */
	struct pki_ext app_policies;
	bool wants_look; /* something an officer has to look at */
};

int ca_grant_key_usage(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);
int ca_grant_eku(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);
/* The names of the request and those of an attribute, if that is taken. */
int ca_grant_san(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);
int ca_grant_app_policies(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);
int ca_grant_policies(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);
int ca_grant_copy(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);
/* After the last extension: defaults, and what depends on several. */
MUST_CHECK int ca_grant_finish(struct ca_grant *g, struct err *err);
/* May it be issued without an officer? */
bool ca_grant_at_once(const struct ca_grant *g);
