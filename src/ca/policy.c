/* policy.c - what a stand-alone CA grants; an enterprise CA decides by
 * templates (enterprise.h).
 *
 * What a request asks for is read extension by extension. The rows below say
 * what becomes of each; what has no row is dropped. Narrower than MS-WCCE
 * note 87: CA version, previous hash, name constraints, policy mappings and
 * constraints, cross-certificate points and the security identifier would let
 * a requester speak for the CA or for another account, so they have none.
 */
#include "ca/policy.h"

#include "base/str.h"
#include "ca/enterprise.h"
#include "ca/grant.h"
#include "pki/gname.h"
#include "pki/name.h"

typedef int grant(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err);

/* clang-format off */
static const struct {
	enum pki_oid oid;
	grant *how;
	const char *note; /* why it is dropped, when it has no grant */
} rules[] = {
	{ PKI_OID_KEY_USAGE, ca_grant_key_usage, NULL },
	{ PKI_OID_EKU, ca_grant_eku, NULL },
	{ PKI_OID_SAN, ca_grant_san, NULL },
	{ PKI_OID_MS_APP_POLICIES, ca_grant_app_policies, NULL },
	{ PKI_OID_CERT_POLICIES, ca_grant_policies, NULL },
	{ PKI_OID_SMIME_CAPS, ca_grant_copy, NULL },
	{ PKI_OID_BASIC_CONSTRAINTS, NULL,
	    "Requesters do not become CAs here; the CA says so itself." },
	{ PKI_OID_SKI, NULL, "The CA computes it from the key." },
	{ PKI_OID_AKI, NULL, "The CA writes its own." },
	{ PKI_OID_CDP, NULL, "The CA writes its own." },
	{ PKI_OID_AIA, NULL, "The CA writes its own." },
	{ PKI_OID_MS_TEMPLATE_NAME, NULL, "This CA has no templates." },
	{ PKI_OID_MS_TEMPLATE, NULL, "This CA has no templates." },
	{ PKI_OID_MS_SID, NULL,
	    "It would make the certificate stand for another account." },
	{ PKI_OID_NAME_CONSTRAINTS, NULL, "It belongs to CA certificates." },
	{ PKI_OID_POLICY_MAPPINGS, NULL, "It belongs to CA certificates." },
	{ PKI_OID_POLICY_CONSTRAINTS, NULL, "It belongs to CA certificates." },
	{ PKI_OID_INHIBIT_ANY, NULL, "It belongs to CA certificates." },
	{ PKI_OID_MS_APP_MAPPINGS, NULL, "It belongs to CA certificates." },
	{ PKI_OID_MS_APP_CONSTRAINTS, NULL, "It belongs to CA certificates." },
	{ PKI_OID_MS_CA_VERSION, NULL, "It belongs to CA certificates." },
	{ PKI_OID_MS_PREVIOUS_HASH, NULL, "It belongs to CA certificates." },
	{ PKI_OID_MS_CROSS_CERTS, NULL, "It belongs to CA certificates." },
};
/* clang-format on */

static int
grant_one(struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	enum pki_oid oid = pki_oid_find(ext->oid);

	for (size_t i = 0; oid != PKI_OID_NONE && i < ARRAY_LEN(rules); i++) {
		if (rules[i].oid != oid)
			continue;
		if (rules[i].how)
			return rules[i].how(g, ext, err);
		ca_policy_drop(g->result, ext, rules[i].note);
		return 0;
	}
	ca_policy_drop(g->result, ext, "It is not on this CA's list.");
	return 0;
}

static void
deny_template(struct ca_policy_result *r, struct bytes name)
{
	char text[128];

	if (name.n == 0)
		return;
	if (!str_from_bytes(text, sizeof(text), name) ||
	    !str_is_printable(name))
		snprintf(text, sizeof(text), "(an unusable name)");
	ca_policy_deny(r, ERR_UNSUPPORTED_TEMPLATE,
	    "The request was for a certificate template that is not supported "
	    "by the policy of this CA: %s.",
	    text);
}

