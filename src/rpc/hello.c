#include "rpc/hello.h"

#include "envelope.pb-c.h"

struct greeting {
	uint32_t version;
	struct rpc_hello hello;
};

/* clang-format off */
#define ROW(m, pb_m, kind_, max_, known_) \
	{ .name = #pb_m, .kind = RPC_CONVERT_##kind_, \
	  .plain = offsetof(struct greeting, m), \
	  .pb = offsetof(Wire__Hello, pb_m), .max = (max_), .known = (known_) }
static const struct rpc_convert_field greeting_fields[] = {
	ROW(version,        version,  U32,   0,                     NULL),
	ROW(hello.as,       as,       TEXT,  IDENTITY_NAME_MAX - 1, NULL),
	ROW(hello.as_role,  as_role,  U32,   0,          role_mask_known),
	ROW(hello.password, password, BYTES, 1024,                  NULL),
};

static const struct rpc_convert greeting_convert = {
	"hello", &wire__hello__descriptor, sizeof(struct greeting),
	greeting_fields, ARRAY_LEN(greeting_fields)
};
/* clang-format on */

int
rpc_hello_say(struct rpc_frame *f, uint64_t id, const struct rpc_hello *hello,
    struct err *err)
{
	struct greeting greeting = { RPC_HELLO_VERSION, *hello };
	struct rpc_envelope e = { .id = id, .method = RPC_HELLO_METHOD };
	AUTO(rpc_arena) a = rpc_arena_new(0, 8192);

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for a message");
	if (rpc_convert_encode(&greeting_convert, &greeting, a, &e.body, err) <
	    0)
		return -1;
	return rpc_envelope_send(f, &e, err);
}

int
rpc_hello_read(const struct rpc_envelope *e, struct rpc_arena *a,
    const struct rpc_hello **ret, struct err *err)
{
	const struct greeting *greeting;
	const void *plain;

	if (e->code != ERR_OK) {
		rpc_envelope_to_err(e, err);
		return -1;
	}
	if (e->method != RPC_HELLO_METHOD)
		return err_set(
		    err, ERR_PROTOCOL, "the first message is not Hello");
	if (rpc_convert_decode(&greeting_convert, e->body, a, &plain, err) < 0)
		return -1;
	greeting = plain;
	if (greeting->version != RPC_HELLO_VERSION)
		return err_set(err, ERR_PROTOCOL,
		    "the other program speaks version %u of the protocol, "
		    "this one version %d",
		    greeting->version, RPC_HELLO_VERSION);
	*ret = &greeting->hello;
	return 0;
}

int
rpc_hello_check(struct bytes frame, struct err *err)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, 8192);
	const struct rpc_hello *theirs;
	struct rpc_envelope e;

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for a message");
	if (rpc_envelope_parse(frame, a, &e, err) < 0)
		return -1;
	return rpc_hello_read(&e, a, &theirs, err);
}
