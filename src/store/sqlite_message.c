/* sqlite_message.c - the list of message.h. */
#include "store/sqlite.h"

int
store_sqlite_message_add(
    struct store_writer *w, struct bytes digest, int64_t time, struct err *err)
{
	AUTO_STMT st = store_sqlite_write(w, STORE_SQL_ADD_MESSAGE, err);

	if (!st || store_sqlite_bind_bytes(st, 1, digest, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(st, 2, time);
	if (store_sqlite_run(w, st, err) < 0)
		return -1;
	if (sqlite3_changes(sqlite3_db_handle(st)) == 0)
		return err_set(err, ERR_EXISTS, "the message was used before");
	return 0;
}

int
store_sqlite_message_find(struct store_reader *r, struct bytes digest,
    bool *ret_used, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_FIND_MESSAGE, err);
	int rc;

	if (!st || store_sqlite_bind_bytes(st, 1, digest, err) < 0)
		return -1;
	rc = store_sqlite_step(st, err);
	*ret_used = rc > 0;
	return rc < 0 ? -1 : 0;
}
