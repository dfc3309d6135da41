#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/der.h"
#include "pki/key.h"
#include "pki/oid.h"
#include "pki/sig.h"
#include "pki/sigmake.h"

#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

static void
good_keys_are_read_and_imported(void **state)
{
	static const unsigned bits[] = { 2048, 256, 384, 521, 256 };
	unsigned i;

	(void)state;
	for (i = 0; i < MAKE_KEYS; i++) {
		AUTO_BUF spki = BUF_WITH_LIMIT(4096);
		AUTO_OF(EVP_PKEY) imported = NULL;
		struct err err = { 0 };
		uint8_t id[20], judge[20];
		struct pki_key k;

		make_spki(make_key((enum make_key)i), &spki);
		if (pki_key_parse(buf_bytes(&spki), &k, &err) < 0)
			fail_msg("key %u: %s", i, err.text);
		assert_int_equal(k.kind, i);
		assert_int_equal(k.bits, bits[i]);
		assert_int_equal(pki_key_import(tools, &k, &imported, &err), 0);
		assert_int_equal(
		    EVP_PKEY_eq(imported, make_key((enum make_key)i)), 1);
		assert_int_equal(pki_key_id(tools, &k, id, &err), 0);
		SHA1(k.key_bits.p, k.key_bits.n, judge);
		assert_memory_equal(id, judge, 20);
	}
}

/* An RSA SPKI of these numbers (unsigned, big endian). */
static void
rsa_spki(struct buf *out, struct bytes n, struct bytes e)
{
	AUTO_BUF bits = BUF_WITH_LIMIT(8192);
	AUTO_BUF all = BUF_WITH_LIMIT(8192);
	static uint8_t space[8192];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_positive(&b, e);
	der_back_positive(&b, n);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	buf_add_char(&bits, 0);
	buf_add_bytes(&bits, der_back_done(&b));
	buf_add_bytes(&all,
	    BYTES_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
		      "\x05\x00"));
	make_tlv(&all, DER_BIT_STRING, buf_bytes(&bits));
	make_tlv(out, DER_SEQUENCE, buf_bytes(&all));
}

static void
expect_weak(struct bytes n, struct bytes e, const char *because)
{
	AUTO_BUF spki = BUF_WITH_LIMIT(8192);
	struct err err = { 0 };
	struct pki_key k;

	rsa_spki(&spki, n, e);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &k, &err), -1);
	assert_int_equal(err.code, ERR_WEAK_KEY);
	if (!strstr(err.text, because))
		fail_msg("\"%s\" does not say \"%s\"", err.text, because);
}

static void
weak_rsa_is_refused_with_a_reason(void **state)
{
	static const struct bytes f4 = BYTES_INIT("\x01\x00\x01");
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	struct pki_key k;
	uint8_t n[1100];

	(void)state;
	make_spki(make_key(MAKE_RSA2048), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &k, NULL), 0);
	expect_weak(k.n, BYTES_LIT("\x03"), "below 65537");
	expect_weak(k.n, BYTES_LIT("\x01"), "below 65537");
	expect_weak(k.n, BYTES_LIT("\xff\xff"), "below 65537");
	expect_weak(k.n, BYTES_LIT("\x01\x00\x00"), "even");
	expect_weak(
	    k.n, BYTES_LIT("\x01\x00\x00\x00\x00\x00\x00\x00\x01"), "64 bits");
	expect_weak(bytes_of(k.n.p, 128), f4, "RSA key of 1024 bits");
	memset(n, 0xff, sizeof(n));
	expect_weak(bytes_of(n, 1025), f4, "at most 8192");
	memcpy(n, k.n.p, 256);
	n[255] &= 0xfe;
	expect_weak(bytes_of(n, 256), f4, "small factor");
	memcpy(n, k.n.p, 256);
	n[0] = 0x7f;
	expect_weak(bytes_of(n, 256), f4, "RSA key of 2047 bits");
}

