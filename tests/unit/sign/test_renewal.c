/* What a signer that runs without --init does for a CA that renews itself, and
 * for one that was taken over. */
#include "../unit.h"
#include "fixture.h"

#include <openssl/sha.h>

static struct fixture world;
static const struct sign_key *keys[SIGN_KEYS_MAX];
static size_t key_n;

static void
look(void)
{
	key_n = sign_service_keys(world.service, keys);
}

/* As a service has it: started again, without --init. */
static void
begin(void)
{
	fixture_ca(&world, "p256");
	assert_int_equal(fixture_open(&world, false), 0);
	look();
}

static enum err_code
sign_with(uint32_t index, uint32_t what, const struct recipe *r)
{
	struct sign_item item = { .key_index = index, .what = what };
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct sign_result result;
	enum err_code code;

	item.tbs = fixture_tbs(r, &b);
	code = fixture_sign(&world, &item, &result);
	if (code == ERR_OK)
		assert_true(fixture_verify(keys[index ? key_n - 1 : 0],
		    item.tbs, bytes_of(result.signature, result.signature_n)));
	else
		assert_int_equal(result.signature_n, 0);
	return code;
}

static struct recipe
ca_certificate(const struct sign_key *signer, struct bytes spki)
{
	return (struct recipe){ .key = signer,
		.spki = spki,
		.ca = true,
		.cert_sign = true,
		.not_before = T0 + 50 * DAY,
		.not_after = T1 };
}

static enum err_code
make_key(uint32_t index)
{
	const struct sign_key *made;
	int rc = sign_service_make_key(
	    world.service, index, "p256", &made, &world.err);

	look();
	return rc == 0 ? ERR_OK : world.err.code;
}

static void
test_foreign_keys_get_nothing(void **state)
{
	struct recipe r;

	(void)state;
	begin();
	r = ca_certificate(keys[0], fixture_subject_key());
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.not_after = T0 + 60 * DAY;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &r), ERR_POLICY);
	/* Its own key, as anything else than this CA. */
	r = ca_certificate(keys[0], keys[0]->spki);
	r.subject = "Other CA";
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.issuer = "Other CA";
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.subject = NULL;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	fixture_end(&world);
}

static void
test_same_key(void **state)
{
	struct recipe leaf, r;

	(void)state;
	begin();
	r = ca_certificate(keys[0], keys[0]->spki);
	leaf = (struct recipe){
		.key = keys[0], .not_before = T0, .not_after = T1 + 100 * DAY
	};
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &leaf), ERR_POLICY);
	r.not_after = T1 - 1;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.not_after = T1 + 100 * DAY;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_OK);
	/* What was begun under the first one, and what is now possible: also
	 * after a start, and after one more renewal. */
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &leaf), ERR_OK);
	assert_int_equal(fixture_open(&world, false), 0);
	look();
	leaf.key = r.key = keys[0];
	r.spki = keys[0]->spki;
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &leaf), ERR_OK);
	r.not_before += DAY;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_OK);
	assert_int_equal(fixture_open(&world, false), 0);
	look();
	leaf.key = keys[0];
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &leaf), ERR_OK);
	leaf.not_before = T0 - 1;
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &leaf), ERR_POLICY);
	fixture_end(&world);
}

static void
test_new_key(void **state)
{
	struct recipe old_signs, new_signs, root, leaf;

	(void)state;
	begin();
	assert_int_equal(make_key(0), ERR_EXISTS);
	assert_int_equal(make_key(2), ERR_OK);
	/* One at a time, upwards. */
	assert_int_equal(make_key(3), ERR_DENIED);
	assert_int_equal(make_key(1), ERR_DENIED);
	root = ca_certificate(keys[1], keys[1]->spki);
	root.not_after = T1 + 200 * DAY;
	new_signs = ca_certificate(keys[1], keys[0]->spki);
	old_signs = ca_certificate(keys[0], keys[1]->spki);
	leaf = (struct recipe){ .key = keys[1],
		.not_before = T0 + 60 * DAY,
		.not_after = T1 + 10 * DAY };
	assert_int_equal(
	    sign_with(2, SIGN_CA_CERTIFICATE, &new_signs), ERR_POLICY);
	assert_int_equal(sign_with(2, SIGN_CERTIFICATE, &leaf), ERR_POLICY);
	/* Its first certificate is of this CA, not of another. */
	root.subject = root.issuer = "Other CA";
	assert_int_equal(sign_with(2, SIGN_CA_CERTIFICATE, &root), ERR_POLICY);
	root.subject = root.issuer = NULL;
	assert_int_equal(sign_with(2, SIGN_CA_CERTIFICATE, &root), ERR_OK);
	assert_int_equal(sign_with(2, SIGN_CERTIFICATE, &leaf), ERR_OK);
	assert_int_equal(sign_with(2, SIGN_CA_CERTIFICATE, &new_signs), ERR_OK);
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &old_signs), ERR_OK);
	/* A cross certificate ends with the one that signs it. */
	old_signs.not_after = T1 + 1;
	assert_int_equal(
	    sign_with(0, SIGN_CA_CERTIFICATE, &old_signs), ERR_POLICY);
	assert_int_equal(make_key(1), ERR_DENIED);
	assert_int_equal(make_key(3), ERR_OK);
	fixture_end(&world);
}

