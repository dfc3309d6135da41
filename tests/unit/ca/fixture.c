#include "fixture.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "ca/file.h"
#include "ca/publish.h"
#include "pki/sigmake.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <sys/stat.h>

/* --- the stand-in for the signer ---------------------------------------- */

struct fixture_signer {
	struct rpc_sign_server *server;
	pthread_mutex_t lock;
	EVP_PKEY *key; /* NULL before make_key */
	uint8_t spki[512];
	size_t spki_n;
	atomic_uint_fast64_t count;
	atomic_uint_fast64_t crl_number;
	uint8_t *crl;
	size_t crl_n;
	void (*before)(void *);
	void *before_ctx;
};

static int
signer_sign(void *ctx, const struct rpc_sign_ask *ask,
    struct rpc_sign_reply *out, struct err *err)
{
	struct fixture_signer *s = ctx;
	struct rpc_sign_signature *list;
	struct pki_sigmake *make = NULL;
	uint8_t *room;
	size_t n;

	list = calloc(ask->item_count, sizeof(*list) + PKI_SIGNATURE_MAX);
	assert_non_null(list);
	out->memory = list;
	out->items = list;
	out->item_count = ask->item_count;
	room = (uint8_t *)(list + ask->item_count);
	if (pki_sigmake_new(
		s->key, pki_sig_default(PKI_KEY_P256, 256), &make, err) < 0)
		return -1;
	for (size_t i = 0; i < ask->item_count; i++) {
		const struct rpc_sign_item *item = &ask->items[i];
		uint8_t *p = room + i * PKI_SIGNATURE_MAX;
		int rc;

		if (item->kind == RPC_SIGN_CRL && s->before)
			s->before(s->before_ctx);
		rc = item->digest.n > 0
			 ? pki_sigmake_sign_digest(
			       make, item->digest, p, &n, err)
			 : pki_sigmake_sign(make, item->tbs, p, &n, err);

		assert_int_equal(rc, 0);
		list[i].err_text = "";
		list[i].signature = bytes_of(p, n);
		list[i].log_sequence = atomic_fetch_add(&s->count, 1) + 1;
	}
	pki_sigmake_free(make);
	return 0;
}

static int
signer_status(void *ctx, struct rpc_sign_status *out, struct err *err)
{
	struct fixture_signer *s = ctx;
	static const uint8_t zero[32];
	struct rpc_sign_key *key = calloc(1, sizeof(*key));

	(void)err;
	*key = (struct rpc_sign_key){ 0, "p256", bytes_of(s->spki, s->spki_n),
		atomic_load(&s->crl_number) };
	out->memory = key;
	out->keys = key;
	out->key_count = s->key ? 1 : 0;
	out->log_sequence = atomic_load(&s->count);
	out->log_hash = BYTES_OF(zero);
	out->init = true;
	return 0;
}

static int
signer_make_key(void *ctx, const struct rpc_sign_make_key *ask,
    struct rpc_sign_key *out, struct err *err)
{
	struct fixture_signer *s = ctx;
	uint8_t *p = s->spki;

	(void)err;
	s->key = EVP_EC_gen("P-256");
	s->spki_n = (size_t)i2d_PUBKEY(s->key, &p);
	*out = (struct rpc_sign_key){ ask->index, "p256",
		bytes_of(s->spki, s->spki_n), 0 };
	return 0;
}

static int
signer_log(void *ctx, const struct rpc_sign_log_ask *ask,
    struct rpc_sign_log *out, struct err *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	out->row_count = 0;
	return 0;
}

/* Gathers the parts, then signs like the rest. */
static int
signer_crl_part(void *ctx, const struct rpc_sign_crl_part *ask,
    struct rpc_sign_signature *out, void **ret_memory, struct err *err)
{
	struct fixture_signer *s = ctx;
	struct rpc_sign_item item = { .kind = RPC_SIGN_CRL };
	const struct rpc_sign_ask whole = { .items = &item, .item_count = 1 };
	struct rpc_sign_reply reply = { 0 };
	int rc = 0;

	out->err_text = "";
	if (ask->offset == 0)
		s->crl_n = 0;
	assert_int_equal(ask->offset, s->crl_n);
	s->crl = realloc(s->crl, s->crl_n + ask->part.n);
	assert_non_null(s->crl);
	memcpy(s->crl + s->crl_n, ask->part.p, ask->part.n);
	s->crl_n += ask->part.n;
	if (!ask->last)
		return 0;
	item.tbs = bytes_of(s->crl, s->crl_n);
	rc = signer_sign(ctx, &whole, &reply, err);
	*ret_memory = reply.memory;
	if (rc == 0)
		*out = reply.items[0];
	return rc;
}

static const struct rpc_sign_ops signer_ops = { .sign = signer_sign,
	.status = signer_status,
	.make_key = signer_make_key,
	.log = signer_log,
	.crl_part = signer_crl_part };

