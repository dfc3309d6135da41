/* frame.h - frames over a stream socket: 4 bytes of length, big-endian, then
 * that many bytes.
 *
 * The only file that reads and writes connections. One thread, the reader,
 * owns the connection; any thread may send and none ever blocks in it: what
 * the socket does not take at once stays in a queue, which the reader sends
 * on while it waits. Whoever finds no send under way sends for all, so many
 * answers leave in one system call.
 *
 * Trust:     the peer is hostile: a length is compared with the maximum
 *            before anything is allocated; a peer that stops in the middle of
 *            a frame, or does not read what it is sent, is cut off after
 *            RPC_FRAME_STALL_MS; the queue has a maximum.
 * Secrets:   buffers are wiped once their content is done with.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define RPC_FRAME_STALL_MS  30000
#define RPC_FRAME_QUEUE_MAX 67108864

struct rpc_frame; /* a connection */

struct rpc_frame_limits {
	size_t in_max;  /* longest frame accepted */
	size_t out_max; /* longest frame sent */
};

/* Takes fd (non-blocking) in any case. */
MUST_CHECK int rpc_frame_new(int fd, const struct rpc_frame_limits *limits,
    struct rpc_frame **ret, struct err *err);
/* Gives up a hold on it: rpc_frame_new() gave the first, rpc_frame_hold() one
 * more each. The last closes. NULL is fine. */
void rpc_frame_free(struct rpc_frame *f);
AUTO_DEFINE(rpc_frame);

/* --- the reader -------------------------------------------------------- */

/* 1: *ret is a frame, valid until the next call. 0: no whole frame is there,
 * wait. -1: the connection ended (ERR_UNAVAILABLE) or is in error. */
MUST_CHECK int rpc_frame_next(
    struct rpc_frame *f, struct bytes *ret, struct err *err);
/* Until there is input (if wanted), rpc_frame_wake() was called, or the time
 * (clock_monotonic_us; 0: none) has come. Sends what is queued meanwhile. -1
 * when the connection is of no more use. */
MUST_CHECK int rpc_frame_wait(
    struct rpc_frame *f, bool want_input, uint64_t until, struct err *err);

/* Nothing more is sent or read. */
void rpc_frame_sever(struct rpc_frame *f);

/* --- any thread -------------------------------------------------------- */

struct rpc_frame *rpc_frame_hold(struct rpc_frame *f);

/* One frame of head and body. ERR_TOO_LARGE beyond out_max (the connection
 * stays usable), ERR_UNAVAILABLE when the connection is broken; a full queue
 * breaks it. */
MUST_CHECK int rpc_frame_send(
    struct rpc_frame *f, struct bytes head, struct bytes body, struct err *err);
/* The same, but it may stay in the queue until rpc_frame_flush(). */
MUST_CHECK int rpc_frame_queue(
    struct rpc_frame *f, struct bytes head, struct bytes body, struct err *err);
void rpc_frame_flush(struct rpc_frame *f);
bool rpc_frame_all_sent(struct rpc_frame *f);
void rpc_frame_wake(struct rpc_frame *f);
