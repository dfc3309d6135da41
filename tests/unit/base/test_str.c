#include "../unit.h"
#include "base/str.h"

static void
utf8_is_strict(void **state)
{
	static const char *const bad[] = { "\xc0\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\x80", "\xe2\x82", "\xf5\x80\x80\x80",
		"\xe0\x80\xaf" };
	size_t i;

	(void)state;
	assert_true(
	    str_is_utf8(bytes_str("\xc5\xbelu\xc5\xa5 \xf0\x9f\x98\x80")));
	assert_false(str_is_utf8(BYTES_LIT("a\0b")));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_is_utf8(bytes_str(bad[i])));
}

static void
printable_refuses_controls_and_bidi(void **state)
{
	(void)state;
	assert_true(str_is_printable(bytes_str("Zo\xc3\xab")));
	assert_false(str_is_printable(bytes_str("a\nb")));
	assert_false(str_is_printable(bytes_str("a\x7f")));
	assert_false(str_is_printable(bytes_str("a\xe2\x80\xae"
						"b")));
	assert_false(str_is_printable(bytes_str("a\xc2\x85")));
}

static void
numbers_are_whole_and_in_range(void **state)
{
	uint64_t u;
	int64_t i;

	(void)state;
	assert_true(str_u64("18446744073709551615", UINT64_MAX, &u));
	assert_false(str_u64("18446744073709551616", UINT64_MAX, &u));
	assert_false(str_u64("", 10, &u));
	assert_false(str_u64("11", 10, &u));
	assert_false(str_u64("1x", 10, &u));
	assert_false(str_u64("-1", 10, &u));
	assert_true(str_i64("-1", &i));
	assert_int_equal(i, -1);
	assert_false(str_i64("9223372036854775808", &i));
	assert_false(str_i64("--1", &i));
}

static void
base64_round_trip_and_strictness(void **state)
{
	static const char *const bad[] = { "Zg=", "Zg",
		"Zh==", "Z===", "Zg==Zg==", "Z g=", "Zm9=" };
	uint8_t in[64], out[64];
	char text[128];
	size_t n, got, i;

	(void)state;
	for (n = 0; n < sizeof(in); n++) {
		in[n] = (uint8_t)(n * 37);
		str_base64(text, bytes_of(in, n));
		assert_int_equal(strlen(text) + 1, str_base64_size(n));
		assert_true(
		    str_unbase64(out, sizeof(out), bytes_str(text), &got));
		assert_int_equal(got, n);
		assert_memory_equal(in, out, n);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(
		    str_unbase64(out, sizeof(out), bytes_str(bad[i]), &got));
	assert_false(str_unbase64(out, 2, bytes_str("Zm9v"), &got));
}

static void
hex_round_trip(void **state)
{
	uint8_t out[4];
	char text[9];
	size_t n;

	(void)state;
	str_hex(text, BYTES_LIT("\x00\x7f\xff"));
	assert_string_equal(text, "007fff");
	assert_true(str_unhex(out, sizeof(out), "007FfF", &n));
	assert_int_equal(n, 3);
	assert_false(str_unhex(out, sizeof(out), "0", &n));
	assert_false(str_unhex(out, sizeof(out), "0g", &n));
	assert_false(str_unhex(out, 1, "0102", &n));
}

static void
copies_refuse_what_does_not_fit(void **state)
{
	char dst[4];

	(void)state;
	assert_true(str_copy(dst, sizeof(dst), "abc"));
	assert_false(str_copy(dst, sizeof(dst), "abcd"));
	assert_string_equal(dst, "");
	assert_false(str_from_bytes(dst, sizeof(dst), BYTES_LIT("a\0b")));
}

static void
times_are_utc(void **state)
{
	char text[STR_TIME_MAX];

	(void)state;
	str_time_iso(text, 0);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	str_time_human(text, 1795597200);
	assert_string_equal(text, "25 Nov 2026, 09:00 UTC");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(printable_refuses_controls_and_bidi),
		cmocka_unit_test(numbers_are_whole_and_in_range),
		cmocka_unit_test(base64_round_trip_and_strictness),
		cmocka_unit_test(hex_round_trip),
		cmocka_unit_test(copies_refuse_what_does_not_fit),
		cmocka_unit_test(times_are_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
