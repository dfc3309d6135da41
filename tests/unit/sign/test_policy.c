#include "../unit.h"
#include "fixture.h"

#include "pki/der.h"
#include "pki/ext.h"

static struct fixture world;
static const struct sign_key *key;

static int
setup(void **state)
{
	const struct sign_key *keys[SIGN_KEYS_MAX];

	(void)state;
	fixture_ca(&world, "p256");
	assert_int_equal(sign_service_keys(world.service, keys), 1);
	key = keys[0];
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_end(&world);
	return 0;
}

/* The other algorithm: ecdsa-with-SHA384. */
static const uint8_t sha384[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x04, 0x03, 0x03 };
static const uint8_t zero[] = { 0 };
static const uint8_t negative[] = { 0x80, 1 };
static const uint8_t padded[] = { 0, 1 };
static const uint8_t twenty[20] = { 0x7f, 1 };
static const uint8_t twenty_one[21] = { 0x00, 0x80 };
static const uint8_t unique_id[] = { 0x81, 2, 0, 1 };

static void
test_certificates(void **state)
{
	/* clang-format off */
	const struct {
		const char *what;
		struct recipe r;
		enum err_code code;
		const char *says;
	} rows[] = {
	{ "good", { .ca = false }, ERR_OK, "" },
	{ "as long as the CA", { .not_before = T0, .not_after = T1 },
	    ERR_OK, "" },
	{ "20 octets", { .serial = BYTES_OF(twenty) }, ERR_OK, "" },
	{ "outlives the CA", { .not_after = T1 + 1 },
	    ERR_POLICY, "longer than the CA" },
	{ "before the CA", { .not_before = T0 - 1 },
	    ERR_POLICY, "earlier than the CA" },
	{ "backwards", { .not_before = T0 + 200 * DAY },
	    ERR_BAD_DATA, "validity" },
	{ "a CA", { .ca = true }, ERR_POLICY, "CA certificate" },
	{ "hidden CA", { .ca = true, .ca_twice = true },
	    ERR_BAD_DATA, "extensions" },
	{ "signs certificates", { .cert_sign = true },
	    ERR_POLICY, "sign certificates" },
	{ "another issuer", { .issuer = "Other CA" }, ERR_POLICY, "issuer" },
	{ "another algorithm", { .alg = BYTES_OF(sha384) },
	    ERR_POLICY, "algorithm" },
	{ "version 1", { .version = 9 }, ERR_BAD_DATA, "version" },
	{ "version 2", { .version = 1 }, ERR_BAD_DATA, "version" },
	{ "version 4", { .version = 3 }, ERR_BAD_DATA, "version" },
	{ "serial 0", { .serial = BYTES_OF(zero) }, ERR_BAD_DATA, "serial" },
	{ "serial < 0", { .serial = BYTES_OF(negative) },
	    ERR_BAD_DATA, "serial" },
	{ "serial padded", { .serial = BYTES_OF(padded) },
	    ERR_BAD_DATA, "serial" },
	{ "serial long", { .serial = BYTES_OF(twenty_one) },
	    ERR_BAD_DATA, "serial" },
	{ "the CA's key", { .spki = key->spki }, ERR_POLICY, "public key" },
	{ "tail", { .tail = BYTES_OF(unique_id) }, ERR_BAD_DATA, "follows" },
	{ "junk", { .junk = true }, ERR_BAD_DATA, "TBSCertificate" },
	};
	/* clang-format on */
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct sign_result result;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct sign_item item = { .what = SIGN_CERTIFICATE };
		struct recipe r = rows[i].r;
		enum err_code code;

		r.key = key;
		item.tbs = fixture_tbs(&r, &b);
		code = fixture_sign(&world, &item, &result);
		if (code != rows[i].code ||
		    !strstr(result.err.text, rows[i].says))
			fail_msg("%s: %s, \"%s\"", rows[i].what, err_name(code),
			    result.err.text);
		/* Refused or not, it is in the log. */
		assert_true(result.log_sequence > 0);
	}
}

static void
test_every_truncation_is_refused(void **state)
{
	struct sign_item item = { .what = SIGN_CERTIFICATE };
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct sign_result result;
	struct bytes tbs;
	size_t n;

	(void)state;
	tbs = fixture_tbs(&(struct recipe){ .key = key }, &b);
	for (n = 0; n < tbs.n; n += 7) {
		item.tbs = bytes_of(tbs.p, n);
		assert_int_not_equal(
		    fixture_sign(&world, &item, &result), ERR_OK);
	}
}

