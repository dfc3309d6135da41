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

static uint64_t
add_crl(struct fixture *f, const struct store_crl *c, const char *status)
{
	uint64_t number;

	fixture_begin(f);
	assert_ok(store_insert_crl(f->w, c, &number, err));
	if (status)
		assert_ok(store_finish_crl(f->w, number, 7,
		    BYTES_LIT("0123456789abcdef0123456789abcdef"), status,
		    err));
	fixture_commit(f);
	return number;
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
	uint64_t n;

	assert_err(ERR_NOT_FOUND, store_newest_crl(f->r, 0, &none, err));
	(void)add_crl(f, &c, "published");
	n = add_crl(f, &c, "published");
	(void)add_crl(f, &c, "the folder cannot be written");
	(void)add_crl(f, &delta, "published");
	(void)add_crl(f, &other, "published");
	(void)add_crl(f, &c, NULL);
	assert_ok(store_newest_crl(f->r, 0, &got, err));
	assert_int_equal(got->number, n);
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
		TEST(ca_certificates_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
