#include "store/sqlite.h"

#include "base/buf.h"
#include "base/str.h"
#include "store/columns.h"

#include <assert.h>
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

/* A list is made of these; each combination is a statement that is prepared
 * at its first use. INDEXED BY pins the plan: without statistics the planner
 * would guess. */
enum part {
	PART_BEFORE = 0x1,     /* not from the newest */
	PART_PENDING = 0x2,    /* in state PENDING */
	PART_ISSUED = 0x4,     /* in state ISSUED */
	PART_STATE = 0x8,      /* in another state */
	PART_CERT = 0x10,      /* with a certificate */
	PART_OWNER = 0x20,     /* of one owner */
	PART_REQUESTER = 0x40, /* of one requester */
	PART_SEARCH = 0x80,
	PART_END = 0x100
};
static_assert(PART_END == STORE_SQLITE_LISTS, "a place for each combination");

enum parameter {
	PARAM_BEFORE = 1,
	PARAM_LIMIT,
	PARAM_STATE,
	PARAM_OWNER,
	PARAM_REQUESTER,
	PARAM_LIKE,
	PARAM_LOW,
	PARAM_HIGH,
	PARAM_EXACT,
	PARAM_HEX,
	PARAM_WINDOW
};

static const struct {
	unsigned part;
	const char *sql;
} conditions[] = {
	{ PART_PENDING, " AND disposition = 9 AND disposition <> 20" },
	{ PART_ISSUED, " AND disposition = 20" },
	{ PART_STATE, " AND disposition = ?3 AND disposition <> 20" },
	{ PART_CERT, " AND serial IS NOT NULL" },
	{ PART_OWNER, " AND owner = ?4" },
	{ PART_REQUESTER, " AND requester = ?5" },
};

#define BY_NUMBER "id < ?1"
/* The index has the time and then the number. Should the row `before` not be
 * there, its neighbour says the time. */
#define BY_TIME                                              \
	"(submitted, id) < ((SELECT submitted FROM request " \
	"WHERE id <= ?1 ORDER BY id DESC LIMIT 1), ?1)"

/* The first whose parts are all there. */
static const struct {
	unsigned parts;
	const char *from, *before, *order;
} sources[] = {
	{ PART_OWNER | PART_PENDING, "INDEXED BY request_pending", BY_NUMBER,
	    "id DESC" },
	{ PART_OWNER, "INDEXED BY request_owner", BY_TIME,
	    "submitted DESC, id DESC" },
	{ PART_PENDING, "INDEXED BY request_state", BY_NUMBER, "id DESC" },
	{ PART_REQUESTER, "INDEXED BY request_requester", BY_NUMBER,
	    "id DESC" },
	{ PART_STATE, "INDEXED BY request_state", BY_NUMBER, "id DESC" },
	{ 0, "NOT INDEXED", BY_NUMBER, "id DESC" },
};

#define SQL_MAX                             8192
#define NAME_LISTED(member)                 ", " #member
#define NAME_LARGE(member)                  ""
#define NAME(member, kind, written, listed) NAME_##listed(member)
#define SELECT_ROWS                         "SELECT id" STORE_REQUEST_COLUMNS(NAME) " FROM request "

/* The numbers that a search finds: three lists in the same order, which
 * SQLite merges row by row until the limit is reached. */
static const char *const searches[] = {
	"SELECT id FROM request NOT INDEXED WHERE id < ?1 "
	"AND id >= min(?1, (SELECT max(id) + 1 FROM request)) - ?11 "
	"AND (subject LIKE ?6 ESCAPE '\\' OR requester LIKE ?6 ESCAPE '\\' "
	"OR request_subject LIKE ?6 ESCAPE '\\' "
	"OR common_name LIKE ?6 ESCAPE '\\' "
	"OR (?10 IS NOT NULL AND hex(serial) LIKE ?10))",
	" UNION SELECT id FROM request INDEXED BY request_serial "
	"WHERE id < ?1 AND serial >= ?7 AND serial < ?8",
	" UNION SELECT id FROM request INDEXED BY request_requester "
	"WHERE id < ?1 AND requester = ?9",
};

static void
add_conditions(struct buf *b, unsigned parts)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(conditions); i++)
		if (parts & conditions[i].part)
			buf_add_str(b, conditions[i].sql);
}

