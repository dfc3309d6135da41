/* Which keys may be certified: the table, the list of an administrator, and
 * what a whole CA does with them. */
#include "../pki/make.h"
#include "base/str.h"
#include "base/thread.h"
#include "ca/badkeys.h"
#include "ca/keys.h"
#include "ca/keytable.h"
#include "fixture.h"

#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* --- the table ---------------------------------------------------------- */

#define MANY 300000U

static const uint8_t *
hash_of(uint32_t n, uint8_t dst[32])
{
	return SHA256((const uint8_t *)&n, sizeof(n), dst);
}

static void
add_one(struct ca_keytable *t, const uint8_t *hash, uint32_t n)
{
	assert_int_equal(ca_keytable_reserve(t, hash, NULL), 0);
	ca_keytable_add(t, hash, n);
}

static void
load_one(struct ca_keytable *t, const uint8_t *hash, uint32_t n)
{
	assert_int_equal(ca_keytable_load(t, hash, n, NULL), 0);
}

static void
finds_all_and_only_those(
    void (*add)(struct ca_keytable *t, const uint8_t *hash, uint32_t n))
{
	AUTO(ca_keytable) t = NULL;
	uint32_t found[CA_KEY_FOUND_MAX];
	size_t strangers = 0;
	uint8_t h[32];

	assert_int_equal(ca_keytable_new(&t, NULL), 0);
	assert_int_equal(ca_keytable_find(t, hash_of(1, h), found), 0);
	for (uint32_t n = 1; n <= MANY; n++)
		add(t, hash_of(n, h), n);
	assert_int_equal(ca_keytable_load(t, NULL, 0, NULL), 0);
	assert_int_equal(ca_keytable_count(t), MANY);
	for (uint32_t n = 1; n <= MANY; n++) {
		size_t i = 0, count = ca_keytable_find(t, hash_of(n, h), found);

		while (i < count && found[i] != n)
			i++;
		assert_true(i < count);
		strangers += count - 1;
		strangers += ca_keytable_find(t, hash_of(MANY + n, h), found);
	}
	/* 2 * MANY questions among MANY keys, 40 bits: 0.16 are expected. */
	assert_true(strangers <= 3);
}

static void
table_finds_all_and_only_those(void **state)
{
	(void)state;
	finds_all_and_only_those(add_one);
}

static void
loaded_table_finds_all_and_only_those(void **state)
{
	(void)state;
	finds_all_and_only_those(load_one);
}

