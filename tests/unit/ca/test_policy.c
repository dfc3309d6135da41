/* The policy: every kind of extension, subject, attribute, and the lists of
 * issuing at once. Requests are made by OpenSSL. */
#include "../pki/make.h"
#include "../unit.h"
#include "ca/policy.h"
#include "pki/name.h"

#include <openssl/conf.h>
#include <openssl/x509v3.h>

struct asked {
	X509_REQ *req;
	STACK_OF(X509_EXTENSION) * exts;
	enum make_key key;
	struct ca_config config;
	const char *attributes;
	bool decided;
	struct bytes issuer;
};

static void
begin(struct asked *a, enum make_key key, const char *cn)
{
	*a = (struct asked){ .req = X509_REQ_new(),
		.exts = sk_X509_EXTENSION_new_null(),
		.key = key,
		.attributes = "" };
	a->config = (struct ca_config){
		.name = "Test CA", .host = "ca.example", .issue_override = ""
	};
	if (cn)
		X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(a->req),
		    "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509_REQ_set_pubkey(a->req, make_key(key));
}

static void
ext(struct asked *a, const char *name, const char *value)
{
	CONF *conf = NCONF_new(NULL);
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	e = X509V3_EXT_nconf(conf, &ctx, name, value);
	NCONF_free(conf);

	if (!e)
		fail_msg("%s: %s", name, value);
	sk_X509_EXTENSION_push(a->exts, e);
}

struct answer {
	struct buf der;
	struct pki_request request;
	struct ca_policy_result *r;
};

