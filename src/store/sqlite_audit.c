#include "store/sqlite.h"

#include <stdlib.h>

int
store_sqlite_audit_append(
    struct store_writer *w, const struct store_audit *a, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_APPEND_AUDIT, err);

	if (!st || store_sqlite_bind_text(st, 1, a->node, err) < 0 ||
	    store_sqlite_bind(
		st, &store_sqlite_audits, STORE_USE_ALL, 2, a, err) < 0)
		return -1;
	return store_sqlite_run(w, st, err);
}

static sqlite3_stmt *
list_statement(
    struct store_reader *r, const struct store_audit_filter *f, struct err *err)
{
	if (f->request_id)
		return store_sqlite_read(r, STORE_SQL_LIST_AUDIT_REQUEST, err);
	if (f->node)
		return store_sqlite_read(r, STORE_SQL_LIST_AUDIT_NODE, err);
	return store_sqlite_read(r, STORE_SQL_LIST_AUDIT, err);
}

int
store_sqlite_audit_list(struct store_reader *r,
    const struct store_audit_filter *f, store_audit_row *row, void *ctx,
    struct err *err)
{
	AUTO_STMT st = list_statement(r, f, err);
	struct store_audit a = { 0 };
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)f->after);
	(void)sqlite3_bind_int64(st, 2, f->limit ? (int64_t)f->limit : -1);
	if (f->node && store_sqlite_bind_text(st, 3, f->node, err) < 0)
		return -1;
	if (f->request_id)
		(void)sqlite3_bind_int64(st, 4, (int64_t)f->request_id);
	while ((rc = store_sqlite_step(st, err)) > 0) {
		a.node = store_sqlite_text(st, 0);
		store_sqlite_view(
		    st, &store_sqlite_audits, STORE_USE_ALL, 1, &a);
		if (!row(ctx, &a))
			return 0;
	}
	return rc;
}

int
store_sqlite_audit_head(struct store_reader *r, const char *node,
    uint64_t *ret_sequence, uint8_t ret_hash[32], struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_AUDIT_HEAD, err);
	struct bytes hash;
	int rc;

	if (!st || store_sqlite_bind_text(st, 1, node, err) < 0)
		return -1;
	rc = store_sqlite_step(st, err);
	if (rc <= 0)
		return rc;
	hash = store_sqlite_bytes(st, 1);
	if (hash.n != 32)
		return err_set(
		    err, ERR_CORRUPT, "the newest audit record has no hash");
	*ret_sequence = (uint64_t)sqlite3_column_int64(st, 0);
	memcpy(ret_hash, hash.p, 32);
	return 0;
}

int
store_sqlite_audit_set_value(struct store_writer *w, const char *name,
    const char *value, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_SET_VALUE, err);

	if (!st || store_sqlite_bind_text(st, 1, name, err) < 0 ||
	    store_sqlite_bind_text(st, 2, value, err) < 0)
		return -1;
	return store_sqlite_run(w, st, err);
}

int
store_sqlite_audit_value(
    struct store_reader *r, const char *name, char **ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_VALUE, err);
	int rc;

	if (!st || store_sqlite_bind_text(st, 1, name, err) < 0)
		return -1;
	rc = store_sqlite_step(st, err);
	if (rc <= 0)
		return rc;
	*ret = strdup(store_sqlite_text(st, 0));
	if (!*ret)
		return err_set(err, ERR_NO_MEMORY, "no memory for a value");
	return 0;
}
