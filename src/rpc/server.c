#include "rpc/server.h"

#include "rpc/ca_convert.h"
#include "rpc/host.h"

#include <assert.h>

/* Lives in its own arena, with the request. */
struct rpc_call {
	struct rpc_host_conn *conn;
	struct rpc_arena *arena;
	uint64_t id;
	const struct rpc_method_row *row;
	const void *ask;
};

struct rpc_server {
	struct rpc_host *host;
	struct rpc_server_ops ops;
	void *ctx;
};

/* Shorter names for the columns of methods.def. */
enum { WEB = RPC_CHANNEL_WEB, RA = RPC_CHANNEL_RA, ADMIN = RPC_CHANNEL_ADMIN };

static const struct rpc_method_row methods[] = {
#define METHOD(sym, number, ask, reply, right, channels) \
	[number] = { RPC_##sym, #sym, RPC_RIGHT_##right, channels },
#include "rpc/methods.def"
#undef METHOD
};

const struct rpc_method_row *
rpc_method_find(uint32_t number)
{
	return number < ARRAY_LEN(methods) && methods[number].name
		   ? &methods[number]
		   : NULL;
}

const struct rpc_method_row *
rpc_call_method(const struct rpc_call *c)
{
	return c->row;
}

const struct rpc_peer *
rpc_call_peer(const struct rpc_call *c)
{
	return rpc_host_peer(c->conn);
}

const void *
rpc_call_ask(const struct rpc_call *c)
{
	return c->ask;
}

static void
refuse(struct rpc_host_conn *conn, uint64_t id, uint32_t method,
    const struct err *err)
{
	struct rpc_envelope e = rpc_envelope_error(id, method, err);

	rpc_host_answer(conn, &e);
}

void
rpc_fail(struct rpc_call *c, const struct err *err)
{
	refuse(c->conn, c->id, c->row->method, err);
	rpc_arena_free(c->arena);
}

/* The entry for a connection, a new one if need be; -1: no room. */
static int
outbox_find(struct rpc_outbox *out, struct rpc_host_conn *conn)
{
	size_t i;

	for (i = 0; i < out->n; i++)
		if (out->to[i].conn == conn)
			return (int)i;
	if (out->n == RPC_OUTBOX_MAX)
		return -1;
	out->to[out->n].conn = conn;
	out->to[out->n].answers = 0;
	return (int)out->n++;
}

static void
answer(struct rpc_host_conn *conn, const struct rpc_envelope *e,
    struct rpc_outbox *out)
{
	int i = out ? outbox_find(out, conn) : -1;

	if (i < 0) {
		rpc_host_answer(conn, e);
		return;
	}
	rpc_host_queue(conn, e);
	out->to[i].answers++;
}

void
rpc_outbox_send(struct rpc_outbox *out)
{
	size_t i;

	for (i = 0; i < out->n; i++)
		rpc_host_flush(out->to[i].conn, out->to[i].answers);
	out->n = 0;
}

void
rpc_reply(struct rpc_call *c, const void *reply)
{
	rpc_reply_into(c, reply, NULL);
}

void
rpc_reply_into(struct rpc_call *c, const void *reply, struct rpc_outbox *out)
{
	const struct rpc_ca_convert *convert =
	    rpc_ca_convert_find(c->row->method);
	struct rpc_envelope e = { .id = c->id, .method = c->row->method };
	struct err err = { 0 };
	AUTO(rpc_arena) a = rpc_arena_new(4096, RPC_CA_REPLY_MEMORY_MAX);

	assert(convert);
	if (!a) {
		(void)err_set(&err, ERR_NO_MEMORY,
		    "the certification authority has no memory left");
		rpc_fail(c, &err);
		return;
	}
	if (rpc_convert_encode(convert->reply, reply, a, &e.body, &err) < 0) {
		(void)err_wrap(&err, "the answer cannot be sent");
		rpc_fail(c, &err);
		return;
	}
	answer(c->conn, &e, out);
	rpc_arena_free(c->arena);
}

/* What a caller may not call does not exist for it, and is not even read. */
static int
open_call(struct rpc_host_conn *conn, const struct rpc_envelope *e,
    struct rpc_arena *a, struct rpc_call **ret, struct err *err)
{
	const struct rpc_method_row *row = rpc_method_find(e->method);
	const struct rpc_ca_convert *convert = rpc_ca_convert_find(e->method);
	struct rpc_call *c;

	if (!row || !(row->channels & rpc_host_peer(conn)->channel))
		return err_set(err, ERR_DENIED,
		    "method %u is not available through this channel",
		    e->method);
	assert(convert);
	c = rpc_arena_zalloc(a, sizeof(*c));
	if (!c)
		return err_set(err, ERR_TOO_LARGE, "the request is too large");
	*c = (struct rpc_call){ conn, a, e->id, row, NULL };
	if (rpc_convert_decode(convert->ask, e->body, a, &c->ask, err) < 0)
		return -1;
	*ret = c;
	return 0;
}

static void
on_call(void *ctx, struct rpc_host_conn *conn, const struct rpc_envelope *e,
    struct rpc_arena *take_arena)
{
	struct rpc_server *s = ctx;
	struct rpc_call *call;
	struct err err = { 0 };

	if (open_call(conn, e, take_arena, &call, &err) < 0) {
		refuse(conn, e->id, e->method, &err);
		rpc_arena_free(take_arena);
		return;
	}
	s->ops.call(s->ctx, call);
}

static int
on_hello(void *ctx, struct rpc_peer *peer, const struct rpc_hello *hello,
    struct err *err)
{
	struct rpc_server *s = ctx;

	return s->ops.hello ? s->ops.hello(s->ctx, peer, hello, err) : 0;
}

int
rpc_server_start(const struct rpc_listener *listeners, size_t count,
    const struct rpc_server_ops *ops, void *ctx, struct rpc_server **ret,
    struct err *err)
{
	static const struct rpc_host_ops host_ops = { on_hello, on_call };
	struct rpc_server *s = calloc(1, sizeof(*s));
	struct rpc_host_options options = {
		.limits = { RPC_CA_ASK_FRAME_MAX, RPC_CA_REPLY_FRAME_MAX },
		.memory_max = RPC_CA_ASK_MEMORY_MAX,
		.ops = &host_ops,
		.ctx = s,
	};

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "a server");
	s->ops = *ops;
	s->ctx = ctx;
	if (rpc_host_start(listeners, count, &options, &s->host, err) < 0) {
		free(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void
rpc_server_stop(struct rpc_server *s)
{
	if (!s)
		return;
	rpc_host_stop(s->host);
	free(s);
}
