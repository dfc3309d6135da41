#include "fixture.h"

#include "base/buf.h"

/* --- revoked certificates ---------------------------------------------- */

static uint64_t
revoked(struct fixture *f, unsigned n, uint32_t key, int64_t effective,
    int64_t not_after)
{
	struct store_request q = fixture_request(DISPOSITION_REVOKED, "o");
	uint8_t serial[19];

	q.serial = fixture_serial(serial, n);
	q.key_index = key;
	q.revoked_effective = effective;
	q.revoked_reason = n;
	q.not_after = not_after;
	return fixture_insert(f, &q);
}

static bool
see_revoked(void *ctx, const struct store_revoked *v)
{
	assert_int_equal(v->serial.n, 19);
	assert_int_equal(v->serial.p[2], v->reason);
	buf_addf(ctx, "%u@%d ", v->reason, (int)v->effective);
	return true;
}

static void
a_crl_lists_what_is_revoked_now(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);
	struct store_request issued = fixture_request(DISPOSITION_ISSUED, "o");

	(void)revoked(f, 5, 0, 100, 1000);
	(void)revoked(f, 3, 0, 200, 1000);
	(void)revoked(f, 4, 1, 100, 1000); /* another key */
	(void)revoked(f, 6, 0, 301, 1000); /* not yet */
	(void)revoked(f, 7, 0, 300, 1000);
	(void)revoked(f, 8, 0, 100, 499); /* expired */
	(void)revoked(f, 9, 0, 100, 500);
	issued.key_index = 0;
	(void)fixture_insert(f, &issued);
	assert_ok(
	    store_list_revoked(f->r, 0, 500, 300, see_revoked, &seen, err));
	assert_string_equal(buf_str(&seen), "3@200 5@100 7@300 9@100 ");
}

static bool
count_revoked(void *ctx, const struct store_revoked *v)
{
	(void)v;
	++*(unsigned *)ctx;
	return true;
}

static void
a_crl_is_made_from_one_snapshot(void **state)
{
	struct fixture *f = *state;
	unsigned first = 0, second = 0, after = 0;
	uint64_t pending;

	(void)revoked(f, 1, 0, 1, 9);
	assert_ok(store_read_begin(f->r, err));
	(void)revoked(f, 2, 0, 1, 9);
	assert_ok(
	    store_list_revoked(f->r, 0, 0, 5, count_revoked, &first, err));
	(void)revoked(f, 3, 0, 1, 9);
	assert_ok(
	    store_list_revoked(f->r, 0, 0, 5, count_revoked, &second, err));
	assert_ok(store_count_pending(f->r, &pending, err));
	store_read_end(f->r);
	store_read_end(f->r); /* once too often does no harm */
	assert_ok(
	    store_list_revoked(f->r, 0, 0, 5, count_revoked, &after, err));
	assert_int_equal(first, 1);
	assert_int_equal(second, 1);
	assert_int_equal(after, 3);
}

/* --- CRLs -------------------------------------------------------------- */

/* The next number, unless the list says which. */
static uint64_t
add_crl(struct fixture *f, struct store_crl c, const char *status)
{
	uint64_t id, newest;

	fixture_begin(f);
	assert_ok(store_crl_number(f->w, &newest, err));
	if (!c.number)
		c.number = newest + 1;
	assert_ok(store_insert_crl(f->w, &c, &id, err));
	if (status)
		assert_ok(store_finish_crl(f->w, id, 7,
		    BYTES_LIT("0123456789abcdef0123456789abcdef"), status,
		    err));
	fixture_commit(f);
	return id;
}

static bool
see_crl(void *ctx, const struct store_crl *c)
{
	buf_addf(ctx, "%u:%s ", (unsigned)c->number, c->status);
	return true;
}

