/* serve.h - the messages of rpc/sign.h on one side, the signer (sign/) on the
 * other: neither sees the other but here.
 *
 * Everything that is refused is also written to the program's own log, with
 * the reason (the signer's log has no texts).
 */
#pragma once
#include "rpc/sign.h"

/* ctx is a struct sign_service. */
extern const struct rpc_sign_ops sign_serve_ops;
