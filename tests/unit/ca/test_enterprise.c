/* The decision of an enterprise CA, every combination of template, permission,
 * message, signers, time and decision before. What has to come out is said
 * once more below, as rows in the order of MS-WCCE 3.2.2.6.2.1.4. */
#include "../unit.h"
#include "world.h"

#include "base/str.h"

#define PERSON                                         \
	"subject:\n  from: account\nkeys: [ed25519]\n" \
	"eku: [client-authentication]\n"
#define AGENTS(n) \
	"agent_signatures:\n  count: " n "\n  policy: enrolment-agent\n"

/* In the order of their names. */
enum which { AGAIN, BEHALF, OTHER_KEYS, PLAIN, SIGNED, WAITS, KINDS };
static const char *const templates[KINDS] = {
	WORLD_TEMPLATE("Again", "1",
	    PERSON
	    "approvals: 2\nsupersedes: [Plain]\n"
	    "renewal: {same_key: true, previous_approval: true}\n" AGENTS("1")),
	WORLD_TEMPLATE(
	    "Behalf", "2", PERSON AGENTS("1") "on_behalf_of: true\n"),
	WORLD_TEMPLATE("OtherKeys", "3",
	    "subject:\n  from: account\nkeys: [p256, p384, p521, rsa-2048]\n"
	    "eku: [client-authentication]\n"),
	WORLD_TEMPLATE("Plain", "4", PERSON),
	WORLD_TEMPLATE("Signed", "5",
	    PERSON "approvals: 1\n" AGENTS("2") "on_behalf_of: true\n"),
	WORLD_TEMPLATE("Waits", "6", PERSON "approvals: 2\n"),
};
static const char *const names[KINDS] = { "Again", "Behalf", "OtherKeys",
	"Plain", "Signed", "Waits" };

/* clang-format off */
static const struct message {
	const char *file;
	enum pki_request_purpose purpose;
	bool same_key;
} messages[] = {
	{ "p10", PKI_PURPOSE_NEW, false },
	{ "p7-new-ski", PKI_PURPOSE_NEW, false },
	{ "cmc-new", PKI_PURPOSE_NEW, false },
	{ "p7-renewal", PKI_PURPOSE_RENEWAL, false },
	{ "p7-renewal-same-key", PKI_PURPOSE_RENEWAL, true },
	{ "cmc-renewal", PKI_PURPOSE_RENEWAL, false },
	{ "cmc-renewal-same-key", PKI_PURPOSE_RENEWAL, true },
	{ "p7-behalf", PKI_PURPOSE_ON_BEHALF, false },
	{ "cmc-behalf", PKI_PURPOSE_ON_BEHALF, false },
};

enum permission { GIVEN, GIVEN_BY_ADMIN, NO_ENROLL, NOT_GIVEN, DENIED_IN_FILE,
	DENIED_BY_ADMIN, PERMISSIONS };
enum signers { NOBODY, AGENT, AGENT_TWICE, AND_REVOKED, NOT_OURS, NO_PATH,
	REVOKED, NOT_YET, ENDED, NO_AGENT, SOMEBODY_ELSES, NO_POLICY, SIGNERS };
enum age { NOW, ANOTHER_DAY, TOMORROW, UNKNOWN, AGES };
enum old { IN_FORCE, IN_GRACE, RENAMED, OF_PLAIN, ONE_APPROVAL, GONE, FORGED,
	TAKEN_BACK, EXPIRED, OTHERS, OF_ANOTHER, OLDS };
enum row { NO_ROW, FOR_ANYBODY, FOR_HIM, FOR_GROUP, BUT_NOT_HIM, ELSEWHERE,
	ROWS };
enum target { BOB, HOLDER, HIMSELF, MISSING, TARGETS };
/* clang-format on */

struct combo {
	const struct message *m;
	enum which t;
	enum permission permission;
	enum signers signers;
	enum age age;
	bool used, decided;
	enum old old;
	enum row row;
	enum target target;
};

/* --- what has to come out ----------------------------------------------- */

static bool
renews(const struct combo *c)
{
	return c->m->purpose == PKI_PURPOSE_RENEWAL;
}

