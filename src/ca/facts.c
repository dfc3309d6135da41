#include "ca/facts.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/account.h"
#include "ca/permission.h"
#include "pki/path.h"
#include "store/message.h"

#include <stdio.h>

/* --- whom it is for ----------------------------------------------------- */

/* Roles come from the account and from entries; several separated ones, of
 * which none counts for him, still make him a holder of roles. */
static int
find_roles(struct ca_worker *w, struct ca_facts *f, struct err *err)
{
	struct ca_account account;

	if (ca_account_find(w, f->user->name, &account, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	f->target.roles = account.roles | account.rights;
	if (account.mixed)
		f->target.roles |= CA_RIGHTS_OF_ROLES;
	return 0;
}

static void
fill_target(struct ca_facts *f)
{
	const struct store_user *u = f->user;
	struct identity id;

	if (!identity_set(&id, IDENTITY_REALM_LOCAL, u->name, IDENTITY_NONE, 0))
		return;
	identity_owner(&id, f->target.owner);
	identity_display(&id, f->target.display);
	f->target.name = u->name;
	f->target.display_name = u->display_name;
	f->target.mail = u->mail;
	f->target.upn = u->upn;
	ca_picture_principal(
	    f->picture, f->target.owner, f->target.owner, &f->target_is);
	f->target_is.groups[3] = (struct ca_group_list){ f->target_groups,
		ca_role_groups(u->roles, f->target_groups) };
	f->target_found = !u->disabled;
}

/* Of an account of another realm only the identity is known. */
static void
fill_outsider(struct ca_facts *f)
{
	memcpy(f->target.owner, f->who.owner, sizeof(f->target.owner));
	memcpy(f->target.display, f->who.display, sizeof(f->target.display));
	f->target.name = f->who.identity.name;
	f->target.sid = f->who.identity.sid;
	f->target_is = f->caller;
	f->target_found = true;
}

/* The name in a request on behalf of somebody: NAME, or one that says that the
 * account is ours. */
static const char *
local_name(const struct ca_config *c, const char *name)
{
	const char *slash = strchr(name, '\\');
	char realm[IDENTITY_REALM_MAX];

	if (!slash)
		return name;
	if (!str_from_bytes(
		realm, sizeof(realm), bytes_of(name, (size_t)(slash - name))) ||
	    (!str_eq_ci(realm, IDENTITY_REALM_LOCAL) &&
		!str_eq_ci(realm, c->host)))
		return NULL;
	return slash + 1;
}

static int
gather_target(struct ca_worker *w, const struct ca_who *caller,
    const struct pki_request *r, struct ca_facts *f, struct err *err)
{
	bool for_other = r->purpose == PKI_PURPOSE_ON_BEHALF;
	const char *name = caller->identity.name;

	f->target.name = f->target.display_name = f->target.mail = "";
	f->target.upn = f->target.dns = f->target.sid = "";
	if (!for_other &&
	    !str_eq(caller->identity.realm, IDENTITY_REALM_LOCAL)) {
		fill_outsider(f);
		return 0;
	}
	if (for_other)
		name = local_name(w->ca->config, r->requester);
	if (!name || !*name)
		return 0;
	if (store_find_user(w->reader, name, &f->user, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	fill_target(f);
	return find_roles(w, f, err);
}

/* --- certificates that others signed with ------------------------------- */

/* A path to one of this CA's own certificates, now or at the end of this one:
 * whether it has ended is judged elsewhere, with a sentence of its own and, of
 * one that is renewed, with a grace. That it is exactly a certificate that was
 * issued here, and is not revoked, says its row. */
static bool
is_path_good(const struct ca_generations *set, const struct pki_request *r,
    const struct pki_cert *cert, int64_t now)
{
	/* OpenSSL takes the last second for expired. */
	int64_t time = now < cert->not_after ? now : cert->not_after - 1;
	struct bytes anchors[PKI_PATH_ANCHORS_MAX];
	struct pki_path path;
	struct err ignored = { 0 };
	size_t n = 0;

	/* The newest of them, should there ever be more. */
	for (size_t i = set->n; i > 0 && n < PKI_PATH_ANCHORS_MAX; i--)
		anchors[n++] = set->list[i - 1].der;
	return pki_path_find(&(struct pki_path_ask){ .leaf = cert->der,
				 .bag = r->cms.certs,
				 .n_bag = r->cms.n_certs,
				 .anchors = anchors,
				 .n_anchors = n,
				 .time = time },
		   &path, &ignored) == 0;
}

/* The row of exactly this certificate, or NULL. */
static int
find_row(struct ca_worker *w, const struct pki_cert *cert,
    struct store_request **ret, struct err *err)
{
	AUTO(store_request) row = NULL;

	*ret = NULL;
	if (store_find_serial(w->reader, cert->serial, &row, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (bytes_eq(row->cert, cert->der))
		*ret = TAKE(row);
	return 0;
}

static int
gather_old(struct ca_worker *w, const struct ca_generations *set,
    const struct pki_request *r, struct ca_facts *f, struct err *err)
{
	if (r->purpose != PKI_PURPOSE_RENEWAL)
		return 0;
	if (find_row(w, &r->old, &f->old_row, err) < 0)
		return -1;
	if (!f->old_row)
		return 0;
	f->old = (struct ca_old){
		.found = true,
		.in_force = f->old_row->disposition == DISPOSITION_ISSUED,
		.path_good = is_path_good(set, r, &r->old, f->now),
		.owner = f->old_row->owner,
		.template_name = f->old_row->template_name,
		.approvals = f->old_row->approvals,
		.not_after = f->old_row->not_after,
	};
	return 0;
}

static bool
is_agent(const struct pki_cert *cert)
{
	struct bytes oids[PKI_EXT_EKU_MAX];
	struct err ignored = { 0 };
	struct pki_ext ext;
	size_t n;

	if (!pki_ext_find(cert->extensions, PKI_OID_EKU, &ext) ||
	    pki_ext_eku(ext.value, oids, &n, &ignored) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pki_oid_is(oids[i], PKI_OID_EKU_ENROLL_AGENT))
			return true;
	return false;
}

/* What is known of the account that the certificate was issued to. */
static int
fill_signer(struct ca_worker *w, struct ca_facts *f, struct ca_agent *a,
    const char *owner, struct err *err)
{
	struct ca_account account = { 0 };
	struct err why = { 0 };

	if (!str_copy(a->owner, sizeof(a->owner), owner))
		return err_set(err, ERR_CORRUPT, "the owner of a certificate");
	ca_picture_principal(f->picture, a->owner, a->owner, &a->principal);
	a->is_target = f->target_found &&
		       ca_picture_same(f->picture, a->owner, f->target.owner);
	while (a->person < f->agent_n && !ca_picture_same(f->picture, a->owner,
					     f->agents[a->person].owner))
		a->person++;
	if (!ca_principal_is_local(owner))
		return 0;
	if (ca_account_find(w, ca_principal_display(owner), &account, &why) < 0)
		account.disabled = why.code == ERR_NOT_FOUND;
	a->disabled = account.disabled;
	return why.code == ERR_OK || why.code == ERR_NOT_FOUND
		   ? 0
		   : err_set(err, why.code, "%s", why.text);
}

static int
gather_agent(struct ca_worker *w, const struct ca_who *caller,
    const struct ca_generations *set, const struct pki_request *r,
    const struct pki_request_signer *s, struct ca_facts *f, struct err *err)
{
	struct ca_agent *a = &f->agents[f->agent_n];
	AUTO(store_request) row = NULL;

	if (find_row(w, &s->cert, &row, err) < 0)
		return -1;
	*a = (struct ca_agent){
		.cert = &s->cert,
		.found = row,
		.in_force = row && row->disposition == DISPOSITION_ISSUED,
		.path_good = row && is_path_good(set, r, &s->cert, f->now),
		.is_caller = row && str_eq(row->owner, caller->owner),
		.names_target = s->names_requester,
		.is_agent = is_agent(&s->cert),
		.not_before = s->cert.not_before,
		.not_after = s->cert.not_after,
	};
	if (row && fill_signer(w, f, a, row->owner, err) < 0)
		return -1;
	f->agent_n++;
	return 0;
}

int
ca_facts_signed_by(struct ca_worker *w, const struct ca_picture *picture,
    const struct ca_principal *who, const struct store_request *row, bool *ret,
    struct err *err)
{
	AUTO_MEM struct pki_request *r = NULL;
	struct err ignored = { 0 };

	*ret = false;
	if (str_eq(row->kind, "pkcs10") || row->raw_request.n == 0)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ERR_NO_MEMORY, "a request");
	if (pki_request_parse(row->raw_request, r, &ignored) < 0)
		return 0;
	for (unsigned i = 0; i < r->n_signers && !*ret; i++) {
		AUTO(store_request) of = NULL;

		if (!r->signers[i].has_cert ||
		    r->signers[i].kind != PKI_SIGNER_AGENT)
			continue;
		if (find_row(w, &r->signers[i].cert, &of, err) < 0)
			return -1;
		*ret = of &&
		       (ca_picture_same(picture, who->owner, of->owner) ||
			   ca_picture_same(picture, who->account, of->owner));
	}
	return 0;
}

static int
gather_agents(struct ca_worker *w, const struct ca_who *caller,
    const struct ca_generations *set, const struct pki_request *r,
    struct ca_facts *f, struct err *err)
{
	for (unsigned i = 0; i < r->n_signers; i++) {
		const struct pki_request_signer *s = &r->signers[i];

		if (s->kind != PKI_SIGNER_AGENT)
			continue;
		if (gather_agent(w, caller, set, r, s, f, err) < 0)
			return -1;
	}
	if (f->agent_n == 0)
		return 0;
	return store_find_message(
	    w->reader, BYTES_OF(r->content_digest), &f->used, err);
}

static int
gather_people(struct ca_worker *w, const struct ca_who *caller,
    struct ca_facts *f, struct err *err)
{
	if (ca_access_take(w, &f->picture, err) < 0)
		return -1;
	f->restrictions = f->picture->restrictions;
	f->restriction_n = f->picture->restriction_n;
	f->who = *caller; /* what follows points into it */
	f->caller_roles = caller->roles;
	ca_permission_principal(
	    f->picture, &f->who, f->caller_account, &f->caller);
	f->caller.groups[3] = (struct ca_group_list){ f->caller_groups,
		ca_role_groups(caller->roles, f->caller_groups) };
	return 0;
}

int
ca_facts_gather(struct ca_worker *w, const struct ca_who *caller,
    const struct ca_generations *set, const struct pki_request *request,
    const struct ca_template_set *templates, struct ca_facts *ret,
    struct err *err)
{
	*ret = (struct ca_facts){ .now = clock_now(), .templates = templates };
	if (gather_people(w, caller, ret, err) < 0 ||
	    gather_target(w, caller, request, ret, err) < 0 ||
	    gather_old(w, set, request, ret, err) < 0)
		return -1;
	return gather_agents(w, caller, set, request, ret, err);
}

void
ca_facts_clear(struct ca_facts *f)
{
	ca_picture_free(f->picture);
	store_user_free(f->user);
	store_request_free(f->old_row);
	f->picture = NULL;
	f->user = NULL;
	f->old_row = NULL;
}
