#include "store/sqlite.h"

#include "store/columns.h"

#include <assert.h>
#include <errno.h>

/* Length of the log, in pages, after which it is copied into the database
 * without waiting for anybody; and after which the writer waits a moment for
 * the readers that keep it from starting anew. Readers never wait. */
#define CHECKPOINT_PAGES 4000
#define CHECKPOINT_FORCE 32000
#define CHECKPOINT_MS    100

/* Pieces of statements, from columns.h. */
#define NAME(member, ...)                  ", " #member
#define MARK(...)                          ", ?"
#define SET_STATE(s)                       ""
#define SET_SUBMITTED(s)                   ""
#define SET_DECIDED(s)                     s
#define SET_REVOKED(s)                     ""
#define SET(member, kind, written, listed) SET_##written(", " #member " = ?")
#define LISTED_LISTED(member)              ", " #member
#define LISTED_LARGE(member)               ""
#define LISTED(member, kind, written, use) LISTED_##use(member)
#define REQUEST_LISTED                     STORE_REQUEST_COLUMNS(LISTED)
#define REQUEST_NAMES                      STORE_REQUEST_COLUMNS(NAME)
#define REQUEST_MARKS                      STORE_REQUEST_COLUMNS(MARK)
#define REQUEST_SET_DECIDED                STORE_REQUEST_COLUMNS(SET)
#define CRL_NAMES                          STORE_CRL_COLUMNS(NAME)
#define CRL_MARKS                          STORE_CRL_COLUMNS(MARK)
#define USER_NAMES                         STORE_USER_COLUMNS(NAME)
#define USER_MARKS                         STORE_USER_COLUMNS(MARK)
#define AUDIT_NAMES                        STORE_AUDIT_COLUMNS(NAME)
#define AUDIT_MARKS                        STORE_AUDIT_COLUMNS(MARK)
#define PUT(table, columns)                                    \
	"INSERT INTO " table " (id" STORE_##columns##_COLUMNS( \
	    NAME) ") VALUES (NULL" STORE_##columns##_COLUMNS(MARK) ")"
#define LIST(table, columns) \
	"SELECT id" STORE_##columns##_COLUMNS(NAME) " FROM " table

static const char *const statements[] = {
#define STATEMENT(id, ...) [STORE_SQL_##id] = __VA_ARGS__,
#include "store/statements.def"
#undef STATEMENT
};

/* --- errors ------------------------------------------------------------ */

static const struct {
	int sqlite;
	enum err_code code;
	const char *text;
} failures[] = {
	{ SQLITE_FULL, ERR_NO_SPACE,
	    "there is no space left for the database" },
	{ SQLITE_READONLY, ERR_READ_ONLY, "the database cannot be written" },
	{ SQLITE_PERM, ERR_READ_ONLY, "the database cannot be written" },
	{ SQLITE_CORRUPT, ERR_CORRUPT, "the database is damaged" },
	{ SQLITE_NOTADB, ERR_CORRUPT, "the file is not a database" },
	{ SQLITE_BUSY, ERR_BUSY, "the database is locked by another program" },
	{ SQLITE_LOCKED, ERR_BUSY, "the database is locked" },
	{ SQLITE_NOMEM, ERR_NO_MEMORY, "no memory for the database" },
	{ SQLITE_TOOBIG, ERR_TOO_LARGE,
	    "a value is larger than the database takes" },
	{ SQLITE_CANTOPEN, ERR_SYSTEM, "the database cannot be opened" },
	{ SQLITE_IOERR, ERR_SYSTEM, "the database cannot be read or written" },
};

static enum err_code
code_of_errno(int number, enum err_code otherwise)
{
	switch (number) {
	case ENOSPC:
	case EDQUOT:
		return ERR_NO_SPACE;
	case EROFS:
		return ERR_READ_ONLY;
	default:
		return otherwise;
	}
}

int
store_sqlite_fail(sqlite3 *db, struct err *err)
{
	int rc = sqlite3_extended_errcode(db), number;
	size_t i;

	if (rc == SQLITE_CONSTRAINT_UNIQUE ||
	    rc == SQLITE_CONSTRAINT_PRIMARYKEY)
		return err_set(
		    err, ERR_EXISTS, "it is in the database already");
	if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
		return err_set(err, ERR_NOT_FOUND, "no such request");
	for (i = 0; i < ARRAY_LEN(failures); i++) {
		if ((rc & 0xff) != failures[i].sqlite)
			continue;
		number = sqlite3_system_errno(db);
		if (failures[i].code != ERR_SYSTEM)
			return err_set(
			    err, failures[i].code, "%s", failures[i].text);
		return err_set(err, code_of_errno(number, ERR_SYSTEM),
		    "%s: %s (%d)", failures[i].text,
		    number ? strerrordesc_np(number) : sqlite3_errmsg(db), rc);
	}
	return err_set(
	    err, ERR_SYSTEM, "the database: %s (%d)", sqlite3_errmsg(db), rc);
}

