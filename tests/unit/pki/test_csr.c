#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/csr.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/oid.h"

#include <openssl/rsa.h>

static int
accept(struct bytes der, struct err *err)
{
	struct pki_csr csr;

	return pki_csr_parse(der, &csr, err) == 0
		   ? pki_csr_verify(tools, &csr, err)
		   : -1;
}

/* What we say about a request, and what OpenSSL says about the same bytes. */
static void
compare(struct bytes der, const struct pki_csr *csr)
{
	const unsigned char *p = der.p;
	X509_REQ *judge = d2i_X509_REQ(NULL, &p, (long)der.n);
	const ASN1_BIT_STRING *sig;
	const X509_ALGOR *alg;
	unsigned char *out = NULL;
	int n;

	assert_non_null(judge);
	assert_ptr_equal(p, der.p + der.n);
	n = i2d_X509_NAME(X509_REQ_get_subject_name(judge), &out);
	assert_true(bytes_eq(csr->subject, bytes_of(out, (size_t)n)));
	OPENSSL_free(out);
	out = NULL;
	n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(judge), &out);
	assert_true(bytes_eq(csr->spki, bytes_of(out, (size_t)n)));
	OPENSSL_free(out);
	out = NULL;
	n = i2d_re_X509_REQ_tbs(judge, &out);
	assert_true(bytes_eq(csr->info, bytes_of(out, (size_t)n)));
	OPENSSL_free(out);
	out = NULL;
	X509_REQ_get0_signature(judge, &sig, &alg);
	assert_true(
	    bytes_eq(csr->signature, bytes_of(ASN1_STRING_get0_data(sig),
					 (size_t)ASN1_STRING_length(sig))));
	n = i2d_X509_ALGOR(alg, &out);
	assert_true(bytes_eq(csr->alg, bytes_of(out, (size_t)n)));
	OPENSSL_free(out);
	X509_REQ_free(judge);
}

static void
requests_are_read_like_openssl_reads_them(void **state)
{
	unsigned i, n;

	(void)state;
	for (i = 0; i < MAKE_KEYS; i++) {
		AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
		struct err err = { 0 };
		struct pki_csr csr;
		struct pki_ext e;
		struct der list;

		make_csr((enum make_key)i, "www.example.com", &der);
		if (pki_csr_parse(buf_bytes(&der), &csr, &err) < 0)
			fail_msg("key %u: %s", i, err.text);
		if (pki_csr_verify(tools, &csr, &err) < 0)
			fail_msg("key %u: %s", i, err.text);
		compare(buf_bytes(&der), &csr);
		list = der_of(csr.extensions);
		for (n = 0; pki_ext_next(&list, &e); n++)
			;
		assert_int_equal(n, 3);
		assert_true(pki_ext_find(csr.extensions, PKI_OID_SAN, &e));
		assert_int_equal(pki_ext_san(e.value, &err), 0);
	}
}

/* Every single-bit change is refused; and what the walker alone accepts,
 * OpenSSL reads with equal fields. */
