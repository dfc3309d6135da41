#include "rpc/link.h"
#include "rpc/sign_convert.h"

/* Making a key and reading a log take long; a batch of certificates does not,
 * but a token may need a quarter of a second for each. Requesters wait for it,
 * and their own patience is longer (web: 30 s). */
#define SIGN_TIMEOUT_MS  50000
#define BATCH_TIMEOUT_MS 20000
#define HELLO_TIMEOUT_MS 8000

struct rpc_sign_client {
	struct rpc_link *link;
};

/* Lives in its own arena, with the reply. */
struct rpc_sign_msg {
	struct rpc_arena *arena;
};

/* A batch that is under way. */
struct batch {
	rpc_sign_done *done;
	void *ctx;
	size_t item_count;
};

int
rpc_sign_client_new(
    const char *path, struct rpc_sign_client **ret, struct err *err)
{
	const struct rpc_link_options options = {
		.who = "the signer",
		.path = path,
		.limits = { RPC_SIGN_FRAME_MAX, RPC_SIGN_FRAME_MAX },
		.memory_max = RPC_SIGN_MEMORY_MAX,
		.timeout_ms = SIGN_TIMEOUT_MS,
		.hello_ms = HELLO_TIMEOUT_MS,
		.send_ms = BATCH_TIMEOUT_MS,
	};
	AUTO(rpc_sign_client) c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "a client");
	if (rpc_link_new(&options, &c->link, err) < 0)
		return -1;
	*ret = TAKE(c);
	return 0;
}

void
rpc_sign_client_free(struct rpc_sign_client *c)
{
	if (!c)
		return;
	rpc_link_free(c->link);
	free(c);
}

void
rpc_sign_msg_free(struct rpc_sign_msg *m)
{
	if (m)
		rpc_arena_free(m->arena);
}

/* --- batches ----------------------------------------------------------- */

static int
read_reply(struct bytes body, struct rpc_arena *a, size_t item_count,
    const struct rpc_sign_reply **ret, struct err *err)
{
	const void *plain;

	if (rpc_convert_decode(&rpc_sign_convert_reply, body, a, &plain, err) <
	    0)
		return -1;
	*ret = plain;
	if ((*ret)->item_count != item_count)
		return err_set(err, ERR_PROTOCOL,
		    "the signer answered %zu of %zu items", (*ret)->item_count,
		    item_count);
	return 0;
}

static void
batch_done(void *ctx, const struct rpc_envelope *e,
    struct rpc_arena *take_arena, const struct err *link_err)
{
	AUTO_MEM struct batch *b = ctx;
	AUTO(rpc_arena) a = take_arena;
	const struct rpc_sign_reply *reply = NULL;
	struct err err = { 0 };

	if (!e)
		err = *link_err;
	else if (e->code != ERR_OK)
		rpc_envelope_to_err(e, &err);
	else if (read_reply(e->body, a, b->item_count, &reply, &err) < 0)
		reply = NULL;
	b->done(b->ctx, reply, &err);
}

static int
submit(struct rpc_sign_client *c, const struct rpc_sign_ask *ask,
    rpc_sign_done *done, void *ctx, struct err *err)
{
	AUTO(rpc_arena) a = rpc_arena_new(16384, RPC_SIGN_MEMORY_MAX);
	AUTO_MEM struct batch *b = malloc(sizeof(*b));
	struct bytes body;

	if (!a || !b)
		return err_set(err, ERR_NO_MEMORY, "no memory for a batch");
	*b = (struct batch){ done, ctx, ask->item_count };
	if (rpc_convert_encode(&rpc_sign_convert_ask, ask, a, &body, err) < 0 ||
	    rpc_link_send(
		c->link, RPC_SIGN_METHOD_SIGN, body, batch_done, b, err) < 0)
		return -1;
	b = NULL; /* the callback's */
	return 0;
}

void
rpc_sign_submit(struct rpc_sign_client *c, const struct rpc_sign_ask *ask,
    rpc_sign_done *done, void *ctx)
{
	struct err err = { 0 };

	if (submit(c, ask, done, ctx, &err) < 0)
		done(ctx, NULL, &err);
}

/* --- waiting calls ----------------------------------------------------- */

