#include "../unit.h"
#include "base/str.h"
#include "make.h"
#include "pki/csr.h"
#include "pki/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

static struct bytes csr; /* DER of a good request */
static struct buf csr_buf;

static int
setup(void **state)
{
	(void)state;
	buf_init(&csr_buf, PKI_CSR_MAX);
	make_csr(MAKE_RSA2048, "www.example.com", &csr_buf);
	csr = buf_bytes(&csr_buf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&csr_buf);
	return 0;
}

static void
gives_the_request(const char *what, struct bytes input)
{
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_CSR_MAX);
	struct err err = { 0 };
	enum pki_pem_kind kind;

	if (pki_pem_read_request(input, &out, &kind, &err) < 0)
		fail_msg("%s: %s", what, err.text);
	assert_int_equal(kind, PKI_PEM_PKCS10);
	if (!bytes_eq(buf_bytes(&out), csr))
		fail_msg("%s: other bytes", what);
}

static enum err_code
refused_as(struct bytes input, const char *words)
{
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	struct err err = { 0 };
	enum pki_pem_kind kind;

	if (pki_pem_read_request(input, &out, &kind, &err) == 0)
		return ERR_OK;
	assert_true(strlen(err.text) > 10);
	assert_non_null(strstr(err.text, words));
	return err.code;
}

static enum err_code
refused(struct bytes input)
{
	return refused_as(input, "");
}

/* Replace one character by another string ("" removes it). */
static void
translate(struct buf *out, struct bytes in, char from, const char *to)
{
	size_t i;

	buf_reset(out);
	for (i = 0; i < in.n; i++)
		if ((char)in.p[i] == from)
			buf_add_str(out, to);
		else
			buf_add_char(out, (char)in.p[i]);
}

static void
utf16(struct buf *out, struct bytes in, bool big, bool mark)
{
	size_t i;

	buf_reset(out);
	if (mark)
		buf_add(out, big ? "\xfe\xff" : "\xff\xfe", 2);
	for (i = 0; i < in.n; i++) {
		buf_add_char(out, big ? 0 : (char)in.p[i]);
		buf_add_char(out, big ? (char)in.p[i] : 0);
	}
}

static void
requests_in_every_wrapping(void **state)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(10000);
	AUTO_BUF x = BUF_WITH_LIMIT(20000);
	char base64[4096];

	(void)state;
	gives_the_request("DER", csr);
	pki_pem_write(&pem, "CERTIFICATE REQUEST", csr, PKI_PEM_LF);
	gives_the_request("PEM", buf_bytes(&pem));
	translate(&x, buf_bytes(&pem), '\n', "\r\n");
	gives_the_request("CRLF", buf_bytes(&x));
	translate(&x, buf_bytes(&pem), '\n', "\r\n\t ");
	gives_the_request("indented", buf_bytes(&x));
	translate(&x, buf_bytes(&pem), '\n', "");
	gives_the_request("one line", buf_bytes(&x));
	translate(&x, buf_bytes(&pem), '\n', " ");
	gives_the_request("one line with blanks", buf_bytes(&x));
	translate(&x, buf_bytes(&pem), '+', " ");
	gives_the_request("blanks for plus signs", buf_bytes(&x));
	buf_reset(&x);
	buf_add_str(&x, "\xef\xbb\xbf some text before\n");
	buf_add_bytes(&x, buf_bytes(&pem));
	buf_add_str(&x, "and after");
	gives_the_request("text around, UTF-8 mark", buf_bytes(&x));
	utf16(&x, buf_bytes(&pem), false, true);
	gives_the_request("UTF-16LE", buf_bytes(&x));
	utf16(&x, buf_bytes(&pem), true, true);
	gives_the_request("UTF-16BE", buf_bytes(&x));
	utf16(&x, buf_bytes(&pem), false, false);
	gives_the_request("UTF-16LE without mark", buf_bytes(&x));
	str_base64(base64, csr);
	gives_the_request("bare base64", bytes_str(base64));
	translate(&x, bytes_str(base64), '+', " ");
	gives_the_request("bare, blanks for plus signs", buf_bytes(&x));
	buf_reset(&x);
	pki_pem_write(&x, "NEW CERTIFICATE REQUEST", csr, PKI_PEM_CRLF);
	gives_the_request("another label", buf_bytes(&x));
	buf_reset(&x);
	pki_pem_write(&x, "PKCS7", csr, PKI_PEM_LF);
	gives_the_request("a wrong label", buf_bytes(&x));
	buf_reset(&x);
	buf_addf(&x, "-----BEGIN CERTIFICATE REQUEST-----%s", base64);
	gives_the_request("glued, no end", buf_bytes(&x));
}

