/* Clients and servers of the CA as their users see them. */
#include "fixture.h"

static void
test_a_call(void **state)
{
	struct fixture *f = *state;
	uint64_t id = 0;

	fixture_start(f, RPC_CHANNEL_WEB);
	fixture_connect(f, 0);
	assert_int_equal(fixture_submit(f, 42, &id, NULL), 0);
	assert_int_equal(id, 42);
	assert_int_equal(fixture_submit(f, 43, &id, NULL), 0);
	assert_int_equal(id, 43);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_call, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
