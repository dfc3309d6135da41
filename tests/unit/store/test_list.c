#include "fixture.h"

#include "base/buf.h"

#include <stdio.h>

/* --- what a list gives ------------------------------------------------- */

static bool
see(void *ctx, const struct store_request *q)
{
	buf_addf(ctx, "%u ", (unsigned)q->id);
	/* Large columns are not read. */
	assert_int_equal(q->raw_request.n, 0);
	assert_int_equal(q->cert.n, 0);
	assert_string_equal(q->attributes, "");
	return true;
}

#define assert_list(expected, ...)                                        \
	do {                                                              \
		struct store_filter filter = { __VA_ARGS__ };             \
		AUTO_BUF seen = BUF_WITH_LIMIT(4000);                     \
		assert_ok(                                                \
		    store_list_requests(f->r, &filter, see, &seen, err)); \
		assert_string_equal(buf_str(&seen), expected);            \
	} while (0)

static void
add(struct fixture *f, enum disposition d, const char *owner,
    const char *requester, unsigned n)
{
	struct store_request q = fixture_request(d, owner);
	char subject[32];
	uint8_t serial[19];

	(void)snprintf(subject, sizeof(subject), "CN=host%u", n);
	q.requester = requester;
	q.subject = q.request_subject = subject;
	q.common_name = subject + 3;
	q.submitted = 1000 + n;
	if (d == DISPOSITION_ISSUED || d == DISPOSITION_REVOKED)
		q.serial = fixture_serial(serial, n);
	assert_int_equal(fixture_insert(f, &q), n);
}

static void
fill(struct fixture *f)
{
	add(f, DISPOSITION_PENDING, "local\\alice", "alice", 1);
	add(f, DISPOSITION_ISSUED, "local\\alice", "alice", 2);
	add(f, DISPOSITION_ISSUED, "local\\bob", "bob", 3);
	add(f, DISPOSITION_REVOKED, "local\\bob", "bob", 4);
	add(f, DISPOSITION_DENIED, "local\\alice", "alice", 5);
	add(f, DISPOSITION_PENDING, "local\\bob", "bob", 6);
	add(f, DISPOSITION_FAILED, "local\\alice", "alice", 7);
	add(f, DISPOSITION_PENDING, "local\\alice", "alice", 8);
}

static void
filters_choose_and_combine(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_list("8 7 6 5 4 3 2 1 ", .limit = 0);
	assert_list("8 6 1 ", .disposition = DISPOSITION_PENDING);
	assert_list("3 2 ", .disposition = DISPOSITION_ISSUED);
	assert_list("4 ", .disposition = DISPOSITION_REVOKED);
	assert_list("5 ", .disposition = DISPOSITION_DENIED);
	assert_list("7 ", .disposition = DISPOSITION_FAILED);
	assert_list("", .disposition = 77);
	assert_list("4 3 2 ", .certificates_only = true);
	assert_list("8 7 5 2 1 ", .owner = "local\\alice");
	assert_list("6 4 3 ", .requester = "bob");
	assert_list("8 1 ", .owner = "local\\alice",
	    .disposition = DISPOSITION_PENDING);
	assert_list(
	    "6 ", .requester = "bob", .disposition = DISPOSITION_PENDING);
	assert_list("2 ", .owner = "local\\alice", .certificates_only = true);
	assert_list("", .owner = "local\\alice", .requester = "bob");
	assert_list("", .owner = "");
}

/* Two rows at a time, and what comes then, until nothing does. */
static void
assert_pages(struct fixture *f, struct store_filter filter, const char *all)
{
	AUTO_BUF seen = BUF_WITH_LIMIT(4000);
	size_t before;
	const char *last;

	filter.limit = 2;
	do {
		before = seen.n;
		assert_ok(store_list_requests(f->r, &filter, see, &seen, err));
		if (seen.n == 0)
			break;
		last = buf_str(&seen) + seen.n - 2;
		filter.before = (uint64_t)(*last - '0');
	} while (seen.n > before);
	assert_string_equal(buf_str(&seen), all);
}

static void
pages_follow_each_other(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_pages(f, (struct store_filter){ 0 }, "8 7 6 5 4 3 2 1 ");
	assert_pages(f,
	    (struct store_filter){ .disposition = DISPOSITION_PENDING },
	    "8 6 1 ");
	assert_pages(
	    f, (struct store_filter){ .owner = "local\\alice" }, "8 7 5 2 1 ");
	assert_pages(f, (struct store_filter){ .requester = "bob" }, "6 4 3 ");
	assert_pages(
	    f, (struct store_filter){ .search = "host" }, "8 7 6 5 4 3 2 1 ");
	assert_list("8 7 ", .before = UINT64_MAX, .limit = 2);
	assert_list("8 7 ", .before = 9, .limit = 2, .owner = "local\\alice");
}

