#include "../unit.h"

#include "cli/password.h"
#include "cli/setup.h"

#include <string.h>

static const struct cli_setup sample = { .https = 9443,
	.http = 9080,
	.listen = "127.0.0.1",
	.ca_type = "standalone",
	.ca_name = "A \"quoted\" \\ CA",
	.key = "p384" };

static void
options_reach_the_configuration(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(16384);
	struct cli_setup s = sample;

	(void)state;
	assert_int_equal(cli_setup_yaml(&s, &out, NULL), 0);
	assert_non_null(
	    strstr(buf_str(&out), "name: \"A \\\"quoted\\\" \\\\ CA\"\n"));
	assert_non_null(strstr(buf_str(&out), "key: p384\n"));
	assert_non_null(
	    strstr(buf_str(&out), "public_url: https://localhost:9443\n"));
	assert_non_null(
	    strstr(buf_str(&out), "url: http://localhost:9080/certenroll\n"));
	assert_non_null(strstr(buf_str(&out), "demo: true\n"));
	assert_non_null(strstr(buf_str(&out), "enabled: false"));
}

/* Issuing at once: purposes without client authentication, and names. */
static void
issuing_at_once_has_both_lists(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(16384);
	struct cli_setup s = sample;

	(void)state;
	s.issue_at_once = true;
	assert_int_equal(cli_setup_yaml(&s, &out, NULL), 0);
	assert_non_null(strstr(buf_str(&out), "enabled: true"));
	assert_non_null(strstr(buf_str(&out), "1.3.6.1.5.5.7.3.1"));
	assert_null(strstr(buf_str(&out), "1.3.6.1.5.5.7.3.2"));
	assert_non_null(strstr(buf_str(&out), "dns_suffixes: [localhost"));
	assert_non_null(strstr(buf_str(&out), "override: \"\""));
}

static void
bad_options_are_refused(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(16384);
	struct cli_setup s = sample;
	struct err err;

	(void)state;
	s.ca_name = "two\nlines";
	assert_int_equal(cli_setup_yaml(&s, &out, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	s = sample;
	s.ca_name = "";
	assert_int_equal(cli_setup_yaml(&s, &out, &err), -1);
	s = sample;
	s.http = s.https;
	assert_int_equal(cli_setup_yaml(&s, &out, &err), -1);
	s = sample;
	s.listen = "localhost\"; evil";
	assert_int_equal(cli_setup_yaml(&s, &out, &err), -1);
	s = sample;
	s.ca_type = "enterprise";
	s.issue_at_once = true;
	assert_int_equal(cli_setup_yaml(&s, &out, &err), -1);
}

/* Templates decide there; the lists of a stand-alone CA have no place. */
static void
an_enterprise_has_templates(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(16384);
	struct cli_setup s = sample;

	(void)state;
	s.ca_type = "enterprise";
	assert_int_equal(cli_setup_yaml(&s, &out, NULL), 0);
	assert_non_null(strstr(buf_str(&out), "type: enterprise\n"));
	assert_non_null(strstr(buf_str(&out), "templates: templates "));
	assert_null(strstr(buf_str(&out), "issue_at_once"));
}

static void
passwords_are_long_and_different(void **state)
{
	char a[CLI_PASSWORD_MADE + 1], b[CLI_PASSWORD_MADE + 1];

	(void)state;
	assert_int_equal(cli_password_make(a, NULL), 0);
	assert_int_equal(cli_password_make(b, NULL), 0);
	assert_int_equal(strlen(a), 20);
	assert_int_equal(strlen(b), 20);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_reach_the_configuration),
		cmocka_unit_test(issuing_at_once_has_both_lists),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(an_enterprise_has_templates),
		cmocka_unit_test(passwords_are_long_and_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
