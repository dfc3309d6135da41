#include "../unit.h"
#include "base/buf.h"
#include "base/str.h"
#include "fcgi/form.h"

#define TYPE    "multipart/form-data; boundary=XX"
#define NAMED   "Content-Disposition: form-data; name=\"a\"\r\n"
#define ONE(s)  "--XX\r\n" NAMED "\r\n" s "\r\n"
#define END     "--XX--\r\n"
#define HEAD(s) "--XX\r\n" s "\r\n\r\nv\r\n" END

static int
read_form(const char *type, struct bytes body, struct fcgi_form **ret,
    struct err *err)
{
	*ret = NULL;
	*err = (struct err){ 0 };
	return fcgi_form_read(NULL, type, body, ret, err);
}

static void
fields_and_files_are_read(void **state)
{
	/* clang-format off */
	static const struct {
		const char *type, *body, *value, *filename;
	} t[] = {
		{ TYPE, ONE("v") END, "v", NULL },
		{ TYPE, ONE("") END, "", NULL },
		{ TYPE, ONE("a\r\nb--XX\r\n") END, "a\r\nb--XX\r\n", NULL },
		{ TYPE, ONE("a\n--XX") END, "a\n--XX", NULL },
		{ TYPE, ONE("1") ONE("2") END, "1", NULL },
		{ TYPE, "preamble\r\n" ONE("v") END "epilogue", "v", NULL },
		{ TYPE, "--XX \t\r\n" NAMED "\r\nv\r\n" END, "v", NULL },
		{ TYPE, ONE("v") "--XX--", "v", NULL },
		{ "MULTIPART/form-data;charset=x; Boundary=\"XX\"",
		  ONE("v") END, "v", NULL },
		{ TYPE, HEAD("content-disposition:FORM-DATA;NAME=a"),
		  "v", NULL },
		{ TYPE, HEAD("X: y\r\nContent-Disposition: form-data; "
			     "name=\"A\"; filename=\"b.req\""), "v", "b.req" },
		{ TYPE, HEAD("Content-Disposition: form-data; name=\"a\"; "
			     "filename=\"C:\\dir\\b.req\""), "v", "b.req" },
		{ TYPE, HEAD("Content-Disposition: form-data; name=\"a\"; "
			     "filename=\"../../etc/b\""), "v", "b" },
		{ TYPE, HEAD("Content-Disposition: form-data; name=\"a\"; "
			     "filename=\"a;\\\"b\\\"\""), "v", "a;\"b\"" },
		{ TYPE, HEAD(NAMED "Content-Transfer-Encoding: Binary"),
		  "v", NULL },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		AUTO(fcgi_form) f = NULL;
		const struct fcgi_form_item *a;
		struct err err;

		if (read_form(t[i].type, bytes_str(t[i].body), &f, &err) < 0)
			fail_msg("%s: %s", t[i].body, err.text);
		a = fcgi_form_find(f, "a");
		assert_non_null(a);
		assert_true(bytes_eq(a->value, bytes_str(t[i].value)));
		assert_int_equal(a->value.p[a->value.n], 0);
		if (!str_eq(a->filename, t[i].filename))
			fail_msg("%s: %s", t[i].body, a->filename);
	}
}

static void
what_is_broken_is_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *type, *body;
	} t[] = {
		{ "multipart/form-data", ONE("v") END },
		{ "multipart/form-data; boundary=", ONE("v") END },
		{ "multipart/form-data; boundary=\"XX", ONE("v") END },
		{ "multipart/form-data; boundary=X\001X", ONE("v") END },
		{ "multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  ONE("v") END },
		{ "multipart/mixed; boundary=XX", ONE("v") END },
		{ TYPE, "x" },
		{ TYPE, "--XX" },
		{ TYPE, "--XX\r" },
		{ TYPE, "--XXY\r\n" },
		{ TYPE, "--XX\r\n" },
		{ TYPE, "--XX\r\n\r\nv\r\n" END },            /* no headers */
		{ TYPE, "--XX\r\n" NAMED },
		{ TYPE, "--XX\r\n" NAMED "\r\nv" },
		{ TYPE, ONE("v") },                           /* no end */
		{ TYPE, "--XX\n" "Content-Disposition: form-data; name=a\n\n"
			"v\n--XX--\n" },
		{ TYPE, HEAD("X: y") },
		{ TYPE, HEAD("no colon") },
		{ TYPE, HEAD(": empty") },
		{ TYPE, HEAD("Content-Disposition: form-data") },
		{ TYPE, HEAD("Content-Disposition: form-data; name") },
		{ TYPE, HEAD("Content-Disposition: form-data; name=\"a") },
		{ TYPE, HEAD("Content-Disposition: form-data; name=\"a\"b") },
		{ TYPE, HEAD("Content-Disposition: attachment; name=\"a\"") },
		{ TYPE, HEAD(NAMED "Content-Transfer-Encoding: base64") },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		AUTO(fcgi_form) f = NULL;
		struct err err;

		if (read_form(t[i].type, bytes_str(t[i].body), &f, &err) == 0)
			fail_msg("%zu accepted: %s", i, t[i].body);
		assert_true(err.text[0]);
	}
}

static void
bytes_of_a_file_are_any(void **state)
{
	static const char body[] =
	    "--XX\r\nContent-Disposition: form-data; name=\"f\"; "
	    "filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n"
	    "\0\r\n-\xFF\0\r\n--XX--";
	static const struct form_field field[] = {
		{ "F", FORM_FILE, 100, true, 0 },
	};
	AUTO(fcgi_form) f = NULL;
	struct form_file file = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(
	    read_form(TYPE, bytes_of(body, sizeof(body) - 1), &f, &err), 0);
	assert_int_equal(fcgi_form_fill(f, field, 1, &file, &err), 0);
	assert_true(bytes_eq(file.data, BYTES_LIT("\0\r\n-\xFF\0")));
	assert_string_equal(file.name, "");
}

static void
limits_hold(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1024 * 1024);
	struct fcgi_form *f;
	struct err err;
	int i;

	(void)state;
	for (i = 0; i < FCGI_FORM_PARTS_MAX; i++)
		buf_add_str(&b, ONE("v"));
	buf_add_str(&b, END);
	assert_int_equal(read_form(TYPE, buf_bytes(&b), &f, &err), 0);
	fcgi_form_free(f);
	buf_reset(&b);
	for (i = 0; i <= FCGI_FORM_PARTS_MAX; i++)
		buf_add_str(&b, ONE("v"));
	buf_add_str(&b, END);
	assert_int_equal(read_form(TYPE, buf_bytes(&b), &f, &err), -1);

	buf_reset(&b);
	buf_add_str(&b, "--XX\r\n" NAMED "X: ");
	for (i = 0; i < FCGI_FORM_PART_HEADERS_MAX; i++)
		buf_add_char(&b, 'x');
	buf_add_str(&b, "\r\n\r\nv\r\n" END);
	assert_int_equal(read_form(TYPE, buf_bytes(&b), &f, &err), -1);

	buf_reset(&b);
	buf_add_str(&b, "--XX\r\n" NAMED "\r\n");
	for (i = 0; i <= FCGI_FORM_FIELD_MAX; i++)
		buf_add_char(&b, 'x');
	buf_add_str(&b, "\r\n" END);
	assert_int_equal(read_form(TYPE, buf_bytes(&b), &f, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_and_files_are_read),
		cmocka_unit_test(what_is_broken_is_refused),
		cmocka_unit_test(bytes_of_a_file_are_any),
		cmocka_unit_test(limits_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
