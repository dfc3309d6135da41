/* micro.c - what a certificate costs inside one process: raw signatures,
 * building and signing, reading and verifying. Candidates take turns in
 * slices of a few milliseconds of thread CPU time, so that a noisy machine
 * disturbs all of them alike; the figure is the median slice.
 *
 * Prints one "name value" pair per line for bench/run.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/ext.h"
#include "pki/lint.h"
#include "pki/name.h"
#include "pki/rsa_weak.h"
#include "pki/sigmake.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#define SLICE_US 20000.0
#define SLICES   60
#define REQUESTS 64
#define MESSAGE  900

static struct err err;

static void
must(int rc)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "micro: %s\n", err.text);
	exit(1);
}

static double
thread_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* --- the work ------------------------------------------------------------ */

struct request {
	uint8_t *der;
	size_t n;
};

struct work {
	struct pki_tools *tools;
	struct pki_sigmake *maker;
	struct pki_cert_block *block;
	struct request requests[REQUESTS];
	struct pki_csr csr[REQUESTS];
	EVP_PKEY *imported[REQUESTS];
	uint8_t space[REQUESTS][PKI_CERT_BUF];
	struct bytes tbs[REQUESTS];
	unsigned next;
};

typedef void step(struct work *w);

static void
raw_sign(struct work *w)
{
	static const uint8_t message[MESSAGE] = { 1 };
	uint8_t sig[PKI_SIGNATURE_MAX];
	size_t n;

	must(pki_sigmake_sign(w->maker, BYTES_OF(message), sig, &n, &err));
}

static void
build(struct work *w, const struct pki_csr *csr, uint8_t buf[PKI_CERT_BUF],
    struct bytes *ret)
{
	struct pki_cert_fields f = { .not_before = 1790000000,
		.not_after = 1820000000,
		.subject = csr->subject,
		.spki = csr->spki,
		.extensions = csr->extensions };

	f.serial[0] = 0x40;
	memcpy(f.serial + 1, &w->next, sizeof(w->next));
	must(pki_key_id(w->tools, &csr->key, f.ski, &err));
	must(pki_cert_build_tbs(w->block, &f, buf, PKI_CERT_BUF, ret, &err));
}

static void
build_sign(struct work *w)
{
	const struct pki_csr *csr = &w->csr[w->next++ % REQUESTS];
	uint8_t buf[PKI_CERT_BUF], sig[PKI_SIGNATURE_MAX];
	struct bytes tbs, cert;
	size_t n;

	build(w, csr, buf, &tbs);
	must(pki_sigmake_sign(w->maker, tbs, sig, &n, &err));
	must(pki_cert_finish(
	    w->block, buf, sizeof(buf), tbs, bytes_of(sig, n), &cert, &err));
}

static void
parse_verify(struct work *w)
{
	struct request *r = &w->requests[w->next++ % REQUESTS];
	struct pki_csr csr;

	must(pki_csr_parse(bytes_of(r->der, r->n), &csr, &err));
	must(pki_csr_verify(w->tools, &csr, &err));
}

/* --- the checks before signing ------------------------------------------- */

static const uint8_t ca_key_id[PKI_SHA1_SIZE] = { 1 };

static void
lint(struct work *w)
{
	const struct pki_lint_ask ask = {
		.tbs = w->tbs[w->next++ % REQUESTS],
		.issuer = pki_cert_block_issuer(w->block),
		.issuer_key_id = BYTES_OF(ca_key_id),
		.alg = pki_cert_block_alg(w->block)->der,
		.not_after = INT64_MAX,
	};
	struct pki_lint_fault fault;

	must(pki_lint(w->tools, &ask, &fault, &err));
	if (fault.rule)
		must(err_set(&err, ERR_INTERNAL, "%s", fault.text));
}

static void
rsa_weak(struct work *w)
{
	assert(!pki_rsa_weak(w->csr[w->next++ % REQUESTS].key.n));
}

static void
rsa_close(struct work *w)
{
	must(pki_rsa_close(w->csr[w->next++ % REQUESTS].key.n, &err));
}

static void
raw_verify(struct work *w)
{
	unsigned i = w->next++ % REQUESTS;
	const struct pki_csr *csr = &w->csr[i];

	must(pki_sig_verify_with(w->tools, w->imported[i], csr->sig_alg,
	    csr->info, csr->signature, &err));
}

