#include "../unit.h"

#include "auth/cache.h"
#include "base/str.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000)

static struct auth_basic
pair(const char *name, const char *password)
{
	struct auth_basic b = { .password_n = strlen(password) };

	assert_true(str_copy(b.name, sizeof(b.name), name));
	memcpy(b.password, password, b.password_n);
	return b;
}

static void
test_remembers_for_a_minute(void **state)
{
	const struct auth_account alice = { "Alice", 0x200, 7 };
	struct auth_basic b = pair("alice", "secret");
	struct auth_account got;
	AUTO(auth_cache) c = NULL;

	(void)state;
	assert_int_equal(auth_cache_new(&c, NULL), 0);
	assert_false(auth_cache_find(c, &b, SECOND, &got));
	auth_cache_add(c, &b, SECOND, &alice);
	assert_true(auth_cache_find(c, &b, 60 * SECOND, &got));
	assert_string_equal(got.name, "Alice");
	assert_int_equal(got.roles, 0x200);
	assert_false(auth_cache_find(c, &b, 61 * SECOND, &got));
}

static void
test_only_the_same_pair(void **state)
{
	const struct auth_account alice = { "alice", 0, 1 };
	struct auth_basic right = pair("alice", "secret");
	struct auth_basic wrong[] = { pair("alice", "secreT"),
		pair("alice", "secret "), pair("alicE", "secret"),
		pair("alices", "ecret"), pair("bob", "secret") };
	struct auth_account got;
	AUTO(auth_cache) c = NULL;
	size_t i;

	(void)state;
	assert_int_equal(auth_cache_new(&c, NULL), 0);
	auth_cache_add(c, &right, 0, &alice);
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(auth_cache_find(c, &wrong[i], 1, &got));
	assert_true(auth_cache_find(c, &right, 1, &got));
}

static void
test_a_changed_account_voids_all(void **state)
{
	const struct auth_account old = { "alice", 0, 1 },
				  new = { "bob", 0, 2 };
	struct auth_basic a = pair("alice", "x"), b = pair("bob", "y");
	struct auth_account got;
	AUTO(auth_cache) c = NULL;

	(void)state;
	assert_int_equal(auth_cache_new(&c, NULL), 0);
	auth_cache_add(c, &a, 0, &old);
	auth_cache_version(c, 2);
	assert_false(auth_cache_find(c, &a, 1, &got));
	/* An answer of the CA tells the version too. */
	auth_cache_version(c, 1);
	assert_true(auth_cache_find(c, &a, 1, &got));
	auth_cache_add(c, &b, 1, &new);
	assert_false(auth_cache_find(c, &a, 2, &got));
	assert_true(auth_cache_find(c, &b, 2, &got));
}

static void
test_bounded(void **state)
{
	const struct auth_account any = { "any", 0, 1 };
	struct auth_account got;
	AUTO(auth_cache) c = NULL;
	unsigned i, found = 0;
	char name[16];

	(void)state;
	assert_int_equal(auth_cache_new(&c, NULL), 0);
	for (i = 0; i < 4 * AUTH_CACHE_ENTRIES; i++) {
		struct auth_basic b;

		(void)snprintf(name, sizeof(name), "u%u", i);
		b = pair(name, "x");
		auth_cache_add(c, &b, i, &any);
		/* The newest always is there. */
		assert_true(auth_cache_find(c, &b, i, &got));
	}
	for (i = 0; i < 4 * AUTH_CACHE_ENTRIES; i++) {
		struct auth_basic b;

		(void)snprintf(name, sizeof(name), "u%u", i);
		b = pair(name, "x");
		found += auth_cache_find(c, &b, 5000, &got);
	}
	assert_true(found <= AUTH_CACHE_ENTRIES);
	assert_true(found > AUTH_CACHE_ENTRIES / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remembers_for_a_minute),
		cmocka_unit_test(test_only_the_same_pair),
		cmocka_unit_test(test_a_changed_account_voids_all),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
