#include "../unit.h"
#include "base/buf.h"
#include "base/str.h"
#include "fcgi/form.h"

struct ask {
	const char *mode;
	uint64_t bits;
	int64_t delta;
	bool save;
	struct bytes request;
	struct form_file file;
};

/* clang-format off */
static const struct form_field fields[] = {
	{ "Mode",        FORM_TEXT,  16,    true,  offsetof(struct ask, mode) },
	{ "KeySize",     FORM_UINT,  16384, false, offsetof(struct ask, bits) },
	{ "Delta",       FORM_INT,   0,     false, offsetof(struct ask, delta) },
	{ "SaveCert",    FORM_BOOL,  0,     false, offsetof(struct ask, save) },
	{ "CertRequest", FORM_BYTES, 64,    false, offsetof(struct ask, request) },
	{ "File",        FORM_FILE,  64,    false, offsetof(struct ask, file) },
};
/* clang-format on */

static int
fill(const char *query, const char *body, struct ask *ask,
    struct fcgi_form **ret, struct err *err)
{
	*ask = (struct ask){ .bits = 2048, .delta = -5, .save = true };
	*err = (struct err){ 0 };
	*ret = NULL;
	if (fcgi_form_read(query,
		"Application/X-WWW-form-urlencoded; charset=UTF-8",
		bytes_str(body), ret, err) < 0)
		return -1;
	return fcgi_form_fill(*ret, fields, ARRAY_LEN(fields), ask, err);
}

static void
fields_are_put_in_their_places(void **state)
{
	AUTO(fcgi_form) f = NULL;
	struct ask a;
	struct err err;

	(void)state;
	if (fill(NULL,
		"mode=new+req%21&KEYSIZE=+4096+&delta=-"
		"9223372036854775807&saveCERT=no&certrequest=a%00b%2B+"
		"&file=x&other=1&&=z",
		&a, &f, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(a.mode, "new req!");
	assert_int_equal(a.bits, 4096);
	assert_true(a.delta == -INT64_MAX);
	assert_false(a.save);
	assert_true(bytes_eq(a.request, BYTES_LIT("a\0b+ ")));
	assert_true(bytes_eq(a.file.data, BYTES_LIT("x")));
	assert_null(a.file.name);
}

static void
what_is_absent_or_empty_keeps_the_default(void **state)
{
	AUTO(fcgi_form) f = NULL;
	struct ask a;
	struct err err;

	(void)state;
	assert_int_equal(
	    fill("Mode=x", "KeySize=&Delta=+&File=", &a, &f, &err), 0);
	assert_int_equal(a.bits, 2048);
	assert_int_equal(a.delta, -5);
	assert_true(a.save);
	assert_null(a.request.p);
	assert_null(a.file.data.p);
}

static void
the_first_wins_and_the_body_comes_first(void **state)
{
	AUTO(fcgi_form) f = NULL;
	struct ask a;
	struct err err;

	(void)state;
	assert_int_equal(
	    fill("Mode=query&KeySize=7", "mode=one&MODE=two", &a, &f, &err), 0);
	assert_string_equal(a.mode, "one");
	assert_int_equal(a.bits, 7);
}

static void
bad_values_are_refused_by_name(void **state)
{
	/* clang-format off */
	static const struct {
		const char *body, *want;
	} t[] = {
		{ "", "field Mode is missing" },
		{ "Mode=", "field Mode is missing" },
		{ "Mode", "field Mode is missing" },
		{ "Mode=12345678901234567", "Mode is larger than 16" },
		{ "Mode=a%00b", "Mode holds a control" },
		{ "Mode=a%01b", "Mode holds a control" },
		{ "Mode=a%7f", "Mode holds a control" },
		{ "Mode=%ff", "Mode is not text" },
		{ "Mode=%c0%80", "Mode is not text" },
		{ "Mode=x&KeySize=16385", "KeySize is greater than 16384" },
		{ "Mode=x&KeySize=-1", "KeySize is not a number" },
		{ "Mode=x&KeySize=1%00", "KeySize is not a number" },
		{ "Mode=x&KeySize=0x10", "KeySize is not a number" },
		{ "Mode=x&KeySize=18446744073709551616", "not a number" },
		{ "Mode=x&KeySize=00000000000000000000000000000000001",
		  "not a number" },
		{ "Mode=x&Delta=9223372036854775808", "Delta is not a number" },
		{ "Mode=x&SaveCert=maybe", "SaveCert is neither" },
		{ "Mode=x&CertRequest=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "CertRequest is larger" },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		AUTO(fcgi_form) f = NULL;
		struct ask a;
		struct err err;

		assert_int_equal(fill(NULL, t[i].body, &a, &f, &err), -1);
		if (!strstr(err.text, t[i].want))
			fail_msg("%s: %s", t[i].body, err.text);
	}
}

static void
broken_escapes_stand_for_themselves(void **state)
{
	/* clang-format off */
	static const struct {
		const char *body, *want;
	} t[] = {
		{ "mode=%", "%" },
		{ "mode=%4", "%4" },
		{ "mode=%zz", "%zz" },
		{ "mode=%4g%41", "%4gA" },
		{ "mode=%%41", "%A" },
		{ "mode=a=b", "a=b" },
		{ "m%6Fde=x", "x" },
		{ "mode%00=y&mode=x", "x" },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		AUTO(fcgi_form) f = NULL;
		struct ask a;
		struct err err;

		assert_int_equal(fill(NULL, t[i].body, &a, &f, &err), 0);
		assert_string_equal(a.mode, t[i].want);
	}
}

static void
limits_hold(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1024 * 1024);
	struct fcgi_form *f = NULL;
	struct err err = { 0 };
	int i;

	(void)state;
	for (i = 0; i < FCGI_FORM_FIELDS_MAX; i++)
		buf_add_str(&b, "a=1&");
	assert_int_equal(
	    fcgi_form_read(NULL, NULL, buf_bytes(&b), &f, &err), 0);
	fcgi_form_free(f);
	buf_add_str(&b, "a=1");
	assert_int_equal(
	    fcgi_form_read(NULL, NULL, buf_bytes(&b), &f, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);

	buf_reset(&b);
	buf_add_str(&b, "a=");
	while (b.n < FCGI_FORM_FIELD_MAX + 3)
		buf_add_char(&b, 'x');
	assert_int_equal(
	    fcgi_form_read(NULL, NULL, buf_bytes(&b), &f, &err), -1);
	while (b.n < FCGI_FORM_INPUT_MAX + 1)
		buf_add_char(&b, '&');
	assert_int_equal(
	    fcgi_form_read(NULL, NULL, buf_bytes(&b), &f, &err), -1);
	assert_int_equal(
	    fcgi_form_read(buf_str(&b), NULL, BYTES_NONE, &f, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

static void
other_kinds_of_body_are_refused(void **state)
{
	static const char *const types[] = { "text/plain", "application/json",
		"application/x-www-form-urlencodedx", "" };
	struct fcgi_form *f = NULL;
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(types); i++)
		assert_int_equal(fcgi_form_read(NULL, types[i],
				     BYTES_LIT("mode=x"), &f, &err),
		    -1);
	assert_int_equal(
	    fcgi_form_read(NULL, "text/plain", BYTES_NONE, &f, &err), 0);
	fcgi_form_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_put_in_their_places),
		cmocka_unit_test(what_is_absent_or_empty_keeps_the_default),
		cmocka_unit_test(the_first_wins_and_the_body_comes_first),
		cmocka_unit_test(bad_values_are_refused_by_name),
		cmocka_unit_test(broken_escapes_stand_for_themselves),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(other_kinds_of_body_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
