/* The decision of an enterprise CA about any request that can be read, as if
 * all its signatures were good: two bytes that choose the template and what
 * happened before, then the request. What is issued names whom the template
 * lets it name. */
#include "fuzz_decide.h"
#include "ca/enterprise.h"
#include "pki/gname.h"

#define TEXT(name, number, more)                                \
	"name: " name "\noid: 1.2.3." number "\nversion: 1.0\n" \
	"validity: 1 year\nrenewal_overlap: 6 weeks\n"          \
	"keys: [p256, p384, p521, ed25519, rsa-2048]\n"         \
	"key_usage: [digital-signature]\n"                      \
	"permissions:\n  - {allow: group enrollees, rights: [enroll]}\n" more

enum { ASKED, BEHALF, PERSON, COUNT };
static const char *const texts[COUNT] = {
	TEXT("Asked", "1",
	    "subject:\n  from: request\n"
	    "  take: [common-name, mail, organization, domain-component]\n"
	    "san:\n  request: [dns, mail, ip, uri, upn]\n  attributes: true\n"
	    "  dns_suffixes: [example.com]\n  mail_domains: [example.com]\n"
	    "sha1_proof: true\neku: [server-authentication]\n"
	    "overrides:\n  - {hole: ESC6, by: x, reason: y}\n"),
	TEXT("Behalf", "2",
	    "subject:\n  from: account\nsan:\n  account: [mail]\n"
	    "eku: [client-authentication]\non_behalf_of: true\n"
	    "agent_signatures: {count: 1, policy: enrolment-agent}\n"),
	TEXT("Person", "3",
	    "subject:\n  from: account\nsan:\n  account: [mail]\n"
	    "eku: [client-authentication]\nrenewal: {same_key: true}\n"),
};
static const char *const words[] = { "", "asked", "behalf", "person",
	"nonsense" };

static struct ca_template_row rows[COUNT];
static const struct ca_template_set set = { .rows = rows, .n = COUNT };
static const struct ca_config config = { FUZZ_CONFIG, .issue_override = "" };

static void
read_templates(void)
{
	static struct ca_template_findings found;
	struct err err = { 0 };

	for (size_t i = 0; i < COUNT; i++) {
		struct ca_template *t = NULL;

		expect(ca_template_read(bytes_str(texts[i]), "x.yaml", &t,
			   &found, &err) == 0);
		expect(t != NULL);
		rows[i] = (struct ca_template_row){ .t = t, .enabled = true };
	}
}

/* alice asks; whatever she renews is hers, whoever signs besides is she as an
 * agent, who may ask for bob. */
static void
make_facts(const struct pki_request *r, struct ca_facts *f)
{
	static const struct ca_restriction any = { .kind = CA_RESTRICTION_AGENT,
		.actor = "local\\alice",
		.template = CA_TEMPLATE_ANY,
		.target = "" };
	bool other = r->purpose == PKI_PURPOSE_ON_BEHALF;
	const char *owner = other ? "local\\bob" : "local\\alice";

	*f = (struct ca_facts){ .now = FUZZ_NOW,
		.templates = &set,
		.restrictions = &any,
		.restriction_n = 1,
		.caller_roles = ROLE_ENROLLEE,
		.caller = { "local\\alice", "local\\alice", { { NULL, 0 } } },
		.target_found = true,
		.old = { true, true, true, "local\\alice", "Person", 1,
		    r->old.not_after } };
	expect(str_copy(f->who.owner, sizeof(f->who.owner), "local\\alice"));
	expect(str_copy(f->target.owner, sizeof(f->target.owner), owner));
	f->target.name = other ? "bob" : "alice";
	f->target.mail = "them@corp.example";
	f->target.display_name = f->target.upn = f->target.dns = "";
	f->target.sid = "";
	f->target_is.owner = f->target_is.account = owner;
	for (unsigned i = 0; i < r->n_signers; i++)
		if (r->signers[i].kind == PKI_SIGNER_AGENT)
			f->agents[f->agent_n] = (struct ca_agent){
				.found = true,
				.in_force = true,
				.path_good = true,
				.is_caller = true,
				.is_agent = true,
				.names_target = r->signers[i].names_requester,
				.person = f->agent_n++,
				.owner = "local\\alice",
				.cert = &r->signers[i].cert,
				.not_before = FUZZ_NOW,
				.not_after = FUZZ_NOW,
			};
}

/* Of the account: its mail and nothing else. Of the request: inside the lists,
 * unless somebody looked. */
static void
check_name(const struct pki_gname *g, bool account, bool looked)
{
	AUTO_BUF text = BUF_WITH_LIMIT(65536);
	const char *s;

	buf_add_bytes(&text, g->value);
	s = buf_str(&text);
	if (account)
		expect(g->kind == PKI_GNAME_EMAIL &&
		       str_eq(s, "them@corp.example"));
	else if (!looked)
		expect((g->kind == PKI_GNAME_DNS && *s != '*' &&
			   (str_eq_ci(s, "example.com") ||
			       str_has_suffix_ci(s, ".example.com"))) ||
		       (g->kind == PKI_GNAME_EMAIL &&
			   str_has_suffix_ci(s, "@example.com")));
}

static void
check_issued(
    const struct pki_request *r, const struct ca_policy_result *p, bool looked)
{
	bool account = p->row->t->subject.from == CA_TEMPLATE_ACCOUNT;
	struct bytes granted = buf_bytes(&p->granted);
	struct err err = { 0 };
	struct pki_ext ext;
	struct pki_gname g;
	struct der list;

	expect(!pki_ext_find(granted, PKI_OID_MS_SID, &ext));
	expect(!pki_ext_find(granted, PKI_OID_EKU, &ext));
	expect(!pki_ext_find(granted, PKI_OID_BASIC_CONSTRAINTS, &ext));
	expect(!r->sha1 || p->row == &rows[ASKED]);
	if (account)
		expect(p->subject.n == 18 || p->subject.n == 16);
	if (!pki_ext_find(granted, PKI_OID_SAN, &ext))
		return;
	expect(der_sole(ext.value, DER_SEQUENCE, &list) == 0);
	while (pki_gname_next(&list, &g, &err) == 1)
		check_name(&g, account, looked);
	expect(der_done(&list));
}

static void
decide(const struct pki_request *r, const struct pki_attrs *attrs, bool decided)
{
	static const uint8_t issuer[] = { 0x30, 0 };
	static struct ca_facts facts;
	const struct ca_policy_ask ask = { .config = &config,
		.request = r,
		.csr = &r->csr,
		.attrs = attrs,
		.facts = &facts,
		.issuer = BYTES_OF(issuer),
		.now = FUZZ_NOW,
		.decided = decided };
	struct ca_policy_result p;

	make_facts(r, &facts);
	fuzz_decide(&ask, &p);
	if (p.verdict == CA_VERDICT_ISSUE)
		check_issued(r, &p, decided);
	ca_policy_clear(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_request r;
	static struct pki_attrs attrs;
	struct err err = { 0 };

	if (!rows[0].t)
		read_templates();
	if (size < 2 ||
	    pki_request_parse(bytes_of(data + 2, size - 2), &r, &err) < 0)
		return 0;
	r.sha1 = data[1] & 2;
	attrs.n = 1;
	attrs.list[0] = (struct pki_attr){ BYTES_LIT("CertificateTemplate"),
		bytes_str(words[data[0] % ARRAY_LEN(words)]) };
	decide(&r, &attrs, data[1] & 1);
	return 0;
}
