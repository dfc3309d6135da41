/* user.h - the accounts of this CA: passwords, the first administrator, who a
 * command-line connection acts as.
 */
#pragma once
#include "ca/ca.h"

/* The hello hook of rpc_server_ops for ADMIN: with a password it is checked;
 * without, in a demo folder its owner (or root) may act as any account, else
 * the account that is bound to the peer's uid. Fills peer->account ("" while
 * there is no administrator and the owner sets up the first). May block. */
MUST_CHECK int ca_user_hello(struct ca *ca, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err);

/* Setting up: may this peer add an account although it acts as none? Only
 * with --init, from the owner, while there is no administrator. */
MUST_CHECK int ca_user_may_bootstrap(struct ca_worker *w,
    const struct rpc_peer *peer, bool *ret, struct err *err);

/* Is this the owner of the configuration while the CA is set up (--init)?
 * Until it serves, there is nobody else who could confirm. */
bool ca_user_sets_up(const struct ca *ca, const struct rpc_peer *peer);

#define CA_USER_HASH_MAX 384
/* crypt(5) hash of a new password; ERR_INVALID when it is too short. */
MUST_CHECK int ca_user_hash(
    struct bytes password, char dst[CA_USER_HASH_MAX], struct err *err);
/* How many enabled accounts hold a role; 0: how many accounts there are. */
MUST_CHECK int ca_user_count(
    struct store_reader *r, uint32_t role, unsigned *ret, struct err *err);
/* No other account but this one (NULL: none) has the mail address or the user
 * principal name. "" is neither. */
MUST_CHECK int ca_user_check_names(struct ca_worker *w, const char *mail,
    const char *upn, const char *but, struct err *err);
