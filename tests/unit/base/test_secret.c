#include "../unit.h"
#include "base/secret.h"

static void
holds_a_copy(void **state)
{
	AUTO(secret) s = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(secret_copy(BYTES_LIT("open"), &s, &err), 0);
	assert_true(bytes_eq(secret_bytes(s), BYTES_LIT("open")));
	assert_string_equal((const char *)secret_mem(s), "open");
}

static void
has_a_limit(void **state)
{
	struct secret *s = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(secret_new(SECRET_MAX + 1, &s, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_null(s);
}

static void
compares(void **state)
{
	(void)state;
	assert_true(secret_eq(BYTES_LIT("abc"), BYTES_LIT("abc")));
	assert_false(secret_eq(BYTES_LIT("abc"), BYTES_LIT("abd")));
	assert_false(secret_eq(BYTES_LIT("abc"), BYTES_LIT("ab")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_a_copy),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
