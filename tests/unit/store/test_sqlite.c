/* What the SQLite backend promises about disks, crashes and neighbours. */
#include "fixture.h"

#include "base/str.h"
#include "base/thread.h"
#include "store/sqlite.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static sqlite3 *
writer_db(const struct fixture *f)
{
	return ((struct store_sqlite_writer *)f->w)->conn.db;
}

static void
assert_pragma(sqlite3 *db, const char *name, const char *expected)
{
	char sql[64];
	sqlite3_stmt *st;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(st, 0), expected);
	(void)sqlite3_finalize(st);
}

static uint64_t
pending(struct fixture *f)
{
	uint64_t n;

	assert_ok(store_count_pending(f->r, &n, err));
	return n;
}

/* --- settings ---------------------------------------------------------- */

static void
commits_are_synced(void **state)
{
	struct fixture *f = *state;

	assert_pragma(writer_db(f), "synchronous", "2");
	assert_pragma(writer_db(f), "journal_mode", "wal");
	assert_pragma(writer_db(f), "page_size", "8192");
	assert_pragma(writer_db(f), "foreign_keys", "1");
	assert_pragma(writer_db(f), "trusted_schema", "0");
	assert_pragma(writer_db(f), "cell_size_check", "1");
}

static void
a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = ((struct store_sqlite_reader *)f->r)->conn.db;

	assert_pragma(db, "query_only", "1");
	assert_true(sqlite3_exec(db, "DELETE FROM audit", NULL, NULL, NULL) !=
		    SQLITE_OK);
}

static void
nobody_else_reads_the_files(void **state)
{
	struct fixture *f = *state;
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	char path[192];
	struct stat st;
	size_t i;

	(void)fixture_insert(f, &q);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", fixture_path(f), ends[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

/* --- opening ----------------------------------------------------------- */

static void
a_bad_address_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *none = f->store;

	assert_err(ERR_CONFIG, store_open("ca.db", &none, err));
	assert_null(none);
	assert_err(ERR_CONFIG, store_open("postgresql:x", &none, err));
	assert_err(
	    ERR_SYSTEM, store_open("sqlite:/nowhere/at/all/ca.db", &none, err));
	assert_null(none);
}

static void
overwrite(const struct fixture *f, off_t at, const char *bytes, size_t n)
{
	int fd = open(fixture_path(f), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
	(void)close(fd);
}

static void
damage_is_called_damage(void **state)
{
	struct fixture *f = *state;
	char url[128];
	struct store *none;

	(void)snprintf(url, sizeof(url), "%s", f->url);
	store_reader_close(f->r);
	store_writer_close(f->w);
	f->r = NULL;
	f->w = NULL;
	overwrite(f, 0, "this is no database file", 24);
	assert_err(ERR_CORRUPT, store_open(url, &none, err));
}

/* --- transactions ------------------------------------------------------ */

static void
a_rollback_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	struct store_request *none;
	uint64_t id;

	fixture_begin(f);
	assert_ok(store_insert_request(f->w, &q, &id, err));
	store_rollback(f->w);
	assert_int_equal(pending(f), 0);
	assert_err(ERR_NOT_FOUND, store_find_request(f->r, id, &none, err));
	fixture_begin(f); /* what was moved is not counted by the next one */
	fixture_commit(f);
	assert_int_equal(pending(f), 0);
}

static void
nothing_is_seen_before_the_commit(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	struct store_request *none;
	AUTO(store_request) got = NULL;
	uint64_t id;

	fixture_begin(f);
	assert_ok(store_insert_request(f->w, &q, &id, err));
	assert_err(ERR_NOT_FOUND, store_find_request(f->r, id, &none, err));
	fixture_commit(f);
	assert_ok(store_find_request(f->r, id, &got, err));
}

