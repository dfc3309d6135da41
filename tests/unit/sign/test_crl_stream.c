/* A list in parts: cut anywhere it reads the same; what is not strict DER from
 * the first to the last byte does not read at all. */
#include "../unit.h"
#include "fixture.h"

#include "pki/crl.h"
#include "pki/ext.h"
#include "pki/oid.h"
#include "sign/crl_stream.h"

static struct pki_tools *tools;
static struct fixture world;
static const struct sign_key *key;

static int
gather(void *arg, struct bytes part, struct err *err)
{
	buf_add_bytes(arg, part);
	return buf_check(arg, "list", err);
}

/* A TBSCertList with n entries, as the CA writes it. */
static struct bytes
make(unsigned n, uint64_t number, bool delta, struct buf *out)
{
	AUTO(pki_crl_writer) w = NULL;
	AUTO_BUF name = BUF_WITH_LIMIT(1024);
	struct pki_crl_size size = { 0 };
	struct pki_crl_fields f = { .alg = key->alg,
		.key_id = BYTES_LIT("12345678"),
		.number = number,
		.is_delta = delta,
		.base_number = 1,
		.this_update = T0,
		.next_update = T0 + DAY };
	uint8_t serial[4] = { 0x11 }, digest[PKI_DIGEST_MAX];
	struct pki_key k;
	struct err err = { 0 };
	size_t digest_n;

	buf_reset(out);
	fixture_name(&name, "Test CA");
	f.issuer = buf_bytes(&name);
	assert_int_equal(pki_key_parse(key->spki, &k, &err), 0);
	for (unsigned i = 0; i < n; i++)
		pki_crl_count(&size, 1, 4, false, i % 3 != 0);
	assert_int_equal(pki_crl_begin(tools, &f, &size, &k,
			     (struct pki_crl_sink){ gather, out }, &w, &err),
	    0);
	for (unsigned i = 0; i < n; i++) {
		serial[2] = (uint8_t)(i >> 8);
		serial[3] = (uint8_t)i;
		assert_int_equal(
		    pki_crl_add(w,
			&(struct pki_crl_entry){ BYTES_OF(serial), T0, i % 3 },
			&err),
		    0);
	}
	assert_int_equal(pki_crl_tbs_end(w, digest, &digest_n, &err), 0);
	return bytes_of(
	    out->p + pki_crl_tbs_offset(w), (size_t)pki_crl_tbs_size(w));
}

static int
read_in_parts(struct bytes tbs, size_t size, struct sign_tbs_crl *ret,
    uint8_t digest[PKI_DIGEST_MAX], struct err *err)
{
	AUTO(sign_crl_stream) s = NULL;
	uint8_t other[PKI_DIGEST_MAX];
	size_t n, other_n;

	assert_int_equal(
	    sign_crl_stream_new(tools, PKI_HASH_SHA384, &s, err), 0);
	while (tbs.n > 0) {
		n = tbs.n < size ? tbs.n : size;
		if (sign_crl_stream_add(s, bytes_of(tbs.p, n), err) < 0)
			return -1;
		tbs = bytes_of(tbs.p + n, tbs.n - n);
	}
	if (sign_crl_stream_end(s, ret, err) < 0)
		return -1;
	ret->alg = ret->issuer = BYTES_NONE; /* they end with the stream */
	assert_int_equal(
	    sign_crl_stream_digests(s, digest, &n, other, &other_n, err), 0);
	assert_int_equal(n, 32);
	assert_int_equal(other_n, 48);
	return 0;
}

static void
cut_anywhere_it_reads_the_same(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 64, 1000, 65536 };
	static const unsigned entries[] = { 0, 1, 300 };
	AUTO_BUF b = BUF_WITH_LIMIT(1 << 20);
	uint8_t digest[PKI_DIGEST_MAX], expected[PKI_DIGEST_MAX];
	struct sign_tbs_crl c;
	struct err err = { 0 };
	size_t n;

	(void)state;
	for (size_t e = 0; e < ARRAY_LEN(entries); e++) {
		struct bytes tbs = make(entries[e], 77, e == 1, &b);

		assert_int_equal(pki_tools_hash(tools, PKI_HASH_SHA256, tbs,
				     expected, &n, &err),
		    0);
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			if (read_in_parts(tbs, sizes[i], &c, digest, &err) < 0)
				fail_msg("%s", err.text);
			assert_int_equal(c.number, 77);
			assert_int_equal(c.is_delta, e == 1);
			assert_memory_equal(digest, expected, 32);
		}
	}
}

