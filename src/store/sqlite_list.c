#include "store/sqlite.h"

#include "base/buf.h"
#include "base/str.h"
#include "store/sqlite_select.h"

#include <stdio.h>
#include <stdlib.h>

/* --- one row ----------------------------------------------------------- */

static void
view(sqlite3_stmt *st, unsigned use, struct store_request *q)
{
	*q = (struct store_request){ .id = (uint64_t)sqlite3_column_int64(
					 st, 0) };
	store_sqlite_view(st, &store_sqlite_requests, use, 1, q);
}

static int
find(sqlite3_stmt *st, struct store_request **ret, struct err *err)
{
	struct store_request q;
	void *kept;
	int rc = store_sqlite_step(st, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_NOT_FOUND, "no such request");
	view(st, STORE_USE_ALL, &q);
	if (store_sqlite_keep(&store_sqlite_requests, &q, &kept, err) < 0)
		return -1;
	*ret = kept;
	return 0;
}

int
store_sqlite_list_find(struct store_reader *r, uint64_t id,
    struct store_request **ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_FIND_REQUEST, err);

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	return find(st, ret, err);
}

int
store_sqlite_list_find_serial(struct store_reader *r, struct bytes serial,
    struct store_request **ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_FIND_SERIAL, err);

	if (!st || store_sqlite_bind_bytes(st, 1, serial, err) < 0)
		return -1;
	return find(st, ret, err);
}

/* --- lists ------------------------------------------------------------- */

#define SQL_MAX 8192

static sqlite3_stmt *
list_statement(struct store_sqlite_reader *r, unsigned parts, struct err *err)
{
	AUTO_BUF sql = BUF_WITH_LIMIT(SQL_MAX);

	if (r->list[parts])
		return r->list[parts];
	store_sqlite_select_compose(&sql, parts);
	if (buf_check(&sql, "a statement", err) < 0)
		return NULL;
	if (sqlite3_prepare_v3(r->conn.db, buf_str(&sql), -1,
		SQLITE_PREPARE_PERSISTENT, &r->list[parts], NULL) != SQLITE_OK)
		store_sqlite_fail(r->conn.db, err);
	return r->list[parts];
}

/* What a search compares with; lives until the list is done. */
struct search {
	char like[2 * STORE_SEARCH_MAX + 3];
	char hex[STORE_SEARCH_MAX + 1]; /* capitals; "" when it is no number */
	uint8_t low[STORE_SEARCH_MAX], high[STORE_SEARCH_MAX];
	size_t n; /* of low and high */
};

#define SERIAL_PART 4 /* digits that are looked for inside a serial */
#define SERIAL_HEAD 8 /* digits that the index is asked for */

static void
search_text(struct search *s, const char *text)
{
	char *to = s->like;

	*to++ = '%';
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '%';
	*to = 0;
}

/* Serials that begin with the digits: low <= serial < high. */
static void
search_range(struct search *s, const char *digits, size_t n)
{
	char even[STORE_SEARCH_MAX + 2];
	size_t i;

	(void)snprintf(even, sizeof(even), "%s%s", digits, n % 2 ? "0" : "");
	if (!str_unhex(s->low, sizeof(s->low), even, &s->n))
		return;
	memcpy(s->high, s->low, s->n);
	i = s->n;
	s->high[i - 1] = (uint8_t)(s->high[i - 1] + (n % 2 ? 0x10 : 1));
	while (s->high[i - 1] == 0 && --i > 0)
		s->high[i - 1]++;
	if (i == 0) /* only FF: there is nothing above but longer numbers */
		s->n = 0;
}

static void
search_serial(struct search *s, const char *text)
{
	char digits[STORE_SEARCH_MAX + 1];
	size_t n = 0;

	for (; *text; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		if (!strchr("0123456789abcdef", str_lower_char(*text)))
			return;
		digits[n++] =
		    (char)(str_lower_char(*text) >= 'a' ? *text & 0x5f : *text);
	}
	digits[n] = 0;
	if (n >= SERIAL_PART)
		memcpy(s->hex, digits, n + 1);
	if (n >= SERIAL_HEAD)
		search_range(s, digits, n);
}

static int
bind_search(
    sqlite3_stmt *st, const char *text, struct search *s, struct err *err)
{
	uint64_t number;

	*s = (struct search){ .n = 0 };
	search_text(s, text);
	search_serial(s, text);
	(void)sqlite3_bind_int64(st, STORE_PARAM_WINDOW, STORE_SEARCH_ROWS);
	(void)sqlite3_bind_int64(st, STORE_PARAM_SERIALS, STORE_SEARCH_SERIALS);
	if (str_u64(text, INT64_MAX, &number))
		(void)sqlite3_bind_int64(
		    st, STORE_PARAM_NUMBER, (int64_t)number);
	else
		(void)sqlite3_bind_null(st, STORE_PARAM_NUMBER);
	if (store_sqlite_bind_text(st, STORE_PARAM_LIKE, s->like, err) < 0 ||
	    store_sqlite_bind_text(st, STORE_PARAM_EXACT, text, err) < 0 ||
	    store_sqlite_bind_text(st, STORE_PARAM_HEX, s->hex, err) < 0 ||
	    store_sqlite_bind_bytes(
		st, STORE_PARAM_LOW, bytes_of(s->low, s->n), err) < 0 ||
	    store_sqlite_bind_bytes(
		st, STORE_PARAM_HIGH, bytes_of(s->high, s->n), err) < 0)
		return -1;
	return 0;
}

static int
bind_filter(sqlite3_stmt *st, const struct store_filter *f, unsigned parts,
    struct search *s, struct err *err)
{
	int64_t before = INT64_MAX;

