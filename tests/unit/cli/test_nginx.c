#include "../unit.h"

#include "cli/nginx.h"
#include "nginx_config.h"

#include <string.h>

static void
a_quarter_of_the_threads_stays_free(void **state)
{
	unsigned threads, workers;

	(void)state;
	assert_int_equal(cli_nginx_keepalive(16, 2), 6);
	assert_int_equal(cli_nginx_keepalive(2, 2), 0);
	for (threads = 2; threads <= 256; threads++)
		for (workers = 1; workers <= 64; workers++) {
			unsigned kept =
			    cli_nginx_keepalive(threads, workers) * workers;

			assert_true(kept < threads);
			assert_true(kept * 4 <= threads * 3);
		}
}

static bool
makes(const struct cli_config *c, const char *user, const char *text)
{
	AUTO_BUF out = BUF_WITH_LIMIT(CLI_NGINX_MAX);

	assert_int_equal(cli_nginx_config(c, user, &out, NULL), 0);
	return strstr(buf_str(&out), text) != NULL;
}

static void
values_reach_the_text(void **state)
{
	struct cli_config c = nginx_config_sample();

	(void)state;
	assert_true(makes(&c, NULL, "keepalive 6;"));
	assert_true(makes(&c, NULL, "rate=200r/s"));
	assert_true(makes(&c, NULL, "burst=400 nodelay"));
	assert_true(makes(&c, NULL, "limit_conn ocs_conn 200;"));
	assert_true(makes(&c, NULL, "listen 127.0.0.1:8443 ssl http2;"));
	assert_true(makes(
	    &c, NULL, "server_name localhost 127.0.0.1 [::1] LOCALHOST;"));
	assert_false(makes(&c, NULL, "Strict-Transport-Security"));
	assert_false(makes(&c, NULL, "\nuser "));
	assert_true(makes(&c, "www www", "\nuser www www;"));
	c.hsts = true;
	assert_true(makes(&c, NULL, "Strict-Transport-Security"));
	c.web_threads = 2;
	assert_true(makes(&c, NULL, "fastcgi_keep_conn off;"));
}

static void
a_bare_ipv6_address_gets_brackets(void **state)
{
	struct cli_config c = nginx_config_sample();

	(void)state;
	memcpy(c.listen, "::1", 4);
	assert_true(makes(&c, NULL, "listen [::1]:8443 "));
	memcpy(c.listen, "[::1]", 6);
	assert_true(makes(&c, NULL, "listen [::1]:8443 "));
}

static void
syntax_in_values_is_refused(void **state)
{
	static const char *const bad[] = { "https://a;b", "https://a b",
		"https://$host", "https://a{", "https://a\"", "https://a\n",
		"" };
	AUTO_BUF out = BUF_WITH_LIMIT(CLI_NGINX_MAX);
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct cli_config c = nginx_config_sample();

		memcpy(c.urls[1], bad[i], strlen(bad[i]) + 1);
		assert_int_equal(cli_nginx_config(&c, NULL, &out, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_int_equal(
		    cli_nginx_page(&c, BYTES_LIT("x"), &out, &err), -1);
	}
}

static void
pages_name_the_site(void **state)
{
	struct cli_config c = nginx_config_sample();
	AUTO_BUF out = BUF_WITH_LIMIT(CLI_NGINX_MAX);

	(void)state;
	c.url_count = 1;
	assert_int_equal(cli_nginx_page(&c,
			     BYTES_LIT("[@URL@] @NAMES@ @OTHER@"), &out, NULL),
	    0);
	assert_string_equal(buf_str(&out),
	    "[https://localhost:8443/certsrv/] "
	    "<li><a href=\"https://localhost:8443/certsrv/\">"
	    "https://localhost:8443/certsrv/</a></li> @OTHER@");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quarter_of_the_threads_stays_free),
		cmocka_unit_test(values_reach_the_text),
		cmocka_unit_test(a_bare_ipv6_address_gets_brackets),
		cmocka_unit_test(syntax_in_values_is_refused),
		cmocka_unit_test(pages_name_the_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
