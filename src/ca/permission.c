#include "ca/permission.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/account.h"
#include "ca/user.h"
#include "rpc/access.h"

#include <stdio.h>

/* What each right of rpc/methods.def takes, and the roles that give it. 0: any
 * account that is known and enabled. */
static const struct {
	uint32_t right; /* enum ca_right */
	uint32_t roles; /* for the sentence */
} needs[] = {
	[RPC_RIGHT_NONE] = { 0, 0 },
	[RPC_RIGHT_ENROLL] = { CA_RIGHT_ENROLL, ROLE_ENROLLEE },
	[RPC_RIGHT_OWNER] = { 0, 0 },
	[RPC_RIGHT_READ] = { CA_RIGHT_READ,
	    ROLE_OFFICER | ROLE_ADMIN | ROLE_AUDITOR },
	[RPC_RIGHT_OFFICER] = { CA_RIGHT_ISSUE, ROLE_OFFICER },
	[RPC_RIGHT_ADMIN] = { CA_RIGHT_MANAGE, ROLE_ADMIN },
	[RPC_RIGHT_AUDITOR] = { CA_RIGHT_AUDIT, ROLE_AUDITOR },
	[RPC_RIGHT_OPERATOR] = { CA_RIGHT_OPERATE, ROLE_OPERATOR },
};

static void
say_peer(const struct rpc_peer *peer, char dst[CA_PEER_MAX])
{
	static const struct {
		enum rpc_channel channel;
		const char *word;
	} words[] = { { RPC_CHANNEL_WEB, "web" }, { RPC_CHANNEL_RA, "ra" },
		{ RPC_CHANNEL_ADMIN, "admin" } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].channel == peer->channel)
			(void)snprintf(dst, CA_PEER_MAX, "%s uid %u",
			    words[i].word, (unsigned)peer->uid);
}

/* The identity that counts: on ADMIN the account the connection acts as, else
 * the one that the peer asserts. false: nobody. */
static bool
who_asks(const struct rpc_peer *peer, const struct identity *asserted,
    struct identity *ret)
{
	if (peer->channel == RPC_CHANNEL_ADMIN)
		return identity_set(
		    ret, IDENTITY_REALM_LOCAL, peer->account, IDENTITY_UID, 0);
	if (!asserted || !asserted->name[0])
		return false;
	*ret = *asserted;
	return true;
}

/* An account known only from outside has what entries give, and without that
 * it is unknown here. */
static int
look_up_outside(struct ca_worker *w, struct ca_who *who, struct err *err)
{
	AUTO(ca_picture) picture = NULL;
	const struct ca_permission_entry *entries;
	struct ca_principal principal;
	char account[CA_KEY_MAX];
	size_t n;

	if (ca_access_take(w, &picture, err) < 0)
		return -1;
	ca_permission_principal(picture, who, account, &principal);
	entries = ca_picture_entries(picture, STORE_SCOPE_CA, &n);
	who->rights = ca_permission_rights(&principal, 0, entries, n,
	    !w->ca->config->single_person, &who->mixed);
	who->known = who->rights != 0;
	if (who->known || who->mixed)
		return 0;
	return err_set(err, ERR_DENIED,
	    "The account %s has no right at this CA. Ask its administrator "
	    "for access.",
	    who->display);
}

/* Roles come from this CA's own accounts, never from the peer. */
static int
look_up(struct ca_worker *w, struct ca_who *who, struct err *err)
{
	struct ca_account account;

	if (!str_eq(who->identity.realm, IDENTITY_REALM_LOCAL))
		return look_up_outside(w, who, err);
	if (ca_account_find(w, who->identity.name, &account, err) < 0)
		return err->code != ERR_NOT_FOUND
			   ? -1
			   : err_set(err, ERR_DENIED,
				 "There is no account %s at this CA.",
				 who->display);
	if (account.disabled)
		return err_set(err, ERR_DENIED, "The account %s is disabled.",
		    account.name);
	who->rights = account.rights;
	who->mixed = account.mixed;
	who->known = true;
	return 0;
}

