/* host.h - listening, connections and their threads: what the CA's server
 * and the signer's have in common.
 *
 * An accept thread per listener, a reader thread per connection. The reader
 * owns its connection and outlives the calls that came through it.
 */
#pragma once
#include "rpc/envelope.h"
#include "rpc/frame.h"

#define RPC_HOST_HELLO_MS 10000 /* for a connection's first message */
#define RPC_HOST_FLUSH_MS 5000  /* for the last answers when stopping */

struct rpc_host;
struct rpc_host_conn;

struct rpc_host_ops {
	/* On the connection's thread. */
	int (*hello)(void *ctx, struct rpc_peer *peer,
	    const struct rpc_hello *hello, struct err *err);
	/* On the connection's thread; takes the arena, in which the envelope
	 * lives. One rpc_host_answer() must follow, from any thread. */
	void (*call)(void *ctx, struct rpc_host_conn *conn,
	    const struct rpc_envelope *e, struct rpc_arena *take_arena);
};

struct rpc_host_options {
	struct rpc_frame_limits limits;
	size_t memory_max; /* of one request */
	const struct rpc_host_ops *ops;
	void *ctx;
};

MUST_CHECK int rpc_host_start(const struct rpc_listener *listeners,
    size_t count, const struct rpc_host_options *options, struct rpc_host **ret,
    struct err *err);
void rpc_host_stop(struct rpc_host *h); /* NULL is fine */

const struct rpc_peer *rpc_host_peer(const struct rpc_host_conn *conn);
/* Ends a call. An answer that is too large becomes an error; a peer that is
 * gone, or does not read, gets none. */
void rpc_host_answer(struct rpc_host_conn *conn, const struct rpc_envelope *e);
/* The same in two steps, for many answers: what is queued need not leave, and
 * its call has not ended, before rpc_host_flush() says how many there were. */
void rpc_host_queue(struct rpc_host_conn *conn, const struct rpc_envelope *e);
void rpc_host_flush(struct rpc_host_conn *conn, size_t answers);