static void
look_for_template(
    struct ca_policy_result *r, struct bytes name, struct bytes value)
{
	char text[64];

	if (!str_from_bytes(text, sizeof(text), name))
		return;
	if (str_eq_ci(text, "CertificateTemplate"))
		deny_template(r, value);
}

/* Both places where attributes come from: the form and the request. */
static void
look_for_templates(const struct ca_policy_ask *ask, struct ca_policy_result *r)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	struct pki_request_pairs w = { 0 };

	for (size_t i = 0; ask->attrs && i < ask->attrs->n; i++)
		look_for_template(
		    r, ask->attrs->list[i].name, ask->attrs->list[i].value);
	if (ask->request->kind == PKI_REQUEST_PKCS10 && ask->csr->pairs == 0)
		return;
	while (pki_request_pair_next(ask->request, &w, &name, &value))
		look_for_template(r, buf_bytes(&name), buf_bytes(&value));
}

static void
look_at_subject(const struct ca_policy_ask *ask, struct ca_grant *g)
{
	struct err e = { 0 };

	if (pki_name_is_empty(ask->csr->subject)) {
		g->empty_subject = true;
		return;
	}
	if (pki_name_check(ask->csr->subject, &e) < 0)
		ca_policy_deny(g->result, ERR_BAD_SUBJECT,
		    "The subject name cannot be used: %s", e.text);
	/* A certificate that looks like the CA's own would break every search
	 * for a chain. */
	if (bytes_eq(ask->csr->subject, ask->issuer))
		ca_policy_deny(g->result, ERR_POLICY,
		    "The subject is the name of the CA itself.");
}

static void
conclude(const struct ca_policy_ask *ask, struct ca_grant *g)
{
	struct ca_policy_result *r = g->result;

	if (r->code != ERR_OK)
		return;
	ca_attributes_shorten(ask, ask->config->validity, r);
	if (ask->decided || ca_grant_at_once(g)) {
		r->verdict = CA_VERDICT_ISSUE;
		snprintf(r->message, sizeof(r->message), "Issued");
		snprintf(r->sentence, sizeof(r->sentence),
		    "The certificate you requested was issued to you.");
		return;
	}
	r->verdict = CA_VERDICT_PEND;
	snprintf(r->message, sizeof(r->message), "Taken Under Submission");
	snprintf(r->sentence, sizeof(r->sentence),
	    "The request waits for an officer of the CA, who will issue or "
	    "refuse it.");
}

/* Signatures of others mean something here only for renewals: whoever has the
 * old certificate's key says that he wants the new one. */
static void
look_at_purpose(const struct ca_policy_ask *ask, struct ca_policy_result *r)
{
	if (ask->request->purpose == PKI_PURPOSE_ON_BEHALF)
		ca_policy_deny(r, ERR_POLICY,
		    "This CA has no templates, and takes no requests on behalf "
		    "of others.");
}

static int
decide_standalone(const struct ca_policy_ask *ask, struct ca_policy_result *ret,
    struct err *err)
{
	struct ca_grant g = { .ask = ask, .result = ret };
	struct der list = der_of(ask->csr->extensions);
	struct pki_ext ext;

	look_at_purpose(ask, ret);
	look_for_templates(ask, ret);
	if (ca_attributes_read(ask, NULL, ret, err) < 0)
		return -1;
	look_at_subject(ask, &g);
	while (pki_ext_next(&list, &ext))
		if (grant_one(&g, &ext, err) < 0)
			return -1;
	if (ca_grant_finish(&g, err) < 0)
		return -1;
	conclude(ask, &g);
	return buf_check(&ret->granted, "the extensions", err);
}

int
ca_policy_decide(const struct ca_policy_ask *ask, struct ca_policy_result *ret,
    struct err *err)
{
	ret->reuse = ask->config->key_reuse;
	return ask->facts ? ca_enterprise_decide(ask, ret, err)
			  : decide_standalone(ask, ret, err);
}