static bool
for_other(const struct combo *c)
{
	return c->m->purpose == PKI_PURPOSE_ON_BEHALF;
}

/* The old certificate's approval suffices. */
static bool
approved(const struct combo *c)
{
	return renews(c) && c->t == AGAIN && c->old != OF_PLAIN &&
	       c->old != ONE_APPROVAL;
}

static unsigned
signatures(const struct combo *c)
{
	static const unsigned n[KINDS] = {
		[AGAIN] = 1, [BEHALF] = 1, [SIGNED] = 2
	};

	return approved(c) ? 0 : n[c->t];
}

static bool
may_not_enroll(const struct combo *c)
{
	return c->permission == NO_ENROLL;
}

static bool
may_not_use_template(const struct combo *c)
{
	return c->permission > NO_ENROLL;
}

static bool
wrong_key(const struct combo *c)
{
	return c->t == OTHER_KEYS;
}

static bool
bad_old(const struct combo *c)
{
	bool other = c->old == OF_ANOTHER ||
		     (c->old == OF_PLAIN && c->t != PLAIN && c->t != AGAIN);

	return renews(c) && (other || (c->old >= GONE && c->old < OF_ANOTHER));
}

static bool
same_key(const struct combo *c)
{
	return renews(c) && c->m->same_key && c->t != AGAIN;
}

static bool
bad_signer(const struct combo *c)
{
	return c->signers >= AND_REVOKED && c->signers != NO_POLICY;
}

static bool
used(const struct combo *c)
{
	return c->used && !c->decided;
}

static bool
not_for_others(const struct combo *c)
{
	return for_other(c) && c->t != BEHALF && c->t != SIGNED;
}

static bool
nobody_there(const struct combo *c)
{
	return for_other(c) && c->target == MISSING;
}

static bool
himself(const struct combo *c)
{
	return for_other(c) && c->target == HIMSELF;
}

static bool
no_agent_for_other(const struct combo *c)
{
	return for_other(c) && c->signers == NOBODY;
}

static bool
restricted(const struct combo *c)
{
	return for_other(c) && (c->row == NO_ROW || c->row == BUT_NOT_HIM ||
				   c->row == ELSEWHERE ||
				   (c->target == HOLDER && c->row != FOR_HIM));
}

static bool
unsigned_by_agent(const struct combo *c)
{
	return signatures(c) > 0 && c->signers == NOBODY;
}

/* Two signatures of one person are one. */
static bool
too_few(const struct combo *c)
{
	return signatures(c) > 1;
}

static bool
without_policy(const struct combo *c)
{
	return signatures(c) > 0 && c->signers == NO_POLICY;
}

/* The account got another name since the old certificate was approved. */
static bool
renamed(const struct combo *c)
{
	return approved(c) && c->old == RENAMED;
}

/* The first that is true counts. */
/* clang-format off */
static const struct {
	bool (*is)(const struct combo *c);
	uint32_t code;
	const char *words;
} rules[] = {
	{ may_not_enroll, 0x80094011,
	    "may not request certificates" },
	{ may_not_use_template, 0x80094012,
	    "do not allow the current user" },
	{ wrong_key, 0x80094811,
	    "does not take keys of the kind" },
	{ bad_old, 0x8009400E,
	    "The certificate to be renewed " },
	{ same_key, 0x80094816,
	    "wants a new key for a renewal" },
	{ bad_signer, 0x8009480B,
	    "certificate" },
	{ used, 0x8009480B,
	    "was used before" },
	{ not_for_others, 0x80094010,
	    "does not allow requests on behalf" },
	{ nobody_there, 0x80094001,
	    "There is no account of the name" },
	{ himself, 0x80094009,
	    "not of himself" },
	{ no_agent_for_other, 0x80094809,
	    "needs the signature of an enrolment agent" },
	{ restricted, 0x80094009,
	    "on behalf of" },
	{ unsigned_by_agent, 0x80094809,
	    "signature of an enrolment agent; the request has none" },
	{ too_few, 0x8009480A,
	    "signatures of 2 enrolment agents" },
	{ without_policy, 0x8009480B,
	    "The certificate of the agent who signed is not for the purpose" },
	{ renamed, 0x8009400E,
	    "A renewal keeps subject and names as they were" },
};
/* clang-format on */

