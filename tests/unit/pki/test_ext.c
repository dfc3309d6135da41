#include "../unit.h"
#include "make.h"
#include "pki/ext.h"
#include "pki/gname.h"

#include <openssl/x509v3.h>

/* clang-format off */
#define KU_EXT "\x30\x0b\x06\x03\x55\x1d\x0f\x04\x04\x03\x02\x05\xa0"
static const struct bytes good[] = {
	BYTES_INIT(""),
	BYTES_INIT(KU_EXT),
	BYTES_INIT("\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04"
		"\x03\x02\x05\xa0"),
};
static const struct bytes bad[] = {
	BYTES_INIT(KU_EXT KU_EXT),                       /* twice */
	BYTES_INIT(KU_EXT "\x00"),
	BYTES_INIT("\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\x00\x04\x04"
		"\x03\x02\x05\xa0"),                     /* FALSE written */
	BYTES_INIT("\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\x01\x04\x04"
		"\x03\x02\x05\xa0"),                     /* odd TRUE */
	BYTES_INIT("\x30\x07\x06\x03\x55\x1d\x0f\x04\x00"), /* no value */
	BYTES_INIT("\x30\x0b\x06\x03\x55\x1d\x0f\x04\x04\x03\x03\x05\xa0"),
	BYTES_INIT("\x30\x0d\x06\x03\x55\x1d\x0f\x04\x04\x03\x02\x05\xa0"
		"\x05\x00"),                             /* something after */
	BYTES_INIT("\x30\x0b\x06\x03\x55\x1d\x8f\x04\x04\x03\x02\x05\xa0"),
	BYTES_INIT("\x31\x0b\x06\x03\x55\x1d\x0f\x04\x04\x03\x02\x05\xa0"),
};
/* clang-format on */

static void
lists_are_strict(void **state)
{
	AUTO_BUF many = BUF_WITH_LIMIT(10000);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(pki_ext_check(good[i], NULL), 0);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (pki_ext_check(bad[i], NULL) == 0)
			fail_msg("row %zu", i);
	for (i = 0; i < PKI_EXT_LIST_MAX; i++) {
		const uint8_t oid[] = { 0x2a, (uint8_t)i };

		pki_ext_put(&many, BYTES_OF(oid), false, BYTES_LIT("\5\0"));
	}
	assert_int_equal(pki_ext_check(buf_bytes(&many), NULL), 0);
	pki_ext_put(&many, BYTES_LIT("\x2b"), false, BYTES_LIT("\5\0"));
	assert_int_equal(pki_ext_check(buf_bytes(&many), NULL), -1);
}

