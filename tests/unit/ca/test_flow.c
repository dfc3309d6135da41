/* The main job through the CA's socket: submit, decide, collect. OpenSSL
 * makes the requests and judges the certificates. */
#include "../pki/make.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "fixture.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/resource.h>

static void
submitted_pends_and_is_issued(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, issued, again;
	X509 *root = fixture_root(f);
	EVP_PKEY *key = make_key(MAKE_P256);

	make_csr(MAKE_P256, "www.example.com", &csr);
	if (fixture_submit(f, "alice", buf_bytes(&csr), "", &r) < 0)
		fail_msg("%s", r.err.text);
	assert_int_equal(r.disposition, DISPOSITION_PENDING);
	assert_string_equal(r.message, "Taken Under Submission");
	assert_true(r.id > 0);
	assert_true(r.mine);
	assert_null(r.cert);
	assert_int_equal(fixture_retrieve(f, "alice", r.id, &again), 0);
	assert_int_equal(again.disposition, DISPOSITION_PENDING);

	/* Neither the requester nor another requester decides. */
	assert_int_equal(
	    fixture_decide(f, "alice", r.id, RPC_DECISION_ISSUE, &issued), -1);
	assert_int_equal(issued.err.code, ERR_DENIED);
	if (fixture_decide(f, "officer", r.id, RPC_DECISION_ISSUE, &issued) < 0)
		fail_msg("%s", issued.err.text);
	assert_int_equal(issued.disposition, DISPOSITION_ISSUED);
	assert_non_null(issued.cert);
	assert_true(fixture_verifies(root, issued.cert));
	assert_int_equal(X509_check_private_key(issued.cert, key), 1);

	assert_int_equal(fixture_retrieve(f, "alice", r.id, &again), 0);
	assert_int_equal(again.disposition, DISPOSITION_ISSUED);
	assert_int_equal(X509_cmp(again.cert, issued.cert), 0);
	X509_free(again.cert);
	/* A second decision comes too late. */
	assert_int_equal(
	    fixture_decide(f, "officer", r.id, RPC_DECISION_DENY, &again), -1);
	assert_int_equal(again.err.code, ERR_BAD_STATE);
	X509_free(issued.cert);
	X509_free(root);
}

static void
certificate_says_what_it_must(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, issued;
	X509 *root = fixture_root(f), *c;
	ASN1_OCTET_STRING *ski;
	const ASN1_INTEGER *serial;

	make_csr(MAKE_RSA2048, "host.example.com", &csr);
	assert_int_equal(fixture_submit(f, "bob", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(
	    fixture_decide(f, "officer", r.id, RPC_DECISION_ISSUE, &issued), 0);
	c = issued.cert;
	assert_true(fixture_verifies(root, c));
	serial = X509_get0_serialNumber(c);
	assert_int_equal(ASN1_STRING_length(serial), 19);
	assert_int_equal(ASN1_STRING_get0_data(serial)[0] & 0xc0, 0x40);
	ski = X509_get_ext_d2i(root, NID_subject_key_identifier, NULL, NULL);
	assert_non_null(ski);
	assert_int_equal(
	    ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(c), ski), 0);
	ASN1_OCTET_STRING_free(ski);
	assert_true(
	    X509_get_ext_by_NID(c, NID_crl_distribution_points, -1) >= 0);
	assert_true(X509_get_ext_by_NID(c, NID_info_access, -1) >= 0);
	assert_true(X509_get_ext_by_NID(c, NID_ext_key_usage, -1) >= 0);
	assert_int_equal(X509_check_ca(c), 0);
	assert_int_equal(X509_check_ca(root), 1);
	assert_int_equal(X509_get_pathlen(root), -1);
	X509_free(c);
	X509_free(root);
}

static void
others_see_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, foreign, unknown;

	make_csr(MAKE_P256, "secret.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(fixture_retrieve(f, "bob", r.id, &foreign), -1);
	assert_int_equal(
	    fixture_retrieve(f, "bob", r.id + 100000, &unknown), -1);
	assert_int_equal(foreign.err.code, unknown.err.code);
	assert_string_equal(foreign.err.text, unknown.err.text);
	assert_int_equal(fixture_retrieve(f, "bob", UINT64_MAX, &unknown), -1);
	assert_int_equal(unknown.err.code, ERR_NOT_FOUND);
	assert_int_equal(fixture_retrieve(f, "bob", 0, &unknown), -1);
	assert_int_equal(unknown.err.code, ERR_NOT_FOUND);
	assert_int_equal(fixture_retrieve(f, "auditor", r.id, &unknown), 0);
}

/* Does the database hold these bytes anywhere? */
static bool
on_disk(struct fixture *f, struct bytes what)
{
	static const char *const files[] = { "", "-wal" };
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		char path[FIXTURE_PATH_MAX + 8];
		FILE *file;
		uint8_t *all = malloc(64 << 20);
		size_t n;

		snprintf(path, sizeof(path), "%s%s",
		    f->database + strlen("sqlite:"), files[i]);
		file = fopen(path, "r");
		if (file) {
			n = fread(all, 1, 64 << 20, file);
			found = found || bytes_find(bytes_of(all, n), what);
			fclose(file);
		}
		free(all);
	}
	return found;
}

