#include "store/sqlite.h"

static const uint32_t states[STORE_STATE_COUNT] = {
#define DISPOSITION(sym, db, api, word, people) (db),
#include "base/disposition.def"
#undef DISPOSITION
};

/* Counts are written once per transaction, at its end. */
static void
move(struct store_writer *w, uint32_t disposition, int64_t by)
{
	size_t i;

	for (i = 0; i < STORE_STATE_COUNT; i++)
		if (states[i] == disposition)
			((struct store_sqlite_writer *)w)->moved[i] += by;
}

int
store_sqlite_request_count(struct store_sqlite_writer *w, struct err *err)
{
	size_t i;

	for (i = 0; i < STORE_STATE_COUNT; i++) {
		AUTO_STMT st =
		    store_sqlite_write(&w->base, STORE_SQL_COUNT_REQUEST, err);

		if (!st)
			return -1;
		if (w->moved[i] == 0)
			continue;
		(void)sqlite3_bind_int64(st, 1, w->moved[i]);
		(void)sqlite3_bind_int64(st, 2, states[i]);
		if (store_sqlite_run(&w->base, st, err) < 0)
			return -1;
		w->moved[i] = 0;
	}
	return 0;
}

/* Which row has the submission number; 0 when none has and the serial number
 * was what is there already. */
static int
find_submission(struct store_writer *w, const struct store_request *q,
    uint64_t *ret_id, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_FIND_SUBMISSION, err);
	int rc;

	if (!st || store_sqlite_bind_text(st, 1, q->owner, err) < 0 ||
	    store_sqlite_bind_bytes(st, 2, q->submission, err) < 0)
		return -1;
	rc = store_sqlite_step(st, err);
	if (rc < 0)
		return store_sqlite_break(w);
	if (rc == 0)
		return err_set(err, ERR_EXISTS,
		    "the serial number is in the database already");
	*ret_id = (uint64_t)sqlite3_column_int64(st, 0);
	return err_set(err, ERR_EXISTS, "the form was sent already");
}

int
store_sqlite_request_insert(struct store_writer *w,
    const struct store_request *q, uint64_t id, uint64_t *ret_id,
    struct err *err)
{
	AUTO_STMT st = store_sqlite_write(
	    w, id ? STORE_SQL_IMPORT_REQUEST : STORE_SQL_INSERT_REQUEST, err);
	struct err why = { 0 };

	if (!st || store_sqlite_bind(st, &store_sqlite_requests, STORE_USE_ALL,
		       id ? 2 : 1, q, err) < 0)
		return -1;
	if (id)
		(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	if (store_sqlite_run(w, st, &why) < 0) {
		if (why.code == ERR_EXISTS)
			return find_submission(w, q, ret_id, err);
		return err_set(err, why.code, "%s", why.text);
	}
	*ret_id = (uint64_t)sqlite3_last_insert_rowid(sqlite3_db_handle(st));
	move(w, q->disposition, 1);
	return 0;
}

/* An UPDATE changed nothing: because the row is in another state, or because
 * it is not there. */
static int
refuse(struct store_writer *w, uint64_t id, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_REQUEST_EXISTS, err);
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	rc = store_sqlite_step(st, err);
	if (rc < 0)
		return store_sqlite_break(w);
	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "no such request");
	return err_set(err, ERR_BAD_STATE,
	    "the request's state has changed in the meantime");
}

int
store_sqlite_request_decide(struct store_writer *w,
    const struct store_request *q, enum disposition from, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_DECIDE_REQUEST, err);
	int at;

	if (!st)
		return -1;
	at = store_sqlite_bind(st, &store_sqlite_requests,
	    STORE_USE_STATE | STORE_USE_DECIDED, 1, q, err);
	if (at < 0)
		return -1;
	(void)sqlite3_bind_int64(st, at, (int64_t)q->id);
	(void)sqlite3_bind_int64(st, at + 1, from);
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	if (sqlite3_changes(sqlite3_db_handle(st)) == 0)
		return refuse(w, q->id, err);
	move(w, from, -1);
	move(w, q->disposition, 1);
	return 0;
}

int
store_sqlite_request_revoke(
    struct store_writer *w, const struct store_revocation *v, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_REVOKE_REQUEST, err);
	bool clear = v->to == DISPOSITION_ISSUED;

	if (!st || store_sqlite_bind_text(st, 5, v->officer, err) < 0 ||
	    store_sqlite_bind_text(st, 6, v->message, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, v->to);
	(void)sqlite3_bind_int64(st, 2, v->when);
	(void)sqlite3_bind_int64(st, 3, clear ? 0 : v->effective);
	(void)sqlite3_bind_int64(st, 4, clear ? 0 : v->reason);
	(void)sqlite3_bind_int64(st, 7, (int64_t)v->id);
	(void)sqlite3_bind_int64(st, 8, v->from);
	(void)sqlite3_bind_int64(st, 9, v->from_reason);
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	if (sqlite3_changes(sqlite3_db_handle(st)) == 0)
		return refuse(w, v->id, err);
	move(w, v->from, -1);
	move(w, v->to, 1);
	return 0;
}

int
store_sqlite_request_add_attribute(struct store_writer *w, uint64_t id,
    const char *name, const char *value, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_ADD_ATTRIBUTE, err);

	if (!st || store_sqlite_bind_text(st, 2, name, err) < 0 ||
	    store_sqlite_bind_text(st, 3, value, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	return store_sqlite_run(w, st, err);
}

int
store_sqlite_request_add_extension(struct store_writer *w, uint64_t id,
    const struct store_extension *x, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_ADD_EXTENSION, err);

	if (!st || store_sqlite_bind_text(st, 2, x->oid, err) < 0 ||
	    store_sqlite_bind_bytes(st, 4, x->value, err) < 0 ||
	    store_sqlite_bind_text(st, 5, x->note, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	(void)sqlite3_bind_int64(st, 3, x->flags);
	return store_sqlite_run(w, st, err);
}
