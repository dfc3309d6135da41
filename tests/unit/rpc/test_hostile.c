/* Peers that break the protocol, stop in the middle, or go away. */
#include "fixture.h"

#include "rpc/ca_convert.h"

#include <sys/un.h>

static const uint8_t hello[] = { 0x08, 1 }; /* version 1 */

/* The server must close this connection and go on serving others. */
static void
closes_and_lives(struct fixture *f, int fd)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, 1048576);
	struct rpc_envelope e;
	uint64_t id = 0;

	while (fixture_raw_read(fd, a, &e))
		assert_int_not_equal(e.code, ERR_OK);
	close(fd);
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
	assert_int_equal(id, 9);
}

static void
start(struct fixture *f)
{
	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
}

static int
greeted(struct fixture *f)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, 65536);
	int fd = fixture_raw(f);
	struct rpc_envelope e;

	fixture_raw_send(fd, 5, 0, BYTES_OF(hello));
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.id, 5);
	assert_int_equal(e.code, ERR_OK);
	return fd;
}

static void
test_too_long(void **state)
{
	struct fixture *f = *state;
	/* RPC_CA_ASK_FRAME_MAX + 1 and 4 GiB - 1, no content */
	static const uint8_t over[] = { 0, 4, 0, 1 };
	static const uint8_t far[] = { 255, 255, 255, 255 };
	int fd;

	start(f);
	fd = greeted(f);
	fixture_raw_write(fd, BYTES_OF(over));
	closes_and_lives(f, fd);
	fd = fixture_raw(f); /* also as the very first bytes */
	fixture_raw_write(fd, BYTES_OF(far));
	closes_and_lives(f, fd);
}

/* Exactly the longest frame is read, one byte more is not. */
static void
test_the_longest_frame(void **state)
{
	/* id, method, and tag and length of the body: 2 + 2 + 1 + 3 */
	enum { BODY = RPC_CA_ASK_FRAME_MAX - 8 };
	struct fixture *f = *state;
	AUTO(rpc_arena) a = rpc_arena_new(0, 65536);
	AUTO_MEM uint8_t *body = calloc(1, BODY + 1);
	struct rpc_envelope e;
	int fd;

	start(f);
	fd = greeted(f);
	fixture_raw_send(fd, 6, RPC_SUBMIT, bytes_of(body, BODY));
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.id, 6);
	assert_int_equal(e.code, ERR_PROTOCOL);
	fixture_raw_send(fd, 7, RPC_SUBMIT, bytes_of(body, BODY + 1));
	assert_false(fixture_raw_read(fd, a, &e));
	close(fd);
}

static void
test_garbage(void **state)
{
	struct fixture *f = *state;
	static const uint8_t garbage[] = { 0, 0, 0, 5, 0xde, 0xad, 0xbe, 0xef,
		0 };
	static const uint8_t empty[] = { 0, 0, 0, 0 };
	int fd;

	start(f);
	fd = greeted(f);
	fixture_raw_write(fd, BYTES_OF(garbage));
	closes_and_lives(f, fd);
	fd = fixture_raw(f);
	fixture_raw_write(fd, BYTES_OF(garbage));
	closes_and_lives(f, fd);
	fd = fixture_raw(f); /* an empty Hello has version 0 */
	fixture_raw_write(fd, BYTES_OF(empty));
	closes_and_lives(f, fd);
}

static void
test_a_body_that_is_no_message(void **state)
{
	struct fixture *f = *state;
	AUTO(rpc_arena) a = rpc_arena_new(0, 65536);
	struct rpc_envelope e;
	int fd;

	start(f);
	fd = greeted(f);
	/* The envelope is right, so the peer is told and may go on. */
	fixture_raw_send(fd, 6, RPC_SUBMIT, BYTES_LIT("\xff\xff\xff"));
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.id, 6);
	assert_int_equal(e.code, ERR_PROTOCOL);
	fixture_raw_send(fd, 7, RPC_SUBMIT, BYTES_NONE);
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.id, 7);
	assert_int_equal(e.code, ERR_OK);
	assert_int_equal(f->reached[RPC_SUBMIT], 1);
	close(fd);
}

static void
test_half_a_frame(void **state)
{
	struct fixture *f = *state;
	static const uint8_t half[] = { 0, 0, 1, 0, 8, 1 };
	uint64_t id = 0;
	size_t n;
	int fd;

	start(f);
	for (n = 1; n <= sizeof(half); n++) {
		fd = greeted(f);
		fixture_raw_write(fd, bytes_of(half, n));
		close(fd);
		fd = fixture_raw(f);
		fixture_raw_write(fd, bytes_of(half, n));
		close(fd);
	}
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
}

