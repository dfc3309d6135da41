#include "fixture.h"

#include "base/str.h"
#include "store/columns.h"
#include "store/migrate.h"
#include "store/sqlite.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return n;
}

static int
memory(void **state)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	*state = db;
	return 0;
}

static int
forget(void **state)
{
	return sqlite3_close(*state) == SQLITE_OK ? 0 : -1;
}

static const struct store_migration good[] = {
	{ 1, "0001_a", "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
	{ 2, "0002_b", "CREATE TABLE b (x); UPDATE a SET x = x + 1;" },
};

static void
migrations_run_in_order_and_once(void **state)
{
	sqlite3 *db = *state;

	assert_ok(store_migrate(db, good, 1, err));
	assert_int_equal(number(db, "PRAGMA user_version"), 1);
	assert_ok(store_migrate(db, good, 2, err));
	assert_ok(store_migrate(db, good, 2, err));
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
	assert_int_equal(
	    number(db, "PRAGMA application_id"), STORE_APPLICATION_ID);
	assert_int_equal(number(db, "SELECT x FROM a"), 2);
}

/* The second statement fails; nothing of the first may stay. */
static void
a_half_applied_migration_is_undone(void **state)
{
	sqlite3 *db = *state;
	static const struct store_migration broken[] = {
		{ 1, "0001_a", "CREATE TABLE a (x);" },
		{ 2, "0002_b",
		    "CREATE TABLE b (x); INSERT INTO a VALUES (1);"
		    "INSERT INTO missing VALUES (1);" },
	};

	assert_err(ERR_SYSTEM, store_migrate(db, broken, 2, err));
	assert_int_equal(number(db, "PRAGMA user_version"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM a"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema"), 1);
	assert_int_equal(sqlite3_get_autocommit(db), 1);
	/* With the error gone it goes on from where it was. */
	assert_ok(store_migrate(db, good, 2, err));
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
}

static void
a_newer_schema_is_refused(void **state)
{
	sqlite3 *db = *state;

	assert_ok(store_migrate(db, good, 2, err));
	assert_err(ERR_CONFIG, store_migrate(db, good, 1, err));
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
}

static void
a_database_of_others_is_left_alone(void **state)
{
	sqlite3 *db = *state;

	assert_int_equal(
	    sqlite3_exec(db, "CREATE TABLE cookies (x)", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_err(ERR_CONFIG, store_migrate(db, good, 2, err));
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema"), 1);
}

/* --- the schema of this program ---------------------------------------- */

static void
same_columns(sqlite3 *db, const char *table, unsigned skip,
    const struct store_sqlite_table *t)
{
	char sql[64];
	sqlite3_stmt *st;
	unsigned i;

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_column_count(st), (int)(t->count + skip));
	for (i = 0; i < t->count; i++)
		assert_string_equal(sqlite3_column_name(st, (int)(i + skip)),
		    t->columns[i].name);
	(void)sqlite3_finalize(st);
}

static void
columns_and_schema_are_in_step(void **state)
{
	sqlite3 *db = *state;

	assert_ok(
	    store_migrate(db, store_migrations, store_migrations_count, err));
	same_columns(db, "request", 1, &store_sqlite_requests);
	same_columns(db, "crl", 1, &store_sqlite_crls);
	same_columns(db, "account", 2, &store_sqlite_users);
	same_columns(db, "audit", 1, &store_sqlite_audits);
	assert_int_equal(
	    number(db, "PRAGMA user_version"), (int)store_migrations_count);
}

/* What rows of before the second schema become. */
static void
an_older_database_keeps_its_rows(void **state)
{
	sqlite3 *db = *state;

	assert_ok(store_migrate(db, store_migrations, 1, err));
	assert_int_equal(sqlite3_exec(db,
			     "INSERT INTO request VALUES (1, 9, 0, 0, 1, 0, "
			     "'o', NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
			     "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
			     "0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, "
			     "NULL, NULL, NULL)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_ok(
	    store_migrate(db, store_migrations, store_migrations_count, err));
	assert_int_equal(number(db, "SELECT approvals FROM request"), 1);
}

/* The keys of certificates of before the third schema are known, once for each
 * account, and those that were compromised. */
static void
older_keys_are_known(void **state)
{
	static const struct {
		int disposition, reason;
		const char *owner, *hash;
	} rows[] = { { 20, 0, "a", "1111111111" }, { 21, 5, "a", "1111111111" },
		{ 20, 0, "b", "1111111111" }, { 21, 1, "b", "2222222222" },
		{ 9, 0, "c", "3333333333" }, { 31, 0, "c", "4444444444" } };
	sqlite3 *db = *state;
	char sql[400];

	assert_ok(store_migrate(db, store_migrations, 2, err));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)snprintf(sql, sizeof(sql),
		    "INSERT INTO request (disposition, hresult, flags, "
		    "submitted, resolved, owner, key_bits, key_hash, ca_index, "
		    "key_index, not_before, not_after, revoked_when, "
		    "revoked_effective, revoked_reason) VALUES (%d, 0, 0, 1, "
		    "1, '%s', 0, CAST('%s' AS BLOB), 0, 0, 0, 0, 0, 0, %d)",
		    rows[i].disposition, rows[i].owner, rows[i].hash,
		    rows[i].reason);
		assert_int_equal(
		    sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	}
	assert_ok(
	    store_migrate(db, store_migrations, store_migrations_count, err));
	assert_int_equal(number(db, "SELECT count(*) FROM issued_key"), 3);
	assert_int_equal(
	    number(db, "SELECT count(*) FROM issued_key WHERE request IN "
		       "(1, 3, 4) AND length(prefix) = 8"),
	    3);
	assert_int_equal(number(db, "SELECT count(*) FROM blocked_key"), 1);
	assert_int_equal(number(db, "SELECT request FROM blocked_key"), 4);
}

/* The states are written as numbers in the schema and in statements. */
static void
states_are_those_of_the_schema(void **state)
{
	sqlite3 *db = *state;
	char sql[96];

	assert_int_equal(DISPOSITION_PENDING, 9);
	assert_int_equal(DISPOSITION_ISSUED, 20);
	assert_int_equal(DISPOSITION_REVOKED, 21);
	assert_ok(
	    store_migrate(db, store_migrations, store_migrations_count, err));
	assert_int_equal(number(db, "SELECT count(*) FROM request_count"),
	    STORE_STATE_COUNT);
#define DISPOSITION(sym, value, api, word, people)                       \
	(void)snprintf(sql, sizeof(sql),                                 \
	    "SELECT count(*) FROM request_count WHERE disposition = %d", \
	    (value));                                                    \
	assert_int_equal(number(db, sql), 1);
#include "base/disposition.def"
#undef DISPOSITION
}

#define MEMORY_TEST(t) cmocka_unit_test_setup_teardown(t, memory, forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_TEST(older_keys_are_known),
		MEMORY_TEST(migrations_run_in_order_and_once),
		MEMORY_TEST(a_half_applied_migration_is_undone),
		MEMORY_TEST(a_newer_schema_is_refused),
		MEMORY_TEST(a_database_of_others_is_left_alone),
		MEMORY_TEST(columns_and_schema_are_in_step),
		MEMORY_TEST(an_older_database_keeps_its_rows),
		MEMORY_TEST(states_are_those_of_the_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