/* ARRAY_LEN(rules): none, it is not denied. */
static size_t
rule_of(const struct combo *c)
{
	size_t i = 0;

	while (i < ARRAY_LEN(rules) && !rules[i].is(c))
		i++;
	return i;
}

static const char *const of_signers[SIGNERS] = {
	[AND_REVOKED] = "The agent's certificate was revoked.",
	[NOT_OURS] = "The agent's certificate was not issued by this CA.",
	[NO_PATH] = "The agent's certificate was not issued by this CA.",
	[REVOKED] = "The agent's certificate was revoked.",
	[NOT_YET] = "The agent's certificate is not valid now.",
	[ENDED] = "The agent's certificate is not valid now.",
	[NO_AGENT] = "signer is not one of an enrolment agent",
	[SOMEBODY_ELSES] = "belongs to another account than the one",
};
static const char *const of_old[OLDS] = {
	[OF_PLAIN] = "renewed is of another template",
	[GONE] = "renewed was not issued by this CA",
	[FORGED] = "renewed was not issued by this CA",
	[TAKEN_BACK] = "renewed was revoked",
	[EXPIRED] = "renewed has expired",
	[OTHERS] = "renewed belongs to another account",
	[OF_ANOTHER] = "renewed is of another template",
};

static const char *
words_of(const struct combo *c, size_t rule)
{
	if (rules[rule].is == bad_signer)
		return of_signers[c->signers];
	return rules[rule].is == bad_old ? of_old[c->old] : rules[rule].words;
}

static unsigned
approvals_of(const struct combo *c)
{
	static const unsigned n[KINDS] = {
		[AGAIN] = 2, [SIGNED] = 1, [WAITS] = 2
	};
	bool look = c->signers != NOBODY && c->age != NOW;

	if (approved(c) && !look)
		return 0;
	return n[c->t] > 0 || !look ? n[c->t] : 1;
}

/* --- making it ---------------------------------------------------------- */

static struct pki_cert agent, other;

/* Certificates of an enrolment agent and of somebody else. */
static void
find_certs(struct world *w, struct buf *keep)
{
	world_message(w, "cmc-behalf-two");
	buf_add_bytes(keep, buf_bytes(&w->der));
	for (unsigned i = 0; i < w->request.n_signers; i++) {
		const struct pki_request_signer *s = &w->request.signers[i];
		struct err err = { 0 };
		struct pki_ext ext;
		struct bytes der;
		bool is;

		if (s->kind != PKI_SIGNER_AGENT)
			continue;
		der = s->cert.der;
		der.p = keep->p + (der.p - w->der.p);
		is = pki_ext_find(s->cert.extensions, PKI_OID_EKU, &ext);
		assert_int_equal(
		    pki_cert_parse(der, is ? &agent : &other, &err), 0);
	}
	assert_true(agent.der.n > 0 && other.der.n > 0);
}

static void
set_permission(struct world *w, const struct combo *c, struct ca_picture *p)
{
	static const char *scope;
	static char lower[16];
	static struct ca_permission_entry file[2] = {
		{ false, true, "local\\enrollees", CA_TEMPLATE_ENROLL },
		{ true, false, "local\\alice", CA_TEMPLATE_ENROLL },
	};
	static struct ca_permission_entry entry = { false, false,
		"local\\alice", CA_TEMPLATE_ENROLL };
	struct ca_template *t = w->t[c->t];
	enum permission is = c->permission;

	file[0].rights = CA_TEMPLATE_ENROLL;
	assert_true(str_lower(lower, sizeof(lower), names[c->t]));
	scope = lower;
	entry.deny = is == DENIED_BY_ADMIN;
	*p = (struct ca_picture){ .scopes = &scope,
		.entries = &entry,
		.entry_n = is == GIVEN_BY_ADMIN || is == DENIED_BY_ADMIN };
	t->permissions = file;
	t->permission_n = is == NOT_GIVEN || is == GIVEN_BY_ADMIN ? 0
			  : is == DENIED_IN_FILE                  ? 2
								  : 1;
	w->facts.picture = p;
	w->facts.caller_roles = is == NO_ENROLL ? ROLE_OFFICER : ROLE_ENROLLEE;
}