static void
test_byte_by_byte(void **state)
{
	struct fixture *f = *state;
	/* 4 bytes of length; Envelope{id 3, method 4, body empty} */
	static const uint8_t frame[] = { 0, 0, 0, 4, 0x08, 3, 0x10,
		RPC_SUBMIT };
	AUTO(rpc_arena) a = rpc_arena_new(0, 65536);
	struct rpc_envelope e;
	size_t i;
	int fd;

	start(f);
	fd = greeted(f);
	for (i = 0; i < sizeof(frame); i++)
		fixture_raw_write(fd, bytes_of(frame + i, 1));
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.id, 3);
	assert_int_equal(e.code, ERR_OK);
	close(fd);
}

static void
test_a_wrong_version(void **state)
{
	struct fixture *f = *state;
	static const uint8_t version[] = { 0x08, 2 };
	AUTO(rpc_arena) a = rpc_arena_new(0, 65536);
	struct rpc_envelope e;
	int fd;

	start(f);
	fd = fixture_raw(f);
	fixture_raw_send(fd, 1, 0, BYTES_OF(version));
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_non_null(strstr(e.text, "version 2"));
	closes_and_lives(f, fd);
}

static void
test_a_call_before_hello(void **state)
{
	struct fixture *f = *state;
	int fd;

	start(f);
	fd = fixture_raw(f);
	fixture_raw_send(fd, 1, RPC_CA_INFO, BYTES_NONE);
	closes_and_lives(f, fd);
	assert_int_equal(f->reached[RPC_CA_INFO], 0);
}

/* A peer goes away while its calls are being worked on. */
static void
test_gone_before_the_answer(void **state)
{
	struct fixture *f = *state;
	uint64_t id = 0;
	int fd, i;

	f->on_call = fixture_hold;
	start(f);
	fd = greeted(f);
	for (i = 0; i < 10; i++)
		fixture_raw_send(fd, (uint64_t)i, RPC_SUBMIT, BYTES_NONE);
	fixture_await_held(f, 10);
	close(fd);
	fixture_then(f, fixture_answer);
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
	for (i = 0; i < 10; i++)
		fixture_answer(f, f->held[i]);
}

/* More calls than may be in flight: reading pauses, all are answered. */
static void
test_in_flight_is_limited(void **state)
{
	enum { EXTRA = 50 };
	struct fixture *f = *state;
	AUTO(rpc_arena) a = rpc_arena_new(0, 16777216);
	struct rpc_envelope e;
	size_t i, seen;
	uint64_t id;
	int fd;

	f->on_call = fixture_hold;
	start(f);
	fd = greeted(f);
	for (i = 0; i < RPC_IN_FLIGHT_MAX + EXTRA; i++)
		fixture_raw_send(fd, i + 1, RPC_SUBMIT, BYTES_NONE);
	fixture_await_held(f, RPC_IN_FLIGHT_MAX);
	/* Another connection's answer: time for the first to go too far. */
	fixture_then(f, fixture_answer);
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
	thread_lock(&f->lock);
	seen = f->reached[RPC_SUBMIT];
	thread_unlock(&f->lock);
	assert_int_equal(seen, RPC_IN_FLIGHT_MAX + 1);
	for (i = 0; i < RPC_IN_FLIGHT_MAX; i++)
		fixture_answer(f, f->held[i]);
	for (i = 0; i < RPC_IN_FLIGHT_MAX + EXTRA; i++)
		assert_true(fixture_raw_read(fd, a, &e));
	close(fd);
}

/* A peer that does not read: answering does not block, and what it is owed
 * arrives when it reads after all. */
static void
answer_large(struct fixture *f, struct rpc_call *call)
{
	static uint8_t der[2000000];
	const struct rpc_crl crl = { .der = BYTES_OF(der), .number = 1 };

	(void)f;
	rpc_reply(call, &crl);
}

