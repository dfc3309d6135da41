#include "fixture.h"

#include "base/buf.h"
#include "store/columns.h"

#include <stdlib.h>

/* --- keeping and finding ----------------------------------------------- */

#define SAME_U32(a, b)                      assert_int_equal(a, b)
#define SAME_I64(a, b)                      assert_int_equal(a, b)
#define SAME_TEXT(a, b)                     assert_string_equal((a) ? (a) : "", b)
#define SAME_BYTES(a, b)                    assert_true(bytes_eq(a, b))
#define SAME(member, kind, written, listed) SAME_##kind(a->member, b->member);

static void
assert_same(const struct store_request *a, const struct store_request *b)
{
	STORE_REQUEST_COLUMNS(SAME)
}

static void
a_request_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	struct store_request q =
	    fixture_request(DISPOSITION_REVOKED, "local\\alice");
	AUTO(store_request) got = NULL;
	AUTO(store_request) by_serial = NULL;
	uint8_t serial[19];
	uint64_t id;

	q.serial = fixture_serial(serial, 1);
	q.submission = BYTES_LIT("form-1");
	q.revoked_when = 1700000003;
	q.revoked_effective = 1700000004;
	q.revoked_reason = 6;
	id = fixture_insert(f, &q);
	fixture_reopen(f);
	assert_ok(store_find_request(f->r, id, &got, err));
	assert_int_equal(got->id, id);
	assert_same(&q, got);
	assert_ok(store_find_serial(f->r, q.serial, &by_serial, err));
	assert_int_equal(by_serial->id, id);
	assert_same(&q, by_serial);
}

static void
an_empty_request_comes_back_empty(void **state)
{
	struct fixture *f = *state;
	struct store_request q = { .disposition = DISPOSITION_FAILED };
	AUTO(store_request) got = NULL;
	uint64_t id = fixture_insert(f, &q);

	assert_ok(store_find_request(f->r, id, &got, err));
	assert_same(&q, got);
	assert_non_null(got->subject);
}

static void
what_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	static const uint64_t ids[] = { 0, 1, INT64_MAX,
		(uint64_t)INT64_MAX + 1, UINT64_MAX };
	struct store_request *got;
	uint8_t serial[19];
	size_t i;

	for (i = 0; i < ARRAY_LEN(ids); i++)
		assert_err(
		    ERR_NOT_FOUND, store_find_request(f->r, ids[i], &got, err));
	assert_err(ERR_NOT_FOUND,
	    store_find_serial(f->r, fixture_serial(serial, 7), &got, err));
	assert_err(
	    ERR_NOT_FOUND, store_find_serial(f->r, BYTES_NONE, &got, err));
}

static void
numbers_increase(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	uint64_t last = 0, id;
	int i;

	for (i = 0; i < 5; i++) {
		id = fixture_insert(f, &q);
		assert_true(id > last);
		last = id;
	}
}

static void
a_serial_number_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_ISSUED, "o");
	uint8_t serial[19];
	uint64_t id = 0;

	q.serial = fixture_serial(serial, 1);
	(void)fixture_insert(f, &q);
	fixture_begin(f);
	assert_err(ERR_EXISTS, store_insert_request(f->w, &q, &id, err));
	assert_int_equal(id, 0);
	store_rollback(f->w);
}

/* Of another CA: the row keeps its number, and numbers go on above it. */
static void
a_row_is_imported_under_its_number(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_ISSUED, "o");
	uint8_t serial[19];
	uint64_t id = 0;

	q.serial = fixture_serial(serial, 1);
	q.id = 4711;
	fixture_begin(f);
	/* The answer may be written where the number stands. */
	assert_ok(store_import_request(f->w, &q, &q.id, err));
	assert_int_equal(q.id, 4711);
	q.serial = fixture_serial(serial, 2);
	assert_err(ERR_EXISTS, store_import_request(f->w, &q, &id, err));
	/* The transaction goes on. */
	q.id = 0;
	assert_ok(store_import_request(f->w, &q, &id, err));
	assert_int_equal(id, 4712);
	q.id = (uint64_t)INT64_MAX + 1;
	assert_err(ERR_INVALID, store_import_request(f->w, &q, &id, err));
	fixture_commit(f);
	q.serial = fixture_serial(serial, 3);
	assert_int_equal(fixture_insert(f, &q), 4713);
}

