#include "fixture.h"

#include "envelope.pb-c.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>

static int
on_hello(void *ctx, struct rpc_peer *peer, const struct rpc_hello *hello,
    struct err *err)
{
	struct fixture *f = ctx;

	return f->on_hello ? f->on_hello(f, peer, hello, err) : 0;
}

static void
on_call(void *ctx, struct rpc_call *call)
{
	struct fixture *f = ctx;
	void (*then)(struct fixture * f, struct rpc_call * call);

	thread_lock(&f->lock);
	f->reached[rpc_call_method(call)->method & 255]++;
	then = f->on_call;
	thread_unlock(&f->lock);
	then(f, call);
}

void
fixture_answer(struct fixture *f, struct rpc_call *call)
{
	const struct rpc_submit *ask = rpc_call_ask(call);
	struct rpc_result result = {
		.message = "", .sentence = "", .requester = ""
	};

	(void)f;
	assert(rpc_call_method(call)->method == RPC_SUBMIT);
	result.id = ask->request.n ? ask->request.p[0] : 0;
	result.message = ask->attributes;
	result.cert = bytes_of(
	    ask->request.p, ask->request.n > 1024 ? 1024 : ask->request.n);
	rpc_reply(call, &result);
}

void
fixture_hold(struct fixture *f, struct rpc_call *call)
{
	thread_lock(&f->lock);
	f->held[f->held_count++] = call;
	thread_broadcast(&f->cond);
	thread_unlock(&f->lock);
}

void
fixture_then(
    struct fixture *f, void (*then)(struct fixture *f, struct rpc_call *c))
{
	thread_lock(&f->lock);
	f->on_call = then;
	thread_unlock(&f->lock);
}

void
fixture_await_held(struct fixture *f, size_t n)
{
	thread_lock(&f->lock);
	while (f->held_count < n)
		thread_wait(&f->cond, &f->lock);
	thread_unlock(&f->lock);
}

int
fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/rpc-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/s.sock", f->folder);
	(void)pthread_mutex_init(&f->lock, NULL);
	thread_cond_init(&f->cond);
	f->on_call = fixture_answer;
	*state = f;
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	rpc_client_free(f->client);
	rpc_server_stop(f->server);
	(void)unlink(f->path);
	(void)rmdir(f->folder);
	(void)pthread_cond_destroy(&f->cond);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
	return 0;
}

void
fixture_start(struct fixture *f, enum rpc_channel channel)
{
	static const struct rpc_server_ops ops = { on_hello, on_call };
	const struct rpc_listener listener = {
		.channel = channel, .path = f->path, .mode = 0600
	};
	struct err err = { 0 };

	if (rpc_server_start(&listener, 1, &ops, f, &f->server, &err) < 0)
		fail_msg("%s", err.text);
}

void
fixture_stop(struct fixture *f)
{
	rpc_server_stop(f->server);
	f->server = NULL;
}

void
fixture_connect(struct fixture *f, uint32_t timeout_ms)
{
	const struct rpc_client_options o = {
		.path = f->path, .as = "", .timeout_ms = timeout_ms
	};
	struct err err = { 0 };

	if (rpc_client_new(&o, &f->client, &err) < 0)
		fail_msg("%s", err.text);
}

int
fixture_submit(
    struct fixture *f, uint8_t first, uint64_t *ret_id, struct err *err)
{
	uint8_t der[1000] = { first };
	const struct rpc_submit ask = { .target_ca = "",
		.request = BYTES_OF(der),
		.attributes = "a:b\n",
		.address = "::1",
		.agent = "test" };
	const struct rpc_result *result;
	AUTO(rpc_msg) msg = NULL;

	if (rpc_do_SUBMIT(f->client, &ask, &msg, &result, err) < 0)
		return -1;
	*ret_id = result->id;
	return 0;
}

int
fixture_raw(struct fixture *f)
{
	struct err err = { 0 };
	int fd = -1;

	if (rpc_socket_connect(f->path, &fd, &err) < 0)
		fail_msg("%s", err.text);
	return fd;
}

static void
raw_write(int fd, struct bytes s)
{
	while (s.n > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return; /* closed: what a test looks for */
		if (n < 0 && poll(&p, 1, -1) < 0)
			return;
		if (n > 0) {
			s.p += n;
			s.n -= (size_t)n;
		}
	}
}

void
fixture_raw_write(int fd, struct bytes s)
{
	raw_write(fd, s);
}

void
fixture_raw_send(int fd, uint64_t id, uint32_t method, struct bytes body)
{
	Wire__Envelope e = WIRE__ENVELOPE__INIT;
	uint8_t length[4];
	uint8_t *p;
	size_t n;

	e.id = id;
	e.method = method;
	e.body.len = body.n;
	memcpy(&e.body.data, &body.p, sizeof(e.body.data));
	n = wire__envelope__get_packed_size(&e);
	p = malloc(n);
	assert_non_null(p);
	(void)wire__envelope__pack(&e, p);
	length[0] = (uint8_t)(n >> 24);
	length[1] = (uint8_t)(n >> 16);
	length[2] = (uint8_t)(n >> 8);
	length[3] = (uint8_t)n;
	raw_write(fd, BYTES_OF(length));
	raw_write(fd, bytes_of(p, n));
	free(p);
}

static bool
raw_take(int fd, uint8_t *p, size_t n)
{
	while (n > 0) {
		struct pollfd w = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&w, 1, -1) < 0)
			return false;
		got = recv(fd, p, n, 0);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool
fixture_raw_read(int fd, struct rpc_arena *a, struct rpc_envelope *ret)
{
	uint8_t length[4];
	uint8_t *p;
	size_t n;

	if (!raw_take(fd, length, 4))
		return false;
	n = (size_t)length[0] << 24 | (size_t)length[1] << 16 |
	    (size_t)length[2] << 8 | length[3];
	p = rpc_arena_alloc(a, n);
	assert_non_null(p);
	if (!raw_take(fd, p, n))
		return false;
	assert_int_equal(rpc_envelope_parse(bytes_of(p, n), a, ret, NULL), 0);
	return true;
}