static void
private_key_is_never_stored(void **state)
{
	struct fixture *f = *state;
	BIO *bio = BIO_new(BIO_s_mem());
	struct fixture_result r;
	char *text;
	long n;

	PEM_write_bio_PrivateKey(
	    bio, make_key(MAKE_P256), NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &text);
	assert_int_equal(
	    fixture_submit(f, "alice", bytes_of(text, (size_t)n), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_FAILED);
	assert_true(r.id > 0);
	assert_true(str_has_prefix(r.message, "Error Parsing Request  0x"));
	/* Its middle, without line ends: neither text nor bytes are there. */
	assert_false(on_disk(f, bytes_of(text + 40, 40)));
	assert_true(on_disk(f, BYTES_LIT("private-key")));
	BIO_free(bio);
}

static void
what_is_no_request_fails_with_a_row(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;
	X509 *root = fixture_root(f);
	uint8_t *der = NULL;
	int n = i2d_X509(root, &der);

	assert_int_equal(
	    fixture_submit(f, "alice", bytes_of(der, (size_t)n), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_FAILED);
	assert_int_equal(r.hresult, err_hresult(ERR_BAD_MESSAGE_TYPE));
	OPENSSL_free(der);
	X509_free(root);

	assert_int_equal(fixture_submit(f, "alice",
			     BYTES_LIT("hello, this is no request"), "", &r),
	    0);
	assert_int_equal(r.disposition, DISPOSITION_FAILED);

	make_csr(MAKE_P256, "www.example.com", &csr);
	csr.p[csr.n - 3] ^= 1; /* in the signature */
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_FAILED);
	assert_true(str_has_prefix(r.message, "Error "));
	assert_int_equal(
	    fixture_submit(f, "alice", bytes_of(csr.p, csr.n / 2), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_FAILED);
}

static void
template_is_denied_in_the_known_words(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(fixture_submit(f, "alice", buf_bytes(&csr),
			     "CertificateTemplate:WebServer\r\n", &r),
	    0);
	assert_int_equal(r.disposition, DISPOSITION_DENIED);
	assert_int_equal(r.hresult, 0x80094800);
	assert_string_equal(r.message,
	    "Denied by Policy Module  0x80094800, The request was for a "
	    "certificate template that is not supported by the policy of this "
	    "CA: WebServer.");
}

static void
sent_twice_is_one_request(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result a, b, c;

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(fixture_submit_once(f, "alice", buf_bytes(&csr),
			     BYTES_LIT("number-1"), &a),
	    0);
	assert_int_equal(fixture_submit_once(f, "alice", buf_bytes(&csr),
			     BYTES_LIT("number-1"), &b),
	    0);
	assert_int_equal(fixture_submit_once(f, "bob", buf_bytes(&csr),
			     BYTES_LIT("number-1"), &c),
	    0);
	assert_true(a.id == b.id);
	assert_true(a.id != c.id);
}

static void
signer_down_refuses_to_issue_but_takes_requests(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, again;

	make_csr(MAKE_P256, "www.example.com", &csr);
	fixture_signer_stop(f);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_PENDING);
	assert_int_equal(
	    fixture_decide(f, "officer", r.id, RPC_DECISION_ISSUE, &again), -1);
	assert_int_equal(again.err.code, ERR_UNAVAILABLE);
	assert_non_null(strstr(again.err.text, "Nothing was kept"));
	assert_int_equal(fixture_retrieve(f, "alice", r.id, &again), 0);
	assert_int_equal(again.disposition, DISPOSITION_PENDING);
	fixture_signer_start(f);
	/* The client tries again after a pause; how long is its business. */
	for (unsigned tries = 0;
	     fixture_decide(f, "officer", r.id, RPC_DECISION_ISSUE, &again) < 0;
	     tries++) {
		if (tries == 200)
			fail_msg("%s", again.err.text);
		clock_sleep_us(50000);
	}
	assert_int_equal(again.disposition, DISPOSITION_ISSUED);
	X509_free(again.cert);
}

static void
restart_keeps_everything(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, again;
	X509 *before = fixture_root(f), *after;

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	fixture_stop(f);
	f->config.init = false;
	fixture_start(f);
	after = fixture_root(f);
	assert_int_equal(X509_cmp(before, after), 0);
	assert_int_equal(fixture_retrieve(f, "alice", r.id, &again), 0);
	assert_int_equal(again.disposition, DISPOSITION_PENDING);
	X509_free(before);
	X509_free(after);
}

static void
at_once_within_the_lists(void **state)
{
	struct fixture *f = *state;
	struct bytes server = pki_oids[PKI_OID_EKU_SERVER_AUTH].der;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;
	X509 *root;

	f->config.issue_at_once = true;
	f->config.issue_override = "the test";
	memcpy(f->config.issue_eku.list[0].der, server.p, server.n);
	f->config.issue_eku.list[0].n = server.n;
	f->config.issue_eku.n = 1;
	fixture_start(f);
	root = fixture_root(f);
	make_csr(MAKE_P256, "www.example.com", &csr);
	if (fixture_submit(f, "alice", buf_bytes(&csr), "", &r) < 0)
		fail_msg("%s", r.err.text);
	assert_int_equal(r.disposition, DISPOSITION_ISSUED);
	assert_string_equal(r.message, "Issued");
	assert_true(fixture_verifies(root, r.cert));
	X509_free(r.cert);
	X509_free(root);
}

/* A disk that takes nothing more, played by a limit on the size of files. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes == RLIM_INFINITY ? l.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void
failed_commit_releases_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result first, r, after, old;
	uint64_t before;

	signal(SIGXFSZ, SIG_IGN);
	f->config.issue_at_once = true;
	f->config.issue_override = "the test";
	fixture_start(f);
	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &first), 0);
	fixture_wait_for_crl(f);
	before = fixture_signatures(f);
	limit_files(1);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), -1);
	limit_files(RLIM_INFINITY);
	/* It was signed, and did not leave. */
	assert_int_equal(fixture_signatures(f), before + 1);
	assert_non_null(strstr(r.err.text, "nothing was kept"));
	assert_null(r.cert);
	/* The cause has gone: it works again, and no number was lost to it. */
	if (fixture_submit(f, "alice", buf_bytes(&csr), "", &after) < 0)
		fail_msg("%s", after.err.text);
	assert_int_equal(after.disposition, DISPOSITION_ISSUED);
	assert_int_equal(fixture_retrieve(f, "alice", first.id, &old), 0);
	assert_int_equal(X509_cmp(old.cert, first.cert), 0);
	X509_free(old.cert);
	X509_free(after.cert);
	X509_free(first.cert);
}

