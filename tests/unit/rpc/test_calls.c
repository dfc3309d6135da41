/* Clients and servers of the CA as their users see them. */
#include "fixture.h"

#include <sys/wait.h>

#define THREADS 16
#define CALLS   200

/* --- many calls -------------------------------------------------------- */

static void
test_a_call(void **state)
{
	struct fixture *f = *state;
	uint64_t id = 0;

	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 42, &id, NULL), 0);
	assert_int_equal(id, 42);
	assert_int_equal(fixture_submit(f, 43, &id, NULL), 0);
	assert_int_equal(id, 43);
}

struct caller {
	struct fixture *f;
	uint8_t first;
	size_t calls;
	size_t wrong;
	struct err err;
	pthread_t thread;
};

static void
caller_main(void *arg)
{
	struct caller *c = arg;
	size_t i;

	for (i = 0; i < c->calls; i++) {
		uint64_t id = 0;

		if (fixture_submit(c->f, c->first, &id, &c->err) < 0 ||
		    id != c->first)
			c->wrong++;
	}
}

static void
callers_start(struct fixture *f, struct caller *c, size_t n, size_t calls)
{
	size_t i;

	for (i = 0; i < n; i++) {
		c[i] = (struct caller){
			.f = f, .first = (uint8_t)(i + 1), .calls = calls
		};
		assert_int_equal(thread_start(&c[i].thread, "caller",
				     caller_main, &c[i], NULL),
		    0);
	}
}

static size_t
callers_join(struct caller *c, size_t n)
{
	size_t i, wrong = 0;

	for (i = 0; i < n; i++) {
		thread_join(c[i].thread);
		wrong += c[i].wrong;
	}
	return wrong;
}

static void
test_many_threads(void **state)
{
	struct fixture *f = *state;
	struct caller callers[THREADS];

	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	callers_start(f, callers, THREADS, CALLS);
	assert_int_equal(callers_join(callers, THREADS), 0);
	assert_int_equal(f->reached[RPC_SUBMIT], THREADS * CALLS);
}

static void
test_answers_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct caller callers[THREADS];
	size_t i;

	f->on_call = fixture_hold;
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	callers_start(f, callers, THREADS, 1);
	fixture_await_held(f, THREADS);
	for (i = THREADS; i > 0; i--)
		fixture_answer(f, f->held[i - 1]);
	assert_int_equal(callers_join(callers, THREADS), 0);
}

/* Answers into one outbox whenever all callers wait. */
static void
answer_together(struct fixture *f, struct rpc_call *call)
{
	struct rpc_outbox out = { 0 };
	struct rpc_result result = { .disposition = DISPOSITION_PENDING,
		.message = "",
		.sentence = "",
		.requester = "" };
	size_t i;

	fixture_hold(f, call);
	if (f->held_count < THREADS)
		return;
	for (i = 0; i < f->held_count; i++) {
		const struct rpc_submit *ask = rpc_call_ask(f->held[i]);

		result.id = ask->request.p[0];
		rpc_reply_into(f->held[i], &result, &out);
	}
	assert_int_equal(out.n, 1);
	assert_int_equal(out.to[0].answers, THREADS);
	f->held_count = 0;
	rpc_outbox_send(&out);
}

/* Without a time limit of the client: one caller who is not woken stops the
 * test for good. */
static void
test_answers_leave_together(void **state)
{
	struct fixture *f = *state;
	struct caller callers[THREADS];

	f->on_call = answer_together;
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 600000);
	callers_start(f, callers, THREADS, CALLS);
	assert_int_equal(callers_join(callers, THREADS), 0);
	assert_int_equal(f->reached[RPC_SUBMIT], THREADS * CALLS);
}

static void
fail_call(struct fixture *f, struct rpc_call *call)
{
	struct err err;

	(void)f;
	(void)err_set(&err, ERR_LIMIT, "too many \xc3\xbc today");
	rpc_fail(call, &err);
}

static void
test_an_error_arrives_whole(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	uint64_t id;

	f->on_call = fail_call;
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 1, &id, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(err.text, "too many \xc3\xbc today");
}

/* A reply that breaks its limits is an error, not silence. */
static void
reply_beyond_limits(struct fixture *f, struct rpc_call *call)
{
	static uint8_t cert[RPC_CERT_MAX + 1];
	const struct rpc_result result = { .message = "",
		.sentence = "",
		.requester = "",
		.cert = BYTES_OF(cert) };

	(void)f;
	rpc_reply(call, &result);
}

static void
test_a_reply_beyond_limits(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	uint64_t id;

	f->on_call = reply_beyond_limits;
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 1, &id, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_non_null(strstr(err.text, "cert"));
}

