/* Whom a certificate names: by all combinations of what a template wants and an
 * account has, and from the request. Extensions are read by OpenSSL. */
#include "../unit.h"
#include "world_make.h"

#include "base/str.h"
#include "pki/name.h"

#include <openssl/x509v3.h>

#define KEYS   "keys: [p256, rsa-3072]\n"
#define PERSON "subject:\n  from: account\n" KEYS
#define CLIENT "eku: [client-authentication]\n"
#define SERVER "eku: [server-authentication]\n"

/* In the order of their names. */
static const char *const templates[] = {
	WORLD_TEMPLATE("Asked", "1",
	    "subject:\n  from: request\n  take: [common-name, organization, "
	    "domain-component]\n  values: [organization=Example Inc.]\n"
	    "san:\n  request: [dns, mail]\n  dns_suffixes: [example.com]\n"
	    "  mail_domains: [example.com]\n" KEYS SERVER),
	WORLD_TEMPLATE("Every", "4",
	    "subject:\n  from: request\n  take: [common-name, organization, "
	    "domain-component]\n"
	    "  values: [organization=Example Ltd, common-name=Some Person]\n"
	    "san:\n  request: [dns, mail, ip, uri, upn]\n"
	    "  upn_domains: [corp.example]\n"
	    "  ip_networks: [192.0.2.0/25, \"2001:db8::/33\"]\n"
	    "  uri_prefixes: [\"https://example.com/a/\", "
	    "\"urn:example:\"]\n" KEYS SERVER),
	WORLD_TEMPLATE("Free", "2",
	    "subject:\n  from: request\n  take: [common-name]\n"
	    "san:\n  request: [dns, ip, uri]\n"
	    "approvals: 1\nrenewal: {previous_approval: true}\n" KEYS SERVER),
	WORLD_TEMPLATE("None", "3",
	    "subject:\n  from: nothing\nsan:\n  account: [mail]\n" KEYS CLIENT),
	WORLD_TEMPLATE("Person", "5", PERSON CLIENT),
};
enum { ASKED, EVERY, FREE, NONE, PERSONS };

/* --- names from the account --------------------------------------------- */

struct field {
	enum ca_template_cn cn;
	uint32_t san; /* 0: never */
	const char *text;
	uint32_t missing;
};
/* clang-format off */
static const struct field fields[] = {
	{ CA_TEMPLATE_CN_DNS, CA_TEMPLATE_SAN_DNS, "pc1.example.com",
	    0x8009480F },
	{ CA_TEMPLATE_CN_MAIL, CA_TEMPLATE_SAN_MAIL, "alice@example.com",
	    0x8009480C },
	{ CA_TEMPLATE_CN_UPN, CA_TEMPLATE_SAN_UPN, "alice@corp.example",
	    0x8009480D },
	{ CA_TEMPLATE_CN_DISPLAY_NAME, 0, "Alice A.", 0x80094001 },
	{ CA_TEMPLATE_CN_NAME, 0, "alice", 0x80094001 },
};
/* clang-format on */
#define FIELDS ARRAY_LEN(fields)

static const char *
has(unsigned mask, size_t i)
{
	return mask >> i & 1 ? fields[i].text : "";
}

static uint32_t
code_of_account(size_t cn, bool mail, unsigned san, unsigned account)
{
	if (!*has(account, cn))
		return fields[cn].missing;
	if (mail && !*has(account, 1))
		return fields[1].missing;
	for (size_t i = 0; i < 3; i++)
		if (san >> i & 1 && !*has(account, i))
			return fields[i].missing;
	return 0;
}

/* Exactly the names of the mask, by OpenSSL. */
static void
assert_san(const struct ca_policy_result *r, unsigned san)
{
	GENERAL_NAMES *names;
	const unsigned char *p;
	struct pki_ext ext;
	unsigned left = san;

	if (!pki_ext_find(buf_bytes(&r->granted), PKI_OID_SAN, &ext)) {
		assert_int_equal(san, 0);
		return;
	}
	assert_false(ext.critical);
	p = ext.value.p;
	names = d2i_GENERAL_NAMES(NULL, &p, (long)ext.value.n);
	assert_non_null(names);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		size_t k = g->type == GEN_DNS     ? 0
			   : g->type == GEN_EMAIL ? 1
						  : 2;
		const ASN1_STRING *s =
		    k == 2 ? g->d.otherName->value->value.utf8string : g->d.ia5;

		assert_true(k < 2 || g->type == GEN_OTHERNAME);
		assert_true(left >> k & 1);
		left &= ~(1U << k);
		assert_true(bytes_eq(bytes_of(s->data, (size_t)s->length),
		    bytes_str(fields[k].text)));
	}
	assert_int_equal(left, 0);
	GENERAL_NAMES_free(names);
}

