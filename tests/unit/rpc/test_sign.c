/* The CA's side and the signer's side of sign.proto, against each other. */
#include "../unit.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "rpc/sign.h"

#include <stdio.h>

struct signer {
	char folder[64];
	char path[80];
	struct rpc_sign_server *server;
	struct rpc_sign_client *client;
	size_t batches;
	uint64_t came;
	bool short_answer;
	bool gate; /* closed: batches wait */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	size_t done;
	size_t good;
	enum err_code code;
};

/* The "signature" is the item's first byte, three times. */
static int
sign(void *ctx, const struct rpc_sign_ask *ask, struct rpc_sign_reply *out,
    struct err *err)
{
	struct signer *s = ctx;
	size_t i, n = ask->item_count;
	struct rpc_sign_signature *items;
	uint8_t *bytes;

	thread_lock(&s->lock);
	s->batches++;
	thread_broadcast(&s->cond);
	while (s->gate)
		thread_wait(&s->cond, &s->lock);
	thread_unlock(&s->lock);
	if (n == 0)
		return err_set(err, ERR_INVALID, "nothing to sign");
	items = calloc(1, n * (sizeof(*items) + 3));
	if (!items)
		return err_set(err, ERR_NO_MEMORY, "batch");
	out->memory = items;
	bytes = (uint8_t *)(items + n);
	for (i = 0; i < n; i++, bytes += 3) {
		memset(bytes, ask->items[i].tbs.p[0], 3);
		items[i].err_text = "";
		items[i].signature = bytes_of(bytes, 3);
		items[i].log_sequence = i + 1;
	}
	out->items = items;
	out->item_count = s->short_answer ? n - 1 : n;
	return 0;
}

static int
status(void *ctx, struct rpc_sign_status *out, struct err *err)
{
	static const uint8_t hash[32] = { 7 };
	static const struct rpc_sign_key keys[] = {
		{ 0, "p256", { hash, 10 }, 0 },
		{ 1, "rsa2048", { hash, 20 }, UINT64_C(1) << 40 },
	};

	(void)ctx;
	(void)err;
	*out =
	    (struct rpc_sign_status){ keys, 2, 99, BYTES_OF(hash), true, NULL };
	return 0;
}

static int
make_key(void *ctx, const struct rpc_sign_make_key *ask,
    struct rpc_sign_key *out, struct err *err)
{
	(void)ctx;
	if (!str_eq(ask->kind, "p256"))
		return err_set(
		    err, ERR_DENIED, "no keys of kind %s", ask->kind);
	*out =
	    (struct rpc_sign_key){ ask->index, "p256", BYTES_LIT("spki"), 0 };
	return 0;
}

static int
read_log(void *ctx, const struct rpc_sign_log_ask *ask,
    struct rpc_sign_log *out, struct err *err)
{
	struct rpc_sign_log_row *rows = calloc(ask->limit, sizeof(*rows));
	uint32_t i;

	(void)ctx;
	if (!rows)
		return err_set(err, ERR_NO_MEMORY, "log");
	for (i = 0; i < ask->limit; i++)
		rows[i].sequence = ask->after + 1 + i;
	*out = (struct rpc_sign_log){ rows, ask->limit, rows };
	return 0;
}

/* The "signature" is all that came, once it is there. */
static int
crl_part(void *ctx, const struct rpc_sign_crl_part *ask,
    struct rpc_sign_signature *out, void **ret_memory, struct err *err)
{
	struct signer *s = ctx;

	if (ask->offset == 0)
		s->came = 0;
	if (ask->offset != s->came)
		return err_set(err, ERR_INVALID, "out of order");
	s->came += ask->part.n;
	out->err_text = "";
	if (!ask->last)
		return 0;
	*ret_memory = malloc(sizeof(s->came));
	memcpy(*ret_memory, &s->came, sizeof(s->came));
	out->signature = bytes_of(*ret_memory, sizeof(s->came));
	return 0;
}

static void
serve(struct signer *s)
{
	static const struct rpc_sign_ops ops = { .sign = sign,
		.status = status,
		.make_key = make_key,
		.log = read_log,
		.crl_part = crl_part };
	struct err err = { 0 };

	if (rpc_sign_server_start(
		&(struct rpc_sign_listener){ .path = s->path, .mode = 0600 },
		&ops, s, &s->server, &err) < 0)
		fail_msg("%s", err.text);
}

