/* OpenSSL makes messages that we verify, and verifies messages that we make.
 * Ed25519, which it cannot do, is judged by tests/vectors. */
#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/cmc.h"
#include "pki/cms.h"
#include "pki/sigmake.h"
#include "vectors.h"

#include <openssl/cms.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static X509 *
make_cert(enum make_key kind)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	const EVP_MD *md = kind == MAKE_ED25519 ? NULL : EVP_sha256();
	X509_EXTENSION *ski;
	X509V3_CTX ctx;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1000 + (long)kind);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)"signer", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, make_key(kind));
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ski =
	    X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_key_identifier, "hash");
	assert_non_null(ski);
	X509_add_ext(x, ski, -1);
	X509_EXTENSION_free(ski);
	assert_true(X509_sign(x, make_key(kind), md) > 0);
	return x;
}

static void
put_der(struct buf *out, unsigned char *der, int n)
{
	assert_true(n > 0);
	buf_reset(out);
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
}

struct how {
	enum make_key kind;
	unsigned flags;
	const char *hash;
	bool pss;
	enum err_code code;
};

/* What OpenSSL signs over "hello". */
static void
openssl_signs(const struct how *how, struct buf *out)
{
	X509 *x = make_cert(how->kind);
	BIO *in = BIO_new_mem_buf("hello", 5);
	unsigned flags = CMS_BINARY | CMS_NOSMIMECAP | how->flags;
	CMS_ContentInfo *cms =
	    CMS_sign(NULL, NULL, NULL, in, flags | CMS_PARTIAL);
	CMS_SignerInfo *si;
	unsigned char *der = NULL;
	int n;

	assert_non_null(cms);
	si = CMS_add1_signer(cms, x, make_key(how->kind),
	    EVP_get_digestbyname(how->hash),
	    flags | (how->pss ? CMS_KEY_PARAM : 0));
	assert_non_null(si);
	if (how->pss) {
		EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

		assert_true(EVP_PKEY_CTX_set_rsa_padding(
				ctx, RSA_PKCS1_PSS_PADDING) > 0);
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(
				ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
	}
	assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
	n = i2d_CMS_ContentInfo(cms, &der);
	put_der(out, der, n);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	X509_free(x);
}

static int
accept(struct bytes der, struct pki_cms *cms, struct err *err)
{
	struct pki_cert cert;
	struct pki_key key;
	bool found = false;

	if (pki_cms_parse(der, cms, err) < 0)
		return -1;
	assert_int_equal(cms->n_signers, 1);
	assert_int_equal(
	    pki_cms_signer_cert(cms, &cms->signers[0], &cert, &found, err), 0);
	assert_true(found);
	assert_int_equal(pki_key_parse(cert.spki, &key, err), 0);
	return pki_cms_verify(tools, cms, &cms->signers[0], &key, err);
}

static void
what_openssl_signs_is_verified(void **state)
{
	static const struct how hows[] = {
		{ MAKE_RSA2048, 0, "SHA256", false, ERR_OK },
		{ MAKE_RSA2048, 0, "SHA384", false, ERR_OK },
		{ MAKE_RSA2048, CMS_NOATTR, "SHA512", false, ERR_OK },
		{ MAKE_RSA2048, CMS_USE_KEYID, "SHA256", false, ERR_OK },
		{ MAKE_RSA2048, 0, "SHA256", true, ERR_OK },
		{ MAKE_RSA2048, 0, "SHA512", true, ERR_OK },
		{ MAKE_P256, 0, "SHA256", false, ERR_OK },
		{ MAKE_P256, CMS_USE_KEYID, "SHA512", false, ERR_OK },
		{ MAKE_P384, 0, "SHA384", false, ERR_OK },
		{ MAKE_P521, CMS_NOATTR, "SHA512", false, ERR_OK },
		{ MAKE_RSA2048, 0, "SHA1", false, ERR_BAD_SIGNATURE },
		{ MAKE_P256, 0, "SHA1", false, ERR_BAD_SIGNATURE },
		{ MAKE_RSA2048, 0, "SHA224", false, ERR_BAD_SIGNATURE },
		{ MAKE_RSA2048, 0, "MD5", false, ERR_BAD_SIGNATURE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(hows); i++) {
		AUTO_BUF der = BUF_WITH_LIMIT(PKI_CMS_MAX);
		struct err err = { 0 };
		struct pki_cms cms;

		openssl_signs(&hows[i], &der);
		(void)accept(buf_bytes(&der), &cms, &err);
		if (err.code != hows[i].code)
			fail_msg("%zu: %s", i, err.text);
		assert_true(bytes_eq(cms.content, BYTES_LIT("hello")));
		assert_int_equal(cms.signers[0].ski.n,
		    hows[i].flags & CMS_USE_KEYID ? 20 : 0);
	}
}

/* Whatever bit is changed: malformed, refused, or the same content. */
static void
changed_bits_are_noticed(void **state)
{
	static const struct how how = { MAKE_P256, 0, "SHA256", false, 0 };
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CMS_MAX);
	struct pki_cms cms;
	unsigned kept = 0;
	size_t bit;

	(void)state;
	openssl_signs(&how, &der);
	for (bit = 0; bit < der.n * 8; bit++) {
		struct pki_cert cert;
		struct pki_key key;
		bool found;

		der.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (pki_cms_parse(buf_bytes(&der), &cms, NULL) == 0 &&
		    cms.n_signers == 1 &&
		    pki_cms_signer_cert(
			&cms, &cms.signers[0], &cert, &found, NULL) == 0 &&
		    found && pki_key_parse(cert.spki, &key, NULL) == 0 &&
		    pki_cms_verify(tools, &cms, &cms.signers[0], &key, NULL) ==
			0) {
			assert_true(bytes_eq(cms.content, BYTES_LIT("hello")));
			kept++;
		}
		der.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* Those of the certificate but its key and names, and a few more. */
	assert_true(kept > 0 && kept < der.n * 4);
}

/* ---- ours, judged by OpenSSL ------------------------------------------ */

static void
judge(struct bytes der, X509 *x, struct bytes content)
{
	const unsigned char *p = der.p;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
	X509_STORE *store = X509_STORE_new();
	BIO *out = BIO_new(BIO_s_mem());
	char *data;
	long n;

	assert_non_null(cms);
	assert_ptr_equal(p, der.p + der.n);
	X509_STORE_add_cert(store, x);
	assert_int_equal(CMS_verify(cms, NULL, store, NULL, out,
			     CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY),
	    1);
	n = BIO_get_mem_data(out, &data);
	assert_true(bytes_eq(bytes_of(data, (size_t)n), content));
	BIO_free(out);
	X509_STORE_free(store);
	CMS_ContentInfo_free(cms);
}

static void
sign_ours(enum make_key kind, const struct pki_sig_alg *alg, X509 *x,
    struct bytes content, struct buf *out)
{
	AUTO_BUF attrs = BUF_WITH_LIMIT(1024);
	AUTO_BUF x_der = BUF_WITH_LIMIT(PKI_CERT_MAX);
	AUTO(pki_sigmake) maker = NULL;
	uint8_t sig[PKI_SIGNATURE_MAX];
	unsigned char *der = NULL;
	struct pki_cert cert;
	struct bytes bag;
	size_t n;
	int x_n;

	x_n = i2d_X509(x, &der);
	put_der(&x_der, der, x_n);
	bag = buf_bytes(&x_der);
	assert_int_equal(pki_cert_parse(bag, &cert, NULL), 0);
	assert_int_equal(pki_sigmake_new(make_key(kind), alg, &maker, NULL), 0);
	assert_int_equal(pki_cms_attrs_build(tools, alg,
			     PKI_OID_CMC_PKI_RESPONSE, content, &attrs, NULL),
	    0);
	assert_int_equal(
	    pki_sigmake_sign(maker, buf_bytes(&attrs), sig, &n, NULL), 0);
	assert_int_equal(
	    pki_cms_build(
		&(struct pki_cms_make){ .type = PKI_OID_CMC_PKI_RESPONSE,
		    .content = content,
		    .signer = &cert,
		    .alg = alg,
		    .attrs = buf_bytes(&attrs),
		    .signature = bytes_of(sig, n),
		    .certs = &bag,
		    .n_certs = 1 },
		out, NULL),
	    0);
}

static void
what_we_sign_is_verified_by_openssl(void **state)
{
	static const struct {
		enum make_key kind;
		enum pki_sig_family family;
		enum pki_hash hash;
	} rows[] = {
		{ MAKE_RSA2048, PKI_SIG_RSA, PKI_HASH_SHA256 },
		{ MAKE_RSA2048, PKI_SIG_RSA, PKI_HASH_SHA512 },
		{ MAKE_RSA2048, PKI_SIG_RSA_PSS, PKI_HASH_SHA256 },
		{ MAKE_P256, PKI_SIG_ECDSA, PKI_HASH_SHA256 },
		{ MAKE_P384, PKI_SIG_ECDSA, PKI_HASH_SHA384 },
		{ MAKE_P521, PKI_SIG_ECDSA, PKI_HASH_SHA512 },
		{ MAKE_ED25519, PKI_SIG_ED25519, PKI_HASH_NONE },
	};
	uint8_t content[3000];
	size_t i;

	(void)state;
	memset(content, 0x5a, sizeof(content));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF out = BUF_WITH_LIMIT(PKI_CMS_MAX);
		X509 *x = make_cert(rows[i].kind);
		struct pki_cms cms;

		sign_ours(rows[i].kind,
		    pki_sig_of(rows[i].family, rows[i].hash), x,
		    BYTES_OF(content), &out);
		assert_int_equal(accept(buf_bytes(&out), &cms, NULL), 0);
		assert_int_equal(cms.version, 3);
		assert_true(bytes_eq(cms.content, BYTES_OF(content)));
		if (rows[i].kind != MAKE_ED25519)
			judge(buf_bytes(&out), x, BYTES_OF(content));
		X509_free(x);
	}
}

static void
an_empty_bag_and_revocation_lists_are_written(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(PKI_CMS_MAX);
	AUTO_BUF attrs = BUF_WITH_LIMIT(1024);
	const struct pki_sig_alg *alg =
	    pki_sig_of(PKI_SIG_ECDSA, PKI_HASH_SHA256);
	struct bytes crls[] = { BYTES_LIT("\x30\x00"),
		BYTES_LIT("\x30\x02\x05\x00") };
	struct pki_cert cert = { .issuer = BYTES_LIT("\x30\x00"),
		.serial = BYTES_LIT("\x00\x80") };
	struct pki_cms_make m = { .type = PKI_OID_PKCS7_DATA,
		.content = BYTES_LIT("x"),
		.signer = &cert,
		.alg = alg,
		.signature = BYTES_LIT("not one"),
		.crls = crls,
		.n_crls = 2 };
	struct pki_cms cms;

	(void)state;
	assert_int_equal(pki_cms_attrs_build(tools, alg, PKI_OID_PKCS7_DATA,
			     m.content, &attrs, NULL),
	    0);
	m.attrs = buf_bytes(&attrs);
	assert_int_equal(pki_cms_build(&m, &out, NULL), 0);
	assert_int_equal(pki_cms_parse(buf_bytes(&out), &cms, NULL), 0);
	assert_int_equal(cms.n_certs, 0);
	assert_int_equal(cms.version, 1);
	assert_true(bytes_eq(cms.crls, BYTES_LIT("\x30\x00\x30\x02\x05\x00")));
	assert_true(bytes_eq(cms.signers[0].serial, BYTES_LIT("\x00\x80")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_signs_is_verified),
		cmocka_unit_test(changed_bits_are_noticed),
		cmocka_unit_test(what_we_sign_is_verified_by_openssl),
		cmocka_unit_test(an_empty_bag_and_revocation_lists_are_written),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