static void
assert_subject(const struct ca_policy_result *r, const char *cn, bool mail)
{
	const unsigned char *p = r->subject.p;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)r->subject.n);
	char text[128];

	assert_non_null(name);
	assert_int_equal(X509_NAME_entry_count(name), mail ? 2 : 1);
	assert_true(X509_NAME_get_text_by_NID(
			name, NID_commonName, text, sizeof(text)) > 0);
	assert_string_equal(text, cn);
	if (mail) {
		assert_true(
		    X509_NAME_get_text_by_NID(
			name, NID_pkcs9_emailAddress, text, sizeof(text)) > 0);
		assert_string_equal(text, fields[1].text);
	}
	X509_NAME_free(name);
}

static void
every_account(void **unused)
{
	static struct world w;
	struct ca_template *t;
	struct ca_target *a = &w.facts.target;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w,
	    &(struct world_parts){ .cn = "evil.example", .san = "DNS:evil" },
	    NULL);
	world_ask(&w, "Person");
	t = w.t[PERSONS];
	for (unsigned n = 0; n < FIELDS * 2 * 8 * 32; n++) {
		size_t cn = n % FIELDS;
		bool mail = n / FIELDS % 2;
		unsigned san = n / FIELDS / 2 % 8, account = n / FIELDS / 16;
		uint32_t code = code_of_account(cn, mail, san, account);

		t->subject.common_name = fields[cn].cn;
		t->subject.mail = mail;
		t->san.account = 0;
		for (size_t i = 0; i < 3; i++)
			if (san >> i & 1)
				t->san.account |= fields[i].san;
		a->dns = has(account, 0);
		a->mail = has(account, 1);
		a->upn = has(account, 2);
		a->display_name = has(account, 3);
		a->name = has(account, 4);
		world_decide(&w);
		if (err_hresult(w.result.code) != code)
			fail_msg("cn %zu, mail %d, san %u, account %u: %s", cn,
			    mail, san, account, w.result.message);
		if (code)
			continue;
		assert_subject(&w.result, fields[cn].text, mail);
		assert_san(&w.result, san);
	}
	world_end(&w);
}

static void
no_subject(void **unused)
{
	static struct world w;
	struct pki_ext ext;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x" }, NULL);
	world_ask(&w, "None");
	world_decide(&w);
	assert_int_equal(w.result.verdict, CA_VERDICT_ISSUE);
	assert_true(
	    pki_ext_find(buf_bytes(&w.result.granted), PKI_OID_SAN, &ext));
	assert_true(ext.critical); /* RFC 5280 4.2.1.6 */
	w.t[NONE]->san.account = 0;
	world_decide(&w);
	assert_int_equal(err_hresult(w.result.code), 0x80094001);
	assert_non_null(strstr(
	    w.result.sentence, "another name that the template None takes"));
	world_end(&w);
}

/* The security identifier comes from the identity, or from nowhere. */
static void
security_identifier(void **unused)
{
	static struct world w;
	struct pki_ext ext;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x" }, NULL);
	world_ask(&w, "Person");
	for (unsigned n = 0; n < 4; n++) {
		static const char sid[] = "S-1-5-21-1-2-3-1105";

		w.facts.target.sid = n & 1 ? sid : "";
		w.t[PERSONS]->no_sid = n & 2;
		world_decide(&w);
		assert_int_equal(pki_ext_find(buf_bytes(&w.result.granted),
				     PKI_OID_MS_SID, &ext),
		    n == 1);
		/* The sample of the references, whole. */
		if (n == 1)
			assert_true(bytes_eq(ext.value,
			    BYTES_LIT("\x30\x25\xa0\x23\x06\x0a\x2b\x06\x01\x04"
				      "\x01\x82\x37\x19\x02\x01\xa0\x15\x04\x13"
				      "S-1-5-21-1-2-3-1105")));
	}
	world_end(&w);
}

/* --- names from the request --------------------------------------------- */

