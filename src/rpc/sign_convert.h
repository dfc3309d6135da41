/* sign_convert.h - the converters of the signer's messages. */
#pragma once
#include "rpc/convert.h"
#include "rpc/sign.h"

enum rpc_sign_method {
	RPC_SIGN_METHOD_STATUS = 1,
	RPC_SIGN_METHOD_MAKE_KEY = 2,
	RPC_SIGN_METHOD_SIGN = 3,
	RPC_SIGN_METHOD_LOG = 4,
	RPC_SIGN_METHOD_CRL_PART = 5,
	RPC_SIGN_METHOD_INSTALL = 6
};

/* A full frame of empty items would unfold to much more than this. */
#define RPC_SIGN_MEMORY_MAX (3 * RPC_SIGN_FRAME_MAX)

extern const struct rpc_convert rpc_sign_convert_status_ask;
extern const struct rpc_convert rpc_sign_convert_status;
extern const struct rpc_convert rpc_sign_convert_make_key;
extern const struct rpc_convert rpc_sign_convert_key;
extern const struct rpc_convert rpc_sign_convert_ask;
extern const struct rpc_convert rpc_sign_convert_reply;
extern const struct rpc_convert rpc_sign_convert_log_ask;
extern const struct rpc_convert rpc_sign_convert_log;
extern const struct rpc_convert rpc_sign_convert_crl_part;
extern const struct rpc_convert rpc_sign_convert_install;
extern const struct rpc_convert rpc_sign_convert_signature;
