/* The server spoken to as nginx speaks to it: FastCGI records on a unix
 * socket (FastCGI specification, sections 3 and 8). */
#include "../unit.h"
#include "base/buf.h"
#include "base/str.h"
#include "fcgi/server.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum record { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static char dir[64], path[96];

static void
echo(void *ctx, const struct fcgi_request *r, struct fcgi_reply *reply)
{
	(void)ctx;
	fcgi_reply_type(reply, "text/plain");
	buf_addf(&reply->body, "%s %s %s ", r->method_name, r->route,
	    r->user_agent ? r->user_agent : "-");
	buf_add_bytes(&reply->body, r->body);
	if (str_eq(r->route, "/bad"))
		fcgi_reply_header(reply, "X", "a\r\nb");
}

static struct fcgi_server *
start(const uid_t *peers, size_t n_peers, unsigned threads)
{
	const struct fcgi_server_options o = { .socket = path,
		.mode = 0600,
		.backlog = 16,
		.threads = threads,
		.peers = peers,
		.n_peers = n_peers,
		.handler = echo };
	struct fcgi_server *s = NULL;
	struct err err = { 0 };

	if (fcgi_server_start(&o, &s, &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static int
connect_to(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = 30 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(str_copy(a.sun_path, sizeof(a.sun_path), path));
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	return fd;
}

static void
add_record(struct buf *b, enum record type, const void *p, size_t n)
{
	const uint8_t head[8] = { 1, (uint8_t)type, 0, 1, (uint8_t)(n >> 8),
		(uint8_t)n, 0, 0 };

	buf_add(b, head, sizeof(head));
	buf_add(b, p, n);
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
	buf_add_char(b, (char)strlen(name));
	buf_add_char(b, (char)strlen(value));
	buf_add_str(b, name);
	buf_add_str(b, value);
}

static void
send_request(int fd, const char *method, const char *uri, const char *length,
    const char *body)
{
	static const uint8_t begin[8] = { 0, 1, 1 }; /* responder, keep */
	AUTO_BUF params = BUF_WITH_LIMIT(4096);
	AUTO_BUF b = BUF_WITH_LIMIT(8192);

	add_param(&params, "REQUEST_METHOD", method);
	add_param(&params, "REQUEST_URI", uri);
	add_param(&params, "DOCUMENT_URI", uri);
	add_param(&params, "CONTENT_LENGTH", length);
	add_param(&params, "HTTP_USER_AGENT", "unit");
	add_record(&b, BEGIN, begin, sizeof(begin));
	add_record(&b, PARAMS, params.p, params.n);
	add_record(&b, PARAMS, "", 0);
	if (*body)
		add_record(&b, STDIN, body, strlen(body));
	add_record(&b, STDIN, "", 0);
	assert_int_equal(write(fd, b.p, b.n), (ssize_t)b.n);
}

static bool
read_all(int fd, void *p, size_t n)
{
	return n == 0 || recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* What came on standard output; false when the connection ended first. */
static bool
read_reply(int fd, struct buf *out)
{
	uint8_t head[8], body[65536 + 256];

	for (;;) {
		size_t n;

		if (!read_all(fd, head, sizeof(head)))
			return false;
		n = (size_t)(head[4] << 8 | head[5]);
		if (!read_all(fd, body, n + head[6]))
			return false;
		if (head[1] == STDOUT)
			buf_add(out, body, n);
		if (head[1] == END)
			return true;
	}
}

static void
check(int fd, const char *method, const char *uri, const char *length,
    const char *body, const char *want)
{
	AUTO_BUF out = BUF_WITH_LIMIT(65536);

	send_request(fd, method, uri, length, body);
	assert_true(read_reply(fd, &out));
	if (!strstr(buf_str(&out), want))
		fail_msg("%s %s: %s", method, uri, buf_str(&out));
}

static void
requests_on_one_connection_are_answered(void **state)
{
	struct fcgi_server *s = start(NULL, 0, 2);
	AUTO_FD fd = connect_to();
	struct stat st;

	(void)state;
	check(fd, "GET", "/A", "", "",
	    "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
	    "12\r\n"
	    "\r\nGET /a unit ");
	check(fd, "POST", "/b", "5", "hello", "POST /b unit hello");
	check(
	    fd, "GET", "/bad", "", "", "Status: 500 Internal Server Error\r\n");
	check(fd, "GET", "/c", "", "", "\r\n\r\nGET /c unit ");
	assert_int_equal(fcgi_server_counts(s).served, 4);
	assert_int_equal(fcgi_server_counts(s).busy, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fcgi_server_free(s); /* while the connection is kept and idle */
	assert_int_equal(stat(path, &st), -1);
}

static void
head_has_a_length_but_no_body(void **state)
{
	AUTO(fcgi_server) s = start(NULL, 0, 1);
	AUTO_BUF out = BUF_WITH_LIMIT(65536);
	AUTO_FD fd = connect_to();

	(void)state;
	assert_non_null(s);
	send_request(fd, "HEAD", "/a", "", "");
	assert_true(read_reply(fd, &out));
	assert_string_equal(buf_str(&out),
	    "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
	    "13\r\n"
	    "\r\n");
}

static void
bodies_have_a_limit_and_must_be_whole(void **state)
{
	AUTO(fcgi_server) s = start(NULL, 0, 2);
	AUTO_FD a = connect_to();
	AUTO_FD b = connect_to();
	AUTO_FD c = connect_to();

	(void)state;
	check(a, "POST", "/a", "262145", "hello",
	    "Status: 413 Content Too Large\r\n");
	check(b, "POST", "/a", "6", "hello", "Status: 400 Bad Request\r\n");
	check(c, "POST", "/a", "-1", "hello", "Status: 400 Bad Request\r\n");
	assert_int_equal(fcgi_server_counts(s).served, 0);
}

static void
other_accounts_are_refused(void **state)
{
	const uid_t other[] = { geteuid() + 1, geteuid() + 2 };
	AUTO(fcgi_server) s = start(other, ARRAY_LEN(other), 2);
	AUTO_BUF out = BUF_WITH_LIMIT(65536);
	AUTO_FD fd = connect_to();

	(void)state;
	send_request(fd, "GET", "/a", "", "");
	assert_false(read_reply(fd, &out));
	assert_int_equal(out.n, 0);
	assert_int_equal(fcgi_server_counts(s).served, 0);
	assert_int_equal(fcgi_server_counts(s).refused, 1);
}

static void
what_cannot_start_says_why(void **state)
{
	struct fcgi_server_options o = { .socket = dir,
		.mode = 0600,
		.backlog = 1,
		.threads = 1,
		.handler = echo };
	struct fcgi_server *s = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fcgi_server_start(&o, &s, &err), -1);
	assert_non_null(strstr(err.text, "is no socket"));
	o.socket = path;
	o.threads = 0;
	assert_int_equal(fcgi_server_start(&o, &s, &err), -1);
	o.threads = FCGI_THREADS_MAX + 1;
	assert_int_equal(fcgi_server_start(&o, &s, &err), -1);
	assert_null(s);
}

static int
make_dir(void **state)
{
	(void)state;
	assert_true(str_copy(dir, sizeof(dir), "/tmp/ocs-fcgi-XXXXXX"));
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/web.sock", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_on_one_connection_are_answered),
		cmocka_unit_test(head_has_a_length_but_no_body),
		cmocka_unit_test(bodies_have_a_limit_and_must_be_whole),
		cmocka_unit_test(other_accounts_are_refused),
		cmocka_unit_test(what_cannot_start_says_why),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
