#include "../unit.h"
#include "base/buf.h"
#include "make.h"
#include "pki/der.h"

#include <openssl/asn1.h>
#include <time.h>

static bool
is_one(struct bytes x)
{
	struct der in;

	return der_sole(x, DER_OCTET_STRING, &in) == 0;
}

static void
lengths_are_definite_and_minimal(void **state)
{
	uint8_t big[70000] = { 0 };

	(void)state;
	assert_true(is_one(BYTES_LIT("\x04\x00")));
	assert_true(is_one(BYTES_LIT("\x04\x01\xff")));
	assert_false(is_one(BYTES_LIT("")));
	assert_false(is_one(BYTES_LIT("\x04")));
	assert_false(is_one(BYTES_LIT("\x04\x01")));
	assert_false(is_one(BYTES_LIT("\x04\x01\xff\x00")));
	assert_false(is_one(BYTES_LIT("\x05\x00")));
	assert_false(is_one(BYTES_LIT("\x04\x80\x00\x00")));
	assert_false(is_one(BYTES_LIT("\x04\x81\x01\xff")));
	assert_false(is_one(BYTES_LIT("\x04\x82\x00\x01\xff")));
	assert_false(is_one(BYTES_LIT("\x04\x84\x00\x00\x00\x01\xff")));
	assert_false(is_one(BYTES_LIT("\x04\xff")));
	memcpy(big, "\x04\x81\x7f", 3);
	assert_false(is_one(bytes_of(big, 3 + 0x7f)));
	memcpy(big, "\x04\x81\x80", 3);
	assert_true(is_one(bytes_of(big, 3 + 0x80)));
	memcpy(big, "\x04\x82\x00\xff", 4);
	assert_false(is_one(bytes_of(big, 4 + 0xff)));
	memcpy(big, "\x04\x82\x01\x00", 4);
	assert_true(is_one(bytes_of(big, 4 + 0x100)));
	memcpy(big, "\x04\x83\x01\x00\x00", 5);
	assert_true(is_one(bytes_of(big, 5 + 0x10000)));
	memcpy(big, "\x04\x83\x00\xff\xff", 5);
	assert_false(is_one(bytes_of(big, 5 + 0xffff)));
}

static void
failure_moves_nothing(void **state)
{
	struct bytes x = BYTES_LIT("\x02\x01\x05\x04\x05\x00");
	struct der in = der_of(x), before;
	uint64_t v;

	(void)state;
	before = in;
	assert_int_equal(der_next(&in, DER_SEQUENCE, NULL, NULL), -1);
	assert_ptr_equal(in.p, before.p);
	assert_int_equal(der_uint(&in, &v), 0);
	assert_int_equal(v, 5);
	before = in;
	assert_int_equal(der_next(&in, DER_OCTET_STRING, NULL, NULL), -1);
	assert_ptr_equal(in.p, before.p);
	assert_false(der_done(&in));
}

static bool
uint_is(struct bytes x, uint64_t want)
{
	struct der in = der_of(x);
	uint64_t v;

	return der_uint(&in, &v) == 0 && v == want && der_done(&in);
}