static void
test_kinds_are_not_confused(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct sign_item item = { 0 };
	struct sign_result result;
	uint32_t what;

	(void)state;
	item.tbs = fixture_tbs(&(struct recipe){ .key = key }, &b);
	for (what = 0; what < 12; what++) {
		item.what = what;
		if (what != SIGN_CERTIFICATE)
			assert_int_not_equal(
			    fixture_sign(&world, &item, &result), ERR_OK);
	}
	/* A digest instead of bytes. */
	item = (struct sign_item){ .what = SIGN_CERTIFICATE };
	item.digest = bytes_of(b.p, 32);
	assert_int_equal(fixture_sign(&world, &item, &result), ERR_POLICY);
	/* A key that is not there. */
	item.key_index = 1;
	assert_int_equal(fixture_sign(&world, &item, &result), ERR_NOT_FOUND);
	item.key_index = UINT32_MAX;
	assert_int_equal(fixture_sign(&world, &item, &result), ERR_NOT_FOUND);
}

static enum err_code
sign_crl(struct buf *b, const char *issuer, uint64_t number)
{
	struct sign_item item = { .what = SIGN_CRL };
	struct sign_result result;

	item.tbs = fixture_crl(key, issuer, number, b);
	return fixture_sign(&world, &item, &result);
}

static enum err_code
sign_delta(struct buf *b, uint64_t number)
{
	struct sign_item item = { .what = SIGN_CRL };
	struct sign_result result;

	item.tbs = fixture_delta(key, "Test CA", number, b);
	return fixture_sign(&world, &item, &result);
}

static enum err_code
sign_crl_digest(const char *issuer, uint64_t number, size_t n)
{
	static const uint8_t digest[64] = { 1, 2, 3 };
	AUTO_BUF name = BUF_WITH_LIMIT(1024);
	struct sign_item item = { .what = SIGN_CRL, .crl_number = number };
	struct sign_result result;

	fixture_name(&name, issuer);
	item.issuer = buf_bytes(&name);
	item.digest = bytes_of(digest, n);
	return fixture_sign(&world, &item, &result);
}

static void
test_crl_numbers_rise(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(8192);

	(void)state;
	assert_int_equal(sign_crl(&b, "Test CA", 0), ERR_POLICY);
	assert_int_equal(sign_crl(&b, "Test CA", 1), ERR_OK);
	assert_int_equal(sign_crl(&b, "Other CA", 2), ERR_POLICY);
	assert_int_equal(sign_crl(&b, "Test CA", 1), ERR_POLICY);
	assert_int_equal(sign_crl(&b, "Test CA", 5), ERR_OK);
	assert_int_equal(sign_crl_digest("Test CA", 5, 32), ERR_POLICY);
	assert_int_equal(sign_crl_digest("Other CA", 6, 32), ERR_POLICY);
	assert_int_equal(sign_crl_digest("Test CA", 6, 20), ERR_POLICY);
	assert_int_equal(sign_crl_digest("Test CA", 6, 48), ERR_POLICY);
	assert_int_equal(sign_crl_digest("Test CA", 6, 0), ERR_BAD_DATA);
	/* Not even one of the right size: it could be a CA certificate's. */
	assert_int_equal(sign_crl_digest("Test CA", 6, 32), ERR_POLICY);
	assert_int_equal(sign_crl(&b, "Test CA", 6), ERR_OK);
	/* A delta goes with its base, once. */
	assert_int_equal(sign_delta(&b, 5), ERR_POLICY);
	assert_int_equal(sign_delta(&b, 6), ERR_OK);
	assert_int_equal(sign_delta(&b, 6), ERR_POLICY);
	assert_int_equal(sign_crl(&b, "Test CA", 6), ERR_POLICY);
	/* After a restart the log still knows. */
	assert_int_equal(fixture_open(&world, true), 0);
	{
		const struct sign_key *keys[SIGN_KEYS_MAX];

		assert_int_equal(sign_service_keys(world.service, keys), 1);
		key = keys[0];
	}
	assert_int_equal(sign_crl(&b, "Test CA", 6), ERR_POLICY);
	assert_int_equal(sign_delta(&b, 6), ERR_POLICY);
	assert_int_equal(sign_crl(&b, "Test CA", 7), ERR_OK);
}

/* Attribute ::= SEQUENCE { type, SET { value } }, in front of what is there. */
static void
put_attribute(
    struct der_back *b, enum pki_oid type, uint8_t tag, struct bytes content)
{
	const uint8_t *mark = b->p;

	der_back_prim(b, tag, content);
	der_back_wrap(b, DER_SET, mark);
	der_back_prim(b, DER_OID, pki_oids[type].der);
	der_back_wrap(b, DER_SEQUENCE, mark);
}

struct response_row {
	enum pki_oid content;
	size_t digest; /* bytes; 0: none */
	const char *time;
	enum pki_oid more; /* another attribute; PKI_OID_NONE: none */
	enum err_code code;
};