static void
compose_search(struct buf *b, unsigned parts)
{
	size_t i;

	buf_add_str(b, SELECT_ROWS "WHERE id IN (SELECT id FROM (");
	for (i = 0; i < ARRAY_LEN(searches); i++) {
		buf_add_str(b, searches[i]);
		add_conditions(b, parts);
	}
	buf_add_str(b, " ORDER BY id DESC LIMIT ?2)) ORDER BY id DESC");
}

static void
compose(struct buf *b, unsigned parts)
{
	size_t i = 0;

	if (parts & PART_SEARCH) {
		compose_search(b, parts);
		return;
	}
	while ((sources[i].parts & parts) != sources[i].parts)
		i++;
	buf_addf(b, SELECT_ROWS "%s WHERE %s", sources[i].from,
	    parts & PART_BEFORE ? sources[i].before : "TRUE");
	add_conditions(b, parts);
	buf_addf(b, " ORDER BY %s LIMIT ?2", sources[i].order);
}

static unsigned
parts_of(const struct store_filter *f)
{
	unsigned parts = 0;

	if (f->search && f->search[0])
		parts |= PART_SEARCH;
	else if (f->before)
		parts |= PART_BEFORE;
	if (f->disposition == DISPOSITION_PENDING)
		parts |= PART_PENDING;
	else if (f->disposition == DISPOSITION_ISSUED)
		parts |= PART_ISSUED;
	else if (f->disposition)
		parts |= PART_STATE;
	if (f->certificates_only)
		parts |= PART_CERT;
	if (f->owner)
		parts |= PART_OWNER;
	if (f->requester)
		parts |= PART_REQUESTER;
	return parts;
}

static sqlite3_stmt *
list_statement(struct store_sqlite_reader *r, unsigned parts, struct err *err)
{
	AUTO_BUF sql = BUF_WITH_LIMIT(SQL_MAX);

	if (r->list[parts])
		return r->list[parts];
	compose(&sql, parts);
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
	char hex[STORE_SEARCH_MAX + 3]; /* "" when it is no number */
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
		digits[n++] = *text;
	}
	digits[n] = 0;
	if (n >= SERIAL_PART)
		(void)snprintf(s->hex, sizeof(s->hex), "%%%s%%", digits);
	if (n >= SERIAL_HEAD)
		search_range(s, digits, n);
}

static int
bind_search(
    sqlite3_stmt *st, const char *text, struct search *s, struct err *err)
{
	*s = (struct search){ .n = 0 };
	search_text(s, text);
	search_serial(s, text);
	(void)sqlite3_bind_int64(st, PARAM_WINDOW, STORE_SEARCH_ROWS);
	if (store_sqlite_bind_text(st, PARAM_LIKE, s->like, err) < 0 ||
	    store_sqlite_bind_text(st, PARAM_EXACT, text, err) < 0 ||
	    store_sqlite_bind_text(st, PARAM_HEX, s->hex, err) < 0 ||
	    store_sqlite_bind_bytes(
		st, PARAM_LOW, bytes_of(s->low, s->n), err) < 0 ||
	    store_sqlite_bind_bytes(
		st, PARAM_HIGH, bytes_of(s->high, s->n), err) < 0)
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
	(void)sqlite3_bind_int64(st, PARAM_BEFORE, before);
	(void)sqlite3_bind_int64(
	    st, PARAM_LIMIT, f->limit ? (int64_t)f->limit : -1);
	if (parts & PART_STATE)
		(void)sqlite3_bind_int64(st, PARAM_STATE, f->disposition);
	if (parts & PART_OWNER &&
	    store_sqlite_bind_text(st, PARAM_OWNER, f->owner, err) < 0)
		return -1;
	if (parts & PART_REQUESTER &&
	    store_sqlite_bind_text(st, PARAM_REQUESTER, f->requester, err) < 0)
		return -1;
	return parts & PART_SEARCH ? bind_search(st, f->search, s, err) : 0;
}

int
store_sqlite_list_requests(struct store_reader *r, const struct store_filter *f,
    store_request_row *row, void *ctx, struct err *err)
{
	unsigned parts = parts_of(f);
	AUTO_STMT st =
	    list_statement((struct store_sqlite_reader *)r, parts, err);
	struct store_request q;
	struct search search;
	int rc;

	if (!st || bind_filter(st, f, parts, &search, err) < 0)
		return -1;
	while ((rc = store_sqlite_step(st, err)) > 0) {
		view(st, STORE_USE_LISTED, &q);
		if (!row(ctx, &q))
			return 0;
	}
	return rc;
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