static int
setup(void **state)
{
	struct signer *s = calloc(1, sizeof(*s));

	(void)snprintf(s->folder, sizeof(s->folder), "/tmp/rpc-XXXXXX");
	if (!mkdtemp(s->folder))
		return -1;
	(void)snprintf(s->path, sizeof(s->path), "%s/s.sock", s->folder);
	(void)pthread_mutex_init(&s->lock, NULL);
	thread_cond_init(&s->cond);
	*state = s;
	serve(s);
	return rpc_sign_client_new(s->path, &s->client, NULL);
}

static int
teardown(void **state)
{
	struct signer *s = *state;

	rpc_sign_client_free(s->client);
	rpc_sign_server_stop(s->server);
	(void)rmdir(s->folder);
	(void)pthread_cond_destroy(&s->cond);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
	return 0;
}

static void
set_gate(struct signer *s, bool closed)
{
	thread_lock(&s->lock);
	s->gate = closed;
	thread_broadcast(&s->cond);
	thread_unlock(&s->lock);
}

/* --- batches ----------------------------------------------------------- */

struct batch {
	struct signer *signer;
	uint8_t first;
	size_t count;
};

static bool
is_right(const struct batch *b, const struct rpc_sign_reply *reply)
{
	size_t i;

	if (reply->item_count != b->count)
		return false;
	for (i = 0; i < b->count; i++)
		if (reply->items[i].signature.n != 3 ||
		    reply->items[i].signature.p[2] != (uint8_t)(b->first + i) ||
		    reply->items[i].log_sequence != i + 1)
			return false;
	return true;
}

static void
done(void *ctx, const struct rpc_sign_reply *reply, const struct err *err)
{
	struct batch *b = ctx;
	struct signer *s = b->signer;

	thread_lock(&s->lock);
	s->done++;
	if (reply)
		s->good += is_right(b, reply);
	else
		s->code = err->code;
	thread_broadcast(&s->cond);
	thread_unlock(&s->lock);
}

static void
submit(struct signer *s, struct batch *b, uint8_t first, size_t count)
{
	struct rpc_sign_item items[RPC_SIGN_BATCH_MAX + 1] = { 0 };
	uint8_t tbs[RPC_SIGN_BATCH_MAX + 1][200];
	const struct rpc_sign_ask ask = { .items = items, .item_count = count };
	size_t i;

	*b = (struct batch){ s, first, count };
	for (i = 0; i < count; i++) {
		memset(tbs[i], (uint8_t)(first + i), sizeof(tbs[i]));
		items[i].kind = RPC_SIGN_CERTIFICATE;
		items[i].tbs = BYTES_OF(tbs[i]);
	}
	rpc_sign_submit(s->client, &ask, done, b);
}

static void
await_done(struct signer *s, size_t n)
{
	thread_lock(&s->lock);
	while (s->done < n)
		thread_wait(&s->cond, &s->lock);
	thread_unlock(&s->lock);
}

static void
test_batches_are_pipelined(void **state)
{
	struct signer *s = *state;
	struct batch b[100];
	size_t i;

	set_gate(s, true); /* none of them waits for the one before */
	for (i = 0; i < ARRAY_LEN(b); i++)
		submit(s, &b[i], (uint8_t)i, 1 + i % RPC_SIGN_BATCH_MAX);
	set_gate(s, false);
	await_done(s, ARRAY_LEN(b));
	assert_int_equal(s->good, ARRAY_LEN(b));
}

static void
test_limits_of_a_batch(void **state)
{
	struct signer *s = *state;
	struct batch b;

	submit(s, &b, 0, RPC_SIGN_BATCH_MAX);
	await_done(s, 1);
	assert_int_equal(s->good, 1);
	submit(s, &b, 0, RPC_SIGN_BATCH_MAX + 1);
	await_done(s, 2);
	assert_int_equal(s->code, ERR_TOO_LARGE);
	submit(s, &b, 0, 0); /* the signer's own refusal */
	await_done(s, 3);
	assert_int_equal(s->code, ERR_INVALID);
}

static void
test_an_answer_that_lacks_one(void **state)
{
	struct signer *s = *state;
	struct batch b;

	s->short_answer = true;
	submit(s, &b, 0, 2);
	await_done(s, 1);
	assert_int_equal(s->good, 0);
	assert_int_equal(s->code, ERR_PROTOCOL);
}

static void
stopper_main(void *arg)
{
	struct signer *s = arg;

	rpc_sign_server_stop(s->server);
	s->server = NULL;
}

/* One batch is being signed when the signer stops: it is answered; those that
 * had not been read fail; then a new signer is found. */
