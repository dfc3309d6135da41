/* ca_convert.h - which converters a method of the CA uses. */
#pragma once
#include "rpc/convert.h"
#include "rpc/server.h"

/* Larger than any request or answer within the limits of ca.h, so that what
 * is refused for its length is refused before it is read. */
#define RPC_CA_ASK_FRAME_MAX   262144
#define RPC_CA_REPLY_FRAME_MAX 8388608
/* Memory one message may unfold to. */
#define RPC_CA_ASK_MEMORY_MAX   1048576
#define RPC_CA_REPLY_MEMORY_MAX 33554432

struct rpc_ca_convert {
	const struct rpc_convert *ask;
	const struct rpc_convert *reply;
};

/* NULL for a number that is no method. */
const struct rpc_ca_convert *rpc_ca_convert_find(uint32_t method);
