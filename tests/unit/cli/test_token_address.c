#include "../unit.h"

#include "cli/token.h"

#include <string.h>

static void
addresses_are_read(void **state)
{
	struct cli_token_address a;

	(void)state;
	assert_int_equal(cli_token_address_parse(
			     "pkcs11:model=SoftHSM%20v2;manufacturer=x;"
			     "serial=4c0a;token=My%20token%3b;object=k%C3%A9y;"
			     "id=%01%fF;type=private",
			     &a, NULL),
	    0);
	assert_string_equal(a.token, "My token;");
	assert_string_equal(a.serial, "4c0a");
	assert_string_equal(a.object, "k\xc3\xa9y");
	assert_int_equal(a.id_n, 2);
	assert_memory_equal(a.id, "\x01\xff", 2);
}

static void
others_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"pkcs11",
		"pkcs11:",
		"pkcs11:token=a",
		"pkcs11:token=a;object",
		"pkcs11:token=a;object=%",
		"pkcs11:token=a;object=%4",
		"pkcs11:token=a;object=%zz",
		"pkcs11:token=a;object=%00",
		"pkcs11:object=a;;",
		"pkcs11:object=a;colour=red",
		"pkcs11:object=a?pin-value=1234",
		"http:object=a",
	};
	struct cli_token_address a;
	char text[600] = "pkcs11:object=";
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(cli_token_address_parse(bad[i], &a, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
	memset(text + 14, 'x', CLI_TOKEN_TEXT_MAX);
	assert_int_equal(cli_token_address_parse(text, &a, NULL), -1);
	text[14 + CLI_TOKEN_TEXT_MAX - 1] = 0;
	assert_int_equal(cli_token_address_parse(text, &a, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
