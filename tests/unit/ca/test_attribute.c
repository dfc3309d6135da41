/* Attributes beside a request: each kind behind its own switch, on both types
 * of CA, and what is said of those that are not taken. What names have to come
 * out says OpenSSL. */
#include "../unit.h"
#include "world_make.h"

#include "base/str.h"

#include <openssl/conf.h>
#include <openssl/x509v3.h>

#define KEYS "keys: [p256]\neku: [server-authentication]\n"
#define ASKED(more)                                          \
	"subject:\n  from: request\n  take: [common-name]\n" \
	"san:\n  request: [dns]\n  dns_suffixes: [example.com]\n" more KEYS
#define OVERRIDE \
	"overrides:\n  - {hole: ESC6, by: erin, reason: old printers}\n"

static const char *const templates[] = {
	WORLD_TEMPLATE("Account", "1", "subject:\n  from: account\n" KEYS),
	WORLD_TEMPLATE("Free", "2",
	    "subject:\n  from: request\n  take: [common-name]\n"
	    "san:\n  request: [dns]\n  attributes: true\n" KEYS OVERRIDE
	    "  - {hole: ESC17, by: erin, reason: old printers}\n"),
	WORLD_TEMPLATE("Plain", "3", ASKED("")),
	WORLD_TEMPLATE("Takes", "4", ASKED("  attributes: true\n") OVERRIDE),
};
#define ACCOUNT 0

#define N 1 /* names */
#define P 2 /* purposes */
#define V 4 /* validity */

#define YEAR (365 * 86400)

/* --- asking ------------------------------------------------------------- */

static void
ask(struct world *w, const char *template, unsigned on, const char *text)
{
	static char all[2048];
	struct err err = { 0 };

	(void)snprintf(all, sizeof(all), "%s%s\n%s",
	    template ? "CertificateTemplate:" : "", template ? template : "",
	    text);
	if (pki_attrs_parse(bytes_str(all), &w->attrs, &err) < 0)
		fail_msg("%s", err.text);
	w->standalone = template == NULL;
	w->config.attribute_names = on & N;
	w->config.attribute_purposes = on & P;
	w->config.attribute_validity = on & V;
	world_decide(w);
}

/* Exactly these names, in this order; NULL: none at all. */
static bool
has_names(const struct ca_policy_result *r, const char *want)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	CONF *conf;
	const ASN1_OCTET_STRING *der;
	struct pki_ext ext;
	bool same;

	if (!pki_ext_find(buf_bytes(&r->granted), PKI_OID_SAN, &ext))
		return want == NULL;
	if (!want)
		return false;
	conf = NCONF_new(NULL);
	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	e = X509V3_EXT_nconf(conf, &ctx, "subjectAltName", want);
	assert_non_null(e);
	der = X509_EXTENSION_get_data(e);
	same = bytes_eq(ext.value, bytes_of(der->data, (size_t)der->length));
	X509_EXTENSION_free(e);
	NCONF_free(conf);
	return same;
}

static bool
has_purpose(const struct ca_policy_result *r, enum pki_oid oid, size_t *ret_n)
{
	struct bytes list[PKI_EXT_EKU_MAX];
	struct pki_ext e;
	struct err err = { 0 };

	assert_true(pki_ext_find(buf_bytes(&r->granted), PKI_OID_EKU, &e));
	assert_int_equal(pki_ext_eku(e.value, list, ret_n, &err), 0);
	for (size_t i = 0; i < *ret_n; i++)
		if (pki_oid_is(list[i], oid))
			return true;
	return false;
}

/* --- the switches ------------------------------------------------------- */

/* All combinations of switches, attributes and CA types: what is off changes
 * nothing and is named. */