/* As much room as there is now and this many pages more; 0: all the disk. */
static void
give_room(struct fixture *f, int pages)
{
	char sql[64];
	sqlite3_stmt *st;
	int64_t now;

	assert_int_equal(sqlite3_prepare_v2(
			     writer_db(f), "PRAGMA page_count", -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	now = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d",
	    pages ? (int)now + pages : 1073741823);
	assert_int_equal(
	    sqlite3_exec(writer_db(f), sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Insert until the disk is full; how many went well. */
static unsigned
insert_until_full(struct fixture *f, struct err *err)
{
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	unsigned n = 0;
	uint64_t id;

	while (n < 100000 && store_insert_request(f->w, &q, &id, err) == 0)
		n++;
	return n;
}

static void
a_full_disk_is_survived(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	struct err why = { 0 };
	uint64_t id;

	(void)fixture_insert(f, &q);
	give_room(f, 3);
	fixture_begin(f);
	assert_true(insert_until_full(f, &why) > 0);
	assert_int_equal(why.code, ERR_NO_SPACE);
	/* Nothing may slip in alone after that, nothing may be committed. */
	assert_err(ERR_SYSTEM, store_insert_request(f->w, &q, &id, err));
	assert_err(ERR_SYSTEM, store_commit(f->w, err));
	assert_int_equal(pending(f), 1);
	/* Still full: still refused, and the reader reads. */
	fixture_begin(f);
	(void)insert_until_full(f, &why);
	assert_int_equal(why.code, ERR_NO_SPACE);
	store_rollback(f->w);
	assert_int_equal(pending(f), 1);
	/* The cause goes, and so does the trouble. */
	give_room(f, 0);
	(void)fixture_insert(f, &q);
	assert_int_equal(pending(f), 2);
	fixture_reopen(f);
	assert_int_equal(pending(f), 2);
}

/* The same with a real file system, in a mount namespace of our own: here it
 * is the log that finds no room, at the commit. */
static void
a_full_file_system_is_survived(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	struct err why = { 0 };
	uint64_t id;
	int i, rc;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", f->folder, "tmpfs", 0, "size=1m") < 0) {
		print_message("# skipped: no right to mount a small disk\n");
		skip();
	}
	fixture_reopen(f);
	(void)fixture_insert(f, &q);
	fixture_begin(f);
	for (i = 0; i < 3000; i++)
		assert_ok(store_insert_request(f->w, &q, &id, err));
	rc = store_commit(f->w, &why);
	assert_int_equal(rc, -1);
	assert_int_equal(why.code, ERR_NO_SPACE);
	assert_int_equal(pending(f), 1);
	assert_int_equal(
	    mount(NULL, f->folder, NULL, MS_REMOUNT, "size=64m"), 0);
	(void)fixture_insert(f, &q);
	assert_int_equal(pending(f), 2);
	assert_pragma(writer_db(f), "integrity_check", "ok");
	fixture_reopen(f);
	assert_int_equal(pending(f), 2);
}

/* --- neighbours -------------------------------------------------------- */

static void
a_second_writer_is_told_to_wait(void **state)
{
	struct fixture *f = *state;
	struct store_writer *second;

	assert_ok(store_writer_open(f->store, &second, err));
	(void)sqlite3_busy_timeout(
	    ((struct store_sqlite_writer *)second)->conn.db, 1);
	fixture_begin(f);
	assert_err(ERR_BUSY, store_begin(second, err));
	fixture_commit(f);
	assert_ok(store_begin(second, err));
	store_rollback(second);
	store_writer_close(second);
}

static void
the_log_does_not_grow_without_end(void **state)
{
	struct fixture *f = *state;
	AUTO_MEM uint8_t *big = calloc(1, STORE_ROW_MAX / 2);
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	struct store_sqlite_writer *w = (struct store_sqlite_writer *)f->w;
	int i, longest = 0;

	q.raw_request = bytes_of(big, STORE_ROW_MAX / 2);
	for (i = 0; i < 150; i++) { /* 64 pages each */
		(void)fixture_insert(f, &q);
		if (w->wal_pages > longest)
			longest = w->wal_pages;
	}
	assert_in_range(longest, 4000, 4200);
}

struct race {
	struct fixture *f;
	atomic_bool stop;
	atomic_uint looks, wrong;
};

/* Each transaction adds a pair; a reader that sees one of it sees half a
 * transaction. */
static void
look(void *arg)
{
	struct race *race = arg;
	struct store_reader *r;
	struct store_counts c;

	if (store_reader_open(race->f->store, &r, NULL) < 0) {
		atomic_fetch_add(&race->wrong, 1);
		return;
	}
	while (!atomic_load(&race->stop)) {
		uint64_t waiting = 0, all = 0;

		if (store_read_begin(r, NULL) < 0 ||
		    store_count_all(r, &c, NULL) < 0 ||
		    store_count_owner(r, "o", 0, &waiting, &all, NULL) < 0 ||
		    c.pending != waiting || c.denied != waiting ||
		    all != 2 * waiting)
			atomic_fetch_add(&race->wrong, 1);
		store_read_end(r);
		atomic_fetch_add(&race->looks, 1);
	}
	store_reader_close(r);
}

static void
readers_see_whole_transactions(void **state)
{
	struct race race = { .f = *state };
	struct store_writer *w = race.f->w;
	struct store_request p = fixture_request(DISPOSITION_PENDING, "o");
	struct store_request d = fixture_request(DISPOSITION_DENIED, "o");
	pthread_t threads[3];
	uint64_t id;
	size_t i;

	for (i = 0; i < ARRAY_LEN(threads); i++)
		assert_ok(thread_start(&threads[i], "look", look, &race, err));
	for (i = 0; i < 200 || atomic_load(&race.looks) < 200; i++) {
		assert_ok(store_begin(w, err));
		assert_ok(store_insert_request(w, &p, &id, err));
		assert_ok(store_insert_request(w, &d, &id, err));
		assert_ok(store_commit(w, err));
	}
	atomic_store(&race.stop, true);
	for (i = 0; i < ARRAY_LEN(threads); i++)
		thread_join(threads[i]);
	assert_int_equal(race.wrong, 0);
}

/* --- kill -9 ----------------------------------------------------------- */

/* Commits pairs for ever and reports each number after its commit. */
static void NORETURN
write_for_ever(const char *url, int report)
{
	struct store_request p = fixture_request(DISPOSITION_PENDING, "o");
	struct store *s;
	struct store_writer *w;
	uint64_t id;

	if (store_open(url, &s, NULL) < 0 || store_writer_open(s, &w, NULL) < 0)
		_exit(1);
	for (;;)
		if (store_begin(w, NULL) < 0 ||
		    store_insert_request(w, &p, &id, NULL) < 0 ||
		    store_insert_request(w, &p, &id, NULL) < 0 ||
		    store_commit(w, NULL) < 0 ||
		    write(report, &id, sizeof(id)) != sizeof(id))
			_exit(1);
}

static uint64_t
kill_a_writer(const char *url, unsigned after)
{
	int ends[2], status;
	uint64_t id, last = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[0]);
		write_for_ever(url, ends[1]);
	}
	(void)close(ends[1]);
	while (after-- && read(ends[0], &id, sizeof(id)) == sizeof(id))
		last = id;
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(ends[0], &id, sizeof(id)) == sizeof(id))
		last = id;
	(void)close(ends[0]);
	return last;
}

