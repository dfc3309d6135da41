/* facts.h - what the decision of an enterprise CA needs to know besides the
 * request: about the caller, about whom the certificate is for, about the
 * certificate that is to be renewed, about agents.
 *
 * Gathering reads the database and verifies paths; the decision itself
 * (enterprise.h) is pure and sees nothing else, so the same facts give the
 * same answer, and tests make facts up.
 *
 * Ownership: texts live as long as the facts; the set of templates and the
 * request are the caller's.
 */
#pragma once
#include "ca/access.h"
#include "ca/generation.h"
#include "ca/template.h"
#include "pki/request.h"
#include "store/store.h"

/* An agent signs and sends: older messages were signed for another day, and
 * wait for an officer. */
#define CA_AGENT_AGE_MAX 600 /* seconds */

/* Whom the certificate is for, as his account says. Texts are "" when it does
 * not. */
struct ca_target {
	char owner[IDENTITY_OWNER_MAX];
	char display[IDENTITY_OWNER_MAX];
	const char *name; /* of the account */
	const char *display_name, *mail, *upn;
	const char *dns; /* of a machine */
	const char *sid;
	uint32_t roles; /* by his account or by entries */
};

/* The certificate that is to be renewed, as it was issued here. */
struct ca_old {
	bool found;     /* this CA issued exactly this certificate */
	bool in_force;  /* issued and not revoked */
	bool path_good; /* signed by this CA, in its form fit for it */
	const char *owner;
	const char *template_name;
	uint32_t approvals; /* that it had, itself or where it came from */
	int64_t not_after;
};

/* One who signed besides the requester. */
struct ca_agent {
	bool found, in_force, path_good; /* as above */
	bool is_caller;                  /* it was issued to whoever calls */
	bool is_agent;     /* for the purpose of requesting for others */
	bool names_target; /* his signature covers for whom it is */
	bool disabled;     /* his account */
	bool is_target;    /* whom the request is for, or an account of his */
	unsigned person;   /* the first of agents[] who is the same person */
	char owner[IDENTITY_OWNER_MAX];
	struct ca_principal principal;
	const struct pki_cert *cert;
	int64_t not_before, not_after;
};

struct ca_facts {
	int64_t now;
	const struct ca_template_set *templates;
	const struct ca_restriction *restrictions;
	size_t restriction_n;
	/* Who asks, and for whom, as entries and restrictions see them. */
	struct ca_who who;
	uint32_t caller_roles;
	struct ca_principal caller, target_is;
	struct ca_target target;
	bool target_found;
	struct ca_old old; /* of a renewal */
	struct ca_agent agents[PKI_CMS_SIGNERS_MAX];
	unsigned agent_n;
	bool used; /* the message was used before: only one request by it */
	/* What the texts above point to. */
	struct ca_picture *picture; /* NULL: no entries but the templates' */
	const char *caller_groups[CA_ROLE_GROUPS_MAX];
	const char *target_groups[CA_ROLE_GROUPS_MAX];
	char caller_account[CA_KEY_MAX];
	struct store_user *user;
	struct store_request *old_row;
};

/* For a request that is read and proven. templates and request must outlive
 * the facts; ca_facts_clear() when done, also after a failure. */
MUST_CHECK int ca_facts_gather(struct ca_worker *w, const struct ca_who *caller,
    const struct ca_generations *set, const struct pki_request *request,
    const struct ca_template_set *templates, struct ca_facts *ret,
    struct err *err);
void ca_facts_clear(struct ca_facts *f);

/* Did the account, or one of the same person, sign this request as an agent?
 * By the message as it came: nothing else is kept about who signed it. */
MUST_CHECK int ca_facts_signed_by(struct ca_worker *w,
    const struct ca_picture *picture, const struct ca_principal *who,
    const struct store_request *row, bool *ret, struct err *err);