static void
ask(struct asked *a, struct answer *ret)
{
	struct pki_attrs attrs;
	struct err err = { 0 };
	struct ca_policy_ask q = { .config = &a->config,
		.request = &ret->request,
		.csr = &ret->request.csr,
		.attrs = &attrs,
		.issuer = a->issuer,
		.decided = a->decided };

	buf_init(&ret->der, 65536);
	ret->r = malloc(sizeof(*ret->r));
	if (sk_X509_EXTENSION_num(a->exts) > 0)
		X509_REQ_add_extensions(a->req, a->exts);
	sk_X509_EXTENSION_pop_free(a->exts, X509_EXTENSION_free);
	make_csr_signed(a->req, make_key(a->key), &ret->der);
	X509_REQ_free(a->req);
	if (pki_request_parse(buf_bytes(&ret->der), &ret->request, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(
	    pki_attrs_parse(bytes_str(a->attributes), &attrs, &err), 0);
	ca_policy_init(ret->r);
	if (ca_policy_decide(&q, ret->r, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(pki_ext_check(buf_bytes(&ret->r->granted), &err), 0);
}

static void
end(struct answer *a)
{
	ca_policy_clear(a->r);
	free(a->r);
	buf_clear(&a->der);
}

static bool
granted(const struct answer *a, enum pki_oid oid, struct pki_ext *ret)
{
	return pki_ext_find(buf_bytes(&a->r->granted), oid, ret);
}

static bool
dropped(const struct answer *a, enum pki_oid oid)
{
	for (size_t i = 0; i < a->r->dropped_n; i++)
		if (pki_oid_is(a->r->dropped[i].oid, oid)) {
			assert_true(a->r->dropped[i].note[0]);
			return true;
		}
	return false;
}

static bool
has_eku(const struct answer *a, enum pki_oid oid)
{
	struct bytes list[PKI_EXT_EKU_MAX];
	struct pki_ext e;
	size_t n;

	assert_true(granted(a, PKI_OID_EKU, &e));
	assert_int_equal(pki_ext_eku(e.value, list, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		if (pki_oid_is(list[i], oid))
			return true;
	return false;
}

static uint16_t
usage(const struct answer *a)
{
	struct pki_ext e;
	uint16_t bits;

	assert_true(granted(a, PKI_OID_KEY_USAGE, &e));
	assert_true(e.critical);
	assert_int_equal(pki_ext_key_usage(e.value, &bits, NULL), 0);
	return bits;
}

static void
plain_request_pends_with_defaults(void **unused)
{
	struct asked a;
	struct answer r;
	struct pki_ext e;

	(void)unused;
	begin(&a, MAKE_RSA2048, "www.example.com");
	ask(&a, &r);
	assert_int_equal(r.r->verdict, CA_VERDICT_PEND);
	assert_string_equal(r.r->message, "Taken Under Submission");
	assert_int_equal(
	    usage(&r), PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT);
	assert_true(has_eku(&r, PKI_OID_EKU_SERVER_AUTH));
	assert_true(has_eku(&r, PKI_OID_EKU_CLIENT_AUTH));
	assert_false(granted(&r, PKI_OID_SAN, &e));
	end(&r);
	begin(&a, MAKE_P256, "www.example.com");
	a.decided = true;
	ask(&a, &r);
	assert_int_equal(r.r->verdict, CA_VERDICT_ISSUE);
	assert_int_equal(usage(&r), PKI_KU_DIGITAL_SIGNATURE);
	end(&r);
}

/* What must never be copied, as OpenSSL's configuration spells it. */
static void
dangerous_extensions_are_dropped(void **unused)
{
	/* clang-format off */
	static const struct {
		const char *name, *value;
		enum pki_oid oid;
	} rows[] = {
		{ "basicConstraints", "critical,CA:TRUE",
		    PKI_OID_BASIC_CONSTRAINTS },
		{ "basicConstraints", "CA:FALSE", PKI_OID_BASIC_CONSTRAINTS },
		{ "nameConstraints", "permitted;DNS:example.com",
		    PKI_OID_NAME_CONSTRAINTS },
		{ "policyConstraints", "requireExplicitPolicy:0",
		    PKI_OID_POLICY_CONSTRAINTS },
		{ "inhibitAnyPolicy", "0", PKI_OID_INHIBIT_ANY },
		{ "policyMappings", "1.2.3.4:1.2.3.5",
		    PKI_OID_POLICY_MAPPINGS },
		{ "crlDistributionPoints", "URI:http://evil.example/x.crl",
		    PKI_OID_CDP },
		{ "authorityInfoAccess", "OCSP;URI:http://evil.example/",
		    PKI_OID_AIA },
		{ "tlsfeature", "status_request", PKI_OID_TLS_FEATURE },
		{ "certificatePolicies", "2.5.29.32.0",
		    PKI_OID_CERT_POLICIES },
		{ "1.3.6.1.4.1.311.21.1", "DER:020100", PKI_OID_MS_CA_VERSION },
		{ "1.3.6.1.4.1.311.21.2", "DER:04020102",
		    PKI_OID_MS_PREVIOUS_HASH },
		{ "1.3.6.1.4.1.311.25.2",
		    "DER:3025a023060a2b060104018237190201a0150413532d312d352d"
		    "32312d312d322d332d31313035", PKI_OID_MS_SID },
		{ "1.3.6.1.4.1.311.21.11", "DER:3000", PKI_OID_MS_APP_MAPPINGS },
		{ "1.3.6.1.4.1.311.21.12", "DER:3000",
		    PKI_OID_MS_APP_CONSTRAINTS },
		{ "1.3.6.1.4.1.311.10.9.1", "DER:3000",
		    PKI_OID_MS_CROSS_CERTS },
		{ "1.3.6.1.4.1.311.20.2", "DER:1e0400570053",
		    PKI_OID_MS_TEMPLATE_NAME },
		/* any purpose through the side door */
		{ "1.3.6.1.4.1.311.21.10",
		    "DER:300e300c060a2b0601040182370a0c01",
		    PKI_OID_MS_APP_POLICIES },
		/* enrolment agent there, server authentication as EKU */
		{ "1.3.6.1.4.1.311.21.10",
		    "DER:300e300c060a2b060104018237140201",
		    PKI_OID_MS_APP_POLICIES },
	};
	/* clang-format on */

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct asked a;
		struct answer r;
		struct pki_ext e;

		begin(&a, MAKE_P256, "www.example.com");
		a.decided = true;
		ext(&a, rows[i].name, rows[i].value);
		ask(&a, &r);
		if (granted(&r, rows[i].oid, &e) || !dropped(&r, rows[i].oid))
			fail_msg("%s was not dropped", rows[i].name);
		assert_int_equal(r.r->verdict, CA_VERDICT_ISSUE);
		end(&r);
	}
}

static void
unknown_extension_is_dropped(void **unused)
{
	struct asked a;
	struct answer r;

	(void)unused;
	begin(&a, MAKE_P256, "www.example.com");
	ext(&a, "1.2.3.4.5", "DER:0500");
	ask(&a, &r);
	assert_int_equal(r.r->dropped_n, 1);
	assert_int_equal(r.r->verdict, CA_VERDICT_PEND);
	end(&r);
}

static void
special_purposes_need_the_list(void **unused)
{
	static const enum pki_oid special[] = { PKI_OID_EKU_ENROLL_AGENT,
		PKI_OID_EKU_SMARTCARD_LOGON, PKI_OID_EKU_KDC,
		PKI_OID_EKU_PKINIT_CLIENT, PKI_OID_EKU_KEY_RECOVERY,
		PKI_OID_EKU_OCSP_SIGNING, PKI_OID_EKU_ANY, PKI_OID_EKU_MS_ANY };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(special); i++) {
		const struct pki_oid_row *row = &pki_oids[special[i]];
		char both[256];
		struct asked a;
		struct answer r;

		snprintf(both, sizeof(both), "serverAuth,%s", row->dotted);
		begin(&a, MAKE_P256, "x.example.com");
		ext(&a, "extendedKeyUsage", both);
		ask(&a, &r);
		assert_true(has_eku(&r, PKI_OID_EKU_SERVER_AUTH));
		assert_false(has_eku(&r, special[i]));
		assert_true(dropped(&r, PKI_OID_EKU));
		end(&r);

		/* Alone: never a certificate without purposes. */
		begin(&a, MAKE_P256, "x.example.com");
		a.decided = true;
		ext(&a, "extendedKeyUsage", row->dotted);
		ask(&a, &r);
		assert_int_equal(r.r->verdict, CA_VERDICT_DENY);
		assert_int_equal(r.r->code, ERR_POLICY);
		end(&r);

		begin(&a, MAKE_P256, "x.example.com");
		memcpy(
		    a.config.special_eku.list[0].der, row->der.p, row->der.n);
		a.config.special_eku.list[0].n = row->der.n;
		a.config.special_eku.n = 1;
		ext(&a, "extendedKeyUsage", row->dotted);
		ask(&a, &r);
		assert_true(has_eku(&r, special[i]));
		assert_int_equal(r.r->verdict, CA_VERDICT_PEND);
		end(&r);
	}
}

static void
names_are_granted_by_kind(void **unused)
{
	/* clang-format off */
	static const struct {
		const char *san;
		bool plain, with_upn;
	} rows[] = {
		{ "DNS:a.example.com", true, true },
		{ "email:a@example.com", true, true },
		{ "IP:192.0.2.1", true, true },
		{ "URI:https://example.com/", true, true },
		{ "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@example.com",
		    false, true },
		{ "otherName:1.3.6.1.4.1.311.25.1;OCT:0123456789abcdef",
		    false, false },
		{ "otherName:1.2.3.4;UTF8:x", false, false },
		{ /* URI:tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500 */
		    "DER:303586337461673a6d6963726f736f66742e636f6d2c323032322d30392d31343a7369643a532d312d352d32312d312d322d332d353030",
		    false, false },
		{ /* URI:TAG:Microsoft.com,2022-09-14:SID:S-1-5-21-1-2-3-500 */
		    "DER:303586335441473a4d6963726f736f66742e636f6d2c323032322d30392d31343a5349443a532d312d352d32312d312d322d332d353030",
		    false, false },
		{ "RID:1.2.3.4", false, false },
	};
	/* clang-format on */

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
		bool upn = i % 2;
		bool wanted = upn ? rows[i / 2].with_upn : rows[i / 2].plain;
		struct asked a;
		struct answer r;
		struct pki_ext e;

		begin(&a, MAKE_P256, "www.example.com");
		a.config.allow_upn = upn;
		ext(&a, "subjectAltName", rows[i / 2].san);
		ask(&a, &r);
		if (granted(&r, PKI_OID_SAN, &e) != wanted ||
		    dropped(&r, PKI_OID_SAN) == wanted)
			fail_msg("%s, allow_upn %d", rows[i / 2].san, upn);
		end(&r);
	}
}

static void
one_name_is_dropped_the_rest_stays(void **unused)
{
	struct asked a;
	struct answer r;
	struct pki_ext e;

	(void)unused;
	begin(&a, MAKE_P256, "www.example.com");
	ext(&a, "subjectAltName",
	    "DNS:a.example.com,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:adm@x");
	ask(&a, &r);
	assert_true(granted(&r, PKI_OID_SAN, &e));
	assert_false(e.critical);
	assert_non_null(bytes_find(e.value, BYTES_LIT("a.example.com")));
	assert_null(bytes_find(e.value, BYTES_LIT("adm@x")));
	end(&r);
}

static void
subject_rules(void **unused)
{
	struct asked a;
	struct answer r;
	struct pki_ext e;
	AUTO_BUF name = BUF_WITH_LIMIT(1024);
	const struct pki_name_part cn = { PKI_OID_CN, "Test CA" };

	(void)unused;
	begin(&a, MAKE_P256, NULL); /* neither subject nor other name */
	ask(&a, &r);
	assert_int_equal(r.r->verdict, CA_VERDICT_DENY);
	assert_int_equal(err_hresult(r.r->code), 0x80094001);
	end(&r);

	begin(&a, MAKE_P256, NULL);
	ext(&a, "subjectAltName", "DNS:a.example.com");
	ask(&a, &r);
	assert_int_equal(r.r->verdict, CA_VERDICT_PEND);
	assert_true(granted(&r, PKI_OID_SAN, &e));
	assert_true(e.critical); /* RFC 5280 4.2.1.6 */
	end(&r);

	begin(&a, MAKE_P256, NULL); /* a name, but one that is dropped */
	ext(&a, "subjectAltName", "RID:1.2.3.4");
	ask(&a, &r);
	assert_int_equal(err_hresult(r.r->code), 0x80094001);
	end(&r);

	assert_int_equal(pki_name_build(&cn, 1, &name, NULL), 0);
	begin(&a, MAKE_P256, "Test CA"); /* the CA's own name */
	a.issuer = buf_bytes(&name);
	ask(&a, &r);
	assert_int_equal(r.r->verdict, CA_VERDICT_DENY);
	end(&r);
}

static void
key_usage_fits_key_and_role(void **unused)
{
	struct asked a;
	struct answer r;

	(void)unused;
	begin(&a, MAKE_RSA2048, "x.example.com");
	ext(&a, "keyUsage", "critical,digitalSignature,keyCertSign,cRLSign");
	ask(&a, &r);
	assert_int_equal(usage(&r), PKI_KU_DIGITAL_SIGNATURE);
	assert_true(dropped(&r, PKI_OID_KEY_USAGE));
	end(&r);

	begin(&a, MAKE_RSA2048, "x.example.com");
	ext(&a, "keyUsage", "keyCertSign");
	ask(&a, &r);
	assert_int_equal(
	    usage(&r), PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT);
	end(&r);

	begin(&a, MAKE_P256, "x.example.com");
	ext(&a, "keyUsage", "digitalSignature,keyEncipherment");
	ask(&a, &r);
	assert_int_equal(usage(&r), PKI_KU_DIGITAL_SIGNATURE);
	end(&r);

	begin(&a, MAKE_ED25519, "x.example.com");
	ext(&a, "keyUsage", "nonRepudiation,keyAgreement");
	ask(&a, &r);
	assert_int_equal(usage(&r), PKI_KU_NON_REPUDIATION);
	assert_true(dropped(&r, PKI_OID_KEY_USAGE));
	end(&r);

	begin(&a, MAKE_RSA2048, "x.example.com");
	ext(&a, "keyUsage", "keyEncipherment,dataEncipherment");
	ask(&a, &r);
	assert_int_equal(
	    usage(&r), PKI_KU_KEY_ENCIPHERMENT | PKI_KU_DATA_ENCIPHERMENT);
	assert_int_equal(r.r->dropped_n, 0);
	end(&r);
}

static void
attributes(void **unused)
{
	/* clang-format off */
	static const struct {
		const char *text;
		enum err_code code;
		bool ignored;
	} rows[] = {
		{ "CertificateTemplate:User", ERR_UNSUPPORTED_TEMPLATE, false },
		{ "certificatetemplate: WebServer(PrivateKeyExportable)\n",
		    ERR_UNSUPPORTED_TEMPLATE, false },
		{ "certfile:/etc/passwd", ERR_POLICY, false },
		{ "SAN:dns=evil.example.com", ERR_OK, true },
		{ "ExpirationDate:Tue, 1 Jan 2090 00:00:00 GMT", ERR_OK, true },
		{ "UserAgent:curl\r\n", ERR_OK, false },
		{ "CertificateTemplate:", ERR_OK, false },
	};
	/* clang-format on */

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct asked a;
		struct answer r;
		struct pki_ext e;

		begin(&a, MAKE_P256, "www.example.com");
		a.attributes = rows[i].text;
		ask(&a, &r);
		if (r.r->code != rows[i].code ||
		    (r.r->ignored[0] != '\0') != rows[i].ignored)
			fail_msg("%s: %s", rows[i].text, r.r->message);
		assert_false(granted(&r, PKI_OID_SAN, &e));
		end(&r);
	}
}

static void
list_purpose(struct ca_oid_list *l, enum pki_oid oid)
{
	memcpy(l->list[l->n].der, pki_oids[oid].der.p, pki_oids[oid].der.n);
	l->list[l->n++].n = pki_oids[oid].der.n;
}

static void
at_once_only_within_the_lists(void **unused)
{
	/* clang-format off */
	static const struct {
		const char *cn, *san, *eku;
		bool at_once;
	} rows[] = {
		{ "a.example.com", NULL, NULL, true },
		{ "A.EXAMPLE.COM", "DNS:b.example.com", "serverAuth", true },
		{ "example.com", "DNS:example.com", NULL, true },
		{ NULL, "DNS:a.example.com", "serverAuth", true },
		{ "a.example.com", "DNS:a.other.com", NULL, false },
		{ "a.example.com", "DNS:b.example.com,DNS:c.org", NULL, false },
		{ "badexample.com", NULL, NULL, false },
		{ "a.example.com.evil.org", NULL, NULL, false },
		{ "a.example.com", "DNS:*.example.com", NULL, false },
		{ "a.example.com", "IP:192.0.2.1", NULL, false },
		{ "a.example.com", "email:a@example.com", NULL, false },
		{ "Some Person", NULL, NULL, false },
		{ "a.example.com", NULL, "clientAuth", false },
		{ "a.example.com", NULL, "serverAuth,clientAuth", false },
		{ "a.example.com", NULL, "codeSigning", false },
	};
	/* clang-format on */

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct asked a;
		struct answer r;

		begin(&a, MAKE_P256, rows[i].cn);
		a.config.issue_at_once = true;
		a.config.issue_dns.list[0] = "example.com";
		a.config.issue_dns.n = 1;
		list_purpose(&a.config.issue_eku, PKI_OID_EKU_SERVER_AUTH);
		if (rows[i].san)
			ext(&a, "subjectAltName", rows[i].san);
		if (rows[i].eku)
			ext(&a, "extendedKeyUsage", rows[i].eku);
		ask(&a, &r);
		if ((r.r->verdict == CA_VERDICT_ISSUE) != rows[i].at_once)
			fail_msg("row %zu", i);
		if (rows[i].at_once)
			assert_false(has_eku(&r, PKI_OID_EKU_CLIENT_AUTH));
		end(&r);
	}
}

static void
at_once_configuration_is_checked(void **unused)
{
	struct ca_config c = { .name = "Test CA",
		.host = "ca.example",
		.url = "http://x/certenroll",
		.issue_at_once = true,
		.issue_override = "" };
	struct err err = { 0 };

	(void)unused;
	assert_int_equal(ca_config_check(&c, &err), -1); /* no lists */
	list_purpose(&c.issue_eku, PKI_OID_EKU_SERVER_AUTH);
	assert_int_equal(ca_config_check(&c, &err), -1); /* no names */
	c.issue_dns.list[0] = "example.com";
	c.issue_dns.n = 1;
	assert_int_equal(ca_config_check(&c, &err), 0);
	list_purpose(&c.issue_eku, PKI_OID_EKU_CLIENT_AUTH);
	assert_int_equal(ca_config_check(&c, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	c.issue_override = "J. Doe";
	assert_int_equal(ca_config_check(&c, &err), 0);
	c.issue_eku.n = 0;
	c.issue_dns.n = 0;
	assert_int_equal(ca_config_check(&c, &err), 0);
}

static void
policies_need_an_officer(void **unused)
{
	struct asked a;
	struct answer r;
	struct pki_ext e;

	(void)unused;
	begin(&a, MAKE_P256, "a.example.com");
	a.config.issue_at_once = true;
	a.config.issue_dns.list[0] = "example.com";
	a.config.issue_dns.n = 1;
	list_purpose(&a.config.issue_eku, PKI_OID_EKU_SERVER_AUTH);
	ext(&a, "certificatePolicies", "1.2.3.4");
	ask(&a, &r);
	assert_int_equal(r.r->verdict, CA_VERDICT_PEND);
	assert_true(granted(&r, PKI_OID_CERT_POLICIES, &e));
	end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_request_pends_with_defaults),
		cmocka_unit_test(dangerous_extensions_are_dropped),
		cmocka_unit_test(unknown_extension_is_dropped),
		cmocka_unit_test(special_purposes_need_the_list),
		cmocka_unit_test(names_are_granted_by_kind),
		cmocka_unit_test(one_name_is_dropped_the_rest_stays),
		cmocka_unit_test(subject_rules),
		cmocka_unit_test(key_usage_fits_key_and_role),
		cmocka_unit_test(attributes),
		cmocka_unit_test(at_once_only_within_the_lists),
		cmocka_unit_test(at_once_configuration_is_checked),
		cmocka_unit_test(policies_need_an_officer),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