static void
flip_every_bit(enum make_key kind)
{
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	unsigned accepted = 0, walked = 0;
	size_t i;

	make_csr(kind, "www.example.com", &der);
	assert_int_equal(accept(buf_bytes(&der), NULL), 0);
	for (i = 0; i < der.n * 8; i++) {
		struct pki_csr csr;

		der.p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (pki_csr_parse(buf_bytes(&der), &csr, NULL) == 0) {
			walked++;
			if (i % 7 == 0 || csr.sig_alg == NULL)
				compare(buf_bytes(&der), &csr);
			if (pki_csr_verify(tools, &csr, NULL) == 0)
				accepted++;
		}
		der.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(accepted, 0);
	assert_true(walked > 500); /* the test does reach the signature */
}

static void
no_single_bit_change_is_accepted(void **state)
{
	(void)state;
	flip_every_bit(MAKE_RSA2048);
	flip_every_bit(MAKE_P256);
	flip_every_bit(MAKE_ED25519);
}

static void
no_truncation_is_accepted(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	struct pki_csr csr;
	size_t i;

	(void)state;
	make_csr(MAKE_P256, "www.example.com", &der);
	for (i = 0; i < der.n; i++) {
		/* exact memory, so that a sanitizer sees an overrun */
		uint8_t *cut = malloc(i + 1);

		memcpy(cut, der.p, i);
		assert_int_equal(
		    pki_csr_parse(bytes_of(cut, i), &csr, NULL), -1);
		free(cut);
	}
	buf_add_char(&der, 0);
	assert_int_equal(pki_csr_parse(buf_bytes(&der), &csr, NULL), -1);
}

/* ---- attributes ------------------------------------------------------- */

/* A signed request with these raw attributes ([0] content). */
static int
with_attributes(
    struct bytes attrs, struct pki_csr *csr, struct buf *der, struct err *err)
{
	AUTO_BUF good = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF info = BUF_WITH_LIMIT(4 * PKI_CSR_MAX);
	AUTO_BUF all = BUF_WITH_LIMIT(4 * PKI_CSR_MAX);
	struct pki_csr base;

	make_csr(MAKE_P256, "a", &good);
	assert_int_equal(pki_csr_parse(buf_bytes(&good), &base, NULL), 0);
	buf_add_bytes(&info, BYTES_LIT("\x02\x01\x00"));
	buf_add_bytes(&info, base.subject);
	buf_add_bytes(&info, base.spki);
	make_tlv(&info, DER_CONTEXT(0), attrs);
	make_tlv(&all, DER_SEQUENCE, buf_bytes(&info));
	buf_add_bytes(&all, base.alg);
	buf_add_bytes(&all, BYTES_LIT("\x03\x03\x00\x01\x02"));
	buf_reset(der);
	make_tlv(der, DER_SEQUENCE, buf_bytes(&all));
	return pki_csr_parse(buf_bytes(der), csr, err);
}

/* Append one attribute with the given SET content. */
static void
attr(struct buf *out, enum pki_oid oid, struct bytes values)
{
	AUTO_BUF in = BUF_WITH_LIMIT(PKI_CSR_MAX);

	make_tlv(&in, DER_OID, pki_oids[oid].der);
	make_tlv(&in, DER_SET, values);
	make_tlv(out, DER_SEQUENCE, buf_bytes(&in));
}

#define KU(bits) "\x30\x0e\x30\x0c\x06\x03\x55\x1d\x0f\x04\x05\x03\x03\x07" bits

static const struct bytes ku_a = BYTES_INIT(KU("\xff\x80"));
static const struct bytes ku_b = BYTES_INIT(KU("\xfe\x80"));

static void
both_spellings_of_the_extension_request(void **state)
{
	AUTO_BUF a = BUF_WITH_LIMIT(4096);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	struct err err = { 0 };
	struct pki_csr csr;
	struct pki_ext e;
	uint16_t bits;

	(void)state;
	attr(&a, PKI_OID_MS_CERT_EXTENSIONS, ku_a);
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), 0);
	assert_true(pki_ext_find(csr.extensions, PKI_OID_KEY_USAGE, &e));
	assert_int_equal(pki_ext_key_usage(e.value, &bits, NULL), 0);
	assert_int_equal(bits, 0x1ff);
	attr(&a, PKI_OID_EXTENSION_REQUEST, ku_a);
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), 0);
	buf_reset(&a);
	attr(&a, PKI_OID_MS_CERT_EXTENSIONS, ku_a);
	attr(&a, PKI_OID_EXTENSION_REQUEST, ku_b);
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
	assert_non_null(strstr(err.text, "differ"));
	buf_reset(&a);
	attr(&a, PKI_OID_EXTENSION_REQUEST, ku_a);
	attr(&a, PKI_OID_EXTENSION_REQUEST, ku_a);
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
	assert_non_null(strstr(err.text, "twice"));
}

