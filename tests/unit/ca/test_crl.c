/* Revocation lists: what they say (OpenSSL reads and verifies them), and what
 * is published when making one fails. */
#include "../pki/make.h"
#include "base/clock.h"
#include "base/str.h"
#include "fixture.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "Test CA.crl"

static void
sql(struct fixture *f, const char *text)
{
	char *why = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(
	    sqlite3_open(f->database + strlen("sqlite:"), &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	assert_true(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

static int
publish(struct fixture *f, struct err *err)
{
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	const struct rpc_crl_list *list = NULL;
	const struct rpc_nothing nothing = { 0 };
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	int rc;

	assert_int_equal(rpc_client_new(&o, &c, err), 0);
	rc = rpc_do_CRL_PUBLISH(c, &nothing, &msg, &list, err);
	if (rc == 0) {
		assert_true(list->row_count > 0);
		assert_string_equal(list->rows[0].status, "published");
		assert_string_equal(list->rows[0].file, FILE_NAME);
	}
	rpc_msg_free(msg);
	rpc_client_free(c);
	return rc;
}

static void
must_publish(struct fixture *f)
{
	struct err err = { 0 };

	if (publish(f, &err) < 0)
		fail_msg("%s", err.text);
}

static void
path_of(struct fixture *f, const char *name, char dst[256])
{
	snprintf(dst, 256, "%s/%s", f->publish, name);
}

/* The published file, verified; NULL when there is none. */
static X509_CRL *
published(struct fixture *f)
{
	X509 *root = fixture_root(f);
	char path[256];
	X509_CRL *crl;
	FILE *file;

	path_of(f, FILE_NAME, path);
	file = fopen(path, "r");
	if (!file) {
		X509_free(root);
		return NULL;
	}
	crl = d2i_X509_CRL_fp(file, NULL);
	fclose(file);
	assert_non_null(crl);
	assert_int_equal(X509_CRL_verify(crl, X509_get0_pubkey(root)), 1);
	X509_free(root);
	return crl;
}

/* Waits for the start's own list. */
static X509_CRL *
first(struct fixture *f)
{
	X509_CRL *crl;

	while (!(crl = published(f)))
		(void)usleep(10000);
	return crl;
}

static long
number_of(X509_CRL *take)
{
	ASN1_INTEGER *n =
	    X509_CRL_get_ext_d2i(take, NID_crl_number, NULL, NULL);
	long number;

	assert_non_null(n);
	number = ASN1_INTEGER_get(n);
	ASN1_INTEGER_free(n);
	X509_CRL_free(take);
	return number;
}

static long
number(struct fixture *f)
{
	return number_of(first(f));
}

static X509 *
issue(struct fixture *f, uint64_t *ret_id)
{
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, issued;

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(
	    fixture_decide(f, "officer", r.id, RPC_DECISION_ISSUE, &issued), 0);
	*ret_id = r.id;
	return issued.cert;
}

static void
revoke_as_officer(struct fixture *f, uint64_t id, uint32_t reason)
{
	struct rpc_revoke ask = { .id = id, .reason = reason, .comment = "" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, "officer");
	if (rpc_do_REVOKE(f->client, &ask, &msg, &r, &err) < 0)
		fail_msg("%s", err.text);
	rpc_msg_free(msg);
}

/* -1: not listed; else the reason, 0 without one. */
static long
reason_of(struct fixture *f, X509 *cert)
{
	X509_CRL *crl = first(f);
	X509_REVOKED *entry = NULL;
	ASN1_ENUMERATED *e;
	long reason = -1;

	if (X509_CRL_get0_by_cert(crl, &entry, cert) > 0) {
		e = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
		reason = e ? ASN1_ENUMERATED_get(e) : 0;
		ASN1_ENUMERATED_free(e);
	}
	X509_CRL_free(crl);
	return reason;
}

static void
lists_what_is_revoked(void **state)
{
	struct fixture *f = *state;
	uint64_t a, b, c, d;
	X509 *firm = issue(f, &a), *held = issue(f, &b), *good = issue(f, &c),
	     *plain = issue(f, &d);
	long before = number(f);

	revoke_as_officer(f, a, 1);
	revoke_as_officer(f, b, 6);
	revoke_as_officer(f, d, 0);
	assert_int_equal(reason_of(f, firm), -1); /* not before the next */
	must_publish(f);
	assert_true(number(f) > before);
	assert_int_equal(reason_of(f, firm), 1);
	assert_int_equal(reason_of(f, held), 6);
	assert_int_equal(reason_of(f, plain), 0);
	assert_int_equal(reason_of(f, good), -1);
	revoke_as_officer(f, b, 8);
	must_publish(f);
	assert_int_equal(reason_of(f, held), -1);
	assert_int_equal(reason_of(f, firm), 1);
	X509_free(firm);
	X509_free(held);
	X509_free(good);
	X509_free(plain);
}

static void
numbers_grow(void **state)
{
	struct fixture *f = *state;
	long last = number(f);

	for (int i = 0; i < 5; i++) {
		long next;

		must_publish(f);
		next = number(f);
		assert_true(next > last);
		last = next;
	}
	fixture_stop(f);
	fixture_start(f);
	assert_true(number(f) >= last);
	must_publish(f);
	assert_true(number(f) > last);
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
	X509_CRL *crl = first(f);
	uint8_t *der = NULL;
	int n = i2d_X509_CRL(crl, &der);

	assert_int_equal(rpc_do_CRL_GET(f->client, &ask, &msg, &r, &err), 0);
	assert_true(n > 0);
	assert_int_equal(r->der.n, n);
	assert_memory_equal(r->der.p, der, (size_t)n);
	assert_int_equal(r->number, number_of(crl));
	OPENSSL_free(der);
	rpc_msg_free(msg);
}

static void
signer_down_leaves_the_old(void **state)
{
	struct fixture *f = *state;
	long before = number(f);
	struct err err = { 0 };

	fixture_signer_stop(f);
	assert_int_equal(publish(f, &err), -1);
	assert_int_equal(number(f), before);
	fixture_signer_start(f);
	while (publish(f, &err) < 0)
		(void)usleep(10000);
	assert_true(number(f) > before + 1); /* the failed one's is unused */
}

/* Something in the way of the new file, then of its name. */
static void
failure_leaves_the_old(void **state)
{
	struct fixture *f = *state;
	long before = number(f);
	struct err err = { 0 };
	char temp[256], path[256], aside[256];

	path_of(f, "." FILE_NAME, temp);
	assert_int_equal(mkdir(temp, 0755), 0);
	assert_int_equal(publish(f, &err), -1);
	assert_int_equal(number(f), before);
	assert_int_equal(rmdir(temp), 0);

	path_of(f, FILE_NAME, path);
	path_of(f, "aside", aside);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(publish(f, &err), -1);
	assert_true(access(temp, F_OK) < 0); /* nothing is left behind */
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(number(f), before);
	must_publish(f);
	assert_true(number(f) > before);
}

/* A crash after the number was given, and one while the file was written. */
static void
goes_on_after_a_crash(void **state)
{
	struct fixture *f = *state;
	long before = number(f);
	char temp[256];
	FILE *file;

	fixture_stop(f);
	sql(f, "INSERT INTO crl (number, key_index, min_base, entries, "
	       "this_update, next_publish, next_update) "
	       "VALUES (NULL, 0, 0, 0, 0, 0, 0)");
	path_of(f, "." FILE_NAME, temp);
	file = fopen(temp, "w");
	assert_non_null(file);
	assert_true(fputs("half a list", file) >= 0);
	fclose(file);
	fixture_start(f);
	assert_int_equal(number(f), before); /* the old one is whole */
	must_publish(f);
	assert_int_equal(number(f), before + 2);
}

static void
made_anew_when_due(void **state)
{
	struct fixture *f = *state;
	long before = number(f);

	fixture_stop(f);
	sql(f, "UPDATE crl SET next_publish = 1");
	fixture_start(f);
	while (number(f) == before)
		(void)usleep(10000);
	assert_true(number(f) > before);
}

static void
made_anew_when_missing(void **state)
{
	struct fixture *f = *state;
	long before = number(f);
	char path[256];

	fixture_stop(f);
	path_of(f, FILE_NAME, path);
	assert_int_equal(unlink(path), 0);
	fixture_start(f);
	assert_true(number(f) > before);
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
	X509 *cert = issue(f, &id);

	revoke_as_officer(f, id, 1);
	must_publish(f);
	/* As if the newest list were 100 days old, and the end 50. */
	snprintf(text, sizeof(text),
	    "UPDATE crl SET this_update = %lld; "
	    "UPDATE request SET not_after = %lld WHERE disposition = 21",
	    (long long)now - 100 * 86400, (long long)now - 50 * 86400);
	sql(f, text);
	must_publish(f);
	assert_int_equal(reason_of(f, cert), 1);
	must_publish(f);
	assert_int_equal(reason_of(f, cert), -1);
	X509_free(cert);
}

static void
times_overlap(void **state)
{
	struct fixture *f = *state;
	X509_CRL *crl = first(f);
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
