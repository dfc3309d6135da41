#include "../unit.h"

#include "cli/args.h"

/* clang-format off */
static const struct cli_option own[] = {
	{ "limit", "COUNT", NULL, "" },
	{ "key", "KIND", "p256|rsa2048", "" },
	{ "detach", NULL, NULL, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option common[] = {
	{ "json", NULL, NULL, "" },
	{ "dir", "DIR", NULL, "" },
	{ NULL, NULL, NULL, NULL },
};
/* clang-format on */

#define PARSE(a, err, ...) \
	cli_args_parse(    \
	    (a), own, common, (char *const[]){ __VA_ARGS__, NULL }, (err))

static char *
w(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void
options_and_words_mix(void **state)
{
	struct cli_args a;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&a, &err, w("one"), w("--limit"), w("5"),
			     w("--key=rsa2048"), w("two"), w("--json")),
	    0);
	assert_int_equal(a.word_count, 2);
	assert_string_equal(a.words[0], "one");
	assert_string_equal(a.words[1], "two");
	assert_string_equal(cli_args_text(&a, "limit"), "5");
	assert_string_equal(cli_args_text(&a, "key"), "rsa2048");
	assert_true(cli_args_flag(&a, "json"));
	assert_false(cli_args_flag(&a, "detach"));
	assert_null(cli_args_text(&a, "dir"));
}

static void
two_dashes_end_options(void **state)
{
	struct cli_args a;

	(void)state;
	assert_int_equal(PARSE(&a, NULL, w("--"), w("--limit")), 0);
	assert_int_equal(a.word_count, 1);
	assert_string_equal(a.words[0], "--limit");
	assert_null(cli_args_text(&a, "limit"));
}

static void
an_empty_value_is_a_value(void **state)
{
	struct cli_args a;

	(void)state;
	assert_int_equal(PARSE(&a, NULL, w("--dir=")), 0);
	assert_string_equal(cli_args_text(&a, "dir"), "");
}

static void
mistakes_are_refused(void **state)
{
	static const char *const bad[][3] = {
		{ "--no-such", NULL, NULL },
		{ "--limi", "5", NULL },
		{ "--limit", NULL, NULL },
		{ "--json=1", NULL, NULL },
		{ "--json", "--json", NULL },
		{ "--key", "dsa", NULL },
		{ "--key", "p256|rsa2048", NULL },
		{ "--key", "", NULL },
	};
	struct cli_args a;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		char *argv[] = { w(bad[i][0]), w(bad[i][1]), NULL };

		err = (struct err){ 0 };
		assert_int_equal(
		    cli_args_parse(&a, own, common, argv, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_int_equal(
	    PARSE(&a, &err, w("1"), w("2"), w("3"), w("4"), w("5")), -1);
}

static void
numbers_have_a_range(void **state)
{
	struct cli_args a;
	uint64_t n;

	(void)state;
	assert_int_equal(PARSE(&a, NULL, w("--limit"), w("200")), 0);
	assert_int_equal(cli_args_number(&a, "limit", 1, 200, 50, &n, NULL), 0);
	assert_int_equal(n, 200);
	assert_int_equal(
	    cli_args_number(&a, "limit", 1, 199, 50, &n, NULL), -1);
	assert_int_equal(
	    cli_args_number(&a, "limit", 201, 300, 50, &n, NULL), -1);
	assert_int_equal(PARSE(&a, NULL, w("word")), 0);
	assert_int_equal(cli_args_number(&a, "limit", 1, 200, 50, &n, NULL), 0);
	assert_int_equal(n, 50);
	assert_int_equal(PARSE(&a, NULL, w("--limit"), w("5x")), 0);
	assert_int_equal(cli_args_number(&a, "limit", 1, 9, 5, &n, NULL), -1);
}

static void
some_options_repeat(void **state)
{
	static const struct cli_option many[] = {
		{ "dns", "NAME...", NULL, "a name" },
		{ "ip", "ADDRESS...", NULL, "an address" },
		{ NULL, NULL, NULL, NULL },
	};
	char *argv[2 * CLI_MANY_MAX + 3] = { w("--dns"), w("a"), w("--ip=1"),
		w("--dns"), w("b"), NULL };
	struct cli_args a;
	size_t at = 0, i;

	(void)state;
	assert_int_equal(cli_args_parse(&a, many, NULL, argv, NULL), 0);
	assert_string_equal(cli_args_each(&a, "dns", &at), "a");
	assert_string_equal(cli_args_each(&a, "dns", &at), "b");
	assert_null(cli_args_each(&a, "dns", &at));
	at = 0;
	assert_string_equal(cli_args_each(&a, "ip", &at), "1");
	assert_null(cli_args_each(&a, "ip", &at));
	for (i = 0; i < CLI_MANY_MAX; i++)
		argv[i] = w("--dns=x");
	argv[i] = NULL;
	assert_int_equal(cli_args_parse(&a, many, NULL, argv, NULL), 0);
	argv[i] = w("--dns=x");
	argv[i + 1] = NULL;
	assert_int_equal(cli_args_parse(&a, many, NULL, argv, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_words_mix),
		cmocka_unit_test(two_dashes_end_options),
		cmocka_unit_test(an_empty_value_is_a_value),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(numbers_have_a_range),
		cmocka_unit_test(some_options_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
