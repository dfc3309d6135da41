#include "store/sqlite.h"

#include "store/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>

struct sqlite_store {
	struct store base;
	char path[];
};

static void
disconnect(struct store_sqlite_db *c)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(c->stmt); i++)
		sqlite3_finalize(c->stmt[i]);
	sqlite3_close(c->db);
}

static int
check_pragma(
    sqlite3 *db, const char *sql, const char *expected, struct err *err)
{
	const unsigned char *got = NULL;
	sqlite3_stmt *st;
	int ret = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return store_sqlite_fail(db, err);
	if (sqlite3_step(st) == SQLITE_ROW)
		got = sqlite3_column_text(st, 0);
	if (got && strcmp((const char *)got, expected) == 0)
		ret = 0;
	else if (got)
		err_set(err, ERR_SYSTEM,
		    "the database does not take %s: it stays %s", sql, got);
	else
		store_sqlite_fail(db, err);
	sqlite3_finalize(st);
	return ret;
}

static int
harden(sqlite3 *db, struct err *err)
{
	static const struct {
		int op, on;
	} config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(config); i++)
		if (sqlite3_db_config(db, config[i].op, config[i].on, NULL) !=
		    SQLITE_OK)
			return store_sqlite_fail(db, err);
	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, STORE_ROW_MAX);
	(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_busy_timeout(db, STORE_SQLITE_BUSY_MS);
	return 0;
}

static int
connect_to(
    const char *path, const char *pragmas, sqlite3 **ret, struct err *err)
{
	int rc = sqlite3_open_v2(path, ret,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    NULL);

	if (rc != SQLITE_OK && !*ret)
		return err_set(
		    err, ERR_NO_MEMORY, "no memory for the database");
	if (rc != SQLITE_OK)
		return store_sqlite_fail(*ret, err);
	if (harden(*ret, err) < 0)
		return -1;
	if (sqlite3_exec(*ret, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return store_sqlite_fail(*ret, err);
	return 0;
}

/* Make the file before SQLite does: readable by nobody else (it has the
 * password hashes; log and index take over its mode), its name durable. */
static int
create_file(const char *path, struct err *err)
{
	AUTO_FD fd = -1;
	AUTO_MEM char *copy = strdup(path);
	AUTO_FD folder = -1;

	if (!copy)
		return err_set(err, ERR_NO_MEMORY, "no memory for a path");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return err_errno(err, "cannot make the database");
	folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 || fsync(folder) < 0)
		return err_errno(err, "cannot make the database");
	return 0;
}

static int
prepare_file(const char *path, struct err *err)
{
	AUTO_MEM char *copy = strdup(path);
	sqlite3 *db = NULL;
	int ret = -1;

	if (!copy)
		return err_set(err, ERR_NO_MEMORY, "no memory for a path");
	/* An index over many rows is sorted in files, and a sandbox lets us
	 * make them beside the database only. */
	sqlite3_temp_directory = dirname(copy);

	/* Only counts memory for statistics, under a lock of all threads.
	 * Refused, harmlessly, once SQLite is in use. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (create_file(path, err) == 0 &&
	    connect_to(path,
		"PRAGMA page_size = 8192; PRAGMA synchronous = FULL;", &db,
		err) == 0 &&
	    check_pragma(db, "PRAGMA journal_mode = WAL", "wal", err) == 0)
		ret = store_migrate(
		    db, store_migrations, store_migrations_count, err);
	sqlite3_close(db);
	sqlite3_temp_directory = NULL;
	return ret;
}

int
store_sqlite_open_store(const char *path, struct store **ret, struct err *err)
{
	struct sqlite_store *s;
	size_t n = strlen(path) + 1;

	if (prepare_file(path, err) < 0)
		return err_wrap(err, "database %s", path);
	s = malloc(sizeof(*s) + n);
	if (!s)
		return err_set(err, ERR_NO_MEMORY, "no memory for the store");
	s->base.backend = &store_sqlite;
	memcpy(s->path, path, n);
	*ret = &s->base;
	return 0;
}

void
store_sqlite_open_store_close(struct store *s)
{
	free(s);
}

static int
note_log(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store_sqlite_writer *w = ctx;

	(void)db;
	(void)name;
	w->wal_pages = pages;
	return SQLITE_OK;
}

void
store_sqlite_open_writer_close(struct store_writer *base)
{
	struct store_sqlite_writer *w = (struct store_sqlite_writer *)base;

	disconnect(&w->conn);
	free(w);
}

int
store_sqlite_open_writer(
    struct store *s, struct store_writer **ret, struct err *err)
{
	static const char pragmas[] = "PRAGMA synchronous = FULL;"
				      "PRAGMA cell_size_check = ON;"
				      "PRAGMA temp_store = MEMORY;"
				      "PRAGMA cache_size = -65536;"
				      "PRAGMA journal_size_limit = 67108864;";
	struct store_sqlite_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(err, ERR_NO_MEMORY, "no memory for the store");
	w->base.backend = &store_sqlite;
	if (connect_to(((struct sqlite_store *)s)->path, pragmas, &w->conn.db,
		err) < 0 ||
	    check_pragma(w->conn.db, "PRAGMA journal_mode", "wal", err) < 0 ||
	    check_pragma(w->conn.db, "PRAGMA synchronous", "2", err) < 0) {
		store_sqlite_open_writer_close(&w->base);
		return -1;
	}
	(void)sqlite3_wal_hook(w->conn.db, note_log, w);
	*ret = &w->base;
	return 0;
}

void
store_sqlite_open_reader_close(struct store_reader *base)
{
	struct store_sqlite_reader *r = (struct store_sqlite_reader *)base;
	size_t i;

	for (i = 0; i < ARRAY_LEN(r->list); i++)
		sqlite3_finalize(r->list[i]);
	disconnect(&r->conn);
	free(r);
}

int
store_sqlite_open_reader(
    struct store *s, struct store_reader **ret, struct err *err)
{
	/* Clamped to what the library allows (2 GiB on Debian 12). */
	static const char pragmas[] = "PRAGMA query_only = ON;"
				      "PRAGMA cell_size_check = ON;"
				      "PRAGMA temp_store = MEMORY;"
				      "PRAGMA cache_size = -8192;"
				      "PRAGMA mmap_size = 4294967296;";
	struct store_sqlite_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(err, ERR_NO_MEMORY, "no memory for the store");
	r->base.backend = &store_sqlite;
	if (connect_to(((struct sqlite_store *)s)->path, pragmas, &r->conn.db,
		err) < 0) {
		store_sqlite_open_reader_close(&r->base);
		return -1;
	}
	*ret = &r->base;
	return 0;
}