static void
what_was_committed_survives_a_kill(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	store_reader_close(f->r);
	store_writer_close(f->w);
	store_close(f->store);
	for (i = 0; i < 10; i++) {
		uint64_t last = kill_a_writer(f->url, 1 + i * 7);
		AUTO(store_request) got = NULL;

		assert_true(last > 0);
		assert_ok(store_open(f->url, &f->store, err));
		assert_ok(store_writer_open(f->store, &f->w, err));
		assert_ok(store_reader_open(f->store, &f->r, err));
		assert_ok(store_find_request(f->r, last, &got, err));
		assert_int_equal(pending(f) % 2, 0);
		assert_true(pending(f) >= last);
		assert_pragma(writer_db(f), "integrity_check", "ok");
		if (i == 9)
			break;
		store_reader_close(f->r);
		store_writer_close(f->w);
		store_close(f->store);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commits_are_synced),
		TEST(a_reader_cannot_write),
		TEST(nobody_else_reads_the_files),
		TEST(a_bad_address_is_refused),
		TEST(damage_is_called_damage),
		TEST(a_rollback_leaves_nothing),
		TEST(nothing_is_seen_before_the_commit),
		TEST(a_full_disk_is_survived),
		TEST(a_full_file_system_is_survived),
		TEST(a_second_writer_is_told_to_wait),
		TEST(the_log_does_not_grow_without_end),
		TEST(readers_see_whole_transactions),
		TEST(what_was_committed_survives_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