static void
test_the_signer_restarts(void **state)
{
	struct signer *s = *state;
	struct batch b[3];
	pthread_t stopper;
	size_t good;

	set_gate(s, true);
	submit(s, &b[0], 1, 1);
	thread_lock(&s->lock);
	while (s->batches == 0)
		thread_wait(&s->cond, &s->lock);
	thread_unlock(&s->lock);
	submit(s, &b[1], 2, 1);
	assert_int_equal(
	    thread_start(&stopper, "stopper", stopper_main, s, NULL), 0);
	while (access(s->path, F_OK) == 0)
		clock_sleep_us(1000);
	set_gate(s, false);
	thread_join(stopper);
	await_done(s, 2);
	assert_true(s->good >= 1);
	serve(s);
	/* The back-off refuses some. */
	for (good = s->good; s->good == good; clock_sleep_us(10000)) {
		size_t n = s->done;

		submit(s, &b[2], 3, 1);
		await_done(s, n + 1);
	}
}

/* A callback may submit again, also when everything is down. */
struct chain {
	struct signer *s;
	int left;
};

static void
chain_done(void *ctx, const struct rpc_sign_reply *reply, const struct err *err)
{
	static const uint8_t tbs[] = { 1 };
	static const struct rpc_sign_item item = { .kind = RPC_SIGN_CERTIFICATE,
		.tbs = { tbs, 1 } };
	const struct rpc_sign_ask ask = { .items = &item, .item_count = 1 };
	struct chain *c = ctx;

	(void)reply;
	(void)err;
	if (c->left-- > 0) {
		rpc_sign_submit(c->s->client, &ask, chain_done, c);
		return;
	}
	thread_lock(&c->s->lock);
	c->s->done++;
	thread_broadcast(&c->s->cond);
	thread_unlock(&c->s->lock);
}

static void
test_a_callback_submits(void **state)
{
	struct signer *s = *state;
	struct chain c = { s, 20 };

	chain_done(&c, NULL, NULL);
	await_done(s, 1);
	rpc_sign_server_stop(s->server);
	s->server = NULL;
	c.left = 20;
	chain_done(&c, NULL, NULL);
	await_done(s, 2);
}

/* --- waiting calls ----------------------------------------------------- */

static void
test_status_keys_and_log(void **state)
{
	struct signer *s = *state;
	const struct rpc_sign_make_key p256 = { 5, "p256" };
	const struct rpc_sign_make_key dsa = { 5, "dsa" };
	const struct rpc_sign_log_ask log_ask = { 10, RPC_SIGN_LOG_MAX };
	AUTO(rpc_sign_msg) m1 = NULL;
	AUTO(rpc_sign_msg) m2 = NULL;
	AUTO(rpc_sign_msg) m3 = NULL;
	const struct rpc_sign_status *st;
	const struct rpc_sign_key *key;
	const struct rpc_sign_log *log;
	struct err err = { 0 };

	assert_int_equal(rpc_sign_status(s->client, &m1, &st, &err), 0);
	assert_int_equal(st->key_count, 2);
	assert_string_equal(st->keys[1].kind, "rsa2048");
	assert_int_equal(st->keys[1].spki.n, 20);
	assert_int_equal(st->log_sequence, 99);
	assert_true(st->init);
	assert_int_equal(
	    rpc_sign_make_key(s->client, &p256, &m2, &key, &err), 0);
	assert_int_equal(key->index, 5);
	assert_int_equal(rpc_sign_log(s->client, &log_ask, &m3, &log, &err), 0);
	assert_int_equal(log->row_count, RPC_SIGN_LOG_MAX);
	assert_int_equal(log->rows[1].sequence, 12);
	assert_int_equal(
	    rpc_sign_make_key(s->client, &dsa, &m1, &key, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_string_equal(err.text, "no keys of kind dsa");
}

static void
test_waiting_for_a_batch(void **state)
{
	struct signer *s = *state;
	static const uint8_t tbs[] = { 8 };
	static const struct rpc_sign_item item = { .kind = RPC_SIGN_CERTIFICATE,
		.tbs = { tbs, 1 } };
	const struct rpc_sign_ask ask = { .items = &item, .item_count = 1 };
	AUTO(rpc_sign_msg) m = NULL;
	const struct rpc_sign_reply *reply;
	struct err err = { 0 };

	assert_int_equal(rpc_sign_wait(s->client, &ask, &m, &reply, &err), 0);
	assert_int_equal(reply->items[0].signature.p[0], 8);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_batches_are_pipelined),
		TEST(test_limits_of_a_batch),
		TEST(test_an_answer_that_lacks_one),
		TEST(test_the_signer_restarts),
		TEST(test_a_callback_submits),
		TEST(test_status_keys_and_log),
		TEST(test_waiting_for_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
