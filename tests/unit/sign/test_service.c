#include "../unit.h"
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

static void
test_every_kind_of_key(void **state)
{
	static const char *const kinds[] = { "p256", "p384", "p521", "rsa2048",
		"rsa3072", "ed25519" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		struct sign_item item = { .what = SIGN_CERTIFICATE };
		const struct sign_key *keys[SIGN_KEYS_MAX];
		AUTO_BUF b = BUF_WITH_LIMIT(8192);
		struct sign_result result;
		struct fixture f;

		fixture_ca(&f, kinds[i]);
		/* Once from memory, once from the file. */
		assert_int_equal(fixture_open(&f, false), 0);
		assert_int_equal(sign_service_keys(f.service, keys), 1);
		assert_string_equal(keys[0]->kind->word, kinds[i]);
		item.tbs = fixture_tbs(&(struct recipe){ .key = keys[0] }, &b);
		assert_int_equal(fixture_sign(&f, &item, &result), ERR_OK);
		assert_true(fixture_verify(keys[0], item.tbs,
		    bytes_of(result.signature, result.signature_n)));
		result.signature[result.signature_n - 1] ^= 1;
		assert_false(fixture_verify(keys[0], item.tbs,
		    bytes_of(result.signature, result.signature_n)));
		fixture_end(&f);
	}
}

/* 256 different certificates, some of them refused: each answer belongs to
 * its question. */
static void
test_order_in_a_batch(void **state)
{
	static uint8_t serials[SIGN_BATCH_MAX][4];
	static struct buf bufs[SIGN_BATCH_MAX];
	static struct sign_item items[SIGN_BATCH_MAX];
	static struct sign_result results[SIGN_BATCH_MAX];
	const struct sign_key *keys[SIGN_KEYS_MAX];
	struct sign_ask ask = { .items = items, .item_count = SIGN_BATCH_MAX };
	struct fixture f;
	size_t i;

	(void)state;
	fixture_ca(&f, "p256");
	assert_int_equal(sign_service_keys(f.service, keys), 1);
	for (i = 0; i < SIGN_BATCH_MAX; i++) {
		struct recipe r = { .key = keys[0] };

		serials[i][0] = 0x40;
		serials[i][3] = (uint8_t)i;
		r.serial = BYTES_OF(serials[i]);
		r.ca = i % 10 == 3;
		bufs[i] = BUF_WITH_LIMIT(8192);
		items[i] = (struct sign_item){ .what = SIGN_CERTIFICATE,
			.tbs = fixture_tbs(&r, &bufs[i]) };
	}
	assert_int_equal(
	    sign_service_sign(f.service, &ask, results, &f.err), 0);
	for (i = 0; i < SIGN_BATCH_MAX; i++) {
		assert_int_equal(results[i].log_sequence, 3 + i);
		assert_int_equal(
		    results[i].err.code, i % 10 == 3 ? ERR_POLICY : ERR_OK);
		if (i % 10 != 3)
			assert_true(fixture_verify(keys[0], items[i].tbs,
			    bytes_of(
				results[i].signature, results[i].signature_n)));
		buf_clear(&bufs[i]);
	}
	ask.item_count = 0;
	assert_int_equal(
	    sign_service_sign(f.service, &ask, results, &f.err), -1);
	ask.item_count = SIGN_BATCH_MAX + 1;
	assert_int_equal(
	    sign_service_sign(f.service, &ask, results, &f.err), -1);
	fixture_end(&f);
}

static struct fixture shared;

static void *
sign_many(void *arg)
{
	const struct sign_key *keys[SIGN_KEYS_MAX];
	struct sign_item item = { .what = SIGN_CERTIFICATE };
	const struct sign_ask ask = { .items = &item, .item_count = 1 };
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct sign_result result;
	uintptr_t good = 0;
	int i;

	(void)arg;
	(void)sign_service_keys(shared.service, keys);
	item.tbs = fixture_tbs(&(struct recipe){ .key = keys[0] }, &b);
	for (i = 0; i < 20; i++)
		if (sign_service_sign(shared.service, &ask, &result, NULL) ==
			0 &&
		    fixture_verify(keys[0], item.tbs,
			bytes_of(result.signature, result.signature_n)))
			good++;
	return (void *)good;
}

