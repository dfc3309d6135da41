/* sign.c - what the signer adds to a raw signature: policy, digest, record,
 * fdatasync and the hand-over to the threads, in batches of several sizes.
 * Raw signatures and batches take turns, so that a noisy machine disturbs
 * both alike. CPU time of the whole process; the figure is the median slice.
 * Then: opening, and so verifying, a long log.
 *
 * Works in a folder below TMPDIR and removes it. Prints "name value" lines.
 */
#include "pki/cert.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "sign/service.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define T0      INT64_C(1800000000)
#define T1      INT64_C(2100000000)
#define SLICES  15
#define PER     192 /* signatures of a slice: a multiple of the batch sizes */
#define RECORDS 100000

static struct err err;
static char folder[200], keys[220], log_path[220];

static void
must(int rc)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "bench-sign: %s\n", err.text);
	exit(1);
}

static double
cpu_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), compare);
	return x[n / 2];
}

/* --- a signer and something to sign --------------------------------------- */

struct bench {
	struct sign_service *service;
	const struct sign_key *key;
	struct pki_sigmake *raw;
	struct buf name, extensions;
	uint8_t tbs[PKI_CERT_BUF];
	struct sign_item items[SIGN_BATCH_MAX];
	struct sign_result results[SIGN_BATCH_MAX];
};

static struct bytes
build(struct bench *b, bool ca)
{
	AUTO(pki_cert_block) block = NULL;
	AUTO_BUF ext = BUF_WITH_LIMIT(4096);
	struct pki_cert_fields f = { .not_before = T0,
		.not_after = ca ? T1 : T1 - 1,
		.subject = buf_bytes(&b->name),
		.spki = b->key->spki };
	static uint8_t *other;
	static int other_n;
	struct bytes tbs;

	if (!other) {
		EVP_PKEY *pkey = EVP_RSA_gen(2048);

		other_n = i2d_PUBKEY(pkey, &other);
		EVP_PKEY_free(pkey);
	}
	if (!ca)
		f.spki = bytes_of(other, (size_t)other_n);
	pki_cert_serial_shape(f.serial);
	pki_ext_put_key_usage(
	    &ext, ca ? PKI_KU_CERT_SIGN : PKI_KU_DIGITAL_SIGNATURE);
	pki_ext_put_basic(&ext, ca, -1);
	if (!ca) /* URLs and names: up to the usual size */
		buf_add_bytes(&ext, buf_bytes(&b->extensions));
	must(pki_cert_block_new(
	    buf_bytes(&b->name), b->key->alg, buf_bytes(&ext), &block, &err));
	must(pki_cert_build_tbs(block, &f, b->tbs, sizeof(b->tbs), &tbs, &err));
	return tbs;
}

static void
begin(struct bench *b, const char *kind, EVP_PKEY *pkey)
{
	const struct sign_service_options o = {
		.keys = keys, .log = log_path, .init = true
	};
	const struct pki_name_part part = { PKI_OID_CN, "Bench CA" };
	static const uint8_t filler[300] = { 0x04, 0x82, 296 >> 8, 296 & 255 };
	struct sign_item item = { .what = SIGN_CA_CERTIFICATE };
	const struct sign_ask ask = { .items = &item, .item_count = 1 };
	const struct sign_kind *row = sign_kind_find(kind);
	size_t i;

	must(sign_service_open(&o, &b->service, &err));
	must(sign_service_make_key(b->service, 0, kind, &b->key, &err));
	must(pki_sigmake_new(pkey, sign_kind_alg(row), &b->raw, &err));
	b->name = BUF_WITH_LIMIT(1024);
	b->extensions = BUF_WITH_LIMIT(4096);
	must(pki_name_build(&part, 1, &b->name, &err));
	pki_ext_put(&b->extensions, bytes_of("\x2a\x03\x04", 3), false,
	    BYTES_OF(filler));
	item.tbs = build(b, true);
	must(sign_service_sign(b->service, &ask, b->results, &err));
	err = b->results[0].err;
	must(err.code == ERR_OK ? 0 : -1);
	for (i = 0; i < SIGN_BATCH_MAX; i++)
		b->items[i] = (struct sign_item){ .what = SIGN_CERTIFICATE };
}

