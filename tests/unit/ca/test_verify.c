/* AUDIT_VERIFY with the real signer: what is edited, removed, moved or cut
 * off on either side is found, and what is in order is not. The database is
 * changed behind the CA's back, through SQLite. */
#include "../../../src/bin/sign/serve.h"
#include "../pki/make.h"
#include "base/clock.h"
#include "base/str.h"
#include "ca/crl.h"
#include "fixture.h"
#include "sign/service.h"

#include <openssl/x509.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	struct fixture *f;
	char keys[FIXTURE_PATH_MAX], log[FIXTURE_PATH_MAX];
	struct sign_service *service;
	struct rpc_sign_server *signer;
	struct rpc_client *auditor;
	uint64_t id;      /* of an issued request */
	char found[8192]; /* the findings, one a line */
	struct rpc_audit_report report;
};

static void
signer_up(struct world *w)
{
	const struct sign_service_options o = {
		.keys = w->keys, .log = w->log, .init = true, .threads = 2
	};
	struct err err = { 0 };

	if (sign_service_open(&o, &w->service, &err) < 0 ||
	    rpc_sign_server_start(
		&(struct rpc_sign_listener){ .path = w->f->sign, .mode = 0600 },
		&sign_serve_ops, w->service, &w->signer, &err) < 0)
		fail_msg("%s", err.text);
}

static void
signer_down(struct world *w)
{
	rpc_sign_server_stop(w->signer);
	sign_service_close(w->service);
}

static void
issue_one(struct world *w)
{
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, issued;

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(w->f, "alice", buf_bytes(&csr), "", &r), 0);
	if (fixture_decide(w->f, "officer", r.id, RPC_DECISION_ISSUE, &issued) <
	    0)
		fail_msg("%s", issued.err.text);
	X509_free(issued.cert);
	w->id = r.id;
}

