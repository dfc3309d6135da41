#include "fake_ca.h"

#include "base/role.h"
#include "base/str.h"

#include <assert.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct rpc_msg {
	const void *body;
};

struct fake_ca fake;
struct bytes fake_ca_cert, fake_crl, fake_leaf;

static struct rpc_generation generation;

/* --- DER ------------------------------------------------------------------ */

static X509 *
make_cert(EVP_PKEY *key, const char *name, X509 *issuer)
{
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);

	assert(X509_set_version(x, 2) == 1);
	assert(ASN1_INTEGER_set(X509_get_serialNumber(x), 0x4142) == 1);
	assert(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8,
		   (const unsigned char *)name, -1, -1, 0) == 1);
	assert(X509_set_issuer_name(
		   x, issuer ? X509_get_subject_name(issuer) : n) == 1);
	assert(ASN1_TIME_set(X509_getm_notBefore(x), 1764000000) != NULL);
	assert(ASN1_TIME_set(X509_getm_notAfter(x), 2079000000) != NULL);
	assert(X509_set_pubkey(x, key) == 1);
	assert(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static X509_CRL *
make_crl(EVP_PKEY *key, X509 *issuer)
{
	X509_CRL *c = X509_CRL_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, 1764000000);

	assert(X509_CRL_set_version(c, 1) == 1);
	assert(X509_CRL_set_issuer_name(c, X509_get_subject_name(issuer)) == 1);
	assert(X509_CRL_set1_lastUpdate(c, t) == 1);
	assert(ASN1_TIME_set(t, 2079000000) != NULL);
	assert(X509_CRL_set1_nextUpdate(c, t) == 1);
	assert(ASN1_INTEGER_set(number, 7) == 1);
	assert(X509_CRL_add1_ext_i2d(c, NID_crl_number, number, 0, 0) == 1);
	assert(X509_CRL_sign(c, key, EVP_sha256()) > 0);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(t);
	return c;
}

static void
make_all(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = make_cert(key, "Test & <CA>", NULL);
	X509 *leaf = make_cert(key, "www.example.com", ca);
	X509_CRL *crl = make_crl(key, ca);
	unsigned char *p = NULL;
	int n;

	n = i2d_X509(ca, &p);
	fake_ca_cert = bytes_of(p, (size_t)n);
	p = NULL;
	n = i2d_X509(leaf, &p);
	fake_leaf = bytes_of(p, (size_t)n);
	p = NULL;
	n = i2d_X509_CRL(crl, &p);
	fake_crl = bytes_of(p, (size_t)n);
	X509_CRL_free(crl);
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
}

void
fake_reset(void)
{
	if (!fake_leaf.p)
		make_all();
	fake = (struct fake_ca){ .fail = ERR_OK };
	generation = (struct rpc_generation){
		.cert = fake_ca_cert,
		.subject = "CN=Test & <CA>",
		.not_before = 1764000000,
		.not_after = 2079000000,
	};
	fake.info = (struct rpc_ca_info){
		.name = "Test & <CA>",
		.host = "ca.example",
		.type = "standalone",
		.contact = "pki@example.com",
		.user_version = 1,
		.pending_days = 10,
		.generations = &generation,
		.generation_count = 1,
		.crl_number = 7,
		.crl_this_update = 1764000000,
		.crl_next_update = 2079000000,
	};
	fake.crl = (struct rpc_crl){ fake_crl, 7, 1764000000, 2079000000 };
	fake.result = (struct rpc_result){
		.message = "", .sentence = "", .requester = "alice"
	};
}

/* --- the CA --------------------------------------------------------------- */

static int
check_password(const struct rpc_password_ask *ask,
    struct rpc_password_result *ret, struct err *err)
{
	bool officer = str_eq(ask->name, "officer");

	if (!bytes_eq(ask->password, BYTES_LIT("secret")) ||
	    (!officer && !str_eq(ask->name, "alice")))
		return err_set(err, ERR_UNAUTHENTICATED,
		    "The name or the password is wrong.");
	ret->name = officer ? "officer" : "alice";
	ret->roles = officer ? ROLE_OFFICER : ROLE_ENROLLEE;
	ret->user_version = 1;
	return 0;
}

static void
note_submit(const struct rpc_submit *s)
{
	assert(s->request.n < sizeof(fake.submitted));
	memcpy(fake.submitted, s->request.p, s->request.n);
	fake.submitted_n = s->request.n;
	assert(
	    str_copy(fake.attributes, sizeof(fake.attributes), s->attributes));
	memcpy(fake.submission,
	    s->submission.p ? s->submission.p : (const uint8_t *)"",
	    s->submission.n);
	fake.submission_n = s->submission.n;
	identity_owner(&s->identity, fake.owner);
}

static void
note_list(const struct rpc_list_ask *a)
{
	fake.disposition = a->disposition;
	fake.before = a->before;
	identity_owner(&a->identity, fake.owner);
}

