/* Revocation lists: what they say (OpenSSL reads and verifies them), and what
 * is published when making one fails. */
#include "base/clock.h"
#include "crl_tools.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
lists_what_is_revoked(void **state)
{
	struct fixture *f = *state;
	uint64_t a, b, c, d;
	X509 *firm = crl_issue(f, &a), *held = crl_issue(f, &b),
	     *good = crl_issue(f, &c), *plain = crl_issue(f, &d);
	long before = crl_number(f);

	crl_revoke_as_officer(f, a, 1);
	crl_revoke_as_officer(f, b, 6);
	crl_revoke_as_officer(f, d, 0);
	assert_int_equal(crl_reason_of(f, firm), -1); /* not before the next */
	crl_must_publish(f);
	assert_true(crl_number(f) > before);
	assert_int_equal(crl_reason_of(f, firm), 1);
	assert_int_equal(crl_reason_of(f, held), 6);
	assert_int_equal(crl_reason_of(f, plain), 0);
	assert_int_equal(crl_reason_of(f, good), -1);
	crl_revoke_as_officer(f, b, 8);
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, held), -1);
	assert_int_equal(crl_reason_of(f, firm), 1);
	X509_free(firm);
	X509_free(held);
	X509_free(good);
	X509_free(plain);
}

static void
numbers_grow(void **state)
{
	struct fixture *f = *state;
	long last = crl_number(f);

	for (int i = 0; i < 5; i++) {
		long next;

		crl_must_publish(f);
		next = crl_number(f);
		assert_true(next > last);
		last = next;
	}
	fixture_stop(f);
	fixture_start(f);
	assert_true(crl_number(f) >= last);
	crl_must_publish(f);
	assert_true(crl_number(f) > last);
}

/* The page's copy is the published file. */
static void
served_as_published(void **state)
{
	struct fixture *f = *state;
	const struct rpc_crl_ask ask = { RPC_CRL_BASE, RPC_NEWEST };
	const struct rpc_crl *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	X509_CRL *crl = crl_first(f);
	uint8_t *der = NULL;
	int n = i2d_X509_CRL(crl, &der);

	assert_int_equal(rpc_do_CRL_GET(f->client, &ask, &msg, &r, &err), 0);
	assert_true(n > 0);
	assert_int_equal(r->der.n, n);
	assert_memory_equal(r->der.p, der, (size_t)n);
	assert_int_equal(r->number, crl_number_of(crl));
	OPENSSL_free(der);
	rpc_msg_free(msg);
}

static void
signer_down_leaves_the_old(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);
	struct err err = { 0 };

	fixture_signer_stop(f);
	assert_int_equal(crl_publish(f, &err), -1);
	assert_int_equal(crl_number(f), before);
	fixture_signer_start(f);
	while (crl_publish(f, &err) < 0)
		(void)usleep(10000);
	assert_true(crl_number(f) > before);
}

/* Something in the way of the new file, then of its name. */
static void
failure_leaves_the_old(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);
	struct err err = { 0 };
	char temp[256], path[256], aside[256];

	crl_path_of(f, "." CRL_NAME, temp);
	assert_int_equal(mkdir(temp, 0755), 0);
	assert_int_equal(crl_publish(f, &err), -1);
	assert_int_equal(crl_number(f), before);
	assert_int_equal(rmdir(temp), 0);

	crl_path_of(f, CRL_NAME, path);
	crl_path_of(f, "aside", aside);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(crl_publish(f, &err), -1);
	assert_true(access(temp, F_OK) < 0); /* nothing is left behind */
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(crl_number(f), before);
	crl_must_publish(f);
	assert_true(crl_number(f) > before);
}

/* A crash after the number was given, and one while the file was written. */
static void
goes_on_after_a_crash(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);
	char temp[256];
	FILE *file;

	fixture_stop(f);
	crl_sql(f,
	    "INSERT INTO crl (number, key_index, min_base, entries, "
	    "this_update, next_publish, next_update, flags, propagated, "
	    "delivered) "
	    "SELECT max(number) + 1, 0, 0, 0, 0, 0, 0, 1, 0, 0 FROM crl");
	crl_path_of(f, "." CRL_NAME, temp);
	file = fopen(temp, "w");
	assert_non_null(file);
	assert_true(fputs("half a list", file) >= 0);
	fclose(file);
	fixture_start(f);
	assert_int_equal(crl_number(f), before); /* the old one is whole */
	crl_must_publish(f);
	assert_int_equal(crl_number(f), before + 2);
}

static void
made_anew_when_due(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);

	fixture_stop(f);
	crl_sql(f, "UPDATE crl SET next_publish = 1");
	fixture_start(f);
	while (crl_number(f) == before)
		(void)usleep(10000);
	assert_true(crl_number(f) > before);
}

static void
made_anew_when_missing(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);
	char path[256];

	fixture_stop(f);
	crl_path_of(f, CRL_NAME, path);
	assert_int_equal(unlink(path), 0);
	fixture_start(f);
	assert_true(crl_number(f) > before);
}

/* RFC 5280 3.3: an entry stays until a list after its certificate's end had
 * it, however long the CA stood still in between. */
static void
expired_stays_for_one_more(void **state)
{
	struct fixture *f = *state;
	char text[256];
	int64_t now = clock_now();
	uint64_t id;
	X509 *cert = crl_issue(f, &id);

	crl_revoke_as_officer(f, id, 1);
	crl_must_publish(f);
	/* As if the newest list were 100 days old, and the end 50. */
	snprintf(text, sizeof(text),
	    "UPDATE crl SET this_update = %lld; "
	    "UPDATE request SET not_after = %lld WHERE disposition = 21",
	    (long long)now - 100 * 86400, (long long)now - 50 * 86400);
	crl_sql(f, text);
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, cert), 1);
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, cert), -1);
	X509_free(cert);
}

static void
times_overlap(void **state)
{
	struct fixture *f = *state;
	X509_CRL *crl = crl_first(f);
	int days, seconds;

	assert_int_equal(
	    ASN1_TIME_diff(&days, &seconds, X509_CRL_get0_lastUpdate(crl),
		X509_CRL_get0_nextUpdate(crl)),
	    1);
	assert_int_equal((int64_t)days * 86400 + seconds,
	    f->config.crl_period + f->config.crl_overlap +
		2 * f->config.clock_skew);
	assert_true(X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl)) < 0);
	X509_CRL_free(crl);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_what_is_revoked),
		TEST(numbers_grow),
		TEST(served_as_published),
		TEST(signer_down_leaves_the_old),
		TEST(failure_leaves_the_old),
		TEST(goes_on_after_a_crash),
		TEST(made_anew_when_due),
		TEST(made_anew_when_missing),
		TEST(expired_stays_for_one_more),
		TEST(times_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