static int
call(struct rpc_sign_client *c, enum rpc_sign_method method,
    const struct rpc_convert *convert, const void *ask, struct bytes *ret_body,
    struct rpc_arena **ret_arena, struct err *err)
{
	AUTO(rpc_arena) a = rpc_arena_new(16384, RPC_SIGN_MEMORY_MAX);
	struct bytes body;

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for a message");
	if (rpc_convert_encode(convert, ask, a, &body, err) < 0)
		return -1;
	return rpc_link_call(c->link, method, body, ret_body, ret_arena, err);
}

static int
keep(struct rpc_arena **a, struct rpc_sign_msg **ret, struct err *err)
{
	struct rpc_sign_msg *m = rpc_arena_alloc(*a, sizeof(*m));

	if (!m)
		return err_set(err, ERR_TOO_LARGE, "the answer is too large");
	m->arena = TAKE(*a);
	*ret = m;
	return 0;
}

int
rpc_sign_wait(struct rpc_sign_client *c, const struct rpc_sign_ask *ask,
    struct rpc_sign_msg **ret_msg, const struct rpc_sign_reply **ret,
    struct err *err)
{
	AUTO(rpc_arena) a = NULL;
	struct bytes body;

	if (call(c, RPC_SIGN_METHOD_SIGN, &rpc_sign_convert_ask, ask, &body, &a,
		err) < 0 ||
	    read_reply(body, a, ask->item_count, ret, err) < 0)
		return -1;
	return keep(&a, ret_msg, err);
}

int
rpc_sign_status(struct rpc_sign_client *c, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_status **ret, struct err *err)
{
	AUTO(rpc_arena) a = NULL;
	struct bytes body;
	const void *plain;

	if (call(c, RPC_SIGN_METHOD_STATUS, &rpc_sign_convert_status_ask, "",
		&body, &a, err) < 0 ||
	    rpc_convert_decode(&rpc_sign_convert_status, body, a, &plain, err) <
		0)
		return -1;
	*ret = plain;
	return keep(&a, ret_msg, err);
}

int
rpc_sign_make_key(struct rpc_sign_client *c,
    const struct rpc_sign_make_key *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_key **ret, struct err *err)
{
	AUTO(rpc_arena) a = NULL;
	struct bytes body;
	const void *plain;

	if (call(c, RPC_SIGN_METHOD_MAKE_KEY, &rpc_sign_convert_make_key, ask,
		&body, &a, err) < 0 ||
	    rpc_convert_decode(&rpc_sign_convert_key, body, a, &plain, err) < 0)
		return -1;
	*ret = plain;
	return keep(&a, ret_msg, err);
}

int
rpc_sign_log(struct rpc_sign_client *c, const struct rpc_sign_log_ask *ask,
    struct rpc_sign_msg **ret_msg, const struct rpc_sign_log **ret,
    struct err *err)
{
	AUTO(rpc_arena) a = NULL;
	struct bytes body;
	const void *plain;

	if (call(c, RPC_SIGN_METHOD_LOG, &rpc_sign_convert_log_ask, ask, &body,
		&a, err) < 0 ||
	    rpc_convert_decode(&rpc_sign_convert_log, body, a, &plain, err) < 0)
		return -1;
	*ret = plain;
	return keep(&a, ret_msg, err);
}

int
rpc_sign_crl_part(struct rpc_sign_client *c,
    const struct rpc_sign_crl_part *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_signature **ret, struct err *err)
{
	AUTO(rpc_arena) a = NULL;
	struct bytes body;
	const void *plain;

	if (call(c, RPC_SIGN_METHOD_CRL_PART, &rpc_sign_convert_crl_part, ask,
		&body, &a, err) < 0 ||
	    rpc_convert_decode(
		&rpc_sign_convert_signature, body, a, &plain, err) < 0)
		return -1;
	*ret = plain;
	return keep(&a, ret_msg, err);
}

int
rpc_sign_install(struct rpc_sign_client *c, const struct rpc_sign_install *ask,
    struct rpc_sign_msg **ret_msg, const struct rpc_sign_signature **ret,
    struct err *err)
{
	AUTO(rpc_arena) a = NULL;
	struct bytes body;
	const void *plain;

	if (call(c, RPC_SIGN_METHOD_INSTALL, &rpc_sign_convert_install, ask,
		&body, &a, err) < 0 ||
	    rpc_convert_decode(
		&rpc_sign_convert_signature, body, a, &plain, err) < 0)
		return -1;
	*ret = plain;
	return keep(&a, ret_msg, err);
}