static void
every_switch(void **unused)
{
	static const char *const types[] = { NULL, "Account", "Plain",
		"Takes" };
	static const char san[] = "SAN:dns=b.example.com\n",
			  usage[] = "CertificateUsage:1.3.6.1.5.5.7.3.1\n",
			  date[] =
			      "ExpirationDate:Sat, 03 Jan 2026 00:00:00 GMT\n";
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "a.example.com" }, NULL);
	for (unsigned n = 0; n < 8 * 8 * ARRAY_LEN(types); n++) {
		const char *type = types[n % ARRAY_LEN(types)];
		unsigned on = n / ARRAY_LEN(types) % 8,
			 sent = n / ARRAY_LEN(types) / 8, taken = on & sent;
		char text[256];
		size_t count = 0;

		if (type) /* purposes are the template's */
			taken &= ~(unsigned)P;
		if (type && !str_eq(type, "Takes"))
			taken &= ~(unsigned)N;
		(void)snprintf(text, sizeof(text), "%s%s%s",
		    sent & N ? san : "", sent & P ? usage : "",
		    sent & V ? date : "");
		ask(&w, type, on, text);
		assert_int_equal(w.result.code, ERR_OK);
		if (!has_names(
			&w.result, taken & N ? "DNS:b.example.com" : NULL))
			fail_msg("%s: %u of %u", type, on, sent);
		if (!type) {
			assert_true(has_purpose(
			    &w.result, PKI_OID_EKU_SERVER_AUTH, &count));
			assert_int_equal(count, taken & P ? 1 : 2);
		}
		assert_int_equal(
		    w.result.not_after, taken & V ? WORLD_NOW + 2 * 86400 : 0);
		assert_int_equal(
		    strstr(w.result.ignored, "SAN") != NULL, sent & ~taken & N);
		assert_int_equal(
		    strstr(w.result.ignored, "CertificateUsage") != NULL,
		    (sent & ~taken & P) / P);
		assert_int_equal(
		    strstr(w.result.ignored, "ExpirationDate") != NULL,
		    (sent & ~taken & V) / V);
	}
	world_end(&w);
}

/* --- names -------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *template, *san, *attribute, *names;
	uint32_t code;
	bool pends;
} names[] = {
	/* On a stand-alone CA somebody always looks. */
	{ NULL, NULL, "dns=a.example.com&email=a@example.com&url=http://x/"
		"&ipaddress=192.0.2.1&ipaddress=2001:db8::1",
	    "DNS:a.example.com,email:a@example.com,URI:http://x/,IP:192.0.2.1,"
	    "IP:2001:db8::1", 0, true },
	{ NULL, "DNS:a.example.com", "DNS=a.example.com&&dns=b.example.com&"
		"dns=b.example.com", "DNS:a.example.com,DNS:b.example.com", 0,
	    true },
	{ NULL, NULL, "DNS=a.example.com\nSAN:dns=b.example.com",
	    "DNS:a.example.com", 0, true },
	{ NULL, NULL, "upn=admin@example.com", NULL, 0, true },
	{ NULL, NULL, "guid=0123&dn=CN=x&oid=1.2.3&spn=a/b&1.2.3={utf8}x",
	    NULL, 0, false },
	{ NULL, NULL, "dns=", NULL, 0x80094001, false },
	{ NULL, NULL, "a.example.com", NULL, 0x80094001, false },
	{ NULL, NULL, "dns=a b", NULL, 0x80094001, false },
	{ NULL, NULL, "ipaddress=1.2.3", NULL, 0x80094001, false },
	{ NULL, NULL, "email=nobody", NULL, 0x80094001, false },
	{ NULL, NULL,
	    "url=tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500", NULL, 0,
	    true },
	/* A template's lists hold for them as for those of the request. */
	{ "Takes", NULL, "dns=a.example.com", "DNS:a.example.com", 0, false },
	{ "Takes", "DNS:a.example.com", "dns=b.example.com",
	    "DNS:a.example.com,DNS:b.example.com", 0, false },
	{ "Takes", NULL, "dns=a.example.org", "DNS:a.example.org", 0, true },
	{ "Takes", NULL, "dns=*.example.com", "DNS:*.example.com", 0, true },
	{ "Takes", NULL, "dns=a.example.com&ipaddress=192.0.2.1"
		"&upn=admin@example.com&email=a@example.com",
	    "DNS:a.example.com", 0, false },
	{ "Takes", NULL, "dns=a_b c", NULL, 0x80094001, false },
	{ "Free", NULL, "dns=any.test", "DNS:any.test", 0, true },
	{ "Free", "DNS:any.test", "guid=00", "DNS:any.test", 0, false },
	{ "Plain", NULL, "dns=a.example.com", NULL, 0, false },
	{ "Plain", NULL, "dns=", NULL, 0, false }, /* not even read */
};
/* clang-format on */