static void
what_is_cut_off_or_goes_on_is_refused(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1 << 20);
	uint8_t digest[PKI_DIGEST_MAX];
	struct bytes tbs = make(5, 77, false, &b);
	struct sign_tbs_crl c;
	struct err err = { 0 };
	AUTO_BUF more = BUF_WITH_LIMIT(1 << 20);

	(void)state;
	for (size_t n = 0; n < tbs.n; n++)
		assert_int_equal(
		    read_in_parts(bytes_of(tbs.p, n), 50, &c, digest, &err),
		    -1);
	buf_add_bytes(&more, tbs);
	buf_add_bytes(&more, BYTES_LIT("0"));
	assert_int_equal(
	    read_in_parts(buf_bytes(&more), 50, &c, digest, &err), -1);
}

/* The judge: the same rules, read from the whole with other code. */
static bool
is_strict(struct bytes tbs)
{
	struct der in, all, list, exts;
	struct pki_ext ext;
	int64_t from, until;
	uint64_t n;

	if (!der_is_well_formed(tbs, 12) ||
	    der_sole(tbs, DER_SEQUENCE, &in) < 0 || der_uint(&in, &n) < 0 ||
	    n != 1 || der_next(&in, DER_SEQUENCE, &all, NULL) < 0 ||
	    der_next(&in, DER_SEQUENCE, &all, NULL) < 0 ||
	    der_time(&in, &from) < 0 || der_time(&in, &until) < 0 ||
	    from > until)
		return false;
	if (der_peek(&in, DER_SEQUENCE)) {
		if (der_next(&in, DER_SEQUENCE, NULL, &list) < 0 ||
		    der_done(&list))
			return false;
		while (!der_done(&list))
			if (der_next(&list, DER_SEQUENCE, &all, NULL) < 0)
				return false;
	}
	if (der_next(&in, DER_CONTEXT(0), NULL, &exts) < 0 || !der_done(&in) ||
	    der_next(&exts, DER_SEQUENCE, NULL, &list) < 0 ||
	    !der_done(&exts) || pki_ext_check(der_bytes(list), NULL) < 0 ||
	    !pki_ext_find(der_bytes(list), PKI_OID_CRL_NUMBER, &ext))
		return false;
	in = der_of(ext.value);
	return der_uint(&in, &n) == 0 && der_done(&in);
}

static void
each_flipped_bit_is_judged_alike(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1 << 20);
	struct bytes tbs = make(4, 77, true, &b);
	AUTO_MEM uint8_t *copy = malloc(tbs.n);
	uint8_t digest[PKI_DIGEST_MAX];
	struct sign_tbs_crl c;
	size_t good = 0, bad = 0;

	(void)state;
	memcpy(copy, tbs.p, tbs.n);
	for (size_t i = 0; i < 8 * tbs.n; i++) {
		struct bytes changed = bytes_of(copy, tbs.n);
		struct err err = { 0 };
		bool ours;

		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		ours = read_in_parts(changed, 9, &c, digest, &err) == 0;
		if (ours && !is_strict(changed))
			fail_msg("bit %zu: read, though it is not strict", i);
		/* Names and serial numbers may be other than we read them
		 * strictly; so each refusal has to have a reason. */
		if (!ours && is_strict(changed))
			fail_msg("bit %zu: %s", i, err.text);
		good += ours;
		bad += !ours;
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(good > 100 && bad > 100);
}

/* --- through the service ----------------------------------------------------
 */

