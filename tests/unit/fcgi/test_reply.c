#include "../unit.h"
#include "fcgi/reply.h"

static void
is_written_with_its_length(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(4096);
	struct fcgi_reply r;

	(void)state;
	fcgi_reply_init(&r);
	fcgi_reply_type(&r, "text/html");
	fcgi_reply_header(&r, "X-A", "b");
	buf_add_str(&r.body, "hello");
	assert_false(fcgi_reply_failed(&r));
	fcgi_reply_head(&r, &out);
	assert_string_equal(buf_str(&out),
	    "Status: 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n"
	    "X-A: b\r\n\r\n");
	r.status = 304;
	assert_false(fcgi_reply_has_body(&r));
	fcgi_reply_reset(&r);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body.n, 0);
	fcgi_reply_clear(&r);
}

static void
headers_cannot_break_out(void **state)
{
	static const struct {
		const char *name, *value;
	} bad[] = {
		{ "X", "a\r\nY: z" },
		{ "X", "a\nb" },
		{ "X", "a\001" },
		{ "X", "a\177" },
		{ "X Y", "a" },
		{ "X:", "a" },
		{ "", "a" },
		{ "Content-Length", "1" },
		{ "content-type", "text/html" },
		{ "STATUS", "200" },
	};
	struct fcgi_reply r;
	size_t i;

	(void)state;
	fcgi_reply_init(&r);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		fcgi_reply_reset(&r);
		fcgi_reply_header(&r, bad[i].name, bad[i].value);
		assert_true(fcgi_reply_failed(&r));
	}
	fcgi_reply_reset(&r);
	fcgi_reply_type(&r, "text/html\r\nX: y");
	assert_true(fcgi_reply_failed(&r));
	fcgi_reply_reset(&r);
	r.status = 99;
	assert_true(fcgi_reply_failed(&r));
	fcgi_reply_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_written_with_its_length),
		cmocka_unit_test(headers_cannot_break_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
