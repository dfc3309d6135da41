/* envelope.h - what surrounds every message: who asked, how it went.
 *
 * Ownership: what rpc_envelope_parse() returns lives in the arena.
 */
#pragma once
#include "rpc/convert.h"
#include "rpc/server.h"

#define RPC_PROTOCOL_VERSION 1
#define RPC_METHOD_HELLO     0

struct rpc_envelope {
	uint64_t id;
	uint32_t method;
	uint32_t code;    /* answers: enum err_code; ERR_OK */
	const char *text; /* answers: the error's sentence */
	struct bytes body;
};

/* The first message of each side. */
struct rpc_greeting {
	uint32_t version;
	struct rpc_hello hello;
};

extern const struct rpc_convert rpc_envelope_greeting;

MUST_CHECK int rpc_envelope_parse(struct bytes frame, struct rpc_arena *a,
    struct rpc_envelope *ret, struct err *err);
/* The frame up to the body, which follows as it is. text may be NULL. */
#define RPC_ENVELOPE_HEAD_MAX (ERR_TEXT_MAX + 64)
size_t rpc_envelope_head(
    const struct rpc_envelope *e, uint8_t dst[RPC_ENVELOPE_HEAD_MAX]);
/* An envelope that says what failed. */
struct rpc_envelope rpc_envelope_error(
    uint64_t id, uint32_t method, const struct err *err);
/* The error an envelope carries. */
void rpc_envelope_to_err(const struct rpc_envelope *e, struct err *err);
