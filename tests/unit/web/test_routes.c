/* Every address: who may ask, what a POST must show. */
#include "../unit.h"

#include "base/str.h"
#include "fake_ca.h"
#include "web/routes.h"
#include "web/view.h"

#include <stdio.h>

/* The one POST that nobody need sign in for: it changes his cookie only. */
static bool
is_language(const struct web_route *r)
{
	return str_eq(r->path, "/certsrv/language.asp");
}

static void
test_table(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < web_routes_count; i++) {
		const struct web_route *r = &web_routes[i];
		const char *p;

		for (p = r->path; *p; p++)
			assert_false(*p >= 'A' && *p <= 'Z');
		assert_true(str_has_prefix(r->path, "/certsrv"));
		assert_non_null(r->page);
		assert_true(r->method == HTTP_GET || r->method == HTTP_POST);
		if (r->method == HTTP_POST)
			assert_true(r->access == WEB_SIGNED_IN ||
				    r->access == WEB_OFFICER || is_language(r));
		/* What changes something needs a form token, where programs
		 * that know of none do not send it, too. */
		assert_int_equal(
		    r->token, r->method == HTTP_POST && !is_language(r) &&
				  !str_eq(r->path, "/certsrv/certfnsh.asp") &&
				  !str_eq(r->path, "/certsrv/certrmpn.asp"));
		for (j = 0; j < i; j++)
			assert_false(web_routes[j].method == r->method &&
				     str_eq(web_routes[j].path, r->path));
	}
}

/* Nobody, a wrong password, somebody without the role. */
static void
test_who_may(void **state)
{
	size_t i;

	/* Known to be right, she is not slowed by the wrong ones below. */
	(void)fake_ask(*state,
	    &(struct fake_http){ .path = "/certsrv/", .user = "alice" });
	for (i = 0; i < web_routes_count; i++) {
		const struct web_route *route = &web_routes[i];
		struct fake_http h = { .method = route->method,
			.path = route->path };
		const struct fcgi_reply *r = fake_ask(*state, &h);

		if (route->access == WEB_PUBLIC) {
			assert_int_equal(
			    r->status, is_language(route) ? 403 : 200);
			continue;
		}
		assert_int_equal(r->status, 401);
		assert_true(
		    fake_has_header(r, "WWW-Authenticate: Basic realm="));
		if (route->access == WEB_OFFICER) {
			h.user = "alice";
			r = fake_ask(*state, &h);
			assert_int_equal(r->status, 403);
		}
		h.user = "wrong";
		r = fake_ask(*state, &h);
		/* Too many of them are slowed down. */
		assert_true(r->status == 401 || r->status == 429);
	}
}

/* The headers of browser-and-pages 10, on whatever is answered. */
static void
test_security_headers(void **state)
{
	static const struct fake_http cases[] = {
		{ .path = "/certsrv/" },
		{ .path = "/certsrv/", .user = "alice" },
		{ .path = "/certsrv/nothing", .user = "alice" },
		{ .path = "/certsrv/certnew.cer", .query = "ReqID=CACert" },
		{ .path = "/certsrv/", .host = "evil.example" },
		{ .path = "/certsrv/", .plain_http = true },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fcgi_reply *r = fake_ask(*state, &cases[i]);

		assert_true(fake_has_header(r,
		    "Content-Security-Policy: default-src 'none'; "
		    "script-src 'self'; style-src 'self'"));
		assert_true(fake_has_header(r, "frame-ancestors 'none'"));
		assert_true(
		    fake_has_header(r, "X-Content-Type-Options: nosniff"));
		assert_true(fake_has_header(r, "Referrer-Policy: no-referrer"));
		assert_true(fake_has_header(
		    r, "Cross-Origin-Opener-Policy: same-origin"));
		assert_true(fake_has_header(
		    r, "Cross-Origin-Resource-Policy: same-origin"));
		assert_true(fake_has_header(
		    r, i == 3 ? "Cache-Control: no-cache"
			      : "Cache-Control: private, no-store"));
	}
}

