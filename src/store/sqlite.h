/* sqlite.h - what the files of the SQLite backend share.
 *
 * Private to src/store. sqlite_open.c makes and opens the file, sqlite.c has
 * statements, errors and transactions, sqlite_row.c moves rows between structs
 * and statements by table, the other sqlite_*.c hold one concept each.
 * Statements are prepared once per connection, at first use; their texts are in
 * statements.def.
 */
#pragma once
#include "store/store_backend.h"

#include <sqlite3.h>

enum store_sqlite_sql {
#define STATEMENT(id, ...) STORE_SQL_##id,
#include "store/statements.def"
#undef STATEMENT
	STORE_SQL_COUNT
};

struct store_sqlite_db {
	sqlite3 *db;
	sqlite3_stmt *stmt[STORE_SQL_COUNT];
};

/* States of a request, as positions of disposition.def. */
enum store_sqlite_state {
#define DISPOSITION(sym, db, api, word, people) STORE_STATE_##sym,
#include "base/disposition.def"
#undef DISPOSITION
	STORE_STATE_COUNT
};

struct store_sqlite_writer {
	struct store_writer base;
	struct store_sqlite_db conn;
	bool begun;
	bool broken;                      /* only a rollback is left */
	int64_t moved[STORE_STATE_COUNT]; /* not yet in request_count */
	int wal_pages;      /* length of the log after the last commit */
	int checkpoint_due; /* length at which to work on it next */
};

/* Every list of sqlite_select.h has a statement of its own. */
#define STORE_SQLITE_LISTS 128

struct store_sqlite_reader {
	struct store_reader base;
	struct store_sqlite_db conn;
	sqlite3_stmt *list[STORE_SQLITE_LISTS];
};

/* --- sqlite.c ---------------------------------------------------------- */

/* Translate the connection's last error; always -1. */
int store_sqlite_fail(sqlite3 *db, struct err *err);
/* A statement ready to bind, NULL on error. */
sqlite3_stmt *store_sqlite_read(
    struct store_reader *r, enum store_sqlite_sql id, struct err *err);
/* The same inside the transaction; fails when that is broken. */
sqlite3_stmt *store_sqlite_write(
    struct store_writer *base, enum store_sqlite_sql id, struct err *err);
/* 1 a row, 0 the end, -1. */
MUST_CHECK int store_sqlite_step(sqlite3_stmt *st, struct err *err);
/* Run a statement that writes; ERR_EXISTS for a value that is there. */
MUST_CHECK int store_sqlite_run(
    struct store_writer *w, sqlite3_stmt *st, struct err *err);
/* Note the reason why the transaction cannot go on; always -1. */
int store_sqlite_break(struct store_writer *w);

static inline void
store_sqlite_done(sqlite3_stmt **st)
{
	if (!*st)
		return;
	(void)sqlite3_reset(*st);
	(void)sqlite3_clear_bindings(*st);
}
/* A borrowed statement: reset and unbound at the end of the scope, so that no
 * snapshot stays open and no pointer to a caller's memory is left. */
#define AUTO_STMT __attribute__((cleanup(store_sqlite_done))) sqlite3_stmt *

/* --- sqlite_row.c ------------------------------------------------------ */

enum store_sqlite_kind {
	STORE_KIND_U32,
	STORE_KIND_U64,
	STORE_KIND_I64,
	STORE_KIND_BOOL,
	STORE_KIND_TEXT,
	STORE_KIND_BYTES
};
enum store_sqlite_use {
	STORE_USE_SUBMITTED = 0x1,
	STORE_USE_DECIDED = 0x2,
	STORE_USE_REVOKED = 0x4,
	STORE_USE_LISTED = 0x8,
	STORE_USE_LARGE = 0x10,
	STORE_USE_STATE = 0x20,
	STORE_USE_ALL = 0x3f
};
struct store_sqlite_column {
	const char *name;
	uint16_t offset;
	uint8_t kind;
	uint8_t use;
};
struct store_sqlite_table {
	size_t size; /* of the struct */
	unsigned count;
	const struct store_sqlite_column *columns;
};
extern const struct store_sqlite_table store_sqlite_requests;
extern const struct store_sqlite_table store_sqlite_crls;
extern const struct store_sqlite_table store_sqlite_users;
extern const struct store_sqlite_table store_sqlite_audits;

