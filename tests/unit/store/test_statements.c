/* The texts of the statements: each prepares, and reads by an index. */
#include "fixture.h"

#include "store/sqlite.h"

static void
each_statement_prepares(void **state)
{
	struct fixture *f = *state;
	enum store_sqlite_sql id;
	struct err err = { 0 };

	for (id = 0; id < STORE_SQL_COUNT; id++)
		if (!store_sqlite_read(f->r, id, &err))
			fail_msg("statement %d: %s", (int)id, err.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_statement_prepares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
