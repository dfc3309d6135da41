/* The first byte chooses: 0 a stream of frames as a peer sends it, 1 and up
 * one message of the table below. What is read as a message must be writable
 * and read the same again. */
#include "fuzz.h"

#include "rpc/ca_convert.h"
#include "rpc/envelope.h"
#include "rpc/frame.h"
#include "rpc/hello.h"
#include "rpc/sign_convert.h"

#include <fcntl.h>
#include <sys/socket.h>

#define MEMORY_MAX 1048576

static const struct rpc_convert *
message(uint8_t number)
{
	static const struct rpc_convert *const sign[] = {
		&rpc_sign_convert_status_ask,
		&rpc_sign_convert_status,
		&rpc_sign_convert_make_key,
		&rpc_sign_convert_key,
		&rpc_sign_convert_ask,
		&rpc_sign_convert_reply,
		&rpc_sign_convert_log_ask,
		&rpc_sign_convert_log,
	};
	const struct rpc_ca_convert *c;

	/* 1..127: the CA's methods, question and answer; 128: the signer's */
	if (number >= 128)
		return number - 128 < (int)ARRAY_LEN(sign) ? sign[number - 128]
							   : NULL;
	c = rpc_ca_convert_find(number / 2);
	return !c ? NULL : number % 2 ? c->reply : c->ask;
}

static void
read_message(const struct rpc_convert *c, struct bytes wire)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, MEMORY_MAX);
	AUTO(rpc_arena) b = rpc_arena_new(0, 4 * MEMORY_MAX);
	struct err err = { 0 };
	struct bytes once, twice;
	const void *plain;

	if (rpc_convert_decode(c, wire, a, &plain, &err) < 0) {
		expect(err.code != ERR_OK && err.text[0]);
		return;
	}
	expect(rpc_convert_encode(c, plain, b, &once, &err) == 0);
	expect(rpc_convert_decode(c, once, b, &plain, &err) == 0);
	expect(rpc_convert_encode(c, plain, b, &twice, &err) == 0);
	expect(bytes_eq(once, twice));
}

static void
read_envelope(struct bytes frame)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, MEMORY_MAX);
	const struct rpc_ca_convert *c;
	const struct rpc_hello *hello;
	struct rpc_envelope e;
	struct err err = { 0 };

	if (rpc_envelope_parse(frame, a, &e, &err) < 0) {
		expect(err.code != ERR_OK && err.text[0]);
		return;
	}
	rpc_envelope_to_err(&e, &err);
	if (rpc_hello_read(&e, a, &hello, &err) == 0)
		expect(hello->as != NULL);
	c = rpc_ca_convert_find(e.method);
	if (c)
		read_message(c->ask, e.body);
}

static void
read_stream(struct bytes stream)
{
	const struct rpc_frame_limits limits = { 2048, 2048 };
	AUTO(rpc_frame) f = NULL;
	struct bytes frame;
	struct err err = { 0 };
	int fds[2];

	expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	expect(rpc_frame_new(fds[0], &limits, &f, &err) == 0);
	while (stream.n > 0) {
		/* Pieces of 7: frames begin and end anywhere. */
		size_t n = stream.n < 7 ? stream.n : 7;
		int rc;

		expect(write(fds[1], stream.p, n) == (ssize_t)n);
		stream.p += n;
		stream.n -= n;
		while ((rc = rpc_frame_next(f, &frame, &err)) > 0) {
			expect(frame.n <= limits.in_max);
			read_envelope(frame);
		}
		if (rc < 0)
			break;
	}
	close(fds[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rpc_convert *c;

	if (size == 0)
		return 0;
	if (data[0] == 0) {
		read_stream(bytes_of(data + 1, size - 1));
		return 0;
	}
	c = message(data[0]);
	if (c)
		read_message(c, bytes_of(data + 1, size - 1));
	return 0;
}