static void
test_a_peer_that_does_not_read(void **state)
{
	enum { ASKED = 8 }; /* 16 MB: more than a socket holds */
	struct fixture *f = *state;
	uint64_t id = 0;
	int fd, i;

	f->on_call = fixture_hold;
	start(f);
	fd = greeted(f);
	for (i = 0; i < ASKED; i++)
		fixture_raw_send(fd, (uint64_t)i + 1, RPC_CRL_GET, BYTES_NONE);
	fixture_await_held(f, ASKED);
	for (i = 0; i < ASKED; i++)
		answer_large(f, f->held[i]);
	fixture_then(f, fixture_answer);
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
	for (i = 0; i < ASKED; i++) {
		AUTO(rpc_arena) a = rpc_arena_new(0, 16777216);
		struct rpc_envelope e;

		assert_true(fixture_raw_read(fd, a, &e));
		assert_int_equal(e.id, i + 1);
		assert_true(e.body.n > 2000000);
	}
	close(fd);
}

/* It is cut off before it costs more than the queue's maximum. */
static void
test_a_peer_that_never_reads(void **state)
{
	enum { ASKED = 100 }; /* 200 MB */
	struct fixture *f = *state;
	uint64_t id = 0;
	int fd, i;

	f->on_call = fixture_hold;
	start(f);
	fd = greeted(f);
	for (i = 0; i < ASKED; i++)
		fixture_raw_send(fd, (uint64_t)i + 1, RPC_CRL_GET, BYTES_NONE);
	fixture_await_held(f, ASKED);
	for (i = 0; i < ASKED; i++)
		answer_large(f, f->held[i]);
	fixture_then(f, fixture_answer);
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
	for (i = 0; i < ASKED; i++) {
		AUTO(rpc_arena) a = rpc_arena_new(0, 16777216);
		struct rpc_envelope e;

		if (!fixture_raw_read(fd, a, &e))
			break;
	}
	assert_true(i < ASKED);
	close(fd);
}

static void
test_too_many_connections(void **state)
{
	struct fixture *f = *state;
	AUTO(rpc_arena) a = rpc_arena_new(0, 65536);
	int fds[RPC_CONNECTIONS_MAX];
	struct rpc_envelope e;
	uint64_t id;
	int fd, i;

	start(f);
	for (i = 0; i < RPC_CONNECTIONS_MAX; i++)
		fds[i] = greeted(f);
	fd = fixture_raw(f);
	assert_true(fixture_raw_read(fd, a, &e));
	assert_int_equal(e.code, ERR_BUSY);
	close(fd);
	for (i = 0; i < RPC_CONNECTIONS_MAX; i++)
		close(fds[i]);
	/* Their places are free again, as soon as the server has noticed. */
	while (fixture_submit(f, 9, &id, NULL) < 0)
		clock_sleep_us(10000);
}

/* --- the socket file --------------------------------------------------- */

static void
test_the_socket_file(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct stat st;
	FILE *file;
	int fd, second;

	assert_int_equal(rpc_socket_listen(f->path, 0620, &fd, &err), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0620);
	assert_int_equal(rpc_socket_listen(f->path, 0600, &second, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	close(fd); /* killed: the file stays */
	assert_int_equal(rpc_socket_listen(f->path, 0600, &fd, &err), 0);
	close(fd);
	assert_int_equal(unlink(f->path), 0);
	file = fopen(f->path, "w");
	assert_non_null(file);
	(void)fclose(file);
	assert_int_equal(rpc_socket_listen(f->path, 0600, &fd, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(stat(f->path, &st), 0);
}

static void
test_a_path_longer_than_sun_path(void **state)
{
	struct fixture *f = *state;
	char folder[200], name[60];
	uint64_t id = 0;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	(void)snprintf(folder, sizeof(folder), "%s/%s", f->folder, name);
	assert_int_equal(mkdir(folder, 0700), 0);
	(void)snprintf(f->path, sizeof(f->path), "%s/%.40s", folder, name);
	assert_true(
	    strlen(f->path) > sizeof(((struct sockaddr_un *)0)->sun_path));
	start(f);
	assert_int_equal(fixture_submit(f, 9, &id, NULL), 0);
	fixture_stop(f);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_too_long),
		TEST(test_the_longest_frame),
		TEST(test_garbage),
		TEST(test_a_body_that_is_no_message),
		TEST(test_half_a_frame),
		TEST(test_byte_by_byte),
		TEST(test_a_wrong_version),
		TEST(test_a_call_before_hello),
		TEST(test_gone_before_the_answer),
		TEST(test_in_flight_is_limited),
		TEST(test_a_peer_that_does_not_read),
		TEST(test_a_peer_that_never_reads),
		TEST(test_too_many_connections),
		TEST(test_the_socket_file),
		TEST(test_a_path_longer_than_sun_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