static void
a_form_gives_one_request(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "alice");
	uint64_t first, again = 0, other = 0, counted;

	q.submission = BYTES_LIT("form-1");
	first = fixture_insert(f, &q);
	fixture_begin(f);
	assert_err(ERR_EXISTS, store_insert_request(f->w, &q, &again, err));
	assert_int_equal(again, first);
	/* The transaction goes on: another owner may have that number. */
	q.owner = "bob";
	assert_ok(store_insert_request(f->w, &q, &other, err));
	assert_true(other != first);
	fixture_commit(f);
	assert_ok(store_count_pending(f->r, &counted, err));
	assert_int_equal(counted, 2);
}

static void
a_row_too_large_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "alice");
	AUTO_MEM uint8_t *big = calloc(1, STORE_ROW_MAX + 1);
	uint64_t id, counted;

	fixture_begin(f);
	q.raw_request = bytes_of(big, STORE_ROW_MAX + 1);
	assert_err(ERR_TOO_LARGE, store_insert_request(f->w, &q, &id, err));
	q.raw_request = bytes_of(big, STORE_ROW_MAX);
	assert_err(ERR_TOO_LARGE, store_insert_request(f->w, &q, &id, err));
	q.raw_request = bytes_of(big, STORE_ROW_MAX / 2);
	assert_ok(store_insert_request(f->w, &q, &id, err));
	fixture_commit(f);
	assert_ok(store_count_pending(f->r, &counted, err));
	assert_int_equal(counted, 1);
}

static void
an_unknown_state_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_request q = { .disposition = 7 };
	uint64_t id;

	fixture_begin(f);
	assert_err(ERR_INVALID, store_insert_request(f->w, &q, &id, err));
	assert_err(ERR_INVALID,
	    store_decide_request(f->w, &q, DISPOSITION_PENDING, err));
	store_rollback(f->w);
}

/* --- decisions --------------------------------------------------------- */

static void
a_decision_writes_its_columns_only(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "alice");
	struct store_request d = { .disposition = DISPOSITION_ISSUED,
		.message = "issued",
		.resolved = 5,
		.officer = "olga",
		.subject = "CN=new",
		.cert = BYTES_LIT("cert"),
		.not_after = 99,
		.key_index = 3,
		.ca_index = 4,
		.owner = "thief",
		.raw_request = BYTES_LIT("other") };
	AUTO(store_request) got = NULL;
	struct store_counts counts;
	uint8_t serial[19];

	d.id = fixture_insert(f, &q);
	d.serial = fixture_serial(serial, 1);
	fixture_begin(f);
	assert_ok(store_decide_request(f->w, &d, DISPOSITION_PENDING, err));
	fixture_commit(f);
	assert_ok(store_find_request(f->r, d.id, &got, err));
	assert_int_equal(got->disposition, DISPOSITION_ISSUED);
	assert_int_equal(got->hresult, 0);
	assert_string_equal(got->message, "issued");
	assert_string_equal(got->officer, "olga");
	assert_string_equal(got->subject, "CN=new");
	assert_string_equal(got->sentence, "");
	assert_int_equal(got->resolved, 5);
	assert_int_equal(got->not_after, 99);
	assert_int_equal(got->key_index, 3);
	assert_true(bytes_eq(got->serial, d.serial));
	assert_true(bytes_eq(got->cert, d.cert));
	assert_string_equal(got->owner, "alice");
	assert_true(bytes_eq(got->raw_request, q.raw_request));
	assert_ok(store_count_all(f->r, &counts, err));
	assert_int_equal(counts.pending, 0);
	assert_int_equal(counts.issued, 1);
}

static void
the_loser_of_a_race_is_told(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "alice");
	struct store_request d = { .disposition = DISPOSITION_DENIED };
	struct store_counts counts;

	d.id = fixture_insert(f, &q);
	fixture_begin(f);
	assert_ok(store_decide_request(f->w, &d, DISPOSITION_PENDING, err));
	d.disposition = DISPOSITION_ISSUED;
	assert_err(ERR_BAD_STATE,
	    store_decide_request(f->w, &d, DISPOSITION_PENDING, err));
	d.id = 12345;
	assert_err(ERR_NOT_FOUND,
	    store_decide_request(f->w, &d, DISPOSITION_PENDING, err));
	fixture_commit(f);
	assert_ok(store_count_all(f->r, &counts, err));
	assert_int_equal(counts.denied, 1);
	assert_int_equal(counts.issued, 0);
}

static uint64_t
insert_issued(struct fixture *f, unsigned n)
{
	struct store_request q = fixture_request(DISPOSITION_ISSUED, "alice");
	uint8_t serial[19];

	q.serial = fixture_serial(serial, n);
	return fixture_insert(f, &q);
}