/* clang-format off */
static const struct {
	const char *template, *cn, *san;
	uint32_t code; /* outside: deny */
	bool waits;    /* outside: pend */
	unsigned dropped;
} asked[] = {
	{ "Asked", "www.example.com", NULL, 0, false, 0 },
	{ "Asked", "example.com", "DNS:EXAMPLE.COM", 0, false, 0 },
	{ "Asked", NULL, "DNS:a.b.example.com", 0, false, 0 },
	{ "Asked", "a@example.com", "email:a@example.com", 0, false, 0 },
	{ "Asked", "www.example.com", "DNS:b.example.com,email:b@EXAMPLE.com",
	    0, false, 0 },
	{ "Asked", "www.example.com", "DNS:example.org", 0x80094010, true, 0 },
	{ "Asked", "www.example.com", "DNS:badexample.com", 0x80094010, true,
	    0 },
	{ "Asked", "www.example.com", "DNS:example.com.test", 0x80094010, true,
	    0 },
	{ "Asked", "www.example.com", "DNS:*.example.com", 0x80094010, true,
	    0 },
	{ "Asked", "www.example.com", "email:a@b.example.com", 0x80094010, true,
	    0 },
	{ "Asked", "Some Person", "DNS:a.example.com", 0x80094010, true, 0 },
	{ "Asked", "a@www.example.com", "DNS:a.example.com", 0x80094010, true,
	    0 },
	{ "Asked", "www.example.com", "IP:192.0.2.1,DNS:a.example.com", 0,
	    false, 1 },
	{ "Asked", "www.example.com", "URI:https://example.com/", 0, false, 1 },
	{ "Asked", "www.example.com",
	    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:adm@example.com", 0, false,
	    1 },
	{ "Asked", NULL, "IP:192.0.2.1", 0x80094001, false, 1 },
	{ "Asked", NULL, NULL, 0x80094001, false, 0 },
	/* Each kind has its own list; without one it is outside. */
	{ "Every", "192.0.2.1", "IP:192.0.2.127", 0, false, 0 },
	{ "Every", "192.0.2.200", NULL, 0x80094010, true, 0 },
	{ "Every", NULL, "IP:192.0.2.128", 0x80094010, true, 0 },
	{ "Every", NULL, "IP:2001:db8:7fff::1", 0, false, 0 },
	{ "Every", NULL, "IP:2001:db8:8000::1", 0x80094010, true, 0 },
	{ "Every", NULL, "URI:https://example.com/a/b", 0, false, 0 },
	{ "Every", NULL, "URI:urn:example:1", 0, false, 0 },
	{ "Every", NULL, "URI:https://example.com/b", 0x80094010, true, 0 },
	{ "Every", NULL, "URI:https://example.com.evil.test/a/", 0x80094010,
	    true, 0 },
	{ "Every", NULL,
	    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:adm@CORP.example", 0, false,
	    0 },
	{ "Every", NULL,
	    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:adm@x.corp.example",
	    0x80094010, true, 0 },
	{ "Every", NULL,
	    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@corp.example@evil.test",
	    0x80094010, true, 0 },
	{ "Every", NULL,
	    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:corp.example",
	    0x80094010, true, 0 },
	{ "Every", NULL, "DNS:corp.example", 0x80094010, true, 0 },
	{ "Every", NULL, "email:adm@corp.example", 0x80094010, true, 0 },
	{ "Every", "Some Person", NULL, 0, false, 0 },
	{ "Every", "some person", NULL, 0x80094010, true, 0 },
	{ "Every", "Example Ltd", NULL, 0x80094010, true, 0 },
	{ "Free", "anything", "DNS:any.test,IP:192.0.2.1", 0, true, 0 },
	{ "Free", "x", "DER:303586337461673a6d6963726f736f66742e636f6d2c323032322d30392d31343a7369643a532d312d352d32312d312d322d332d353030", 0,
	    true, 1 },
	{ "Free", NULL, "email:a@example.com", 0x80094001, false, 1 },
};
/* clang-format on */