static void
our_pem_is_read_by_openssl(void **state)
{
	size_t n;

	(void)state;
	for (n = 1; n < 200; n++) {
		AUTO_BUF pem = BUF_WITH_LIMIT(10000);
		unsigned char *data;
		char *name, *header;
		long len;
		BIO *bio;

		pki_pem_write(&pem, "X", bytes_of(csr.p, n),
		    n % 2 ? PKI_PEM_CRLF : PKI_PEM_LF);
		bio = BIO_new_mem_buf(pem.p, (int)pem.n);
		assert_int_equal(
		    PEM_read_bio(bio, &name, &header, &data, &len), 1);
		assert_true(
		    bytes_eq(bytes_of(csr.p, n), bytes_of(data, (size_t)len)));
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
		BIO_free(bio);
	}
}

static void
damaged_input_is_explained(void **state)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(10000);
	AUTO_BUF x = BUF_WITH_LIMIT(400000);
	size_t i;

	(void)state;
	pki_pem_write(&pem, "CERTIFICATE REQUEST", csr, PKI_PEM_LF);
	for (i = 0; i < pem.n - 40; i += 13)
		assert_int_not_equal(refused(bytes_of(pem.p, i)), ERR_OK);
	for (i = 0; i < csr.n; i += 7)
		assert_int_not_equal(refused(bytes_of(csr.p, i)), ERR_OK);
	buf_add_bytes(&x, csr);
	buf_add_char(&x, 0);
	assert_int_equal(refused(buf_bytes(&x)), ERR_BAD_DATA);
	assert_int_equal(refused(BYTES_NONE), ERR_BAD_DATA);
	assert_int_equal(refused(BYTES_LIT("hello, world")), ERR_BAD_DATA);
	assert_int_equal(refused(BYTES_LIT("aGVsbG8=")), ERR_BAD_DATA);
	assert_int_equal(
	    refused(BYTES_LIT("-----BEGIN X-----\n!!!\n-----END X-----")),
	    ERR_BAD_DATA);
	assert_int_equal(refused(BYTES_LIT("-----BEGIN")), ERR_BAD_DATA);
	buf_reset(&x);
	for (i = 0; i < PKI_PEM_TEXT_MAX + 1; i++)
		buf_add_char(&x, 'A');
	assert_int_equal(
	    refused_as(buf_bytes(&x), "the input has 262145 bytes"),
	    ERR_TOO_LARGE);
}

/* ---- private keys ----------------------------------------------------- */

static void
is_refused_everywhere(const char *what, struct bytes der)
{
	AUTO_BUF x = BUF_WITH_LIMIT(20000);
	AUTO_BUF y = BUF_WITH_LIMIT(40000);
	char base64[8192];

	if (refused(der) != ERR_PRIVATE_KEY)
		fail_msg("%s: DER", what);
	str_base64(base64, der);
	if (refused(bytes_str(base64)) != ERR_PRIVATE_KEY)
		fail_msg("%s: base64", what);
	if (refused(bytes_of(base64, strlen(base64) / 2)) != ERR_PRIVATE_KEY)
		fail_msg("%s: half of it", what);
	translate(&x, bytes_str(base64), '+', " ");
	if (refused(buf_bytes(&x)) != ERR_PRIVATE_KEY)
		fail_msg("%s: blanks for plus signs", what);
	buf_reset(&x);
	pki_pem_write(&x, "CERTIFICATE REQUEST", der, PKI_PEM_LF);
	if (refused(buf_bytes(&x)) != ERR_PRIVATE_KEY)
		fail_msg("%s: under a false label", what);
	utf16(&y, buf_bytes(&x), false, true);
	if (refused(buf_bytes(&y)) != ERR_PRIVATE_KEY)
		fail_msg("%s: UTF-16", what);
}

