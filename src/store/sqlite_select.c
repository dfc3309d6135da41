/* sqlite_select.c - the statements of lists, each made of its filters.
 *
 * A list is a merge of arms, one for each state that may be in it: the state
 * stands in every index before what sorts, so an arm is a stretch of an index
 * in the list's order, and SQLite takes from the arms row by row until the page
 * is full. So a page costs the same wherever it is and however rare its rows
 * are. INDEXED BY pins the plan: without statistics the planner would guess.
 */
#include "store/sqlite_select.h"

#include "store/columns.h"

#include <stdio.h>

#define NAME_LISTED(member)                 ", " #member
#define NAME_LARGE(member)                  ""
#define NAME(member, kind, written, listed) NAME_##listed(member)
#define COLUMNS                             "id" STORE_REQUEST_COLUMNS(NAME)

static const struct {
	uint32_t value;
	bool certificate; /* rows in this state have one */
} states[] = {
#define HAS_CERT(sym)                               \
	(DISPOSITION_##sym == DISPOSITION_ISSUED || \
	    DISPOSITION_##sym == DISPOSITION_REVOKED)
#define DISPOSITION(sym, db, api, word, people) { db, HAS_CERT(sym) },
#include "base/disposition.def"
#undef DISPOSITION
};

static const struct {
	unsigned part;
	const char *sql;
} conditions[] = {
	{ STORE_LIST_CERT, " AND serial IS NOT NULL" },
	{ STORE_LIST_OWNER, " AND owner = ?4" },
	{ STORE_LIST_REQUESTER, " AND requester = ?5" },
};

static void
add_conditions(struct buf *b, unsigned parts)
{
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++)
		if (parts & conditions[i].part)
			buf_add_str(b, conditions[i].sql);
}

/* --- arms --------------------------------------------------------------- */

#define BY_NUMBER "id < ?1"
/* The index has the time and then the number. Should the row `before` not be
 * there, its neighbour says the time. */
#define BY_TIME                                              \
	"(submitted, id) < ((SELECT submitted FROM request " \
	"WHERE id <= ?1 ORDER BY id DESC LIMIT 1), ?1)"

/* The first whose parts are all there. */
static const struct source {
	unsigned parts;
	const char *from, *before, *order;
} sources[] = {
	{ STORE_LIST_OWNER, "INDEXED BY request_owner", BY_TIME,
	    "submitted DESC, id DESC" },
	{ STORE_LIST_REQUESTER, "INDEXED BY request_requester", BY_NUMBER,
	    "id DESC" },
	{ STORE_LIST_STATE, "INDEXED BY request_state", BY_NUMBER, "id DESC" },
	{ STORE_LIST_CERT, "INDEXED BY request_state", BY_NUMBER, "id DESC" },
	{ 0, "NOT INDEXED", BY_NUMBER, "id DESC" },
};

/* state NULL: that of the filter. */
static void
add_arm(struct buf *b, const char *columns, const struct source *s,
    unsigned parts, const uint32_t *state)
{
	buf_addf(b, "SELECT %s FROM request %s WHERE %s", columns, s->from,
	    parts & STORE_LIST_BEFORE ? s->before : "TRUE");
	if (state)
		buf_addf(b, " AND disposition = %u", *state);
	else if (parts & STORE_LIST_STATE)
		buf_add_str(b, " AND disposition = ?3");
	add_conditions(b, parts);
}

static void
add_arms(struct buf *b, const char *columns, const struct source *s,
    unsigned parts, const char *between)
{
	const char *sep = "";

	if (s->parts == 0 || parts & STORE_LIST_STATE) {
		add_arm(b, columns, s, parts, NULL);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (parts & STORE_LIST_CERT && !states[i].certificate)
			continue;
		buf_add_str(b, sep);
		add_arm(b, columns, s, parts, &states[i].value);
		sep = between;
	}
}