static void
the_newest_published_base_is_found(void **state)
{
	struct fixture *f = *state;
	struct store_crl c = { .key_index = 0,
		.this_update = 1,
		.next_publish = 2,
		.next_update = 3,
		.file = "Demo.crl" };
	struct store_crl delta = { .min_base = 1, .file = "Demo+.crl" };
	struct store_crl other = { .key_index = 1, .file = "Demo(1).crl" };
	AUTO(store_crl) got = NULL;
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);
	struct store_crl *none;
	AUTO(store_crl) got_delta = NULL;
	uint64_t n, id;

	assert_err(ERR_NOT_FOUND, store_newest_crl(f->r, 0, false, &none, err));
	(void)add_crl(f, c, "published");
	n = add_crl(f, c, "published");
	(void)add_crl(f, c, "the folder cannot be written");
	id = add_crl(f, delta, "published");
	(void)add_crl(f, other, "published");
	(void)add_crl(f, c, NULL);
	assert_ok(store_newest_crl(f->r, 0, true, &got_delta, err));
	assert_int_equal(got_delta->id, id);
	assert_int_equal(got_delta->min_base, 1);
	assert_ok(store_newest_crl(f->r, 0, false, &got, err));
	assert_int_equal(got->id, n);
	assert_int_equal(got->number, 2);
	assert_int_equal(got->entries, 7);
	assert_int_equal(got->this_update, 1);
	assert_int_equal(got->next_publish, 2);
	assert_int_equal(got->next_update, 3);
	assert_string_equal(got->file, "Demo.crl");
	assert_string_equal(got->status, "published");
	assert_true(
	    bytes_eq(got->hash, BYTES_LIT("0123456789abcdef0123456789abcdef")));
	assert_ok(store_list_crls(f->r, 3, see_crl, &seen, err));
	assert_string_equal(buf_str(&seen), "6: 5:published 4:published ");
	buf_reset(&seen);
	assert_ok(store_list_crls(f->r, 0, see_crl, &seen, err));
	assert_non_null(strstr(buf_str(&seen), " 1:published "));
	fixture_begin(f);
	assert_err(
	    ERR_NOT_FOUND, store_finish_crl(f->w, 99, 0, BYTES_NONE, "x", err));
	store_rollback(f->w);
}

/* RFC 5280 5.2.3 */
static void
base_and_delta_share_a_number(void **state)
{
	struct fixture *f = *state;
	struct store_crl base = { .number = 5, .file = "Demo.crl" };
	struct store_crl delta = {
		.number = 5, .min_base = 3, .file = "Demo+.crl"
	};
	struct store_crl other = { .number = 5, .key_index = 1 };
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);
	uint64_t id, newest;

	(void)add_crl(f, delta, "delta");
	(void)add_crl(f, base, "base");
	(void)add_crl(f, other, "other key");
	fixture_begin(f);
	assert_err(ERR_EXISTS, store_insert_crl(f->w, &base, &id, err));
	assert_err(ERR_EXISTS, store_insert_crl(f->w, &delta, &id, err));
	assert_ok(store_crl_number(f->w, &newest, err));
	assert_int_equal(newest, 5);
	fixture_commit(f);
	assert_ok(store_list_crls(f->r, 0, see_crl, &seen, err));
	assert_string_equal(buf_str(&seen), "5:other key 5:base 5:delta ");
}

static void
bases_that_a_delta_may_build_upon(void **state)
{
	struct fixture *f = *state;
	struct store_crl old = { .next_update = 100 };
	struct store_crl good = { .next_update = 101 };
	struct store_crl delta = { .next_update = 200, .min_base = 1 };
	struct store_crl other = { .next_update = 200, .key_index = 1 };
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);

	(void)add_crl(f, old, "published");
	(void)add_crl(f, good, "published");
	(void)add_crl(f, good, "failed");
	(void)add_crl(f, good, "published");
	(void)add_crl(f, delta, "published");
	(void)add_crl(f, other, "published");
	assert_ok(store_list_bases(f->r, 0, 100, see_crl, &seen, err));
	assert_string_equal(buf_str(&seen), "4:published 2:published ");
}

