#include "../unit.h"
#include "make.h"
#include "pki/name.h"

/* A Name of one attribute with any string type and any bytes. */
static void
one(struct buf *out, struct bytes oid, uint8_t tag, struct bytes value)
{
	AUTO_BUF pair = BUF_WITH_LIMIT(100000);
	AUTO_BUF seq = BUF_WITH_LIMIT(100000);
	AUTO_BUF set = BUF_WITH_LIMIT(100000);

	make_tlv(&pair, DER_OID, oid);
	make_tlv(&pair, tag, value);
	make_tlv(&seq, DER_SEQUENCE, buf_bytes(&pair));
	make_tlv(&set, DER_SET, buf_bytes(&seq));
	make_tlv(out, DER_SEQUENCE, buf_bytes(&set));
}

#define CN (pki_oids[PKI_OID_CN].der)

static int
check(uint8_t tag, struct bytes value, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(200000);

	one(&name, CN, tag, value);
	return pki_name_check(buf_bytes(&name), err);
}

static void
usual_names_are_shown(void **state)
{
	static const struct pki_name_part parts[] = {
		{ PKI_OID_DC, "com" },
		{ PKI_OID_COUNTRY, "SE" },
		{ PKI_OID_ORGANIZATION, "A, B + C \"D\"; <\\>" },
		{ PKI_OID_CN, " #\xc3\x85" },
	};
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_NAME_MAX);
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
	AUTO_BUF cn = BUF_WITH_LIMIT(1000);
	struct err err = { 0 };
	const unsigned char *p;
	X509_NAME *judge;

	(void)state;
	assert_int_equal(pki_name_build(parts, 4, &der, &err), 0);
	assert_int_equal(pki_name_check(buf_bytes(&der), &err), 0);
	pki_name_text(buf_bytes(&der), &text);
	assert_string_equal(buf_str(&text),
	    "DC=com, C=SE, O=A\\, B \\+ C \\\"D\\\"\\; \\<\\\\\\>, "
	    "CN=\\ #\xc3\x85");
	assert_true(pki_name_value(buf_bytes(&der), PKI_OID_CN, &cn));
	assert_string_equal(buf_str(&cn), " #\xc3\x85");
	assert_false(pki_name_value(buf_bytes(&der), PKI_OID_EMAIL, &cn));
	p = der.p;
	judge = d2i_X509_NAME(NULL, &p, (long)der.n);
	assert_non_null(judge);
	assert_int_equal(X509_NAME_entry_count(judge), 4);
	X509_NAME_free(judge);
}

static void
empty_name_is_well_formed(void **state)
{
	AUTO_BUF text = BUF_WITH_LIMIT(100);

	(void)state;
	assert_true(pki_name_is_empty(BYTES_LIT("\x30\x00")));
	assert_int_equal(pki_name_check(BYTES_LIT("\x30\x00"), NULL), 0);
	pki_name_text(BYTES_LIT("\x30\x00"), &text);
	assert_string_equal(buf_str(&text), "");
}

static void
string_types_are_checked(void **state)
{
	/* clang-format off */
	static const struct { uint8_t tag; struct bytes value; bool ok; }
	list[] = {
		{ DER_UTF8,      BYTES_INIT("abc"), true },
		{ DER_UTF8,      BYTES_INIT("\xc3\x85"), true },
		{ DER_UTF8,      BYTES_INIT("\xc3"), false },
		{ DER_UTF8,      BYTES_INIT("\xed\xa0\x80"), false },
		{ DER_UTF8,      BYTES_INIT("\xc0\xaf"), false },
		{ DER_UTF8,      BYTES_INIT("a\0b"), false },
		{ DER_UTF8,      BYTES_INIT("a\nb"), false },
		{ DER_UTF8,      BYTES_INIT("a\x7f"), false },
		{ DER_UTF8,      BYTES_INIT("a\xc2\x85"), false },
		{ DER_UTF8,      BYTES_INIT("a\xe2\x80\xae" "b"), false },
		{ DER_UTF8,      BYTES_INIT(""), false },
		{ DER_PRINTABLE, BYTES_INIT("abc 12'()+,-./:=?"), true },
		{ DER_PRINTABLE, BYTES_INIT("*.example.com"), true },
		{ DER_PRINTABLE, BYTES_INIT("a<b"), false },
		{ DER_PRINTABLE, BYTES_INIT("a\0b"), false },
		{ DER_IA5,       BYTES_INIT("a@b"), true },
		{ DER_IA5,       BYTES_INIT("a\x80"), false },
		{ DER_IA5,       BYTES_INIT("a\0"), false },
		{ DER_T61,       BYTES_INIT("\xc5ngstr\xf6m"), true },
		{ DER_T61,       BYTES_INIT("a\x01"), false },
		{ DER_T61,       BYTES_INIT("a\x85"), false },
		{ DER_NUMERIC,   BYTES_INIT("12 3"), true },
		{ DER_NUMERIC,   BYTES_INIT("1a"), false },
		{ DER_BMP,       BYTES_INIT("\0a\0b"), true },
		{ DER_BMP,       BYTES_INIT("\0a\0"), false },
		{ DER_BMP,       BYTES_INIT("\0a\0\0"), false },
		{ DER_BMP,       BYTES_INIT("\0a\0\n"), false },
		{ DER_BMP,       BYTES_INIT("\xd8\x00\xdc\x00"), false },
		{ DER_BMP,       BYTES_INIT("\x20\x2e\0a"), false },
		{ DER_UNIVERSAL, BYTES_INIT("\0\0\0a"), false },
		{ DER_OCTET_STRING, BYTES_INIT("abc"), false },
		{ DER_SEQUENCE,  BYTES_INIT(""), false },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		struct err err = { 0 };
		int r = check(list[i].tag, list[i].value, &err);

		if (r != (list[i].ok ? 0 : -1))
			fail_msg("row %zu: %d %s", i, r, err.text);
		if (r < 0) {
			assert_int_equal(err.code, ERR_BAD_SUBJECT);
			assert_non_null(strstr(err.text, "common name"));
		}
	}
}