static void
values_are_strict(void **state)
{
	struct bytes eku[PKI_EXT_EKU_MAX];
	uint16_t bits;
	bool ca;
	int path;
	size_t n;

	(void)state;
	assert_int_equal(
	    pki_ext_key_usage(BYTES_LIT("\x03\x02\x05\xa0"), &bits, NULL), 0);
	assert_int_equal(
	    bits, PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT);
	assert_int_equal(
	    pki_ext_key_usage(BYTES_LIT("\x03\x01\x00"), &bits, NULL), -1);
	assert_int_equal(
	    pki_ext_key_usage(BYTES_LIT("\x03\x03\x06\x00\x40"), &bits, NULL),
	    -1); /* a tenth bit */
	assert_int_equal(
	    pki_ext_basic(BYTES_LIT("\x30\x00"), &ca, &path, NULL), 0);
	assert_false(ca);
	assert_int_equal(path, -1);
	assert_int_equal(pki_ext_basic(BYTES_LIT("\x30\x06\x01\x01\xff\x02"
						 "\x01\x00"),
			     &ca, &path, NULL),
	    0);
	assert_true(ca);
	assert_int_equal(path, 0);
	assert_int_equal(
	    pki_ext_basic(BYTES_LIT("\x30\x03\x02\x01\x00"), &ca, &path, NULL),
	    -1); /* a path without CA */
	assert_int_equal(
	    pki_ext_basic(BYTES_LIT("\x30\x03\x01\x01\x00"), &ca, &path, NULL),
	    -1);
	assert_int_equal(
	    pki_ext_eku(BYTES_LIT("\x30\x03\x06\x01\x2a"), eku, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(pki_ext_eku(BYTES_LIT("\x30\x00"), eku, &n, NULL), -1);
	assert_int_equal(
	    pki_ext_eku(
		BYTES_LIT("\x30\x06\x06\x01\x2a\x06\x01\x2a"), eku, &n, NULL),
	    -1);
}

static void
syntax_of_names(void **state)
{
	/* clang-format off */
	static const struct { enum pki_gname_kind kind; struct bytes x; bool ok; }
	list[] = {
		{ PKI_GNAME_DNS, BYTES_INIT("a"), true },
		{ PKI_GNAME_DNS, BYTES_INIT("_sip.a-b.example"), true },
		{ PKI_GNAME_DNS, BYTES_INIT("*.example.com"), true },
		{ PKI_GNAME_DNS, BYTES_INIT("xn--bcher-kva.example"), true },
		{ PKI_GNAME_DNS, BYTES_INIT(""), false },
		{ PKI_GNAME_DNS, BYTES_INIT("*"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("*."), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a*.example"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a.*.example"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a..b"), false },
		{ PKI_GNAME_DNS, BYTES_INIT(".a"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a."), false },
		{ PKI_GNAME_DNS, BYTES_INIT("-a.b"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a-.b"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a-"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a b"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a\0.evil.com"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("b\xc3\xbc"), false },
		{ PKI_GNAME_DNS, BYTES_INIT("a/b"), false },
		{ PKI_GNAME_EMAIL, BYTES_INIT("a.b+c@example.com"), true },
		{ PKI_GNAME_EMAIL, BYTES_INIT("a@b@c"), false },
		{ PKI_GNAME_EMAIL, BYTES_INIT("@b"), false },
		{ PKI_GNAME_EMAIL, BYTES_INIT("a@"), false },
		{ PKI_GNAME_EMAIL, BYTES_INIT("a@*.b"), false },
		{ PKI_GNAME_EMAIL, BYTES_INIT("a\0@b"), false },
		{ PKI_GNAME_EMAIL, BYTES_INIT("a b@c"), false },
		{ PKI_GNAME_URI, BYTES_INIT("https://a/b?c=d"), true },
		{ PKI_GNAME_URI, BYTES_INIT("urn:uuid:1"), true },
		{ PKI_GNAME_URI, BYTES_INIT("nothing"), false },
		{ PKI_GNAME_URI, BYTES_INIT("http://a b"), false },
		{ PKI_GNAME_URI, BYTES_INIT("http://a\n"), false },
		{ PKI_GNAME_URI, BYTES_INIT("ht_tp://a"), false },
		{ PKI_GNAME_IP, BYTES_INIT("\1\2\3\4"), true },
		{ PKI_GNAME_IP, BYTES_INIT("0123456789abcdef"), true },
		{ PKI_GNAME_IP, BYTES_INIT("\1\2\3"), false },
		{ PKI_GNAME_IP, BYTES_INIT("01234567"), false },
		{ PKI_GNAME_RID, BYTES_INIT("\x2a\x03"), true },
		{ PKI_GNAME_RID, BYTES_INIT("\x2a\x80"), false },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		AUTO_BUF one = BUF_WITH_LIMIT(4096);
		AUTO_BUF all = BUF_WITH_LIMIT(4096);

		make_tlv(&one, DER_CONTEXT_P(list[i].kind), list[i].x);
		make_tlv(&all, DER_SEQUENCE, buf_bytes(&one));
		if ((pki_gname_check(buf_bytes(&all), NULL) == 0) != list[i].ok)
			fail_msg("row %zu", i);
	}
	assert_int_equal(pki_gname_check(BYTES_LIT("\x30\x00"), NULL), -1);
	assert_int_equal(
	    pki_gname_check(BYTES_LIT("\x30\x02\xa3\x00"), NULL), -1);
	assert_int_equal(
	    pki_gname_check(BYTES_LIT("\x30\x02\xa5\x00"), NULL), -1);
	assert_int_equal(
	    pki_gname_check(BYTES_LIT("\x30\x03\xa2\x01\x61"), NULL), -1);
	assert_int_equal(/* an empty directory name */
	    pki_gname_check(BYTES_LIT("\x30\x04\xa4\x02\x30\x00"), NULL), -1);
}

static void
names_are_built_and_shown(void **state)
{
	static const struct {
		enum pki_gname_kind kind;
		const char *text, *shown;
	} list[] = {
		{ PKI_GNAME_DNS, "*.example.com", "DNS: *.example.com" },
		{ PKI_GNAME_IP, "192.0.2.7", "IP: 192.0.2.7" },
		{ PKI_GNAME_IP, "2001:db8::1", "IP: 2001:db8::1" },
		{ PKI_GNAME_EMAIL, "a@b.example", "e-mail: a@b.example" },
		{ PKI_GNAME_URI, "urn:x", "URI: urn:x" },
		{ PKI_GNAME_RID, "1.2.3", "registered identifier: 1.2.3" },
		{ PKI_GNAME_OTHER, "u@b.example", "UPN: u@b.example" },
	};
	AUTO_BUF names = BUF_WITH_LIMIT(4096);
	AUTO_BUF want = BUF_WITH_LIMIT(4096);
	AUTO_BUF shown = BUF_WITH_LIMIT(4096);
	AUTO_BUF ext = BUF_WITH_LIMIT(4096);
	const unsigned char *p;
	GENERAL_NAMES *judge;
	struct pki_ext e;
	struct der in;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		assert_int_equal(
		    pki_gname_build(list[i].kind, list[i].text, &names, NULL),
		    0);
		buf_addf(&want, "%s%s", i ? ", " : "", list[i].shown);
	}
	assert_int_equal(
	    pki_gname_build(PKI_GNAME_IP, "1.2.3", &names, NULL), -1);
	assert_int_equal(
	    pki_gname_build(PKI_GNAME_DNS, "a b", &names, NULL), -1);
	assert_int_equal(
	    pki_gname_build(PKI_GNAME_OTHER, "a\nb", &names, NULL), -1);
	pki_ext_put_san(&ext, true, buf_bytes(&names));
	in = der_of(buf_bytes(&ext));
	assert_true(pki_ext_next(&in, &e));
	assert_true(e.critical);
	pki_ext_text(&e, &shown);
	assert_string_equal(buf_str(&shown), buf_str(&want));
	p = e.value.p;
	judge = d2i_GENERAL_NAMES(NULL, &p, (long)e.value.n);
	assert_non_null(judge);
	assert_int_equal(sk_GENERAL_NAME_num(judge), ARRAY_LEN(list));
	GENERAL_NAMES_free(judge);
}

/* What we encode is what OpenSSL makes of the same wish. */
static void
same_bytes_as_openssl(int nid, const char *conf, struct bytes ours)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, nid, conf);
	unsigned char *der = NULL;
	int n;

	assert_non_null(x);
	n = i2d_X509_EXTENSION(x, &der);
	if (!bytes_eq(ours, bytes_of(der, (size_t)n)))
		fail_msg("%s", conf);
	OPENSSL_free(der);
	X509_EXTENSION_free(x);
}

static void
encodings_are_those_of_openssl(void **state)
{
	static const char *const uris[] = { "http://a/1", "http://b/2" };
	const struct bytes eku[] = { pki_oids[PKI_OID_EKU_EMAIL].der,
		pki_oids[PKI_OID_EKU_CLIENT_AUTH].der };
	AUTO_BUF b = BUF_WITH_LIMIT(4096);

	(void)state;
	pki_ext_put_key_usage(&b, PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN);
	same_bytes_as_openssl(
	    NID_key_usage, "critical,keyCertSign,cRLSign", buf_bytes(&b));
	buf_reset(&b);
	pki_ext_put_key_usage(&b, PKI_KU_DECIPHER_ONLY);
	same_bytes_as_openssl(
	    NID_key_usage, "critical,decipherOnly", buf_bytes(&b));
	buf_reset(&b);
	pki_ext_put_eku(&b, false, eku, 2);
	same_bytes_as_openssl(
	    NID_ext_key_usage, "emailProtection,clientAuth", buf_bytes(&b));
	buf_reset(&b);
	pki_ext_put_basic(&b, true, 0);
	same_bytes_as_openssl(
	    NID_basic_constraints, "critical,CA:TRUE,pathlen:0", buf_bytes(&b));
	buf_reset(&b);
	pki_ext_put_basic(&b, false, 0);
	same_bytes_as_openssl(
	    NID_basic_constraints, "critical,CA:FALSE", buf_bytes(&b));
	buf_reset(&b);
	pki_ext_put_ski(&b, BYTES_LIT("\1\2\3"));
	same_bytes_as_openssl(
	    NID_subject_key_identifier, "01:02:03", buf_bytes(&b));
	buf_reset(&b);
	assert_int_equal(pki_ext_put_cdp(&b, uris, 1, NULL), 0);
	same_bytes_as_openssl(
	    NID_crl_distribution_points, "URI:http://a/1", buf_bytes(&b));
	buf_reset(&b);
	assert_int_equal(pki_ext_put_aia(&b, uris, 1, uris + 1, 1, NULL), 0);
	same_bytes_as_openssl(NID_info_access,
	    "caIssuers;URI:http://a/1,OCSP;URI:http://b/2", buf_bytes(&b));
	buf_reset(&b);
	assert_int_equal(pki_ext_put_freshest(&b, uris, 1, NULL), 0);
	same_bytes_as_openssl(
	    NID_freshest_crl, "URI:http://a/1", buf_bytes(&b));
}

static void
bad_addresses_are_refused(void **state)
{
	static const char *const bad_uri[] = { "no uri" };
	AUTO_BUF b = BUF_WITH_LIMIT(4096);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(pki_ext_put_cdp(&b, bad_uri, 1, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(strstr(err.text, "no uri"));
}

static void
addresses_and_key_ids_are_readable(void **state)
{
	static const char *const urls[] = { "http://a.example/x.crl",
		"http://b.example/x.crl" };
	static const uint8_t id[] = { 0xab, 0xcd };
	AUTO_BUF list = BUF_WITH_LIMIT(4096);
	AUTO_BUF text = BUF_WITH_LIMIT(4096);
	struct err err = { 0 };
	struct pki_ext e;
	struct der walk;

	(void)state;
	assert_int_equal(pki_ext_put_cdp(&list, urls, 2, &err), 0);
	assert_int_equal(pki_ext_put_aia(&list, urls, 1, urls + 1, 1, &err), 0);
	pki_ext_put_ski(&list, BYTES_OF(id));
	pki_ext_put_aki(&list, BYTES_OF(id));
	walk = der_of(buf_bytes(&list));
	while (pki_ext_next(&walk, &e)) {
		pki_ext_text(&e, &text);
		buf_add_char(&text, '\n');
	}
	assert_string_equal(buf_str(&text),
	    "http://a.example/x.crl, http://b.example/x.crl\n"
	    "CA: http://a.example/x.crl, OCSP: http://b.example/x.crl\n"
	    "abcd\nabcd\n");
}

static void
policies_and_templates_are_readable(void **state)
{
	const struct {
		enum pki_oid oid;
		struct bytes value;
		const char *text;
	} rows[] = {
		{ PKI_OID_MS_APP_POLICIES,
		    BYTES_LIT("\x30\x13\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07"
			      "\x03\x01\x30\x05\x06\x03\x2a\x03\x04"),
		    "server authentication, 1.2.3.4" },
		{ PKI_OID_CERT_POLICIES, /* with something behind the OID */
		    BYTES_LIT("\x30\x09\x30\x07\x06\x03\x2a\x03\x04\x30\x00"),
		    "3009300706032a03043000" },
		{ PKI_OID_MS_TEMPLATE,
		    BYTES_LIT("\x30\x0b\x06\x03\x2a\x03\x04\x02\x01\x64\x02\x01"
			      "\x04"),
		    "1.2.3.4, version 100.4" },
		{ PKI_OID_MS_TEMPLATE, /* a version is missing */
		    BYTES_LIT("\x30\x08\x06\x03\x2a\x03\x04\x02\x01\x64"),
		    "300806032a0304020164" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct pki_ext e = { .oid = pki_oids[rows[i].oid].der,
			.value = rows[i].value };
		AUTO_BUF text = BUF_WITH_LIMIT(4096);

		pki_ext_text(&e, &text);
		assert_string_equal(buf_str(&text), rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_strict),
		cmocka_unit_test(values_are_strict),
		cmocka_unit_test(syntax_of_names),
		cmocka_unit_test(names_are_built_and_shown),
		cmocka_unit_test(encodings_are_those_of_openssl),
		cmocka_unit_test(addresses_and_key_ids_are_readable),
		cmocka_unit_test(policies_and_templates_are_readable),
		cmocka_unit_test(bad_addresses_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