void
fixture_signer_start(struct fixture *f)
{
	struct err err = { 0 };

	if (rpc_sign_server_start(
		&(struct rpc_sign_listener){ .path = f->sign, .mode = 0600 },
		&signer_ops, f->signer, &f->signer->server, &err) < 0)
		fail_msg("%s", err.text);
}

void
fixture_signer_stop(struct fixture *f)
{
	if (f->signer->server)
		rpc_sign_server_stop(f->signer->server);
	f->signer->server = NULL;
}

void
fixture_signer_says(struct fixture *f, uint64_t crl_number)
{
	atomic_store(&f->signer->crl_number, crl_number);
}

void
fixture_signer_before_crl(struct fixture *f, void (*before)(void *), void *ctx)
{
	f->signer->before = before;
	f->signer->before_ctx = ctx;
}

uint64_t
fixture_signatures(const struct fixture *f)
{
	return atomic_load(&f->signer->count);
}

void
fixture_wait_for_crl(const struct fixture *f)
{
	char name[CA_FILE_MAX];

	ca_file_crl(&f->config, 0, name);
	while (!ca_publish_exists(&f->config, name))
		clock_sleep_us(1000);
}

/* --- the CA ------------------------------------------------------------- */

static void
add_accounts(struct fixture *f)
{
	static const struct {
		const char *name;
		uint32_t role;
	} rows[] = { { "alice", ROLE_ENROLLEE }, { "bob", ROLE_ENROLLEE },
		{ "officer", ROLE_OFFICER }, { "admin", ROLE_ADMIN },
		{ "auditor", ROLE_AUDITOR }, { "operator", ROLE_OPERATOR } };
	struct store *s = NULL;
	struct store_writer *w = NULL;
	struct err err = { 0 };

	assert_int_equal(store_open(f->config.database, &s, &err), 0);
	assert_int_equal(store_writer_open(s, &w, &err), 0);
	assert_int_equal(store_begin(w, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct store_user u = { .name = rows[i].name,
			.hash = "",
			.roles = rows[i].role,
			.mail = "",
			.upn = "",
			.display_name = "",
			.uid = -1,
			.changed = 1 };

		assert_int_equal(store_insert_user(w, &u, &err), 0);
	}
	assert_int_equal(store_commit(w, &err), 0);
	store_writer_close(w);
	store_close(s);
}

static void
configure(struct fixture *f)
{
	static char url[] = "http://pki.example/certenroll";

	f->config = (struct ca_config){ .demo = true,
		.name = "Test CA",
		.host = "ca.example",
		.organization = "",
		.key = "p256",
		.contact = "",
		.database = f->database,
		.sign_socket = f->sign,
		.web_socket = f->web,
		.admin_socket = f->admin,
		.publish = f->publish,
		.url = url,
		.ca_validity = 3650 * INT64_C(86400),
		.validity = 365 * INT64_C(86400),
		.clock_skew = 600,
		.crl_period = 168 * 3600,
		.crl_overlap = 12 * 3600,
		.crl_delta_overlap = -1,
		.issue_override = "",
		.key_reuse = CA_KEY_REUSE_ANY, /* tests share keys */
		.compromised_keys = "",
		.site_names = { { "localhost", "127.0.0.1", "::1" }, 3 },
		.pending_per_requester = 50,
		.daily_per_requester = 1000,
		.pending_total = 10000,
		.workers = 2,
		.init = true,
		.owner_uid = geteuid() };
}

int
fixture_setup_stopped(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->folder, sizeof(f->folder), "/tmp/ca-test-XXXXXX");
	if (!f || !mkdtemp(f->folder))
		return -1;
	snprintf(f->database, FIXTURE_PATH_MAX, "sqlite:%s/ca.db", f->folder);
	snprintf(f->sign, FIXTURE_PATH_MAX, "%s/sign.sock", f->folder);
	snprintf(f->web, FIXTURE_PATH_MAX, "%s/web.sock", f->folder);
	snprintf(f->admin, FIXTURE_PATH_MAX, "%s/admin.sock", f->folder);
	snprintf(f->publish, FIXTURE_PATH_MAX, "%s/public", f->folder);
	mkdir(f->publish, 0755);
	configure(f);
	f->signer = calloc(1, sizeof(*f->signer));
	add_accounts(f);
	fixture_signer_start(f);
	*state = f;
	return 0;
}

void
fixture_start(struct fixture *f)
{
	const struct rpc_listener listeners[] = {
		{ .channel = RPC_CHANNEL_WEB, .path = f->web, .mode = 0600 },
		{ .channel = RPC_CHANNEL_ADMIN,
		    .path = f->admin,
		    .mode = 0600 },
	};
	const struct rpc_client_options o = { .path = f->web, .as = "" };
	struct err err = { 0 };

	if (ca_open(&f->config, &f->ca, &err) < 0 ||
	    ca_start(f->ca, &err) < 0 ||
	    rpc_server_start(
		listeners, 2, &ca_rpc_ops, f->ca, &f->server, &err) < 0 ||
	    rpc_client_new(&o, &f->client, &err) < 0)
		fail_msg("%s", err.text);
}

