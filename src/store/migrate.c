#include "store/migrate.h"

#include "store/sqlite.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static int
run(sqlite3 *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_sqlite_fail(db, err);
	return 0;
}

static int
number_of(sqlite3 *db, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc != SQLITE_ROW)
		store_sqlite_fail(db, err);
	else
		*ret = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -1;
}

/* The schema number; ERR_CONFIG for a database that others made. */
static int
current(sqlite3 *db, int64_t *ret, struct err *err)
{
	int64_t id = 0, tables = 0;

	if (number_of(db, "PRAGMA user_version", ret, err) < 0 ||
	    number_of(db, "PRAGMA application_id", &id, err) < 0 ||
	    number_of(db, "SELECT count(*) FROM sqlite_schema", &tables, err) <
		0)
		return -1;
	if (id == STORE_APPLICATION_ID || (id == 0 && *ret == 0 && tables == 0))
		return 0;
	return err_set(
	    err, ERR_CONFIG, "the file is a database of another program");
}

/* Number and schema change together or not at all. The number is read again
 * under the lock: another process may have been first. */
static int
apply(sqlite3 *db, const struct store_migration *m, struct err *err)
{
	char mark[96];
	int64_t number;

	(void)snprintf(mark, sizeof(mark),
	    "PRAGMA application_id = %d; PRAGMA user_version = %u;",
	    STORE_APPLICATION_ID, m->number);
	if (run(db, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (current(db, &number, err) < 0)
		goto undo;
	if (number < m->number &&
	    (run(db, m->sql, err) < 0 || run(db, mark, err) < 0))
		goto undo;
	if (run(db, "COMMIT", err) == 0)
		return 0;
undo:
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err_wrap(err, "schema %s", m->name);
}

int
store_migrate(sqlite3 *db, const struct store_migration *list, unsigned count,
    struct err *err)
{
	int64_t number;
	unsigned i;

	if (current(db, &number, err) < 0)
		return -1;
	if (number < 0 || number > count)
		return err_set(err, ERR_CONFIG,
		    "the database has schema %" PRId64 ", this program knows "
		    "only %u: it was written by a newer version",
		    number, count);
	for (i = 0; i < count; i++) {
		assert(list[i].number == i + 1);
		if (list[i].number > number && apply(db, &list[i], err) < 0)
			return -1;
	}
	return 0;
}
