/* migrate.h - bring a SQLite database to the newest schema.
 *
 * Migrations are the numbered files of schema/sqlite/, compiled in by
 * tools/embed-sql.py. Each one runs in a transaction of its own together
 * with the number it leads to (PRAGMA user_version), so that a crash or an
 * error leaves the schema at a number, never between two.
 */
#pragma once
#include "base/err.h"

#include <sqlite3.h>

struct store_migration {
	unsigned number;
	const char *name;
	const char *sql;
};

/* Those of this program (made at build time). */
extern const struct store_migration store_migrations[];
extern const unsigned store_migrations_count;

/* What a database file of this program says of itself. */
#define STORE_APPLICATION_ID 0x4f435331 /* "OCS1" */

/* Apply those of the list that are above the database's number. ERR_CONFIG
 * when the database is newer than the list or is not ours. */
MUST_CHECK int store_migrate(sqlite3 *db, const struct store_migration *list,
    unsigned count, struct err *err);
