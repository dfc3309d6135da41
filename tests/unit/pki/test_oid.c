#include "../unit.h"
#include "pki/oid.h"

#include <openssl/objects.h>

static void
both_spellings_agree(void **state)
{
	unsigned i, j;

	(void)state;
	for (i = 0; i < PKI_OID_COUNT; i++) {
		const struct pki_oid_row *row = &pki_oids[i];
		char text[PKI_OID_TEXT_MAX];
		uint8_t der[PKI_OID_MAX];
		ASN1_OBJECT *judge = OBJ_txt2obj(row->dotted, 1);
		size_t n;

		assert_true(pki_oid_to_text(row->der, text));
		assert_string_equal(text, row->dotted);
		assert_true(pki_oid_from_text(row->dotted, der, &n));
		assert_true(bytes_eq(bytes_of(der, n), row->der));
		assert_non_null(judge);
		assert_true(bytes_eq(row->der,
		    bytes_of(OBJ_get0_data(judge), OBJ_length(judge))));
		ASN1_OBJECT_free(judge);
		for (j = 0; j < i; j++)
			assert_false(bytes_eq(row->der, pki_oids[j].der));
		assert_int_equal(pki_oid_find(row->der), i);
	}
}

static void
text_is_strict(void **state)
{
	static const char *const bad[] = { "", "1", "1.", ".1", "1..2", "3.1",
		"1.40", "0.40", "01.2", "1.02", "1.2.", "1.2.x", "1.2 ", " 1.2",
		"1.2.99999999999999999999", "1.-2" };
	static const char *const good[] = { "0.0", "1.39", "2.999.3",
		"2.9223372036854775000", "1.2.9223372036854775806" };
	uint8_t der[PKI_OID_MAX];
	char text[PKI_OID_TEXT_MAX], longest[600];
	size_t n, i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(pki_oid_from_text(bad[i], der, &n));
	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(pki_oid_from_text(good[i], der, &n));
		assert_true(pki_oid_to_text(bytes_of(der, n), text));
		assert_string_equal(text, good[i]);
	}
	memset(longest, 0, sizeof(longest));
	memcpy(longest, "1.2", 3);
	for (i = 0; i < 63; i++)
		memcpy(longest + 3 + 2 * i, ".1", 2);
	assert_true(pki_oid_from_text(longest, der, &n));
	assert_int_equal(n, PKI_OID_MAX);
	memcpy(longest + 3 + 2 * 63, ".1", 2);
	assert_false(pki_oid_from_text(longest, der, &n));
}

static void
bytes_are_strict(void **state)
{
	uint8_t arcs[PKI_OID_MAX + 1];
	char text[PKI_OID_TEXT_MAX];

	(void)state;
	assert_false(pki_oid_to_text(BYTES_LIT(""), text));
	assert_false(pki_oid_to_text(BYTES_LIT("\x2a\x80\x01"), text));
	assert_false(pki_oid_to_text(BYTES_LIT("\x2a\x81"), text));
	assert_false(pki_oid_to_text(
	    BYTES_LIT("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), text));
	memset(arcs, 0x7f, sizeof(arcs));
	assert_true(pki_oid_to_text(bytes_of(arcs, PKI_OID_MAX), text));
	assert_false(pki_oid_to_text(BYTES_OF(arcs), text));
	assert_string_equal(
	    pki_oid_name(BYTES_LIT("\x2a\x03\x04"), text), "1.2.3.4");
	assert_string_equal(
	    pki_oid_name(BYTES_LIT("\x55\x04\x03"), text), "common name");
	assert_int_equal(pki_oid_find(BYTES_LIT("\x2a\x03")), PKI_OID_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_spellings_agree),
		cmocka_unit_test(text_is_strict),
		cmocka_unit_test(bytes_are_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
