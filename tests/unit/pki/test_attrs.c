#include "../unit.h"
#include "base/buf.h"
#include "pki/attr_san.h"
#include "pki/attrs.h"

static bool
value_is(const struct pki_attrs *a, const char *name, const char *want)
{
	struct bytes v;

	return pki_attrs_find(a, name, &v) && bytes_eq(v, bytes_str(want));
}

static void
lines_as_clients_send_them(void **state)
{
	static struct pki_attrs a;

	(void)state;
	assert_int_equal(
	    pki_attrs_parse(BYTES_LIT("CertificateTemplate:WebServer\r\n"
				      "\r\nnothing here\n: nameless\n"
				      " - SAN -: dns=a&dns=b:c \n"
				      "certificatetemplate:Second\n"
				      "empty:\nUserAgent:x"),
		&a, NULL),
	    0);
	assert_int_equal(a.n, 5);
	assert_true(value_is(&a, "certificateTEMPLATE", "WebServer"));
	assert_true(value_is(&a, "san", "dns=a&dns=b:c"));
	assert_true(value_is(&a, "EMPTY", ""));
	assert_true(value_is(&a, "useragent", "x"));
	assert_false(value_is(&a, "user", "x"));
	assert_int_equal(pki_attrs_parse(BYTES_LIT("\r\n"), &a, NULL), 0);
	assert_int_equal(a.n, 0);
	assert_int_equal(pki_attrs_parse(BYTES_NONE, &a, NULL), 0);
	assert_int_equal(a.n, 0);
}

static void
limits_and_control_characters(void **state)
{
	AUTO_BUF text = BUF_WITH_LIMIT(100000);
	static struct pki_attrs a;
	struct err err = { 0 };
	int i;

	(void)state;
	for (i = 0; i < PKI_ATTRS_PAIRS; i++)
		buf_add_str(&text, "a:b\n");
	assert_int_equal(pki_attrs_parse(buf_bytes(&text), &a, &err), 0);
	assert_int_equal(a.n, PKI_ATTRS_PAIRS);
	buf_add_str(&text, "a:b\n");
	assert_int_equal(pki_attrs_parse(buf_bytes(&text), &a, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	for (i = 0; i < 10000; i++)
		buf_add_str(&text, "a:b\n");
	assert_int_equal(pki_attrs_parse(buf_bytes(&text), &a, &err), -1);
	assert_non_null(strstr(err.text, "the attributes have 41028 bytes"));
	assert_non_null(strstr(err.text, "16384"));
	assert_int_equal(pki_attrs_parse(BYTES_LIT("a:b\0c"), &a, &err), -1);
	assert_int_equal(err.code, ERR_BAD_DATA);
	assert_int_equal(pki_attrs_parse(BYTES_LIT("a\x1b:b"), &a, &err), -1);
	assert_int_equal(pki_attrs_parse(BYTES_LIT("a:\xff"), &a, &err), -1);
}

/* An officer reads which type was passed over: nothing turns the text around.
 */
static void
types_of_names_can_be_shown(void **state)
{
	AUTO_BUF names = BUF_WITH_LIMIT(1000);
	char other[PKI_ATTR_SAN_TYPE_MAX];
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    pki_attr_san(BYTES_LIT("odd=x&dns=a.example"), &names, other, &err),
	    0);
	assert_string_equal(other, "odd");
	assert_int_equal(pki_attr_san(BYTES_LIT("o\xe2\x80\xad"
						"d=x"),
			     &names, other, &err),
	    -1);
	assert_int_equal(err.code, ERR_BAD_SUBJECT);
	assert_non_null(strstr(err.text, "the type of a name cannot be shown"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_as_clients_send_them),
		cmocka_unit_test(limits_and_control_characters),
		cmocka_unit_test(types_of_names_can_be_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
