/* What no list may do: go back, lose an entry, change its name. And where the
 * numbers go on when the database is older than the world. */
#include "base/clock.h"
#include "crl_tools.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
copy_files(struct fixture *f, bool back)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	const char *db = f->database + strlen("sqlite:");
	char one[256], two[256], command[1200];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(one, sizeof(one), "%s%s", db, ends[i]);
		snprintf(two, sizeof(two), "%s.kept%s", db, ends[i]);
		snprintf(command, sizeof(command),
		    "rm -f '%s'; test ! -e '%s' || cp '%s' '%s'",
		    back ? one : two, back ? two : one, back ? two : one,
		    back ? one : two);
		assert_int_equal(system(command), 0); /* NOLINT */
	}
}

/* The database of now, to be put back later. */
static void
copy(struct fixture *f, bool back)
{
	fixture_stop(f);
	copy_files(f, back);
	fixture_start(f);
}

static void
database_put_back_loses_no_entry(void **state)
{
	struct fixture *f = *state;
	uint64_t a, b;
	X509 *kept = crl_issue(f, &a), *lost = crl_issue(f, &b);
	long before;

	crl_revoke_as_officer(f, a, 1);
	crl_must_publish(f);
	copy(f, false);
	crl_revoke_as_officer(f, b, 4);
	crl_must_publish(f);
	before = crl_number(f);
	copy(f, true);
	crl_must_fail(f, "would not, and no release is recorded");
	assert_int_equal(crl_number(f), before);
	assert_int_equal(crl_reason_of(f, lost), 4);
	/* The way out: revoke it again. */
	crl_revoke_as_officer(f, b, 4);
	crl_must_publish(f);
	assert_true(crl_number(f) > before);
	assert_int_equal(crl_reason_of(f, lost), 4);
	assert_int_equal(crl_reason_of(f, kept), 1);
	X509_free(kept);
	X509_free(lost);
}

/* A release that was recorded before the entry came does not excuse it. */
static void
an_older_release_is_no_excuse(void **state)
{
	struct fixture *f = *state;
	uint64_t id;
	X509 *cert = crl_issue(f, &id);

	crl_revoke_as_officer(f, id, 6);
	crl_must_publish(f);
	crl_revoke_as_officer(f, id, 8);
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, cert), -1);
	crl_sql(f, "UPDATE request SET revoked_when = revoked_when - 7200 "
		   "WHERE revoked_when > 0");
	copy(f, false);
	crl_revoke_as_officer(f, id, 1);
	crl_must_publish(f);
	copy(f, true);
	crl_must_fail(f, "no release is recorded");
	assert_int_equal(crl_reason_of(f, cert), 1);
	X509_free(cert);
}

static void
row_that_is_gone_is_missed(void **state)
{
	struct fixture *f = *state;
	uint64_t id;
	X509 *cert = crl_issue(f, &id);

	crl_revoke_as_officer(f, id, 1);
	crl_must_publish(f);
	crl_sql(f, "UPDATE request SET serial = x'01' WHERE disposition = 21");
	crl_must_fail(f, "no release is recorded");
	assert_int_equal(crl_reason_of(f, cert), 1);
	X509_free(cert);
}

static void
another_name_is_refused(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);
	char path[256];
	uint64_t id;

	X509_free(crl_issue(f, &id));
	fixture_stop(f);
	f->config.name = "Best CA";
	fixture_start(f);
	crl_must_fail(f, "was published as Test CA.crl");
	/* Also when the database does not remember a list. */
	crl_sql(f, "UPDATE crl SET status = 'forgotten'");
	crl_must_fail(f, "under another name than Best CA.crl");
	crl_path_of(f, "Best CA.crl", path);
	assert_true(access(path, F_OK) < 0);
	fixture_stop(f);
	f->config.name = "Test CA";
	fixture_start(f);
	assert_true(crl_number(f) >= before);
}

static void
numbers_go_on_above_the_signers(void **state)
{
	struct fixture *f = *state;

	(void)crl_number(f);
	fixture_signer_says(f, 4711);
	crl_must_publish(f);
	assert_int_equal(crl_number(f), 4712);
}

static void
numbers_go_on_above_the_published_one(void **state)
{
	struct fixture *f = *state;

	(void)crl_number(f);
	copy(f, false);
	for (int i = 0; i < 5; i++)
		crl_must_publish(f);
	assert_int_equal(crl_number(f), 6);
	copy(f, true);
	crl_must_publish(f);
	assert_int_equal(crl_number(f), 7);
}