static void
room_is_kept_for_what_was_reserved(void **state)
{
	AUTO(ca_keytable) t = NULL;
	uint32_t found[CA_KEY_FOUND_MAX];
	uint8_t h[32] = { 7 };

	(void)state;
	assert_int_equal(ca_keytable_new(&t, NULL), 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(ca_keytable_reserve(t, h, NULL), 0);
	ca_keytable_unreserve(t, h);
	for (uint32_t i = 1; i < 1000; i++)
		ca_keytable_add(t, h, i);
	assert_int_equal(ca_keytable_find(t, h, found), CA_KEY_FOUND_MAX);
	assert_int_equal(ca_keytable_count(t), 999);
}

/* --- the list ----------------------------------------------------------- */

static const char *
write_list(struct fixture *f, const char *text)
{
	static char path[FIXTURE_PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/compromised.txt", f->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

#define A "00000000000000000000000000000000000000000000000000000000000000aa"
#define B "ffFF000000000000000000000000000000000000000000000000000000000000"
#define C "1100000000000000000000000000000000000000000000000000000000000000"

static void
list_is_read_in_any_order(void **state)
{
	struct fixture *f = *state;
	AUTO(ca_badkeys) b = NULL;
	struct err err = { 0 };
	uint8_t h[32] = { 0 };

	assert_int_equal(ca_badkeys_load(write_list(f, "# a comment\n\n" B
						       "\r\n" A " first\n" C),
			     &b, &err),
	    0);
	assert_int_equal(ca_badkeys_count(b), 3);
	h[31] = 0xaa;
	assert_true(ca_badkeys_has(b, h));
	h[0] = 0x11;
	h[31] = 0;
	assert_true(ca_badkeys_has(b, h));
	h[0] = h[1] = 0xff;
	assert_true(ca_badkeys_has(b, h));
	h[1] = 0xfe;
	assert_false(ca_badkeys_has(b, h));
	assert_false(ca_badkeys_has(NULL, h));
}

static void
bad_lists_are_refused_with_the_line(void **state)
{
	static const char *const bad[] = { A "\n" B "0\n", A "\nzz\n",
		"#\n\t" A "\n", A "\n" A A "\n",
		A "\n-f00000000000000000000000000000000000000000000000000000"
		  "00000000a\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ca_badkeys *b = NULL;
		struct err err = { 0 };

		assert_int_equal(
		    ca_badkeys_load(write_list(f, bad[i]), &b, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.text, "line 2"));
	}
	f->config.compromised_keys = "/nowhere/list";
	assert_int_equal(ca_open(&f->config, &f->ca, NULL), -1);
	f->ca = NULL;
}

/* --- a whole CA --------------------------------------------------------- */

static void
start(struct fixture *f, enum ca_key_reuse reuse)
{
	f->config.issue_at_once = true;
	f->config.issue_override = "the test";
	f->config.key_reuse = reuse;
	fixture_start(f);
	fixture_wait_for_crl(f);
}

static void
make_csr_with(EVP_PKEY *key, const char *cn, struct buf *out)
{
	X509_REQ *req = make_csr_open(MAKE_P256, cn);

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	make_csr_signed(req, key, out);
	X509_REQ_free(req);
}

/* OK, or the code of the denial. */
static enum err_code
ask(struct fixture *f, const char *who, EVP_PKEY *key, uint64_t *ret_id)
{
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;

	make_csr_with(key, "www.example.com", &csr);
	if (fixture_submit(f, who, buf_bytes(&csr), "", &r) < 0)
		fail_msg("%s", r.err.text);
	if (ret_id)
		*ret_id = r.id;
	assert_int_equal(!r.cert, r.disposition != DISPOSITION_ISSUED);
	X509_free(r.cert);
	if (r.disposition == DISPOSITION_ISSUED)
		return ERR_OK;
	assert_int_equal(r.disposition, DISPOSITION_DENIED);
	for (enum err_code code = ERR_OK; code < ERR_COUNT; code++)
		if (err_hresult(code) == r.hresult)
			return code;
	return ERR_INTERNAL;
}

static void
other_accounts_do_not_share(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	uint64_t signatures;

	start(f, CA_KEY_REUSE_SAME_ACCOUNT);
	assert_int_equal(ask(f, "alice", key, NULL), ERR_OK);
	signatures = fixture_signatures(f);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_KEY_USED);
	assert_int_equal(fixture_signatures(f), signatures);
	assert_int_equal(ask(f, "alice", key, NULL), ERR_OK);
	assert_int_equal(ask(f, "bob", other, NULL), ERR_OK);
	/* Known from the database too. */
	fixture_stop(f);
	start(f, CA_KEY_REUSE_SAME_ACCOUNT);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_KEY_USED);
	assert_int_equal(ask(f, "alice", other, NULL), ERR_KEY_USED);
	assert_int_equal(ask(f, "alice", key, NULL), ERR_OK);
	fixture_stop(f);
	start(f, CA_KEY_REUSE_NEVER);
	assert_int_equal(ask(f, "alice", key, NULL), ERR_KEY_USED);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_KEY_USED);
	fixture_stop(f);
	start(f, CA_KEY_REUSE_ANY);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_OK);
	fixture_stop(f);
	/* Now both have it, so neither may go on with it. */
	start(f, CA_KEY_REUSE_SAME_ACCOUNT);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_KEY_USED);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

struct racer {
	struct fixture *f;
	pthread_t thread;
	const char *who;
	EVP_PKEY *key;
	enum err_code got;
};

static void
race(void *arg)
{
	struct racer *r = arg;

	r->got = ask(r->f, r->who, r->key, NULL);
}

static void
one_of_two_at_once_wins(void **state)
{
	struct fixture *f = *state;

	start(f, CA_KEY_REUSE_SAME_ACCOUNT);
	for (unsigned i = 0; i < 40; i++) {
		EVP_PKEY *key = EVP_EC_gen("P-256");
		struct racer r[] = { { f, 0, "alice", key, ERR_OK },
			{ f, 0, "bob", key, ERR_OK } };

		for (size_t k = 0; k < 2; k++)
			assert_int_equal(thread_start(&r[k].thread, "race",
					     race, &r[k], NULL),
			    0);
		for (size_t k = 0; k < 2; k++)
			thread_join(r[k].thread);
		assert_true((r[0].got == ERR_OK) != (r[1].got == ERR_OK));
		assert_true(
		    r[0].got == ERR_KEY_USED || r[1].got == ERR_KEY_USED);
		EVP_PKEY_free(key);
	}
}