/* --- statements -------------------------------------------------------- */

static sqlite3_stmt *
statement(struct store_sqlite_db *c, enum store_sqlite_sql id, struct err *err)
{
	if (!c->stmt[id] &&
	    sqlite3_prepare_v3(c->db, statements[id], -1,
		SQLITE_PREPARE_PERSISTENT, &c->stmt[id], NULL) != SQLITE_OK)
		store_sqlite_fail(c->db, err);
	return c->stmt[id];
}

sqlite3_stmt *
store_sqlite_read(
    struct store_reader *r, enum store_sqlite_sql id, struct err *err)
{
	return statement(&((struct store_sqlite_reader *)r)->conn, id, err);
}

int
store_sqlite_break(struct store_writer *w)
{
	((struct store_sqlite_writer *)w)->broken = true;
	return -1;
}

sqlite3_stmt *
store_sqlite_write(
    struct store_writer *base, enum store_sqlite_sql id, struct err *err)
{
	struct store_sqlite_writer *w = (struct store_sqlite_writer *)base;
	sqlite3_stmt *st;

	assert(w->begun);
	if (w->broken) {
		err_set(err, ERR_SYSTEM,
		    "an earlier part of the transaction failed");
		return NULL;
	}
	st = statement(&w->conn, id, err);
	if (!st)
		(void)store_sqlite_break(base);
	return st;
}

int
store_sqlite_step(sqlite3_stmt *st, struct err *err)
{
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return store_sqlite_fail(sqlite3_db_handle(st), err);
	}
}

/* A constraint or a row too large undoes its statement only. After anything
 * else SQLite may have rolled back by itself, and the next statement would
 * commit alone. */
int
store_sqlite_run(struct store_writer *w, sqlite3_stmt *st, struct err *err)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_DONE)
		return 0;
	store_sqlite_fail(sqlite3_db_handle(st), err);
	if (((rc & 0xff) != SQLITE_CONSTRAINT && rc != SQLITE_TOOBIG) ||
	    sqlite3_get_autocommit(sqlite3_db_handle(st)))
		(void)store_sqlite_break(w);
	return -1;
}

static int
run(struct store_sqlite_db *c, enum store_sqlite_sql id, struct err *err)
{
	AUTO_STMT st = statement(c, id, err);

	return st && store_sqlite_step(st, err) >= 0 ? 0 : -1;
}

/* --- transactions ------------------------------------------------------ */

static void
rollback(struct store_writer *base)
{
	struct store_sqlite_writer *w = (struct store_sqlite_writer *)base;

	if (!sqlite3_get_autocommit(w->conn.db))
		(void)run(&w->conn, STORE_SQL_ROLLBACK, NULL);
	memset(w->moved, 0, sizeof(w->moved));
	w->begun = false;
	w->broken = false;
}

static int
begin(struct store_writer *base, struct err *err)
{
	struct store_sqlite_writer *w = (struct store_sqlite_writer *)base;

	assert(!w->begun);
	rollback(base);
	if (run(&w->conn, STORE_SQL_BEGIN, err) < 0)
		return -1;
	w->begun = true;
	return 0;
}

/* The transaction is durable already: what fails here is tried again after a
 * later one. When a reader holds the log back, the next try is a whole step
 * away, so that not each commit writes and syncs the database. */
static void
checkpoint(struct store_sqlite_writer *w)
{
	bool force = w->wal_pages >= CHECKPOINT_FORCE;

	if (w->wal_pages < CHECKPOINT_PAGES)
		w->checkpoint_due = CHECKPOINT_PAGES;
	if (w->wal_pages < w->checkpoint_due)
		return;
	(void)sqlite3_busy_timeout(w->conn.db, CHECKPOINT_MS);
	(void)sqlite3_wal_checkpoint_v2(w->conn.db, NULL,
	    force ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
	    NULL);
	(void)sqlite3_busy_timeout(w->conn.db, STORE_SQLITE_BUSY_MS);
	w->checkpoint_due = w->wal_pages + CHECKPOINT_PAGES;
}

