/* Templates: what is read of a file, every fault with its line, every hole. */
#include "../unit.h"
#include "base/str.h"
#include "ca/template.h"

#include <dirent.h>
#include <stdio.h>

/* A template without a fault; lines are counted in the tests below. */
#define LINE1  "name: Good\n"
#define LINE2  "oid: 1.2.3.4\n"
#define LINE3  "version: 100.4\n"
#define LINE4  "validity: 1 year\n"
#define LINE5  "renewal_overlap: 6 weeks\n"
#define HEAD   LINE1 LINE2 LINE3 LINE4 LINE5
#define NAMES  "subject:\n  from: account\n"
#define KEYS   "keys: [rsa-2048, p256]\nkey_usage: [digital-signature]\n"
#define CLIENT "eku: [client-authentication]\n"
#define PERM   "permissions:\n  - allow: group enrollees\n    rights: [enroll]\n"
#define GOOD   HEAD NAMES KEYS CLIENT PERM

static struct ca_template_findings found;

static struct ca_template *
read_it(const char *text)
{
	struct ca_template *t = NULL;
	struct err err = { 0 };

	if (ca_template_read(bytes_str(text), "x.yaml", &t, &found, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(t == NULL, found.bad > 0);
	return t;
}

static void
print(void)
{
	for (size_t i = 0; i < found.n; i++)
		print_message("%s%u: %s\n",
		    found.list[i].bad ? "" : "(remark) ", found.list[i].line,
		    found.list[i].text);
}

static void
reads_all(void **state)
{
	static const char text[] =
	    GOOD "display_name: A good one\n"
		 "description: for tests\n"
		 "for: machine\n"
		 "exportable: true\n"
		 "strong_protection: true\n"
		 "approvals: 2\n"
		 "agent_signatures:\n  count: 1\n  policy: enrolment-agent\n"
		 "on_behalf_of: true\n"
		 "supersedes: [Old]\n"
		 "renewal: {same_key: true, previous_approval: true}\n"
		 "key-reuse: owner\n"
		 "retrieve: group web\n"
		 "sign-in: true\n"
		 "sha1_proof: true\n"
		 "issuance_policies:\n  - oid: 1.2.3.9\n"
		 "    cps: http://example.com/cps\n"
		 "san:\n  account: [dns, mail]\n";
	struct ca_template *t = read_it(text);

	(void)state;
	if (!t)
		print();
	assert_non_null(t);
	assert_string_equal(t->name, "Good");
	assert_string_equal(t->display_name, "A good one");
	assert_string_equal(t->description, "for tests");
	assert_string_equal(t->file, "x.yaml");
	assert_int_equal(t->text.n, strlen(text));
	assert_memory_equal(t->oid.der, "\x2a\x03\x04", 3);
	assert_int_equal(t->oid.n, 3);
	assert_int_equal(t->major, 100);
	assert_int_equal(t->minor, 4);
	assert_true(t->machine);
	assert_int_equal(t->validity, 365 * 86400);
	assert_int_equal(t->renewal_overlap, 42 * 86400);
	assert_int_equal(t->subject.from, CA_TEMPLATE_ACCOUNT);
	assert_int_equal(
	    t->san.account, CA_TEMPLATE_SAN_DNS | CA_TEMPLATE_SAN_MAIL);
	assert_int_equal(t->san.request, 0);
	assert_true(t->keys[PKI_KEY_RSA] && t->keys[PKI_KEY_P256]);
	assert_false(t->keys[PKI_KEY_P384] || t->keys[PKI_KEY_ED25519]);
	assert_int_equal(t->rsa_min, 2048);
	assert_int_equal(t->key_usage, PKI_KU_DIGITAL_SIGNATURE);
	assert_int_equal(t->eku.n, 1);
	assert_int_equal(t->application_policies.n, 1);
	assert_int_equal(t->policy_n, 1);
	assert_string_equal(t->policies[0].cps, "http://example.com/cps");
	assert_false(t->ca);
	assert_int_equal(t->path_length, -1);
	assert_true(t->exportable && t->strong_protection);
	assert_int_equal(t->approvals, 2);
	assert_int_equal(t->agent_signatures, 1);
	assert_true(pki_oid_is(bytes_of(t->agent_policy.der, t->agent_policy.n),
	    PKI_OID_EKU_ENROLL_AGENT));
	assert_true(t->on_behalf_of);
	assert_string_equal(t->supersedes.list[0], "Old");
	assert_true(t->renew_same_key && t->renew_approved);
	assert_int_equal(t->key_reuse, CA_TEMPLATE_REUSE_OWNER);
	assert_string_equal(t->retrieve_group, "local\\web");
	assert_true(t->sign_in && t->sha1_proof);
	assert_false(t->no_sid || t->app_policies_from_request);
	assert_int_equal(t->permission_n, 1);
	assert_int_equal(t->permissions[0].rights, CA_TEMPLATE_ENROLL);
	ca_template_free(t);
}

static void
says_little_of_a_small_one(void **state)
{
	struct ca_template *t = read_it(GOOD);

	(void)state;
	assert_non_null(t);
	assert_int_equal(found.n, 0);
	assert_string_equal(t->display_name, "Good");
	assert_string_equal(t->retrieve_group, "");
	assert_int_equal(t->approvals, 0);
	assert_int_equal(t->key_reuse, CA_TEMPLATE_REUSE_REFUSE);
	ca_template_free(t);
}

/* What others trust without looking needs two officers, if nothing is said. */
static void
presets_approvals(void **state)
{
	static const struct {
		const char *text;
		unsigned approvals;
	} rows[] = {
		{ HEAD NAMES KEYS "eku: [enrolment-agent]\n" PERM, 2 },
		{ HEAD NAMES KEYS "eku: [code-signing]\n" PERM, 2 },
		{ HEAD NAMES KEYS "eku: [ocsp-signing]\n" PERM, 2 },
		{ HEAD NAMES "keys: [p256]\nkey_usage: [certificate-signing]\n"
			     "basic_constraints:\n  ca: true\n" PERM,
		    2 },
		{ HEAD NAMES KEYS "eku: [code-signing]\n" PERM "approvals: 1\n",
		    1 },
		{ HEAD NAMES KEYS "eku: [ocsp-signing]\n" PERM "approvals: 0\n",
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ca_template *t = read_it(rows[i].text);

		if (!t)
			print();
		assert_non_null(t);
		assert_int_equal(t->approvals, rows[i].approvals);
		/* It is remarked upon that nobody looks. */
		assert_int_equal(found.n, rows[i].approvals == 0);
		ca_template_free(t);
	}
}

/* Each with the line, and a part of the sentence. */
static const struct fault {
	const char *text;
	unsigned line;
	const char *says;
} faults[] = {
	/* structure */
	{ "", 0, "empty" },
	{ GOOD "color: red\n", 14, "color" },
	{ GOOD "renewal:\n  same_key: true\n  often: yes\n", 16, "often" },
	{ GOOD "name: Again\n", 14, "seen" },
	{ GOOD "approvals: [1]\n", 14, "" },
	{ GOOD "supersedes: Old\n", 14, "" },
	{ GOOD "approvals: 1\n\tbad: 2\n", 15, "tab" },
	{ GOOD "display_name: &a x\n", 14, "anchor" },
	{ GOOD "---\nname: Second\n", 14, "document" },
	{ GOOD "display_name: \"a\\0b\"\n", 14, "NUL" },
	/* single values */
	{ "oid: 1.2.3\n" LINE3 LINE4 LINE5 NAMES KEYS CLIENT PERM, 1, "name" },
	{ "name: a b\n" LINE2 LINE3 LINE4 LINE5 NAMES KEYS CLIENT PERM, 1,
	    "name must" },
	{ LINE1 "oid: 1.2.x\n" LINE3 LINE4 LINE5 NAMES KEYS CLIENT PERM, 2,
	    "oid" },
	{ LINE1 LINE2 "version: 1\n" LINE4 LINE5 NAMES KEYS CLIENT PERM, 3,
	    "version" },
	{ LINE1 LINE2 "version: 1.0x\n" LINE4 LINE5 NAMES KEYS CLIENT PERM, 3,
	    "version" },
	{ LINE1 LINE2 LINE3
	    "validity: 12abc years\n" LINE5 NAMES KEYS CLIENT PERM,
	    4, "validity" },
	{ LINE1 LINE2 LINE3 "validity: 0 days\n" LINE5 NAMES KEYS CLIENT PERM,
	    4, "validity" },
	{ LINE1 LINE2 LINE3
	    "validity: 101 years\n" LINE5 NAMES KEYS CLIENT PERM,
	    4, "validity" },
	{ LINE1 LINE2 LINE3 LINE4
	    "renewal_overlap: 1 year\n" NAMES KEYS CLIENT PERM,
	    5, "shorter" },
	{ GOOD "approvals: 12abc\n", 14, "approvals" },
	{ GOOD "approvals: 10\n", 14, "approvals" },
	{ GOOD "exportable: 1\n", 14, "false, true" },
	{ GOOD "for: robot\n", 14, "machine" },
	{ GOOD "key-reuse: perhaps\n", 14, "owner" },
	{ GOOD "retrieve: everybody\n", 14, "retrieve" },
	{ GOOD "supersedes:\n  - other\n  - good\n", 14, "itself" },
	/* names */
	{ HEAD KEYS CLIENT PERM, 1, "needs a name" },
	{ HEAD "subject:\n  from: moon\n" KEYS CLIENT PERM, 7, "request" },
	{ HEAD NAMES "  take: [common-name]\n" KEYS CLIENT PERM, 8, "request" },
	{ HEAD "subject:\n  from: request\n" KEYS CLIENT PERM, 7, "take" },
	{ HEAD "subject:\n  from: request\n  take: [cn]\n" KEYS CLIENT PERM, 8,
	    "common-name" },
	{ HEAD NAMES "  common_name: dns\n" KEYS CLIENT PERM, 1, "machine" },
	{ GOOD "san:\n  account: [ip]\n", 15, "no addresses" },
	{ GOOD "san:\n  account: [dns, fax]\n", 15, "fax" },
	{ GOOD "san:\n  attributes: true\noverrides:\n"
	       "  - {hole: ESC6, by: x, reason: y}\n",
	    15, "from attributes" },
	{ GOOD "san:\n  dns_suffixes: [example.com]\n", 14, "none are taken" },
	{ GOOD "san:\n  request: [dns]\n  dns_suffixes:\n"
	       "    - example.com\n    - \"*.example.com\"\n",
	    18, "domain" },
	{ GOOD "san:\n  request: [ip]\n  ip_networks: [10.0.0.1/8]\n", 16,
	    "bits beyond" },
	{ GOOD "san:\n  request: [ip]\n  ip_networks: [10.0.0.0/33]\n", 16,
	    "no network" },
	{ GOOD "san:\n  request: [ip]\n  ip_networks: [10.0.0.0]\n", 16,
	    "no network" },
	{ GOOD "san:\n  request: [uri]\n"
	       "  uri_prefixes: [\"https://example.com\"]\n",
	    16, "go on with it" },
	{ GOOD "san:\n  request: [uri]\n"
	       "  uri_prefixes: [\"https://a@example.com/\"]\n",
	    16, "go on with it" },
	{ GOOD "san:\n  request: [uri]\n  uri_prefixes: [\"urn:a\"]\n", 16,
	    "go on with it" },
	{ GOOD "san:\n  request: [upn]\n  upn_domains: [\"@corp\"]\n", 16,
	    "no domain" },
	{ HEAD "subject:\n  from: request\n  take: [common-name]\n"
	       "  values: [organization=X]\n" KEYS CLIENT PERM,
	    9, "no value" },
	/* keys and purposes */
	{ HEAD NAMES
	    "keys: [rsa]\nkey_usage: [digital-signature]\n" CLIENT PERM,
	    8, "rsa" },
	{ HEAD NAMES
	    "keys: [rsa-1024]\nkey_usage: [digital-signature]\n" CLIENT PERM,
	    8, "rsa-1024" },
	{ HEAD NAMES "keys:\n  - p256\n  - dsa\n"
		     "key_usage: [digital-signature]\n" CLIENT PERM,
	    10, "dsa" },
	{ HEAD NAMES "key_usage: [digital-signature]\n" CLIENT PERM, 1,
	    "keys" },
	{ HEAD NAMES "keys: [p256]\n" CLIENT PERM, 1, "key_usage" },
	{ HEAD NAMES
	    "keys: [ed25519]\nkey_usage: [key-agreement]\n" CLIENT PERM,
	    9, "Ed25519" },
	{ HEAD NAMES "keys: [p256]\nkey_usage: [digital-signature, "
		     "crl-signing]\n" CLIENT PERM,
	    9, "for CAs" },
	{ HEAD NAMES "keys: [p256]\nkey_usage: [digital-signature, "
		     "encipher-only]\n" CLIENT PERM,
	    9, "key-agreement" },
	{ GOOD "basic_constraints:\n  ca: true\napprovals: 1\n", 9,
	    "certificate-signing" },
	{ GOOD "basic_constraints:\n  path_length: 0\n", 15, "for CAs" },
	{ HEAD NAMES KEYS "eku:\n  - client-authentication\n  - cooking\n" PERM,
	    12, "cooking" },
	{ HEAD NAMES KEYS "eku: [code-signing, code-signing]\n" PERM, 10,
	    "twice" },
	{ GOOD "application_policies: [server-authentication]\n", 14,
	    "not in eku" },
	{ GOOD "issuance_policies:\n  - cps: http://x.example\n", 15, "oid" },
	{ GOOD "issuance_policies:\n  - oid: 1.2.3\n    cps: ftp://x\n", 15,
	    "cps" },
	/* people */
	{ GOOD "agent_signatures:\n  count: many\n", 15, "count" },
	{ GOOD "agent_signatures:\n  count: 1\n", 14, "policy" },
	{ GOOD "on_behalf_of: true\n", 14, "agent_signatures" },
	{ HEAD NAMES KEYS CLIENT
	    "permissions:\n  - {allow: carol, rights: [read]}\n",
	    12, "user NAME" },
	{ HEAD NAMES KEYS CLIENT "permissions:\n  - rights: [read]\n", 12,
	    "allow or deny" },
	{ HEAD NAMES KEYS CLIENT
	    "permissions:\n  - allow: user a\n    rights: [fly]\n",
	    13, "autoenroll" },
	{ HEAD NAMES KEYS CLIENT "permissions:\n  - deny: user a\n", 12,
	    "rights" },
	{ HEAD NAMES KEYS "eku: [email-protection]\nsign-in: true\n" PERM, 11,
	    "client-authentication" },
	{ GOOD "overrides:\n  - {hole: ESC5, by: x, reason: y}\n", 15,
	    "ESC1, 2" },
	{ GOOD "overrides:\n  - {hole: ESC1, by: x}\n", 15, "reason" },
};

static void
explains_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		const struct fault *f = &faults[i];
		struct ca_template *t = read_it(f->text);
		bool said = false;

		for (size_t k = 0; k < found.n; k++)
			said = said || (found.list[k].bad &&
					   found.list[k].line == f->line &&
					   strstr(found.list[k].text, f->says));
		if (t || !said) {
			print();
			fail_msg("row %zu: \"%s\" is not said of line %u", i,
			    f->says, f->line);
		}
	}
}

/* Faults are not said one at a time. */
static void
finds_several(void **state)
{
	(void)state;
	assert_null(read_it(LINE1
	    "oid: x\nversion: x\nvalidity: x\n" LINE5 NAMES KEYS CLIENT PERM
	    "retrieve: x\n"));
	assert_int_equal(found.bad, 4);
	assert_int_equal(found.list[0].line, 2);
	assert_int_equal(found.list[2].line, 4);
}

/* Each opens exactly one hole. */
static const struct hole {
	const char *name, *text;
} holes[] = {
	{ "ESC1", HEAD
	    "subject:\n  from: request\n  take: [common-name]\n" KEYS CLIENT
		PERM "approvals: 1\n" },
	{ "ESC1", HEAD NAMES "san:\n  request: [upn]\n" KEYS
			     "eku: [smart-card-logon]\n" PERM },
	{ "ESC1", HEAD NAMES "san:\n  request: [mail]\n" KEYS
			     "eku: [email-protection]\n" PERM },
	{ "ESC2", HEAD NAMES KEYS PERM },
	{ "ESC2",
	    HEAD NAMES KEYS "eku: [any-purpose]\n" PERM "approvals: 1\n" },
	{ "ESC2", HEAD NAMES "keys: [p256]\nkey_usage: [certificate-signing]\n"
			     "basic_constraints:\n  ca: true\n" PERM
			     "approvals: 0\n" },
	{ "ESC3",
	    HEAD NAMES KEYS "eku: [enrolment-agent]\n" PERM "approvals: 0\n" },
	{ "ESC3", HEAD NAMES KEYS
	    "eku: [1.3.6.1.4.1.311.20.2.1]\n" PERM "approvals: 0\n"
	    "agent_signatures: {count: 1, policy: enrolment-agent}\n" },
	{ "ESC4",
	    HEAD NAMES KEYS CLIENT "permissions:\n  - allow: group enrollees\n"
				   "    rights: [read, write]\n" },
	{ "ESC4", HEAD NAMES KEYS CLIENT
	    "permissions:\n"
	    "  - allow: user admins\n    rights: [write]\n" },
	{ "ESC6", HEAD "subject:\n  from: request\n  take: [common-name]\n"
		       "san:\n  attributes: true\n"
		       "  dns_suffixes: [example.com]\n" KEYS
		       "eku: [server-authentication]\n" PERM },
	{ "ESC9", GOOD "sid_extension: never\n" },
	{ "ESC15", GOOD "application_policies_from: request\n" },
	{ "ESC17",
	    HEAD "subject:\n  from: request\n  take: [common-name]\n" KEYS
		 "eku: [server-authentication]\n" PERM },
	{ "ESC17", HEAD NAMES "san:\n  request: [dns]\n" KEYS
			      "eku: [server-authentication]\n" PERM },
};

static void
refuses_holes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
		struct ca_template *t = read_it(holes[i].text);

		if (t || found.bad != 1 ||
		    !str_eq(found.list[0].hole, holes[i].name)) {
			print();
			fail_msg(
			    "row %zu does not open %s alone", i, holes[i].name);
		}
		assert_true(found.list[0].line >= 1);
		assert_true(str_has_prefix(found.list[0].text, holes[i].name));
	}
}

