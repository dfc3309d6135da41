#include "store/columns.h"
#include "store/sqlite.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#define COLUMN(type, member, kind, use) \
	{ #member, offsetof(struct type, member), STORE_KIND_##kind, use },
#define REQUEST(member, kind, written, listed) \
	COLUMN(store_request, member, kind,    \
	    STORE_USE_##written | STORE_USE_##listed)
#define CRL(member, kind)   COLUMN(store_crl, member, kind, STORE_USE_ALL)
#define USER(member, kind)  COLUMN(store_user, member, kind, STORE_USE_ALL)
#define AUDIT(member, kind) COLUMN(store_audit, member, kind, STORE_USE_ALL)

static const struct store_sqlite_column request_columns[] = {
	STORE_REQUEST_COLUMNS(REQUEST)
};
static const struct store_sqlite_column crl_columns[] = { STORE_CRL_COLUMNS(
    CRL) };
static const struct store_sqlite_column user_columns[] = { STORE_USER_COLUMNS(
    USER) };
static const struct store_sqlite_column audit_columns[] = { STORE_AUDIT_COLUMNS(
    AUDIT) };

#define TABLE(type, columns)                                       \
	{                                                          \
		sizeof(struct type), ARRAY_LEN(columns), (columns) \
	}

const struct store_sqlite_table store_sqlite_requests =
    TABLE(store_request, request_columns);
const struct store_sqlite_table store_sqlite_crls =
    TABLE(store_crl, crl_columns);
const struct store_sqlite_table store_sqlite_users =
    TABLE(store_user, user_columns);
const struct store_sqlite_table store_sqlite_audits =
    TABLE(store_audit, audit_columns);

static int
checked(sqlite3_stmt *st, int rc, struct err *err)
{
	return rc == SQLITE_OK ? 0
			       : store_sqlite_fail(sqlite3_db_handle(st), err);
}

int
store_sqlite_bind_text(sqlite3_stmt *st, int at, const char *s, struct err *err)
{
	if (!s || !s[0])
		return 0;
	return checked(
	    st, sqlite3_bind_text(st, at, s, -1, SQLITE_STATIC), err);
}

int
store_sqlite_bind_bytes(
    sqlite3_stmt *st, int at, struct bytes b, struct err *err)
{
	if (b.n == 0)
		return 0;
	return checked(
	    st, sqlite3_bind_blob64(st, at, b.p, b.n, SQLITE_STATIC), err);
}

static int
bind(sqlite3_stmt *st, int at, unsigned kind, const void *member,
    struct err *err)
{
	int64_t number = 0;

	switch ((enum store_sqlite_kind)kind) {
	case STORE_KIND_U32:
		number = *(const uint32_t *)member;
		break;
	case STORE_KIND_U64:
		number = (int64_t) * (const uint64_t *)member;
		break;
	case STORE_KIND_I64:
		number = *(const int64_t *)member;
		break;
	case STORE_KIND_BOOL:
		number = *(const bool *)member;
		break;
	case STORE_KIND_TEXT:
		return store_sqlite_bind_text(
		    st, at, *(const char *const *)member, err);
	case STORE_KIND_BYTES:
		return store_sqlite_bind_bytes(
		    st, at, *(const struct bytes *)member, err);
	}
	return checked(st, sqlite3_bind_int64(st, at, number), err);
}

int
store_sqlite_bind(sqlite3_stmt *st, const struct store_sqlite_table *t,
    unsigned use, int at, const void *row, struct err *err)
{
	const struct store_sqlite_column *c;

	for (c = t->columns; c < t->columns + t->count; c++) {
		if (!(c->use & use))
			continue;
		if (bind(st, at, c->kind, (const char *)row + c->offset, err) <
		    0)
			return err_wrap(err, "%s", c->name);
		at++;
	}
	return at;
}

const char *
store_sqlite_text(sqlite3_stmt *st, int column)
{
	const unsigned char *s = sqlite3_column_text(st, column);

	return s ? (const char *)s : "";
}

struct bytes
store_sqlite_bytes(sqlite3_stmt *st, int column)
{
	const void *p = sqlite3_column_blob(st, column);
	int n = sqlite3_column_bytes(st, column);

	return p && n > 0 ? bytes_of(p, (size_t)n) : BYTES_NONE;
}

static void
view(sqlite3_stmt *st, int at, unsigned kind, void *member)
{
	switch ((enum store_sqlite_kind)kind) {
	case STORE_KIND_U32:
		*(uint32_t *)member = (uint32_t)sqlite3_column_int64(st, at);
		return;
	case STORE_KIND_U64:
		*(uint64_t *)member = (uint64_t)sqlite3_column_int64(st, at);
		return;
	case STORE_KIND_I64:
		*(int64_t *)member = sqlite3_column_int64(st, at);
		return;
	case STORE_KIND_BOOL:
		*(bool *)member = sqlite3_column_int64(st, at) != 0;
		return;
	case STORE_KIND_TEXT:
		*(const char **)member = store_sqlite_text(st, at);
		return;
	case STORE_KIND_BYTES:
		*(struct bytes *)member = store_sqlite_bytes(st, at);
		return;
	}
	assert(false); /* no such kind */
}

void
store_sqlite_view(sqlite3_stmt *st, const struct store_sqlite_table *t,
    unsigned use, int at, void *row)
{
	const struct store_sqlite_column *c;

	for (c = t->columns; c < t->columns + t->count; c++) {
		void *member = (char *)row + c->offset;

		if (c->use & use)
			view(st, at++, c->kind, member);
		else if (c->kind == STORE_KIND_TEXT)
			*(const char **)member = "";
	}
}

/* What a member points to; a text with its NUL. */
static struct bytes
outside(const struct store_sqlite_column *c, const void *row)
{
	const char *member = (const char *)row + c->offset;
	const char *s;

	if (c->kind == STORE_KIND_BYTES)
		return *(const struct bytes *)(const void *)member;
	if (c->kind != STORE_KIND_TEXT)
		return BYTES_NONE;
	s = *(const char *const *)(const void *)member;
	return bytes_of(s, strlen(s) + 1);
}

int
store_sqlite_keep(const struct store_sqlite_table *t, const void *row,
    void **ret, struct err *err)
{
	const struct store_sqlite_column *c, *end = t->columns + t->count;
	size_t size = t->size;
	struct bytes b;
	char *copy, *p;

	for (c = t->columns; c < end; c++)
		size += outside(c, row).n;
	copy = malloc(size);
	if (!copy)
		return err_set(err, ERR_NO_MEMORY, "no memory for a row");
	memcpy(copy, row, t->size);
	p = copy + t->size;
	for (c = t->columns; c < end; c++) {
		void *member = copy + c->offset;

		b = outside(c, row);
		if (b.n == 0)
			continue;
		memcpy(p, b.p, b.n);
		if (c->kind == STORE_KIND_TEXT)
			*(char **)member = p;
		else
			((struct bytes *)member)->p = (uint8_t *)p;
		p += b.n;
	}
	*ret = copy;
	return 0;
}
