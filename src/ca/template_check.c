/* template_check.c - the known holes that a template can open, each a row
 * (enrolment protocols 3.4). A template that opens one is refused, unless it
 * says by name who answers for it.
 *
 * Others of the list are no matter of templates: ESC5 is the owner and mode of
 * the files (template_set.c), ESC7 the separation of roles, ESC8 and 11 the
 * connections, ESC16 cannot be configured, ESC10, 12, 13 and 14 do not exist
 * here.
 */
#include "ca/template_reading.h"

#include "base/str.h"
#include "ca/purpose.h"

#include <stdio.h>

bool
ca_template_takes_names(const struct ca_template *t)
{
	return t->subject.from == CA_TEMPLATE_REQUEST || t->san.request != 0;
}

bool
ca_template_has_lists(const struct ca_template *t)
{
	return t->san.dns_suffixes.n > 0 || t->san.mail_domains.n > 0 ||
	       t->san.upn_domains.n > 0 || t->san.ip_networks.n > 0 ||
	       t->san.uri_prefixes.n > 0 || t->subject.values.n > 0;
}

bool
ca_template_signs_in(const struct ca_template *t)
{
	for (size_t i = 0; i < t->eku.n; i++)
		if (ca_purpose_signs_in(&t->eku.list[i]))
			return true;
	return t->eku.n == 0 && !t->ca;
}

bool
ca_template_has_purpose(const struct ca_template *t, enum pki_oid purpose)
{
	return ca_oid_list_has(&t->eku, pki_oids[purpose].der) ||
	       ca_oid_list_has(&t->application_policies, pki_oids[purpose].der);
}

/* Somebody besides the requester looks at it. */
static bool
is_approved(const struct ca_template *t)
{
	return t->approvals > 0 || t->agent_signatures > 0;
}

/* Names of anybody's choice, at once. */
static bool
free_names(const struct ca_template *t)
{
	return ca_template_takes_names(t) && !is_approved(t) &&
	       !ca_template_has_lists(t);
}

static bool
opens_1(const struct ca_template *t)
{
	return (ca_template_takes_names(t) && ca_template_signs_in(t)) ||
	       (free_names(t) &&
		   !ca_template_has_purpose(t, PKI_OID_EKU_SERVER_AUTH));
}

static bool
opens_2(const struct ca_template *t)
{
	if (t->ca)
		return t->approvals == 0;
	return t->eku.n == 0 || ca_template_has_purpose(t, PKI_OID_EKU_ANY) ||
	       ca_template_has_purpose(t, PKI_OID_EKU_MS_ANY);
}

static bool
opens_3(const struct ca_template *t)
{
	return ca_template_has_purpose(t, PKI_OID_EKU_ENROLL_AGENT) &&
	       t->approvals == 0;
}

#define ADMINS IDENTITY_REALM_LOCAL "\\admins" /* the role, as a group */

/* Only the CA's administrators change what it issues. */
static bool
opens_4(const struct ca_template *t)
{
	for (size_t i = 0; i < t->permission_n; i++) {
		const struct ca_permission_entry *e = &t->permissions[i];

		if (!e->deny && e->rights & CA_TEMPLATE_WRITE &&
		    !(e->is_group && str_eq(e->principal, ADMINS)))
			return true;
	}
	return false;
}

static bool
opens_6(const struct ca_template *t)
{
	return t->san.attributes;
}

static bool
opens_9(const struct ca_template *t)
{
	return t->no_sid;
}

static bool
opens_15(const struct ca_template *t)
{
	return t->app_policies_from_request;
}

static bool
opens_17(const struct ca_template *t)
{
	return free_names(t) &&
	       ca_template_has_purpose(t, PKI_OID_EKU_SERVER_AUTH);
}

static const struct {
	const char *name;
	bool (*opens)(const struct ca_template *t);
	const char *path, *sentence;
} holes[] = {
	{ "ESC1", opens_1, "subject",
	    "who asks chooses the names, and the certificate signs in as "
	    "whoever it names, or nobody looks at it. Take the names from the "
	    "account; or leave out such purposes (client-authentication and "
	    "its like) and ask for approvals, dns_suffixes or mail_domains." },
	{ "ESC2", opens_2, "eku",
	    "a certificate without purposes, with any-purpose, or of a CA "
	    "that nobody approved, is good for everything. List the purposes "
	    "in eku; for a CA, ask for approvals." },
	{ "ESC3", opens_3, "eku",
	    "whoever holds a certificate of an enrolment agent can ask on "
	    "behalf of others. Ask for approvals." },
	{ "ESC4", opens_4, "permissions",
	    "who may write a template decides what this CA issues. Give the "
	    "right write to \"group admins\" only." },
	{ "ESC6", opens_6, "san/attributes",
	    "attributes beside the request would add names that nobody looks "
	    "for. Take names from the request itself (san: request)." },
	{ "ESC9", opens_9, "sid_extension",
	    "without the extension that binds it to its account, a "
	    "certificate can be mapped to another one. Leave out "
	    "sid_extension: it is written whenever an account has such an "
	    "identifier." },
	{ "ESC15", opens_15, "application_policies_from",
	    "application policies of the request would add purposes. Take "
	    "them from the template (leave out application_policies_from)." },
	{ "ESC17", opens_17, "san",
	    "who asks gets a server certificate for any name, at once. List "
	    "your domains in san: dns_suffixes, or ask for approvals." },
};

bool
ca_template_hole_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(holes); i++)
		if (str_eq(holes[i].name, name))
			return true;
	return false;
}

static const struct ca_template_override *
find_override(const struct ca_template *t, const char *hole)
{
	for (size_t i = 0; i < t->override_n; i++)
		if (str_eq(t->overrides[i].hole, hole))
			return &t->overrides[i];
	return NULL;
}

/* The finding that was just said is about a hole. */
static void
mark(struct ca_template_findings *f, const char *hole)
{
	if (f->n > 0)
		f->list[f->n - 1].hole = hole;
}

/* clang-format off */
static const struct {
	enum pki_oid purpose;
	const char *what;
} grave[] = {
	{ PKI_OID_EKU_CODE_SIGNING, "Code is signed with it" },
	{ PKI_OID_EKU_OCSP_SIGNING, "Certificates are called good with it" },
};
/* clang-format on */

void
ca_template_check(struct ca_template_reading *r)
{
	for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
		const struct ca_template_override *o =
		    find_override(r->t, holes[i].name);
		bool opens = holes[i].opens(r->t);

		if (opens && !o)
			ca_template_say(r, true, holes[i].path, "%s: %s",
			    holes[i].name, holes[i].sentence);
		else if (opens)
			ca_template_say(r, false, "overrides",
			    "%s is open; %s answers for it: %s", holes[i].name,
			    o->by, o->reason);
		else if (o)
			ca_template_say(r, false, "overrides",
			    "%s is not open here; the override does nothing.",
			    holes[i].name);
		if (opens || o)
			mark(r->findings, holes[i].name);
	}
	for (size_t i = 0; r->t->approvals == 0 && i < ARRAY_LEN(grave); i++)
		if (ca_template_has_purpose(r->t, grave[i].purpose))
			ca_template_say(r, false, "eku",
			    "%s, and nobody approves who does.", grave[i].what);
}