static int
decide(const struct rpc_method_row *method, const struct ca_who *who,
    struct err *err)
{
	char list[ROLE_TEXT_MAX];

	if (needs[method->right].right == 0 ||
	    who->rights & needs[method->right].right)
		return 0;
	role_list(needs[method->right].roles, list);
	if (method->right == RPC_RIGHT_ENROLL)
		return err_set(err, ERR_ENROLL_DENIED,
		    "The account %s may not request certificates here. Ask "
		    "the administrator for the role %s.",
		    who->display, list);
	if (who->mixed)
		return err_set(err, ERR_DENIED,
		    "The account %s holds several roles, which are separated "
		    "at this CA (separation: roles): none of them counts "
		    "until only one is left.",
		    who->display);
	if (strchr(list, ','))
		return err_set(err, ERR_DENIED,
		    "This needs one of the roles %s, of which the account %s "
		    "holds none.",
		    list, who->display);
	return err_set(err, ERR_DENIED,
	    "This needs the role %s, which the account %s does not hold.", list,
	    who->display);
}

void
ca_permission_principal(const struct ca_picture *picture,
    const struct ca_who *who, char account[CA_KEY_MAX],
    struct ca_principal *ret)
{
	struct identity named = who->identity;

	named.sid[0] = '\0';
	identity_owner(&named, account);
	ca_picture_principal(picture, who->owner, account, ret);
}

/* What is needed before there is an administrator: to have one, and to have a
 * certificate of a subordinate. */
static bool
sets_up(enum rpc_method method)
{
	return method == RPC_USER_ADD || method == RPC_CA_RENEW ||
	       method == RPC_CA_INSTALL;
}

static bool
is_import(enum rpc_method m)
{
	return m == RPC_IMPORT_CA || m == RPC_IMPORT_CRL ||
	       m == RPC_IMPORT_ROWS || m == RPC_IMPORT_END;
}

/* Taking over: nobody else can reach this CA yet. */
static int
check_import(struct ca_worker *w, const struct rpc_peer *peer, struct err *err)
{
	if (!w->ca->config->import)
		return err_set(err, ERR_DENIED,
		    "A CA that serves takes nothing over. Stop it and use "
		    "opencertsrv ca import.");
	if (!ca_user_sets_up(w->ca, peer))
		return err_set(err, ERR_DENIED,
		    "Only the owner of the CA's folder takes over another "
		    "CA.");
	return 0;
}

int
ca_permission_check(struct ca_worker *w, const struct rpc_method_row *method,
    const struct rpc_peer *peer, const struct identity *identity,
    struct ca_who *ret, struct err *err)
{
	bool bootstrap = false;

	*ret = (struct ca_who){ 0 };
	say_peer(peer, ret->peer);
	if (is_import(method->method))
		return check_import(w, peer, err);
	if (sets_up(method->method) &&
	    ca_user_may_bootstrap(w, peer, &bootstrap, err) < 0)
		return -1;
	if (bootstrap)
		return 0;
	if (!who_asks(peer, identity, &ret->identity)) {
		if (method->right == RPC_RIGHT_NONE)
			return 0;
		return err_set(err, ERR_UNAUTHENTICATED,
		    "Sign in first: nobody is named in this call.");
	}
	identity_owner(&ret->identity, ret->owner);
	identity_display(&ret->identity, ret->display);
	if (method->right == RPC_RIGHT_NONE)
		return 0;
	if (look_up(w, ret, err) < 0)
		return -1;
	ret->roles = ret->rights & (CA_RIGHTS_OF_ROLES | CA_RIGHT_ENROLL);
	return decide(method, ret, err);
}

/* With the groups of his roles too, which templates and restrictions name. */
struct full {
	struct ca_principal principal;
	char account[CA_KEY_MAX];
	const char *roles[CA_ROLE_GROUPS_MAX];
};