static struct ca_agent
make_agent(enum signers kind)
{
	return (struct ca_agent){
		.cert = kind == NO_POLICY ? &other : &agent,
		.found = kind != NOT_OURS,
		.path_good = kind != NO_PATH,
		.in_force = kind != REVOKED,
		.is_agent = kind != NO_AGENT,
		.is_caller = kind != SOMEBODY_ELSES,
		.not_before = WORLD_NOW + (kind == NOT_YET ? 1 : 0),
		.not_after = WORLD_NOW - (kind == ENDED ? 1 : 0),
	};
}

static void
set_signers(struct world *w, const struct combo *c)
{
	static const int64_t times[AGES] = { [NOW] =
						 WORLD_NOW - CA_AGENT_AGE_MAX,
		[ANOTHER_DAY] = WORLD_NOW - CA_AGENT_AGE_MAX - 1,
		[TOMORROW] = WORLD_NOW + CA_AGENT_AGE_MAX + 1 };

	w->facts.agent_n =
	    c->signers == NOBODY                                     ? 0
	    : c->signers == AGENT_TWICE || c->signers == AND_REVOKED ? 2
								     : 1;
	w->facts.agents[0] =
	    make_agent(c->signers == AND_REVOKED ? AGENT : c->signers);
	w->facts.agents[1] =
	    make_agent(c->signers == AND_REVOKED ? REVOKED : AGENT);
	w->request.has_signing_time = c->age != UNKNOWN;
	w->request.signing_time = times[c->age];
	w->facts.used = c->used;
	w->decided = c->decided;
}

static void
set_old(struct world *w, const struct combo *c, struct bytes subject)
{
	w->request.old.subject =
	    c->old == RENAMED ? bytes_of(subject.p, subject.n - 1) : subject;
	w->request.old.extensions = BYTES_NONE;
	w->facts.old = (struct ca_old){
		.found = c->old != GONE,
		.path_good = c->old != FORGED,
		.in_force = c->old != TAKEN_BACK,
		.owner = c->old == OTHERS ? "local\\bob" : "local\\alice",
		.template_name = c->old == OF_PLAIN     ? "PLAIN"
				 : c->old == OF_ANOTHER ? "Removed"
							: names[c->t],
		.approvals = c->old == ONE_APPROVAL ? 1 : 2,
		.not_after =
		    WORLD_NOW - (c->old == IN_GRACE     ? WORLD_GRACE
				    : c->old == EXPIRED ? WORLD_GRACE + 1
							: 0),
	};
}

static void
set_target(struct world *w, const struct combo *c)
{
	static const char *const groups[] = { "local\\staff" };
	static struct ca_restriction list[3];
	struct ca_facts *f = &w->facts;
	const struct ca_restriction allow = { .kind = CA_RESTRICTION_AGENT,
		.actor = "local\\alice",
		.template = CA_TEMPLATE_ANY,
		.target = "" };
	const char *who = c->target == HIMSELF ? "local\\alice" : "local\\bob";

	f->target_found = !for_other(c) || c->target != MISSING;
	(void)snprintf(f->target.owner, sizeof(f->target.owner), "%s",
	    for_other(c) ? who : "local\\alice");
	f->target.roles =
	    for_other(c) && c->target == HOLDER ? CA_RIGHT_ISSUE : 0;
	f->target_is = (struct ca_principal){ .owner = f->target.owner,
		.account = f->target.owner,
		.groups = { { groups, 1 } } };
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		list[i] = allow;
	if (c->row == FOR_HIM) {
		list[0].target_kind = CA_TARGET_USER;
		list[0].target = who;
	} else if (c->row == FOR_GROUP) {
		list[0].target_kind = CA_TARGET_GROUP;
		list[0].target = groups[0];
	} else if (c->row == ELSEWHERE) {
		list[0].template = "Plains";
	}
	list[1].deny = true;
	list[1].target_kind = CA_TARGET_USER;
	list[1].target = who;
	f->restrictions = list;
	f->restriction_n = c->row == NO_ROW ? 0 : c->row == BUT_NOT_HIM ? 2 : 1;
}