#define CROWD 8
#define EACH  40

struct one_of_many {
	struct fixture *f;
	struct bytes csr;
	uint64_t ids[EACH];
	pthread_t thread;
	bool failed;
};

static void
submit_many(void *arg)
{
	struct one_of_many *o = arg;

	for (unsigned i = 0; i < EACH; i++) {
		struct fixture_result r;

		if (fixture_submit(
			o->f, i % 2 ? "alice" : "bob", o->csr, "", &r) < 0 ||
		    !r.cert)
			o->failed = true;
		o->ids[i] = r.id;
		X509_free(r.cert);
	}
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
many_at_the_same_time(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct one_of_many crowd[CROWD];
	uint64_t ids[CROWD * EACH];
	struct err err = { 0 };

	f->config.issue_at_once = true;
	f->config.issue_override = "the test";
	fixture_start(f);
	make_csr(MAKE_P256, "www.example.com", &csr);
	for (unsigned i = 0; i < CROWD; i++) {
		crowd[i] =
		    (struct one_of_many){ .f = f, .csr = buf_bytes(&csr) };
		assert_int_equal(thread_start(&crowd[i].thread, "crowd",
				     submit_many, &crowd[i], &err),
		    0);
	}
	for (unsigned i = 0; i < CROWD; i++) {
		thread_join(crowd[i].thread);
		assert_false(crowd[i].failed);
		memcpy(ids + i * EACH, crowd[i].ids, sizeof(crowd[i].ids));
	}
	qsort(ids, CROWD * EACH, sizeof(*ids), by_number);
	for (unsigned i = 1; i < CROWD * EACH; i++)
		assert_true(ids[i] > ids[i - 1]);
}

static void
never_past_the_end_of_the_ca(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;
	X509 *root;

	f->config.issue_at_once = true;
	f->config.issue_override = "the test";
	f->config.ca_validity = 30 * INT64_C(86400);
	fixture_start(f);
	root = fixture_root(f);
	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(ASN1_TIME_compare(X509_get0_notAfter(r.cert),
			     X509_get0_notAfter(root)),
	    0);
	assert_non_null(strstr(r.message, "shortened"));
	X509_free(r.cert);
	X509_free(root);
}

static void
site_certificate_has_the_configured_names(void **state)
{
	struct fixture *f = *state;
	const struct rpc_client_options o = { .path = f->admin,
		.as = "operator" };
	struct rpc_submit ask = {
		.target_ca = "", .attributes = "", .address = "", .agent = ""
	};
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct rpc_client *admin = NULL;
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	X509 *root = fixture_root(f), *c;
	const uint8_t *p;

	fixture_identity(&ask.identity, "nobody");
	make_csr(MAKE_RSA2048, "evil.example.com", &csr);
	ask.request = buf_bytes(&csr);
	assert_int_equal(rpc_client_new(&o, &admin, &err), 0);
	if (rpc_do_SITE_CERTIFICATE(admin, &ask, &msg, &r, &err) < 0)
		fail_msg("%s", err.text);
	p = r->cert.p;
	c = d2i_X509(NULL, &p, (long)r->cert.n);
	assert_non_null(c);
	assert_true(fixture_verifies(root, c));
	assert_int_equal(X509_check_host(c, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(c, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(c, "::1", 0), 1);
	assert_int_equal(X509_check_host(c, "evil.example.com", 0, 0, NULL), 0);
	assert_int_equal(X509_get_extended_key_usage(c), XKU_SSL_SERVER);
	X509_free(c);
	X509_free(root);
	rpc_msg_free(msg);
	/* Not through the web's socket. */
	assert_int_equal(
	    rpc_do_SITE_CERTIFICATE(f->client, &ask, &msg, &r, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	rpc_client_free(admin);
}

static void
disabled_account_stops_at_once(void **state)
{
	struct fixture *f = *state;
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	struct rpc_user_change ask = { .name = "alice",
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1 };
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct rpc_client *admin = NULL;
	const struct rpc_user *user = NULL;
	struct rpc_msg *msg = NULL;
	struct fixture_result r;
	struct err err = { 0 };

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(rpc_client_new(&o, &admin, &err), 0);
	if (rpc_do_USER_DISABLE(admin, &ask, &msg, &user, &err) < 0)
		fail_msg("%s", err.text);
	rpc_msg_free(msg);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), -1);
	assert_int_equal(r.err.code, ERR_DENIED);
	ask.enable = true;
	assert_int_equal(
	    rpc_do_USER_DISABLE(admin, &ask, &msg, &user, &err), 0);
	rpc_msg_free(msg);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	rpc_client_free(admin);
}

#define WITH_CA(test) \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define WITH_STOPPED(test)               \
	cmocka_unit_test_setup_teardown( \
	    test, fixture_setup_stopped, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CA(submitted_pends_and_is_issued),
		WITH_CA(certificate_says_what_it_must),
		WITH_CA(others_see_nothing),
		WITH_CA(private_key_is_never_stored),
		WITH_CA(what_is_no_request_fails_with_a_row),
		WITH_CA(template_is_denied_in_the_known_words),
		WITH_CA(sent_twice_is_one_request),
		WITH_CA(signer_down_refuses_to_issue_but_takes_requests),
		WITH_CA(restart_keeps_everything),
		WITH_STOPPED(at_once_within_the_lists),
		WITH_STOPPED(never_past_the_end_of_the_ca),
		WITH_STOPPED(failed_commit_releases_nothing),
		WITH_STOPPED(many_at_the_same_time),
		WITH_CA(disabled_account_stops_at_once),
		WITH_CA(site_certificate_has_the_configured_names),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
