/* config.h - what an administrator decides about this CA, as plain values.
 *
 * Filled and range-checked by bin/ca/config.c; immutable after the start and
 * shared by all threads. Texts are owned by whoever filled it and outlive the
 * CA. Defaults stand in bin/ca/config.c.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "pki/oid.h"

#define CA_NAME_MAX  64
#define CA_EKUS_MAX  64
#define CA_NAMES_MAX 64

/* One purpose of a list in the configuration, as DER content. */
struct ca_oid {
	uint8_t der[PKI_OID_MAX];
	size_t n;
};

struct ca_oid_list {
	struct ca_oid list[CA_EKUS_MAX];
	size_t n;
};

struct ca_names {
	const char *list[CA_NAMES_MAX];
	size_t n;
};

/* Which keys that are in a certificate already may be in another. */
enum ca_key_reuse {
	CA_KEY_REUSE_SAME_ACCOUNT, /* the account's own */
	CA_KEY_REUSE_NEVER,
	CA_KEY_REUSE_ANY
};

struct ca_config {
	bool demo;
	const char *name; /* of the CA, the subject's CN */
	const char *host;
	const char *organization; /* "" none */
	const char *key;          /* kind of the key made at init: "p256" */
	const char *contact;
	bool enterprise;       /* decides by templates */
	bool subordinate;      /* another CA signs its first certificate */
	int64_t renewal_grace; /* how long after its end, seconds */
	const char *templates; /* their folder */
	const char *database;  /* "sqlite:PATH" */
	const char *sign_socket;
	const char *web_socket;
	const char *admin_socket;
	const char *publish; /* folder of the published files */
	const char *url;     /* base of CDP and AIA URLs, no slash at the end */
	int64_t ca_validity; /* all times in seconds */
	int64_t validity;
	int64_t clock_skew;
	int64_t crl_period;
	int64_t crl_overlap;       /* -1: what follows from the period */
	int64_t crl_delta_period;  /* 0: no delta CRLs */
	int64_t crl_delta_overlap; /* -1: what follows from the period */
	bool crl_idp;              /* CRLs name their distribution point */
	bool single_person;        /* separation: single-person */
	/* So many persons issue what waits; of a template its own number. */
	uint32_t approvals;

	bool issue_at_once;
	/* Who answers for issuing without the lists below; "" nobody. */
	const char *issue_override;
	struct ca_oid_list issue_eku;
	struct ca_names issue_dns; /* suffixes: "example.com" */

	struct ca_oid_list special_eku; /* dangerous ones that are allowed */
	bool allow_upn;
	/* What attributes beside a request may ask for (attribute.h). */
	bool attribute_names, attribute_purposes, attribute_validity;
	bool allow_underscore; /* in DNS names */
	enum ca_key_reuse key_reuse;
	const char *compromised_keys; /* file (badkeys.h); "" none */
	struct ca_names site_names;

	uint64_t pending_per_requester;
	uint64_t daily_per_requester;
	uint64_t pending_total;
	uint64_t free_space; /* bytes below which submission stops */
	unsigned workers;    /* 0: one per core */

	/* Who may add the first administrator: the owner of the configuration's
	 * folder, when started with --init. */
	bool init;
	bool sign_ca; /* started, with the signer, to certify a CA below */
	bool
	    import; /* with --import: only takes over (import.h); init is set */
	uint32_t owner_uid;
};

static inline bool
ca_oid_list_has(const struct ca_oid_list *l, struct bytes oid)
{
	for (size_t i = 0; i < l->n; i++)
		if (bytes_eq(bytes_of(l->list[i].der, l->list[i].n), oid))
			return true;
	return false;
}

/* What must hold between the values: a CA that issues at once needs lists
 * that keep it harmless, or a name that answers for it. */
MUST_CHECK int ca_config_check(const struct ca_config *c, struct err *err);