/* While this list is signed, another process publishes one. */
static void
put_newer(void *ctx)
{
	struct fixture *f = ctx;
	char newer[256], path[256], command[600];

	crl_path_of(f, "newer", newer);
	crl_path_of(f, CRL_NAME, path);
	snprintf(command, sizeof(command), "cp '%s' '%s'", newer, path);
	assert_int_equal(system(command), 0); /* NOLINT */
}

static void
a_number_that_was_overtaken_is_refused(void **state)
{
	struct fixture *f = *state;
	char newer[256], path[256], command[600];

	(void)crl_number(f);
	copy(f, false);
	for (int i = 0; i < 5; i++)
		crl_must_publish(f);
	crl_path_of(f, "newer", newer);
	crl_path_of(f, CRL_NAME, path);
	snprintf(command, sizeof(command), "mv '%s' '%s'", path, newer);
	fixture_stop(f); /* or the schedule misses the file: number 7 */
	assert_int_equal(system(command), 0); /* NOLINT */
	copy_files(f, true);
	fixture_start(f); /* makes number 2, for the file is missing */
	assert_int_equal(crl_number(f), 2);
	fixture_signer_before_crl(f, put_newer, f);
	crl_must_fail(f, "already has number 6");
	assert_int_equal(crl_number(f), 6);
	fixture_signer_before_crl(f, NULL, NULL);
	crl_must_publish(f);
	assert_int_equal(crl_number(f), 7);
}

/* Whoever can write into the folder cannot stop revocation. */
static void
a_foreign_file_stops_nothing(void **state)
{
	struct fixture *f = *state;
	long before = crl_number(f);
	char path[256];
	FILE *file;

	crl_path_of(f, CRL_NAME, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("not a list", file) >= 0);
	fclose(file);
	crl_must_publish(f);
	assert_true(crl_number(f) > before);
}

/* --- what STATUS says ----------------------------------------------------- */

static bool
health_says(struct fixture *f, bool bad, const char *part)
{
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	const struct rpc_status *s = NULL;
	const struct rpc_nothing nothing = { 0 };
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	bool found = false;

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	assert_int_equal(rpc_do_STATUS(c, &nothing, &msg, &s, &err), 0);
	for (size_t i = 0; i < s->health_count; i++)
		found |= s->health[i].bad == bad &&
			 strstr(s->health[i].text, part) != NULL;
	rpc_msg_free(msg);
	rpc_client_free(c);
	return found;
}

static void
status_says_how_long_a_list_is_good(void **state)
{
	struct fixture *f = *state;
	char text[256];

	while (!health_says(f, false,
	    "expires in 7 days 12 hours; the next one is made in 6 days 23"))
		(void)usleep(10000);
	fixture_signer_stop(f); /* no new one comes */
	snprintf(text, sizeof(text),
	    "UPDATE crl SET next_publish = %lld, next_update = %lld",
	    (long long)clock_now() - 3 * 3600 - 5,
	    (long long)clock_now() + 3600 + 65);
	crl_sql(f, text);
	assert_true(health_says(f, true,
	    "expires in 1 hour 1 minute; the next one is 3 hours late"));
	snprintf(text, sizeof(text), "UPDATE crl SET next_update = %lld",
	    (long long)clock_now() - 86400);
	crl_sql(f, text);
	assert_true(health_says(f, true, "expired 1 day ago"));
}

static void
status_says_that_publishing_failed(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	(void)crl_number(f);
	fixture_signer_stop(f);
	crl_sql(f, "UPDATE crl SET next_publish = 1");
	/* The schedule finds out by itself. */
	while (!health_says(f, true, "Publishing failed"))
		(void)usleep(50000);
	assert_true(health_says(f, true, "It is tried again in"));
	fixture_signer_start(f);
	while (crl_publish(f, &err) < 0)
		(void)usleep(10000);
	assert_false(health_says(f, true, "Publishing failed"));
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(database_put_back_loses_no_entry),
		TEST(an_older_release_is_no_excuse),
		TEST(row_that_is_gone_is_missed),
		TEST(another_name_is_refused),
		TEST(numbers_go_on_above_the_signers),
		TEST(numbers_go_on_above_the_published_one),
		TEST(a_number_that_was_overtaken_is_refused),
		TEST(a_foreign_file_stops_nothing),
		TEST(status_says_how_long_a_list_is_good),
		TEST(status_says_that_publishing_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