static void
test_a_late_answer(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	uint64_t id = 0;

	f->on_call = fixture_hold;
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 1000);
	assert_int_equal(fixture_submit(f, 1, &id, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	/* The answer that comes too late is nobody's; the next is right. */
	fixture_await_held(f, 1);
	fixture_answer(f, f->held[0]);
	fixture_then(f, fixture_answer);
	assert_int_equal(fixture_submit(f, 2, &id, &err), 0);
	assert_int_equal(id, 2);
}

/* --- coming and going -------------------------------------------------- */

static void
test_no_server(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	uint64_t id;

	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 1, &id, &err), -1);
	assert_int_equal(err.code, ERR_UNAVAILABLE);
	assert_non_null(strstr(err.text, "cannot be reached"));
	/* At once again, without another attempt. */
	assert_int_equal(fixture_submit(f, 1, &id, &err), -1);
	assert_int_equal(err.code, ERR_UNAVAILABLE);
}

/* Calls until one works: the back-off refuses some. */
static void
submit_again(struct fixture *f, uint8_t first)
{
	struct err err = { 0 };
	uint64_t id = 0;

	while (fixture_submit(f, first, &id, &err) < 0) {
		assert_true(
		    err.code == ERR_UNAVAILABLE || err.code == ERR_LOST);
		clock_sleep_us(10000);
	}
	assert_int_equal(id, first);
}

static void
test_reconnects(void **state)
{
	struct fixture *f = *state;
	uint64_t id;
	int i;

	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 1, &id, NULL), -1);
	for (i = 0; i < 3; i++) {
		fixture_start(f, RPC_CHANNEL_WEB);
		submit_again(f, (uint8_t)(i + 1));
		fixture_stop(f);
	}
}

/* The connection is cut while calls wait: they all fail, none hangs. */
static int
refuse_all(struct fixture *f, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err)
{
	(void)f;
	(void)peer;
	(void)hello;
	return err_set(err, ERR_UNAUTHENTICATED, "who are you");
}

static void
test_the_peer_dies(void **state)
{
	struct fixture *f = *state;
	struct caller callers[4];
	AUTO(rpc_arena) a = rpc_arena_new(65536, 65536);
	struct rpc_envelope e;
	struct rpc_frame *frame;
	struct bytes got;
	int listener, fd, i;
	const struct rpc_frame_limits limits = { 262144, 262144 };

	assert_int_equal(rpc_socket_listen(f->path, 0600, &listener, NULL), 0);
	fixture_connect(f, 0);
	callers_start(f, callers, 4, 1);
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) < 0)
		clock_sleep_us(1000);
	assert_int_equal(rpc_frame_new(fd, &limits, &frame, NULL), 0);
	for (i = 0; i < 5; i++) {
		int rc;

		while ((rc = rpc_frame_next(frame, &got, NULL)) == 0)
			assert_int_equal(
			    rpc_frame_wait(frame, true, 0, NULL), 0);
		assert_int_equal(rc, 1);
		assert_int_equal(rpc_envelope_parse(got, a, &e, NULL), 0);
		if (i == 0) /* Hello answers Hello */
			assert_int_equal(
			    rpc_frame_send(frame, BYTES_NONE, got, NULL), 0);
	}
	rpc_frame_free(frame);
	assert_int_equal(callers_join(callers, 4), 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(callers[i].err.code, ERR_LOST);
	close(listener);
}

static void
stopper_main(void *arg)
{
	fixture_stop(arg);
}

static void
test_stop_waits_for_answers(void **state)
{
	struct fixture *f = *state;
	struct caller callers[THREADS];
	pthread_t stopper;
	size_t i;

	f->on_call = fixture_hold;
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	callers_start(f, callers, THREADS, 1);
	fixture_await_held(f, THREADS);
	assert_int_equal(
	    thread_start(&stopper, "stopper", stopper_main, f, NULL), 0);
	/* The socket file goes first: then stopping has begun. */
	while (access(f->path, F_OK) == 0)
		clock_sleep_us(1000);
	for (i = 0; i < THREADS; i++)
		fixture_answer(f, f->held[i]);
	thread_join(stopper);
	assert_int_equal(callers_join(callers, THREADS), 0);
}

/* --- who may ----------------------------------------------------------- */

static void
test_hello_refuses(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	uint64_t id;

	f->on_hello = refuse_all;
	fixture_start(f, RPC_CHANNEL_ADMIN);
	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 1, &id, &err), -1);
	assert_int_equal(err.code, ERR_UNAUTHENTICATED);
	assert_string_equal(err.text, "who are you");
}

static int
check_account(struct fixture *f, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err)
{
	(void)f;
	(void)err;
	assert_int_equal(peer->uid, geteuid());
	assert_int_equal(peer->pid, getpid());
	assert_string_equal(hello->as, "officer");
	assert_int_equal(hello->as_role, ROLE_OFFICER);
	assert_true(bytes_eq(hello->password, BYTES_LIT("secret")));
	return str_copy(peer->account, sizeof(peer->account), hello->as) ? 0
									 : -1;
}

static void
answer_account(struct fixture *f, struct rpc_call *call)
{
	const struct rpc_status status = { .version = "1",
		.name = rpc_call_peer(call)->account,
		.signer_error = "",
		.store_error = "" };

	(void)f;
	rpc_reply(call, &status);
}