static enum err_code
revoke_as(struct fixture *f, uint64_t id, uint32_t reason)
{
	struct rpc_revoke ask = { .id = id, .reason = reason, .comment = "" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, "officer");
	if (rpc_do_REVOKE(f->client, &ask, &msg, &r, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	return err.code;
}

static void
compromised_keys_are_never_used_again(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256"), *kept = EVP_EC_gen("P-256");
	uint64_t id, other;

	start(f, CA_KEY_REUSE_ANY);
	assert_int_equal(ask(f, "alice", key, &id), ERR_OK);
	assert_int_equal(ask(f, "alice", kept, &other), ERR_OK);
	assert_int_equal(revoke_as(f, other, 4), ERR_OK);
	assert_int_equal(ask(f, "alice", kept, NULL), ERR_OK);
	assert_int_equal(revoke_as(f, id, 6), ERR_OK); /* hold */
	assert_int_equal(ask(f, "alice", key, NULL), ERR_OK);
	assert_int_equal(revoke_as(f, id, 1), ERR_OK);
	assert_int_equal(ask(f, "alice", key, NULL), ERR_KEY_COMPROMISED);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_KEY_COMPROMISED);
	/* A revocation that fails changes nothing. */
	assert_int_equal(revoke_as(f, id, 1), ERR_BAD_STATE);
	assert_int_equal(ask(f, "bob", kept, NULL), ERR_OK);
	fixture_stop(f);
	start(f, CA_KEY_REUSE_ANY);
	assert_int_equal(ask(f, "bob", key, NULL), ERR_KEY_COMPROMISED);
	assert_int_equal(ask(f, "bob", kept, NULL), ERR_OK);
	EVP_PKEY_free(key);
	EVP_PKEY_free(kept);
}

static void
list_key(EVP_PKEY *key, char text[80])
{
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	uint8_t h[32];

	make_spki(key, &spki);
	str_hex(text, bytes_of(SHA256(spki.p, spki.n, h), 32));
	strcat(text, "\n");
}

static void
listed_keys_are_refused(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *a = EVP_EC_gen("P-256"), *b = EVP_EC_gen("P-256");
	char text[80];

	list_key(a, text);
	f->config.compromised_keys = write_list(f, text);
	start(f, CA_KEY_REUSE_SAME_ACCOUNT);
	assert_int_equal(ask(f, "alice", a, NULL), ERR_KEY_COMPROMISED);
	assert_int_equal(ask(f, "alice", b, NULL), ERR_OK);
	list_key(b, text);
	(void)write_list(f, text);
	assert_int_equal(ask(f, "alice", b, NULL), ERR_OK);
	assert_int_equal(ca_reload(f->ca, NULL), 0);
	assert_int_equal(ask(f, "alice", b, NULL), ERR_KEY_COMPROMISED);
	assert_int_equal(ask(f, "alice", a, NULL), ERR_OK);
	/* A list that cannot be read takes nothing away. */
	(void)write_list(f, "nonsense\n");
	assert_int_equal(ca_reload(f->ca, NULL), -1);
	assert_int_equal(ask(f, "alice", b, NULL), ERR_KEY_COMPROMISED);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

/* --- what an officer sees and does -------------------------------------- */

static bool
shown(struct fixture *f, const char *who, uint64_t id, const char *text)
{
	struct rpc_retrieve ask = { .id = id, .reason = "" };
	const struct rpc_request *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	bool found = false;

	fixture_identity(&ask.identity, who);
	if (rpc_do_SHOW(f->client, &ask, &msg, &r, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < r->field_count; i++)
		if (str_eq(r->fields[i].label, "Checks before signing")) {
			assert_true(r->fields[i].differs);
			found = strstr(r->fields[i].note, text) != NULL;
		}
	rpc_msg_free(msg);
	return found;
}

static void
officer_is_told_and_stopped(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result alice, bob, r;
	char number[32];

	f->config.key_reuse = CA_KEY_REUSE_SAME_ACCOUNT;
	fixture_start(f);
	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &alice), 0);
	assert_int_equal(
	    fixture_submit(f, "bob", buf_bytes(&csr), "", &bob), 0);
	assert_false(shown(f, "officer", bob.id, ""));
	assert_int_equal(
	    fixture_decide(f, "officer", alice.id, RPC_DECISION_ISSUE, &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_ISSUED);
	X509_free(r.cert);
	snprintf(number, sizeof(number), "request %u.", (unsigned)alice.id);
	assert_true(shown(f, "officer", bob.id, number));
	assert_true(shown(f, "bob", bob.id, "another account"));
	assert_false(shown(f, "bob", bob.id, number));
	assert_int_equal(
	    fixture_decide(f, "officer", bob.id, RPC_DECISION_ISSUE, &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_DENIED);
	assert_int_equal(r.hresult, 0x8009000f);
	assert_null(r.cert);
	assert_non_null(strstr(r.message, "Denied by Policy Module  "
					  "0x8009000F, The key"));
}

static void
make_csr_for_name(const char *dns, struct buf *out)
{
	X509_REQ *req = make_csr_open(MAKE_P256, "A");
	STACK_OF(X509_EXTENSION) *exts = NULL;
	X509_EXTENSION *ext;
	char san[128];

	snprintf(san, sizeof(san), "DNS:%s", dns);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	X509v3_add_ext(&exts, ext, -1); /* a copy */
	X509_EXTENSION_free(ext);
	assert_int_equal(X509_REQ_add_extensions(req, exts), 1);
	make_csr_signed(req, make_key(MAKE_P256), out);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
}

static bool
has_reason(void *ctx, const struct store_audit *a)
{
	if (str_eq(a->event, "deny") && strstr(a->detail, "0x80094001") &&
	    strstr(a->detail, "underscore"))
		*(bool *)ctx = true;
	return true;
}

/* A name that the policy lets pass and the form does not. */
static void
bad_form_is_denied_and_audited(void **state)
{
	struct fixture *f = *state;
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct store_reader *reader = NULL;
	struct fixture_result r;
	bool audited = false;
	uint64_t signatures;

	start(f, CA_KEY_REUSE_ANY);
	signatures = fixture_signatures(f);
	make_csr_for_name("a_b.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_DENIED);
	assert_int_equal(r.hresult, 0x80094001);
	assert_non_null(strstr(r.sentence, "underscore"));
	assert_true(fixture_signatures(f) <= signatures + 1); /* its CRL */
	assert_int_equal(store_reader_open(f->ca->store, &reader, NULL), 0);
	assert_int_equal(store_list_audit(reader,
			     &(struct store_audit_filter){ .node = NULL },
			     has_reason, &audited, NULL),
	    0);
	store_reader_close(reader);
	assert_true(audited);
	fixture_stop(f);
	f->config.allow_underscore = true;
	fixture_start(f);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_ISSUED);
	X509_free(r.cert);
}

/* --- what is in flight -------------------------------------------------- */

static void
claims_and_blocks_are_seen_at_once(void **state)
{
	struct fixture *f = *state;
	struct ca_key_claim mine = { 0 }, theirs = { 0 };
	struct ca_key_block block = { 0 };
	struct store_reader *r = NULL;
	enum ca_key_verdict v;
	uint64_t request;
	uint8_t h[32];
	struct ca_key_ask a = { .hash = hash_of(1, h),
		.owner = "local\\alice" };
	struct ca_key_ask b = a;
	struct ca_keys *k;

	b.owner = "local\\bob";
	fixture_start(f);
	k = f->ca->keys;
	assert_int_equal(store_reader_open(f->ca->store, &r, NULL), 0);
#define CLAIM(a, claim) ca_keys_claim(k, r, &(a), claim, &v, &request, NULL)
	assert_int_equal(CLAIM(a, &mine), 0);
	assert_int_equal(v, CA_KEY_FREE);
	assert_int_equal(CLAIM(b, &theirs), 0);
	assert_int_equal(v, CA_KEY_OTHERS);
	assert_false(theirs.held);
	ca_keys_release(k, &mine, 0);
	assert_int_equal(CLAIM(b, &theirs), 0);
	assert_int_equal(v, CA_KEY_FREE);
	assert_false(ca_keys_blocked(k, &theirs));
	/* Reported while it is being signed. */
	assert_int_equal(ca_keys_block(k, &block, h, NULL), 0);
	assert_true(ca_keys_blocked(k, &theirs));
	assert_int_equal(CLAIM(a, NULL), 0);
	assert_int_equal(v, CA_KEY_REVOKED);
	ca_keys_block_end(k, &block, 0);
	assert_false(ca_keys_blocked(k, &theirs));
	assert_int_equal(ca_keys_block(k, &block, h, NULL), 0);
	ca_keys_block_end(k, &block, 1);
	assert_true(ca_keys_blocked(k, &theirs));
	ca_keys_release(k, &theirs, 0);
	/* The site is nobody's account. */
	a.hash = hash_of(2, h);
	a.site = true;
	assert_int_equal(CLAIM(a, &mine), 0);
	b.hash = h;
	assert_int_equal(CLAIM(b, NULL), 0);
	assert_int_equal(v, CA_KEY_OTHERS);
	b.site = true;
	assert_int_equal(CLAIM(b, NULL), 0);
	assert_int_equal(v, CA_KEY_FREE);
	ca_keys_release(k, &mine, 0);
	store_reader_close(r);
}

#define CA_TEST(t)                       \
	cmocka_unit_test_setup_teardown( \
	    t, fixture_setup_stopped, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_finds_all_and_only_those),
		cmocka_unit_test(loaded_table_finds_all_and_only_those),
		cmocka_unit_test(room_is_kept_for_what_was_reserved),
		CA_TEST(list_is_read_in_any_order),
		CA_TEST(bad_lists_are_refused_with_the_line),
		CA_TEST(other_accounts_do_not_share),
		CA_TEST(one_of_two_at_once_wins),
		CA_TEST(compromised_keys_are_never_used_again),
		CA_TEST(listed_keys_are_refused),
		CA_TEST(officer_is_told_and_stopped),
		CA_TEST(bad_form_is_denied_and_audited),
		CA_TEST(claims_and_blocks_are_seen_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
