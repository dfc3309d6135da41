/* link.h - the calling side of a connection: what the CA's client and the
 * signer's have in common.
 *
 * One thread owns the connection: it connects when somebody wants to call (at
 * most once per RPC_LINK_PAUSE_MS, whoever asks), reads the answers and hands
 * each to the call it belongs to. When the connection breaks, every call in
 * flight fails.
 */
#pragma once
#include "rpc/envelope.h"
#include "rpc/frame.h"

#define RPC_LINK_PAUSE_MS 200

struct rpc_link;

struct rpc_link_options {
	const char *who;  /* "the certification authority", for sentences */
	const char *path; /* of the socket */
	struct rpc_hello hello;
	struct rpc_frame_limits limits;
	size_t memory_max;   /* of one answer */
	uint32_t timeout_ms; /* of a call */
	/* Of the answer to a new connection, and of a call that nobody waits
	 * for (rpc_link_send()); 0: as timeout_ms. */
	uint32_t hello_ms, send_ms;
	/* A call whose answer is late ends the connection, so that the next
	 * ones need not wait as long: for a peer that is frozen, not dead. */
	bool gives_up;
};

/* Connects at the first call, not here. Everything is copied. */
MUST_CHECK int rpc_link_new(const struct rpc_link_options *options,
    struct rpc_link **ret, struct err *err);
/* No call may be under way in another thread. NULL is fine. */
void rpc_link_free(struct rpc_link *l);
AUTO_DEFINE(rpc_link);

/* Either an answer (which may be the peer's error; it lives in the arena,
 * which is the callback's to free), or err. */
typedef void rpc_link_done(void *ctx, const struct rpc_envelope *e,
    struct rpc_arena *take_arena, const struct err *err);

/* 0: exactly one callback follows, on the link's thread, or had come. -1: it
 * was not sent, no callback. Waits only for connecting. */
MUST_CHECK int rpc_link_send(struct rpc_link *l, uint32_t method,
    struct bytes body, rpc_link_done *done, void *ctx, struct err *err);

/* Send and wait. An error that the peer answered is an error here too. */
MUST_CHECK int rpc_link_call(struct rpc_link *l, uint32_t method,
    struct bytes body, struct bytes *ret_body, struct rpc_arena **ret_arena,
    struct err *err);
