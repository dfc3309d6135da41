#include "../unit.h"
#include "base/buf.h"

#include <fcntl.h>
#include <unistd.h>

static void
grows_up_to_its_limit_and_not_beyond(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1000);
	struct err err = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		buf_add_str(&b, "0123456789");
	assert_int_equal(b.n, 1000);
	assert_int_equal(buf_check(&b, "text", &err), 0);
	buf_add_char(&b, 'x');
	assert_true(buf_failed(&b));
	assert_int_equal(b.n, 1000);
	assert_int_equal(buf_check(&b, "text", &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

static void
is_always_a_string(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(64);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_addf(&b, "%s-%d", "a", 5);
	assert_string_equal(buf_str(&b), "a-5");
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
}

static void
integers_are_big_endian(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(64);

	(void)state;
	buf_add_be32(&b, 0x01020304);
	buf_add_be64(&b, 0x05);
	assert_int_equal(b.n, 12);
	assert_memory_equal(b.p, "\1\2\3\4\0\0\0\0\0\0\0\5", 12);
}

static void
reads_a_file_to_its_end_or_to_the_limit(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(40000);
	AUTO_FD endless = open("/dev/zero", O_RDONLY);
	AUTO_FD folder = open("/", O_RDONLY);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	assert_int_equal(buf_add_fd(&b, ends[0]), 0);
	close(ends[0]);
	assert_string_equal(buf_str(&b), "abc");

	assert_int_equal(buf_add_fd(&b, endless), 0);
	assert_true(buf_failed(&b));

	buf_clear(&b);
	assert_int_equal(buf_add_fd(&b, folder), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_up_to_its_limit_and_not_beyond),
		cmocka_unit_test(is_always_a_string),
		cmocka_unit_test(reads_a_file_to_its_end_or_to_the_limit),
		cmocka_unit_test(integers_are_big_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