static void
end(struct bench *b)
{
	char path[260];

	sign_service_close(b->service);
	pki_sigmake_free(b->raw);
	buf_clear(&b->name);
	buf_clear(&b->extensions);
	(void)snprintf(path, sizeof(path), "%s/0.key", keys);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/0.tbs", keys);
	(void)unlink(path);
	(void)unlink(log_path);
}

/* --- measuring ------------------------------------------------------------ */

static double
slice_raw(struct bench *b)
{
	uint8_t sig[PKI_SIGNATURE_MAX];
	double start = cpu_us();
	size_t i, n;

	for (i = 0; i < PER; i++)
		must(pki_sigmake_sign(b->raw, b->items[0].tbs, sig, &n, &err));
	return (cpu_us() - start) / PER;
}

static double
slice_batch(struct bench *b, size_t size)
{
	const struct sign_ask ask = { .items = b->items, .item_count = size };
	double start = cpu_us();
	size_t i;

	for (i = 0; i < PER; i += size)
		must(sign_service_sign(b->service, &ask, b->results, &err));
	err = b->results[0].err;
	must(err.code == ERR_OK ? 0 : -1);
	return (cpu_us() - start) / PER;
}

static void
measure(const char *kind, EVP_PKEY *pkey)
{
	static const size_t sizes[] = { 1, 8, 64 };
	static struct bench bench;
	double raw[SLICES], batch[ARRAY_LEN(sizes)][SLICES], whole;
	size_t i, k;
	struct bytes tbs;

	bench = (struct bench){ 0 };
	begin(&bench, kind, pkey);
	tbs = build(&bench, false);
	for (i = 0; i < SIGN_BATCH_MAX; i++)
		bench.items[i].tbs = tbs;
	for (i = 0; i < SLICES; i++) {
		raw[i] = slice_raw(&bench);
		for (k = 0; k < ARRAY_LEN(sizes); k++)
			batch[k][i] = slice_batch(&bench, sizes[k]);
	}
	whole = median(raw, SLICES);
	printf("sign.%s.raw_us %.1f\n", kind, whole);
	for (k = 0; k < ARRAY_LEN(sizes); k++)
		printf("sign.%s.batch%zu_us %.1f\n", kind, sizes[k],
		    median(batch[k], SLICES));
	end(&bench);
	EVP_PKEY_free(pkey);
}

static void
measure_log(void)
{
	static struct sign_record records[SIGN_BATCH_MAX];
	struct sign_log *log;
	double start;
	size_t i, k;

	must(sign_log_open(log_path, true, &log, &err));
	for (i = 0; i < RECORDS; i += SIGN_BATCH_MAX) {
		for (k = 0; k < SIGN_BATCH_MAX; k++) {
			records[k] = (struct sign_record){ 0 };
			records[k].what = SIGN_CERTIFICATE;
			records[k].has_audit = true;
			records[k].facts.serial_n = 19;
			records[k].facts.digest_n = 32;
		}
		must(sign_log_append(log, records, SIGN_BATCH_MAX, &err));
	}
	sign_log_close(log);
	start = cpu_us();
	must(sign_log_open(log_path, false, &log, &err));
	printf("sign.log.verify_us %.2f\n", (cpu_us() - start) / (double)i);
	sign_log_close(log);
	(void)unlink(log_path);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(
	    folder, sizeof(folder), "%s/bench-sign-XXXXXX", tmp ? tmp : "/tmp");
	assert(mkdtemp(folder));
	(void)snprintf(keys, sizeof(keys), "%s/keys", folder);
	(void)snprintf(log_path, sizeof(log_path), "%s/sign.log", folder);
	assert(mkdir(keys, 0700) == 0);
	measure("p256", EVP_EC_gen("P-256"));
	measure("rsa2048", EVP_RSA_gen(2048));
	measure_log();
	(void)rmdir(keys);
	(void)rmdir(folder);
	return 0;
}
