#include "rpc/client.h"

#include "rpc/ca_convert.h"
#include "rpc/link.h"

#define CLIENT_TIMEOUT_MS 30000
/* The CA may be starting, or have to hash a password. */
#define HELLO_TIMEOUT_MS 15000

struct rpc_client {
	struct rpc_link *link;
};

/* Lives in its own arena, with the reply. */
struct rpc_msg {
	struct rpc_arena *arena;
	const void *body;
};

int
rpc_client_new(const struct rpc_client_options *o, struct rpc_client **ret,
    struct err *err)
{
	const struct rpc_link_options options = {
		.who = "the certification authority",
		.path = o->path,
		.hello = { o->as, o->as_role, o->password },
		.limits = { RPC_CA_REPLY_FRAME_MAX, RPC_CA_ASK_FRAME_MAX },
		.memory_max = RPC_CA_REPLY_MEMORY_MAX,
		.timeout_ms = o->timeout_ms ? o->timeout_ms : CLIENT_TIMEOUT_MS,
		.hello_ms = HELLO_TIMEOUT_MS,
		.gives_up = o->gives_up,
	};
	AUTO(rpc_client) c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "a client");
	if (rpc_link_new(&options, &c->link, err) < 0)
		return -1;
	*ret = TAKE(c);
	return 0;
}

void
rpc_client_free(struct rpc_client *c)
{
	if (!c)
		return;
	rpc_link_free(c->link);
	free(c);
}

void
rpc_msg_free(struct rpc_msg *m)
{
	if (m)
		rpc_arena_free(m->arena);
}

const void *
rpc_msg_body(const struct rpc_msg *m)
{
	return m->body;
}

int
rpc_call(struct rpc_client *c, enum rpc_method method, const void *ask,
    struct rpc_msg **ret, struct err *err)
{
	const struct rpc_ca_convert *convert = rpc_ca_convert_find(method);
	AUTO(rpc_arena) out = NULL;
	AUTO(rpc_arena) in = NULL;
	struct bytes body;
	struct rpc_msg *m;

	if (!convert)
		return err_set(
		    err, ERR_INVALID, "%u is no method", (unsigned)method);
	out = rpc_arena_new(4096, RPC_CA_ASK_MEMORY_MAX);
	if (!out)
		return err_set(err, ERR_NO_MEMORY, "no memory for a message");
	if (rpc_convert_encode(convert->ask, ask, out, &body, err) < 0 ||
	    rpc_link_call(c->link, method, body, &body, &in, err) < 0)
		return -1;
	m = rpc_arena_alloc(in, sizeof(*m));
	if (!m)
		return err_set(err, ERR_TOO_LARGE, "the answer is too large");
	if (rpc_convert_decode(convert->reply, body, in, &m->body, err) < 0)
		return -1;
	m->arena = TAKE(in);
	*ret = m;
	return 0;
}