static void
nul_is_named(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    check(DER_UTF8, BYTES_LIT("www.good.com\0.evil.com"), &err), -1);
	assert_non_null(strstr(err.text, "common name"));
	assert_non_null(strstr(err.text, "NUL"));
}

static void
limits(void **state)
{
	static uint8_t a[70000];
	struct err err = { 0 };
	AUTO_BUF rdns = BUF_WITH_LIMIT(100000);
	AUTO_BUF name = BUF_WITH_LIMIT(100000);
	int i;

	(void)state;
	memset(a, 'a', sizeof(a));
	assert_int_equal(check(DER_UTF8, bytes_of(a, 255), &err), 0);
	assert_int_equal(check(DER_UTF8, bytes_of(a, 256), &err), -1);
	assert_non_null(strstr(err.text, "255"));
	assert_int_equal(check(DER_UTF8, bytes_of(a, 65536), &err), -1);
	assert_non_null(strstr(err.text, "8192"));
	for (i = 0; i < PKI_NAME_ATTRS_MAX; i++)
		buf_add_bytes(&rdns,
		    BYTES_LIT("\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03"
			      "abc"));
	make_tlv(&name, DER_SEQUENCE, buf_bytes(&rdns));
	assert_int_equal(pki_name_check(buf_bytes(&name), &err), 0);
	buf_add_bytes(
	    &rdns, BYTES_LIT("\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03"
			     "abc"));
	buf_reset(&name);
	make_tlv(&name, DER_SEQUENCE, buf_bytes(&rdns));
	assert_int_equal(pki_name_check(buf_bytes(&name), &err), -1);
}

static void
shape_is_strict(void **state)
{
	/* clang-format off */
	static const struct bytes bad[] = {
		BYTES_INIT(""),
		BYTES_INIT("\x31\x00"),
		BYTES_INIT("\x30\x00\x00"),
		BYTES_INIT("\x30\x02\x31\x00"),
		BYTES_INIT("\x30\x02\x30\x00"),
		BYTES_INIT("\x30\x04\x31\x02\x30\x00"),
		BYTES_INIT("\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03"
			"\x05\x00"),
		/* something after the value */
		BYTES_INIT("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03"
			"\x0c\x01" "a\x05\x00"),
		/* an RDN of two in the wrong order, and of two equal ones */
		BYTES_INIT("\x30\x16\x31\x14\x30\x08\x06\x03\x55\x04\x03"
			"\x0c\x01" "b\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "a"),
		BYTES_INIT("\x30\x16\x31\x14\x30\x08\x06\x03\x55\x04\x03"
			"\x0c\x01" "a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "a"),
	};
	static const struct bytes two = BYTES_INIT("\x30\x16\x31\x14"
		"\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "a"
		"\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "b");
	/* clang-format on */
	AUTO_BUF text = BUF_WITH_LIMIT(100);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_BUF any = BUF_WITH_LIMIT(1000);

		if (pki_name_check(bad[i], NULL) == 0)
			fail_msg("row %zu", i);
		pki_name_text(bad[i], &any); /* must only not crash */
	}
	assert_int_equal(pki_name_check(two, NULL), 0);
	pki_name_text(two, &text);
	assert_string_equal(buf_str(&text), "CN=a + CN=b");
}

static void
building_is_checked(void **state)
{
	const struct pki_name_part country = { PKI_OID_COUNTRY, "S*" };
	const struct pki_name_part mail = { PKI_OID_EMAIL, "\xc3\x85@b" };
	const struct pki_name_part line = { PKI_OID_CN, "a\nb" };
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_NAME_MAX);

	(void)state;
	assert_int_equal(pki_name_build(&country, 1, &out, NULL), -1);
	assert_int_equal(pki_name_build(&mail, 1, &out, NULL), -1);
	assert_int_equal(pki_name_build(&line, 1, &out, NULL), -1);
	assert_int_equal(out.n, 0);
	assert_int_equal(pki_name_oid("cn"), PKI_OID_CN);
	assert_int_equal(pki_name_oid("e"), PKI_OID_EMAIL);
	assert_int_equal(pki_name_oid("nothing"), PKI_OID_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_names_are_shown),
		cmocka_unit_test(empty_name_is_well_formed),
		cmocka_unit_test(string_types_are_checked),
		cmocka_unit_test(nul_is_named),
		cmocka_unit_test(limits),
		cmocka_unit_test(shape_is_strict),
		cmocka_unit_test(building_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
