/* sqlite_key.c - the lists of key.h. */
#include "store/sqlite.h"

#include "base/str.h"

static const struct {
	enum store_sqlite_sql add, list;
} lists[] = {
	[STORE_KEY_ISSUED] = { STORE_SQL_ADD_KEY, STORE_SQL_LIST_KEYS },
	[STORE_KEY_BLOCKED] = { STORE_SQL_BLOCK_KEY, STORE_SQL_LIST_BLOCKED },
};

int
store_sqlite_key_add(struct store_writer *w, enum store_key_list list,
    uint64_t request, struct bytes hash, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, lists[list].add, err);

	if (!st || store_sqlite_bind_bytes(st, 2, hash, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)request);
	return store_sqlite_run(w, st, err);
}

int
store_sqlite_key_list(struct store_reader *r, enum store_key_list list,
    store_key_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, lists[list].list, err);
	int rc;

	if (!st)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0)
		if (!row(ctx, (uint64_t)sqlite3_column_int64(st, 0),
			store_sqlite_bytes(st, 1)))
			return 0;
	return rc;
}

int
store_sqlite_key_find(struct store_reader *r, uint64_t request,
    struct store_key *ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_FIND_KEY, err);
	struct bytes hash;
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)request);
	rc = store_sqlite_step(st, err);
	if (rc < 0)
		return -1;
	hash = rc > 0 ? store_sqlite_bytes(st, 2) : BYTES_NONE;
	if (hash.n != STORE_KEY_HASH)
		return err_set(err, ERR_NOT_FOUND, "no such request");
	if (!str_copy(ret->owner, sizeof(ret->owner), store_sqlite_text(st, 0)))
		return err_set(err, ERR_CORRUPT, "the owner of a request");
	ret->flags = (uint32_t)sqlite3_column_int64(st, 1);
	memcpy(ret->hash, hash.p, hash.n);
	return 0;
}
