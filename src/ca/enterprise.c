#include "ca/enterprise.h"

#include "base/str.h"
#include "ca/text.h"
#include "pki/name.h"

/* --- steps that need no file of their own ------------------------------- */

static int
may_enroll(struct ca_enterprise *e, struct err *err)
{
	const struct ca_facts *f = e->facts;
	char why[ERR_TEXT_MAX];

	(void)err;
	/* Asked again for a request that waited: much may have changed. */
	if (!(f->caller_roles & CA_RIGHT_ENROLL)) {
		ca_policy_deny(e->result, ERR_ENROLL_DENIED,
		    "The account %s may not request certificates (any more).",
		    f->who.identity.name);
		return 0;
	}
	if (!ca_template_may(e->t, f->picture, &f->caller, f->caller_roles,
		CA_TEMPLATE_ENROLL, why))
		ca_policy_deny(e->result, ERR_TEMPLATE_DENIED,
		    "The permissions on the certificate template do not allow "
		    "the current user to enroll for this type of certificate. "
		    "%s",
		    why);
	return 0;
}

/* Some template takes SHA-1: this one? */
static int
check_proof(struct ca_enterprise *e, struct err *err)
{
	(void)err;
	if (e->ask->request->sha1 && !e->t->sha1_proof)
		ca_policy_deny(e->result, ERR_BAD_SIGNATURE,
		    "The request is signed with SHA-1, which is too weak for "
		    "the template %s. Sign with SHA-256 or better.",
		    e->t->name);
	return 0;
}

static int
check_key(struct ca_enterprise *e, struct err *err)
{
	const struct pki_key *key = &e->ask->csr->key;
	const struct ca_template *t = e->t;

	(void)err;
	if (!t->keys[key->kind])
		ca_policy_deny(e->result, ERR_WEAK_KEY,
		    "The template %s does not take keys of the kind %s.",
		    t->name, pki_key_kind_name(key->kind));
	else if (key->kind == PKI_KEY_RSA && key->bits < t->rsa_min)
		ca_policy_deny(e->result, ERR_WEAK_KEY,
		    "The template %s wants RSA keys of %u bits or more; this "
		    "one has %u.",
		    t->name, t->rsa_min, key->bits);
	return 0;
}

static int
read_attributes(struct ca_enterprise *e, struct err *err)
{
	return ca_attributes_read(e->ask, e->t, e->result, err);
}

/* What else was asked for. The subject alternative name was seen to. */
static int
drop_the_rest(struct ca_enterprise *e, struct err *err)
{
	struct der list = der_of(e->ask->csr->extensions);
	struct pki_ext ext;

	(void)err;
	while (pki_ext_next(&list, &ext))
		if (!pki_oid_is(ext.oid, PKI_OID_SAN) &&
		    !pki_oid_is(ext.oid, PKI_OID_MS_TEMPLATE) &&
		    !pki_oid_is(ext.oid, PKI_OID_MS_TEMPLATE_NAME))
			ca_policy_drop(e->result, &ext,
			    "What certificates say is decided by the "
			    "template.");
	return 0;
}

/* --- all of them -------------------------------------------------------- */

/* clang-format off */
static ca_enterprise_step *const steps[] = {
	ca_enterprise_find,
	check_proof,
	may_enroll,
	check_key,
	ca_enterprise_renewal,
	ca_enterprise_agents,
	read_attributes,
	ca_enterprise_subject,
	ca_enterprise_names,
	ca_enterprise_same_names,
	drop_the_rest,
};
/* clang-format on */

/* With a name or a signature to look at, at least one. */
static unsigned
approvals_needed(const struct ca_enterprise *e)
{
	unsigned n = e->t->approvals;

	if (!e->look[0])
		return ca_enterprise_approved_before(e) ? 0 : n;
	return n > 0 ? n : 1;
}

/* A renewal with the same key is a use of the key that the template allowed;
 * the same for renewals by others is refused by the owner's name. */
static enum ca_key_reuse
reuse_of(const struct ca_enterprise *e)
{
	static const enum ca_key_reuse words[] = {
		[CA_TEMPLATE_REUSE_REFUSE] = CA_KEY_REUSE_NEVER,
		[CA_TEMPLATE_REUSE_OWNER] = CA_KEY_REUSE_SAME_ACCOUNT,
	};

	if (e->t->key_reuse == CA_TEMPLATE_REUSE_REFUSE &&
	    e->ask->request->purpose == PKI_PURPOSE_RENEWAL &&
	    e->t->renew_same_key)
		return CA_KEY_REUSE_SAME_ACCOUNT;
	return words[e->t->key_reuse];
}

static void
conclude(struct ca_enterprise *e)
{
	struct ca_policy_result *r = e->result;
	unsigned need;

	r->reuse = reuse_of(e);
	ca_attributes_shorten(e->ask, e->t->validity, r);
	need = approvals_needed(e);
	/* What was approved before is as good as approved now. */
	r->approvals = need > 0 || !ca_enterprise_approved_before(e)
			   ? need
			   : e->facts->old.approvals;
	if (need == 0 || e->ask->decided) {
		r->verdict = CA_VERDICT_ISSUE;
		(void)snprintf(r->message, sizeof(r->message), "Issued");
		(void)snprintf(r->sentence, sizeof(r->sentence),
		    "The certificate you requested was issued to you.");
		return;
	}
	r->verdict = CA_VERDICT_PEND;
	(void)snprintf(
	    r->message, sizeof(r->message), "Taken Under Submission");
	(void)snprintf(r->sentence, sizeof(r->sentence),
	    "%s%sThe request waits for %s of the CA, who will issue or refuse "
	    "it.",
	    e->look, e->look[0] ? " " : "",
	    need > 1 ? "several officers" : "an officer");
}

int
ca_enterprise_decide(const struct ca_policy_ask *ask,
    struct ca_policy_result *ret, struct err *err)
{
	struct ca_enterprise e = {
		.ask = ask, .facts = ask->facts, .result = ret
	};

	for (size_t i = 0; i < ARRAY_LEN(steps) && ret->code == ERR_OK; i++)
		if (steps[i](&e, err) < 0)
			return -1;
	if (ret->code == ERR_OK)
		conclude(&e);
	return buf_check(&ret->granted, "the extensions", err);
}
