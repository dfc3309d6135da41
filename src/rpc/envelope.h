/* envelope.h - what surrounds every message: who asked, how it went.
 *
 * Ownership: what rpc_envelope_parse() returns lives in the arena.
 */
#pragma once
#include "rpc/convert.h"
#include "rpc/frame.h"
#include "rpc/server.h"

struct rpc_envelope {
	uint64_t id;
	uint32_t method;
	uint32_t code;    /* answers: enum err_code; ERR_OK */
	const char *text; /* answers: the error's sentence */
	struct bytes body;
};

MUST_CHECK int rpc_envelope_parse(struct bytes frame, struct rpc_arena *a,
    struct rpc_envelope *ret, struct err *err);
/* The body is not copied; text may be NULL. */
MUST_CHECK int rpc_envelope_send(
    struct rpc_frame *f, const struct rpc_envelope *e, struct err *err);
/* The same, but it may stay in the queue until rpc_frame_flush(). */
MUST_CHECK int rpc_envelope_queue(
    struct rpc_frame *f, const struct rpc_envelope *e, struct err *err);
/* An envelope that says what failed. */
struct rpc_envelope rpc_envelope_error(
    uint64_t id, uint32_t method, const struct err *err);
/* The error an envelope carries. */
void rpc_envelope_to_err(const struct rpc_envelope *e, struct err *err);