static void
takes_overrides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
		char text[4096];
		struct ca_template *t;

		(void)snprintf(text, sizeof(text),
		    "%soverrides:\n  - hole: %s\n    by: erin\n"
		    "    reason: old printers\n",
		    holes[i].text, holes[i].name);
		t = read_it(text);
		if (!t)
			print();
		assert_non_null(t);
		assert_string_equal(t->overrides[0].by, "erin");
		assert_int_equal(found.n, 1);
		assert_string_equal(found.list[0].hole, holes[i].name);
		assert_non_null(strstr(found.list[0].text, "old printers"));
		ca_template_free(t);
	}
}

/* One for another hole does not help. */
static void
needs_the_right_override(void **state)
{
	struct ca_template *t;

	(void)state;
	t = read_it(GOOD "sid_extension: never\noverrides:\n"
			 "  - {hole: ESC6, by: erin, reason: none}\n");
	assert_null(t);
	assert_int_equal(found.bad, 1);
	assert_string_equal(found.list[0].hole, "ESC6"); /* does nothing */
	assert_false(found.list[0].bad);
	assert_string_equal(found.list[1].hole, "ESC9");
}

/* What closes each of them. */
static void
lets_safe_ones_pass(void **state)
{
	static const char *const safe[] = {
		/* names bounded by a list, or approved */
		HEAD "subject:\n  from: request\n  take: [common-name]\n"
		     "san:\n  dns_suffixes: [example.com]\n" KEYS
		     "eku: [server-authentication]\n" PERM,
		HEAD "subject:\n  from: request\n  take: [common-name]\n" KEYS
		     "eku: [server-authentication]\napprovals: 1\n" PERM,
		HEAD NAMES "san:\n  request: [mail]\n"
			   "  mail_domains: [example.com]\n" KEYS
			   "eku: [email-protection]\n" PERM,
		HEAD NAMES KEYS "eku: [enrolment-agent]\napprovals: 1\n" PERM,
		HEAD NAMES KEYS CLIENT
		"permissions:\n"
		"  - {allow: group admins, rights: [write]}\n"
		"  - {deny: group enrollees, rights: [write]}\n",
		HEAD NAMES
		"keys: [p256]\nkey_usage: [certificate-signing]\n"
		"basic_constraints:\n  ca: true\napprovals: 1\n" PERM,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(safe); i++) {
		struct ca_template *t = read_it(safe[i]);

		if (!t)
			print();
		assert_non_null(t);
		assert_int_equal(found.n, 0);
		ca_template_free(t);
	}
}