	if (f->before && f->before < INT64_MAX)
		before = (int64_t)f->before;
	(void)sqlite3_bind_int64(st, STORE_PARAM_BEFORE, before);
	(void)sqlite3_bind_int64(
	    st, STORE_PARAM_LIMIT, f->limit ? (int64_t)f->limit : -1);
	if (parts & STORE_LIST_STATE)
		(void)sqlite3_bind_int64(st, STORE_PARAM_STATE, f->disposition);
	if (parts & STORE_LIST_OWNER &&
	    store_sqlite_bind_text(st, STORE_PARAM_OWNER, f->owner, err) < 0)
		return -1;
	if (parts & STORE_LIST_REQUESTER &&
	    store_sqlite_bind_text(
		st, STORE_PARAM_REQUESTER, f->requester, err) < 0)
		return -1;
	return parts & STORE_LIST_SEARCH ? bind_search(st, f->search, s, err)
					 : 0;
}

int
store_sqlite_list_requests(struct store_reader *r, const struct store_filter *f,
    store_request_row *row, void *ctx, struct err *err)
{
	unsigned parts = store_sqlite_select_parts(f);
	AUTO_STMT st =
	    list_statement((struct store_sqlite_reader *)r, parts, err);
	struct store_request q;
	struct search search;
	int rc;

	if (store_sqlite_select_none(f))
		return 0;
	if (!st || bind_filter(st, f, parts, &search, err) < 0)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0) {
		view(st, STORE_USE_LISTED, &q);
		if (!row(ctx, &q))
			return 0;
	}
	return rc;
}

int
store_sqlite_list_held(struct store_reader *r, uint64_t before, uint32_t limit,
    store_request_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_HELD, err);
	struct store_request q;
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(
	    st, 1, before && before < INT64_MAX ? (int64_t)before : INT64_MAX);
	(void)sqlite3_bind_int64(st, 2, limit);
	while ((rc = store_sqlite_step(st, err)) > 0) {
		view(st, STORE_USE_LISTED, &q);
		if (!row(ctx, &q))
			return 0;
	}
	return rc;
}

int
store_sqlite_list_oldest(struct store_reader *r, int64_t *ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_OLDEST_PENDING, err);
	int rc = st ? store_sqlite_step(st, err) : -1;

	if (rc < 0)
		return -1;
	*ret = rc > 0 ? sqlite3_column_int64(st, 0) : 0;
	return 0;
}

int
store_sqlite_list_newest(struct store_reader *r, uint64_t *ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_NEWEST_REQUEST, err);

	if (!st || store_sqlite_step(st, err) < 0)
		return -1;
	*ret = (uint64_t)sqlite3_column_int64(st, 0);
	return 0;
}

/* --- side tables ------------------------------------------------------- */

int
store_sqlite_list_attributes(struct store_reader *r, uint64_t id,
    store_attribute_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_ATTRIBUTES, err);
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	while ((rc = store_sqlite_step(st, err)) > 0)
		if (!row(ctx, store_sqlite_text(st, 0),
			store_sqlite_text(st, 1)))
			return 0;
	return rc;
}

int
store_sqlite_list_extensions(struct store_reader *r, uint64_t id,
    store_extension_row *row, void *ctx, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_LIST_EXTENSIONS, err);
	struct store_extension x;
	int rc;

	if (!st)
		return -1;
	(void)sqlite3_bind_int64(st, 1, (int64_t)id);
	while ((rc = store_sqlite_step(st, err)) > 0) {
		x.oid = store_sqlite_text(st, 0);
		x.flags = (uint32_t)sqlite3_column_int64(st, 1);
		x.value = store_sqlite_bytes(st, 2);
		x.note = store_sqlite_text(st, 3);
		if (!row(ctx, &x))
			return 0;
	}
	return rc;
}

/* --- counts ------------------------------------------------------------ */

int
store_sqlite_list_count_all(
    struct store_reader *r, struct store_counts *ret, struct err *err)
{
	AUTO_STMT st = store_sqlite_read(r, STORE_SQL_COUNT_ALL, err);
	const struct {
		enum disposition state;
		uint64_t *ret;
	} counts[] = {
		{ DISPOSITION_PENDING, &ret->pending },
		{ DISPOSITION_ISSUED, &ret->issued },
		{ DISPOSITION_REVOKED, &ret->revoked },
		{ DISPOSITION_FAILED, &ret->failed },
		{ DISPOSITION_DENIED, &ret->denied },
	};
	size_t i;
	int rc;

	if (!st)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0)
		for (i = 0; i < ARRAY_LEN(counts); i++)
			if (sqlite3_column_int64(st, 0) == counts[i].state)
				*counts[i].ret =
				    (uint64_t)sqlite3_column_int64(st, 1);
	return rc;
}

int
store_sqlite_list_count_owner(struct store_reader *r, const char *owner,
    int64_t since, uint64_t *ret_pending, uint64_t *ret_since, struct err *err)
{
	AUTO_STMT pending =
	    store_sqlite_read(r, STORE_SQL_COUNT_OWNER_PENDING, err);
	AUTO_STMT all = NULL;

	if (!pending || store_sqlite_bind_text(pending, 1, owner, err) < 0 ||
	    store_sqlite_step(pending, err) < 0)
		return -1;
	*ret_pending = (uint64_t)sqlite3_column_int64(pending, 0);
	all = store_sqlite_read(r, STORE_SQL_COUNT_OWNER_SINCE, err);
	if (!all || store_sqlite_bind_text(all, 1, owner, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(all, 2, since);
	if (store_sqlite_step(all, err) < 0)
		return -1;
	*ret_since = (uint64_t)sqlite3_column_int64(all, 0);
	return 0;
}