static void
fill_principal(
    const struct ca_picture *p, const struct ca_who *who, struct full *ret)
{
	ca_permission_principal(p, who, ret->account, &ret->principal);
	ret->principal.groups[3] = (struct ca_group_list){ ret->roles,
		ca_role_groups(who->roles, ret->roles) };
}

int
ca_permission_on_template(struct ca_worker *w, const struct ca_who *who,
    const char *name, const struct ca_permission_list *own, uint32_t right,
    bool *ret, struct err *err)
{
	AUTO(ca_picture) picture = NULL;
	const struct ca_permission_entry *more;
	uint32_t allowed = 0, denied = 0;
	char scope[RPC_TEMPLATE_MAX + 1];
	struct full me;
	size_t more_n;

	*ret = false;
	if (!str_lower(scope, sizeof(scope), name))
		return 0;
	if (ca_access_take(w, &picture, err) < 0)
		return -1;
	fill_principal(picture, who, &me);
	more = ca_picture_entries(picture, scope, &more_n);
	ca_permission_collect(
	    &me.principal, own->entries, own->n, &allowed, &denied);
	ca_permission_collect(&me.principal, more, more_n, &allowed, &denied);
	*ret = (allowed & ~denied & right) == right;
	return 0;
}

int
ca_permission_act_for(struct ca_worker *w, const struct ca_who *who,
    const char *template, const char *target, struct err *err)
{
	AUTO(ca_picture) picture = NULL;
	struct ca_principal other;
	struct full me;

	if (ca_access_take(w, &picture, err) < 0)
		return -1;
	fill_principal(picture, who, &me);
	ca_picture_principal(picture, target, target, &other);
	if (ca_restriction_agent(picture->restrictions, picture->restriction_n,
		&me.principal, template, &other))
		return 0;
	return err_set(err, ERR_RESTRICTED,
	    "No restriction lets %s ask for a certificate of template %s for "
	    "%s. Ask the administrator.",
	    who->display, template, ca_principal_display(target));
}

int
ca_permission_of_row(struct ca_worker *w, const struct store_request *row,
    struct ca_who *ret, struct err *err)
{
	const char *slash = strchr(row->caller, '\\');
	char realm[IDENTITY_REALM_MAX] = IDENTITY_REALM_LOCAL;

	*ret = (struct ca_who){ 0 };
	if (slash && !str_from_bytes(realm, sizeof(realm),
			 bytes_of(row->caller, (size_t)(slash - row->caller))))
		return err_set(err, ERR_CORRUPT, "the sender of a request");
	if (!identity_set(&ret->identity, realm,
		slash ? slash + 1 : row->caller, IDENTITY_NONE, 0))
		return err_set(err, ERR_CORRUPT, "the sender of a request");
	(void)snprintf(ret->owner, sizeof(ret->owner), "%s", row->caller_owner);
	/* The owner key is the SID where there is one (identity.h). */
	if (str_has_prefix(row->caller_owner, "S-1-"))
		(void)snprintf(ret->identity.sid, sizeof(ret->identity.sid),
		    "%s", row->caller_owner);
	identity_display(&ret->identity, ret->display);
	if (ca_account_rights(w, row->caller_owner, &ret->rights, err) < 0)
		return -1;
	ret->roles = ret->rights & (CA_RIGHTS_OF_ROLES | CA_RIGHT_ENROLL);
	ret->known = true;
	return 0;
}

bool
ca_permission_owns(const struct ca_who *who, const struct store_request *row)
{
	return who->known && (str_eq(who->owner, row->owner) ||
				 str_eq(who->owner, row->caller_owner));
}

/* An agent hands out what he asked for, and then has no more to do with it. */
static bool
is_of_agent_still(const struct ca_who *who, const struct store_request *row)
{
	if (str_eq(who->owner, row->owner) || row->resolved == 0)
		return true;
	return clock_now() - row->resolved < CA_AGENT_FETCH_MAX;
}

bool
ca_permission_sees(const struct ca_who *who, const struct store_request *row)
{
	return (ca_permission_owns(who, row) && is_of_agent_still(who, row)) ||
	       (who->known && who->rights & CA_RIGHT_READ);
}
