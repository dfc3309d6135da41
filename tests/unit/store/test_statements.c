/* The texts of the statements: each prepares, and none walks a table that
 * grows. */
#include "fixture.h"

#include "base/buf.h"
#include "store/sqlite_select.h"

#include <stdio.h>

static sqlite3 *
reader_db(const struct fixture *f)
{
	return ((struct store_sqlite_reader *)f->r)->conn.db;
}

/* The plan of a statement, its lines joined. */
static void
plan(struct fixture *f, const char *sql, struct buf *ret)
{
	AUTO_BUF text = BUF_WITH_LIMIT(10000);
	sqlite3_stmt *st;

	buf_addf(&text, "EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(
	    sqlite3_prepare_v2(reader_db(f), buf_str(&text), -1, &st, NULL),
	    SQLITE_OK);
	buf_reset(ret);
	while (sqlite3_step(st) == SQLITE_ROW)
		buf_addf(ret, "%s; ", (const char *)sqlite3_column_text(st, 3));
	(void)sqlite3_finalize(st);
}

/* These read a whole table because that is what they are for. */
static bool
may_scan(enum store_sqlite_sql id)
{
	static const enum store_sqlite_sql whole[] = { STORE_SQL_READ_TOUCH,
		STORE_SQL_COUNT_ALL, STORE_SQL_LIST_CRLS,
		STORE_SQL_LIST_CA_CERTS, STORE_SQL_LIST_CA_LINKS,
		STORE_SQL_LIST_USERS, STORE_SQL_USER_VERSION,
		STORE_SQL_RAISE_USER_VERSION, STORE_SQL_LIST_AUDIT,
		STORE_SQL_LIST_GROUPS, STORE_SQL_LIST_MEMBERS,
		STORE_SQL_LIST_PERMISSIONS, STORE_SQL_LIST_RESTRICTIONS,
		STORE_SQL_LIST_PERSONS, STORE_SQL_LIST_WAITING,
		STORE_SQL_LIST_KEYS, STORE_SQL_LIST_BLOCKED };
	size_t i;

	for (i = 0; i < ARRAY_LEN(whole); i++)
		if (whole[i] == id)
			return true;
	return false;
}

static void
each_statement_prepares_and_has_its_index(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF text = BUF_WITH_LIMIT(10000);
	enum store_sqlite_sql id;
	struct err err = { 0 };

	for (id = 0; id < STORE_SQL_COUNT; id++) {
		sqlite3_stmt *st = store_sqlite_read(f->r, id, &err);

		if (!st)
			fail_msg("statement %d: %s", (int)id, err.text);
		plan(f, sqlite3_sql(st), &text);
		if ((strstr(buf_str(&text), "SCAN") && !may_scan(id)) ||
		    strstr(buf_str(&text), "TEMP B-TREE"))
			fail_msg("%s: %s", sqlite3_sql(st), buf_str(&text));
	}
}

static void
counts_and_crls_read_an_index_only(void **state)
{
	static const enum store_sqlite_sql ids[] = { STORE_SQL_LIST_REVOKED,
		STORE_SQL_LIST_CHANGED, STORE_SQL_COUNT_OWNER_PENDING,
		STORE_SQL_COUNT_OWNER_SINCE };
	struct fixture *f = *state;
	AUTO_BUF text = BUF_WITH_LIMIT(10000);
	size_t i;

	for (i = 0; i < ARRAY_LEN(ids); i++) {
		plan(f, sqlite3_sql(store_sqlite_read(f->r, ids[i], NULL)),
		    &text);
		assert_non_null(strstr(buf_str(&text), "COVERING INDEX"));
	}
}

static bool
nothing(void *ctx, const struct store_request *q)
{
	(void)ctx;
	(void)q;
	return true;
}

/* Each combination of parts of a filter, once. */
static unsigned
run_each_list(struct fixture *f)
{
	unsigned i;

	for (i = 0; i < STORE_LIST_END; i++) {
		struct store_filter filter = {
			.disposition = !(i & 1) ? 0
				       : i & 64 ? DISPOSITION_PENDING
						: DISPOSITION_ISSUED,
			.certificates_only = i & 2,
			.owner = i & 4 ? "o" : NULL,
			.requester = i & 8 ? "r" : NULL,
			.search = i & 16 ? "12345678" : NULL,
			.before = i & 32
		};

		assert_ok(
		    store_list_requests(f->r, &filter, nothing, NULL, err));
	}
	return i;
}

/* No list sorts what it reads, or walks what grows: the one SCAN is of the
 * newest rows when nothing is asked for. A search sorts the serials that it
 * found, of which it takes so many only, and goes through a window of
 * numbers. */
static void
each_list_comes_sorted_from_its_index(void **state)
{
	struct fixture *f = *state;
	struct store_sqlite_reader *r = (struct store_sqlite_reader *)f->r;
	AUTO_BUF text = BUF_WITH_LIMIT(10000);
	unsigned i, seen = 0;

	(void)run_each_list(f);
	for (i = 0; i < STORE_SQLITE_LISTS; i++) {
		bool search = i & STORE_LIST_SEARCH;

		if (!r->list[i])
			continue;
		seen++;
		plan(f, sqlite3_sql(r->list[i]), &text);
		if (strstr(buf_str(&text),
			search ? "SCAN request" : "TEMP B-TREE") ||
		    (i && !search && strstr(buf_str(&text), "SCAN")))
			fail_msg(
			    "%s: %s", sqlite3_sql(r->list[i]), buf_str(&text));
	}
	/* Of the searches a third are of those that wait. */
	assert_int_equal(seen, 32 + 32 + 16);
}

/* Not only an index, but the part of it that has the rows. */
static void
a_state_is_a_stretch_of_each_index(void **state)
{
	struct fixture *f = *state;
	struct store_sqlite_reader *r = (struct store_sqlite_reader *)f->r;
	static const struct {
		unsigned parts;
		const char *plan;
	} expected[] = {
		{ STORE_LIST_STATE | STORE_LIST_BEFORE,
		    "request_state (disposition=? AND rowid<?)" },
		{ STORE_LIST_CERT | STORE_LIST_BEFORE,
		    "request_state (disposition=? AND rowid<?)" },
		{ STORE_LIST_OWNER | STORE_LIST_STATE | STORE_LIST_BEFORE,
		    "request_owner (owner=? AND disposition=? AND "
		    "submitted<?)" },
		{ STORE_LIST_OWNER,
		    "request_owner (owner=? AND disposition=?)" },
		{ STORE_LIST_REQUESTER | STORE_LIST_BEFORE,
		    "request_requester (requester=? AND disposition=? AND "
		    "rowid<?)" },
		{ STORE_LIST_SEARCH | STORE_LIST_WAITING | STORE_LIST_STATE |
			STORE_LIST_BEFORE,
		    "request_state (disposition=? AND rowid<?)" },
		{ STORE_LIST_SEARCH,
		    "request_requester (requester=? AND disposition=? AND "
		    "rowid<?)" },
	};
	AUTO_BUF text = BUF_WITH_LIMIT(10000);
	size_t i;

	(void)run_each_list(f);
	for (i = 0; i < ARRAY_LEN(expected); i++) {
		plan(f, sqlite3_sql(r->list[expected[i].parts]), &text);
		if (!strstr(buf_str(&text), expected[i].plan))
			fail_msg("%u: %s", expected[i].parts, buf_str(&text));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_statement_prepares_and_has_its_index),
		TEST(counts_and_crls_read_an_index_only),
		TEST(each_list_comes_sorted_from_its_index),
		TEST(a_state_is_a_stretch_of_each_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