static struct bytes
response(struct buf *out, const struct response_row *r)
{
	static const uint8_t hash[64] = { 9 };
	uint8_t mem[512];
	const uint8_t *mark;
	struct der_back b;

	der_back_init(&b, mem, sizeof(mem), 0);
	mark = b.p;
	if (r->more != PKI_OID_NONE)
		put_attribute(
		    &b, r->more, DER_OCTET_STRING, bytes_of(hash, 32));
	if (r->digest > 0)
		put_attribute(&b, PKI_OID_MESSAGE_DIGEST, DER_OCTET_STRING,
		    bytes_of(hash, r->digest));
	if (r->time)
		put_attribute(
		    &b, PKI_OID_SIGNING_TIME, DER_UTC_TIME, bytes_str(r->time));
	put_attribute(
	    &b, PKI_OID_CONTENT_TYPE, DER_OID, pki_oids[r->content].der);
	der_back_wrap(&b, DER_SET, mark);
	buf_reset(out);
	buf_add_bytes(out, der_back_done(&b));
	return buf_bytes(out);
}

static void
test_responses(void **state)
{
#define CMC  PKI_OID_CMC_PKI_RESPONSE
#define NONE PKI_OID_NONE
	static const struct response_row rows[] = {
		{ CMC, 32, NULL, NONE, ERR_OK },
		{ CMC, 48, NULL, NONE, ERR_OK },
		{ CMC, 64, "260101000000Z", NONE, ERR_OK },
		{ PKI_OID_PKCS7_DATA, 32, NULL, NONE, ERR_BAD_DATA },
		{ CMC, 0, NULL, NONE, ERR_BAD_DATA },
		{ CMC, 20, NULL, NONE, ERR_BAD_DATA },
		{ CMC, 33, NULL, NONE, ERR_BAD_DATA },
		{ CMC, 32, "yesterday", NONE, ERR_BAD_DATA },
		/* twice, and what is none of a response */
		{ CMC, 32, NULL, PKI_OID_MESSAGE_DIGEST, ERR_BAD_DATA },
		{ CMC, 32, NULL, PKI_OID_CONTENT_TYPE, ERR_BAD_DATA },
		{ CMC, 32, NULL, PKI_OID_SMIME_CAPS, ERR_BAD_DATA },
		{ CMC, 32, NULL, PKI_OID_SAN, ERR_BAD_DATA },
	};
	struct sign_item item = { .what = SIGN_CMC_RESPONSE };
	AUTO_BUF b = BUF_WITH_LIMIT(1024);
	struct sign_result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		item.tbs = response(&b, &rows[i]);
		if ((enum err_code)fixture_sign(&world, &item, &result) !=
		    rows[i].code)
			fail_msg("row %zu", i);
	}
}

static struct bytes
request(struct buf *out, struct bytes spki)
{
	AUTO_BUF name = BUF_WITH_LIMIT(1024);
	uint8_t mem[1024];
	struct der_back b;
	const uint8_t *mark;

	der_back_init(&b, mem, sizeof(mem), 0);
	mark = b.p;
	der_back_head(&b, DER_CONTEXT(0), 0);
	der_back_bytes(&b, spki);
	fixture_name(&name, "Sub CA");
	der_back_bytes(&b, buf_bytes(&name));
	der_back_uint(&b, 0);
	der_back_wrap(&b, DER_SEQUENCE, mark);
	buf_reset(out);
	buf_add_bytes(out, der_back_done(&b));
	return buf_bytes(out);
}

static void
test_ca_matters_need_init(void **state)
{
	struct sign_item ask = { .what = SIGN_CA_REQUEST };
	struct sign_item cert = { .what = SIGN_CA_CERTIFICATE };
	struct recipe cross = {
		.key = key, .subject = "Sub CA", .ca = true, .cert_sign = true
	};
	AUTO_BUF a = BUF_WITH_LIMIT(8192);
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	AUTO_BUF c = BUF_WITH_LIMIT(8192);
	struct sign_result result;

	(void)state;
	ask.tbs = request(&a, fixture_subject_key());
	assert_int_equal(fixture_sign(&world, &ask, &result), ERR_POLICY);
	ask.tbs = request(&a, key->spki);
	assert_int_equal(fixture_sign(&world, &ask, &result), ERR_OK);
	/* Another CA, which --init does not allow. */
	cert.tbs = fixture_tbs(&cross, &b);
	assert_int_equal(fixture_sign(&world, &cert, &result), ERR_POLICY);
	/* The same key as a root of another name. */
	cross = (struct recipe){ .key = key,
		.subject = "Other CA",
		.issuer = "Other CA",
		.spki = key->spki,
		.ca = true,
		.cert_sign = true };
	cert.tbs = fixture_tbs(&cross, &c);
	assert_int_equal(fixture_sign(&world, &cert, &result), ERR_POLICY);

	assert_int_equal(fixture_open(&world, false), 0);
	cert.tbs = buf_bytes(&b);
	assert_int_equal(fixture_sign(&world, &ask, &result), ERR_POLICY);
	assert_int_equal(fixture_sign(&world, &cert, &result), ERR_POLICY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_kinds_are_not_confused),
		cmocka_unit_test(test_crl_numbers_rise),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_ca_matters_need_init),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
