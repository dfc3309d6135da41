/* convert.h - between plain structs and the wire, by table.
 *
 * A table row binds one member of a plain struct to the member of the same
 * name in the generated struct and states its limit; one walker per direction
 * applies every check, so none can be forgotten in one message. Tables:
 * ca_convert.c, sign_convert.c, envelope.c.
 *
 * Trust:     rpc_convert_decode() takes hostile bytes. What it returns is
 *            within the table's limits: texts are UTF-8 without NUL and never
 *            NULL, masks and enums known, lists counted; nothing unknown was
 *            sent and nothing twice. It costs at most the arena's maximum.
 * Ownership: everything decoded lives in the arena.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "rpc/arena.h"

enum rpc_convert_kind {
	RPC_CONVERT_TEXT,   /* const char *, UTF-8 */
	RPC_CONVERT_PEOPLE, /* const char * for people: cut when too long */
	RPC_CONVERT_ARRAY,  /* char[max + 1], printable UTF-8 */
	RPC_CONVERT_BYTES,  /* struct bytes */
	RPC_CONVERT_BOOL,
	RPC_CONVERT_U32, /* also enums and masks, see `known` */
	RPC_CONVERT_U64,
	RPC_CONVERT_I64,
	RPC_CONVERT_MESSAGE, /* a struct inside the struct */
	RPC_CONVERT_LIST     /* pointer and count */
};

struct rpc_convert_field {
	const char *name;
	enum rpc_convert_kind kind;
	size_t plain; /* offsets of the member, and of a list's count */
	size_t plain_count;
	size_t pb;
	size_t pb_count;
	size_t max; /* bytes, elements */
	bool (*known)(uint32_t value);
	const struct rpc_convert *sub;
};

struct rpc_convert {
	const char *name;
	const struct ProtobufCMessageDescriptor *descriptor;
	size_t plain_size;
	const struct rpc_convert_field *fields;
	size_t field_count;
};

/* *ret is a struct of c->plain_size bytes. */
MUST_CHECK int rpc_convert_decode(const struct rpc_convert *c,
    struct bytes wire, struct rpc_arena *a, const void **ret, struct err *err);
MUST_CHECK int rpc_convert_encode(const struct rpc_convert *c,
    const void *plain, struct rpc_arena *a, struct bytes *ret, struct err *err);

/* --- rows of the tables ------------------------------------------------
 * P is the plain struct, B the generated one, m the member. */
#define RPC_ROW(P, B, m, kind_, max_, known_)                                 \
	{                                                                     \
		.name = #m, .kind = RPC_CONVERT_##kind_,                      \
		.plain = offsetof(P, m), .pb = offsetof(B, m), .max = (max_), \
		.known = (known_),                                            \
	}
#define RPC_ROW_MESSAGE(P, B, m, sub_)                                        \
	{                                                                     \
		.name = #m, .kind = RPC_CONVERT_MESSAGE,                      \
		.plain = offsetof(P, m), .pb = offsetof(B, m), .sub = (sub_), \
	}
#define RPC_ROW_LIST(P, B, m, count, sub_, max_)                               \
	{                                                                      \
		.name = #m, .kind = RPC_CONVERT_LIST, .plain = offsetof(P, m), \
		.plain_count = offsetof(P, count), .pb = offsetof(B, m),       \
		.pb_count = offsetof(B, n_##m), .max = (max_), .sub = (sub_),  \
	}
