#include "../unit.h"
#include "make.h"
#include "with_tools.h"
#include "pki/request.h"
#include "vectors.h"

static const char *const kinds[] = { "PKCS10", "PKCS7", "CMC" };
static const char *const purposes[] = { "NEW", "RENEWAL", "ON_BEHALF" };
static const char *const proofs[] = { "NONE", "SIGNATURE", "SIGNER" };

static int
accept(struct bytes der, struct pki_request *r, struct err *err)
{
	return pki_request_parse(der, r, err) == 0
		   ? pki_request_verify(tools, r, err)
		   : -1;
}

static int
accept_sha1(struct bytes der, struct pki_request *r, struct err *err)
{
	return pki_request_parse(der, r, err) == 0
		   ? pki_request_verify_sha1(tools, r, err)
		   : -1;
}

static void
good_requests_are_accepted(void **state)
{
	AUTO_BUF table = BUF_WITH_LIMIT(1 << 20);
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	const char *w[VECTORS_WORDS];
	char *at, name[128], n[16];
	unsigned count = 0, i;

	(void)state;
	vectors_read("good", "TABLE", &table);
	for (at = (char *)table.p; vectors_row(&at, w); count++) {
		struct err err = { 0 };
		struct pki_request r;

		(void)snprintf(name, sizeof(name), "%s.der", w[0]);
		vectors_read("good", name, &der);
		if (accept(buf_bytes(&der), &r, &err) < 0)
			fail_msg(
			    "%s: %s: %s", w[0], err_name(err.code), err.text);
		(void)snprintf(n, sizeof(n), "%u", r.n_signers);
		if (strcmp(w[1], kinds[r.kind]) != 0 ||
		    strcmp(w[2], purposes[r.purpose]) != 0 ||
		    strcmp(w[3], proofs[r.proof]) != 0 ||
		    strcmp(w[4], n) != 0 ||
		    strcmp(w[5], *r.requester ? r.requester : "-") != 0)
			fail_msg("%s: %s %s %s %s %s", w[0], kinds[r.kind],
			    purposes[r.purpose], proofs[r.proof], n,
			    r.requester);
		for (i = 0; i < r.n_signers; i++)
			assert_true(
			    r.signers[i].verified !=
			    (r.signers[i].kind == PKI_SIGNER_NO_SIGNATURE));
		if (r.purpose == PKI_PURPOSE_RENEWAL)
			assert_true(bytes_eq(r.old.der, r.csr.renewal));
		assert_false(r.sha1);
		assert_int_equal(accept_sha1(buf_bytes(&der), &r, NULL), 0);
		assert_false(r.sha1);
	}
	assert_true(count >= 30);
}

