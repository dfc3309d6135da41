#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/crl.h"
#include "pki/ext.h"
#include "pki/sigmake.h"

#include <openssl/x509v3.h>

static int
to_buf(void *arg, struct bytes part, struct err *err)
{
	buf_add_bytes(arg, part);
	return buf_check(arg, "the list", err);
}

/* Row i of the test list: every kind of entry takes its turn. */
static struct pki_crl_entry
row(size_t i, uint8_t serial[PKI_CRL_SERIAL_MAX])
{
	struct pki_crl_entry e = { .reason = i % 3 ? (unsigned)(i % 6) : 0 };

	memset(serial, 0, PKI_CRL_SERIAL_MAX);
	serial[0] = 0x40;
	serial[1] = (uint8_t)(i >> 16);
	serial[2] = (uint8_t)(i >> 8);
	serial[3] = (uint8_t)i;
	e.serial = bytes_of(serial, i % 11 == 5 ? 8 : 19);
	e.revoked_at = i % 5 == 4 ? DER_TIME_2050 + (int64_t)i : 1700000000;
	return e;
}

static void
fields_of(enum make_key ca, struct buf *issuer, struct pki_crl_fields *f)
{
	static const uint8_t key_id[20] = { 9 };
	struct err err = { 0 };
	enum pki_key_kind kind;
	unsigned bits;

	make_name("Test CA", issuer);
	assert_int_equal(pki_sigmake_kind(make_key(ca), &kind, &bits, &err), 0);
	*f = (struct pki_crl_fields){ .issuer = buf_bytes(issuer),
		.alg = pki_sig_default(kind, bits),
		.key_id = BYTES_OF(key_id),
		.number = 0x1234,
		.this_update = DER_TIME_2050 - 1,
		.next_update = DER_TIME_2050 + 1,
		.next_publish = DER_TIME_2050,
		.ca_version = 0x10002 };
}

static void
write_crl(enum make_key ca, size_t n, bool delta, struct buf *out)
{
	AUTO(pki_sigmake) maker = NULL;
	AUTO(pki_crl_writer) w = NULL;
	AUTO_BUF issuer = BUF_WITH_LIMIT(1000);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	uint8_t digest[PKI_DIGEST_MAX], sig[PKI_SIGNATURE_MAX];
	uint8_t head[PKI_CRL_HEAD_MAX], serial[PKI_CRL_SERIAL_MAX];
	struct pki_crl_size size = { 0 };
	struct pki_crl_fields f;
	struct err err = { 0 };
	struct pki_key key;
	size_t i, sig_n, n_digest, head_n;

	fields_of(ca, &issuer, &f);
	f.is_delta = delta;
	f.base_number = 0x1200;
	make_spki(make_key(ca), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, &err), 0);
	for (i = 0; i < n; i++) {
		struct pki_crl_entry e = row(i, serial);

		pki_crl_count(&size, 1, e.serial.n,
		    e.revoked_at >= DER_TIME_2050, e.reason != 0);
	}
	assert_int_equal(pki_crl_begin(tools, &f, &size, &key,
			     (struct pki_crl_sink){ to_buf, out }, &w, &err),
	    0);
	for (i = 0; i < n; i++) {
		struct pki_crl_entry e = row(i, serial);

		assert_int_equal(pki_crl_add(w, &e, &err), 0);
	}
	assert_int_equal(pki_crl_tbs_end(w, digest, &n_digest, &err), 0);
	assert_int_equal(out->n, pki_crl_tbs_offset(w) + pki_crl_tbs_size(w));
	assert_int_equal(pki_sigmake_new(make_key(ca), f.alg, &maker, &err), 0);
	do {
		if (n_digest)
			assert_int_equal(
			    pki_sigmake_sign_digest(maker,
				bytes_of(digest, n_digest), sig, &sig_n, &err),
			    0);
		else
			assert_int_equal(
			    pki_sigmake_sign(maker,
				bytes_of(out->p + pki_crl_tbs_offset(w),
				    pki_crl_tbs_size(w)),
				sig, &sig_n, &err),
			    0);
	} while (!pki_crl_fits(w, sig_n));
	assert_int_equal(
	    pki_crl_finish(w, bytes_of(sig, sig_n), head, &head_n, &err), 0);
	memcpy(out->p, head, head_n);
}

static void
judge(struct bytes der, enum make_key ca, size_t n, bool delta)
{
	const unsigned char *p = der.p;
	X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)der.n);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	uint8_t serial[PKI_CRL_SERIAL_MAX];
	struct err err = { 0 };
	struct pki_crl_entry e;
	struct pki_crl c;
	struct pki_key key;
	struct der list;
	size_t i;
	int r;

	assert_non_null(x);
	assert_ptr_equal(p, der.p + der.n);
	assert_int_equal(X509_CRL_verify(x, make_key(ca)), 1);
	r = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(x));
	assert_int_equal(r < 0 ? 0 : r, n);
	assert_int_equal(ASN1_TIME_cmp_time_t(
			     X509_CRL_get0_nextUpdate(x), DER_TIME_2050 + 1),
	    0);
	assert_int_equal(
	    X509_CRL_get_ext_by_NID(x, NID_delta_crl, -1) >= 0, delta);
	X509_CRL_free(x);

	if (pki_crl_parse(der, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(c.number, 0x1234);
	assert_int_equal(c.is_delta, delta);
	assert_int_equal(c.base_number, delta ? 0x1200 : 0);
	assert_int_equal(c.next_publish, DER_TIME_2050);
	assert_int_equal(c.this_update, DER_TIME_2050 - 1);
	make_spki(make_key(ca), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, &err), 0);
	assert_int_equal(pki_crl_verify(tools, &c, &key, &err), 0);
	list = der_of(c.entries);
	for (i = 0; (r = pki_crl_next(&list, &e, &err)) > 0; i++) {
		struct pki_crl_entry want = row(i, serial);

		assert_true(bytes_eq(e.serial, want.serial));
		assert_int_equal(e.revoked_at, want.revoked_at);
		assert_int_equal(e.reason, want.reason);
	}
	assert_int_equal(r, 0);
	assert_int_equal(i, n);
}

