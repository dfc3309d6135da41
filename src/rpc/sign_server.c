#include "rpc/host.h"
#include "rpc/sign_convert.h"

struct rpc_sign_server {
	struct rpc_host *host;
	struct rpc_sign_ops ops;
	void *ctx;
};

struct answer {
	union {
		struct rpc_sign_reply reply;
		struct rpc_sign_status status;
		struct rpc_sign_key key;
		struct rpc_sign_log log;
		struct rpc_sign_signature signature;
	} of; /* first: what the converter is given */
	void *memory;
};

static int
do_status(struct rpc_sign_server *s, const void *ask, struct answer *out,
    struct err *err)
{
	int rc = s->ops.status(s->ctx, &out->of.status, err);

	(void)ask;
	out->memory = out->of.status.memory;
	return rc;
}

static int
do_make_key(struct rpc_sign_server *s, const void *ask, struct answer *out,
    struct err *err)
{
	return s->ops.make_key(s->ctx, ask, &out->of.key, err);
}

static int
do_sign(struct rpc_sign_server *s, const void *ask, struct answer *out,
    struct err *err)
{
	int rc = s->ops.sign(s->ctx, ask, &out->of.reply, err);

	out->memory = out->of.reply.memory;
	return rc;
}

static int
do_log(struct rpc_sign_server *s, const void *ask, struct answer *out,
    struct err *err)
{
	int rc = s->ops.log(s->ctx, ask, &out->of.log, err);

	out->memory = out->of.log.memory;
	return rc;
}

static int
do_crl_part(struct rpc_sign_server *s, const void *ask, struct answer *out,
    struct err *err)
{
	return s->ops.crl_part(
	    s->ctx, ask, &out->of.signature, &out->memory, err);
}

static int
do_install(struct rpc_sign_server *s, const void *ask, struct answer *out,
    struct err *err)
{
	return s->ops.install(
	    s->ctx, ask, &out->of.signature, &out->memory, err);
}

static const struct sign_method {
	const struct rpc_convert *ask;
	const struct rpc_convert *reply;
	int (*handler)(struct rpc_sign_server *s, const void *ask,
	    struct answer *out, struct err *err);
} methods[] = {
	[RPC_SIGN_METHOD_STATUS] = { &rpc_sign_convert_status_ask,
	    &rpc_sign_convert_status, do_status },
	[RPC_SIGN_METHOD_MAKE_KEY] = { &rpc_sign_convert_make_key,
	    &rpc_sign_convert_key, do_make_key },
	[RPC_SIGN_METHOD_SIGN] = { &rpc_sign_convert_ask,
	    &rpc_sign_convert_reply, do_sign },
	[RPC_SIGN_METHOD_LOG] = { &rpc_sign_convert_log_ask,
	    &rpc_sign_convert_log, do_log },
	[RPC_SIGN_METHOD_CRL_PART] = { &rpc_sign_convert_crl_part,
	    &rpc_sign_convert_signature, do_crl_part },
	[RPC_SIGN_METHOD_INSTALL] = { &rpc_sign_convert_install,
	    &rpc_sign_convert_signature, do_install },
};

static int
run(struct rpc_sign_server *s, const struct rpc_envelope *e,
    struct rpc_arena *a, struct bytes *ret_body, struct err *err)
{
	const struct sign_method *m;
	struct answer out = { 0 };
	const void *ask;
	int rc;

	if (e->method >= ARRAY_LEN(methods) || !methods[e->method].handler)
		return err_set(
		    err, ERR_DENIED, "the signer has no method %u", e->method);
	m = &methods[e->method];
	if (rpc_convert_decode(m->ask, e->body, a, &ask, err) < 0)
		return -1;
	rc = m->handler(s, ask, &out, err);
	if (rc == 0)
		rc = rpc_convert_encode(m->reply, &out.of, a, ret_body, err);
	free(out.memory);
	return rc;
}

static void
on_call(void *ctx, struct rpc_host_conn *conn, const struct rpc_envelope *e,
    struct rpc_arena *take_arena)
{
	AUTO(rpc_arena) a = take_arena;
	struct rpc_envelope answer = { .id = e->id, .method = e->method };
	struct err err = { 0 };

	if (run(ctx, e, a, &answer.body, &err) < 0)
		answer = rpc_envelope_error(e->id, e->method, &err);
	rpc_host_answer(conn, &answer);
}

/* Who may connect was decided by uid; the CA has nothing to add. */
static int
on_hello(void *ctx, struct rpc_peer *peer, const struct rpc_hello *hello,
    struct err *err)
{
	(void)ctx;
	(void)peer;
	(void)hello;
	(void)err;
	return 0;
}

int
rpc_sign_server_start(const struct rpc_sign_listener *where,
    const struct rpc_sign_ops *ops, void *ctx, struct rpc_sign_server **ret,
    struct err *err)
{
	static const struct rpc_host_ops host_ops = { on_hello, on_call };
	const struct rpc_listener listener = {
		.path = where->path,
		.mode = where->mode,
		.uids = where->uids,
		.uid_count = where->uid_count,
	};
	struct rpc_sign_server *s = calloc(1, sizeof(*s));
	const struct rpc_host_options options = {
		.limits = { RPC_SIGN_FRAME_MAX, RPC_SIGN_FRAME_MAX },
		.memory_max = RPC_SIGN_MEMORY_MAX,
		.ops = &host_ops,
		.ctx = s,
	};

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "a server");
	s->ops = *ops;
	s->ctx = ctx;
	if (rpc_host_start(&listener, 1, &options, &s->host, err) < 0) {
		free(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void
rpc_sign_server_stop(struct rpc_sign_server *s)
{
	if (!s)
		return;
	rpc_host_stop(s->host);
	free(s);
}
