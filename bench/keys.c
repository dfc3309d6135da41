/* keys.c - what it costs to know every key: a database of N certificates with
 * a key each, how long the CA takes to read them, how much memory, and what a
 * look-up takes.
 *
 *   bench-keys DATABASE N       DATABASE: a path; added to when it is there
 *
 * Rows are small: only their number and their keys matter here.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ca/keys.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <time.h>

#define BATCH 1000
#define LOOKS 200000

static void
must(int rc, const struct err *err)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "bench-keys: %s\n", err->text);
	exit(1);
}

static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Resident, now. */
static long
memory_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (f) {
		if (fscanf(f, "%*s %ld", &pages) != 1)
			pages = 0;
		(void)fclose(f);
	}
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static const uint8_t *
hash_of(uint64_t n, uint8_t dst[32])
{
	return SHA256((const uint8_t *)&n, sizeof(n), dst);
}

static void
add_row(struct store_writer *w, uint64_t n)
{
	uint8_t hash[32], serial[19];
	struct store_request q = { .disposition = DISPOSITION_ISSUED,
		.kind = "pkcs10",
		.attributes = "",
		.message = "Issued",
		.sentence = "",
		.owner = "local\\bench",
		.requester = "bench",
		.caller_owner = "local\\bench",
		.caller = "bench",
		.peer = "",
		.address = "",
		.officer = "",
		.request_subject = "",
		.subject = "",
		.common_name = "",
		.template_name = "",
		.key_kind = "P-256",
		.key_bits = 256,
		.serial = BYTES_OF(serial),
		.not_before = 1700000000,
		.not_after = 1800000000 };
	uint64_t id;
	struct err err;

	q.key_hash = bytes_of(hash_of(n, hash), 32);
	memcpy(serial, hash, sizeof(serial));
	serial[0] = 0x7f; /* none that the CA makes */
	must(store_insert_request(w, &q, &id, &err), &err);
	must(store_add_key(w, id, q.key_hash, &err), &err);
}

static void
fill(struct store *s, uint64_t n)
{
	struct store_writer *w;
	double start = cpu_us();
	struct err err;

	must(store_writer_open(s, &w, &err), &err);
	for (uint64_t i = 0; i < n; i++) {
		if (i % BATCH == 0)
			must(store_begin(w, &err), &err);
		add_row(w, i);
		if (i % BATCH == BATCH - 1 || i == n - 1)
			must(store_commit(w, &err), &err);
	}
	store_writer_close(w);
	printf("keys.insert_us %.2f\n", (cpu_us() - start) / (double)n);
}

/* A claim and its release; `at` says which keys. */
static double
claims(struct ca_keys *k, struct store_reader *r, uint64_t at, uint64_t n)
{
	double start = cpu_us();

	for (uint64_t i = 0; i < LOOKS; i++) {
		struct ca_key_claim claim = { 0 };
		enum ca_key_verdict v;
		uint64_t request;
		struct err err;
		uint8_t hash[32];
		const struct ca_key_ask ask = { .hash = hash_of(
						    at + i * 7919 % n, hash),
			.owner = "local\\bench" };

		must(ca_keys_claim(k, r, &ask, &claim, &v, &request, &err),
		    &err);
		ca_keys_release(k, &claim, 0);
	}
	return (cpu_us() - start) / LOOKS;
}

int
main(int argc, char **argv)
{
	struct ca_keys *k;
	struct store *s;
	struct store_reader *r;
	struct err err;
	char url[1024];
	double start;
	uint64_t n, wall;
	long before;

	if (argc != 3 || !str_u64(argv[2], 10000000, &n) || n == 0) {
		(void)fprintf(stderr, "usage: bench-keys DATABASE N\n");
		return 2;
	}
	(void)snprintf(url, sizeof(url), "sqlite:%s", argv[1]);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	must(store_open(url, &s, &err), &err);
	fill(s, n);
	must(store_reader_open(s, &r, &err), &err);
	must(ca_keys_new(&k, &err), &err);
	before = memory_kib();
	start = cpu_us();
	wall = clock_monotonic_us();
	must(ca_keys_load(k, r, &err), &err);
	printf("keys.load_ms %.0f\nkeys.load_cpu_ms %.0f\n",
	    (double)(clock_monotonic_us() - wall) / 1e3,
	    (cpu_us() - start) / 1e3);
	printf("keys.load_kib %ld\n", memory_kib() - before);
	printf("keys.claim_new_us %.2f\n", claims(k, r, n, n));
	printf("keys.claim_known_us %.2f\n", claims(k, r, 0, n));
	ca_keys_free(k);
	store_reader_close(r);
	store_close(s);
	return 0;
}