static void
test_hello_says_who(void **state)
{
	struct fixture *f = *state;
	const struct rpc_client_options o = { .path = f->path,
		.as = "officer",
		.as_role = ROLE_OFFICER,
		.password = BYTES_LIT("secret") };
	const struct rpc_nothing nothing = { 0 };
	const struct rpc_status *status;
	AUTO(rpc_msg) msg = NULL;
	struct err err = { 0 };

	f->on_hello = check_account;
	f->on_call = answer_account;
	fixture_start(f, RPC_CHANNEL_ADMIN);
	assert_int_equal(rpc_client_new(&o, &f->client, &err), 0);
	assert_int_equal(
	    rpc_do_STATUS(f->client, &nothing, &msg, &status, &err), 0);
	assert_string_equal(status->name, "officer");
}

/* Only the named uid, root and ourselves; needs root to play another. */
static void
test_another_uid(void **state)
{
	static const struct rpc_server_ops ops = { NULL, NULL };
	struct fixture *f = *state;
	const uid_t allowed = 65533;
	const struct rpc_listener listener = { .channel = RPC_CHANNEL_WEB,
		.path = f->path,
		.mode = 0666,
		.uids = &allowed,
		.uid_count = 1 };
	struct err err = { 0 };
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(f->folder, 0755), 0);
	assert_int_equal(
	    rpc_server_start(&listener, 1, &ops, f, &f->server, &err), 0);
	pid = fork();
	if (pid == 0) {
		AUTO(rpc_arena) a = rpc_arena_new(65536, 65536);
		struct rpc_envelope e;
		int fd;

		if (setuid(65534) < 0)
			_exit(10);
		fd = fixture_raw(f);
		if (!fixture_raw_read(fd, a, &e))
			_exit(11);
		_exit(e.code == ERR_DENIED ? 0 : 12);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A web role that was taken over: it speaks the protocol itself and asks for
 * everything. What methods.def does not give to WEB never reaches the CA. */
static void
taken_over_answer(struct fixture *f, struct rpc_call *call)
{
	struct err err;

	(void)f;
	(void)err_set(&err, ERR_NOT_FOUND, "reached");
	rpc_fail(call, &err);
}

static bool
listed(uint32_t number, unsigned channel)
{
	enum { WEB = 1, RA = 2, ADMIN = 4 };

	switch (number) {
#define METHOD(sym, number_, ask, reply, right, channels) \
	case number_:                                     \
		return ((channels)&channel) != 0;
#include "rpc/methods.def"
#undef METHOD
	default:
		return false;
	}
}

/* The wire must be judged by what is written down, not by what the server's
 * table says: these are the methods that DESIGN gives to the web role. */
static bool
web_by_design(uint32_t number)
{
	/* Which templates somebody may use is for his pages; what they say and
	 * which are enabled is not. */
	return (number >= RPC_CHECK_PASSWORD && number <= RPC_RESPONSE) ||
	       number == RPC_TEMPLATE_LIST;
}

/* An empty ask can be read, but where a number must be a known one. */
static struct bytes
readable(uint32_t number)
{
	static const uint8_t decision[] = { 0x18, 1 }, action[] = { 0x08, 1 };

	switch (number) {
	case RPC_DECIDE:
		return BYTES_OF(decision);
	case RPC_GROUP_CHANGE:
	case RPC_PERMISSION_CHANGE:
		return BYTES_OF(action);
	default:
		return BYTES_NONE;
	}
}

static void
ask_everything(struct fixture *f, enum rpc_channel channel)
{
	AUTO(rpc_arena) a = rpc_arena_new(65536, 1048576);
	struct rpc_envelope e;
	const uint8_t version[] = { 0x08, 1 };
	uint32_t number;
	int fd;

	memset(f->reached, 0, sizeof(f->reached));
	f->on_call = taken_over_answer;
	fixture_start(f, channel);
	fd = fixture_raw(f);
	fixture_raw_send(fd, 7, 0, BYTES_OF(version));
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.code, ERR_OK);
	for (number = 0; number < 256; number++) {
		fixture_raw_send(fd, number + 1000, number, readable(number));
		assert_true(fixture_raw_read(fd, a, &e));
		assert_int_equal(e.id, number + 1000);
		assert_int_equal(
		    f->reached[number], listed(number, channel) ? 1 : 0);
		assert_int_equal(e.code,
		    listed(number, channel) ? ERR_NOT_FOUND : ERR_DENIED);
		if (channel == RPC_CHANNEL_WEB && f->reached[number])
			assert_true(web_by_design(number));
	}
	close(fd);
	fixture_stop(f);
}

static void
test_channels(void **state)
{
	ask_everything(*state, RPC_CHANNEL_WEB);
	ask_everything(*state, RPC_CHANNEL_RA);
	ask_everything(*state, RPC_CHANNEL_ADMIN);
}

int
main(void)
{
#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_call),
		TEST(test_many_threads),
		TEST(test_answers_in_any_order),
		TEST(test_answers_leave_together),
		TEST(test_an_error_arrives_whole),
		TEST(test_a_reply_beyond_limits),
		TEST(test_a_late_answer),
		TEST(test_no_server),
		TEST(test_reconnects),
		TEST(test_the_peer_dies),
		TEST(test_stop_waits_for_answers),
		TEST(test_hello_refuses),
		TEST(test_hello_says_who),
		TEST(test_another_uid),
		TEST(test_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
