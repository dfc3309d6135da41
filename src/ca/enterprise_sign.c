/* Signatures of others than the requester: of the certificate that is to be
 * renewed, and of enrolment agents (enrolment protocols 1.3, 1.6, 3.3).
 */
#include "ca/enterprise.h"

#include "base/str.h"
#include "pki/name.h"

/* --- renewal ------------------------------------------------------------ */

static bool
supersedes(const struct ca_template_row *row, const char *name)
{
	if (str_eq_ci(row->t->name, name))
		return true;
	for (size_t i = 0; i < row->supersede_n; i++)
		if (str_eq_ci(row->supersedes[i]->name, name))
			return true;
	return false;
}

static const char *
renewal_refused(const struct ca_enterprise *e)
{
	const struct ca_facts *f = e->facts;
	const struct ca_old *old = &f->old;

	if (!old->found || !old->path_good)
		return "The certificate to be renewed was not issued by this "
		       "CA.";
	if (!old->in_force)
		return "The certificate to be renewed was revoked. Ask for a "
		       "new one.";
	if (f->now > old->not_after + e->ask->config->renewal_grace)
		return "The certificate to be renewed has expired. Ask for a "
		       "new one.";
	if (!str_eq(old->owner, f->target.owner))
		return "The certificate to be renewed belongs to another "
		       "account.";
	if (!supersedes(e->row, old->template_name))
		return "The certificate to be renewed is of another template.";
	return NULL;
}

int
ca_enterprise_renewal(struct ca_enterprise *e, struct err *err)
{
	const struct pki_request *r = e->ask->request;
	const char *why;

	(void)err;
	if (r->purpose != PKI_PURPOSE_RENEWAL)
		return 0;
	why = renewal_refused(e);
	if (why)
		ca_policy_deny(e->result, ERR_BAD_RENEWAL, "%s", why);
	else if (bytes_eq(r->csr.spki, r->old.spki) && !e->t->renew_same_key)
		ca_policy_deny(e->result, ERR_RENEWAL_KEY,
		    "The template %s wants a new key for a renewal.",
		    e->t->name);
	return 0;
}

/* --- agents ------------------------------------------------------------- */

static const char not_the_caller[] =
    "The agent's certificate belongs to another account than the one that is "
    "signed in.";

/* Whether one's signature counts; else why not. */
static const char *
agent_refused(const struct ca_enterprise *e, const struct ca_agent *a)
{
	if (!a->found || !a->path_good)
		return "The agent's certificate was not issued by this CA.";
	if (!a->in_force)
		return "The agent's certificate was revoked.";
	if (e->facts->now < a->not_before || e->facts->now > a->not_after)
		return "The agent's certificate is not valid now.";
	if (!a->is_agent)
		return "The certificate of a signer is not one of an enrolment "
		       "agent.";
	if (a->disabled)
		return "The account of an agent who signed is disabled.";
	if (!a->is_caller && e->t->agent_signatures < 2)
		return not_the_caller;
	return NULL;
}

/* Whoever holds a role could decide on requests: a row for this agent and this
 * template must name him, not just a group that he is in. */
static bool
is_named(const struct ca_enterprise *e, const struct ca_principal *agent)
{
	const struct ca_facts *f = e->facts;

	for (size_t i = 0; i < f->restriction_n; i++)
		if (f->restrictions[i].target_kind == CA_TARGET_USER &&
		    ca_restriction_agent(&f->restrictions[i], 1, agent,
			e->t->name, &f->target_is))
			return true;
	return false;
}

/* Agent x template x on whose behalf; nobody unless a row says so. */
static void
check_on_behalf(struct ca_enterprise *e)
{
	const struct ca_facts *f = e->facts;
	const struct ca_template *t = e->t;

	if (!t->on_behalf_of)
		ca_policy_deny(e->result, ERR_POLICY,
		    "The template %s does not allow requests on behalf of "
		    "others.",
		    t->name);
	else if (!f->target_found)
		ca_policy_deny(e->result, ERR_BAD_SUBJECT,
		    "There is no account of the name for which the "
		    "certificate is asked.");
	else if (str_eq(f->target.owner, f->who.owner))
		ca_policy_deny(e->result, ERR_RESTRICTED,
		    "An agent asks on behalf of others, not of himself.");
	else if (f->agent_n == 0)
		ca_policy_deny(e->result, ERR_SIGNATURE_REQUIRED,
		    "A request on behalf of somebody needs the signature of "
		    "an enrolment agent.");
	else if (!ca_restriction_agent(f->restrictions, f->restriction_n,
		     &f->caller, t->name, &f->target_is))
		ca_policy_deny(e->result, ERR_RESTRICTED,
		    "%s may not ask for certificates of the template %s on "
		    "behalf of %s.",
		    f->who.identity.name, t->name, f->target.name);
	else if (f->target.roles & CA_RIGHTS_OF_ROLES &&
		 !is_named(e, &f->caller))
		ca_policy_deny(e->result, ERR_RESTRICTED,
		    "%s holds a role at this CA; no restriction names that "
		    "account for requests on behalf of it.",
		    f->target.name);
}