static void
hostile_requests_are_refused_for_the_right_reason(void **state)
{
	AUTO_BUF table = BUF_WITH_LIMIT(1 << 20);
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	const char *w[VECTORS_WORDS];
	unsigned count = 0, wrong = 0;
	char *at, name[128];

	(void)state;
	vectors_read("hostile", "TABLE", &table);
	for (at = (char *)table.p; vectors_row(&at, w); count++) {
		struct err err = { 0 };
		struct pki_request r;

		(void)snprintf(name, sizeof(name), "%s.der", w[0]);
		vectors_read("hostile", name, &der);
		if (accept(buf_bytes(&der), &r, &err) == 0) {
			print_error("%s was accepted\n", w[0]);
			wrong++;
		} else if (strcmp(err_name(err.code), w[1]) != 0 ||
			   !err.text[0]) {
			print_error("%s: %s instead of %s: %s\n", w[0],
			    err_name(err.code), w[1], err.text);
			wrong++;
		}
		if (accept_sha1(buf_bytes(&der), &r, &err) == 0) {
			print_error("%s was accepted with SHA-1\n", w[0]);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(count >= 300);
}

/* A weak key is called so when it signed; one that was damaged on its way has
 * not. */
static void
tells_weak_keys_from_damaged_ones(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
	EVP_PKEY *small = make_key_rsa(1024);
	X509_REQ *req = make_csr_open(MAKE_RSA2048, "x");
	struct bytes head = BYTES_LIT("\x02\x82\x01\x01\x00");
	struct pki_request r;
	struct err err = { 0 };
	uint8_t *n;

	(void)state;
	make_csr_signed(req, make_key(MAKE_RSA2048), &der);
	n = memmem(der.p, der.n, head.p, head.n);
	assert_non_null(n);
	n[5 + 255] ^= 1; /* even now */
	assert_int_equal(accept(buf_bytes(&der), &r, &err), -1);
	assert_int_equal(err.code, ERR_BAD_SIGNATURE);
	assert_non_null(strstr(err.text, "small factor"));
	n[5 + 255] ^= 1;
	assert_int_equal(accept(buf_bytes(&der), &r, &err), 0);

	buf_reset(&der);
	X509_REQ_set_pubkey(req, small);
	make_csr_signed(req, small, &der);
	assert_int_equal(accept(buf_bytes(&der), &r, &err), -1);
	assert_int_equal(err.code, ERR_WEAK_KEY);
	assert_string_equal(
	    err.text, "RSA key of 1024 bits; at least 2048 are needed");
	X509_REQ_free(req);
	EVP_PKEY_free(small);
}

/* Only where it is allowed, only the request's own signature, and only when
 * that is good. */
static void
sha1_is_taken_where_it_is_allowed(void **state)
{
	static const enum make_key kinds_of_keys[] = { MAKE_RSA2048,
		MAKE_P256 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds_of_keys); i++) {
		X509_REQ *req = make_csr_open(kinds_of_keys[i], "old.example");
		unsigned char *der = NULL;
		struct pki_request r;
		struct err err = { 0 };
		size_t n;

		assert_true(
		    X509_REQ_sign(req, make_key(kinds_of_keys[i]), EVP_sha1()));
		n = (size_t)i2d_X509_REQ(req, &der);
		assert_int_equal(accept(bytes_of(der, n), &r, &err), -1);
		assert_int_equal(err.code, ERR_BAD_SIGNATURE);
		assert_non_null(strstr(err.text, "too weak"));
		assert_int_equal(accept_sha1(bytes_of(der, n), &r, &err), 0);
		assert_true(r.sha1);
		assert_int_equal(r.proof, PKI_PROOF_SIGNATURE);
		der[n - 1] ^= 1;
		assert_int_equal(accept_sha1(bytes_of(der, n), &r, &err), -1);
		assert_int_equal(err.code, ERR_BAD_SIGNATURE);
		OPENSSL_free(der);
		X509_REQ_free(req);
	}
}

/* Nothing of a message may be believed when one bit of it was changed, unless
 * nobody signed that bit. */
static void
no_changed_bit_changes_what_is_asked(void **state)
{
	static const char *const names[] = { "p7-renewal.der",
		"cmc-renewal.der", "cmc-behalf.der", "p7-behalf.der" };
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	size_t i, bit;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_BUF was = BUF_WITH_LIMIT(1 << 20);
		struct pki_request a, b;

		vectors_read("good", names[i], &was);
		vectors_read("good", names[i], &der);
		assert_int_equal(accept(buf_bytes(&was), &a, NULL), 0);
		for (bit = 0; bit < der.n * 8; bit++) {
			der.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (accept(buf_bytes(&der), &b, NULL) == 0) {
				assert_int_equal(a.purpose, b.purpose);
				assert_string_equal(a.requester, b.requester);
				assert_true(
				    bytes_eq(a.cms.content, b.cms.content));
				assert_true(a.n_signers == b.n_signers);
			}
			der.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void
the_pairs_of_a_cmc_are_read(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct pki_request_pairs w = { 0 };
	struct pki_request r;

	(void)state;
	vectors_read("good", "cmc-reg-info.der", &der);
	assert_int_equal(accept(buf_bytes(&der), &r, NULL), 0);
	assert_true(pki_request_pair_next(&r, &w, &name, &value));
	assert_string_equal(buf_str(&name), "CertificateTemplate");
	assert_string_equal(buf_str(&value), "User");
	assert_true(pki_request_pair_next(&r, &w, &name, &value));
	assert_string_equal(buf_str(&name), "mail");
	assert_string_equal(buf_str(&value), "a&b@example.com");
	assert_false(pki_request_pair_next(&r, &w, &name, &value));
	assert_false(pki_request_pair_next(&r, &w, &name, &value));
}

static void
the_pairs_of_a_signed_attribute_are_read(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct pki_request_pairs w = { 0 };
	struct pki_request r;

	(void)state;
	vectors_read("good", "p7-behalf-list.der", &der);
	assert_int_equal(accept(buf_bytes(&der), &r, NULL), 0);
	assert_true(pki_request_pair_next(&r, &w, &name, &value));
	assert_string_equal(buf_str(&name), "CertificateTemplate");
	assert_string_equal(buf_str(&value), "User");
	assert_false(pki_request_pair_next(&r, &w, &name, &value));
}

static void
who_signed_is_told(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	struct pki_request r;

	(void)state;
	vectors_read("good", "cmc-renewal-no-signature.der", &der);
	assert_int_equal(accept(buf_bytes(&der), &r, NULL), 0);
	assert_int_equal(r.signers[0].kind, PKI_SIGNER_NO_SIGNATURE);
	assert_int_equal(r.signers[1].kind, PKI_SIGNER_OLD_CERT);
	assert_false(r.signers[1].same_key);
	vectors_read("good", "p7-renewal-time.der", &der);
	assert_int_equal(accept(buf_bytes(&der), &r, NULL), 0);
	assert_true(r.has_signing_time);
	assert_int_equal(r.signing_time, 1767225600);
	vectors_read("good", "cmc-behalf.der", &der);
	assert_int_equal(accept(buf_bytes(&der), &r, NULL), 0);
	assert_int_equal(r.signers[0].kind, PKI_SIGNER_NEW_KEY);
	assert_false(r.signers[0].has_cert);
	assert_int_equal(r.signers[1].kind, PKI_SIGNER_AGENT);
	assert_true(r.signers[1].has_cert);
}

/* SHA-256 over the content, the same whoever signed and however often. */
static void
the_digest_is_that_of_the_content(void **state)
{
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	uint8_t digest[32];
	struct pki_request r;

	(void)state;
	vectors_read("good", "p7-new-self.der", &der);
	assert_int_equal(accept(buf_bytes(&der), &r, NULL), 0);
	assert_true(EVP_Q_digest(
	    NULL, "SHA256", NULL, r.csr.der.p, r.csr.der.n, digest, NULL));
	assert_memory_equal(digest, r.content_digest, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_requests_are_accepted),
		cmocka_unit_test(
		    hostile_requests_are_refused_for_the_right_reason),
		cmocka_unit_test(tells_weak_keys_from_damaged_ones),
		cmocka_unit_test(sha1_is_taken_where_it_is_allowed),
		cmocka_unit_test(no_changed_bit_changes_what_is_asked),
		cmocka_unit_test(the_pairs_of_a_cmc_are_read),
		cmocka_unit_test(the_pairs_of_a_signed_attribute_are_read),
		cmocka_unit_test(who_signed_is_told),
		cmocka_unit_test(the_digest_is_that_of_the_content),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