static void
compose_list(struct buf *b, unsigned parts)
{
	const struct source *s = sources;

	while ((s->parts & parts) != s->parts)
		s++;
	add_arms(b, COLUMNS, s, parts, " UNION ALL ");
	buf_addf(b, " ORDER BY %s LIMIT ?2", s->order);
}

/* --- searches ------------------------------------------------------------ */

/* The numbers that a search finds, in lists that are merged like arms: the
 * newest rows one by one; serials by their first bytes, of which many may have
 * the same; and, unless the rows are one owner's, a requester's exact name. */
#define FITS                                                                 \
	"AND (subject LIKE ?6 ESCAPE '\\' OR requester LIKE ?6 ESCAPE '\\' " \
	"OR request_subject LIKE ?6 ESCAPE '\\' "                            \
	"OR common_name LIKE ?6 ESCAPE '\\' "                                \
	"OR template_name LIKE ?6 ESCAPE '\\' "                              \
	"OR (?10 IS NOT NULL AND instr(hex(serial), ?10)))"
static const char window[] =
    "SELECT id FROM request NOT INDEXED WHERE id < ?1 "
    "AND id >= min(?1, (SELECT max(id) + 1 FROM request)) - ?11 " FITS;
/* So few wait that each of them is looked at. */
static const char waiting[] =
    "SELECT id FROM request INDEXED BY request_state WHERE id < ?1 " FITS;
static const char serials[] =
    " UNION SELECT id FROM (SELECT id, disposition, owner, requester, serial "
    "FROM request INDEXED BY request_serial "
    "WHERE serial >= ?7 AND serial < ?8 LIMIT ?12) WHERE id < ?1";
static const char number[] = " UNION SELECT id FROM request NOT INDEXED "
			     "WHERE id = ?13 AND id < ?1";
static const struct source exact = { STORE_LIST_REQUESTER,
	"INDEXED BY request_requester", "id < ?1 AND requester = ?9", "" };

static void
compose_search(struct buf *b, unsigned parts)
{
	const char *const lists[] = {
		parts & STORE_LIST_WAITING ? waiting : window, serials, number
	};
	/* What an index finds at any age is on the first page. */
	bool any_age = !(parts & STORE_LIST_BEFORE);

	buf_add_str(b, "SELECT " COLUMNS " FROM request WHERE id IN "
		       "(SELECT id FROM (");
	for (size_t i = 0; i < (any_age ? ARRAY_LEN(lists) : 1); i++) {
		buf_add_str(b, lists[i]);
		if (parts & STORE_LIST_STATE)
			buf_add_str(b, " AND disposition = ?3");
		add_conditions(b, parts);
	}
	if (any_age && !(parts & STORE_LIST_OWNER)) {
		buf_add_str(b, " UNION ");
		add_arms(b, "id", &exact, parts | STORE_LIST_BEFORE, " UNION ");
	}
	buf_add_str(b, " ORDER BY id DESC LIMIT ?2)) ORDER BY id DESC");
}

/* --- what is asked for --------------------------------------------------- */

bool
store_sqlite_select_none(const struct store_filter *f)
{
	if (!f->disposition || !f->certificates_only)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (states[i].value == f->disposition)
			return !states[i].certificate;
	return true;
}

unsigned
store_sqlite_select_parts(const struct store_filter *f)
{
	unsigned parts = 0;

	if (f->search && f->search[0])
		parts |= STORE_LIST_SEARCH;
	if (f->before)
		parts |= STORE_LIST_BEFORE;
	if (parts & STORE_LIST_SEARCH && f->disposition == DISPOSITION_PENDING)
		parts |= STORE_LIST_WAITING;
	if (f->disposition)
		parts |= STORE_LIST_STATE;
	if (f->certificates_only)
		parts |= STORE_LIST_CERT;
	if (f->owner)
		parts |= STORE_LIST_OWNER;
	if (f->requester)
		parts |= STORE_LIST_REQUESTER;
	return parts;
}

void
store_sqlite_select_compose(struct buf *b, unsigned parts)
{
	if (parts & STORE_LIST_SEARCH)
		compose_search(b, parts);
	else
		compose_list(b, parts);
}
