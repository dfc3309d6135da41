#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/gname.h"
#include "pki/name.h"
#include "pki/pkcs7.h"
#include "pki/sigmake.h"

#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

static void
static_extensions(struct buf *run)
{
	static const uint8_t key_id[20] = { 1, 2, 3 };
	static const char *const cdp[] = { "http://ca.example/a.crl",
		"ldap:///CN=a,DC=b?certificateRevocationList" };
	static const char *const aia[] = { "http://ca.example/a.crt" };
	static const char *const ocsp[] = { "http://ca.example/ocsp" };
	const struct bytes eku[] = { pki_oids[PKI_OID_EKU_SERVER_AUTH].der,
		pki_oids[PKI_OID_EKU_CLIENT_AUTH].der };

	pki_ext_put_aki(run, BYTES_OF(key_id));
	pki_ext_put_key_usage(
	    run, PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT);
	pki_ext_put_eku(run, false, eku, ARRAY_LEN(eku));
	assert_int_equal(pki_ext_put_cdp(run, cdp, 2, NULL), 0);
	assert_int_equal(pki_ext_put_aia(run, aia, 1, ocsp, 1, NULL), 0);
	pki_ext_put_basic(run, false, -1);
}

static struct pki_cert_block *
block_new(enum make_key ca)
{
	AUTO_BUF run = BUF_WITH_LIMIT(PKI_CERT_MAX);
	AUTO_BUF issuer = BUF_WITH_LIMIT(PKI_NAME_MAX);
	struct pki_cert_block *b = NULL;
	enum pki_key_kind kind;
	struct err err = { 0 };
	unsigned bits;

	static_extensions(&run);
	make_name("Test CA", &issuer);
	assert_int_equal(pki_sigmake_kind(make_key(ca), &kind, &bits, &err), 0);
	assert_int_equal(
	    pki_cert_block_new(buf_bytes(&issuer), pki_sig_default(kind, bits),
		buf_bytes(&run), &b, &err),
	    0);
	if (pki_cert_block_check(b, &err) < 0)
		fail_msg("%s", err.text);
	return b;
}

