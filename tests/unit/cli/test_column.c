#include "../unit.h"

#include "cli/cli.h"
#include "cli/column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
check_print(const char *const (*rows)[2], size_t count, const char *want)
{
	static const char *const titles[] = { "A", "SECOND" };
	AUTO(cli_column) t = NULL;
	AUTO_MEM char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(cli_column_new(titles, 2, &t, NULL), 0);
	for (i = 0; i < count; i++)
		assert_int_equal(cli_column_add(t, rows[i], NULL), 0);
	cli_column_print(t, out);
	(void)fclose(out);
	assert_string_equal(text, want);
}

static void
columns_are_aligned(void **state)
{
	static const char *const rows[][2] = {
		{ "1", "x" }, { "1000", NULL },
		{ "B\xc3\xa4r", "y" }, /* three characters, four bytes */
	};

	(void)state;
	check_print(rows, 3,
	    "A     SECOND\n"
	    "1     x\n"
	    "1000  \n"
	    "B\xc3\xa4r   y\n");
}

static void
hostile_text_is_disarmed(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "\x1b[2Jgone", "?[2Jgone" },
		{ "two\nlines\r", "two?lines?" },
		{ "\xc2\x9b"
		  "31m",
		    "?31m" }, /* C1 CSI */
		{ "a\xe2\x80\xae"
		  "b",
		    "a?b" },                 /* turned around */
		{ "\xff\xfe", "??" },        /* not UTF-8 */
		{ "cut \xe2\x80", "cut ?" }, /* half a character */
		{ "\xc0\xaf", "?" },         /* overlong */
		{ "", "" },
	};
	char clean[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		(void)cli_column_clean(clean, sizeof(clean), cases[i].in);
		assert_string_equal(clean, cases[i].out);
	}
}

static void
text_is_cut_between_characters(void **state)
{
	char clean[6];

	(void)state;
	assert_int_equal(
	    cli_column_clean(clean, sizeof(clean), "\xc3\xa4\xc3\xa4\xc3\xa4"),
	    2);
	assert_string_equal(clean, "\xc3\xa4\xc3\xa4");
}

static void
json_is_written_and_released(void **state)
{
	AUTO_MEM char *text = NULL;
	size_t size;
	struct cli c = { .out = open_memstream(&text, &size) };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    cli_output_json(&c,
		json_pack("{s:o,s:o,s:o}", "a", cli_output_json_time(0), "b",
		    cli_output_json_time(86400), "c",
		    cli_output_json_bytes(BYTES_LIT("\x01\xff"))),
		&err),
	    0);
	(void)fclose(c.out);
	assert_non_null(strstr(text, "\"a\": null"));
	assert_non_null(strstr(text, "\"b\": \"1970-01-02T00:00:00Z\""));
	assert_non_null(strstr(text, "\"c\": \"01ff\""));
	assert_int_equal(cli_output_json(&c, NULL, &err), -1);
	assert_int_equal(err.code, ERR_NO_MEMORY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_aligned),
		cmocka_unit_test(hostile_text_is_disarmed),
		cmocka_unit_test(text_is_cut_between_characters),
		cmocka_unit_test(json_is_written_and_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