static void
names_of_requests(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	for (size_t i = 0; i < ARRAY_LEN(asked) * 4; i++) {
		bool deny = i & 1, decided = i & 2;
		const size_t at = i / 4;
		uint32_t code = asked[at].code;
		struct pki_ext ext;

		if (code == 0x80094010 && !deny)
			code = 0;
		world_make(&w,
		    &(struct world_parts){
			.cn = asked[at].cn, .san = asked[at].san },
		    NULL);
		world_ask(&w, asked[at].template);
		w.t[ASKED]->san.outside = w.t[EVERY]->san.outside =
		    deny ? CA_TEMPLATE_OUTSIDE_DENY : CA_TEMPLATE_OUTSIDE_PEND;
		w.decided = decided;
		world_decide(&w);
		if (err_hresult(w.result.code) != code ||
		    w.result.dropped_n != asked[at].dropped ||
		    (code == 0 && (w.result.verdict == CA_VERDICT_ISSUE) !=
				      (decided || !asked[at].waits)))
			fail_msg("row %zu, outside %d, decided %d: %s, %zu "
				 "dropped",
			    at, deny, decided, w.result.message,
			    w.result.dropped_n);
		if (code == 0 && pki_ext_find(buf_bytes(&w.result.granted),
				     PKI_OID_SAN, &ext))
			assert_int_equal(ext.critical, asked[at].cn == NULL);
	}
	world_end(&w);
}

/* What no list names is outside in every part of the subject. */
static void
names_elsewhere_in_subjects(void **unused)
{
	static const struct {
		struct world_parts parts;
		bool waits;
	} rows[] = {
		{ { .organization = "Example Inc." }, false },
		{ { .organization = "Example Inc. " }, true },
		{ { .organization = "Bank" }, true },
		{ { .organization = "www.example.com" }, false },
		{ { .organization = "a@example.com" }, false },
		{ { .organization = "www.bank.test" }, true },
		{ { .organization = "ceo@bank.test" }, true },
		{ { .dc = { "com", "example" } }, false },
		{ { .dc = { "com", "example", "www" } }, false },
		{ { .dc = { "test", "bank" } }, true },
		{ { .dc = { "example", "com" } }, true },
		{ { .dc = { "com" } }, true },
		{ { .dc = { "example.com" } }, false },
	};
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world_parts p = rows[i].parts;

		p.cn = "www.example.com";
		world_make(&w, &p, NULL);
		world_ask(&w, "Asked");
		world_decide(&w);
		assert_int_equal(w.result.code, ERR_OK);
		if ((w.result.verdict == CA_VERDICT_PEND) != rows[i].waits)
			fail_msg("row %zu: %s", i, w.result.sentence);
	}
	world_end(&w);
}

/* What the template does not take is left out, and said. */
static void
parts_of_subjects(void **unused)
{
	static struct world w;
	char text[64];

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w,
	    &(struct world_parts){
		.cn = "www.example.com", .organization = "Evil" },
	    NULL);
	world_ask(&w, "Asked");
	world_decide(&w);
	assert_int_equal(w.result.subject.n, 0); /* as it is */
	assert_string_equal(w.result.ignored, "");
	world_ask(&w, "Free");
	world_decide(&w);
	assert_true(w.result.ignored[0] != 0);
	{
		const unsigned char *p = w.result.subject.p;
		X509_NAME *n =
		    d2i_X509_NAME(NULL, &p, (long)w.result.subject.n);

		assert_int_equal(X509_NAME_entry_count(n), 1);
		assert_true(X509_NAME_get_text_by_NID(
				n, NID_commonName, text, sizeof(text)) > 0);
		assert_string_equal(text, "www.example.com");
		X509_NAME_free(n);
	}
	w.issuer = buf_bytes(&w.result.subject);
	{
		AUTO_BUF copy = BUF_WITH_LIMIT(1024);

		buf_add_bytes(&copy, w.issuer);
		w.issuer = buf_bytes(&copy);
		world_decide(&w); /* the CA's own name */
		assert_int_equal(err_hresult(w.result.code), 0x80094010);
		assert_string_equal(w.result.sentence,
		    "The subject is the name of the CA itself.");
	}
	world_end(&w);
}

/* A renewal whose names were chosen goes on with exactly these, whatever an
 * officer has decided. */