static void
attributes_have_one_value(void **state)
{
	AUTO_BUF a = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	struct err err = { 0 };
	struct pki_csr csr;
	int i;

	(void)state;
	attr(&a, PKI_OID_MS_OS_VERSION,
	    BYTES_LIT("\x16\x04"
		      "10.0"));
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), 0);
	assert_true(bytes_eq(csr.os_version, BYTES_LIT("\x16\x04"
						       "10.0")));
	buf_reset(&a);
	attr(&a, PKI_OID_MS_OS_VERSION,
	    BYTES_LIT("\x16\x04"
		      "10.0\x16\x04"
		      "10.1"));
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
	assert_int_equal(err.code, ERR_BAD_DATA);
	buf_reset(&a);
	attr(&a, PKI_OID_MS_OS_VERSION, BYTES_LIT(""));
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
	buf_reset(&a);
	attr(&a, PKI_OID_MS_CSP, BYTES_LIT("\x30\x00"));
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
	assert_non_null(strstr(err.text, "cryptographic provider"));
	buf_reset(&a);
	for (i = 0; i < 1000; i++) /* 10,000 do not even fit */
		attr(&a, PKI_OID_CN, BYTES_LIT("\x05\x00"));
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
	buf_reset(&a);
	buf_add_bytes(&a, BYTES_LIT("\x30\x80\x00\x00"));
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
}

