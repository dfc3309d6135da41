#include "../unit.h"

#include "auth/origin.h"
#include "base/str.h"

static void
test_parse(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *host;
		unsigned port;
		bool https;
	} rows[] = {
		{ "https://pki.example",       "pki.example", 443,  true },
		{ "https://pki.example/",      "pki.example", 443,  true },
		{ "HTTPS://PKI.Example:8443",  "pki.example", 8443, true },
		{ "https://[::1]:8443/",       "[::1]",       8443, true },
		{ "http://127.0.0.1",          "127.0.0.1",   80,   false },
		{ "null", NULL, 0, false },
		{ "", NULL, 0, false },
		{ "https://", NULL, 0, false },
		{ "ftp://pki.example", NULL, 0, false },
		{ "https://pki.example/x", NULL, 0, false },
		{ "https://pki.example:0", NULL, 0, false },
		{ "https://pki.example:65536", NULL, 0, false },
		{ "https://pki.example:+1", NULL, 0, false },
		{ "https://pki.example:", NULL, 0, false },
		{ "https://me@pki.example", NULL, 0, false },
		{ "https://pki.example?x", NULL, 0, false },
		{ "https://[::1", NULL, 0, false },
		{ "https://[::1]x", NULL, 0, false },
	};
	/* clang-format on */
	struct auth_origin o;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (auth_origin_parse(rows[i].text, &o) !=
		    (rows[i].host != NULL))
			fail_msg("%s", rows[i].text);
		if (!rows[i].host)
			continue;
		assert_string_equal(o.host, rows[i].host);
		assert_int_equal(o.port, rows[i].port);
		assert_int_equal(o.https, rows[i].https);
	}
}

static void
site(struct auth_site *s)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(auth_site_add(s, "https://pki.example", NULL), 0);
	assert_int_equal(auth_site_add(s, "https://localhost:8443", NULL), 0);
	assert_int_equal(auth_site_add(s, "https://[::1]:8443", NULL), 0);
}

static void
test_post_rules(void **state)
{
	/* clang-format off */
	static const struct {
		const char *sec_fetch_site, *origin;
		bool per_request;
		enum auth_origin_verdict verdict;
	} rows[] = {
		{ "same-origin", NULL, true, AUTH_ORIGIN_OK },
		{ "same-origin", "null", true, AUTH_ORIGIN_OK },
		{ "same-origin", NULL, false, AUTH_ORIGIN_OK },
		{ "same-site", NULL, true, AUTH_ORIGIN_CROSS_SITE },
		{ "cross-site", NULL, true, AUTH_ORIGIN_CROSS_SITE },
		{ "none", NULL, true, AUTH_ORIGIN_CROSS_SITE },
		{ "Same-Origin", NULL, true, AUTH_ORIGIN_CROSS_SITE },
		{ "same-origin, same-origin", NULL, true, AUTH_ORIGIN_CROSS_SITE },
		{ "cross-site", "https://pki.example", true, AUTH_ORIGIN_CROSS_SITE },
		{ NULL, "https://pki.example", true, AUTH_ORIGIN_OK },
		{ NULL, "https://pki.example:443", true, AUTH_ORIGIN_OK },
		{ NULL, "https://localhost:8443", false, AUTH_ORIGIN_OK },
		{ NULL, "https://[::1]:8443", true, AUTH_ORIGIN_OK },
		{ NULL, "https://localhost", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, "https://localhost:8444", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, "http://pki.example", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, "http://pki.example:443", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, "https://pki.example.evil.test", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, "https://evil.test", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, "null", true, AUTH_ORIGIN_FOREIGN },
		{ NULL, NULL, true, AUTH_ORIGIN_OK },
		{ NULL, NULL, false, AUTH_ORIGIN_UNPROVED },
	};
	/* clang-format on */
	struct auth_site s;
	size_t i;

	(void)state;
	site(&s);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct fcgi_request r = {
			.sec_fetch_site = rows[i].sec_fetch_site,
			.origin = rows[i].origin,
		};

		if (auth_origin_check(&s, &r, rows[i].per_request) !=
		    rows[i].verdict)
			fail_msg("row %zu", i);
	}
}

static void
test_hosts(void **state)
{
	struct auth_site s;

	(void)state;
	site(&s);
	assert_true(auth_site_has_host(&s, "pki.example"));
	assert_true(auth_site_has_host(&s, "localhost"));
	assert_true(auth_site_has_host(&s, "[::1]"));
	assert_true(auth_site_has_host(&s, "::1"));
	assert_false(auth_site_has_host(&s, "evil.example"));
	assert_false(auth_site_has_host(&s, "pki.example.evil"));
	assert_false(auth_site_has_host(&s, ""));
	assert_false(auth_site_has_host(&s, NULL));
	/* Only HTTPS addresses are sites. */
	assert_int_equal(auth_site_add(&s, "http://pki.example", NULL), -1);
	while (s.n < AUTH_SITE_ORIGINS_MAX)
		assert_int_equal(auth_site_add(&s, "https://a.test", NULL), 0);
	assert_int_equal(auth_site_add(&s, "https://a.test", NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_post_rules),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
