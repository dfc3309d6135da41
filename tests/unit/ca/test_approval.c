/* Certificates that several persons issue: who counts, what lapses. */
#include "../pki/make.h"
#include "base/str.h"
#include "base/thread.h"
#include "ca/approval.h"
#include "fixture.h"
#include "store/access.h"

static int
setup(void **state)
{
	static const char *const more[] = { "officer2", "officer3", "twin" };
	struct store *s = NULL;
	struct store_writer *w = NULL;
	struct fixture *f;

	if (fixture_setup_stopped(state) < 0)
		return -1;
	f = *state;
	f->config.approvals = 2;
	assert_int_equal(store_open(f->database, &s, NULL), 0);
	assert_int_equal(store_writer_open(s, &w, NULL), 0);
	assert_int_equal(store_begin(w, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		const struct store_user u = { .name = more[i],
			.hash = "",
			.roles = ROLE_OFFICER | ROLE_ENROLLEE,
			.mail = "",
			.upn = "",
			.display_name = "",
			.uid = -1 };

		assert_int_equal(store_insert_user(w, &u, NULL), 0);
	}
	assert_int_equal(store_commit(w, NULL), 0);
	store_writer_close(w);
	store_close(s);
	fixture_start(f);
	return 0;
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, fixture_teardown)

static uint64_t
submit(struct fixture *f, const char *who, const char *cn)
{
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;

	make_csr(MAKE_P256, cn, &csr);
	if (fixture_submit(f, who, buf_bytes(&csr), "", &r) < 0)
		fail_msg("%s", r.err.text);
	assert_int_equal(r.disposition, DISPOSITION_PENDING);
	return r.id;
}

/* Approve: still pending with "have of 2", or issued with have 2. */
static void
approve(struct fixture *f, const char *who, uint64_t id, unsigned have)
{
	struct fixture_result r;
	char start[32];

	if (fixture_decide(f, who, id, RPC_DECISION_ISSUE, &r) < 0)
		fail_msg("%s", r.err.text);
	snprintf(start, sizeof(start), "%u of 2 approvals", have);
	if (have < 2) {
		assert_int_equal(r.disposition, DISPOSITION_PENDING);
		assert_null(r.cert);
		assert_true(str_has_prefix(r.sentence, start));
	} else {
		assert_int_equal(r.disposition, DISPOSITION_ISSUED);
		assert_non_null(r.cert);
	}
	X509_free(r.cert);
}

static void
refused(struct fixture *f, enum err_code code, const char *who, uint64_t id)
{
	struct fixture_result r;

	assert_int_equal(
	    fixture_decide(f, who, id, RPC_DECISION_ISSUE, &r), -1);
	if (r.err.code != code)
		fail_msg("%s: %s", err_name(r.err.code), r.err.text);
}

/* "officer officer2(lapsed)" as SHOW tells it. */
static void
shows(struct fixture *f, uint64_t id, const char *expected)
{
	struct rpc_retrieve ask = { .id = id, .reason = "" };
	const struct rpc_request *q = NULL;
	struct rpc_msg *msg = NULL;
	char text[256] = "";
	struct err err = { 0 };
	size_t n = 0;

	fixture_identity(&ask.identity, "auditor");
	if (rpc_do_SHOW(f->client, &ask, &msg, &q, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(q->approvals_needed, 2);
	for (size_t i = 0; i < q->approval_count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s",
		    i ? " " : "", q->approvals[i].who,
		    q->approvals[i].lapsed ? "(lapsed)" : "");
	assert_string_equal(text, expected);
	rpc_msg_free(msg);
}

static void
link_accounts(struct fixture *f, const char *one, const char *other)
{
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	const struct rpc_person_change ask = { one, other };
	const struct rpc_acted *acted;
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	if (rpc_do_PERSON_CHANGE(c, &ask, &msg, &acted, &err) < 0)
		fail_msg("%s", err.text);
	assert_false(acted->waits); /* the fixture is being set up */
	rpc_msg_free(msg);
	rpc_client_free(c);
}

static void
revoke_role(struct fixture *f, const char *name)
{
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	const struct rpc_role_change ask = { name, ROLE_OFFICER, false };
	const struct rpc_acted *acted;
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	if (rpc_do_ROLE_CHANGE(c, &ask, &msg, &acted, &err) < 0)
		fail_msg("%s", err.text);
	rpc_msg_free(msg);
	rpc_client_free(c);
}

static void
two_persons_issue(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "two.example"), signatures;

	fixture_wait_for_crl(f);
	signatures = fixture_signatures(f);
	shows(f, id, "");
	approve(f, "officer", id, 1);
	shows(f, id, "officer");
	refused(f, ERR_BAD_STATE, "officer", id);
	refused(f, ERR_BAD_STATE, "OFFICER", id);
	/* It survives a restart. */
	assert_int_equal(fixture_signatures(f), signatures);
	fixture_stop(f);
	fixture_start(f);
	approve(f, "officer2", id, 2);
	shows(f, id, "officer officer2");
	refused(f, ERR_BAD_STATE, "officer3", id);
}

static void
one_person_counts_once(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "linked.example");

	link_accounts(f, "officer2", "twin");
	approve(f, "officer2", id, 1);
	refused(f, ERR_BAD_STATE, "twin", id);
	approve(f, "officer", id, 2);
	/* Linked afterwards: two approvals become one. */
	id = submit(f, "alice", "later.example");
	approve(f, "officer3", id, 1);
	link_accounts(f, "officer3", "officer");
	refused(f, ERR_BAD_STATE, "officer", id);
	approve(f, "twin", id, 2);
}

static void
who_asked_decides_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "twin", "own.example");

	refused(f, ERR_DENIED, "twin", id);
	approve(f, "officer2", id, 1);
	link_accounts(f, "officer2", "twin");
	refused(f, ERR_DENIED, "officer2", id);
	shows(f, id, "officer2(lapsed)");
	approve(f, "officer", id, 1);
	shows(f, id, "officer");
	approve(f, "officer3", id, 2);
}