/* Who signs beside the caller is bound as he is. */
static void
check_cosigner(struct ca_enterprise *e, const struct ca_agent *a)
{
	const struct ca_facts *f = e->facts;

	if (e->ask->request->purpose != PKI_PURPOSE_ON_BEHALF)
		return;
	/* (The caller himself: check_on_behalf().) */
	if (a->is_target && !str_eq(f->target.owner, f->who.owner))
		ca_policy_deny(e->result, ERR_RESTRICTED,
		    "An agent who signed is the person for whom the "
		    "certificate is asked.");
	else if (!a->is_caller && !a->names_target)
		ca_policy_deny(e->result, ERR_SIGNATURE_REJECTED,
		    "An agent who signed too does not say for whom.");
	else if (!a->is_caller &&
		 (!ca_restriction_agent(f->restrictions, f->restriction_n,
		      &a->principal, e->t->name, &f->target_is) ||
		     (f->target.roles & CA_RIGHTS_OF_ROLES &&
			 !is_named(e, &a->principal))))
		ca_policy_deny(e->result, ERR_RESTRICTED,
		    "%s, who signed too, may not ask for certificates of the "
		    "template %s on behalf of %s.",
		    ca_principal_display(a->owner), e->t->name, f->target.name);
}

static void
check_age(struct ca_enterprise *e)
{
	const struct pki_request *r = e->ask->request;
	int64_t age = e->facts->now - r->signing_time;

	if (!r->has_signing_time)
		ca_enterprise_look(
		    e, "The agent's signature does not say when it was made.");
	else if (age > CA_AGENT_AGE_MAX || age < -CA_AGENT_AGE_MAX)
		ca_enterprise_look(
		    e, "The agent did not sign it now, but at another time.");
}

static bool
has_policy(const struct ca_enterprise *e, const struct ca_agent *a)
{
	struct bytes want =
	    bytes_of(e->t->agent_policy.der, e->t->agent_policy.n);
	struct bytes oids[PKI_EXT_EKU_MAX];
	struct pki_ext ext;
	struct err ignored = { 0 };
	size_t n;

	if (want.n == 0)
		return true;
	if (!pki_ext_find(a->cert->extensions, PKI_OID_EKU, &ext) ||
	    pki_ext_eku(ext.value, oids, &n, &ignored) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (bytes_eq(oids[i], want))
			return true;
	return false;
}

static void
check_count(struct ca_enterprise *e, unsigned counted, unsigned with_policy)
{
	unsigned need = e->t->agent_signatures;

	if (need == 0)
		return;
	if (e->facts->agent_n == 0)
		ca_policy_deny(e->result, ERR_SIGNATURE_REQUIRED,
		    "The template %s wants the signature of an enrolment "
		    "agent; the request has none.",
		    e->t->name);
	else if (counted < need)
		ca_policy_deny(e->result, ERR_SIGNATURE_COUNT,
		    "The template %s wants the signatures of %u enrolment "
		    "agents; the request has %u that count.",
		    e->t->name, need, counted);
	else if (with_policy < need)
		ca_policy_deny(e->result, ERR_SIGNATURE_REJECTED,
		    "The certificate of the agent who signed is not for the "
		    "purpose that the template %s wants.",
		    e->t->name);
}

bool
ca_enterprise_approved_before(const struct ca_enterprise *e)
{
	const struct ca_old *old = &e->facts->old;

	return e->ask->request->purpose == PKI_PURPOSE_RENEWAL &&
	       e->t->renew_approved &&
	       str_eq_ci(old->template_name, e->t->name) &&
	       old->approvals >= e->t->approvals;
}

/* Different persons, whatever the number of their signatures: how many signed,
 * and how many with the purpose that is wanted. */
static void
count_persons(
    const struct ca_enterprise *e, unsigned *counted, unsigned *with_policy)
{
	const struct ca_facts *f = e->facts;

	for (unsigned i = 0; i < f->agent_n; i++) {
		bool has = false;

		if (f->agents[i].person != i)
			continue;
		for (unsigned k = i; k < f->agent_n; k++)
			has = has || (f->agents[k].person == i &&
					 has_policy(e, &f->agents[k]));
		++*counted;
		*with_policy += has;
	}
}

static void
check_signers(struct ca_enterprise *e)
{
	const struct ca_facts *f = e->facts;
	bool of_caller = false;

	for (unsigned i = 0; i < f->agent_n; i++) {
		const char *why = agent_refused(e, &f->agents[i]);

		/* A signature that does not count is not passed over: who
		 * put it there meant something by it. */
		if (why) {
			ca_policy_deny(
			    e->result, ERR_SIGNATURE_REJECTED, "%s", why);
			return;
		}
		of_caller = of_caller || f->agents[i].is_caller;
	}
	if (f->agent_n > 0 && !of_caller)
		ca_policy_deny(
		    e->result, ERR_SIGNATURE_REJECTED, "%s", not_the_caller);
	for (unsigned i = 0; of_caller && i < f->agent_n; i++)
		check_cosigner(e, &f->agents[i]);
}

int
ca_enterprise_agents(struct ca_enterprise *e, struct err *err)
{
	const struct ca_facts *f = e->facts;
	unsigned counted = 0, with_policy = 0;

	(void)err;
	check_signers(e);
	if (e->result->code != ERR_OK)
		return 0;
	count_persons(e, &counted, &with_policy);
	/* A request that waited has used its own message. */
	if (f->used && !e->ask->decided)
		ca_policy_deny(e->result, ERR_SIGNATURE_REJECTED,
		    "The message that the agent signed was used before. An "
		    "agent signs each request anew.");
	if (e->ask->request->purpose == PKI_PURPOSE_ON_BEHALF)
		check_on_behalf(e);
	if (f->agent_n > 0)
		check_age(e);
	if (!ca_enterprise_approved_before(e))
		check_count(e, counted, with_policy);
	return 0;
}