static struct bytes
issue(enum make_key ca, enum make_key subject, int64_t from, int64_t to,
    uint8_t buf[PKI_CERT_BUF])
{
	AUTO(pki_cert_block) b = block_new(ca);
	AUTO(pki_sigmake) maker = NULL;
	AUTO_BUF csr_der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF names = BUF_WITH_LIMIT(1000);
	AUTO_BUF san = BUF_WITH_LIMIT(1000);
	struct pki_cert_fields f = { .not_before = from, .not_after = to };
	uint8_t sig[PKI_SIGNATURE_MAX];
	struct err err = { 0 };
	struct bytes tbs, cert;
	struct pki_csr csr;
	size_t n;

	make_csr(subject, "www.example.com", &csr_der);
	assert_int_equal(pki_csr_parse(buf_bytes(&csr_der), &csr, &err), 0);
	memset(f.serial, 0xff, sizeof(f.serial));
	pki_cert_serial_shape(f.serial);
	f.subject = csr.subject;
	f.spki = csr.spki;
	assert_int_equal(pki_key_id(tools, &csr.key, f.ski, &err), 0);
	assert_int_equal(
	    pki_gname_build(PKI_GNAME_DNS, "www.example.com", &names, &err), 0);
	pki_ext_put_san(&san, false, buf_bytes(&names));
	f.extensions = buf_bytes(&san);
	if (pki_cert_build_tbs(b, &f, buf, PKI_CERT_BUF, &tbs, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(
	    pki_sigmake_new(make_key(ca), pki_cert_block_alg(b), &maker, &err),
	    0);
	assert_int_equal(pki_sigmake_sign(maker, tbs, sig, &n, &err), 0);
	if (pki_cert_finish(
		b, buf, PKI_CERT_BUF, tbs, bytes_of(sig, n), &cert, &err) < 0)
		fail_msg("%s", err.text);
	return cert;
}

/* OpenSSL reads it, verifies it, and writes the same bytes from scratch. */
static X509 *
judge(struct bytes cert, enum make_key ca)
{
	const unsigned char *p = cert.p;
	X509 *x = d2i_X509(NULL, &p, (long)cert.n);
	unsigned char *again = NULL;
	struct pki_cert c;
	int n;

	assert_non_null(x);
	assert_ptr_equal(p, cert.p + cert.n);
	assert_int_equal(X509_verify(x, make_key(ca)), 1);
	assert_int_equal(pki_cert_parse(cert, &c, NULL), 0);
	n = i2d_re_X509_tbs(x, &again);
	assert_true(bytes_eq(c.tbs, bytes_of(again, (size_t)n)));
	OPENSSL_free(again);
	return x;
}

static void
certificates_are_what_openssl_would_write(void **state)
{
	static const int64_t spans[][2] = {
		{ 1700000000, 1800000000 },
		{ DER_TIME_2050 - 1, DER_TIME_2050 },
		{ DER_TIME_2050, DER_TIME_MAX },
	};
	uint8_t buf[PKI_CERT_BUF];
	unsigned ca, subject;
	size_t i;

	(void)state;
	for (ca = 0; ca < MAKE_KEYS; ca++)
		for (subject = 0; subject < MAKE_KEYS; subject++)
			for (i = 0; i < ARRAY_LEN(spans); i++) {
				struct bytes cert = issue((enum make_key)ca,
				    (enum make_key)subject, spans[i][0],
				    spans[i][1], buf);
				X509 *x = judge(cert, (enum make_key)ca);

				assert_int_equal(X509_get_ext_count(x), 8);
				assert_int_equal(
				    ASN1_TIME_cmp_time_t(X509_get0_notAfter(x),
					(time_t)spans[i][1]),
				    0);
				X509_free(x);
			}
}

static void
the_reader_agrees_with_openssl(void **state)
{
	uint8_t buf[PKI_CERT_BUF], md[32];
	struct bytes cert;
	struct pki_cert c;
	struct pki_cert_show show;
	struct pki_key key;
	struct err err = { 0 };
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	char hex[65];
	unsigned n = 32;
	X509 *x;
	int i;

	(void)state;
	cert = issue(MAKE_P256, MAKE_RSA2048, 0, 1, buf);
	x = judge(cert, MAKE_P256);
	assert_int_equal(pki_cert_parse(cert, &c, &err), 0);
	assert_int_equal(c.not_before, 0);
	assert_int_equal(c.not_after, 1);
	assert_int_equal(pki_cert_show(tools, &c, &show, &err), 0);
	assert_string_equal(
	    show.serial, "7fffffffffffffffffffffffffffffffffffff");
	X509_digest(x, EVP_sha256(), md, &n);
	for (i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", md[i]);
	assert_string_equal(show.sha256, hex);
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, &err), 0);
	assert_int_equal(pki_cert_verify(tools, &c, &key, &err), 0);
	buf[c.tbs.p - buf + 20] ^= 1;
	assert_int_equal(pki_cert_verify(tools, &c, &key, &err), -1);
	X509_free(x);
}

static void
flipped_certificates_are_refused(void **state)
{
	uint8_t buf[PKI_CERT_BUF];
	AUTO_BUF copy = BUF_WITH_LIMIT(PKI_CERT_BUF);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	unsigned accepted = 0;
	struct pki_key key;
	size_t i;

	(void)state;
	buf_add_bytes(&copy, issue(MAKE_P256, MAKE_P256, 0, 1, buf));
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &key, NULL), 0);
	for (i = 0; i < copy.n * 8; i += 3) {
		struct pki_cert c;

		copy.p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (pki_cert_parse(buf_bytes(&copy), &c, NULL) == 0 &&
		    pki_cert_verify(tools, &c, &key, NULL) == 0)
			accepted++;
		copy.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(accepted, 0);
}

static void
nothing_leaves_the_buffer(void **state)
{
	AUTO(pki_cert_block) b = block_new(MAKE_P256);
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	struct pki_cert_fields f = { .not_after = 1 };
	unsigned built = 0;
	size_t size;

	(void)state;
	make_spki(make_key(MAKE_P256), &spki);
	f.serial[0] = 0x40;
	f.subject = pki_cert_block_issuer(b);
	f.spki = buf_bytes(&spki);
	for (size = 0; size < 2048; size++) {
		uint8_t *buf = malloc(size + 1);
		static const uint8_t sig[1024];
		struct bytes tbs, cert;

		buf[size] = 0xee;
		if (pki_cert_build_tbs(b, &f, buf, size, &tbs, NULL) == 0) {
			built++;
			assert_int_equal(pki_cert_finish(b, buf, size, tbs,
					     BYTES_OF(sig), &cert, NULL),
			    0);
			assert_true(cert.p >= buf);
		}
		assert_int_equal(buf[size], 0xee);
		free(buf);
	}
	assert_true(built > 0 && built < 1500);
}

