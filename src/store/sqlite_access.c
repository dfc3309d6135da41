/* sqlite_access.c - the tables of access.h, all by one table of tables. */
#include "store/columns.h"
#include "store/sqlite.h"

#include <stddef.h>

/* Of a column: part of the key, or not. */
#define USE_KEY   STORE_USE_SUBMITTED
#define USE_VALUE STORE_USE_DECIDED

#define COLUMN(type, member, kind, use)                              \
	{ #member, offsetof(struct type, member), STORE_KIND_##kind, \
		USE_##use },
#define GROUP(m, kind, use)       COLUMN(store_group, m, kind, use)
#define MEMBER(m, kind, use)      COLUMN(store_member, m, kind, use)
#define PERMISSION(m, kind, use)  COLUMN(store_permission, m, kind, use)
#define RESTRICTION(m, kind, use) COLUMN(store_restriction, m, kind, use)
#define PERSON(m, kind, use)      COLUMN(store_person, m, kind, use)
#define WAITING(m, kind, use)     COLUMN(store_waiting, m, kind, use)
#define APPROVAL(m, kind, use)    COLUMN(store_approval, m, kind, use)

/* clang-format off */
static const struct store_sqlite_column
    groups[] = { STORE_GROUP_COLUMNS(GROUP) },
    members[] = { STORE_MEMBER_COLUMNS(MEMBER) },
    permissions[] = { STORE_PERMISSION_COLUMNS(PERMISSION) },
    restrictions[] = { STORE_RESTRICTION_COLUMNS(RESTRICTION) },
    persons[] = { STORE_PERSON_COLUMNS(PERSON) },
    waiting[] = { STORE_WAITING_COLUMNS(WAITING) },
    approvals[] = { STORE_APPROVAL_COLUMNS(APPROVAL) };

#define TABLE(type, columns) { sizeof(struct type), ARRAY_LEN(columns), columns }

static const struct row {
	enum store_sqlite_sql put, drop, list;
	bool by_number;  /* its key is its number */
	bool no_version; /* nothing that is remembered depends on it */
	struct store_sqlite_table table;
} rows[STORE_ACCESS_COUNT] = {
	[STORE_ACCESS_GROUP] = { STORE_SQL_PUT_GROUP, STORE_SQL_DROP_GROUP,
	    STORE_SQL_LIST_GROUPS, false, false, TABLE(store_group, groups) },
	[STORE_ACCESS_MEMBER] = { STORE_SQL_PUT_MEMBER, STORE_SQL_DROP_MEMBER,
	    STORE_SQL_LIST_MEMBERS, false, false,
	    TABLE(store_member, members) },
	[STORE_ACCESS_PERMISSION] = { STORE_SQL_PUT_PERMISSION,
	    STORE_SQL_DROP_PERMISSION, STORE_SQL_LIST_PERMISSIONS, false,
	    false, TABLE(store_permission, permissions) },
	[STORE_ACCESS_RESTRICTION] = { STORE_SQL_PUT_RESTRICTION,
	    STORE_SQL_DROP_RESTRICTION, STORE_SQL_LIST_RESTRICTIONS, true,
	    false, TABLE(store_restriction, restrictions) },
	[STORE_ACCESS_PERSON] = { STORE_SQL_PUT_PERSON, STORE_SQL_DROP_PERSON,
	    STORE_SQL_LIST_PERSONS, false, false,
	    TABLE(store_person, persons) },
	[STORE_ACCESS_WAITING] = { STORE_SQL_PUT_WAITING,
	    STORE_SQL_DROP_WAITING, STORE_SQL_LIST_WAITING, true, true,
	    TABLE(store_waiting, waiting) },
	[STORE_ACCESS_APPROVAL] = { STORE_SQL_PUT_APPROVAL,
	    STORE_SQL_DROP_APPROVAL, STORE_SQL_LIST_APPROVALS, false, true,
	    TABLE(store_approval, approvals) },
};
/* clang-format on */

/* Each struct begins with its number. */
_Static_assert(offsetof(struct store_group, id) == 0, "first");
_Static_assert(offsetof(struct store_member, id) == 0, "first");
_Static_assert(offsetof(struct store_permission, id) == 0, "first");
_Static_assert(offsetof(struct store_restriction, id) == 0, "first");
_Static_assert(offsetof(struct store_person, id) == 0, "first");
_Static_assert(offsetof(struct store_waiting, id) == 0, "first");
_Static_assert(offsetof(struct store_approval, id) == 0, "first");

static int
raise_version(struct store_writer *w, const struct row *r, struct err *err)
{
	return r->no_version ? 0 : store_sqlite_user_raise_version(w, err);
}

int
store_sqlite_access_put(struct store_writer *w, enum store_access what,
    const void *row, uint64_t *ret_id, struct err *err)
{
	const struct row *r = &rows[what];
	AUTO_STMT st = store_sqlite_write(w, r->put, err);

	if (!st || store_sqlite_bind(
		       st, &r->table, USE_KEY | USE_VALUE, 1, row, err) < 0)
		return -1;
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	*ret_id = (uint64_t)sqlite3_last_insert_rowid(sqlite3_db_handle(st));
	return raise_version(w, r, err);
}

int
store_sqlite_access_drop(struct store_writer *w, enum store_access what,
    const void *key, struct err *err)
{
	const struct row *r = &rows[what];
	AUTO_STMT st = store_sqlite_write(w, r->drop, err);

	if (!st)
		return -1;
	if (r->by_number)
		(void)sqlite3_bind_int64(
		    st, 1, (int64_t) * (const uint64_t *)key);
	else if (store_sqlite_bind(st, &r->table, USE_KEY, 1, key, err) < 0)
		return -1;
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	if (sqlite3_changes(sqlite3_db_handle(st)) == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no such entry");
	return raise_version(w, r, err);
}

/* Any of the structs, for one row. */
union any {
	uint64_t id;
	struct store_group group;
	struct store_member member;
	struct store_permission permission;
	struct store_restriction restriction;
	struct store_person person;
	struct store_waiting waiting;
	struct store_approval approval;
};

int
store_sqlite_access_list(struct store_reader *reader, enum store_access what,
    uint64_t of, store_access_row *row, void *ctx, struct err *err)
{
	const struct row *r = &rows[what];
	AUTO_STMT st = store_sqlite_read(reader, r->list, err);
	union any u;
	int rc;

	if (!st)
		return -1;
	if (what == STORE_ACCESS_APPROVAL)
		(void)sqlite3_bind_int64(st, 1, (int64_t)of);
	while ((rc = store_sqlite_step(st, err)) > 0) {
		memset(&u, 0, sizeof(u));
		u.id = (uint64_t)sqlite3_column_int64(st, 0);
		store_sqlite_view(st, &r->table, USE_KEY | USE_VALUE, 1, &u);
		if (!row(ctx, &u))
			return 0;
	}
	return rc;
}

int
store_sqlite_access_clear_members(
    struct store_writer *w, const char *group_key, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_CLEAR_MEMBERS, err);

	if (!st || store_sqlite_bind_text(st, 1, group_key, err) < 0 ||
	    store_sqlite_run(w, st, err) < 0)
		return -1;
	return store_sqlite_user_raise_version(w, err);
}

int
store_sqlite_access_clear_approvals(
    struct store_writer *w, uint64_t request, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_CLEAR_APPROVALS, err);

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)request);
	return store_sqlite_run(w, st, err);
}