static void
approvals_lapse_with_the_certificate(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "lapse.example");

	approve(f, "officer", id, 1);
	f->config.validity += 86400;
	shows(f, id, "officer(lapsed)");
	approve(f, "officer2", id, 1);
	shows(f, id, "officer2");
	/* Back again: the first stays lapsed. */
	f->config.validity -= 86400;
	approve(f, "officer3", id, 1);
	shows(f, id, "officer3");
	approve(f, "officer", id, 2);
}

static void
approvals_lapse_with_the_role(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "role.example");

	approve(f, "officer2", id, 1);
	revoke_role(f, "officer2");
	shows(f, id, "officer2(lapsed)");
	approve(f, "officer", id, 1);
	approve(f, "officer3", id, 2);
}

static void
a_refusal_ends_them(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "refused.example");
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	struct rpc_decide ask = {
		.id = id, .decision = RPC_DECISION_RESUBMIT, .reason = ""
	};
	const struct rpc_result *q;
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct fixture_result r;
	struct err err = { 0 };

	approve(f, "officer", id, 1);
	assert_int_equal(
	    fixture_decide(f, "officer2", id, RPC_DECISION_DENY, &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_DENIED);
	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	assert_int_equal(rpc_do_DECIDE(c, &ask, &msg, &q, &err), 0);
	rpc_msg_free(msg);
	rpc_client_free(c);
	shows(f, id, "");
	approve(f, "officer2", id, 1);
}

struct presser {
	pthread_t thread;
	struct fixture *f;
	const char *who;
	uint64_t id;
	struct fixture_result r;
	int rc;
};

static void *
press(void *arg)
{
	struct presser *p = arg;

	p->rc = fixture_decide(p->f, p->who, p->id, RPC_DECISION_ISSUE, &p->r);
	return NULL;
}

/* Of two who approve at the same moment one is first and one issues. */
static void
two_at_once_are_two(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 20; round++) {
		uint64_t id = submit(f, "alice", "race.example");
		struct presser p[2] = { { .f = f, .who = "officer", .id = id },
			{ .f = f, .who = "officer2", .id = id } };
		unsigned issued = 0;

		for (int i = 0; i < 2; i++)
			pthread_create(&p[i].thread, NULL, press, &p[i]);
		for (int i = 0; i < 2; i++) {
			pthread_join(p[i].thread, NULL);
			if (p[i].rc < 0)
				fail_msg("%s", p[i].r.err.text);
			issued += p[i].r.disposition == DISPOSITION_ISSUED;
			X509_free(p[i].r.cert);
		}
		assert_int_equal(issued, 1);
	}
}

static void
each_part_is_in_the_hash(void **state)
{
	const struct ca_approval_parts base = { .generation = 1,
		.template_name = "User",
		.subject = BYTES_LIT("subject"),
		.spki = BYTES_LIT("key"),
		.extensions = BYTES_LIT("extensions"),
		.validity = 365 };
	struct ca_approval_parts other[7];
	uint8_t first[CA_APPROVAL_HASH], again[CA_APPROVAL_HASH];
	struct pki_tools *t = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(pki_tools_new(&t, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		other[i] = base;
	other[0].generation = 2;
	other[1].template_name = "Use";
	other[2].subject = BYTES_LIT("rsubject");
	other[3].spki = BYTES_LIT("ke");
	other[4].extensions = BYTES_LIT("extension");
	other[5].validity = 366;
	/* The same bytes, cut elsewhere. */
	other[6].template_name = "Users";
	other[6].subject = BYTES_LIT("ubject");
	assert_int_equal(ca_approval_hash(t, &base, first, &err), 0);
	assert_int_equal(ca_approval_hash(t, &base, again, &err), 0);
	assert_memory_equal(first, again, sizeof(first));
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		assert_int_equal(
		    ca_approval_hash(t, &other[i], again, &err), 0);
		assert_memory_not_equal(first, again, sizeof(first));
	}
	pki_tools_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_persons_issue),
		TEST(one_person_counts_once),
		TEST(who_asked_decides_nothing),
		TEST(approvals_lapse_with_the_certificate),
		TEST(approvals_lapse_with_the_role),
		TEST(a_refusal_ends_them),
		TEST(two_at_once_are_two),
		cmocka_unit_test(each_part_is_in_the_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
