/* server.h - serving the CA's methods on its sockets.
 *
 * One listener per kind of caller (channel). A connection begins with Hello
 * (protocol version; on ADMIN the account to act as); after that many calls
 * are in flight at once and may be answered in any order, from any thread.
 * The table methods.def is enforced here for channels: a call through a
 * channel that does not list it never reaches the handler.
 *
 * Trust:     frames are hostile: length checked against the channel's maximum
 *            before anything is allocated, decoding within a capped arena.
 * Ownership: a struct rpc_call belongs to the handler until it gives it to
 *            exactly one of rpc_reply() and rpc_fail(), which release it. The
 *            request it holds lives as long as the call.
 */
#pragma once
#include "rpc/client.h"

#include <sys/types.h>

enum rpc_channel {
	RPC_CHANNEL_WEB = 1,
	RPC_CHANNEL_RA = 2,
	RPC_CHANNEL_ADMIN = 4
};

enum rpc_right {
	RPC_RIGHT_NONE,
	RPC_RIGHT_ENROLL,
	RPC_RIGHT_OWNER,
	RPC_RIGHT_READ,
	RPC_RIGHT_OFFICER,
	RPC_RIGHT_ADMIN,
	RPC_RIGHT_AUDITOR,
	RPC_RIGHT_OPERATOR
};

struct rpc_method_row {
	enum rpc_method method;
	const char *name;
	enum rpc_right right;
	unsigned channels;
};

/* NULL for a number that is no method. */
const struct rpc_method_row *rpc_method_find(uint32_t number);

/* Facts about the other end of a connection, from the kernel. */
struct rpc_peer {
	enum rpc_channel channel;
	uid_t uid;
	pid_t pid;
	/* ADMIN: the account this connection acts as, set by the hello hook. */
	char account[IDENTITY_NAME_MAX];
};

struct rpc_call;
const struct rpc_method_row *rpc_call_method(const struct rpc_call *c);
const struct rpc_peer *rpc_call_peer(const struct rpc_call *c);
const void *rpc_call_ask(const struct rpc_call *c); /* struct per methods.def */
/* Both release the call. The reply is encoded before they return. */
void rpc_reply(struct rpc_call *c, const void *reply);
void rpc_fail(struct rpc_call *c, const struct err *err);

/* Answers that leave together, with one system call for each connection: who
 * has many at once (a commit) replies into an outbox, which must be sent soon
 * and by the same thread. Begins as { 0 }. */
#define RPC_OUTBOX_MAX 8 /* connections; those beyond are answered at once */

struct rpc_host_conn;
struct rpc_outbox {
	size_t n;
	struct {
		struct rpc_host_conn *conn;
		size_t answers;
	} to[RPC_OUTBOX_MAX];
};

void rpc_reply_into(
    struct rpc_call *c, const void *reply, struct rpc_outbox *out);
void rpc_outbox_send(struct rpc_outbox *out); /* empty again */

/* What an ADMIN connection says first. */
struct rpc_hello {
	const char *as;
	uint32_t as_role;
	struct bytes password;
};

struct rpc_server_ops {
	/* Decide whether the peer may connect and (ADMIN) fill peer->account;
	 * -1 refuses with the error. May block (password check). */
	int (*hello)(void *ctx, struct rpc_peer *peer,
	    const struct rpc_hello *hello, struct err *err);
	/* Take the call; must not block for long (a queue, not the work). */
	void (*call)(void *ctx, struct rpc_call *call);
};

struct rpc_listener {
	enum rpc_channel channel;
	const char *path;
	mode_t mode;       /* of the socket file */
	const uid_t *uids; /* who may connect; the server's own uid and 0 may */
	size_t uid_count;
};

struct rpc_server;
#define RPC_CONNECTIONS_MAX 64   /* per listener */
#define RPC_IN_FLIGHT_MAX   1024 /* per connection: then reading pauses */

MUST_CHECK int rpc_server_start(const struct rpc_listener *listeners,
    size_t count, const struct rpc_server_ops *ops, void *ctx,
    struct rpc_server **ret, struct err *err);
/* Stop accepting and reading, wait until every call was answered. */
void rpc_server_stop(struct rpc_server *s);