static void
may_is_decided_by_entries(void **state)
{
	static const char *const groups[] = { "local\\web" };
	const struct ca_principal alice = { "local\\alice", "local\\alice",
		{ { NULL, 0 } } },
				  bob = { "S-1-5-21-1", "local\\bob",
					  { { NULL, 0 } } },
				  carol = { "local\\carol", "local\\carol",
					  { { groups, 1 } } };
	char why[ERR_TEXT_MAX];
	struct ca_template *t = read_it(HEAD NAMES KEYS CLIENT
	    "permissions:\n  - {allow: group enrollees, rights: [read, "
	    "enroll]}\n"
	    "  - {deny: user BOB, rights: [enroll]}\n"
	    "  - {allow: group web, rights: [autoenroll]}\n");

	(void)state;
	assert_non_null(t);
	assert_true(ca_template_may(
	    t, NULL, &alice, ROLE_ENROLLEE, CA_TEMPLATE_ENROLL, why));
	assert_true(ca_template_may(
	    t, NULL, &alice, ROLE_ENROLLEE, CA_TEMPLATE_READ, NULL));
	assert_false(ca_template_may(
	    t, NULL, &alice, ROLE_ENROLLEE, CA_TEMPLATE_AUTOENROLL, why));
	assert_non_null(strstr(why, "autoenroll"));
	assert_false(ca_template_may(
	    t, NULL, &bob, ROLE_ENROLLEE, CA_TEMPLATE_ENROLL, why));
	assert_non_null(strstr(why, "denied"));
	assert_true(ca_template_may(
	    t, NULL, &bob, ROLE_ENROLLEE, CA_TEMPLATE_READ, why));
	assert_true(
	    ca_template_may(t, NULL, &carol, 0, CA_TEMPLATE_AUTOENROLL, why));
	assert_false(
	    ca_template_may(t, NULL, &carol, 0, CA_TEMPLATE_ENROLL, why));
	assert_false(ca_template_may(
	    t, NULL, &alice, ROLE_OFFICER, CA_TEMPLATE_ENROLL, why));
	assert_false(ca_template_may(
	    t, NULL, &alice, ROLE_ENROLLEE, CA_TEMPLATE_WRITE, NULL));
	ca_template_free(t);
}