static void
test_cross_site(void **state)
{
	/* clang-format off */
	static const struct {
		const char *sec_fetch_site, *origin;
		bool allowed;
	} rows[] = {
		{ NULL, NULL, true },
		{ "same-origin", "null", true },
		{ "cross-site", "https://evil.example", false },
		{ "same-site", NULL, false },
		{ "none", NULL, false },
		{ NULL, "https://pki.example", true },
		{ NULL, "https://localhost:8443", true },
		{ NULL, "https://localhost", false },
		{ NULL, "http://pki.example", false },
		{ NULL, "null", false },
	};
	/* clang-format on */
	size_t i, j;

	for (i = 0; i < web_routes_count; i++) {
		for (j = 0; j < ARRAY_LEN(rows); j++) {
			const struct fake_http h = {
				.method = HTTP_POST,
				.path = web_routes[i].path,
				.user = web_routes[i].access == WEB_OFFICER
					    ? "officer"
					    : "alice",
				.body = "Mode=newreq&CertRequest=x",
				.sec_fetch_site = rows[j].sec_fetch_site,
				.origin = rows[j].origin,
			};
			const struct fcgi_reply *r;
			bool refused;

			if (web_routes[i].method != HTTP_POST)
				continue;
			fake_reset();
			r = fake_ask(*state, &h);
			refused = strstr(buf_str(&r->body),
				      "came from another site") != NULL;
			/* A script that signs in is known by that. */
			assert_int_equal(refused,
			    !rows[j].allowed ||
				(j == 0 && is_language(&web_routes[i])));
			if (refused) {
				assert_int_equal(r->status, 403);
				assert_int_equal(fake.calls[RPC_SUBMIT], 0);
			}
		}
	}
}

static void
test_token(void **state)
{
	struct fake_http h = { .method = HTTP_POST,
		.user = "officer",
		.path = "/certsrv/officer/decide.asp" };
	const struct fcgi_reply *r;
	const char *token;
	char body[256];

	h.body = "ReqID=5&Decision=issue&Token=";
	r = fake_ask(*state, &h);
	assert_int_equal(r->status, 403);
	assert_int_equal(fake.calls[RPC_DECIDE], 0);
	/* The one of the page fits. */
	fake.request = (struct rpc_request){ .row.id = 5,
		.row.disposition = DISPOSITION_PENDING,
		.may_decide = true };
	fake.request.row.requester = fake.request.row.subject =
	    fake.request.row.common_name = fake.request.row.serial =
		fake.request.row.template_name = fake.request.row.message = "";
	fake.request.sentence = fake.request.caller = fake.request.officer =
	    fake.request.attributes = fake.request.key = fake.request.kind =
		fake.request.may_not = "";
	r = fake_ask(
	    *state, &(struct fake_http){ .path = "/certsrv/officer/request.asp",
			.query = "ReqID=5",
			.user = "officer" });
	assert_int_equal(r->status, 200);
	token = strstr(buf_str(&r->body), "name=\"Token\" value=\"");
	assert_non_null(token);
	(void)snprintf(body, sizeof(body),
	    "ReqID=5&Decision=deny&Reason=no&Token=%.48s", token + 20);
	fake.result.id = 5;
	fake.result.disposition = DISPOSITION_DENIED;
	h.body = body;
	r = fake_ask(*state, &h);
	assert_int_equal(r->status, 200);
	assert_int_equal(fake.decision, RPC_DECISION_DENY);
	assert_string_equal(fake.reason, "no");
	/* Not for another form. */
	h.path = "/certsrv/officer/revoke.asp";
	r = fake_ask(*state, &h);
	assert_int_equal(r->status, 403);
	assert_int_equal(fake.calls[RPC_REVOKE], 0);
}

