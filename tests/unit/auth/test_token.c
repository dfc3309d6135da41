#include "../unit.h"

#include "auth/token.h"

#include <string.h>

#define NOW 1000000

static void
test_fits_owner_purpose_and_time(void **state)
{
	AUTO(auth_tokens) t = NULL;
	char token[AUTH_TOKEN_MAX];

	(void)state;
	assert_int_equal(auth_tokens_new(&t, NULL), 0);
	auth_token_make(t, "local\\officer", "/decide", NOW, token);
	assert_int_equal(strlen(token), AUTH_TOKEN_MAX - 1);
	assert_true(
	    auth_token_check(t, "local\\officer", "/decide", NOW, token));
	assert_true(auth_token_check(t, "local\\officer", "/decide",
	    NOW + AUTH_TOKEN_SECONDS - 1, token));
	assert_false(auth_token_check(
	    t, "local\\officer", "/decide", NOW + AUTH_TOKEN_SECONDS, token));
	assert_false(
	    auth_token_check(t, "local\\alice", "/decide", NOW, token));
	assert_false(
	    auth_token_check(t, "local\\officer", "/revoke", NOW, token));
}

static void
test_no_change_is_accepted(void **state)
{
	AUTO(auth_tokens) t = NULL;
	AUTO(auth_tokens) other = NULL;
	char token[AUTH_TOKEN_MAX], changed[AUTH_TOKEN_MAX];
	size_t i;

	(void)state;
	assert_int_equal(auth_tokens_new(&t, NULL), 0);
	assert_int_equal(auth_tokens_new(&other, NULL), 0);
	auth_token_make(t, "o", "p", NOW, token);
	for (i = 0; i < AUTH_TOKEN_MAX - 1; i++) {
		memcpy(changed, token, sizeof(changed));
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_false(auth_token_check(t, "o", "p", NOW, changed));
	}
	assert_false(auth_token_check(t, "o", "p", NOW, ""));
	token[AUTH_TOKEN_MAX - 3] = '\0';
	assert_false(auth_token_check(t, "o", "p", NOW, token));
	/* Another process has another key. */
	auth_token_make(t, "o", "p", NOW, token);
	assert_false(auth_token_check(other, "o", "p", NOW, token));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits_owner_purpose_and_time),
		cmocka_unit_test(test_no_change_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
