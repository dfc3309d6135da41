#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/cmc.h"
#include "pki/oid.h"
#include "pki/pair.h"

/* Written out by hand from RFC 5272 and the specification of the reply. */
#define STATUS_OID "\x06\x08\x2b\x06\x01\x05\x05\x07\x07\x01"
#define ENDS       "\x30\x00\x30\x00"

static void
expect(const struct pki_cmc_reply *r, struct bytes der)
{
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_CMC_RESPONSE_MAX);

	assert_int_equal(pki_cmc_reply_build(tools, r, &out, NULL), 0);
	assert_int_equal(out.n, der.n);
	assert_memory_equal(out.p, der.p, der.n);
}

static void
a_success_names_the_certificate(void **state)
{
	/* SHA-1 of "abc" */
	const struct pki_cmc_reply r = { .status = PKI_CMC_SUCCESS,
		.text = "Issued",
		.certificate = BYTES_LIT("abc") };

	(void)state;
	expect(
	    &r, BYTES_LIT("\x30\x6d\x30\x67"
			  "\x30\x21\x02\x01\x01" STATUS_OID "\x31\x12"
			  "\x30\x10\x02\x01\x00\x30\x03\x02\x01\x01"
			  "\x0c\x06Issued"
			  "\x30\x42\x02\x01\x02"
			  "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0a\x0a\x01"
			  "\x31\x31\x30\x2f\x02\x01\x00\x30\x03\x02\x01\x01"
			  "\x31\x25\x30\x23"
			  "\x06\x09\x2b\x06\x01\x04\x01\x82\x37\x15\x11\x31\x16"
			  "\x04\x14\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25"
			  "\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d" ENDS));
}

static void
a_pending_request_says_when_to_ask(void **state)
{
	const struct pki_cmc_reply r = { .status = PKI_CMC_PENDING,
		.pend_token = BYTES_LIT("17"),
		.pend_time = INT64_C(1767225600) };

	(void)state;
	expect(&r, BYTES_LIT("\x30\x38\x30\x32\x30\x30\x02\x01\x01" STATUS_OID
			     "\x31\x21\x30\x1f\x02\x01\x03\x30\x03\x02\x01\x01"
			     "\x30\x15\x04\x02"
			     "17\x18\x0f"
			     "20260101000000Z" ENDS));
}

static void
a_failure_says_why_and_returns_what_it_must(void **state)
{
	const struct pki_cmc asked = { .request_id = 300,
		.transaction = BYTES_LIT("\x02\x01\x4d"),
		.nonce = BYTES_LIT("\x04\x01n"),
		.data = BYTES_LIT("\x04\x01"
				  "d") };
	const struct pki_cmc_reply r = { .status = PKI_CMC_FAILED,
		.fail = PKI_CMC_POP_FAILED,
		.asked = &asked };
#define RETURNED(id, arc, value)                                         \
	"\x30\x12\x02\x01" id "\x06\x08\x2b\x06\x01\x05\x05\x07\x07" arc \
	"\x31\x03" value

	(void)state;
	expect(&r,
	    BYTES_LIT("\x30\x61\x30\x5b\x30\x1d\x02\x01\x01" STATUS_OID
		      "\x31\x0e\x30\x0c\x02\x01\x02\x30\x04\x02\x02\x01\x2c"
		      "\x02\x01\x09" RETURNED("\x03", "\x05", "\x02\x01\x4d")
			  RETURNED("\x04", "\x07", "\x04\x01n")
			      RETURNED("\x05", "\x04",
				  "\x04\x01"
				  "d") ENDS));
#undef RETURNED
}

static void
failures_have_names(void **state)
{
	(void)state;
	assert_int_equal(pki_cmc_fail_of(ERR_BAD_DATA), PKI_CMC_BAD_REQUEST);
	assert_int_equal(
	    pki_cmc_fail_of(ERR_BAD_SIGNATURE), PKI_CMC_BAD_MESSAGE_CHECK);
	assert_int_equal(pki_cmc_fail_of(ERR_BAD_RENEWAL), PKI_CMC_BAD_CERT_ID);
	assert_int_equal(pki_cmc_fail_of(ERR_BUSY), PKI_CMC_TRY_LATER);
}

static void
too_long_a_text_and_impossible_times_are_errors(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_CMC_RESPONSE_MAX);
	char text[PKI_CMC_STATUS_MAX + 2];
	struct pki_cmc_reply r = { .status = PKI_CMC_FAILED, .text = text };
	struct err err = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(pki_cmc_reply_build(tools, &r, &out, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	r = (struct pki_cmc_reply){ .status = PKI_CMC_PENDING,
		.pend_time = -1 };
	assert_int_equal(pki_cmc_reply_build(tools, &r, &out, &err), -1);
	assert_int_equal(out.n, 0);
}

static void
a_plus_sign_stays_and_empty_pairs_are_passed_over(void **state)
{
	static const struct bytes text = BYTES_INIT("&&a+b=c+d&e=&f%3d=%25&");
	static const char *const want[][2] = { { "a+b", "c+d" }, { "e", "" },
		{ "f=", "%" } };
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct der in = der_of(text);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(pki_cmc_pair_next(&in, &name, &value));
		assert_string_equal(buf_str(&name), want[i][0]);
		assert_string_equal(buf_str(&value), want[i][1]);
	}
	assert_false(pki_cmc_pair_next(&in, &name, &value));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_success_names_the_certificate),
		cmocka_unit_test(a_pending_request_says_when_to_ask),
		cmocka_unit_test(a_failure_says_why_and_returns_what_it_must),
		cmocka_unit_test(failures_have_names),
		cmocka_unit_test(
		    too_long_a_text_and_impossible_times_are_errors),
		cmocka_unit_test(
		    a_plus_sign_stays_and_empty_pairs_are_passed_over),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
