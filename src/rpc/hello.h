/* hello.h - the first message of each side of a connection.
 *
 * Says which protocol is spoken; a caller on the ADMIN channel also says as
 * which account it wants to act.
 */
#pragma once
#include "rpc/envelope.h"

#define RPC_HELLO_METHOD  0
#define RPC_HELLO_VERSION 1

MUST_CHECK int rpc_hello_say(struct rpc_frame *f, uint64_t id,
    const struct rpc_hello *hello, struct err *err);
/* Is this a Hello of our version? The peer's refusal is the error. *ret lives
 * in the arena. */
MUST_CHECK int rpc_hello_read(const struct rpc_envelope *e, struct rpc_arena *a,
    const struct rpc_hello **ret, struct err *err);
/* The server's answer: it says nothing but its version, or refuses. */
MUST_CHECK int rpc_hello_check(struct bytes frame, struct err *err);