static int
send(struct bytes tbs, size_t size, struct sign_result *result, struct err *err)
{
	struct sign_crl_part part = { .key_index = 0 };

	while (!part.last) {
		uint64_t left = tbs.n - part.offset;

		part.bytes = bytes_of(
		    tbs.p + part.offset, left < size ? (size_t)left : size);
		part.last = part.bytes.n == left;
		if (sign_service_crl_part(world.service, &part, result, err) <
			0 ||
		    result->err.code != ERR_OK)
			return -1;
		part.offset += part.bytes.n;
	}
	return 0;
}

static void
signs_what_it_read_and_logs_it(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(8 << 20);
	struct bytes tbs;
	struct sign_result result;
	struct sign_record row;
	struct err err = { 0 };
	size_t n;

	(void)state;
	tbs = make(100000, 10, false, &b);
	assert_true(tbs.n > 2 * SIGN_CRL_PART_MAX);
	if (send(tbs, SIGN_CRL_PART_MAX, &result, &err) < 0)
		fail_msg("%s%s", err.text, result.err.text);
	assert_true(fixture_verify(
	    key, tbs, bytes_of(result.signature, result.signature_n)));
	assert_int_equal(sign_log_read(sign_service_log(world.service),
			     result.log_sequence - 1, &row, 1, &n, &err),
	    0);
	assert_int_equal(row.what, SIGN_CRL);
	assert_int_equal(row.outcome, SIGN_SIGNED);
	assert_int_equal(row.facts.number, 10);
	/* Its number is used, for lists of either way. */
	tbs = make(3, 10, false, &b);
	assert_int_equal(send(tbs, 100, &result, &err), -1);
	assert_int_equal(result.err.code, ERR_POLICY);
	assert_int_equal(result.signature_n, 0);
	assert_true(result.log_sequence > 0);
	tbs = make(3, 10, true, &b);
	assert_int_equal(send(tbs, 100, &result, &err), 0);
}

static void
parts_out_of_order_are_refused(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1 << 20);
	struct bytes tbs = make(20, 50, false, &b);
	struct sign_crl_part part = { .bytes = bytes_of(tbs.p, 100) };
	struct sign_result result;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
	    sign_service_crl_part(world.service, &part, &result, &err), 0);
	part.offset = 101;
	assert_int_equal(
	    sign_service_crl_part(world.service, &part, &result, &err), -1);
	part.offset = 100; /* it was dropped */
	assert_int_equal(
	    sign_service_crl_part(world.service, &part, &result, &err), -1);
	part.offset = 0;
	part.key_index = 1;
	assert_int_equal(
	    sign_service_crl_part(world.service, &part, &result, &err), -1);
	/* A new one begins over an unfinished one. */
	part.key_index = 0;
	assert_int_equal(
	    sign_service_crl_part(world.service, &part, &result, &err), 0);
	assert_int_equal(send(tbs, 64, &result, &err), 0);
}

/* What is no list is refused, on record: not a certificate either. */
static void
nothing_else_is_signed(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(1 << 16);
	struct recipe r = { .key = key };
	struct sign_result result;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(send(fixture_tbs(&r, &b), 64, &result, &err), -1);
	assert_int_equal(result.err.code, ERR_BAD_DATA);
	assert_int_equal(result.signature_n, 0);
	assert_true(result.log_sequence > 0);
}

static int
begin(void **state)
{
	const struct sign_key *keys[SIGN_KEYS_MAX];
	struct err err = { 0 };

	(void)state;
	fixture_begin(&world);
	fixture_ca(&world, "p384");
	assert_int_equal(sign_service_keys(world.service, keys), 1);
	key = keys[0];
	return pki_tools_new(&tools, &err);
}

static int
end(void **state)
{
	(void)state;
	pki_tools_free(tools);
	fixture_end(&world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere_it_reads_the_same),
		cmocka_unit_test(what_is_cut_off_or_goes_on_is_refused),
		cmocka_unit_test(each_flipped_bit_is_judged_alike),
		cmocka_unit_test(signs_what_it_read_and_logs_it),
		cmocka_unit_test(parts_out_of_order_are_refused),
		cmocka_unit_test(nothing_else_is_signed),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