static void
name_value_pairs_in_both_encodings(void **state)
{
	/* clang-format off */
	static const struct bytes single = BYTES_INIT(
		"\x30\x0a\x1e\x04\0A\0b\x1e\x02\0C");
	static const struct bytes list = BYTES_INIT(
		"\x30\x10\x30\x06\x1e\x02\0D\x1e\x00"
		"\x30\x06\x1e\x04\0E\0F\x1e\x00");
	/* clang-format on */
	AUTO_BUF a = BUF_WITH_LIMIT(4096);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF values = BUF_WITH_LIMIT(4096);
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	struct pki_csr_pairs w = { 0 };
	struct err err = { 0 };
	struct pki_csr csr;
	AUTO_BUF pair = BUF_WITH_LIMIT(100);
	AUTO_BUF two = BUF_WITH_LIMIT(100);

	(void)state;
	make_tlv(&pair, DER_SEQUENCE, BYTES_LIT("\x1e\x02\0D\x1e\x00"));
	make_tlv(&pair, DER_SEQUENCE, BYTES_LIT("\x1e\x04\0E\0F\x1e\x02\0G"));
	make_tlv(&two, DER_SEQUENCE, buf_bytes(&pair));
	buf_add_bytes(&values, single);
	buf_add_bytes(&values, buf_bytes(&two));
	attr(&a, PKI_OID_MS_NAME_VALUE, buf_bytes(&values));
	attr(&a, PKI_OID_MS_OS_VERSION,
	    BYTES_LIT("\x16\x04"
		      "10.0"));
	attr(&a, PKI_OID_MS_NAME_VALUE, single);
	if (with_attributes(buf_bytes(&a), &csr, &der, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(csr.pairs, 4);
	assert_true(pki_csr_pair_next(&csr, &w, &name, &value));
	assert_string_equal(buf_str(&name), "Ab");
	assert_string_equal(buf_str(&value), "C");
	assert_true(pki_csr_pair_next(&csr, &w, &name, &value));
	assert_string_equal(buf_str(&name), "D");
	assert_string_equal(buf_str(&value), "");
	assert_true(pki_csr_pair_next(&csr, &w, &name, &value));
	assert_string_equal(buf_str(&value), "G");
	assert_true(pki_csr_pair_next(&csr, &w, &name, &value));
	assert_string_equal(buf_str(&name), "Ab");
	assert_false(pki_csr_pair_next(&csr, &w, &name, &value));
	buf_reset(&a);
	attr(&a, PKI_OID_MS_NAME_VALUE, list); /* lengths are wrong */
	assert_int_equal(with_attributes(buf_bytes(&a), &csr, &der, &err), -1);
}

/* ---- refusals --------------------------------------------------------- */

static void
weak_signatures_and_keys_are_refused(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	EVP_PKEY *small = make_key_rsa(1024);
	X509_REQ *req = make_csr_open(MAKE_RSA2048, "x");
	unsigned char *sha1 = NULL;
	struct err err = { 0 };
	int n;

	(void)state;
	assert_true(X509_REQ_sign(req, make_key(MAKE_RSA2048), EVP_sha1()));
	n = i2d_X509_REQ(req, &sha1);
	assert_int_equal(accept(bytes_of(sha1, (size_t)n), &err), -1);
	assert_int_equal(err.code, ERR_BAD_SIGNATURE);
	assert_non_null(strstr(err.text, "SHA-1"));
	OPENSSL_free(sha1);
	X509_REQ_set_pubkey(req, small);
	make_csr_signed(req, small, &der); /* the key is checked after this */
	assert_int_equal(accept(buf_bytes(&der), &err), 0);
	buf_reset(&der);
	X509_REQ_set_pubkey(req, make_key(MAKE_RSA2048));
	make_csr_signed(req, make_key(MAKE_P256), &der); /* not its own */
	assert_int_equal(accept(buf_bytes(&der), &err), -1);
	assert_int_equal(err.code, ERR_BAD_SIGNATURE);
	X509_REQ_free(req);
	EVP_PKEY_free(small);
}

/* A request signed by RSA-PSS with a salt of this many bytes, or as OpenSSL's
 * negative numbers say. */
static void
make_pss(const EVP_MD *md, const EVP_MD *mask, int salt, struct buf *out)
{
	X509_REQ *req = make_csr_open(MAKE_RSA2048, "x");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p;
	unsigned char *der = NULL;
	int n;

	EVP_DigestSignInit(ctx, &p, md, NULL, make_key(MAKE_RSA2048));
	EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING);
	EVP_PKEY_CTX_set_rsa_pss_saltlen(p, salt);
	EVP_PKEY_CTX_set_rsa_mgf1_md(p, mask);
	assert_true(X509_REQ_sign_ctx(req, ctx) > 0);
	n = i2d_X509_REQ(req, &der);
	assert_true(n > 0);
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	X509_REQ_free(req);
}

/* It stands outside of what is signed. */
static void
no_change_of_the_algorithm_is_accepted(struct buf *der)
{
	struct pki_csr csr;
	size_t at, n, i;

	assert_int_equal(pki_csr_parse(buf_bytes(der), &csr, NULL), 0);
	at = (size_t)(csr.alg.p - der->p) * 8;
	n = csr.alg.n * 8;
	for (i = at; i < at + n; i++) {
		der->p[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(accept(buf_bytes(der), NULL), -1);
		der->p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void
pss_requests_are_accepted(void **state)
{
	static const int salts[] = { RSA_PSS_SALTLEN_DIGEST, 0, 1, 20, 31, 127,
		128, RSA_PSS_SALTLEN_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(salts); i++) {
		const EVP_MD *md = i % 2 ? EVP_sha256() : EVP_sha512();
		AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
		struct err err = { 0 };

		make_pss(md, md, salts[i / 2], &der);
		if (accept(buf_bytes(&der), &err) < 0)
			fail_msg("salt %d: %s", salts[i / 2], err.text);
		no_change_of_the_algorithm_is_accepted(&der);
	}
}

static void
pss_with_other_hashes_is_refused(void **state)
{
	const EVP_MD *const pairs[][2] = { { EVP_sha1(), EVP_sha1() },
		{ EVP_sha256(), EVP_sha1() }, { EVP_sha256(), EVP_sha512() },
		{ EVP_sha1(), EVP_sha256() }, { EVP_sha224(), EVP_sha224() } };
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(pairs); i++) {
		AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
		struct err err = { 0 };

		make_pss(
		    pairs[i / 2][0], pairs[i / 2][1], i % 2 ? 20 : 32, &der);
		assert_int_equal(accept(buf_bytes(&der), &err), -1);
		assert_int_equal(err.code, ERR_BAD_SIGNATURE);
	}
}

static void
limits_come_first(void **state)
{
	static uint8_t big[PKI_CSR_MAX + 1];
	struct err err = { 0 };
	struct pki_csr csr;

	(void)state;
	assert_int_equal(pki_csr_parse(BYTES_OF(big), &csr, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_int_equal(pki_csr_parse(BYTES_NONE, &csr, &err), -1);
	assert_int_equal(err.code, ERR_BAD_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read_like_openssl_reads_them),
		cmocka_unit_test(no_single_bit_change_is_accepted),
		cmocka_unit_test(no_truncation_is_accepted),
		cmocka_unit_test(both_spellings_of_the_extension_request),
		cmocka_unit_test(attributes_have_one_value),
		cmocka_unit_test(name_value_pairs_in_both_encodings),
		cmocka_unit_test(weak_signatures_and_keys_are_refused),
		cmocka_unit_test(pss_requests_are_accepted),
		cmocka_unit_test(pss_with_other_hashes_is_refused),
		cmocka_unit_test(limits_come_first),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