static void
a_certificate_is_held_released_and_revoked(void **state)
{
	struct fixture *f = *state;
	struct store_revocation hold = { .from = DISPOSITION_ISSUED,
		.to = DISPOSITION_REVOKED,
		.reason = 6,
		.when = 10,
		.effective = 9,
		.officer = "olga",
		.message = "lost?" };
	struct store_revocation release = { .from = DISPOSITION_REVOKED,
		.to = DISPOSITION_ISSUED,
		.from_reason = 6,
		.reason = 6,
		.when = 20,
		.effective = 20,
		.officer = "otto",
		.message = "found" };
	AUTO(store_request) held = NULL;
	AUTO(store_request) back = NULL;
	struct store_counts counts;

	hold.id = release.id = insert_issued(f, 1);
	fixture_begin(f);
	assert_ok(store_revoke_request(f->w, &hold, err));
	assert_err(ERR_BAD_STATE, store_revoke_request(f->w, &hold, err));
	fixture_commit(f);
	assert_ok(store_find_request(f->r, hold.id, &held, err));
	assert_int_equal(held->disposition, DISPOSITION_REVOKED);
	assert_int_equal(held->revoked_reason, 6);
	assert_int_equal(held->revoked_when, 10);
	assert_int_equal(held->revoked_effective, 9);
	assert_string_equal(held->officer, "olga");

	fixture_begin(f);
	release.from_reason = 1;
	assert_err(ERR_BAD_STATE, store_revoke_request(f->w, &release, err));
	release.from_reason = 6;
	assert_ok(store_revoke_request(f->w, &release, err));
	fixture_commit(f);
	assert_ok(store_find_request(f->r, hold.id, &back, err));
	assert_int_equal(back->disposition, DISPOSITION_ISSUED);
	assert_int_equal(back->revoked_reason, 0);
	assert_int_equal(back->revoked_when, release.when);
	assert_int_equal(back->revoked_effective, 0);
	assert_string_equal(back->message, "found");
	assert_ok(store_count_all(f->r, &counts, err));
	assert_int_equal(counts.issued, 1);
	assert_int_equal(counts.revoked, 0);
}

/* --- side tables ------------------------------------------------------- */

static bool
see_attribute(void *ctx, const char *name, const char *value)
{
	struct buf *b = ctx;

	buf_addf(b, "%s=%s;", name, value);
	return b->n < 40;
}

static bool
see_extension(void *ctx, const struct store_extension *x)
{
	buf_addf(ctx, "%s %u %zu %s;", x->oid, x->flags, x->value.n, x->note);
	return true;
}

static void
side_tables_keep_their_order(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);
	uint64_t id = fixture_insert(f, &q), other = fixture_insert(f, &q);

	fixture_begin(f);
	assert_ok(store_add_attribute(f->w, id, "b", "1", err));
	assert_ok(store_add_attribute(f->w, other, "x", "y", err));
	assert_ok(store_add_attribute(f->w, id, "a", "", err));
	assert_ok(store_add_extension(f->w, id, "2.5.29.15",
	    STORE_EXTENSION_CRITICAL, BYTES_LIT("abc"), "", err));
	assert_ok(store_add_extension(f->w, id, "1.2.3",
	    STORE_EXTENSION_DROPPED, BYTES_NONE, "not allowed", err));
	assert_err(
	    ERR_NOT_FOUND, store_add_attribute(f->w, 999, "a", "b", err));
	fixture_commit(f);
	assert_ok(store_list_attributes(f->r, id, see_attribute, &seen, err));
	assert_ok(store_list_extensions(f->r, id, see_extension, &seen, err));
	assert_string_equal(
	    buf_str(&seen), "b=1;a=;2.5.29.15 1 3 ;1.2.3 2 0 not allowed;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_comes_back_whole),
		TEST(an_empty_request_comes_back_empty),
		TEST(what_is_not_there_is_not_found),
		TEST(numbers_increase),
		TEST(a_serial_number_is_used_once),
		TEST(a_row_is_imported_under_its_number),
		TEST(a_form_gives_one_request),
		TEST(a_row_too_large_is_refused),
		TEST(an_unknown_state_is_refused),
		TEST(a_decision_writes_its_columns_only),
		TEST(the_loser_of_a_race_is_told),
		TEST(a_certificate_is_held_released_and_revoked),
		TEST(side_tables_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