/* Bind the columns that have one of the uses, from parameter `at`; returns
 * the next parameter or -1. The row must outlive the statement's run. */
MUST_CHECK int store_sqlite_bind(sqlite3_stmt *st,
    const struct store_sqlite_table *t, unsigned use, int at, const void *row,
    struct err *err);
/* Fill a struct from the columns of the current row, from `at`; its texts and
 * bytes live until the next step. */
void store_sqlite_view(sqlite3_stmt *st, const struct store_sqlite_table *t,
    unsigned use, int at, void *row);
/* A copy of a viewed row in one block of memory. */
MUST_CHECK int store_sqlite_keep(const struct store_sqlite_table *t,
    const void *row, void **ret, struct err *err);
/* An empty text or run of bytes binds nothing, which is NULL. */
MUST_CHECK int store_sqlite_bind_text(
    sqlite3_stmt *st, int at, const char *s, struct err *err);
MUST_CHECK int store_sqlite_bind_bytes(
    sqlite3_stmt *st, int at, struct bytes b, struct err *err);
/* Never NULL. */
const char *store_sqlite_text(sqlite3_stmt *st, int column);
struct bytes store_sqlite_bytes(sqlite3_stmt *st, int column);

/* --- sqlite_open.c ----------------------------------------------------- */

/* How long to wait for a lock of another process; our own readers and writer
 * never wait for each other. */
#define STORE_SQLITE_BUSY_MS 5000

int store_sqlite_open_store(
    const char *path, struct store **ret, struct err *err);
void store_sqlite_open_store_close(struct store *s);
int store_sqlite_open_writer(
    struct store *s, struct store_writer **ret, struct err *err);
void store_sqlite_open_writer_close(struct store_writer *base);
int store_sqlite_open_reader(
    struct store *s, struct store_reader **ret, struct err *err);
void store_sqlite_open_reader_close(struct store_reader *base);

/* --- the methods (contracts in store.h) -------------------------------- */

int store_sqlite_request_insert(struct store_writer *w,
    const struct store_request *q, uint64_t id, uint64_t *ret_id,
    struct err *err);
int store_sqlite_request_decide(struct store_writer *w,
    const struct store_request *q, enum disposition from, struct err *err);
int store_sqlite_request_revoke(
    struct store_writer *w, const struct store_revocation *v, struct err *err);
int store_sqlite_request_add_attribute(struct store_writer *w, uint64_t id,
    const char *name, const char *value, struct err *err);
int store_sqlite_request_add_extension(struct store_writer *w, uint64_t id,
    const struct store_extension *x, struct err *err);
/* Add the states that rows of this transaction moved to request_count. */
MUST_CHECK int store_sqlite_request_count(
    struct store_sqlite_writer *w, struct err *err);

int store_sqlite_list_find(struct store_reader *r, uint64_t id,
    struct store_request **ret, struct err *err);
int store_sqlite_list_find_serial(struct store_reader *r, struct bytes serial,
    struct store_request **ret, struct err *err);
int store_sqlite_list_held(struct store_reader *r, uint64_t before,
    uint32_t limit, store_request_row *row, void *ctx, struct err *err);
int store_sqlite_list_oldest(
    struct store_reader *r, int64_t *ret, struct err *err);
int store_sqlite_list_newest(
    struct store_reader *r, uint64_t *ret, struct err *err);
int store_sqlite_list_requests(struct store_reader *r,
    const struct store_filter *f, store_request_row *row, void *ctx,
    struct err *err);
int store_sqlite_list_attributes(struct store_reader *r, uint64_t id,
    store_attribute_row *row, void *ctx, struct err *err);
int store_sqlite_list_extensions(struct store_reader *r, uint64_t id,
    store_extension_row *row, void *ctx, struct err *err);
int store_sqlite_list_count_all(
    struct store_reader *r, struct store_counts *ret, struct err *err);
int store_sqlite_list_count_owner(struct store_reader *r, const char *owner,
    int64_t since, uint64_t *ret_pending, uint64_t *ret_since, struct err *err);