static void
integers(void **state)
{
	struct bytes m;
	struct der in;

	(void)state;
	assert_true(uint_is(BYTES_LIT("\x02\x01\x00"), 0));
	assert_true(uint_is(BYTES_LIT("\x02\x02\x00\x80"), 128));
	assert_true(uint_is(
	    BYTES_LIT("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX));
	assert_false(
	    uint_is(BYTES_LIT("\x02\x09\x00\x80\x00\x00\x00\x00\x00\x00\x00"),
		1ULL << 63));
	assert_false(uint_is(BYTES_LIT("\x02\x01\x80"), 128));
	assert_false(uint_is(BYTES_LIT("\x02\x02\x00\x7f"), 127));
	assert_false(uint_is(BYTES_LIT("\x02\x00"), 0));
	in = der_of(BYTES_LIT("\x02\x02\x00\xff"));
	assert_int_equal(der_positive(&in, &m), 0);
	assert_true(bytes_eq(m, BYTES_LIT("\xff")));
	in = der_of(BYTES_LIT("\x02\x01\x00"));
	assert_int_equal(der_positive(&in, &m), -1);
}

static void
booleans_and_bits(void **state)
{
	struct der in = der_of(BYTES_LIT("\x01\x01\x01"));
	struct bytes bits;
	uint16_t named;
	bool v;

	(void)state;
	assert_int_equal(der_bool(&in, &v), -1);
	in = der_of(BYTES_LIT("\x01\x01\xff"));
	assert_int_equal(der_bool(&in, &v), 0);
	assert_true(v);
	in = der_of(BYTES_LIT("\x03\x02\x01\x80"));
	assert_int_equal(der_bits(&in, &bits), -1);
	in = der_of(BYTES_LIT("\x03\x01\x00"));
	assert_int_equal(der_bits(&in, &bits), 0);
	assert_int_equal(bits.n, 0);
	in = der_of(BYTES_LIT("\x03\x02\x05\xa0"));
	assert_int_equal(der_named_bits(&in, &named), 0);
	assert_int_equal(named, 5);
	in = der_of(BYTES_LIT("\x03\x02\x04\xa0")); /* not trimmed */
	assert_int_equal(der_named_bits(&in, &named), -1);
	in = der_of(BYTES_LIT("\x03\x02\x05\xa1")); /* stray bit */
	assert_int_equal(der_named_bits(&in, &named), -1);
}

static bool
time_is(struct bytes x, int64_t want)
{
	struct der in = der_of(x);
	int64_t t;

	return der_time(&in, &t) == 0 && t == want && der_done(&in);
}

static void
times(void **state)
{
	(void)state;
	assert_true(time_is(BYTES_LIT("\x17\x0d"
				      "700101000000Z"),
	    0));
	assert_true(time_is(BYTES_LIT("\x17\x0d"
				      "491231235959Z"),
	    DER_TIME_2050 - 1));
	assert_true(time_is(BYTES_LIT("\x17\x0d"
				      "500101000000Z"),
	    DER_TIME_MIN));
	assert_true(time_is(BYTES_LIT("\x18\x0f"
				      "20500101000000Z"),
	    DER_TIME_2050));
	assert_true(time_is(BYTES_LIT("\x18\x0f"
				      "99991231235959Z"),
	    DER_TIME_MAX));
	assert_true(time_is(BYTES_LIT("\x17\x0d"
				      "240229120000Z"),
	    1709208000));
	assert_false(time_is(BYTES_LIT("\x17\x0d"
				       "230229120000Z"),
	    1677672000));
	assert_false(time_is(BYTES_LIT("\x18\x0f"
				       "20491231235959Z"),
	    DER_TIME_2050 - 1));
	assert_false(time_is(BYTES_LIT("\x17\x0b"
				       "7001010000Z"),
	    0));
	assert_false(time_is(BYTES_LIT("\x17\x0d"
				       "700101000060Z"),
	    60));
	assert_false(time_is(BYTES_LIT("\x17\x0d"
				       "700101240000Z"),
	    86400));
	assert_false(time_is(BYTES_LIT("\x17\x0d"
				       "701301000000Z"),
	    0));
	assert_false(time_is(BYTES_LIT("\x17\x0d"
				       "700100000000Z"),
	    0));
	assert_false(time_is(BYTES_LIT("\x17\x11"
				       "700101000000+0100"),
	    0));
	assert_false(time_is(BYTES_LIT("\x17\x0d"
				       "7001010000 0Z"),
	    0));
}

/* Our calendar against the C library's and OpenSSL's. */
static void
times_agree_with_others(void **state)
{
	int64_t t;

	(void)state;
	for (t = DER_TIME_MIN; t < DER_TIME_MAX - 86400 * 40;
	     t += 86399 * 37 + 11) {
		uint8_t space[32];
		struct der_back b;
		struct bytes der;
		const unsigned char *p;
		ASN1_TIME *a;
		struct tm tm;
		time_t tt = (time_t)t;
		struct der_date d;

		der_date_of(t, &d);
		gmtime_r(&tt, &tm);
		assert_int_equal(d.year, tm.tm_year + 1900);
		assert_int_equal(d.month, tm.tm_mon + 1);
		assert_int_equal(d.day, tm.tm_mday);
		assert_int_equal(d.second, tm.tm_sec);
		der_back_init(&b, space, sizeof(space), 0);
		der_back_time(&b, t);
		der = der_back_done(&b);
		assert_true(time_is(der, t));
		p = der.p;
		a = d2i_ASN1_TIME(NULL, &p, (long)der.n);
		assert_non_null(a);
		assert_int_equal(ASN1_TIME_cmp_time_t(a, tt), 0);
		ASN1_TIME_free(a);
	}
}

static void
writing_backwards_reads_back(void **state)
{
	const size_t sizes[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff,
		0x10000 };
	static uint8_t space[70000], content[0x10000];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		struct der_back b;
		struct der in;

		der_back_init(&b, space, sizeof(space), 17);
		der_back_prim(
		    &b, DER_OCTET_STRING, bytes_of(content, sizes[i]));
		assert_int_equal(
		    der_back_done(&b).n, der_head_size(sizes[i]) + sizes[i]);
		assert_int_equal(
		    der_sole(der_back_done(&b), DER_OCTET_STRING, &in), 0);
		assert_int_equal(der_bytes(in).n, sizes[i]);
		assert_ptr_equal(b.end, space + sizeof(space) - 17);
	}
}

static void
writing_never_leaves_its_buffer(void **state)
{
	size_t size;

	(void)state;
	for (size = 0; size < 40; size++) {
		uint8_t space[64];
		struct der_back b;

		memset(space, 0xee, sizeof(space));
		der_back_init(&b, space + 8, size, 0);
		der_back_positive(&b, BYTES_LIT("\xff\x01"));
		der_back_named_bits(&b, 5);
		der_back_bool(&b, true);
		der_back_null(&b);
		der_back_time(&b, 0);
		der_back_wrap(&b, DER_SEQUENCE, b.end);
		assert_int_equal(b.failed, size < 31);
		assert_int_equal(der_back_done(&b).n, size < 31 ? 0 : 31);
		assert_int_equal(space[7], 0xee);
		assert_int_equal(space[8 + size], 0xee);
	}
}

static void
well_formed_all_the_way_down(void **state)
{
	AUTO_BUF deep = BUF_WITH_LIMIT(4096);
	int i;

	(void)state;
	assert_true(
	    der_is_well_formed(BYTES_LIT("\x30\x05\x31\x03\x02\x01\x05"), 4));
	assert_false(
	    der_is_well_formed(BYTES_LIT("\x30\x05\x31\x03\x02\x01\x05"), 2));
	assert_false(
	    der_is_well_formed(BYTES_LIT("\x30\x05\x31\x03\x02\x02\x05"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x24\x02\x04\x00"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x1e\x03\x00\x61\x00"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x1c\x02\x00\x61"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x10\x00"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x00\x00"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x1f\x81\x01\x00"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x05\x00\x05\x00"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x06\x02\x2a\x80"), 4));
	assert_false(der_is_well_formed(BYTES_LIT("\x06\x03\x2a\x80\x01"), 4));
	for (i = 0; i < 200; i++) {
		AUTO_BUF next = BUF_WITH_LIMIT(4096);

		make_tlv(&next, DER_SEQUENCE, buf_bytes(&deep));
		buf_reset(&deep);
		buf_add_bytes(&deep, buf_bytes(&next));
	}
	assert_false(der_is_well_formed(buf_bytes(&deep), 16));
	assert_true(der_is_well_formed(buf_bytes(&deep), 250));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_definite_and_minimal),
		cmocka_unit_test(failure_moves_nothing),
		cmocka_unit_test(integers),
		cmocka_unit_test(booleans_and_bits),
		cmocka_unit_test(times),
		cmocka_unit_test(times_agree_with_others),
		cmocka_unit_test(writing_backwards_reads_back),
		cmocka_unit_test(writing_never_leaves_its_buffer),
		cmocka_unit_test(well_formed_all_the_way_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
