/* client.h - calling the CA.
 *
 * One client holds one connection and connects again by itself when it is
 * lost; any number of threads may call at the same time, their requests are in
 * flight together. Nothing above knows whether the peer is on this host or
 * behind mutual TLS (DESIGN 3): the address decides.
 *
 * Errors:    what the peer answered (its code and sentence), or
 *            ERR_UNAVAILABLE when it cannot be reached (nothing was sent),
 *            ERR_LOST when the connection broke before the answer came,
 *            ERR_TIMEOUT when the answer is late. In the last two cases a
 *            request may have been executed all the same.
 * Ownership: a reply lives in its struct rpc_msg.
 */
#pragma once
#include "rpc/ca.h"

enum rpc_method {
#define METHOD(sym, number, ask, reply, right, channels) RPC_##sym = (number),
#include "rpc/methods.def"
#undef METHOD
};

struct rpc_client;
struct rpc_msg; /* owns a decoded reply */

struct rpc_client_options {
	const char *path; /* of the unix socket */
	const char *as;   /* ADMIN: account name, or "" */
	uint32_t as_role; /* ADMIN, demo: any account with this role, or 0 */
	struct bytes password; /* ADMIN: of that account, or empty */
	uint32_t timeout_ms;   /* for one call; 0: 30 s */
	bool gives_up;         /* see struct rpc_link_options */
};

MUST_CHECK int rpc_client_new(const struct rpc_client_options *options,
    struct rpc_client **ret, struct err *err);
void rpc_client_free(struct rpc_client *c); /* NULL is fine */
AUTO_DEFINE(rpc_client);

void rpc_msg_free(struct rpc_msg *m); /* NULL is fine */
AUTO_DEFINE(rpc_msg);
/* The reply struct; its type is the one of methods.def. */
const void *rpc_msg_body(const struct rpc_msg *m);

MUST_CHECK int rpc_call(struct rpc_client *c, enum rpc_method method,
    const void *ask, struct rpc_msg **ret, struct err *err);

/* Typed calls, one per method: rpc_do_SUBMIT(client, &submit, &msg, &result,
 * err). *ret_reply lives in *ret_msg. */
#define METHOD(sym, number, ask_type, reply_type, right, channels)             \
	static inline UNUSED MUST_CHECK int rpc_do_##sym(struct rpc_client *c, \
	    const struct rpc_##ask_type *ask, struct rpc_msg **ret_msg,        \
	    const struct rpc_##reply_type **ret_reply, struct err *err)        \
	{                                                                      \
		if (rpc_call(c, RPC_##sym, ask, ret_msg, err) < 0)             \
			return -1;                                             \
		*ret_reply = rpc_msg_body(*ret_msg);                           \
		return 0;                                                      \
	}
#include "rpc/methods.def"
#undef METHOD
