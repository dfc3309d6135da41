#include "rpc/sign_convert.h"

#include "sign.pb-c.h"

/* --- values ------------------------------------------------------------ */

static bool
kind_known(uint32_t v)
{
	return v >= RPC_SIGN_CERTIFICATE && v <= RPC_SIGN_CA_CERTIFICATE;
}

static bool
log_kind_known(uint32_t v)
{
	return v == 0 || kind_known(v);
}

static bool
log_limit_known(uint32_t v)
{
	return v >= 1 && v <= RPC_SIGN_LOG_MAX;
}

static bool
err_code_known(uint32_t v)
{
	return v < ERR_COUNT;
}

static bool
key_index_known(uint32_t v)
{
	return v < RPC_SIGN_KEYS_MAX;
}

/* --- tables ------------------------------------------------------------ */
/* clang-format off */
#define ROW(P, B, m, kind, max, known) \
	RPC_ROW(struct rpc_sign_##P, Sign__##B, m, kind, max, known)
#define LIST(P, B, m, count, sub, max)                          \
	RPC_ROW_LIST(struct rpc_sign_##P, Sign__##B, m, count, sub, max)
#define MESSAGE(P, p, fields, count)                            \
	{ #P, &sign__##p##__descriptor, sizeof(struct rpc_sign_##P), \
	  fields, count }

static const struct rpc_convert_field key_fields[] = {
	ROW(key, Key, index, U32,   0,                  key_index_known),
	ROW(key, Key, kind,  TEXT,  RPC_SIGN_KIND_MAX,  NULL),
	ROW(key, Key, spki,  BYTES, RPC_SIGN_SPKI_MAX,  NULL),
	ROW(key, Key, crl_number, U64, 0,               NULL),
};

static const struct rpc_convert_field make_key_fields[] = {
	ROW(make_key, MakeKey, index, U32,  0,                 key_index_known),
	ROW(make_key, MakeKey, kind,  TEXT, RPC_SIGN_KIND_MAX, NULL),
};

static const struct rpc_convert_field status_fields[] = {
	LIST(status, Status, keys, key_count, &rpc_sign_convert_key,
	    RPC_SIGN_KEYS_MAX),
	ROW(status, Status, log_sequence, U64,   0,  NULL),
	ROW(status, Status, log_hash,     BYTES, 32, NULL),
	ROW(status, Status, init,         BOOL,  0,  NULL),
};

static const struct rpc_convert_field item_fields[] = {
	ROW(item, Item, key_index,  U32,   0,                   key_index_known),
	ROW(item, Item, kind,       U32,   0,                   kind_known),
	ROW(item, Item, tbs,        BYTES, RPC_SIGN_CRL_MAX,    NULL),
	ROW(item, Item, digest,     BYTES, RPC_SIGN_DIGEST_MAX, NULL),
	ROW(item, Item, crl_number, U64,   0,                   NULL),
	ROW(item, Item, issuer,     BYTES, RPC_SIGN_ISSUER_MAX, NULL),
};

static const struct rpc_convert item_convert =
	MESSAGE(item, item, item_fields, ARRAY_LEN(item_fields));

static const struct rpc_convert_field ask_fields[] = {
	ROW(ask, Ask, audit_sequence, U64,   0,  NULL),
	ROW(ask, Ask, audit_hash,     BYTES, 32, NULL),
	LIST(ask, Ask, items, item_count, &item_convert, RPC_SIGN_BATCH_MAX),
};

static const struct rpc_convert_field signature_fields[] = {
	ROW(signature, Signature, err_code,     U32,    0, err_code_known),
	ROW(signature, Signature, err_text,     PEOPLE, ERR_TEXT_MAX - 1, NULL),
	ROW(signature, Signature, signature,    BYTES,  RPC_SIGN_SIGNATURE_MAX,
	    NULL),
	ROW(signature, Signature, log_sequence, U64,    0, NULL),
};

static const struct rpc_convert_field crl_part_fields[] = {
	ROW(crl_part, CrlPart, key_index,      U32,   0,       key_index_known),
	ROW(crl_part, CrlPart, offset,         U64,   0,                 NULL),
	ROW(crl_part, CrlPart, part,           BYTES, RPC_SIGN_PART_MAX, NULL),
	ROW(crl_part, CrlPart, last,           BOOL,  0,                 NULL),
	ROW(crl_part, CrlPart, audit_sequence, U64,   0,                 NULL),
	ROW(crl_part, CrlPart, audit_hash,     BYTES, 32,                NULL),
};

static const struct rpc_convert_field install_fields[] = {
	ROW(install, Install, key_index,      U32,   0,       key_index_known),
	ROW(install, Install, tbs,            BYTES, RPC_SIGN_TBS_MAX,  NULL),
	ROW(install, Install, audit_sequence, U64,   0,                 NULL),
	ROW(install, Install, audit_hash,     BYTES, 32,                NULL),
};

static const struct rpc_convert_field reply_fields[] = {
	LIST(reply, Reply, items, item_count, &rpc_sign_convert_signature,
	    RPC_SIGN_BATCH_MAX),
};

static const struct rpc_convert_field log_ask_fields[] = {
	ROW(log_ask, LogAsk, after, U64, 0, NULL),
	ROW(log_ask, LogAsk, limit, U32, 0, log_limit_known),
};

static const struct rpc_convert_field log_row_fields[] = {
	ROW(log_row, LogRow, sequence,       U64,   0,                   NULL),
	ROW(log_row, LogRow, time,           I64,   0,                   NULL),
	ROW(log_row, LogRow, kind,           U32,   0,         log_kind_known),
	ROW(log_row, LogRow, refused,        BOOL,  0,                   NULL),
	ROW(log_row, LogRow, key_index,      U32,   0,                   NULL),
	ROW(log_row, LogRow, serial,         BYTES, RPC_SIGN_SERIAL_MAX, NULL),
	ROW(log_row, LogRow, crl_number,     U64,   0,                   NULL),
	ROW(log_row, LogRow, digest,         BYTES, RPC_SIGN_DIGEST_MAX, NULL),
	ROW(log_row, LogRow, audit_sequence, U64,   0,                   NULL),
	ROW(log_row, LogRow, audit_hash,     BYTES, 32,                  NULL),
	ROW(log_row, LogRow, prev,           BYTES, 32,                  NULL),
	ROW(log_row, LogRow, hash,           BYTES, 32,                  NULL),
};

static const struct rpc_convert log_row_convert = MESSAGE(
	log_row, log_row, log_row_fields, ARRAY_LEN(log_row_fields));

static const struct rpc_convert_field log_fields[] = {
	LIST(log, Log, rows, row_count, &log_row_convert, RPC_SIGN_LOG_MAX),
};

/* --- messages ---------------------------------------------------------- */

const struct rpc_convert rpc_sign_convert_status_ask = {
	"status_ask", &sign__status_ask__descriptor, 1, NULL, 0
};
const struct rpc_convert rpc_sign_convert_status =
	MESSAGE(status, status, status_fields, ARRAY_LEN(status_fields));
const struct rpc_convert rpc_sign_convert_make_key =
	MESSAGE(make_key, make_key, make_key_fields, ARRAY_LEN(make_key_fields));
const struct rpc_convert rpc_sign_convert_key =
	MESSAGE(key, key, key_fields, ARRAY_LEN(key_fields));
const struct rpc_convert rpc_sign_convert_ask =
	MESSAGE(ask, ask, ask_fields, ARRAY_LEN(ask_fields));
const struct rpc_convert rpc_sign_convert_reply =
	MESSAGE(reply, reply, reply_fields, ARRAY_LEN(reply_fields));
const struct rpc_convert rpc_sign_convert_log_ask =
	MESSAGE(log_ask, log_ask, log_ask_fields, ARRAY_LEN(log_ask_fields));
const struct rpc_convert rpc_sign_convert_crl_part =
	MESSAGE(crl_part, crl_part, crl_part_fields, ARRAY_LEN(crl_part_fields));
const struct rpc_convert rpc_sign_convert_install =
	MESSAGE(install, install, install_fields, ARRAY_LEN(install_fields));
const struct rpc_convert rpc_sign_convert_signature = MESSAGE(
	signature, signature, signature_fields, ARRAY_LEN(signature_fields));
const struct rpc_convert rpc_sign_convert_log =
	MESSAGE(log, log, log_fields, ARRAY_LEN(log_fields));
/* clang-format on */