/* Sizes around every change of a length's length, with every kind of key. */
static void
lists_of_all_sizes_verify(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 3, 4, 5, 6, 1300, 1400, 1500,
		1700, 5000 };
	size_t i;
	unsigned ca;

	(void)state;
	for (ca = 0; ca < MAKE_KEYS; ca++)
		for (i = 0; i < ARRAY_LEN(counts); i++) {
			AUTO_BUF der = BUF_WITH_LIMIT(64 * 1024 * 1024);

			write_crl((enum make_key)ca, counts[i], i % 2, &der);
			judge(buf_bytes(&der), (enum make_key)ca, counts[i],
			    i % 2);
		}
}

/* The outer head, the list's head and the entries' head cross 64 KiB at
 * slightly different numbers: try each row count there. */
static void
every_count_around_64k_verifies(void **state)
{
	size_t n;

	(void)state;
	for (n = 1290; n < 1420; n++) {
		AUTO_BUF der = BUF_WITH_LIMIT(1024 * 1024);

		write_crl(MAKE_P256, n, false, &der);
		judge(buf_bytes(&der), MAKE_P256, n, false);
	}
}

static void
more_than_16_megabytes(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(64 * 1024 * 1024);

	(void)state;
	write_crl(MAKE_P256, 380000, false, &der);
	assert_true(der.n > 16 * 1024 * 1024);
	judge(buf_bytes(&der), MAKE_P256, 380000, false);
}

static void
the_count_must_hold(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(100000);
	AUTO_BUF issuer = BUF_WITH_LIMIT(1000);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	AUTO(pki_crl_writer) w = NULL;
	uint8_t digest[PKI_DIGEST_MAX], serial[PKI_CRL_SERIAL_MAX];
	struct pki_crl_size size = { 0 };
	struct pki_crl_entry e = row(0, serial);
	struct pki_crl_fields f;
	struct err err = { 0 };
	struct pki_key key;
	size_t n;

	(void)state;
	fields_of(MAKE_P256, &issuer, &f);
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, &err), 0);
	pki_crl_count(&size, 2, 19, false, false);
	assert_int_equal(size.bytes, 2 * 38);
	pki_crl_count(&size, 1, 19, false, true);
	assert_int_equal(size.bytes, 2 * 38 + 52);
	size.entries = 1;
	size.bytes = 38;
	assert_int_equal(pki_crl_begin(tools, &f, &size, &key,
			     (struct pki_crl_sink){ to_buf, &out }, &w, &err),
	    0);
	assert_int_equal(pki_crl_tbs_end(w, digest, &n, &err), -1);
	assert_int_equal(pki_crl_add(w, &e, &err), 0);
	assert_int_equal(pki_crl_add(w, &e, &err), -1);
	e.reason = 7; /* not used in X.509 */
	assert_int_equal(pki_crl_add(w, &e, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
}

static void
a_failing_sink_stops_the_list(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(20000); /* "the disk is full" */
	AUTO_BUF issuer = BUF_WITH_LIMIT(1000);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	AUTO(pki_crl_writer) w = NULL;
	uint8_t serial[PKI_CRL_SERIAL_MAX];
	struct pki_crl_size size = { 0 };
	struct pki_crl_entry e = row(0, serial);
	struct pki_crl_fields f;
	struct err err = { 0 };
	struct pki_key key;
	int i;

	(void)state;
	fields_of(MAKE_P256, &issuer, &f);
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, &err), 0);
	pki_crl_count(&size, 5000, 19, false, false);
	assert_int_equal(pki_crl_begin(tools, &f, &size, &key,
			     (struct pki_crl_sink){ to_buf, &out }, &w, &err),
	    0);
	for (i = 0; i < 5000; i++)
		if (pki_crl_add(w, &e, &err) < 0)
			break;
	assert_in_range(i, 400, 1000);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

static void
flipped_and_cut_lists_are_refused(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(100000);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	unsigned accepted = 0;
	struct pki_key key;
	struct pki_crl c;
	size_t i;

	(void)state;
	write_crl(MAKE_P256, 6, true, &der);
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, NULL), 0);
	for (i = 0; i < der.n * 8; i++) {
		der.p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (pki_crl_parse(buf_bytes(&der), &c, NULL) == 0 &&
		    pki_crl_verify(tools, &c, &key, NULL) == 0)
			accepted++;
		der.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(accepted, 0);
	for (i = 0; i < der.n; i++)
		assert_int_equal(
		    pki_crl_parse(bytes_of(der.p, i), &c, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_all_sizes_verify),
		cmocka_unit_test(every_count_around_64k_verifies),
		cmocka_unit_test(more_than_16_megabytes),
		cmocka_unit_test(the_count_must_hold),
		cmocka_unit_test(a_failing_sink_stops_the_list),
		cmocka_unit_test(flipped_and_cut_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