static void
test_addresses(void **state)
{
	/* clang-format off */
	static const struct {
		struct fake_http h;
		int status;
	} rows[] = {
		{ { .path = "/CertSrv", .user = "alice" }, 200 },
		{ { .path = "/CERTSRV/CertRqXt.ASP", .user = "alice" }, 200 },
		{ { .path = "/certsrv/certrqxt.asp", .user = "alice", .method = HTTP_HEAD }, 200 },
		{ { .path = "/certsrv/certfnsh.asp", .user = "alice" }, 200 },
		{ { .path = "/certsrv/nothing.asp", .user = "alice" }, 404 },
		{ { .path = "/certsrv/nothing.asp" }, 401 },
		{ { .path = "/certsrv/certcarc.asp", .user = "alice", .method = HTTP_POST }, 405 },
		{ { .path = "/certsrv/", .user = "alice", .host = "evil.example" }, 421 },
		{ { .path = "/certsrv/", .user = "alice", .host = "localhost" }, 200 },
		{ { .path = "/certsrv/", .user = "alice", .plain_http = true }, 403 },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct fcgi_reply *r = fake_ask(*state, &rows[i].h);

		if (r->status != rows[i].status)
			fail_msg("row %zu: %d", i, r->status);
		/* Never a redirect inside /certsrv. */
		assert_false(fake_has_header(r, "Location:"));
	}
}

/* OPTIONS is answered with what the path can do. */
static void
test_allow(void **state)
{
	size_t i;

	for (i = 0; i < web_routes_count; i++) {
		const char *path = web_routes[i].path;
		const struct fake_http h = {
			.path = path, .user = "officer", .method = HTTP_OPTIONS
		};
		const struct fcgi_reply *r = fake_ask(*state, &h);
		char want[64];

		(void)snprintf(want, sizeof(want), "Allow: %s%sOPTIONS\r\n",
		    web_route_find(HTTP_GET, path) ? "GET, HEAD, " : "",
		    web_route_find(HTTP_POST, path) ? "POST, " : "");
		assert_int_equal(r->status, 204);
		assert_true(fake_has_header(r, want));
	}
	assert_string_equal(web_route_allow("/certsrv/nothing"), "");
}

static void
test_req_id(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		uint64_t id; /* 0: refused */
	} rows[] = {
		{ "1", 1 }, { " 42\r\n", 42 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", 0 }, { "18446744073709551616", 0 },
		{ "0", 0 }, { "-1", 0 }, { "+1", 0 }, { "", 0 }, { " ", 0 },
		{ "1 2", 0 }, { "0x10", 0 }, { "1e3", 0 }, { "one", 0 },
		{ "CACert", 0 }, { "1;2", 0 },
		{ "00000000000000000000000000001", 0 },
	};
	/* clang-format on */
	uint64_t id;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		id = 0;
		if (view_req_id(rows[i].text, &id) != (rows[i].id != 0))
			fail_msg("\"%s\"", rows[i].text);
		if (rows[i].id)
			assert_true(id == rows[i].id);
	}
}

/* Every number that is none gives the page for an unknown one. */
static void
test_req_id_pages(void **state)
{
	static const char *const bad[] = { "ReqID=0", "ReqID=-1", "ReqID=x",
		"ReqID=9223372036854775808", "ReqID=", "" };
	static const char *const paths[] = { "/certsrv/certnew.cer",
		"/certsrv/certnew.p7b", "/certsrv/request.asp",
		"/certsrv/officer/request.asp" };
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		for (j = 0; j < ARRAY_LEN(paths); j++) {
			const struct fcgi_reply *r = fake_ask(
			    *state, &(struct fake_http){ .path = paths[j],
					.query = bad[i],
					.user = "officer" });

			assert_int_equal(r->status, j < 2 ? 200 : 404);
			assert_non_null(strstr(buf_str(&r->body),
			    "The requested property value is empty. "
			    "0x80094004 (-2146877436 "));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_req_id),
		cmocka_unit_test_setup_teardown(
		    test_who_may, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_security_headers, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_cross_site, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_token, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_addresses, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_allow, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_req_id_pages, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
