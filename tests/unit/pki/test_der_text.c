/* DER for people. */
#include "../unit.h"
#include "pki/der_text.h"

#include <stdio.h>

static void
shows(const char *der, size_t n, const char *expected)
{
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_DER_TEXT_MAX);

	pki_der_text(bytes_of((const uint8_t *)der, n), &out);
	assert_string_equal(buf_str(&out), expected);
}

static void
elements_have_offset_name_and_value(void **state)
{
	(void)state;
	shows("\x30\x0d\x06\x03\x55\x04\x03\x0c\x02hi\x01\x01\xff\x05\x00", 15,
	    "    0: SEQUENCE, 13 bytes\n"
	    "    2:   OBJECT IDENTIFIER common name\n"
	    "    7:   UTF8String \"hi\"\n"
	    "   11:   BOOLEAN true\n"
	    "   14:   not DER\n");
	/* An element inside an OCTET STRING is opened, other bytes are not. */
	shows("\x04\x04\x02\x02\x01\x00", 6,
	    "    0: OCTET STRING, 4 bytes\n"
	    "    2:   INTEGER 0100\n");
	shows("\x04\x03\x02\x02\x01", 5, "    0: OCTET STRING 020201\n");
	shows("\xa3\x02\x05\x00\x80\x01\x07", 7,
	    "    0: [3], 2 bytes\n"
	    "    2:   NULL\n"
	    "    4: [0] 07\n");
	shows("\x0c\x04<b>\n", 6, "    0: UTF8String 3c623e0a\n");
}

static void
stays_within_its_limits(void **state)
{
	static uint8_t deep[4000], many[4000];
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_DER_TEXT_MAX);

	(void)state;
	for (size_t i = 0; i + 4 <= sizeof(deep); i += 4) {
		size_t left = sizeof(deep) - i - 4;

		deep[i] = 0x30;
		deep[i + 1] = 0x82;
		deep[i + 2] = (uint8_t)(left >> 8);
		deep[i + 3] = (uint8_t)left;
	}
	pki_der_text(BYTES_OF(deep), &out);
	assert_false(buf_failed(&out));
	buf_reset(&out);
	for (size_t i = 0; i < sizeof(many); i += 2)
		many[i] = 5;
	pki_der_text(BYTES_OF(many), &out);
	assert_false(buf_failed(&out));
	assert_non_null(strstr(buf_str(&out), "\n...\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_have_offset_name_and_value),
		cmocka_unit_test(stays_within_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
