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