int store_sqlite_crl_list_revoked(struct store_reader *r,
    const struct store_revoked_filter *f, store_revoked_row *row, void *ctx,
    struct err *err);
int store_sqlite_crl_number(
    struct store_writer *w, uint64_t *ret_newest, struct err *err);
int store_sqlite_crl_insert(struct store_writer *w, const struct store_crl *c,
    uint64_t *ret_id, struct err *err);
int store_sqlite_crl_finish(struct store_writer *w, uint64_t id,
    uint64_t entries, struct bytes hash, const char *status, struct err *err);
int store_sqlite_crl_deliver(struct store_writer *w, uint64_t id, int64_t when,
    const char *text, struct err *err);
int store_sqlite_crl_newest(struct store_reader *r, uint32_t key_index,
    bool delta, struct store_crl **ret, struct err *err);
int store_sqlite_crl_bases(struct store_reader *r, uint32_t key_index,
    int64_t now, store_crl_row *row, void *ctx, struct err *err);
int store_sqlite_crl_list(struct store_reader *r, uint32_t limit,
    store_crl_row *row, void *ctx, struct err *err);
int store_sqlite_crl_insert_ca_cert(
    struct store_writer *w, const struct store_ca_cert *c, struct err *err);
int store_sqlite_crl_list_ca_certs(
    struct store_reader *r, store_ca_cert_row *row, void *ctx, struct err *err);
int store_sqlite_crl_insert_ca_link(
    struct store_writer *w, const struct store_ca_link *l, struct err *err);
int store_sqlite_crl_list_ca_links(
    struct store_reader *r, store_ca_link_row *row, void *ctx, struct err *err);

int store_sqlite_user_insert(struct store_writer *w, const struct store_user *u,
    const char *lower_name, struct err *err);
int store_sqlite_user_update(struct store_writer *w, const struct store_user *u,
    const char *lower_name, struct err *err);
int store_sqlite_user_find(struct store_reader *r, const char *lower_name,
    struct store_user **ret, struct err *err);
int store_sqlite_user_find_uid(struct store_reader *r, int64_t uid,
    struct store_user **ret, struct err *err);
int store_sqlite_user_list(
    struct store_reader *r, store_user_row *row, void *ctx, struct err *err);
int store_sqlite_user_version(
    struct store_reader *r, uint64_t *ret, struct err *err);

int store_sqlite_user_raise_version(struct store_writer *w, struct err *err);

int store_sqlite_access_put(struct store_writer *w, enum store_access what,
    const void *row, uint64_t *ret_id, struct err *err);
int store_sqlite_access_drop(struct store_writer *w, enum store_access what,
    const void *key, struct err *err);
int store_sqlite_access_list(struct store_reader *r, enum store_access what,
    uint64_t of, store_access_row *row, void *ctx, struct err *err);
int store_sqlite_access_clear_members(
    struct store_writer *w, const char *group_key, struct err *err);
int store_sqlite_access_clear_approvals(
    struct store_writer *w, uint64_t request, struct err *err);

int store_sqlite_key_add(struct store_writer *w, enum store_key_list list,
    uint64_t request, struct bytes hash, struct err *err);
int store_sqlite_key_list(struct store_reader *r, enum store_key_list list,
    store_key_row *row, void *ctx, struct err *err);
int store_sqlite_key_find(struct store_reader *r, uint64_t request,
    struct store_key *ret, struct err *err);
int store_sqlite_message_add(
    struct store_writer *w, struct bytes digest, int64_t time, struct err *err);
int store_sqlite_message_find(struct store_reader *r, struct bytes digest,
    bool *ret_used, struct err *err);

int store_sqlite_audit_append(
    struct store_writer *w, const struct store_audit *a, struct err *err);
int store_sqlite_audit_list(struct store_reader *r,
    const struct store_audit_filter *f, store_audit_row *row, void *ctx,
    struct err *err);
int store_sqlite_audit_head(struct store_reader *r, const char *node,
    uint64_t *ret_sequence, uint8_t ret_hash[32], struct err *err);
int store_sqlite_audit_set_value(struct store_writer *w, const char *name,
    const char *value, struct err *err);
int store_sqlite_audit_value(
    struct store_reader *r, const char *name, char **ret, struct err *err);
