/* YAML by a schema: what is refused, and the line that is named. */
#include "../unit.h"
#include "conf/conf.h"

#include <stdio.h>

struct part {
	char *color;
	bool *loud;
};

struct sample {
	char *name;
	uint64_t *number;
	bool *truth;
	char **list;
	unsigned list_count;
	struct part *parts;
	unsigned parts_count;
	struct part *one;
};

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

/* clang-format off */
static const cyaml_schema_value_t text_item = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 20),
};
static const cyaml_schema_field_t part_fields[] = {
	CYAML_FIELD_STRING_PTR("color", OPTIONAL, struct part, color, 0, 20),
	CYAML_FIELD_BOOL_PTR("loud", OPTIONAL, struct part, loud),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t part_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct part, part_fields),
};
static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct sample, name, 0, 20),
	CYAML_FIELD_UINT_PTR("number", OPTIONAL, struct sample, number),
	CYAML_FIELD_BOOL_PTR("truth", OPTIONAL, struct sample, truth),
	CYAML_FIELD_SEQUENCE("list", OPTIONAL, struct sample, list, &text_item,
	    0, 3),
	CYAML_FIELD_SEQUENCE("parts", OPTIONAL, struct sample, parts,
	    &part_item, 0, 3),
	CYAML_FIELD_MAPPING_PTR("one", OPTIONAL, struct sample, one,
	    part_fields),
	CYAML_FIELD_IGNORE("other", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct sample, fields),
};

static const struct row {
	const char *text;
	unsigned line; /* 0: fine */
	const char *says;
} rows[] = {
	{ "name: a\nnumber: 12\ntruth: true\nlist: [x, y]\n", 0, NULL },
	{ "parts:\n  - color: red\n    loud: false\n  - color: blue\n", 0,
	    NULL },
	/* another program's section: its values are its own business */
	{ "name: a\nother:\n  number: 12abc\n  truth: 7\n", 0, NULL },
	{ "name: 12abc\n", 0, NULL },
	{ "name: a\nnumber: 12abc\n", 2, "digits" },
	{ "number: -1\n", 1, "digits" },
	{ "number:\n", 1, "digits" },
	{ "name: a\n\n# off is no word here\ntruth: off\n", 4, "true or false" },
	{ "name: a\nparts:\n  - color: red\n  - color: x\n    loud: flase\n", 5,
	    "true or false" },
	{ "name: a\none:\n  loud: 1\n", 3, "true or false" },
	{ "name: a\nnumber: 1\nshape: 2\n", 3, "shape" },
	{ "name: a\none:\n  shape: 2\n", 3, "shape" },
	{ "name: a\nnumber: 1\nname: b\n", 3, "seen" },
	{ "name: a\nlist: x\n", 2, "SEQUENCE" },
	{ "name: a\nlist:\n  - 1\n  - 2\n  - 3\n  - 4\n", 6, "xcessive" },
	{ "name: a\nlist:\n  - 1\n  - {a: b}\n", 4, "STRING" },
	{ "name: [a\n", 2, "," },
	{ "name: a\n\tnumber: 1\n", 2, "tab" },
	{ "name: &x a\nlist: [*x]\n", 1, "anchor" },
	{ "name: a\nlist: [*x]\n", 2, "alias" },
	{ "name: a\n---\nname: b\n", 2, "document" },
	{ "name: a\nlist: [\"b\\0c\"]\n", 2, "NUL" },
	{ "other: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", 1, "deep" },
	{ "? {a: b}\n: c\n", 1, "key" },
	{ "name: \xff\n", 1, "" },
};
/* clang-format on */

static void
refuses_with_the_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		unsigned line = 99;
		void *loaded;
		char at[32];
		int rc = conf_load(bytes_str(rows[i].text), "f.yaml", &schema,
		    &loaded, &line, &err);

		if (rc == 0)
			conf_free(&schema, loaded);
		if ((rc == 0) != (rows[i].line == 0))
			fail_msg("row %zu: %d %s", i, rc, err.text);
		if (rc == 0)
			continue;
		(void)snprintf(at, sizeof(at), "f.yaml:%u: ", rows[i].line);
		if (line != rows[i].line || strncmp(err.text, at, strlen(at)) ||
		    !strstr(err.text, rows[i].says))
			fail_msg("row %zu: line %u, %s", i, line, err.text);
	}
}

static void
an_empty_text_is_an_error(void **state)
{
	struct err err = { 0 };
	void *loaded;

	(void)state;
	assert_int_equal(
	    conf_load(BYTES_NONE, "f.yaml", &schema, &loaded, NULL, &err), -1);
	assert_string_equal(err.text, "f.yaml: it is empty");
	assert_null(loaded);
}

static void
loads_values(void **state)
{
	static const char text[] = "name: a\nnumber: 12\ntruth: true\n"
				   "parts:\n  - color: red\n";
	struct err err = { 0 };
	struct sample *s;
	void *loaded;

	(void)state;
	assert_int_equal(
	    conf_load(bytes_str(text), "f", &schema, &loaded, NULL, &err), 0);
	s = loaded;
	assert_string_equal(s->name, "a");
	assert_int_equal(*s->number, 12);
	assert_true(*s->truth);
	assert_int_equal(s->parts_count, 1);
	assert_string_equal(s->parts[0].color, "red");
	conf_free(&schema, loaded);
}

static void
finds_lines(void **state)
{
	static const char text[] = "name: a\n"
				   "list:\n"
				   "  - x\n"
				   "  - y\n"
				   "parts:\n"
				   "  - color: red\n"
				   "\n"
				   "  - color: blue\n"
				   "    loud: true\n"
				   "one: {color: x,\n"
				   "  loud: true}\n";
	static const struct {
		const char *path;
		unsigned line;
	} places[] = { { "name", 1 }, { "list", 2 }, { "list/0", 3 },
		{ "list/1", 4 }, { "list/2", 2 }, { "parts", 5 },
		{ "parts/0", 6 }, { "parts/0/color", 6 }, { "parts/1", 8 },
		{ "parts/1/loud", 9 }, { "parts/1/none", 8 }, { "one", 10 },
		{ "one/loud", 11 }, { "nothing", 1 }, { "na", 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (conf_line(bytes_str(text), places[i].path) !=
		    places[i].line)
			fail_msg("%s: %u", places[i].path,
			    conf_line(bytes_str(text), places[i].path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_with_the_line),
		cmocka_unit_test(an_empty_text_is_an_error),
		cmocka_unit_test(loads_values),
		cmocka_unit_test(finds_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
