#include "ca/permission.h"

#include "base/str.h"
#include "ca/account.h"
#include "ca/user.h"

#include <stdio.h>

/* What each right of rpc/methods.def takes: any of these roles. 0: any account
 * that is known and enabled. */
static const uint32_t right_roles[] = {
	[RPC_RIGHT_NONE] = 0,
	[RPC_RIGHT_ENROLL] = ROLE_ENROLLEE,
	[RPC_RIGHT_OWNER] = 0,
	[RPC_RIGHT_READ] = ROLE_OFFICER | ROLE_ADMIN | ROLE_AUDITOR,
	[RPC_RIGHT_OFFICER] = ROLE_OFFICER,
	[RPC_RIGHT_ADMIN] = ROLE_ADMIN,
	[RPC_RIGHT_AUDITOR] = ROLE_AUDITOR,
	[RPC_RIGHT_OPERATOR] = ROLE_OPERATOR,
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

/* Roles come from this CA's own accounts, never from the peer. */
static int
look_up(struct ca_worker *w, struct ca_who *who, struct err *err)
{
	struct ca_account account;

	if (!str_eq(who->identity.realm, IDENTITY_REALM_LOCAL))
		return err_set(err, ERR_DENIED,
		    "The account %s is not known to this CA. Ask its "
		    "administrator for access.",
		    who->display);
	if (ca_account_find(w, who->identity.name, &account, err) < 0)
		return err->code != ERR_NOT_FOUND
			   ? -1
			   : err_set(err, ERR_DENIED,
				 "There is no account %s at this CA.",
				 who->display);
	if (account.disabled)
		return err_set(err, ERR_DENIED, "The account %s is disabled.",
		    account.name);
	who->roles = account.roles;
	who->known = true;
	return 0;
}

static int
decide(const struct rpc_method_row *method, const struct ca_who *who,
    struct err *err)
{
	uint32_t needed = right_roles[method->right];
	char list[ROLE_TEXT_MAX];

	if (needed == 0 || who->roles & needed)
		return 0;
	role_list(needed, list);
	if (method->right == RPC_RIGHT_ENROLL)
		return err_set(err, ERR_ENROLL_DENIED,
		    "The account %s may not request certificates here. Ask "
		    "the administrator for the role %s.",
		    who->display, list);
	return err_set(err, ERR_DENIED,
	    "This needs the role %s, which the "
	    "account %s does not hold.",
	    list, who->display);
}

int
ca_permission_check(struct ca_worker *w, const struct rpc_method_row *method,
    const struct rpc_peer *peer, const struct identity *identity,
    struct ca_who *ret, struct err *err)
{
	bool bootstrap = false;

	*ret = (struct ca_who){ 0 };
	say_peer(peer, ret->peer);
	if (method->method == RPC_USER_ADD &&
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
	return decide(method, ret, err);
}

bool
ca_permission_owns(const struct ca_who *who, const struct store_request *row)
{
	return who->known && (str_eq(who->owner, row->owner) ||
				 str_eq(who->owner, row->caller_owner));
}

bool
ca_permission_sees(const struct ca_who *who, const struct store_request *row)
{
	return ca_permission_owns(who, row) ||
	       (who->known && who->roles & right_roles[RPC_RIGHT_READ]);
}