static void
note_decide(const struct rpc_decide *d)
{
	fake.id = d->id;
	fake.decision = d->decision;
	assert(str_copy(fake.reason, sizeof(fake.reason), d->reason));
}

static const void *
answer(enum rpc_method method, const void *ask)
{
	switch ((int)method) {
	case RPC_CA_INFO:
		return &fake.info;
	case RPC_CRL_GET:
		return &fake.crl;
	case RPC_SUBMIT:
		note_submit(ask);
		return &fake.result;
	case RPC_RETRIEVE:
		fake.id = ((const struct rpc_retrieve *)ask)->id;
		return &fake.result;
	case RPC_SHOW:
		fake.id = ((const struct rpc_retrieve *)ask)->id;
		return &fake.request;
	case RPC_LIST:
		note_list(ask);
		return &fake.list;
	case RPC_TEMPLATE_LIST:
		return &fake.templates;
	case RPC_REPORT_LOST:
		fake.id = ((const struct rpc_retrieve *)ask)->id;
		return &fake.result;
	case RPC_DECIDE:
		note_decide(ask);
		return &fake.result;
	case RPC_REVOKE:
		fake.id = ((const struct rpc_revoke *)ask)->id;
		return &fake.result;
	default:
		return NULL;
	}
}

int
rpc_call(struct rpc_client *c, enum rpc_method method, const void *ask,
    struct rpc_msg **ret, struct err *err)
{
	static struct rpc_password_result password;
	struct rpc_msg *m;

	(void)c;
	fake.calls[method]++;
	if (fake.down)
		return err_set(err, ERR_UNAVAILABLE,
		    "the certification authority cannot be reached");
	if (method == RPC_CHECK_PASSWORD &&
	    check_password(ask, &password, err) < 0)
		return -1;
	if (fake.fail != ERR_OK && method != RPC_CHECK_PASSWORD &&
	    method != RPC_CA_INFO)
		return err_set(err, fake.fail, "%s", fake.fail_text);
	if (method == RPC_CRL_GET &&
	    ((const struct rpc_crl_ask *)ask)->type != RPC_CRL_BASE)
		return err_set(err, ERR_NOT_FOUND, "there are no deltas");
	m = malloc(sizeof(*m));
	assert(m);
	m->body =
	    method == RPC_CHECK_PASSWORD ? &password : answer(method, ask);
	assert(m->body);
	*ret = m;
	return 0;
}

const void *
rpc_msg_body(const struct rpc_msg *m)
{
	return m->body;
}

void
rpc_msg_free(struct rpc_msg *m)
{
	free(m);
}

/* --- the browser -----------------------------------------------------------
 */

struct web *
fake_web(const char *cache)
{
	static const char *const aliases[] = { "https://localhost:8443" };
	static const struct web_site site = {
		.logo = BYTES_INIT("<svg/>"),
		.logo_type = "image/svg+xml",
		.style = BYTES_INIT("p{}"),
	};
	const struct web_options options = {
		.site = &site,
		.cache = cache,
		.public_url = "https://pki.example",
		.aliases = aliases,
		.n_aliases = 1,
		.http_url = "http://pki.example",
	};
	struct web *w = NULL;
	struct err err = { 0 };

	if (web_new(&options, &w, &err) < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	assert(w);
	return w;
}

const struct fcgi_reply *
fake_ask(struct web *w, const struct fake_http *h)
{
	static struct fcgi_reply reply;
	static bool used;
	struct fcgi_request r = {
		.method = h->method ? h->method : HTTP_GET,
		.query = h->query ? h->query : "",
		.content_type = h->type,
		.body = bytes_str(h->body),
		.host = h->host ? h->host : "pki.example",
		.https = !h->plain_http,
		.user_agent = h->agent,
		.accept_language = h->accept_language,
		.cookie = h->cookie,
		.sec_fetch_site = h->sec_fetch_site,
		.origin = h->origin,
		.remote_addr = "192.0.2.1",
	};

	if (h->user)
		r.authorization =
		    str_eq(h->user, "officer") ? "Basic b2ZmaWNlcjpzZWNyZXQ="
		    : str_eq(h->user, "alice") ? "Basic YWxpY2U6c2VjcmV0"
					       : "Basic YWxpY2U6d3Jvbmc=";
	assert(str_lower(r.route, sizeof(r.route), h->path));
	if (used)
		fcgi_reply_clear(&reply);
	used = true;
	fcgi_reply_init(&reply);
	web_handle(w, &r, &reply);
	assert(!fcgi_reply_failed(&reply));
	return &reply;
}

int
fake_setup(void **state)
{
	fake_reset();
	*state = fake_web(NULL);
	return 0;
}

int
fake_teardown(void **state)
{
	web_free(*state);
	return 0;
}

bool
fake_has_header(const struct fcgi_reply *r, const char *line)
{
	return strstr(buf_str(&r->headers), line) != NULL;
}

bool
fake_says(const struct fcgi_reply *r, const char *text)
{
	return memmem(r->body.p, r->body.n, text, strlen(text)) != NULL;
}