static void
names_of_attributes(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	for (unsigned n = 0; n < 2 * ARRAY_LEN(names); n++) {
		unsigned i = n / 2;
		char text[512];

		world_make(&w,
		    &(struct world_parts){
			.cn = "www.example.com", .san = names[i].san },
		    NULL);
		(void)snprintf(
		    text, sizeof(text), "SAN:%s", names[i].attribute);
		/* The loosest stand-alone CA there can be. */
		w.config.issue_at_once = true;
		w.config.issue_override = "erin";
		w.decided = n & 1;
		ask(&w, names[i].template, N, text);
		if (err_hresult(w.result.code) != names[i].code ||
		    (names[i].code == 0 &&
			((w.result.verdict == CA_VERDICT_PEND) !=
				(names[i].pends && !w.decided) ||
			    !has_names(&w.result, names[i].names))))
			fail_msg("row %u: %s %s", i, w.result.message,
			    w.result.ignored);
	}
	world_end(&w);
}

/* Whatever a template says: one that takes its subject from the account takes
 * no names from attributes. */
static void
never_beside_an_account(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x" }, NULL);
	w.t[ACCOUNT]->san.attributes = true;
	w.t[ACCOUNT]->san.request = CA_TEMPLATE_SAN_DNS;
	ask(&w, "Account", N, "SAN:dns=a.example.com");
	assert_int_equal(w.result.verdict, CA_VERDICT_ISSUE);
	assert_true(has_names(&w.result, NULL));
	assert_non_null(strstr(w.result.ignored, "Account takes no names"));
	world_end(&w);
}

/* --- purposes ----------------------------------------------------------- */

static void
purposes_of_attributes(void **unused)
{
	/* clang-format off */
	static const struct { const char *text; uint32_t code; size_t n; }
	rows[] = {
		{ "1.3.6.1.5.5.7.3.2", 0, 1 },
		{ "1.3.6.1.5.5.7.3.2 , 1.3.6.1.5.5.7.3.4", 0, 2 },
		/* enrolment agent: only by the administrator's list */
		{ "1.3.6.1.5.5.7.3.2,1.3.6.1.4.1.311.20.2.1", 0, 1 },
		{ "1.3.6.1.4.1.311.20.2.1", 0x80094010, 0 },
		{ "2.5.29.37.0", 0x80094010, 0 },
		{ "clientAuth", 0x8007000D, 0 },
		{ "1.3.6.1.5.5.7.3.2,", 0x8007000D, 0 },
		{ "1.3.6.1.5.5.7.3.2,1.3.6.1.5.5.7.3.2", 0x8007000D, 0 },
	};
	/* clang-format on */
	static struct world w;
	size_t n;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x" }, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[256];

		(void)snprintf(
		    text, sizeof(text), "CertificateUsage:%s", rows[i].text);
		ask(&w, NULL, P, text);
		if (err_hresult(w.result.code) != rows[i].code)
			fail_msg("row %zu: %s", i, w.result.message);
		if (rows[i].code)
			continue;
		assert_true(
		    has_purpose(&w.result, PKI_OID_EKU_CLIENT_AUTH, &n));
		assert_int_equal(n, rows[i].n);
	}
	world_end(&w);
}