static int
setup(void **state)
{
	static struct world world;
	struct world *w = &world;

	*w = (struct world){ 0 };
	if (fixture_setup_stopped((void **)&w->f) < 0)
		return -1;
	fixture_signer_stop(w->f);
	snprintf(w->keys, sizeof(w->keys), "%s/keys", w->f->folder);
	snprintf(w->log, sizeof(w->log), "%s/sign.log", w->f->folder);
	assert_int_equal(mkdir(w->keys, 0700), 0);
	signer_up(w);
	fixture_start(w->f);
	issue_one(w);
	issue_one(w);
	issue_one(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	fixture_stop(w->f);
	signer_down(w);
	return fixture_teardown((void **)&w->f);
}

/* As the auditor: is all well? */
static bool
verify(struct world *w)
{
	const struct rpc_client_options o = { .path = w->f->admin,
		.as = "auditor" };
	const struct rpc_audit_report *r = NULL;
	const struct rpc_nothing nothing = { 0 };
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	size_t at = 0;

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	/* After a lost connection there is a pause before the next attempt. */
	while (rpc_do_AUDIT_VERIFY(c, &nothing, &msg, &r, &err) < 0) {
		if (err.code != ERR_UNAVAILABLE && err.code != ERR_LOST)
			fail_msg("%s", err.text);
		(void)usleep(10000);
	}
	w->report = *r;
	w->found[0] = 0;
	for (size_t i = 0; i < r->finding_count && at < 7000; i++)
		at += (size_t)snprintf(w->found + at, sizeof(w->found) - at,
		    "%s%s\n", r->findings[i].bad ? "BAD " : "",
		    r->findings[i].text);
	rpc_msg_free(msg);
	rpc_client_free(c);
	return w->report.good;
}

static void
expect(struct world *w, bool good, const char *part)
{
	if (verify(w) != good || !strstr(w->found, part))
		fail_msg("expected %s and \"%s\", got %s:\n%s",
		    good ? "good" : "bad", part,
		    w->report.good ? "good" : "bad", w->found);
}

static void
sql(struct world *w, const char *text)
{
	char *why = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(
	    sqlite3_open(w->f->database + strlen("sqlite:"), &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	assert_true(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

static void
revoke_as_officer(struct world *w, uint64_t id, uint32_t reason)
{
	struct rpc_revoke ask = { .id = id, .reason = reason, .comment = "" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, "officer");
	if (rpc_do_REVOKE(w->f->client, &ask, &msg, &r, &err) < 0)
		fail_msg("%s", err.text);
	rpc_msg_free(msg);
}

static void
what_is_in_order_is_good(void **state)
{
	struct world *w = *state;

	revoke_as_officer(w, w->id, 6);
	revoke_as_officer(w, w->id, 8);
	revoke_as_officer(w, w->id - 1, 1);
	expect(w, true, "cannot vouch for them yet");
	assert_true(w->report.records > 8);
	assert_true(w->report.signatures >= 5);
	assert_true(w->report.checkpoint > 0);
	/* Also after a restart of both. */
	fixture_stop(w->f);
	signer_down(w);
	signer_up(w);
	fixture_start(w->f);
	issue_one(w);
	expect(w, true, "");
	assert_null(strstr(w->found, "never released"));
}

static void
edited_record(void **state)
{
	struct world *w = *state;

	sql(w, "UPDATE audit SET actor = 'somebody' WHERE event = 'issue'");
	expect(w, false, "was edited");
}

static void
removed_record(void **state)
{
	struct world *w = *state;

	sql(w, "DELETE FROM audit WHERE sequence = "
	       "(SELECT min(sequence) FROM audit WHERE event = 'issue')");
	expect(w, false, "is missing");
	assert_non_null(strstr(w->found, "does not continue"));
}

static void
moved_records(void **state)
{
	struct world *w = *state;

	sql(w, "UPDATE audit SET sequence = 1000000 WHERE sequence = 3;"
	       "UPDATE audit SET sequence = 3 WHERE sequence = 4;"
	       "UPDATE audit SET sequence = 4 WHERE sequence = 1000000;");
	expect(w, false, "does not continue");
}

static void
cut_off_records(void **state)
{
	struct world *w = *state;

	sql(w, "DELETE FROM audit WHERE sequence >= 4");
	expect(w, false, "its end was cut off");
}

/* Cut off, and the CA was started again: new records stand in the place of
 * those that the signer has seen. */
static void
cut_off_and_continued(void **state)
{
	struct world *w = *state;

	fixture_stop(w->f);
	sql(w, "DELETE FROM audit WHERE sequence >= 4");
	fixture_start(w->f);
	issue_one(w);
	issue_one(w);
	issue_one(w);
	expect(w, false, "is not the one that the signer saw");
}

static void
all_records_gone(void **state)
{
	struct world *w = *state;

	sql(w, "DELETE FROM audit");
	expect(w, false, "its end was cut off");
}

static void
edited_certificate(void **state)
{
	struct world *w = *state;

	sql(w, "UPDATE request SET cert = (SELECT cert FROM request "
	       "WHERE id = (SELECT max(id) FROM request)) "
	       "WHERE id = (SELECT min(id) FROM request WHERE cert NOT NULL)");
	expect(w, false, "is not the one that was signed");
}

static void
removed_row(void **state)
{
	struct world *w = *state;

	sql(w, "PRAGMA foreign_keys = OFF;"
	       "DELETE FROM request WHERE id = (SELECT max(id) FROM request)");
	expect(w, false, "its row is gone");
}

/* What a thief of a key would like best. */
static void
revocation_undone(void **state)
{
	struct world *w = *state;

	revoke_as_officer(w, w->id, 1);
	expect(w, true, "");
	sql(w, "UPDATE request SET disposition = 20 WHERE disposition = 21");
	expect(w, false, "is issued in the database, but revoked by the audit");
}

static void
revocation_invented(void **state)
{
	struct world *w = *state;

	sql(w, "UPDATE request SET disposition = 21, revoked_reason = 1 "
	       "WHERE id = (SELECT max(id) FROM request)");
	expect(w, false, "is revoked in the database, but issued by the audit");
}

/* An earlier end takes a revoked certificate off the CRL. */
static void
end_edited(void **state)
{
	struct world *w = *state;

	sql(w, "UPDATE request SET not_after = 1 WHERE disposition = 20");
	expect(w, false, "is not the one that was signed");
}

static void
signers_log_cut(void **state)
{
	struct world *w = *state;
	char text[65536];
	size_t n, lines = 0;
	FILE *file;

	fixture_stop(w->f);
	signer_down(w);
	file = fopen(w->log, "r+");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text), file);
	while (n > 0 && (text[n - 1] != '\n' || ++lines < 4))
		n--;
	assert_int_equal(ftruncate(fileno(file), (off_t)n), 0);
	fclose(file);
	signer_up(w);
	fixture_start(w->f);
	expect(w, false, "the signer never made");
}

/* Two officers at once, a full disk: a signature without a row. It is a
 * remark while it is new, and again when the start has noted it. */
static void
signature_without_a_row(void **state)
{
	struct world *w = *state;

	fixture_stop(w->f);
	/* As if the last transaction had never happened. */
	sql(w,
	    "DELETE FROM audit WHERE sequence = "
	    "(SELECT max(sequence) FROM audit WHERE event = 'issue');"
	    "DELETE FROM audit WHERE sequence > (SELECT max(sequence) "
	    "FROM audit WHERE event = 'submit');"
	    "UPDATE request SET disposition = 9, serial = NULL, cert = NULL "
	    "WHERE id = (SELECT max(id) FROM request);"
	    "UPDATE request_count SET rows = rows - 1 WHERE disposition = 20;"
	    "UPDATE request_count SET rows = rows + 1 WHERE disposition = 9;"
	    "UPDATE setting SET value = '0' WHERE name = 'signer-reconciled'");
	fixture_start(w->f);
	expect(w, true, "1 signatures were never released");
	/* Once only. */
	fixture_stop(w->f);
	fixture_start(w->f);
	expect(w, true, "1 signatures were never released");
	fixture_stop(w->f);
	fixture_start(w->f);
}

/* A CRL that failed before it was signed is no reason for alarm. */
static void
failed_crl_is_no_alarm(void **state)
{
	struct world *w = *state;
	const struct rpc_client_options o = { .path = w->f->admin,
		.as = "admin" };
	const struct rpc_crl_list *list = NULL;
	const struct rpc_nothing nothing = { 0 };
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	signer_down(w);
	assert_int_equal(
	    rpc_do_CRL_PUBLISH(c, &nothing, &msg, &list, &err), -1);
	signer_up(w);
	expect(w, true, "");
	rpc_client_free(c);
}

/* The signer signs no digests, so it sees a long list whole: 10,000 entries
 * are more than a certificate may have. */
static void
long_list_is_signed(void **state)
{
	struct world *w = *state;
	const struct rpc_client_options o = { .path = w->f->admin,
		.as = "admin" };
	const struct rpc_crl_list *list = NULL;
	const struct rpc_nothing nothing = { 0 };
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	sql(w, "WITH RECURSIVE n (i) AS "
	       "(VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
	       "INSERT INTO request (disposition, hresult, flags, submitted, "
	       "resolved, key_bits, serial, ca_index, key_index, not_before, "
	       "not_after, revoked_when, revoked_effective, revoked_reason) "
	       "SELECT 21, 0, 0, 1, 1, 256, unhex_serial, 0, 0, 1, 4000000000, "
	       "1, 1, 1 FROM (SELECT CAST('A' || printf('%018d', i) AS BLOB) "
	       "AS unhex_serial FROM n)");
	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	if (rpc_do_CRL_PUBLISH(c, &nothing, &msg, &list, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(list->rows[0].entries, 10000);
	rpc_msg_free(msg);
	rpc_client_free(c);
	expect(w, true, "");
}

/* A damaged row does not keep the CA from starting. */
static void
starts_with_a_damaged_row(void **state)
{
	struct world *w = *state;

	fixture_stop(w->f);
	sql(w,
	    "UPDATE request SET cert = x'3000' "
	    "WHERE id = (SELECT max(id) FROM request);"
	    "UPDATE setting SET value = '0' WHERE name = 'signer-reconciled'");
	fixture_start(w->f);
	expect(w, false, "is not the one that was signed");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_in_order_is_good),
		TEST(edited_record),
		TEST(removed_record),
		TEST(moved_records),
		TEST(cut_off_records),
		TEST(cut_off_and_continued),
		TEST(all_records_gone),
		TEST(edited_certificate),
		TEST(removed_row),
		TEST(revocation_undone),
		TEST(revocation_invented),
		TEST(end_edited),
		TEST(signers_log_cut),
		TEST(signature_without_a_row),
		TEST(failed_crl_is_no_alarm),
		TEST(long_list_is_signed),
		TEST(starts_with_a_damaged_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