static void
delivery_is_noted(void **state)
{
	struct fixture *f = *state;
	AUTO(store_crl) failed = NULL;
	AUTO(store_crl) good = NULL;
	uint64_t id =
	    add_crl(f, (struct store_crl){ .file = "x" }, "published");

	fixture_begin(f);
	assert_ok(store_deliver_crl(f->w, id, 0, "no route", err));
	assert_err(ERR_NOT_FOUND, store_deliver_crl(f->w, 99, 1, "", err));
	fixture_commit(f);
	assert_ok(store_newest_crl(f->r, 0, false, &failed, err));
	assert_string_equal(failed->delivery, "no route");
	assert_int_equal(failed->delivered, 0);
	fixture_begin(f);
	assert_ok(store_deliver_crl(f->w, id, 77, "", err));
	fixture_commit(f);
	assert_ok(store_newest_crl(f->r, 0, false, &good, err));
	assert_string_equal(good->delivery, "");
	assert_int_equal(good->delivered, 77);
}

static bool
see_changed(void *ctx, const struct store_revoked *v)
{
	buf_addf(
	    ctx, "%u:%u@%d ", v->serial.p[2], v->reason, (int)v->effective);
	return true;
}

static void
changed(struct fixture *f, unsigned n, enum disposition d, int64_t when,
    uint32_t reason)
{
	struct store_request q = fixture_request(d, "o");
	uint8_t serial[19];

	q.serial = fixture_serial(serial, n);
	q.revoked_when = when;
	q.revoked_effective = d == DISPOSITION_REVOKED ? 50 : 0;
	q.key_index = 0;
	q.revoked_reason = reason;
	q.not_after = n == 9 ? 499 : 1000;
	(void)fixture_insert(f, &q);
}

static void
a_delta_lists_what_changed(void **state)
{
	struct fixture *f = *state;
	const struct store_revoked_filter what = {
		.expired_before = 500, .now = 300, .since = 100
	};
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);

	changed(f, 1, DISPOSITION_REVOKED, 99, 1);  /* before the base */
	changed(f, 5, DISPOSITION_REVOKED, 100, 1); /* firm */
	changed(f, 4, DISPOSITION_REVOKED, 200, 6); /* on hold */
	changed(f, 6, DISPOSITION_ISSUED, 150, 0);  /* released */
	changed(f, 7, DISPOSITION_ISSUED, 0, 0);    /* was never revoked */
	changed(f, 8, DISPOSITION_REVOKED, 301, 1); /* not yet */
	changed(f, 9, DISPOSITION_REVOKED, 200, 1); /* expired */
	assert_ok(store_list_changed(f->r, &what, see_changed, &seen, err));
	assert_string_equal(buf_str(&seen), "5:1@50 6:8@150 4:6@50 ");
}

/* --- certificates of the CA -------------------------------------------- */

static bool
see_ca_cert(void *ctx, const struct store_ca_cert *c)
{
	buf_addf(ctx, "%u/%u %.*s %d;", c->index, c->key_index, (int)c->cert.n,
	    (const char *)c->cert.p, (int)c->installed);
	return true;
}

static void
ca_certificates_are_in_order(void **state)
{
	struct fixture *f = *state;
	struct store_ca_cert b = { 1, 1, BYTES_LIT("second"), 20 };
	struct store_ca_cert a = { 0, 0, BYTES_LIT("first"), 10 };
	AUTO_BUF seen = BUF_WITH_LIMIT(1000);

	fixture_begin(f);
	assert_ok(store_insert_ca_cert(f->w, &b, err));
	assert_ok(store_insert_ca_cert(f->w, &a, err));
	assert_err(ERR_EXISTS, store_insert_ca_cert(f->w, &a, err));
	fixture_commit(f);
	assert_ok(store_list_ca_certs(f->r, see_ca_cert, &seen, err));
	assert_string_equal(buf_str(&seen), "0/0 first 10;1/1 second 20;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_crl_lists_what_is_revoked_now),
		TEST(a_crl_is_made_from_one_snapshot),
		TEST(the_newest_published_base_is_found),
		TEST(base_and_delta_share_a_number),
		TEST(bases_that_a_delta_may_build_upon),
		TEST(delivery_is_noted),
		TEST(a_delta_lists_what_changed),
		TEST(ca_certificates_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