static int
commit(struct store_writer *base, struct err *err)
{
	struct store_sqlite_writer *w = (struct store_sqlite_writer *)base;

	assert(w->begun);
	if (store_sqlite_request_count(w, err) < 0 ||
	    run(&w->conn, STORE_SQL_COMMIT, err) < 0) {
		rollback(base);
		return -1;
	}
	assert(sqlite3_get_autocommit(w->conn.db));
	w->begun = false;
	checkpoint(w);
	return 0;
}

/* A snapshot begins with the first row read, so one is read. */
static int
read_begin(struct store_reader *base, struct err *err)
{
	struct store_sqlite_reader *r = (struct store_sqlite_reader *)base;

	if (run(&r->conn, STORE_SQL_READ_BEGIN, err) < 0)
		return -1;
	if (run(&r->conn, STORE_SQL_READ_TOUCH, err) == 0)
		return 0;
	(void)run(&r->conn, STORE_SQL_ROLLBACK, NULL);
	return -1;
}

static void
read_end(struct store_reader *base)
{
	struct store_sqlite_reader *r = (struct store_sqlite_reader *)base;

	if (!sqlite3_get_autocommit(r->conn.db))
		(void)run(&r->conn, STORE_SQL_ROLLBACK, NULL);
}

const struct store_backend store_sqlite = {
	.scheme = "sqlite:",
	.open = store_sqlite_open_store,
	.close = store_sqlite_open_store_close,
	.writer_open = store_sqlite_open_writer,
	.writer_close = store_sqlite_open_writer_close,
	.reader_open = store_sqlite_open_reader,
	.reader_close = store_sqlite_open_reader_close,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.read_begin = read_begin,
	.read_end = read_end,
	.insert_request = store_sqlite_request_insert,
	.decide_request = store_sqlite_request_decide,
	.revoke_request = store_sqlite_request_revoke,
	.add_attribute = store_sqlite_request_add_attribute,
	.add_extension = store_sqlite_request_add_extension,
	.find_request = store_sqlite_list_find,
	.find_serial = store_sqlite_list_find_serial,
	.list_requests = store_sqlite_list_requests,
	.list_held = store_sqlite_list_held,
	.oldest_pending = store_sqlite_list_oldest,
	.newest_request = store_sqlite_list_newest,
	.list_attributes = store_sqlite_list_attributes,
	.list_extensions = store_sqlite_list_extensions,
	.count_all = store_sqlite_list_count_all,
	.count_owner = store_sqlite_list_count_owner,
	.list_revoked = store_sqlite_crl_list_revoked,
	.crl_number = store_sqlite_crl_number,
	.insert_crl = store_sqlite_crl_insert,
	.finish_crl = store_sqlite_crl_finish,
	.deliver_crl = store_sqlite_crl_deliver,
	.newest_crl = store_sqlite_crl_newest,
	.list_bases = store_sqlite_crl_bases,
	.list_crls = store_sqlite_crl_list,
	.insert_ca_cert = store_sqlite_crl_insert_ca_cert,
	.list_ca_certs = store_sqlite_crl_list_ca_certs,
	.insert_ca_link = store_sqlite_crl_insert_ca_link,
	.list_ca_links = store_sqlite_crl_list_ca_links,
	.insert_user = store_sqlite_user_insert,
	.update_user = store_sqlite_user_update,
	.find_user = store_sqlite_user_find,
	.find_user_uid = store_sqlite_user_find_uid,
	.list_users = store_sqlite_user_list,
	.user_version = store_sqlite_user_version,
	.put_access = store_sqlite_access_put,
	.drop_access = store_sqlite_access_drop,
	.list_access = store_sqlite_access_list,
	.clear_members = store_sqlite_access_clear_members,
	.clear_approvals = store_sqlite_access_clear_approvals,
	.add_message = store_sqlite_message_add,
	.find_message = store_sqlite_message_find,
	.add_key = store_sqlite_key_add,
	.list_keys = store_sqlite_key_list,
	.find_key = store_sqlite_key_find,
	.append_audit = store_sqlite_audit_append,
	.list_audit = store_sqlite_audit_list,
	.audit_head = store_sqlite_audit_head,
	.set_value = store_sqlite_audit_set_value,
	.value = store_sqlite_audit_value,
};