static void
textbook_verify(struct work *w)
{
	struct request *r = &w->requests[w->next++ % REQUESTS];
	const uint8_t *p = r->der;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)r->n);

	assert(req && X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) == 1);
	X509_REQ_free(req);
}

/* --- measuring ------------------------------------------------------------ */

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
slice(step *s, struct work *w, unsigned *count)
{
	double start = thread_us(), now;
	unsigned n = 0;

	do {
		unsigned i;

		for (i = 0; i < *count; i++)
			s(w);
		n += *count;
		now = thread_us();
	} while (now - start < SLICE_US);
	*count = n / 4 + 1;
	return (now - start) / n;
}

static void
compare(const char *prefix, struct work *w, step *const *steps,
    const char *const *names, size_t count)
{
	double us[4][SLICES];
	unsigned at_once[4] = { 1, 1, 1, 1 };
	size_t i, k;

	assert(count <= 4);
	for (i = 0; i < SLICES; i++)
		for (k = 0; k < count; k++)
			us[k][i] = slice(steps[k], w, &at_once[k]);
	for (k = 0; k < count; k++) {
		qsort(us[k], SLICES, sizeof(double), by_value);
		printf("%s.%s_us %.2f\n", prefix, names[k], us[k][SLICES / 2]);
	}
}

/* --- preparing ------------------------------------------------------------ */

static EVP_PKEY *
make_key(const char *kind)
{
	EVP_PKEY *key = kind[0] == 'r'
			    ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
			    : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	assert(key);
	return key;
}

static void
make_request(struct request *r, EVP_PKEY *key, unsigned i)
{
	X509_REQ *req = X509_REQ_new();
	X509_NAME *name = X509_REQ_get_subject_name(req);
	STACK_OF(X509_EXTENSION) *exts = NULL;
	char cn[64], san[128];
	int n;

	(void)snprintf(cn, sizeof(cn), "host%u.example.com", i);
	(void)snprintf(san, sizeof(san), "DNS:%s,DNS:www.example.com", cn);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
	    (const unsigned char *)"Example", -1, -1, 0);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509v3_add_ext(&exts,
	    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san), -1);
	X509v3_add_ext(&exts,
	    X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "serverAuth"),
	    -1);
	X509_REQ_add_extensions(req, exts);
	X509_REQ_set_pubkey(req, key);
	n = X509_REQ_sign(req, key, EVP_sha256());
	assert(n > 0);
	n = i2d_X509_REQ(req, &r->der);
	assert(n > 0);
	r->n = (size_t)n;
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
}

static void
make_block(struct work *w, const struct pki_sig_alg *alg)
{
	static const char *const urls[] = {
		"http://pki.example.com/certenroll/Example%20CA.crl"
	};
	AUTO_BUF name = BUF_WITH_LIMIT(256);
	AUTO_BUF ext = BUF_WITH_LIMIT(4096);
	struct pki_name_part part = { PKI_OID_CN, "Example CA" };

	must(pki_name_build(&part, 1, &name, &err));
	pki_ext_put_aki(&ext, BYTES_OF(ca_key_id));
	pki_ext_put_key_usage(&ext, PKI_KU_DIGITAL_SIGNATURE);
	must(pki_ext_put_cdp(&ext, urls, 1, &err));
	must(pki_ext_put_aia(&ext, urls, 1, NULL, 0, &err));
	must(pki_cert_block_new(
	    buf_bytes(&name), alg, buf_bytes(&ext), &w->block, &err));
}

static void
prepare(struct work *w, EVP_PKEY *ca, const char *subject)
{
	enum pki_key_kind kind;
	unsigned bits, i;
	const struct pki_sig_alg *alg;

	must(pki_tools_new(&w->tools, &err));
	must(pki_sigmake_kind(ca, &kind, &bits, &err));
	alg = pki_sig_default(kind, bits);
	must(pki_sigmake_new(ca, alg, &w->maker, &err));
	make_block(w, alg);
	for (i = 0; i < REQUESTS; i++) {
		EVP_PKEY *key = make_key(subject);
		struct request *r = &w->requests[i];

		make_request(r, key, i);
		must(pki_csr_parse(bytes_of(r->der, r->n), &w->csr[i], &err));
		must(pki_key_import(
		    w->tools, &w->csr[i].key, &w->imported[i], &err));
		build(w, &w->csr[i], w->space[i], &w->tbs[i]);
		EVP_PKEY_free(key);
	}
}