static void
judge(const struct world *w, const struct combo *c)
{
	const struct ca_policy_result *r = &w->result;
	size_t rule = rule_of(c);
	bool denied = rule < ARRAY_LEN(rules);
	uint32_t code = denied ? rules[rule].code : 0;
	unsigned need = approvals_of(c);
	bool right = err_hresult(r->code) == code &&
		     (!denied || strstr(r->sentence, words_of(c, rule)));

	if (code == 0)
		assert_int_equal(r->validity, w->t[c->t]->validity);
	if (code == 0)
		right = right &&
			(r->verdict == CA_VERDICT_ISSUE) ==
			    (need == 0 || c->decided) &&
			r->approvals == (approved(c) && need == 0 ? 2 : need);
	if (!right)
		fail_msg(
		    "%s of %s, permission %d, signers %d, age %d, used %d, "
		    "decided %d, old %d, row %d, target %d: 0x%08X \"%s\", "
		    "%u approvals instead of 0x%08X, %u",
		    c->m->file, names[c->t], c->permission, c->signers, c->age,
		    c->used, c->decided, c->old, c->row, c->target,
		    err_hresult(r->code), r->message, r->approvals, code, need);
}

/* One digit after the other: false when n has no more combinations. What has
 * no meaning for a message stands still. */
static bool
combination(uint64_t n, struct combo *c)
{
	const unsigned sizes[] = { KINDS, PERMISSIONS, SIGNERS, AGES, 2, 2,
		renews(c) ? OLDS : 1, for_other(c) ? ROWS : 1,
		for_other(c) ? TARGETS : 1 };
	unsigned d[ARRAY_LEN(sizes)];

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		d[i] = (unsigned)(n % sizes[i]);
		n /= sizes[i];
	}
	c->t = d[0];
	c->permission = d[1];
	c->signers = d[2];
	c->age = d[3];
	c->used = d[4];
	c->decided = d[5];
	c->old = d[6];
	c->row = d[7];
	c->target = d[8];
	return n == 0;
}

/* The subject that the account has. */
static void
find_subject(struct world *w, struct buf *ret)
{
	static struct ca_picture picture;
	const struct combo c = { .m = &messages[0], .t = PLAIN };

	world_message(w, c.m->file);
	set_permission(w, &c, &picture);
	set_signers(w, &c);
	set_target(w, &c);
	world_ask(w, names[c.t]);
	world_decide(w);
	buf_add_bytes(ret, buf_bytes(&w->result.subject));
	assert_true(ret->n > 0);
}

static void
every_combination(void **unused)
{
	static struct world w;
	static struct ca_picture picture;
	static const struct ca_template *plain[1];
	AUTO_BUF keep = BUF_WITH_LIMIT(PKI_REQUEST_MAX);
	AUTO_BUF subject = BUF_WITH_LIMIT(1024);
	bool seen[ARRAY_LEN(rules) + 1] = { false };
	struct combo c;

	(void)unused;
	world_begin(&w, templates, KINDS);
	find_certs(&w, &keep);
	find_subject(&w, &subject);
	plain[0] = w.t[PLAIN];
	w.rows[AGAIN].supersedes = plain;
	w.rows[AGAIN].supersede_n = 1;
	for (size_t m = 0; m < ARRAY_LEN(messages); m++) {
		c.m = &messages[m];
		world_message(&w, c.m->file);
		assert_int_equal(w.request.purpose, c.m->purpose);
		for (uint64_t n = 0; combination(n, &c); n++) {
			set_permission(&w, &c, &picture);
			set_signers(&w, &c);
			set_old(&w, &c, buf_bytes(&subject));
			set_target(&w, &c);
			world_ask(&w, names[c.t]);
			world_decide(&w);
			judge(&w, &c);
			seen[rule_of(&c)] = true;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(seen); i++)
		if (!seen[i])
			fail_msg("rule %zu was never the first", i);
	for (size_t i = 0; i < KINDS; i++) /* not what was read */
		w.t[i]->permission_n = 0;
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
	};

	return cmocka_run_group_tests_name("enterprise", tests, NULL, NULL);
}
