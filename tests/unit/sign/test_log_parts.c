/* A log that is long enough to be verified in parts: the same must be found as
 * from the beginning, above all where the parts meet. */
#include "../unit.h"
#include "base/err.h"
#include "sign/log_parts.h"
#include "sign/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDS 4000
#define BATCH   200

static char path[] = "/tmp/ocs-log-XXXXXX";
static char *text;
static size_t text_n;
static char *line[RECORDS + 1];

static void
put(const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, p, n), (ssize_t)n);
	(void)close(fd);
}

/* One in a thousand is a list. */
static struct sign_record
make(unsigned i)
{
	struct sign_record r = { .what = SIGN_CERTIFICATE };

	r.facts.digest_n = 32;
	memset(r.facts.digest, (int)i, 32);
	r.has_audit = true;
	if (i % 1000 == 500) {
		r.what = SIGN_CRL;
		r.key_index = i / 1000;
		r.facts.number = i;
	} else {
		r.facts.serial_n = 19;
		memset(r.facts.serial, 0x41, 19);
	}
	return r;
}

static int
setup(void **state)
{
	struct sign_record r[BATCH];
	struct sign_log *log;
	struct stat st;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sign_log_open(path, false, &log, NULL), 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		r[i % BATCH] = make(i);
		if (i % BATCH == BATCH - 1)
			assert_int_equal(
			    sign_log_append(log, r, BATCH, NULL), 0);
	}
	sign_log_close(log);
	assert_int_equal(fstat(fd, &st), 0);
	text_n = (size_t)st.st_size;
	assert_true(text_n > SIGN_LOG_PARTS_MIN);
	text = calloc(1, text_n + 16);
	assert_int_equal(pread(fd, text, text_n, 0), (ssize_t)text_n);
	(void)close(fd);
	line[0] = text;
	for (unsigned i = 0; i < RECORDS; i++)
		line[i + 1] = strchr(line[i], '\n') + 1;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(text);
	return unlink(path);
}

static void
expect_broken(const char *says)
{
	struct sign_log *log;
	struct err err = { 0 };

	assert_int_equal(sign_log_open(path, false, &log, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	if (!strstr(err.text, says))
		fail_msg("%s", err.text);
}

static void
a_good_log_is_known_whole(void **state)
{
	struct sign_record row;
	struct sign_log *log;
	uint8_t hash[SIGN_HASH_SIZE];
	size_t n;

	(void)state;
	put(text, text_n);
	assert_int_equal(sign_log_open(path, false, &log, NULL), 0);
	assert_int_equal(sign_log_torn(log), 0);
	assert_int_equal(sign_log_head(log, hash), RECORDS);
	for (uint32_t key = 0; key < 4; key++)
		assert_int_equal(
		    sign_log_crl_number(log, key), 1000 * key + 500);
	assert_int_equal(sign_log_crl_number(log, 4), 0);
	for (uint64_t after = 0; after < RECORDS; after += 7) {
		assert_int_equal(
		    sign_log_read(log, after, &row, 1, &n, NULL), 0);
		assert_int_equal(row.sequence, after + 1);
	}
	assert_int_equal(sign_log_read(log, RECORDS - 1, &row, 1, &n, NULL), 0);
	assert_memory_equal(row.hash, hash, SIGN_HASH_SIZE);
	/* It goes on where it was. */
	row = make(1);
	assert_int_equal(sign_log_append(log, &row, 1, NULL), 0);
	sign_log_close(log);
	assert_int_equal(sign_log_open(path, false, &log, NULL), 0);
	assert_int_equal(sign_log_head(log, hash), RECORDS + 1);
	sign_log_close(log);
}

static void
an_edited_byte_is_found_anywhere(void **state)
{
	char says[64];

	(void)state;
	for (unsigned i = 0; i < RECORDS; i += 97) {
		char *at = line[i] + 60, was = *at;

		*at = was == '4' ? '5' : '4';
		put(text, text_n);
		*at = was;
		(void)snprintf(says, sizeof(says), "record %u, at byte %td, ",
		    i + 1, line[i] - text);
		expect_broken(says);
	}
}

/* Each line around each place where up to eight parts may meet. */
static void
a_missing_record_is_found_where_parts_meet(void **state)
{
	AUTO_MEM char *less = malloc(text_n);
	char says[32];

	(void)state;
	for (unsigned joint = 1; joint < 24; joint++) {
		unsigned mid = RECORDS * joint / 24;

		for (unsigned i = mid - 3; i <= mid + 3; i++) {
			size_t before = (size_t)(line[i] - text);
			size_t n = (size_t)(line[i + 1] - line[i]);

			memcpy(less, text, before);
			memcpy(less + before, line[i + 1], text_n - before - n);
			put(less, text_n - n);
			(void)snprintf(says, sizeof(says), "record %u,", i + 1);
			expect_broken(says);
		}
	}
}

/* All records from `first` on with numbers one higher, and hashes that fit. */
static void
forge(unsigned first)
{
	AUTO_MEM char *forged = malloc(text_n + RECORDS);
	size_t n = (size_t)(line[first] - text), hashed_n;
	AUTO(pki_tools) tools = NULL;
	uint8_t before[SIGN_HASH_SIZE];
	struct sign_record r;
	struct bytes hashed;

	assert_int_equal(pki_tools_new(&tools, NULL), 0);
	memcpy(forged, text, n);
	for (unsigned i = first; i < RECORDS; i++) {
		uint8_t digest[PKI_DIGEST_MAX];
		size_t size = (size_t)(line[i + 1] - line[i]) - 1;

		assert_true(
		    sign_record_parse(bytes_of(line[i], size), &r, &hashed));
		r.sequence++;
		if (i > first)
			memcpy(r.prev, before, sizeof(before));
		hashed_n = sign_record_text(&r, forged + n);
		assert_int_equal(
		    pki_tools_hash(tools, PKI_HASH_SHA256,
			bytes_of(forged + n, hashed_n), digest, &size, NULL),
		    0);
		memcpy(r.hash, digest, sizeof(r.hash));
		memcpy(before, digest, sizeof(before));
		n += sign_record_end(&r, forged + n, hashed_n);
	}
	put(forged, n);
}

static void
a_missing_number_is_found_where_parts_meet(void **state)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned at = 0;

	(void)state;
	cores = cores > SIGN_LOG_PARTS_MAX ? SIGN_LOG_PARTS_MAX : cores;
	for (long i = 1; i <= cores; i++) {
		while (at < RECORDS - 3 &&
		       line[at] - text < (off_t)text_n / cores * i)
			at++;
		for (unsigned k = at - 2; k < at + 3; k++) {
			forge(k);
			expect_broken("has another number");
		}
	}
}

static void
torn_bytes_are_cut_off(void **state)
{
	struct sign_log *log;
	uint8_t hash[SIGN_HASH_SIZE];

	(void)state;
	memcpy(text + text_n, "4001\t20", 7);
	put(text, text_n + 7);
	memset(text + text_n, 0, 7);
	assert_int_equal(sign_log_open(path, false, &log, NULL), 0);
	assert_int_equal(sign_log_torn(log), 7);
	assert_int_equal(sign_log_head(log, hash), RECORDS + 1);
	sign_log_close(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_log_is_known_whole),
		cmocka_unit_test(an_edited_byte_is_found_anywhere),
		cmocka_unit_test(a_missing_record_is_found_where_parts_meet),
		cmocka_unit_test(a_missing_number_is_found_where_parts_meet),
		cmocka_unit_test(torn_bytes_are_cut_off),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