static void
one_private_key(EVP_PKEY *key, const char *what)
{
	unsigned char *der = NULL;
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	X509_SIG *locked;
	PKCS12 *p12;
	int n;

	n = i2d_PKCS8_PRIV_KEY_INFO(p8, &der);
	is_refused_everywhere(what, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	der = NULL;
	n = i2d_PrivateKey(key, &der); /* PKCS#1, SEC 1 or PKCS#8 */
	is_refused_everywhere(what, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	der = NULL;
	locked = PKCS8_encrypt(-1, EVP_aes_128_cbc(), "x", 1, NULL, 0, 1, p8);
	assert_non_null(locked);
	n = i2d_X509_SIG(locked, &der);
	is_refused_everywhere(what, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	der = NULL;
	p12 = PKCS12_create("x", "n", key, NULL, NULL, 0, 0, 1, 1, 0);
	assert_non_null(p12);
	n = i2d_PKCS12(p12, &der);
	is_refused_everywhere(what, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	PKCS12_free(p12);
	X509_SIG_free(locked);
	PKCS8_PRIV_KEY_INFO_free(p8);
}

static void
private_keys_in_every_form(void **state)
{
	static const char *const texts[] = {
		"-----BEGIN PRIVATE KEY-----\nMIIE",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
		"-----BEGIN EC PRIVATE KEY-----",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----",
		"-----BEGIN+PRIVATE+KEY-----",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk",
		"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none",
		"{\"kty\":\"EC\",\"d\":\"AAAA\"}",
	};
	AUTO_BUF both = BUF_WITH_LIMIT(20000);
	size_t i;

	(void)state;
	one_private_key(make_key(MAKE_RSA2048), "RSA");
	one_private_key(make_key(MAKE_P256), "P-256");
	one_private_key(make_key(MAKE_ED25519), "Ed25519");
	for (i = 0; i < ARRAY_LEN(texts); i++)
		if (refused(bytes_str(texts[i])) != ERR_PRIVATE_KEY)
			fail_msg("%s", texts[i]);
	pki_pem_write(&both, "CERTIFICATE REQUEST", csr, PKI_PEM_LF);
	buf_add_str(&both, texts[0]);
	assert_int_equal(refused(buf_bytes(&both)), ERR_PRIVATE_KEY);
	assert_false(pki_pem_is_private(csr));
}

static void
other_things_are_named(void **state)
{
	X509 *cert = X509_new();
	unsigned char *der = NULL;
	int n;

	(void)state;
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 0);
	X509_set_pubkey(cert, make_key(MAKE_P256));
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 1);
	assert_true(X509_sign(cert, make_key(MAKE_P256), EVP_sha256()) > 0);
	n = i2d_X509(cert, &der); /* version 1 */
	assert_int_equal(
	    refused(bytes_of(der, (size_t)n)), ERR_BAD_MESSAGE_TYPE);
	OPENSSL_free(der);
	der = NULL;
	X509_set_version(cert, X509_VERSION_3);
	assert_true(X509_sign(cert, make_key(MAKE_P256), EVP_sha256()) > 0);
	n = i2d_X509(cert, &der);
	assert_int_equal(
	    refused(bytes_of(der, (size_t)n)), ERR_BAD_MESSAGE_TYPE);
	OPENSSL_free(der);
	X509_free(cert);
	assert_int_equal(refused(BYTES_LIT("\x30\x82\x40\x00")), ERR_BAD_DATA);
	assert_int_equal(
	    refused(BYTES_LIT("\x30\x02\x05\x00")), ERR_BAD_MESSAGE_TYPE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_in_every_wrapping),
		cmocka_unit_test(our_pem_is_read_by_openssl),
		cmocka_unit_test(damaged_input_is_explained),
		cmocka_unit_test(private_keys_in_every_form),
		cmocka_unit_test(other_things_are_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