static void
renewals_keep_names(void **unused)
{
	static const char *const sans[] = { NULL, "DNS:a.test", "DNS:b.test",
		"DNS:a.test,DNS:b.test" };
	static const char *const cns[] = { "a.test", "A.test" };
	static struct world w, old;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_begin(&old, NULL, 0);
	for (unsigned n = 0; n < 4 * 4 * 2 * 2; n++) {
		unsigned now = n % 4, before = n / 4 % 4, cn = n / 16 % 2;
		bool same = now == before && cn == 0;

		world_make(&old,
		    &(struct world_parts){ .cn = cns[0], .san = sans[before] },
		    NULL);
		world_make(&w,
		    &(struct world_parts){ .cn = cns[cn], .san = sans[now] },
		    NULL);
		w.request.purpose = PKI_PURPOSE_RENEWAL;
		w.request.old.subject = old.request.csr.subject;
		w.request.old.extensions = old.request.csr.extensions;
		w.request.old.spki = BYTES_LIT("another");
		w.facts.old = (struct ca_old){ true, true, true, "local\\alice",
			"free", 1, WORLD_NOW };
		world_ask(&w, "Free");
		w.decided = n >= 32;
		world_decide(&w);
		if (err_hresult(w.result.code) != (same ? 0 : 0x8009400E) ||
		    (same && w.result.verdict != CA_VERDICT_ISSUE))
			fail_msg("%u after %u, cn %u: %s", now, before, cn,
			    w.result.message);
	}
	world_end(&old);
	world_end(&w);
}

/* --- keys --------------------------------------------------------------- */

static void
sizes_of_keys(void **unused)
{
	/* clang-format off */
	static const struct { enum make_key kind; unsigned bits; bool good; }
	rows[] = {
		{ MAKE_P256, 0, true }, { MAKE_P384, 0, false },
		{ MAKE_P521, 0, false }, { MAKE_ED25519, 0, false },
		{ MAKE_RSA2048, 2048, false }, { 0, 3071, false },
		{ 0, 3072, true },
	};
	/* clang-format on */
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		EVP_PKEY *key = rows[i].bits ? make_key_rsa(rows[i].bits)
					     : make_key(rows[i].kind);

		world_make(&w, &(struct world_parts){ .cn = "x" }, key);
		world_ask(&w, "Person");
		world_decide(&w);
		if (err_hresult(w.result.code) !=
		    (rows[i].good ? 0 : 0x80094811))
			fail_msg("row %zu: %s", i, w.result.message);
		if (rows[i].bits)
			EVP_PKEY_free(key);
	}
	world_end(&w);
}

/* SHA-1 only for the template that takes it. */
static void
proofs_with_sha1(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x" }, NULL);
	world_ask(&w, "Person");
	for (unsigned n = 0; n < 8; n++) {
		w.request.sha1 = n & 1;
		w.t[PERSONS]->sha1_proof = n & 2;
		w.decided = n & 4;
		world_decide(&w);
		assert_int_equal(
		    err_hresult(w.result.code), (n & 3) == 1 ? 0x80090006 : 0);
		if ((n & 3) == 1)
			assert_non_null(
			    strstr(w.result.sentence, "is signed with SHA-1"));
	}
	world_end(&w);
}

/* Never of another account, whatever the template says. */
static void
reuse_of_keys(void **unused)
{
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	world_make(&w, &(struct world_parts){ .cn = "x" }, NULL);
	world_ask(&w, "Person");
	w.request.old.spki = w.request.csr.spki;
	w.facts.old = (struct ca_old){ true, true, true, "local\\alice",
		"Person", 1, WORLD_NOW };
	for (unsigned n = 0; n < 2 * 2 * 2; n++) {
		bool renews = n & 2, same = n & 4;

		w.t[PERSONS]->key_reuse = (enum ca_template_reuse)(n & 1);
		w.t[PERSONS]->renew_same_key = same;
		w.request.purpose =
		    renews ? PKI_PURPOSE_RENEWAL : PKI_PURPOSE_NEW;
		world_decide(&w);
		if (renews && !same) {
			assert_int_equal(w.result.code, ERR_RENEWAL_KEY);
			continue;
		}
		assert_int_equal(w.result.reuse,
		    (n & 1) == CA_TEMPLATE_REUSE_REFUSE && !renews
			? CA_KEY_REUSE_NEVER
			: CA_KEY_REUSE_SAME_ACCOUNT);
	}
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_account),
		cmocka_unit_test(no_subject),
		cmocka_unit_test(security_identifier),
		cmocka_unit_test(names_of_requests),
		cmocka_unit_test(names_elsewhere_in_subjects),
		cmocka_unit_test(parts_of_subjects),
		cmocka_unit_test(renewals_keep_names),
		cmocka_unit_test(sizes_of_keys),
		cmocka_unit_test(proofs_with_sha1),
		cmocka_unit_test(reuse_of_keys),
	};

	return cmocka_run_group_tests_name(
	    "enterprise names", tests, NULL, NULL);
}
