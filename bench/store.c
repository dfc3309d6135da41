/* store.c - what the store costs: CPU per row (request and its audit record)
 * at several sizes of a transaction, and look-ups by serial number.
 *
 *   bench-store FOLDER [ROWS [REQUESTERS]]
 *
 * Each requester costs up to one page of the log for each transaction and
 * index, so their number matters; a serial number always does. Prints "name
 * value" lines.
 */
#include "base/str.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static uint8_t raw[810], cert[1571];
static uint64_t requesters = 50;

static double
seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
stop_on(int rc, const struct err *err)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "bench-store: %s\n", err->text);
	exit(1);
}

/* Every n gives other, seemingly random bytes (splitmix64). */
static void
scatter(uint8_t *dst, size_t size, uint64_t n)
{
	size_t i;
	uint64_t x = 0;

	for (i = 0; i < size; i++) {
		if (i % 8 == 0) {
			x = (n + i) * 0x9e3779b97f4a7c15u;
			x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
			x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
			x ^= x >> 31;
		}
		dst[i] = (uint8_t)(x >> (8 * (i % 8)));
	}
	dst[0] = (uint8_t)(0x40 | (dst[0] & 0x3f));
}

static void
add_row(struct store_writer *w, uint64_t n)
{
	char subject[64], common_name[32], owner[32];
	uint8_t serial[19], hash[32], ski[20];
	struct store_request q = { .disposition = DISPOSITION_ISSUED,
		.kind = "pkcs10",
		.raw_request = BYTES_OF(raw),
		.attributes = "CertificateTemplate:WebServer\n",
		.message = "Issued",
		.submitted = 1700000000 + (int64_t)n / 1000,
		.resolved = 1700000000 + (int64_t)n / 1000,
		.owner = owner,
		.requester = owner + 6,
		.caller_owner = owner,
		.caller = owner + 6,
		.peer = "web uid 998",
		.address = "192.0.2.17",
		.request_subject = subject,
		.subject = subject,
		.common_name = common_name,
		.key_kind = "RSA",
		.key_bits = 2048,
		.key_hash = BYTES_OF(hash),
		.cert = BYTES_OF(cert),
		.serial = BYTES_OF(serial),
		.ski = BYTES_OF(ski),
		.cert_hash = BYTES_OF(hash),
		.not_before = 1700000000,
		.not_after = 1800000000 };
	struct store_audit a = { .node = "ca1",
		.sequence = n,
		.time = q.submitted,
		.event = "issue",
		.actor = owner,
		.peer = "web uid 998",
		.detail = "issued at once: CN=host.example",
		.serial = BYTES_OF(serial),
		.digest = BYTES_OF(hash),
		.prev = BYTES_OF(hash),
		.hash = BYTES_OF(hash) };
	struct err err;

	(void)snprintf(
	    owner, sizeof(owner), "local\\user%" PRIu64, n % requesters);
	(void)snprintf(
	    common_name, sizeof(common_name), "host%" PRIu64 ".example", n);
	(void)snprintf(
	    subject, sizeof(subject), "CN=%s, O=Example", common_name);
	scatter(serial, sizeof(serial), n);
	scatter(hash, sizeof(hash), n + 1);
	scatter(ski, sizeof(ski), n + 2);
	stop_on(store_insert_request(w, &q, &a.request_id, &err), &err);
	stop_on(store_append_audit(w, &a, &err), &err);
}

static void
write_rows(struct store_writer *w, uint64_t *at, uint64_t rows, unsigned batch)
{
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct err err;
	uint64_t i;

	for (i = 0; i < rows; i++) {
		if (i % batch == 0)
			stop_on(store_begin(w, &err), &err);
		add_row(w, ++*at);
		if (i % batch == batch - 1 || i == rows - 1)
			stop_on(store_commit(w, &err), &err);
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	(void)printf(
	    "store.batch%u_us %.1f\n", batch, cpu / (double)rows * 1e6);
}

static void
find_rows(struct store_reader *r, uint64_t rows)
{
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t i, looks = 20000;
	struct err err;

	for (i = 0; i < looks; i++) {
		AUTO(store_request) got = NULL;
		uint8_t serial[19];

		scatter(serial, sizeof(serial), i * 7919 % rows + 1);
		stop_on(
		    store_find_serial(r, BYTES_OF(serial), &got, &err), &err);
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	(void)printf("store.find_us %.1f\n", cpu / (double)looks * 1e6);
}

int
main(int argc, char **argv)
{
	static const unsigned batches[] = { 1, 4, 16, 64, 256 };
	struct store *s;
	struct store_writer *w;
	struct store_reader *r;
	struct err err;
	uint64_t rows = 20000, at = 0;
	char url[512];
	size_t i;

	if (argc < 2 || argc > 4 ||
	    (argc > 2 && !str_u64(argv[2], 100000000, &rows)) ||
	    (argc > 3 && !str_u64(argv[3], 100000000, &requesters)) ||
	    rows == 0 || requesters == 0) {
		(void)fprintf(
		    stderr, "usage: bench-store FOLDER [ROWS [REQUESTERS]]\n");
		return 2;
	}
	scatter(raw, sizeof(raw), 1);
	scatter(cert, sizeof(cert), 2);
	(void)snprintf(url, sizeof(url), "sqlite:%s/store.db", argv[1]);
	stop_on(store_open(url, &s, &err), &err);
	stop_on(store_writer_open(s, &w, &err), &err);
	stop_on(store_reader_open(s, &r, &err), &err);
	for (i = 0; i < ARRAY_LEN(batches); i++)
		write_rows(
		    w, &at, batches[i] < 16 ? rows / 10 : rows, batches[i]);
	find_rows(r, at);
	store_reader_close(r);
	store_writer_close(w);
	store_close(s);
	return 0;
}