static void
test_many_threads(void **state)
{
	uint8_t hash[SIGN_HASH_SIZE];
	pthread_t threads[4];
	void *good;
	size_t i;

	(void)state;
	fixture_ca(&shared, "rsa2048");
	(void)fixture_subject_key();
	for (i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, sign_many, NULL), 0);
	for (i = 0; i < ARRAY_LEN(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_int_equal((uintptr_t)good, 20);
	}
	assert_int_equal(
	    sign_log_head(sign_service_log(shared.service), hash), 82);
	assert_int_equal(fixture_open(&shared, false), 0);
	fixture_end(&shared);
}

static void
test_who_may_look_at_a_key(void **state)
{
	struct fixture f;
	char path[120];

	(void)state;
	fixture_ca(&f, "p256");
	(void)snprintf(path, sizeof(path), "%s/0.key", f.keys);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(fixture_open(&f, false), -1);
	assert_int_equal(f.err.code, ERR_DENIED);
	assert_non_null(strstr(f.err.text, "0640"));
	assert_int_equal(chmod(path, 0600), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 1, 1), 0);
		assert_int_equal(fixture_open(&f, false), -1);
		assert_int_equal(f.err.code, ERR_DENIED);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	assert_int_equal(chmod(f.keys, 0750), 0);
	assert_int_equal(fixture_open(&f, false), -1);
	assert_int_equal(f.err.code, ERR_DENIED);
	assert_int_equal(chmod(f.keys, 0700), 0);
	assert_int_equal(chmod(f.log, 0644), 0);
	assert_int_equal(fixture_open(&f, false), -1);
	assert_int_equal(f.err.code, ERR_DENIED);
	assert_int_equal(chmod(f.log, 0600), 0);
	assert_int_equal(fixture_open(&f, false), 0);
	fixture_end(&f);
}

static void
test_bad_key_files(void **state)
{
	struct fixture f, other;
	char path[120], theirs[120];
	int fd;

	(void)state;
	fixture_ca(&f, "p256");
	fixture_ca(&other, "p256");
	fixture_close(&f);
	/* Another key under the CA's certificate. */
	(void)snprintf(path, sizeof(path), "%s/0.key", f.keys);
	(void)snprintf(theirs, sizeof(theirs), "%s/0.key", other.keys);
	assert_int_equal(rename(theirs, path), 0);
	assert_int_equal(fixture_open(&f, false), -1);
	assert_int_equal(f.err.code, ERR_BAD_DATA);
	/* No key at all. */
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "nonsense\n", 9), 9);
	(void)close(fd);
	assert_int_equal(fixture_open(&f, false), -1);
	assert_int_equal(f.err.code, ERR_BAD_DATA);
	/* A link. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(fixture_open(&f, false), -1);
	fixture_end(&other);
	fixture_end(&f);
}

static void
test_keys_are_made_once(void **state)
{
	const struct sign_key *made;
	struct fixture f;

	(void)state;
	fixture_ca(&f, "p256");
	assert_int_equal(
	    sign_service_make_key(f.service, 0, "p256", &made, &f.err), -1);
	assert_int_equal(f.err.code, ERR_EXISTS);
	assert_int_equal(
	    sign_service_make_key(f.service, 1, "dsa", &made, &f.err), -1);
	assert_int_equal(f.err.code, ERR_INVALID);
	assert_int_equal(sign_service_make_key(
			     f.service, SIGN_KEYS_MAX, "p256", &made, &f.err),
	    -1);
	assert_int_equal(
	    sign_service_make_key(f.service, 3, "p384", &made, &f.err), 0);
	assert_int_equal(made->index, 3);
	/* Only one signer at a time. */
	{
		const struct sign_service_options o = {
			.keys = f.keys, .log = f.log, .threads = 1
		};
		struct sign_service *second;

		assert_int_equal(sign_service_open(&o, &second, &f.err), -1);
		assert_non_null(strstr(f.err.text, "another signer"));
	}
	fixture_end(&f);
}

static void
test_keys_without_their_log(void **state)
{
	struct fixture f;

	(void)state;
	fixture_ca(&f, "p256");
	fixture_close(&f);
	assert_int_equal(unlink(f.log), 0);
	assert_int_equal(fixture_open(&f, false), -1);
	assert_int_equal(fixture_open(&f, true), -1);
	assert_int_equal(f.err.code, ERR_CORRUPT);
	fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_key),
		cmocka_unit_test(test_order_in_a_batch),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_who_may_look_at_a_key),
		cmocka_unit_test(test_bad_key_files),
		cmocka_unit_test(test_keys_are_made_once),
		cmocka_unit_test(test_keys_without_their_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