static enum err_code
install(uint32_t index, const struct recipe *r)
{
	struct sign_install ask = { .key_index = index };
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct sign_result result;

	ask.tbs = fixture_tbs(r, &b);
	if (sign_service_install(world.service, &ask, &result, &world.err) < 0)
		return world.err.code;
	assert_int_not_equal(result.log_sequence, 0);
	return result.err.code;
}

static void
test_subordinate(void **state)
{
	struct recipe r, leaf;

	(void)state;
	begin();
	/* A root stays one. */
	r = ca_certificate(keys[0], keys[0]->spki);
	r.issuer = "Root CA";
	assert_int_equal(install(0, &r), ERR_POLICY);
	fixture_end(&world);

	fixture_begin(&world);
	assert_int_equal(fixture_open(&world, true), 0);
	assert_int_equal(make_key(0), ERR_OK);
	assert_int_equal(fixture_open(&world, false), 0);
	look();
	r = ca_certificate(keys[0], keys[0]->spki);
	r.issuer = "Root CA";
	r.not_before = T0;
	assert_int_equal(install(0, &r), ERR_POLICY); /* no --init */
	assert_int_equal(fixture_open(&world, true), 0);
	look();
	r.key = keys[0];
	r.spki = fixture_subject_key();
	assert_int_equal(install(0, &r), ERR_POLICY);
	r.spki = keys[0]->spki;
	r.ca = false;
	assert_int_equal(install(0, &r), ERR_POLICY);
	r.ca = true;
	r.issuer = NULL; /* a root's */
	assert_int_equal(install(0, &r), ERR_POLICY);
	r.issuer = "Root CA";
	assert_int_equal(install(1, &r), ERR_NOT_FOUND);
	assert_int_equal(install(0, &r), ERR_OK);

	assert_int_equal(fixture_open(&world, false), 0);
	look();
	leaf = (struct recipe){ .key = keys[0] };
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &leaf), ERR_OK);
	/* It does not become a root, nor one of another name. */
	r = ca_certificate(keys[0], keys[0]->spki);
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.issuer = "Root CA";
	r.subject = "Other CA";
	assert_int_equal(install(0, &r), ERR_POLICY);
	r.subject = NULL;
	r.not_after = T1 + DAY;
	assert_int_equal(install(0, &r), ERR_OK);
	fixture_end(&world);
}

/* The one CA that was named when the signer was started. */
static void
test_guest(void **state)
{
	struct bytes spki = fixture_subject_key();
	struct recipe r;
	uint8_t hash[32];

	(void)state;
	begin();
	(void)SHA256(spki.p, spki.n, hash);
	world.guest = BYTES_OF(hash);
	assert_int_equal(fixture_open(&world, false), 0);
	look();
	r = ca_certificate(keys[0], spki);
	r.subject = "Sub CA";
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_OK);
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &r), ERR_POLICY);
	r.not_after = T1 + 1;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.not_after = T1;
	r.issuer = "Other CA";
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	/* Not as if it were this CA. */
	r.issuer = r.subject = NULL;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	/* Another key. */
	hash[0] ^= 1;
	r.subject = "Sub CA";
	assert_int_equal(fixture_open(&world, true), 0);
	look();
	r.key = keys[0];
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	fixture_end(&world);
}

/* Any other CA, within what this one may. path: 0 none, n a length of n - 1. */
static void
test_subordinates(void **state)
{
	struct recipe own, r;

	(void)state;
	begin();
	world.subordinates = true;
	assert_int_equal(fixture_open(&world, false), 0);
	look();
	r = ca_certificate(keys[0], fixture_subject_key());
	r.subject = "Sub CA";
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_OK);
	assert_int_equal(sign_with(0, SIGN_CERTIFICATE, &r), ERR_POLICY);
	r.no_lists = true;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.no_lists = false;
	r.cert_sign = false;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.cert_sign = true;
	r.subject = NULL;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.subject = "Sub CA";
	r.not_after = T1 + 1;
	assert_int_equal(sign_with(0, SIGN_CA_CERTIFICATE, &r), ERR_POLICY);
	r.not_after = T1;
	/* This CA renews with a limit: also after a start. */
	for (int limit = 2; limit >= 0; limit--) {
		own = ca_certificate(keys[0], keys[0]->spki);
		own.path = limit + 1;
		assert_int_equal(
		    sign_with(0, SIGN_CA_CERTIFICATE, &own), ERR_OK);
		for (int again = 0; again < 2; again++) {
			for (r.path = 0; r.path < 5; r.path++)
				assert_int_equal(
				    sign_with(0, SIGN_CA_CERTIFICATE, &r),
				    r.path > 0 && r.path - 1 < limit
					? ERR_OK
					: ERR_POLICY);
			assert_int_equal(fixture_open(&world, false), 0);
			look();
			r.key = keys[0];
		}
	}
	world.subordinates = false;
	fixture_end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign_keys_get_nothing),
		cmocka_unit_test(test_same_key),
		cmocka_unit_test(test_new_key),
		cmocka_unit_test(test_subordinate),
		cmocka_unit_test(test_guest),
		cmocka_unit_test(test_subordinates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
