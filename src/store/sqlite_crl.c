#include "store/sqlite.h"

/* --- revoked certificates ---------------------------------------------- */

int
store_sqlite_crl_list_revoked(struct store_reader *r,
    const struct store_revoked_filter *f, store_revoked_row *row, void *ctx,
    struct err *err)
{
	AUTO_STMT st = store_sqlite_read(
	    r, f->delta ? STORE_SQL_LIST_CHANGED : STORE_SQL_LIST_REVOKED, err);
	struct store_revoked v;
	int rc;

	if (!st)
		return -1;
	if (f->delta)
		(void)sqlite3_bind_int64(st, 4, f->since);
	(void)sqlite3_bind_int64(st, 1, f->key_index);
	(void)sqlite3_bind_int64(st, 2, f->expired_before);
	(void)sqlite3_bind_int64(st, 3, f->now);
	while ((rc = store_sqlite_step(st, err)) > 0) {
		v.serial = store_sqlite_bytes(st, 0);
		v.effective = sqlite3_column_int64(st, 1);
		v.reason = (uint32_t)sqlite3_column_int64(st, 2);
		if (!row(ctx, &v))
			return 0;
	}
	return rc;
}

/* --- CRLs -------------------------------------------------------------- */

int
store_sqlite_crl_number(
    struct store_writer *w, uint64_t *ret_newest, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_CRL_NUMBER, err);

	if (!st || store_sqlite_step(st, err) < 0)
		return -1;
	*ret_newest = (uint64_t)sqlite3_column_int64(st, 0);
	return 0;
}

int
store_sqlite_crl_insert(struct store_writer *w, const struct store_crl *c,
    uint64_t *ret_id, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_INSERT_CRL, err);

	if (!st || store_sqlite_bind(
		       st, &store_sqlite_crls, STORE_USE_ALL, 1, c, err) < 0)
		return -1;
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	*ret_id = (uint64_t)sqlite3_last_insert_rowid(sqlite3_db_handle(st));
	return 0;
}

static int
changed_one(sqlite3_stmt *st, struct err *err)
{
	if (sqlite3_changes(sqlite3_db_handle(st)) > 0)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "no such CRL");
}

int
store_sqlite_crl_finish(struct store_writer *w, uint64_t id, uint64_t entries,
    struct bytes hash, const char *status, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_FINISH_CRL, err);

	if (!st || store_sqlite_bind_bytes(st, 2, hash, err) < 0 ||
	    store_sqlite_bind_text(st, 3, status, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)entries);
	(void)sqlite3_bind_int64(st, 4, (int64_t)id);
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	return changed_one(st, err);
}

int
store_sqlite_crl_deliver(struct store_writer *w, uint64_t id, int64_t when,
    const char *text, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_DELIVER_CRL, err);

	if (!st || store_sqlite_bind_text(st, 2, text, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, when);
	(void)sqlite3_bind_int64(st, 3, (int64_t)id);
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	return changed_one(st, err);
}

static void
view(sqlite3_stmt *st, struct store_crl *c)
{
	*c = (struct store_crl){ .id = (uint64_t)sqlite3_column_int64(st, 0) };
	store_sqlite_view(st, &store_sqlite_crls, STORE_USE_ALL, 1, c);
}

int
store_sqlite_crl_newest(struct store_reader *r, uint32_t key_index, bool delta,
    struct store_crl **ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_NEWEST_CRL, err);
	struct store_crl c;
	void *kept;
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, key_index);
	(void)sqlite3_bind_int64(st, 2, delta);
	rc = store_sqlite_step(st, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(
		    err, ERR_NOT_FOUND, "no CRL has been published yet");
	view(st, &c);
	if (store_sqlite_keep(&store_sqlite_crls, &c, &kept, err) < 0)
		return -1;
	*ret = kept;
	return 0;
}

static int
rows(sqlite3_stmt *st, store_crl_row *row, void *ctx, struct err *err)
{
	struct store_crl c;
	int rc;

	while ((rc = store_sqlite_step(st, err)) > 0) {
		view(st, &c);
		if (!row(ctx, &c))
			return 0;
	}
	return rc;
}

int
store_sqlite_crl_bases(struct store_reader *r, uint32_t key_index, int64_t now,
    store_crl_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_BASES, err);

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, key_index);
	(void)sqlite3_bind_int64(st, 2, now);
	return rows(st, row, ctx, err);
}

int
store_sqlite_crl_list(struct store_reader *r, uint32_t limit,
    store_crl_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_CRLS, err);

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, limit ? (int64_t)limit : -1);
	return rows(st, row, ctx, err);
}

/* --- certificates of the CA -------------------------------------------- */

int
store_sqlite_crl_insert_ca_cert(
    struct store_writer *w, const struct store_ca_cert *c, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_INSERT_CA_CERT, err);

	if (!st || store_sqlite_bind_bytes(st, 3, c->cert, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, c->index);
	(void)sqlite3_bind_int64(st, 2, c->key_index);
	(void)sqlite3_bind_int64(st, 4, c->installed);
	return store_sqlite_run(w, st, err);
}

int
store_sqlite_crl_list_ca_certs(
    struct store_reader *r, store_ca_cert_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_CA_CERTS, err);
	struct store_ca_cert c;
	int rc;

	if (!st)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0) {
		c.index = (uint32_t)sqlite3_column_int64(st, 0);
		c.key_index = (uint32_t)sqlite3_column_int64(st, 1);
		c.cert = store_sqlite_bytes(st, 2);
		c.installed = sqlite3_column_int64(st, 3);
		if (!row(ctx, &c))
			return 0;
	}
	return rc;
}

int
store_sqlite_crl_insert_ca_link(
    struct store_writer *w, const struct store_ca_link *l, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_INSERT_CA_LINK, err);

	if (!st || store_sqlite_bind_bytes(st, 4, l->cert, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, l->kind);
	(void)sqlite3_bind_int64(st, 2, l->a);
	(void)sqlite3_bind_int64(st, 3, l->b);
	return store_sqlite_run(w, st, err);
}

int
store_sqlite_crl_list_ca_links(
    struct store_reader *r, store_ca_link_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_CA_LINKS, err);
	struct store_ca_link l;
	int rc;

	if (!st)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0) {
		l.kind = (uint32_t)sqlite3_column_int64(st, 0);
		l.a = (uint32_t)sqlite3_column_int64(st, 1);
		l.b = (uint32_t)sqlite3_column_int64(st, 2);
		l.cert = store_sqlite_bytes(st, 3);
		if (!row(ctx, &l))
			return 0;
	}
	return rc;
}