/* Rows are committed in another order than they were submitted. */
static void
pages_of_an_owner_lose_no_row(void **state)
{
	struct fixture *f = *state;
	static const int64_t times[] = { 50, 70, 60, 60, 60, 40 };
	struct store_request q = fixture_request(DISPOSITION_DENIED, "o");
	size_t i;

	for (i = 0; i < ARRAY_LEN(times); i++) {
		q.submitted = times[i];
		(void)fixture_insert(f, &q);
	}
	assert_list("2 5 4 3 1 6 ", .owner = "o");
	assert_pages(f, (struct store_filter){ .owner = "o" }, "2 5 4 3 1 6 ");
}

static bool
stop(void *ctx, const struct store_request *q)
{
	(void)q;
	return ++*(int *)ctx < 2;
}

static void
a_callback_stops_the_list(void **state)
{
	struct fixture *f = *state;
	struct store_filter all = { 0 };
	int calls = 0;

	fill(f);
	assert_ok(store_list_requests(f->r, &all, stop, &calls, err));
	assert_int_equal(calls, 2);
	assert_list("8 ", .limit = 1);
}

/* --- search ------------------------------------------------------------ */

static void
a_search_finds_parts_of_texts(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_list("3 ", .search = "HOST3");
	assert_list("6 4 3 ", .search = "bob");
	assert_list("6 4 3 ", .search = "bo");
	assert_list("6 4 ", .search = "bo", .limit = 2);
	assert_list("4 3 ", .search = "bo", .certificates_only = true);
	assert_list("6 ", .search = "ost", .disposition = DISPOSITION_PENDING,
	    .owner = "local\\bob");
	assert_list("8 7 6 5 4 3 2 1 ", .search = "");
	assert_list("", .search = "host9");
}

static void
the_signs_of_a_pattern_mean_themselves(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");

	(void)fixture_insert(f, &q);
	q.subject = "CN=100%_\\x";
	(void)fixture_insert(f, &q);
	assert_list("2 ", .search = "0%");
	assert_list("2 ", .search = "%_");
	assert_list("2 ", .search = "\\x");
	assert_list("", .search = "1_0");
	assert_list("", .search = "' OR 1 --");
}

static void
a_search_finds_serials(void **state)
{
	struct fixture *f = *state;

	fill(f);
	/* The serials are 41 00 n 5a 5a ... */
	assert_list("3 ", .search = "4100035a");
	assert_list("3 ", .search = "41:00:03:5A");
	assert_list("3 ", .search = "4100035a5");
	assert_list("3 ", .search = "00035a5a");
	assert_list("4 3 2 ", .search = "5a5a");
	assert_list("4 3 2 ", .search = "5a5a5a5a5a5a5a");
	assert_list("", .search = "ffffffffff");
	assert_list("", .search = "fffffffff");
	assert_list("", .search = "4100ff5a");
	assert_list("", .search = "4100035a", .owner = "local\\alice");
}

static void
add_many(struct fixture *f, unsigned rows)
{
	struct store_request q = { .disposition = DISPOSITION_DENIED,
		.owner = "x",
		.requester = "x" };
	uint64_t id;
	unsigned i;

	fixture_begin(f);
	for (i = 0; i < rows; i++)
		assert_ok(store_insert_request(f->w, &q, &id, err));
	fixture_commit(f);
}

/* Beyond the window only what an index finds is found, still in order. */
static void
a_search_is_bounded(void **state)
{
	struct fixture *f = *state;

	fill(f);
	add_many(f, STORE_SEARCH_ROWS - 4);
	assert_list("8 7 6 5 ", .search = "host");
	assert_list("4 3 2 1 ", .search = "host", .before = 5);
	assert_list("3 ", .search = "4100035a");
	assert_list("", .search = "00035a5a");
	assert_list("8 7 5 2 1 ", .search = "alice");
	assert_list("8 7 5 ", .search = "alice", .limit = 3);
	assert_list("6 4 3 ", .search = "bob");
	assert_list("6 ", .search = "bo");
}

static uint64_t
floor_of(struct fixture *f, struct store_filter filter)
{
	uint64_t n = 1;

	assert_ok(store_search_floor(f->r, &filter, &n, err));
	return n;
}

/* It goes on where it stopped, until there is nothing left; what an index
 * found is not found twice. Those that wait are all looked at. */