static void
bad_fields_are_refused(void **state)
{
	AUTO(pki_cert_block) b = block_new(MAKE_P256);
	AUTO(pki_cert_block) none = NULL;
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	AUTO_BUF twice = BUF_WITH_LIMIT(4096);
	struct pki_cert_fields f = { .not_before = 5, .not_after = 9 };
	uint8_t buf[PKI_CERT_BUF];
	struct err err = { 0 };
	struct bytes tbs;

	(void)state;
	make_spki(make_key(MAKE_P256), &spki);
	f.subject = pki_cert_block_issuer(b);
	f.spki = buf_bytes(&spki);
	assert_int_equal(
	    pki_cert_build_tbs(b, &f, buf, sizeof(buf), &tbs, &err), -1);
	f.serial[0] = 0x40;
	assert_int_equal(
	    pki_cert_build_tbs(b, &f, buf, sizeof(buf), &tbs, &err), 0);
	f.not_after = 4;
	assert_int_equal(
	    pki_cert_build_tbs(b, &f, buf, sizeof(buf), &tbs, &err), -1);
	f.not_after = DER_TIME_MAX + 1;
	assert_int_equal(
	    pki_cert_build_tbs(b, &f, buf, sizeof(buf), &tbs, &err), -1);
	f.not_after = 9;
	pki_ext_put_basic(&twice, true, -1); /* granted on top of the fixed */
	f.extensions = buf_bytes(&twice);
	assert_int_equal(
	    pki_cert_build_tbs(b, &f, buf, sizeof(buf), &tbs, &err), -1);
	assert_non_null(strstr(err.text, "basic constraints"));
	pki_ext_put_basic(&twice, true, -1);
	assert_int_equal(pki_cert_block_new(f.subject, pki_cert_block_alg(b),
			     buf_bytes(&twice), &none, &err),
	    -1);
	/* An extension that OpenSSL cannot read is found by the proof. */
	buf_reset(&twice);
	pki_ext_put(&twice, pki_oids[PKI_OID_KEY_USAGE].der, true,
	    BYTES_LIT("\x02\x01\x05"));
	assert_int_equal(pki_cert_block_new(f.subject, pki_cert_block_alg(b),
			     buf_bytes(&twice), &none, &err),
	    0);
	assert_int_equal(pki_cert_block_check(none, &err), -1);
}

static void
chains_are_read_by_openssl(void **state)
{
	uint8_t a[PKI_CERT_BUF], b[PKI_CERT_BUF];
	struct bytes certs[2];
	AUTO_BUF out = BUF_WITH_LIMIT(100000);
	const unsigned char *p;
	unsigned char *again = NULL;
	PKCS7 *p7;
	int n;

	(void)state;
	certs[0] = issue(MAKE_P256, MAKE_RSA2048, 0, 1, a);
	certs[1] = issue(MAKE_RSA2048, MAKE_P256, 0, 1, b);
	assert_int_equal(pki_pkcs7_build(certs, 2, NULL, 0, &out, NULL), 0);
	p = out.p;
	p7 = d2i_PKCS7(NULL, &p, (long)out.n);
	assert_non_null(p7);
	assert_ptr_equal(p, out.p + out.n);
	assert_true(PKCS7_type_is_signed(p7));
	assert_int_equal(sk_X509_num(p7->d.sign->cert), 2);
	n = i2d_X509(sk_X509_value(p7->d.sign->cert, 0), &again);
	assert_true(bytes_eq(certs[0], bytes_of(again, (size_t)n)));
	OPENSSL_free(again);
	PKCS7_free(p7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_what_openssl_would_write),
		cmocka_unit_test(the_reader_agrees_with_openssl),
		cmocka_unit_test(flipped_certificates_are_refused),
		cmocka_unit_test(nothing_leaves_the_buffer),
		cmocka_unit_test(bad_fields_are_refused),
		cmocka_unit_test(chains_are_read_by_openssl),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
