#include "../unit.h"

#include "auth/basic.h"
#include "base/str.h"

/* clang-format off */
static const struct {
	const char *pair; /* NULL: header as it is */
	const char *header;
	enum auth_basic_found found;
	const char *name, *password;
} rows[] = {
	{ "alice:secret",        NULL, AUTH_BASIC_FOUND, "alice", "secret" },
	{ "alice:a:b:c",         NULL, AUTH_BASIC_FOUND, "alice", "a:b:c" },
	{ "local\\alice:x",      NULL, AUTH_BASIC_FOUND, "alice", "x" },
	{ "LOCAL\\alice:x",      NULL, AUTH_BASIC_FOUND, "alice", "x" },
	{ "alice@local:x",       NULL, AUTH_BASIC_FOUND, "alice", "x" },
	{ "alice@Local:x",       NULL, AUTH_BASIC_FOUND, "alice", "x" },
	{ "zo\xc3\xab:p\xc3\xa4", NULL, AUTH_BASIC_FOUND, "zo\xc3\xab", "p\xc3\xa4" },
	{ "CORP\\alice:x",       NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "alice@corp.test:x",   NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "local\\alice@corp:x", NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "CORP\\alice@local:x", NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "\\alice:x",           NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "@local:x",            NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "local\\:x",           NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ ":x",                  NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "alice:",              NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "alice",               NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "al\x01ice:x",         NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ "al\xff" "ice:x",      NULL, AUTH_BASIC_REFUSED, NULL, NULL },
	{ NULL, NULL,                    AUTH_BASIC_NONE, NULL, NULL },
	{ NULL, "",                      AUTH_BASIC_NONE, NULL, NULL },
	{ NULL, "Negotiate YWxpY2U6eA==", AUTH_BASIC_NONE, NULL, NULL },
	{ NULL, "Basically YWxpY2U6eA==", AUTH_BASIC_NONE, NULL, NULL },
	{ NULL, "bAsIc   YWxpY2U6eA==  ", AUTH_BASIC_FOUND, "alice", "x" },
	{ NULL, "Basic",                 AUTH_BASIC_REFUSED, NULL, NULL },
	{ NULL, "Basic YWxpY2U6eA",      AUTH_BASIC_REFUSED, NULL, NULL },
	{ NULL, "Basic YWxp Y2U6eA==",   AUTH_BASIC_REFUSED, NULL, NULL },
	{ NULL, "Basic ====",            AUTH_BASIC_REFUSED, NULL, NULL },
};
/* clang-format on */

static enum auth_basic_found
parse_pair(const char *pair, size_t n, struct auth_basic *ret, struct err *err)
{
	char header[4096] = "Basic ";

	assert_true(str_base64_size(n) + 6 < sizeof(header));
	str_base64(header + 6, bytes_of(pair, n));
	return auth_basic_parse(header, ret, err);
}

static void
test_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		enum auth_basic_found found;
		AUTO_BASIC b;

		found = rows[i].pair
			    ? parse_pair(
				  rows[i].pair, strlen(rows[i].pair), &b, &err)
			    : auth_basic_parse(rows[i].header, &b, &err);
		if (found != rows[i].found)
			fail_msg("row %zu: %d", i, (int)found);
		if (found == AUTH_BASIC_REFUSED)
			assert_int_equal(err.code, ERR_UNAUTHENTICATED);
		if (found != AUTH_BASIC_FOUND)
			continue;
		assert_string_equal(b.name, rows[i].name);
		assert_true(bytes_eq(
		    auth_basic_password(&b), bytes_str(rows[i].password)));
	}
}

static void
test_lengths(void **state)
{
	char pair[2048];
	struct err err;
	AUTO_BASIC b;

	(void)state;
	memset(pair, 'a', sizeof(pair));
	/* The longest name and password that fit, and one more of each. */
	pair[IDENTITY_NAME_MAX - 1] = ':';
	assert_int_equal(parse_pair(pair, IDENTITY_NAME_MAX + 1024, &b, &err),
	    AUTH_BASIC_FOUND);
	assert_int_equal(parse_pair(pair, IDENTITY_NAME_MAX + 1025, &b, &err),
	    AUTH_BASIC_REFUSED);
	pair[IDENTITY_NAME_MAX - 1] = 'a';
	pair[IDENTITY_NAME_MAX] = ':';
	assert_int_equal(parse_pair(pair, IDENTITY_NAME_MAX + 9, &b, &err),
	    AUTH_BASIC_REFUSED);
	/* A NUL must not cut a name short. */
	assert_int_equal(
	    parse_pair("alice\0bob:x", 11, &b, &err), AUTH_BASIC_REFUSED);
}

static void
test_wipe(void **state)
{
	static const struct auth_basic clean = { .name = "" };
	struct auth_basic b;

	(void)state;
	assert_int_equal(
	    parse_pair("alice:secret", 12, &b, NULL), AUTH_BASIC_FOUND);
	auth_basic_wipe(&b);
	assert_memory_equal(&b, &clean, sizeof(b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