static void
a_search_goes_on(void **state)
{
	struct fixture *f = *state;
	const struct store_filter waiting = { .search = "host",
		.disposition = DISPOSITION_PENDING };

	assert_int_equal(
	    floor_of(f, (struct store_filter){ .search = "x" }), 0);
	fill(f);
	add_many(f, STORE_SEARCH_ROWS - 4);
	assert_int_equal(
	    floor_of(f, (struct store_filter){ .search = "alice" }), 5);
	assert_list("2 1 ", .search = "alice", .before = 5);
	assert_list("40000 ", .search = "40000"); /* a number */
	assert_list("4 ", .search = "4", .disposition = DISPOSITION_REVOKED);
	assert_list("", .search = "41000355", .before = 3);
	assert_int_equal(floor_of(f, (struct store_filter){ .search = "alice",
					 .before = 5 }),
	    0);
	assert_int_equal(floor_of(f, (struct store_filter){ .limit = 5 }), 0);
	assert_list(
	    "8 6 1 ", .search = "host", .disposition = DISPOSITION_PENDING);
	assert_list("1 ", .search = "host", .disposition = DISPOSITION_PENDING,
	    .before = 6);
	assert_int_equal(floor_of(f, waiting), 0);
}

static void
held_ones_and_the_oldest_that_waits(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF held = BUF_WITH_LIMIT(400);
	uint8_t serial[19];
	int64_t oldest = 1;

	assert_ok(store_oldest_pending(f->r, &oldest, err));
	assert_int_equal(oldest, 0);
	fill(f);
	assert_ok(store_oldest_pending(f->r, &oldest, err));
	assert_int_equal(oldest, 1001);
	for (unsigned n = 9; n < 13; n++) {
		struct store_request q =
		    fixture_request(DISPOSITION_REVOKED, "local\\bob");

		q.serial = fixture_serial(serial, n);
		q.revoked_reason = n == 10 ? 1 : 6;
		q.template_name = "OldTemplate";
		assert_int_equal(fixture_insert(f, &q), n);
	}
	assert_list("12 11 10 9 ", .search = "oldtempl");
	assert_ok(store_list_held(f->r, 0, 50, see, &held, err));
	assert_string_equal(buf_str(&held), "12 11 9 ");
	buf_reset(&held);
	assert_ok(store_list_held(f->r, 12, 1, see, &held, err));
	assert_string_equal(buf_str(&held), "11 ");
}

static void
a_search_text_too_long_is_refused(void **state)
{
	struct fixture *f = *state;
	char text[STORE_SEARCH_MAX + 2];
	struct store_filter filter = { .search = text };

	memset(text, '%', sizeof(text));
	text[STORE_SEARCH_MAX + 1] = 0;
	assert_err(
	    ERR_TOO_LARGE, store_list_requests(f->r, &filter, see, NULL, err));
	text[STORE_SEARCH_MAX] = 0;
	assert_ok(store_list_requests(f->r, &filter, see, NULL, err));
	memset(text, 'f', STORE_SEARCH_MAX);
	assert_ok(store_list_requests(f->r, &filter, see, NULL, err));
	memset(text, ' ', STORE_SEARCH_MAX);
	assert_ok(store_list_requests(f->r, &filter, see, NULL, err));
}

/* --- counts ------------------------------------------------------------ */

static void
counts_are_those_of_the_rows(void **state)
{
	struct fixture *f = *state;
	struct store_counts c;
	uint64_t pending, since;

	assert_ok(store_count_all(f->r, &c, err));
	assert_int_equal(
	    c.pending + c.issued + c.revoked + c.denied + c.failed, 0);
	fill(f);
	assert_ok(store_count_all(f->r, &c, err));
	assert_int_equal(c.pending, 3);
	assert_int_equal(c.issued, 2);
	assert_int_equal(c.revoked, 1);
	assert_int_equal(c.denied, 1);
	assert_int_equal(c.failed, 1);
	assert_ok(store_count_owner(
	    f->r, "local\\alice", 1005, &pending, &since, err));
	assert_int_equal(pending, 2);
	assert_int_equal(since, 3);
	assert_ok(store_count_owner(f->r, "nobody", 0, &pending, &since, err));
	assert_int_equal(pending, 0);
	assert_int_equal(since, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(filters_choose_and_combine),
		TEST(pages_follow_each_other),
		TEST(pages_of_an_owner_lose_no_row),
		TEST(a_callback_stops_the_list),
		TEST(a_search_finds_parts_of_texts),
		TEST(the_signs_of_a_pattern_mean_themselves),
		TEST(a_search_finds_serials),
		TEST(a_search_is_bounded),
		TEST(a_search_goes_on),
		TEST(held_ones_and_the_oldest_that_waits),
		TEST(a_search_text_too_long_is_refused),
		TEST(counts_are_those_of_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