void
fixture_stop(struct fixture *f)
{
	rpc_client_free(f->client);
	f->client = NULL;
	if (f->server)
		rpc_server_stop(f->server);
	f->server = NULL;
	ca_close(f->ca);
	f->ca = NULL;
}

int
fixture_setup(void **state)
{
	if (fixture_setup_stopped(state) < 0)
		return -1;
	fixture_start(*state);
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	char *argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, f->folder, NULL };
	pid_t pid;

	fixture_stop(f);
	fixture_signer_stop(f);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	EVP_PKEY_free(f->signer->key);
	free(f->signer->crl);
	free(f->signer);
	free(f);
	return 0;
}

/* --- calls -------------------------------------------------------------- */

void
fixture_identity(struct identity *id, const char *name)
{
	*id = (struct identity){ 0 };
	assert_true(identity_set(
	    id, IDENTITY_REALM_LOCAL, name, IDENTITY_BASIC, clock_now()));
}

static int
take(int rc, struct rpc_msg *msg, const struct rpc_result *r,
    struct fixture_result *ret)
{
	if (rc < 0)
		return -1;
	ret->id = r->id;
	ret->disposition = r->disposition;
	ret->hresult = r->hresult;
	ret->mine = r->mine;
	assert_true(str_copy(ret->message, sizeof(ret->message), r->message));
	assert_true(
	    str_copy(ret->sentence, sizeof(ret->sentence), r->sentence));
	if (r->cert.n > 0) {
		const uint8_t *p = r->cert.p;

		ret->cert = d2i_X509(NULL, &p, (long)r->cert.n);
		assert_non_null(ret->cert);
	}
	rpc_msg_free(msg);
	return 0;
}

static int
submit(struct fixture *f, struct rpc_submit *ask, const char *who,
    struct fixture_result *ret)
{
	struct rpc_msg *msg = NULL;
	const struct rpc_result *r = NULL;
	int rc;

	*ret = (struct fixture_result){ 0 };
	fixture_identity(&ask->identity, who);
	rc = rpc_do_SUBMIT(f->client, ask, &msg, &r, &ret->err);
	return take(rc, msg, r, ret);
}

int
fixture_submit(struct fixture *f, const char *who, struct bytes request,
    const char *attributes, struct fixture_result *ret)
{
	struct rpc_submit ask = { .target_ca = "",
		.request = request,
		.attributes = attributes,
		.address = "192.0.2.1",
		.agent = "test" };

	return submit(f, &ask, who, ret);
}

int
fixture_submit_once(struct fixture *f, const char *who, struct bytes request,
    struct bytes submission, struct fixture_result *ret)
{
	struct rpc_submit ask = { .target_ca = "Test CA",
		.request = request,
		.attributes = "",
		.submission = submission,
		.address = "",
		.agent = "" };

	return submit(f, &ask, who, ret);
}

int
fixture_retrieve(
    struct fixture *f, const char *who, uint64_t id, struct fixture_result *ret)
{
	struct rpc_retrieve ask = { .id = id, .reason = "" };
	struct rpc_msg *msg = NULL;
	const struct rpc_result *r = NULL;
	int rc;

	*ret = (struct fixture_result){ 0 };
	fixture_identity(&ask.identity, who);
	rc = rpc_do_RETRIEVE(f->client, &ask, &msg, &r, &ret->err);
	return take(rc, msg, r, ret);
}

int
fixture_decide(struct fixture *f, const char *who, uint64_t id,
    enum rpc_decision decision, struct fixture_result *ret)
{
	struct rpc_decide ask = { .id = id,
		.decision = decision,
		.reason = decision == RPC_DECISION_DENY ? "no" : "" };
	struct rpc_msg *msg = NULL;
	const struct rpc_result *r = NULL;
	int rc;

	*ret = (struct fixture_result){ 0 };
	fixture_identity(&ask.identity, who);
	rc = rpc_do_DECIDE(f->client, &ask, &msg, &r, &ret->err);
	return take(rc, msg, r, ret);
}

X509 *
fixture_root(struct fixture *f)
{
	const struct rpc_nothing nothing = { 0 };
	const struct rpc_ca_info *info = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	const uint8_t *p;
	X509 *root;

	if (rpc_do_CA_INFO(f->client, &nothing, &msg, &info, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(info->generation_count, 1);
	p = info->generations[0].cert.p;
	root = d2i_X509(NULL, &p, (long)info->generations[0].cert.n);
	rpc_msg_free(msg);
	assert_non_null(root);
	return root;
}

bool
fixture_verifies(X509 *root, X509 *leaf)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool good;

	X509_STORE_add_cert(store, root);
	X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT);
	X509_STORE_CTX_init(ctx, store, leaf, NULL);
	good = X509_verify_cert(ctx) == 1;
	if (!good)
		print_message("# %s\n", X509_verify_cert_error_string(
					    X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return good;
}
