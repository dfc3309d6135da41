#include "../unit.h"

#include "auth/limit.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000)
#define START  (1000 * SECOND)

static void
wrong(struct auth_limit *l, const char *address, const char *name, unsigned n,
    uint64_t now)
{
	while (n--)
		auth_limit_failed(l, address, name, now);
}

static void
test_a_burst_is_free(void **state)
{
	AUTO(auth_limit) l = NULL;

	(void)state;
	assert_int_equal(auth_limit_new(&l, NULL), 0);
	wrong(l, "192.0.2.1", "alice", AUTH_LIMIT_BURST, START);
	assert_int_equal(auth_limit_wait(l, "192.0.2.1", "alice", START), 0);
	wrong(l, "192.0.2.1", "alice", 1, START);
	assert_int_equal(auth_limit_wait(l, "192.0.2.1", "alice", START), 1);
	assert_int_equal(
	    auth_limit_wait(l, "192.0.2.1", "alice", START + SECOND), 0);
}

static void
test_the_wait_doubles_up_to_its_maximum(void **state)
{
	static const unsigned waits[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
	AUTO(auth_limit) l = NULL;
	char address[32];
	size_t i;

	(void)state;
	assert_int_equal(auth_limit_new(&l, NULL), 0);
	/* One name from many addresses: only the name's wait counts. */
	wrong(l, "198.51.100.1", "alice", AUTH_LIMIT_BURST, START);
	for (i = 0; i < ARRAY_LEN(waits); i++) {
		(void)snprintf(address, sizeof(address), "192.0.2.%zu", i + 1);
		wrong(l, address, "alice", 1, START);
		assert_int_equal(
		    auth_limit_wait(l, "203.0.113.9", "ALICE", START),
		    waits[i]);
	}
	/* One address with many names waits longer in the end. */
	for (i = 0; i < 30; i++) {
		(void)snprintf(address, sizeof(address), "n%zu", i);
		wrong(l, "203.0.113.1", address, 1, START);
	}
	assert_int_equal(auth_limit_wait(l, "203.0.113.1", "new", START),
	    AUTH_LIMIT_ADDRESS_WAIT);
	assert_int_equal(auth_limit_wait(l, "203.0.113.2", "new", START), 0);
}

static void
test_forgives(void **state)
{
	const uint64_t whole =
	    (uint64_t)AUTH_LIMIT_BURST * AUTH_LIMIT_REFILL * SECOND;
	AUTO(auth_limit) l = NULL;

	(void)state;
	assert_int_equal(auth_limit_new(&l, NULL), 0);
	wrong(l, "192.0.2.1", "alice", AUTH_LIMIT_BURST + 5, START);
	/* When the bucket has filled again, a burst is free again. */
	wrong(
	    l, "192.0.2.1", "alice", AUTH_LIMIT_BURST, START + whole + SECOND);
	assert_int_equal(
	    auth_limit_wait(l, "192.0.2.1", "alice", START + whole + SECOND),
	    0);
}

static void
test_ipv6_by_network(void **state)
{
	AUTO(auth_limit) l = NULL;
	char address[64];
	unsigned i;

	(void)state;
	assert_int_equal(auth_limit_new(&l, NULL), 0);
	for (i = 0; i <= AUTH_LIMIT_BURST; i++) {
		(void)snprintf(
		    address, sizeof(address), "2001:db8:1:2::%x", i + 1);
		wrong(l, address, i % 2 ? "a" : "b", 1, START);
	}
	assert_true(auth_limit_wait(l, "2001:db8:1:2:ffff::1", "c", START) > 0);
	assert_int_equal(auth_limit_wait(l, "2001:db8:1:3::1", "c", START), 0);
}

/* Filling the table with others does not help whoever is held. */
static void
test_full_table_keeps_the_worst(void **state)
{
	AUTO(auth_limit) l = NULL;
	char address[64];
	unsigned i;

	(void)state;
	assert_int_equal(auth_limit_new(&l, NULL), 0);
	wrong(l, "192.0.2.1", "alice", AUTH_LIMIT_BURST + 10, START);
	for (i = 0; i < 3 * AUTH_LIMIT_ENTRIES; i++) {
		(void)snprintf(
		    address, sizeof(address), "10.%u.%u.1", i >> 8, i & 255);
		wrong(l, address, address, 1, START);
	}
	assert_true(auth_limit_wait(l, "192.0.2.1", "x", START) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_burst_is_free),
		cmocka_unit_test(test_the_wait_doubles_up_to_its_maximum),
		cmocka_unit_test(test_forgives),
		cmocka_unit_test(test_ipv6_by_network),
		cmocka_unit_test(test_full_table_keeps_the_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