/* --- validity ----------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *text;
	uint32_t code;
	int64_t validity, not_after;
	bool ignored;
} validities[] = {
	{ "ValidityPeriod:Days\nValidityPeriodUnits:7", 0, 7 * 86400, 0,
	    false },
	{ "validityperiod: hours\nvalidityperiodunits: 2", 0, 7200, 0, false },
	{ "ValidityPeriod:Seconds\nValidityPeriodUnits:1", 0, 1, 0, false },
	{ "ValidityPeriod:Years\nValidityPeriodUnits:1", 0, YEAR, 0, false },
	{ "ValidityPeriod:Days\nValidityPeriodUnits:366", 0, YEAR, 0, true },
	{ "ValidityPeriod:Years\nValidityPeriodUnits:1000000000", 0, YEAR, 0,
	    true },
	{ "ValidityPeriod:Days\nValidityPeriodUnits:0", 0x8007000D, 0, 0,
	    false },
	{ "ValidityPeriod:Days\nValidityPeriodUnits:-1", 0x8007000D, 0, 0,
	    false },
	{ "ValidityPeriod:Fortnights\nValidityPeriodUnits:1", 0x8007000D, 0, 0,
	    false },
	{ "ValidityPeriod:Days", 0x8007000D, 0, 0, false },
	{ "ValidityPeriodUnits:1", 0x8007000D, 0, 0, false },
	/* 2026-01-02, a day after "now" */
	{ "ExpirationDate:Fri, 02 Jan 2026 00:00:00 GMT", 0, YEAR,
	    WORLD_NOW + 86400, false },
	{ "ExpirationDate:Fri, 02 Jan 2026 00:00:00 GMT\n"
	  "ValidityPeriod:Days\nValidityPeriodUnits:7", 0, YEAR,
	    WORLD_NOW + 86400, false },
	{ "ExpirationDate:Fri, 01 Jan 2027 00:00:00 GMT", 0, YEAR,
	    WORLD_NOW + YEAR, false },
	{ "ExpirationDate:Fri, 01 Jan 2027 00:00:01 GMT", 0, YEAR, 0, true },
	{ "ExpirationDate:Thu, 01 Jan 2026 00:00:00 GMT", 0x80094010, 0, 0,
	    false },
	{ "ExpirationDate:Fri, 02 Jan 2026 00:00:00", 0x8007000D, 0, 0, false },
	{ "ExpirationDate:2026-01-02T00:00:00Z", 0x8007000D, 0, 0, false },
	{ "ExpirationDate:Fri, 02 Jan 2026 00:00:00 GMT x", 0x8007000D, 0, 0,
	    false },
};
/* clang-format on */

static void
validity_only_gets_shorter(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x.example.com" }, NULL);
	for (size_t n = 0; n < 2 * ARRAY_LEN(validities); n++) {
		size_t i = n / 2;

		ask(&w, n % 2 ? "Plain" : NULL, V, validities[i].text);
		if (err_hresult(w.result.code) != validities[i].code)
			fail_msg("row %zu: %s", i, w.result.message);
		if (validities[i].code)
			continue;
		assert_int_equal(w.result.validity, validities[i].validity);
		assert_int_equal(w.result.not_after, validities[i].not_after);
		assert_int_equal(
		    w.result.ignored[0] != '\0', validities[i].ignored);
	}
	world_end(&w);
}

/* Whoever may not ask is told that, not what is wrong with what he sent. */
static void
rights_come_first(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x.example.com" }, NULL);
	w.facts.caller_roles = 0;
	ask(&w, "Takes", N | P | V, "SAN:dns=\nCertFile:/etc/passwd");
	assert_int_equal(w.result.code, ERR_ENROLL_DENIED);
	world_end(&w);
}

/* Both types refuse to be told where to write. */
static void
no_paths(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x.example.com" }, NULL);
	for (int i = 0; i < 2; i++) {
		ask(&w, i ? "Plain" : NULL, N | P | V, "CertFile:/etc/passwd");
		assert_int_equal(w.result.code, ERR_POLICY);
		assert_non_null(strstr(w.result.sentence,
		    "where its certificate is to be stored"));
	}
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_switch),
		cmocka_unit_test(names_of_attributes),
		cmocka_unit_test(never_beside_an_account),
		cmocka_unit_test(purposes_of_attributes),
		cmocka_unit_test(validity_only_gets_shorter),
		cmocka_unit_test(rights_come_first),
		cmocka_unit_test(no_paths),
	};

	return cmocka_run_group_tests_name("attribute", tests, NULL, NULL);
}
