#include "../unit.h"
#include "base/err.h"
#include "sign/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/ocs-log-XXXXXX";
static char *text; /* of a good log with ten records */
static size_t text_n;
static char *line[11]; /* begin of each record, and the end */

static struct sign_record
make(uint32_t i)
{
	struct sign_record r = { .what = SIGN_CERTIFICATE, .key_index = i };

	r.facts.serial_n = 19;
	memset(r.facts.serial, 0x41, 19);
	r.facts.digest_n = 32;
	memset(r.facts.digest, (int)i, 32);
	r.audit_sequence = i;
	r.has_audit = i > 0;
	return r;
}

static void
put(const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, p, n), (ssize_t)n);
	(void)close(fd);
}

static int
open_log(struct sign_log **ret, struct err *err)
{
	*ret = NULL;
	return sign_log_open(path, false, ret, err);
}

/* It opens, has that many records and reads back. */
static void
expect_good(uint64_t records, size_t torn)
{
	static struct sign_record rows[64];
	uint8_t hash[SIGN_HASH_SIZE];
	struct sign_log *log;
	struct err err = { 0 };
	size_t n;

	if (open_log(&log, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(sign_log_head(log, hash), records);
	assert_int_equal(sign_log_torn(log), torn);
	assert_int_equal(sign_log_read(log, 0, rows, 64, &n, &err), 0);
	assert_int_equal(n, records);
	if (n > 0)
		assert_memory_equal(rows[n - 1].hash, hash, SIGN_HASH_SIZE);
	sign_log_close(log);
}

static void
expect_broken(const char *says)
{
	struct sign_log *log;
	struct err err = { 0 };

	assert_int_equal(open_log(&log, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	if (!strstr(err.text, says))
		fail_msg("%s", err.text);
	assert_non_null(strstr(err.text, "Nothing will be signed"));
}

static int
setup(void **state)
{
	struct sign_log *log;
	struct sign_record r[10];
	struct err err;
	struct stat st;
	uint32_t i;
	int fd;

	(void)state;
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(open_log(&log, &err), 0);
	for (i = 0; i < 10; i++)
		r[i] = make(i);
	assert_int_equal(sign_log_append(log, r, 4, &err), 0);
	assert_int_equal(sign_log_append(log, r + 4, 6, &err), 0);
	sign_log_close(log);
	assert_int_equal(fstat(fd, &st), 0);
	text_n = (size_t)st.st_size;
	text = malloc(text_n + 1);
	assert_int_equal(pread(fd, text, text_n, 0), (ssize_t)text_n);
	text[text_n] = 0;
	(void)close(fd);
	line[0] = text;
	for (i = 0; i < 10; i++)
		line[i + 1] = strchr(line[i], '\n') + 1;
	assert_ptr_equal(line[10], text + text_n);
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
test_good(void **state)
{
	(void)state;
	put(text, text_n);
	expect_good(10, 0);
	put("", 0);
	expect_good(0, 0);
}

/* Every byte of the file counts. */
static void
test_edited(void **state)
{
	AUTO_MEM char *copy = malloc(text_n);
	size_t i;

	(void)state;
	for (i = 0; i + 1 < text_n; i += 5) {
		struct sign_log *log;
		struct err err = { 0 };

		memcpy(copy, text, text_n);
		copy[i] ^= 1;
		put(copy, text_n);
		if (open_log(&log, &err) == 0)
			fail_msg("byte %zu", i);
		assert_int_equal(err.code, ERR_CORRUPT);
	}
}

static void
test_removed_and_moved(void **state)
{
	AUTO_MEM char *copy = malloc(2 * text_n);
	size_t a, n;

	(void)state;
	/* Without record 4. */
	a = (size_t)(line[3] - text);
	n = (size_t)(line[10] - line[4]);
	memcpy(copy, text, a);
	memcpy(copy + a, line[4], n);
	put(copy, a + n);
	expect_broken("record 4");
	/* Without the first. */
	put(line[1], (size_t)(line[10] - line[1]));
	expect_broken("record 1");
	/* 4 and 5 changed places. */
	memcpy(copy, text, text_n);
	n = (size_t)(line[5] - line[4]);
	memcpy(copy + a, line[4], n);
	memcpy(copy + a + n, line[3], (size_t)(line[4] - line[3]));
	put(copy, text_n);
	expect_broken("record 4");
	/* The last one twice. */
	memcpy(copy, text, text_n);
	n = (size_t)(line[10] - line[9]);
	memcpy(copy + text_n, line[9], n);
	put(copy, text_n + n);
	expect_broken("record 11");
}

/* A record with its own hash made anew still breaks the chain after it. */
static void
test_forged(void **state)
{
	struct sign_record r = make(77);
	struct sign_log *log;
	struct err err;
	AUTO_MEM char *copy = malloc(2 * text_n);
	char head[512];
	size_t a = (size_t)(line[9] - text), n;
	int fd;

	(void)state;
	put(text, (size_t)(line[8] - text));
	assert_int_equal(open_log(&log, &err), 0);
	assert_int_equal(sign_log_append(log, &r, 1, &err), 0);
	sign_log_close(log);
	fd = open(path, O_RDONLY);
	n = (size_t)pread(fd, head, sizeof(head), line[8] - text);
	(void)close(fd);
	memcpy(copy, text, (size_t)(line[8] - text));
	memcpy(copy + (line[8] - text), head, n);
	memcpy(copy + (line[8] - text) + n, line[9], text_n - a);
	put(copy, (size_t)(line[8] - text) + n + text_n - a);
	expect_broken("record 10");
}

/* Cut anywhere: the whole records stay, the rest is cut off and noted. */
static void
test_torn(void **state)
{
	size_t cut;

	(void)state;
	for (cut = (size_t)(line[8] - text); cut <= text_n; cut += 3) {
		uint64_t whole = cut == text_n                     ? 10
				 : cut >= (size_t)(line[9] - text) ? 9
								   : 8;
		size_t torn = cut - (size_t)(line[whole] - text);

		put(text, cut);
		expect_good(whole + (torn > 0), torn);
		/* The repaired log is a good one. */
		expect_good(whole + (torn > 0), 0);
	}
}

static void
test_torn_is_on_record(void **state)
{
	struct sign_record rows[16];
	struct sign_log *log;
	struct err err;
	size_t n;

	(void)state;
	put(text, text_n - 5);
	assert_int_equal(open_log(&log, &err), 0);
	assert_int_equal(sign_log_read(log, 8, rows, 16, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].outcome, SIGN_REMARK);
	assert_int_equal(rows[1].what, SIGN_WHAT_TORN);
	assert_int_equal(
	    rows[1].facts.number, (size_t)(line[10] - line[9]) - 5);
	sign_log_close(log);
}

static void
test_too_much_garbage(void **state)
{
	size_t n = SIGN_BATCH_MAX * SIGN_RECORD_MAX + 1;
	AUTO_MEM char *zeros = calloc(1, n);

	(void)state;
	put(zeros, n - 1);
	expect_good(1, n - 1);
	put(zeros, n);
	expect_broken("are no records");
}

static void
test_limit_of_a_line(void **state)
{
	struct sign_record r = make(UINT32_MAX), back;
	char dst[SIGN_RECORD_MAX + 1];
	struct bytes hashed;
	size_t n;

	(void)state;
	r.sequence = r.audit_sequence = UINT64_MAX;
	r.time = INT64_C(253402300799);
	r.outcome = SIGN_REFUSED;
	r.what = SIGN_CA_CERTIFICATE;
	r.facts.serial_n = SIGN_SERIAL_MAX;
	r.facts.digest_n = SIGN_DIGEST_MAX;
	n = sign_record_text(&r, dst);
	n = sign_record_end(&r, dst, n);
	assert_true(n <= SIGN_RECORD_MAX);
	assert_true(sign_record_parse(bytes_of(dst, n - 1), &back, &hashed));
	assert_int_equal(back.sequence, r.sequence);
	assert_int_equal(back.time, r.time);
	assert_int_equal(back.key_index, r.key_index);
	assert_int_equal(back.facts.digest_n, SIGN_DIGEST_MAX);
}

/* All sixteen digits are read as what they are, and no other sign is one: every
 * byte, at both places of a pair. */
static void
test_digits_of_a_line(void **state)
{
	struct sign_record r = make(1), back;
	char dst[SIGN_RECORD_MAX + 1];
	struct bytes hashed;
	size_t n;
	char *digest;

	(void)state;
	r.facts.digest_n = 16;
	for (unsigned i = 0; i < 16; i++)
		r.facts.digest[i] = (uint8_t)(i << 4 | (15 - i));
	n = sign_record_text(&r, dst);
	n = sign_record_end(&r, dst, n);
	dst[n - 1] = 0;
	assert_true(sign_record_parse(bytes_of(dst, n - 1), &back, &hashed));
	assert_memory_equal(back.facts.digest, r.facts.digest, 16);
	digest = strstr(dst, "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
	assert_non_null(digest);
	for (unsigned c = 0; c < 2 * 256; c++) {
		char *at = digest + 10 + c / 256, was = *at;
		bool good = c % 256 && strchr("0123456789abcdef", (char)c);

		*at = (char)c;
		assert_int_equal(good,
		    sign_record_parse(bytes_of(dst, n - 1), &back, &hashed));
		*at = was;
	}
}

/* RLIMIT_FSIZE cuts a write short as a full disk does. */
static void
test_failed_write_leaves_nothing(void **state)
{
	struct rlimit old, small;
	struct sign_record r[8];
	struct sign_log *log;
	struct err err;
	struct stat st;
	uint32_t i;

	(void)state;
	put(text, text_n);
	assert_int_equal(open_log(&log, &err), 0);
	for (i = 0; i < 8; i++)
		r[i] = make(i);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = text_n + 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(sign_log_append(log, r, 8, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal((size_t)st.st_size, text_n);
	sign_log_close(log);
	expect_good(10, 0);
}

static void
test_long_log_is_read_in_pages(void **state)
{
	static struct sign_record batch[250], rows[1000];
	struct sign_log *log;
	struct err err;
	uint64_t after = 0;
	size_t n, i, total = 0;

	(void)state;
	put("", 0);
	assert_int_equal(open_log(&log, &err), 0);
	for (i = 0; i < 20; i++) {
		for (n = 0; n < 250; n++)
			batch[n] = make((uint32_t)n);
		assert_int_equal(sign_log_append(log, batch, 250, &err), 0);
	}
	sign_log_close(log);
	assert_int_equal(open_log(&log, &err), 0);
	do {
		assert_int_equal(
		    sign_log_read(log, after, rows, 333, &n, &err), 0);
		for (i = 0; i < n; i++)
			assert_int_equal(rows[i].sequence, after + i + 1);
		after += n;
		total += n;
	} while (n > 0);
	assert_int_equal(total, 5000);
	for (after = 1020; after < 1030; after++) {
		assert_int_equal(
		    sign_log_read(log, after, rows, 1, &n, &err), 0);
		assert_int_equal(rows[0].sequence, after + 1);
	}
	assert_int_equal(sign_log_read(log, UINT64_MAX, rows, 1, &n, &err), 0);
	assert_int_equal(n, 0);
	sign_log_close(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_removed_and_moved),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_torn_is_on_record),
		cmocka_unit_test(test_too_much_garbage),
		cmocka_unit_test(test_limit_of_a_line),
		cmocka_unit_test(test_digits_of_a_line),
		cmocka_unit_test(test_failed_write_leaves_nothing),
		cmocka_unit_test(test_long_log_is_read_in_pages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