static void
small_factors_are_found(void **state)
{
	static const unsigned primes[] = { 3, 7, 53, 59, 101, 103, 149 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(primes); i++) {
		BIGNUM *n = BN_new();
		uint8_t bytes[256];

		do {
			BN_rand(n, 2047, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD);
			BN_sub_word(n, BN_mod_word(n, 2 * primes[i]));
			BN_add_word(n, primes[i]); /* odd multiple */
			BN_lshift(n, n, 1);
			BN_add_word(n, primes[i]);
		} while (BN_num_bits(n) != 2048);
		BN_bn2bin(n, bytes);
		BN_free(n);
		expect_weak(
		    BYTES_OF(bytes), BYTES_LIT("\x01\x00\x01"), "small factor");
	}
}

static void
change(struct bytes spki, size_t at, uint8_t to, const char *because)
{
	AUTO_BUF copy = BUF_WITH_LIMIT(4096);
	struct err err = { 0 };
	struct pki_key k;

	buf_add_bytes(&copy, spki);
	copy.p[at] = to;
	assert_int_equal(pki_key_parse(buf_bytes(&copy), &k, &err), -1);
	if (!strstr(err.text, because))
		fail_msg("\"%s\" does not say \"%s\"", err.text, because);
}

static void
bad_points_are_refused(void **state)
{
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	AUTO_BUF off = BUF_WITH_LIMIT(4096);
	struct err err = { 0 };
	EVP_PKEY *imported = NULL;
	struct pki_key k;

	(void)state;
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(spki.n, 91);
	change(buf_bytes(&spki), 26, 2, "uncompressed");
	change(buf_bytes(&spki), 26, 0, "uncompressed");
	change(buf_bytes(&spki), 26, 6, "uncompressed");
	change(buf_bytes(&spki), 22, 0x06, "elliptic curve");
	change(buf_bytes(&spki), 25, 1, "not readable");
	buf_add_bytes(&off, buf_bytes(&spki));
	off.p[90] ^= 1; /* no longer on the curve */
	assert_int_equal(pki_key_parse(buf_bytes(&off), &k, &err), 0);
	assert_int_equal(pki_key_import(tools, &k, &imported, &err), -1);
	assert_int_equal(err.code, ERR_BAD_DATA);
	assert_null(imported);
	/* the point at infinity */
	assert_int_equal(
	    pki_key_parse(
		BYTES_LIT("\x30\x19\x30\x13\x06\x07\x2a\x86\x48\xce\x3d"
			  "\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01"
			  "\x07\x03\x02\x00\x00"),
		&k, &err),
	    -1);
	assert_int_equal(err.code, ERR_WEAK_KEY);
}

/* Every algorithm of the table: signed by OpenSSL's one-call interface,
 * verified by us; signed by us, verified by OpenSSL; other bytes refused. */
static void
one_algorithm(EVP_PKEY *key, const struct pki_sig_alg *alg)
{
	static const uint8_t text[] = "to be signed";
	AUTO(pki_sigmake) maker = NULL;
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	struct err err = { 0 };
	uint8_t sig[PKI_SIGNATURE_MAX];
	size_t n = sizeof(sig), min, max;
	struct pki_key k;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	const char *md = pki_hash_name(alg->hash);

	make_spki(key, &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &k, &err), 0);
	assert_int_equal(
	    EVP_DigestSignInit_ex(ctx, &p, md, NULL, NULL, key, NULL), 1);
	if (alg->family == PKI_SIG_RSA_PSS) {
		EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST);
	}
	assert_int_equal(EVP_DigestSign(ctx, sig, &n, text, sizeof(text)), 1);
	assert_int_equal(pki_sig_verify(tools, &k, alg, BYTES_OF(text),
			     bytes_of(sig, n), &err),
	    0);
	assert_int_equal(pki_sig_verify(tools, &k, alg, bytes_of(text, 5),
			     bytes_of(sig, n), &err),
	    -1);
	assert_int_equal(err.code, ERR_BAD_SIGNATURE);

	assert_int_equal(pki_sigmake_new(key, alg, &maker, &err), 0);
	assert_int_equal(
	    pki_sigmake_sign(maker, BYTES_OF(text), sig, &n, &err), 0);
	pki_sig_size(&k, &min, &max);
	assert_in_range(n, min, max);
	EVP_MD_CTX_reset(ctx);
	assert_int_equal(
	    EVP_DigestVerifyInit_ex(ctx, &p, md, NULL, NULL, key, NULL), 1);
	if (alg->family == PKI_SIG_RSA_PSS) {
		EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST);
	}
	assert_int_equal(EVP_DigestVerify(ctx, sig, n, text, sizeof(text)), 1);
	EVP_MD_CTX_free(ctx);
}

