#include "store/sqlite.h"

/* Readers that cache accounts compare this number. */
int
store_sqlite_user_raise_version(struct store_writer *w, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_RAISE_USER_VERSION, err);

	return st ? store_sqlite_run(w, st, err) : -1;
}

/* What a unique index refused, in words. */
static int
explain(const struct store_user *u, struct err *err, const struct err *why)
{
	if (why->code != ERR_EXISTS)
		return err_set(err, why->code, "%s", why->text);
	return err_set(err, ERR_EXISTS,
	    u->uid < 0
		? "an account of that name exists"
		: "an account of that name or with that system account exists");
}

int
store_sqlite_user_insert(struct store_writer *w, const struct store_user *u,
    const char *lower_name, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_INSERT_USER, err);
	struct err why = { 0 };

	if (!st || store_sqlite_bind_text(st, 1, lower_name, err) < 0 ||
	    store_sqlite_bind(
		st, &store_sqlite_users, STORE_USE_ALL, 2, u, err) < 0)
		return -1;
	if (store_sqlite_run(w, st, &why) < 0)
		return explain(u, err, &why);
	return store_sqlite_user_raise_version(w, err);
}

int
store_sqlite_user_update(struct store_writer *w, const struct store_user *u,
    const char *lower_name, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_UPDATE_USER, err);
	struct err why = { 0 };
	int at;

	if (!st)
		return -1;
	at = store_sqlite_bind(
	    st, &store_sqlite_users, STORE_USE_ALL, 1, u, err);
	if (at < 0 || store_sqlite_bind_text(st, at, lower_name, err) < 0)
		return -1;
	if (store_sqlite_run(w, st, &why) < 0)
		return explain(u, err, &why);
	if (sqlite3_changes(sqlite3_db_handle(st)) == 0)
		return err_set(err, ERR_NOT_FOUND, "no such account");
	return store_sqlite_user_raise_version(w, err);
}

static void
view(sqlite3_stmt *st, struct store_user *u)
{
	*u = (struct store_user){ 0 };
	store_sqlite_view(st, &store_sqlite_users, STORE_USE_ALL, 1, u);
}

static int
find(sqlite3_stmt *st, struct store_user **ret, struct err *err)
{
	struct store_user u;
	void *kept;
	int rc = store_sqlite_step(st, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "no such account");
	view(st, &u);
	if (store_sqlite_keep(&store_sqlite_users, &u, &kept, err) < 0)
		return -1;
	*ret = kept;
	return 0;
}

int
store_sqlite_user_find(struct store_reader *r, const char *lower_name,
    struct store_user **ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_FIND_USER, err);

	if (!st || store_sqlite_bind_text(st, 1, lower_name, err) < 0)
		return -1;
	return find(st, ret, err);
}

int
store_sqlite_user_find_uid(struct store_reader *r, int64_t uid,
    struct store_user **ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_FIND_USER_UID, err);

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, uid);
	return find(st, ret, err);
}

int
store_sqlite_user_list(
    struct store_reader *r, store_user_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_USERS, err);
	struct store_user u;
	int rc;

	if (!st)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0) {
		view(st, &u);
		if (!row(ctx, &u))
			return 0;
	}
	return rc;
}

int
store_sqlite_user_version(
    struct store_reader *r, uint64_t *ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_USER_VERSION, err);

	if (!st || store_sqlite_step(st, err) < 0)
		return -1;
	*ret = (uint64_t)sqlite3_column_int64(st, 0);
	return 0;
}