/* Every file of templates/, without an override. */
static void
ships_clean_ones(void **state)
{
	DIR *d = opendir(TEMPLATES);
	struct dirent *e;
	unsigned n = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		char path[512], text[16384];
		struct ca_template *t;
		size_t got;
		FILE *f;

		if (!str_has_suffix_ci(e->d_name, ".yaml"))
			continue;
		(void)snprintf(path, sizeof(path), TEMPLATES "/%s", e->d_name);
		f = fopen(path, "r");
		assert_non_null(f);
		got = fread(text, 1, sizeof(text) - 1, f);
		(void)fclose(f);
		text[got] = 0;
		t = read_it(text);
		if (!t || found.n > 0) {
			print();
			fail_msg("%s is not clean", e->d_name);
		}
		assert_int_equal(t->override_n, 0);
		assert_int_equal(
		    strncmp(e->d_name, t->name, strlen(t->name)), 0);
		ca_template_free(t);
		n++;
	}
	(void)closedir(d);
	assert_int_equal(n, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all),
		cmocka_unit_test(says_little_of_a_small_one),
		cmocka_unit_test(presets_approvals),
		cmocka_unit_test(explains_faults),
		cmocka_unit_test(finds_several),
		cmocka_unit_test(refuses_holes),
		cmocka_unit_test(takes_overrides),
		cmocka_unit_test(needs_the_right_override),
		cmocka_unit_test(lets_safe_ones_pass),
		cmocka_unit_test(may_is_decided_by_entries),
		cmocka_unit_test(ships_clean_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
