#include "../unit.h"
#include "fcgi/request.h"

static const char *const whole[] = {
	"REQUEST_METHOD=POST",
	"REQUEST_URI=/CertSrv/certfnsh.asp?a=b",
	"DOCUMENT_URI=/CertSrv/CertFnsh.asp",
	"QUERY_STRING=a=b",
	"CONTENT_TYPE=text/plain",
	"CONTENT_LENGTH=262144",
	"HTTPS=on",
	"REMOTE_ADDR=192.0.2.1",
	"REMOTE_PORT=65535",
	"SERVER_PORT=8443",
	"SERVER_NAME=ca.example",
	"OCS_CONN=7",
	"OCS_CLIENT_OK=NONE",
	"HTTP_HOST=ca.example",
	"HTTP_COOKIE=",
	"HTTP_AUTHORIZATION=Basic eDp5",
	"HTTP_AUTHORIZATION_X=z",
	"HTTP_IF_NONE_MATCH=\"e\"",
	"UNKNOWN=1",
	"NOEQUALS",
	NULL,
};

static void
everything_named_is_read(void **state)
{
	char *params[ARRAY_LEN(whole)];
	struct fcgi_request r;
	struct err err = { 0 };

	(void)state;
	memcpy(params, whole, sizeof(params));
	assert_int_equal(fcgi_request_parse(params, &r, &err), 0);
	assert_int_equal(r.method, HTTP_POST);
	assert_string_equal(r.uri, "/CertSrv/certfnsh.asp?a=b");
	assert_string_equal(r.route, "/certsrv/certfnsh.asp");
	assert_string_equal(r.query, "a=b");
	assert_string_equal(r.content_type, "text/plain");
	assert_int_equal(r.content_length, 262144);
	assert_true(r.https);
	assert_int_equal(r.remote_port, 65535);
	assert_int_equal(r.server_port, 8443);
	assert_int_equal(r.conn, 7);
	assert_string_equal(r.client_ok, "NONE");
	assert_string_equal(r.authorization, "Basic eDp5");
	assert_string_equal(r.if_none_match, "\"e\"");
	assert_null(r.cookie); /* empty is absent */
	assert_null(r.origin);
	assert_int_equal(r.body.n, 0);
}

static int
parse_with(const char *param, struct fcgi_request *r, struct err *err)
{
	char copy[1024], method[] = "REQUEST_METHOD=GET";
	char uri[] = "REQUEST_URI=/", doc[] = "DOCUMENT_URI=/";
	char *params[] = { method, uri, doc, copy, NULL };

	assert_true(strlen(param) < sizeof(copy));
	memcpy(copy, param, strlen(param) + 1);
	*err = (struct err){ 0 };
	return fcgi_request_parse(params, r, err);
}

static void
what_cannot_be_is_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *param;
		enum err_code code;
	} t[] = {
		{ "X=1", ERR_OK },
		{ "CONTENT_LENGTH=", ERR_OK },
		{ "CONTENT_LENGTH=262144", ERR_OK },
		{ "CONTENT_LENGTH=262145", ERR_TOO_LARGE },
		{ "CONTENT_LENGTH=18446744073709551615", ERR_TOO_LARGE },
		{ "CONTENT_LENGTH=18446744073709551616", ERR_INVALID },
		{ "CONTENT_LENGTH=-1", ERR_INVALID },
		{ "CONTENT_LENGTH=1x", ERR_INVALID },
		{ "REMOTE_PORT=65536", ERR_INVALID },
		{ "SERVER_PORT=x", ERR_INVALID },
		{ "OCS_CONN=x", ERR_INVALID },
		{ "REQUEST_METHOD=", ERR_OK }, /* keeps the first */
	};
	/* clang-format on */
	struct fcgi_request r;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		int want = t[i].code == ERR_OK ? 0 : -1;

		assert_int_equal(parse_with(t[i].param, &r, &err), want);
		assert_int_equal(err.code, t[i].code);
	}
}

static void
a_route_has_a_limit(void **state)
{
	char param[600] = "DOCUMENT_URI=";
	size_t n = strlen(param);
	struct fcgi_request r;
	struct err err;

	(void)state;
	memset(param + n, 'A', FCGI_ROUTE_MAX - 1);
	assert_int_equal(parse_with(param, &r, &err), 0);
	assert_int_equal(r.route[FCGI_ROUTE_MAX - 2], 'a');
	param[n + FCGI_ROUTE_MAX - 1] = 'A';
	assert_int_equal(parse_with(param, &r, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

static void
https_is_on_or_not_at_all(void **state)
{
	struct fcgi_request r;
	struct err err;

	(void)state;
	assert_int_equal(parse_with("HTTPS=off", &r, &err), 0);
	assert_false(r.https);
	assert_int_equal(parse_with("HTTPS=", &r, &err), 0);
	assert_false(r.https);
	assert_int_equal(parse_with("HTTPS=on", &r, &err), 0);
	assert_true(r.https);
	assert_int_equal(r.method, HTTP_GET);
}

static void
method_and_path_must_be_there(void **state)
{
	char *const none[] = { NULL };
	struct fcgi_request r;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fcgi_request_parse(none, &r, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_named_is_read),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_route_has_a_limit),
		cmocka_unit_test(https_is_on_or_not_at_all),
		cmocka_unit_test(method_and_path_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