static void
release(struct work *w)
{
	for (unsigned i = 0; i < REQUESTS; i++) {
		OPENSSL_free(w->requests[i].der);
		EVP_PKEY_free(w->imported[i]);
	}
	pki_sigmake_free(w->maker);
	pki_cert_block_free(w->block);
	pki_tools_free(w->tools);
}

/* --- all cores, shared keys ------------------------------------------------
 *
 * What an operation costs while every core does the same: cores may share
 * units and caches, and under load nobody has them alone.
 */

#define CORES_MAX    64
#define ALL_CORES_US 1000000

struct core {
	pthread_t thread;
	struct work work;
	EVP_PKEY *key;
	const struct pki_sig_alg *alg;
	step *what;
	uint64_t until;
	double cpu;
	unsigned done;
};

static void
core_main(void *arg)
{
	struct core *c = arg;
	double start;

	must(pki_tools_new(&c->work.tools, &err));
	must(pki_sigmake_new(c->key, c->alg, &c->work.maker, &err));
	start = thread_us();
	while (clock_monotonic_us() < c->until) {
		c->what(&c->work);
		c->done++;
	}
	c->cpu = thread_us() - start;
	pki_sigmake_free(c->work.maker);
	pki_tools_free(c->work.tools);
}

static void
all_cores(const char *prefix, const char *name, step *what,
    const struct work *w, EVP_PKEY *key, const struct pki_sig_alg *alg)
{
	static struct core cores[CORES_MAX];
	long n = sysconf(_SC_NPROCESSORS_ONLN), i;
	uint64_t until = clock_monotonic_us() + ALL_CORES_US;
	unsigned done = 0;
	double cpu = 0;

	n = n > CORES_MAX ? CORES_MAX : n;
	for (i = 0; i < n; i++) {
		cores[i] = (struct core){ .work = *w,
			.key = key,
			.alg = alg,
			.what = what,
			.until = until };
		must(thread_start(
		    &cores[i].thread, "core", core_main, &cores[i], &err));
	}
	for (i = 0; i < n; i++) {
		thread_join(cores[i].thread);
		done += cores[i].done;
		cpu += cores[i].cpu;
	}
	printf("%s.%s_all_cores_per_s %.0f\n", prefix, name,
	    (double)done * 1e6 / ALL_CORES_US);
	printf("%s.%s_all_cores_us %.2f\n", prefix, name, cpu / done);
}

static void
measure(const char *kind)
{
	static step *const sign[] = { raw_sign, build_sign };
	static const char *const sign_names[] = { "raw_sign", "build_sign" };
	static step *const verify[] = { raw_verify, parse_verify,
		textbook_verify };
	static const char *const verify_names[] = { "raw_verify",
		"parse_verify", "textbook_verify" };
	static step *const checks[] = { lint, rsa_weak, rsa_close };
	static const char *const check_names[] = { "lint", "rsa_weak",
		"rsa_close" };
	EVP_PKEY *ca = make_key(kind);
	struct work *w = calloc(1, sizeof(*w));
	enum pki_key_kind k;
	char prefix[32];
	unsigned bits;

	assert(w);
	prepare(w, ca, kind);
	must(pki_sigmake_kind(ca, &k, &bits, &err));
	(void)snprintf(prefix, sizeof(prefix), "micro.%s", kind);
	all_cores(
	    prefix, "raw_sign", raw_sign, w, ca, pki_sig_default(k, bits));
	all_cores(
	    prefix, "raw_verify", raw_verify, w, ca, pki_sig_default(k, bits));
	compare(prefix, w, sign, sign_names, ARRAY_LEN(sign));
	compare(prefix, w, verify, verify_names, ARRAY_LEN(verify));
	compare(prefix, w, checks, check_names, k == PKI_KEY_RSA ? 3 : 1);
	release(w);
	free(w);
	EVP_PKEY_free(ca);
}

int
main(void)
{
	measure("rsa2048");
	measure("p256");
	return 0;
}
