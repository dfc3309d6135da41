/* The keys of all certificates are read while the CA serves already. */
#include "ca/keys.h"
#include "crl_tools.h"

#include <openssl/sha.h>

#define STORED 60000U

static const uint8_t *
hash_of(uint32_t n, uint8_t dst[32])
{
	return SHA256((const uint8_t *)&n, sizeof(n), dst);
}

/* Certificates of one account, of which the last has key `STORED`. */
static void
store_many(struct fixture *f)
{
	struct store *s;
	struct store_writer *w;
	struct store_request q = { .disposition = DISPOSITION_ISSUED,
		.kind = "",
		.attributes = "",
		.message = "",
		.sentence = "",
		.owner = "local\\alice",
		.requester = "alice",
		.caller_owner = "local\\alice",
		.caller = "alice",
		.peer = "",
		.address = "",
		.officer = "",
		.request_subject = "",
		.subject = "",
		.common_name = "",
		.template_name = "",
		.key_kind = "" };
	uint64_t id;
	uint8_t h[32];

	assert_int_equal(store_open(f->config.database, &s, NULL), 0);
	assert_int_equal(store_writer_open(s, &w, NULL), 0);
	assert_int_equal(store_begin(w, NULL), 0);
	for (uint32_t n = 1; n <= STORED; n++) {
		q.key_hash = bytes_of(hash_of(n, h), sizeof(h));
		assert_int_equal(store_insert_request(w, &q, &id, NULL), 0);
		assert_int_equal(store_add_key(w, id, q.key_hash, NULL), 0);
	}
	assert_int_equal(store_commit(w, NULL), 0);
	store_writer_close(w);
	store_close(s);
}

/* The CA answers before it has read all keys; a claim does not. */
static void
a_claim_waits_for_the_keys(void **state)
{
	struct fixture *f = *state;
	struct store_reader *r;
	enum ca_key_verdict v = CA_KEY_FREE;
	uint64_t request = 0;
	uint8_t h[32];
	const struct ca_key_ask ask = { .hash = hash_of(STORED, h),
		.owner = "local\\bob" };

	store_many(f);
	assert_int_equal(ca_open(&f->config, &f->ca, NULL), 0);
	assert_int_equal(store_reader_open(f->ca->store, &r, NULL), 0);
	assert_int_equal(ca_keys_load_begin(f->ca, NULL), 0);
	assert_int_equal(
	    ca_keys_claim(f->ca->keys, r, &ask, NULL, &v, &request, NULL), 0);
	assert_int_equal(v, CA_KEY_OTHERS);
	assert_int_equal(request, STORED);
	store_reader_close(r);
	ca_close(f->ca);
	/* One that is closed meanwhile does not wait. */
	assert_int_equal(ca_open(&f->config, &f->ca, NULL), 0);
	assert_int_equal(ca_keys_load_begin(f->ca, NULL), 0);
	ca_close(f->ca);
	f->ca = NULL;
}

/* Nor reported as compromised; and it is said. */
static void
without_the_keys_nothing_is_claimed(void **state)
{
	struct fixture *f = *state;
	struct store_reader *r;
	struct ca_key_claim claim = { 0 };
	struct ca_key_block block = { 0 };
	enum ca_key_verdict v = CA_KEY_FREE;
	uint64_t request;
	uint8_t h[32];
	char text[ERR_TEXT_MAX];
	struct err err = { 0 };
	const struct ca_key_ask ask = { .hash = hash_of(7, h),
		.owner = "local\\bob" };

	store_many(f);
	crl_sql(f, "UPDATE issued_key SET prefix = x'00' "
		   "WHERE request = 5");
	assert_int_equal(ca_open(&f->config, &f->ca, NULL), 0);
	assert_int_equal(store_reader_open(f->ca->store, &r, NULL), 0);
	assert_int_equal(ca_keys_load_begin(f->ca, NULL), 0);
	assert_int_equal(
	    ca_keys_claim(f->ca->keys, r, &ask, &claim, &v, &request, &err),
	    -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_non_null(strstr(err.text, "request 5"));
	assert_false(claim.held);
	assert_int_equal(ca_keys_block(f->ca->keys, &block, h, &err), -1);
	assert_null(block.hash);
	assert_false(ca_keys_healthy(f->ca->keys, text));
	assert_non_null(strstr(text, "request 5"));
	store_reader_close(r);
	ca_close(f->ca);
	f->ca = NULL;
}

#define CA_TEST(t)                       \
	cmocka_unit_test_setup_teardown( \
	    t, fixture_setup_stopped, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CA_TEST(a_claim_waits_for_the_keys),
		CA_TEST(without_the_keys_nothing_is_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