static void
all_algorithms_sign_and_verify(void **state)
{
	static const enum pki_hash hashes[] = { PKI_HASH_SHA256,
		PKI_HASH_SHA384, PKI_HASH_SHA512 };
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(hashes); i++) {
		one_algorithm(
		    make_key(MAKE_RSA2048), pki_sig_of(PKI_SIG_RSA, hashes[i]));
		one_algorithm(make_key(MAKE_RSA2048),
		    pki_sig_of(PKI_SIG_RSA_PSS, hashes[i]));
		for (j = MAKE_P256; j <= MAKE_P521; j++)
			one_algorithm(make_key((enum make_key)j),
			    pki_sig_of(PKI_SIG_ECDSA, hashes[i]));
	}
	one_algorithm(
	    make_key(MAKE_ED25519), pki_sig_of(PKI_SIG_ED25519, PKI_HASH_NONE));
}

/* The encodings in the table, against those OpenSSL writes. */
static void
encodings_are_those_of_openssl(void **state)
{
	/* clang-format off */
	static const struct { int nid; enum pki_sig_family f; enum pki_hash h; }
	list[] = {
		{ NID_sha256WithRSAEncryption, PKI_SIG_RSA, PKI_HASH_SHA256 },
		{ NID_sha384WithRSAEncryption, PKI_SIG_RSA, PKI_HASH_SHA384 },
		{ NID_sha512WithRSAEncryption, PKI_SIG_RSA, PKI_HASH_SHA512 },
		{ NID_ecdsa_with_SHA256, PKI_SIG_ECDSA, PKI_HASH_SHA256 },
		{ NID_ecdsa_with_SHA384, PKI_SIG_ECDSA, PKI_HASH_SHA384 },
		{ NID_ecdsa_with_SHA512, PKI_SIG_ECDSA, PKI_HASH_SHA512 },
		{ NID_ED25519, PKI_SIG_ED25519, PKI_HASH_NONE },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		const struct pki_sig_alg *a = pki_sig_of(list[i].f, list[i].h);
		X509_ALGOR *x = X509_ALGOR_new();
		unsigned char *der = NULL;
		int n;

		X509_ALGOR_set0(x, OBJ_nid2obj(list[i].nid),
		    list[i].f == PKI_SIG_RSA ? V_ASN1_NULL : V_ASN1_UNDEF,
		    NULL);
		n = i2d_X509_ALGOR(x, &der);
		assert_true(bytes_eq(a->der, bytes_of(der, (size_t)n)));
		assert_ptr_equal(pki_sig_find(a->der), a);
		OPENSSL_free(der);
		X509_ALGOR_free(x);
	}
	assert_true(pki_sig_find(
	    BYTES_LIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"
		      "\x05\x00"))
			->refused);
	assert_null(pki_sig_find(
	    BYTES_LIT("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b")));
}

static void
keys_and_algorithms_must_fit(void **state)
{
	struct pki_sigmake *maker = NULL;
	struct err err = { 0 };
	EVP_PKEY *small = make_key_rsa(1024);

	(void)state;
	assert_int_equal(
	    pki_sigmake_new(make_key(MAKE_P256),
		pki_sig_of(PKI_SIG_RSA, PKI_HASH_SHA256), &maker, &err),
	    -1);
	assert_int_equal(
	    pki_sigmake_new(
		small, pki_sig_of(PKI_SIG_RSA, PKI_HASH_SHA256), &maker, &err),
	    -1);
	assert_int_equal(err.code, ERR_WEAK_KEY);
	assert_null(maker);
	EVP_PKEY_free(small);
}

