/* template_fit.c - what must hold between the values of a template. */
#include "ca/template_reading.h"

#include "base/str.h"
#include "ca/purpose.h"

static void
fit_names(struct ca_template_reading *r)
{
	const struct ca_template *t = r->t;
	bool dns = (t->subject.from == CA_TEMPLATE_ACCOUNT &&
		       t->subject.common_name == CA_TEMPLATE_CN_DNS) ||
		   t->san.account & CA_TEMPLATE_SAN_DNS;

	if (t->subject.from == CA_TEMPLATE_NOTHING && t->san.account == 0 &&
	    t->san.request == 0)
		ca_template_say(r, true, "name",
		    "A certificate needs a name: subject: from, or san.");
	if (dns && !t->machine)
		ca_template_say(r, true, "for",
		    "Only machines have a DNS name (for: machine).");
	if (t->san.attributes && t->subject.from != CA_TEMPLATE_REQUEST)
		ca_template_say(r, true, "san/attributes",
		    "Only a template that takes its subject from the request "
		    "takes names from attributes.");
	if (ca_template_has_lists(t) && !ca_template_takes_names(t))
		ca_template_say(r, true, "san",
		    "Lists (dns_suffixes and its like) bound names taken from "
		    "the request, but none are taken.");
}

static void
fit_keys(struct ca_template_reading *r)
{
	const struct ca_template *t = r->t;
	const uint16_t of_ca = PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN;

	for (uint32_t k = 0; k < PKI_KEY_COUNT; k++)
		if (t->keys[k] &&
		    !(t->key_usage & ca_template_key_can((enum pki_key_kind)k)))
			ca_template_say(r, true, "key_usage",
			    "A key of the kind %s can be used for nothing of "
			    "what key_usage lists.",
			    pki_key_kind_name((enum pki_key_kind)k));
	if (!t->ca && t->key_usage & of_ca)
		ca_template_say(r, true, "key_usage",
		    "Signing certificates or CRLs is for CAs "
		    "(basic_constraints: ca: true).");
	if (t->ca && !(t->key_usage & PKI_KU_CERT_SIGN))
		ca_template_say(
		    r, true, "key_usage", "A CA needs certificate-signing.");
	if (!t->ca && t->path_length >= 0)
		ca_template_say(r, true, "basic_constraints/path_length",
		    "path_length is for CAs.");
	if (!(t->key_usage & PKI_KU_KEY_AGREEMENT) &&
	    t->key_usage & (PKI_KU_ENCIPHER_ONLY | PKI_KU_DECIPHER_ONLY))
		ca_template_say(r, true, "key_usage",
		    "encipher-only and decipher-only mean nothing without "
		    "key-agreement.");
}

/* Some programs read the application policies instead of the purposes: they
 * must not say more. */
static void
fit_policies(struct ca_template_reading *r)
{
	const struct ca_template *t = r->t;
	char text[PKI_OID_TEXT_MAX];

	for (size_t i = 0; i < t->application_policies.n; i++) {
		const struct ca_oid *oid = &t->application_policies.list[i];

		if (!ca_oid_list_has(&t->eku, bytes_of(oid->der, oid->n)))
			ca_template_say(r, true, "application_policies",
			    "%s is not in eku; application policies must not "
			    "say more.",
			    ca_purpose_text(oid, text));
	}
}

static void
fit_agents(struct ca_template_reading *r)
{
	const struct ca_template *t = r->t;

	if (t->on_behalf_of && t->agent_signatures == 0)
		ca_template_say(r, true, "on_behalf_of",
		    "On behalf of others needs the signature of an agent "
		    "(agent_signatures: count, policy).");
	if (t->on_behalf_of && ca_template_takes_names(t))
		ca_template_say(r, true, "on_behalf_of",
		    "On behalf of others, names come from the account of the "
		    "target, not from the request.");
}

static void
fit_life(struct ca_template_reading *r)
{
	const struct ca_template *t = r->t;

	if (t->renewal_overlap >= t->validity)
		ca_template_say(r, true, "renewal_overlap",
		    "renewal_overlap must be shorter than validity.");
	if (t->renew_approved && t->approvals == 0)
		ca_template_say(r, false, "renewal/previous_approval",
		    "previous_approval means nothing: there are no approvals.");
	if (t->sign_in && !ca_template_signs_in(t))
		ca_template_say(r, true, "sign-in",
		    "A certificate that signs in to the pages needs the "
		    "purpose client-authentication.");
	for (size_t i = 0; i < t->supersedes.n; i++)
		if (str_eq_ci(t->supersedes.list[i], t->name))
			ca_template_say(r, true, "supersedes",
			    "A template cannot supersede itself.");
	if (t->permission_n == 0)
		ca_template_say(r, false, "name",
		    "Nobody may use it: there are no permissions.");
}

void
ca_template_fit(struct ca_template_reading *r)
{
	fit_names(r);
	fit_keys(r);
	fit_policies(r);
	fit_agents(r);
	fit_life(r);
}