static void
no_algorithm_verifies_nothing(void **state)
{
	AUTO_BUF spki = BUF_WITH_LIMIT(4096);
	struct err err = { 0 };
	struct pki_key k;

	(void)state;
	make_spki(make_key(MAKE_P256), &spki);
	assert_int_equal(pki_key_parse(buf_bytes(&spki), &k, &err), 0);
	assert_int_equal(pki_sig_verify(tools, &k, NULL, BYTES_LIT("x"),
			     BYTES_LIT("y"), &err),
	    -1);
	assert_int_equal(err.code, ERR_BAD_SIGNATURE);
	assert_string_equal(
	    err.text, "the signature algorithm is not one of those accepted");
}

struct signed_text {
	struct buf spki;
	struct pki_key key;
	const struct pki_sig_alg *alg;
	uint8_t sig[PKI_SIGNATURE_MAX];
	size_t n;
};

static const uint8_t some_text[] = "to be signed";

static void
sign_text(EVP_PKEY *key, struct signed_text *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct err err = { 0 };

	ret->spki = BUF_WITH_LIMIT(4096);
	ret->n = sizeof(ret->sig);
	make_spki(key, &ret->spki);
	assert_int_equal(
	    pki_key_parse(buf_bytes(&ret->spki), &ret->key, &err), 0);
	ret->alg = pki_sig_default(ret->key.kind, ret->key.bits);
	assert_int_equal(
	    EVP_DigestSignInit_ex(ctx, NULL, pki_hash_name(ret->alg->hash),
		NULL, NULL, key, NULL),
	    1);
	assert_int_equal(EVP_DigestSign(ctx, ret->sig, &ret->n, some_text,
			     sizeof(some_text)),
	    1);
	EVP_MD_CTX_free(ctx);
}

static bool
proves(const struct signed_text *key, const struct signed_text *sig)
{
	struct err err = { 0 };

	return pki_sig_verify(tools, &key->key, sig->alg, BYTES_OF(some_text),
		   bytes_of(sig->sig, sig->n), &err) == 0;
}

/* The tools use one key again for each curve: what a key proved before, or
 * that one in between was refused, must not matter. */
static void
keys_follow_each_other(void **state)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(curves); i++) {
		EVP_PKEY *keys[] = { EVP_EC_gen(curves[i]),
			EVP_EC_gen(curves[i]), make_key(MAKE_RSA2048),
			make_key(MAKE_ED25519) };
		struct signed_text x[4], off;
		size_t j, k;

		for (j = 0; j < 4; j++)
			sign_text(keys[j], &x[j]);
		sign_text(keys[0], &off);
		off.spki.p[off.spki.n - 1] ^= 1; /* not on the curve */
		for (j = 0; j < 4; j++)
			for (k = 0; k < 4; k++) {
				assert_true(proves(&x[j], &x[j]));
				assert_int_equal(proves(&x[k], &x[j]), j == k);
				assert_true(proves(&x[0], &x[0]));
				assert_false(proves(&off, &off));
				assert_false(proves(&off, &x[0]));
			}
		for (j = 0; j < 4; j++)
			buf_clear(&x[j].spki);
		buf_clear(&off.spki);
		EVP_PKEY_free(keys[0]);
		EVP_PKEY_free(keys[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_keys_are_read_and_imported),
		cmocka_unit_test(weak_rsa_is_refused_with_a_reason),
		cmocka_unit_test(small_factors_are_found),
		cmocka_unit_test(bad_points_are_refused),
		cmocka_unit_test(all_algorithms_sign_and_verify),
		cmocka_unit_test(encodings_are_those_of_openssl),
		cmocka_unit_test(keys_and_algorithms_must_fit),
		cmocka_unit_test(no_algorithm_verifies_nothing),
		cmocka_unit_test(keys_follow_each_other),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
