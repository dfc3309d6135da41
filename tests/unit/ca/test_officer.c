/* Who may do what: every method through every socket as every role, and the
 * rules of decisions, revocations, lists and details. */
#include "../pki/make.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "fixture.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

/* --- the table: method x channel x role --------------------------------- */

static const char *const people[] = { "alice", "officer", "admin", "auditor",
	"operator" };

/* One mark for each of them: + may, - may not; "": not through this socket. */
static const struct {
	enum rpc_method method;
	const char *web, *admin;
} table[] = {
	{ RPC_SUBMIT, "+----", "" },
	{ RPC_RETRIEVE, "+++++", "+++++" },
	{ RPC_LIST, "+++++", "+++++" },
	{ RPC_SHOW, "+++++", "+++++" },
	{ RPC_DECIDE, "-+++-", "-+++-" },
	{ RPC_REVOKE, "-+---", "-+---" },
	{ RPC_REPORT_LOST, "+++++", "" },
	{ RPC_CRL_PUBLISH, "", "--+--" },
	{ RPC_CRL_LIST, "", "-+++-" },
	{ RPC_CRL_DELIVER, "", "----+" },
	{ RPC_USER_ADD, "", "--+--" },
	{ RPC_USER_LIST, "", "-+++-" },
	{ RPC_USER_PASSWD, "", "--+--" },
	{ RPC_USER_DISABLE, "", "--+--" },
	{ RPC_USER_EDIT, "", "--+--" },
	{ RPC_ROLE_CHANGE, "", "--+--" },
	{ RPC_WAITING_LIST, "", "-+++-" },
	{ RPC_CONFIRM, "", "--++-" },
	{ RPC_GROUP_LIST, "", "-+++-" },
	{ RPC_GROUP_CHANGE, "", "--+--" },
	{ RPC_PERMISSION_LIST, "", "-+++-" },
	{ RPC_PERMISSION_CHANGE, "", "--+--" },
	{ RPC_RESTRICTION_LIST, "", "-+++-" },
	{ RPC_RESTRICTION_CHANGE, "", "--+--" },
	{ RPC_PERSON_LIST, "", "-+++-" },
	{ RPC_PERSON_CHANGE, "", "--+--" },
	{ RPC_AUDIT_LIST, "", "---+-" },
	{ RPC_AUDIT_VERIFY, "", "---+-" },
	{ RPC_SITE_CERTIFICATE, "", "----+" },
	{ RPC_STATUS, "", "+++++" },
	{ RPC_CA_INFO, "+++++", "+++++" },
	{ RPC_CRL_GET, "+++++", "+++++" },
	{ RPC_CHECK_PASSWORD, "+++++", "" },
};

/* An ask of each method that does no harm; all begin with the identity where
 * they carry one. */
union ask {
	struct identity identity;
	struct rpc_submit submit;
	struct rpc_retrieve retrieve;
	struct rpc_list_ask list;
	struct rpc_decide decide;
	struct rpc_revoke revoke;
	struct rpc_user_change user;
	struct rpc_audit_ask audit;
	struct rpc_crl_ask crl;
	struct rpc_crl_delivery delivery;
	struct rpc_password_ask password;
	struct rpc_role_change role;
	struct rpc_group_ask group;
	struct rpc_group_change group_change;
	struct rpc_permission_ask permission;
	struct rpc_permission_change permission_change;
	struct rpc_restriction_change restriction;
	struct rpc_person_change person;
};

static void
fill(enum rpc_method m, const char *who, union ask *a)
{
	memset(a, 0, sizeof(*a));
	switch ((int)m) {
	case RPC_SUBMIT:
	case RPC_SITE_CERTIFICATE:
		a->submit = (struct rpc_submit){ .target_ca = "elsewhere",
			.request = BYTES_LIT("x"),
			.attributes = "",
			.address = "",
			.agent = "" };
		break;
	case RPC_RETRIEVE:
	case RPC_SHOW:
	case RPC_REPORT_LOST:
		a->retrieve =
		    (struct rpc_retrieve){ .id = 999999, .reason = "" };
		break;
	case RPC_LIST:
		a->list =
		    (struct rpc_list_ask){ .requester = "", .search = "" };
		break;
	case RPC_DECIDE:
		a->decide = (struct rpc_decide){ .id = 999999,
			.decision = RPC_DECISION_ISSUE,
			.reason = "" };
		break;
	case RPC_CRL_DELIVER:
		a->delivery.text = "";
		return;
	case RPC_REVOKE:
		a->revoke = (struct rpc_revoke){ .id = 999999, .comment = "" };
		break;
	case RPC_USER_ADD:
	case RPC_USER_PASSWD:
	case RPC_USER_DISABLE:
	case RPC_USER_EDIT:
		a->user = (struct rpc_user_change){
			.name = "-", .mail = "", .display_name = "", .upn = ""
		};
		return;
	case RPC_ROLE_CHANGE:
		a->role.name = "";
		return;
	case RPC_GROUP_LIST:
		a->group.name = "";
		return;
	case RPC_GROUP_CHANGE:
		a->group_change =
		    (struct rpc_group_change){ RPC_GROUP_MAKE, "", "", "" };
		return;
	case RPC_PERMISSION_LIST:
		a->permission.template_name = "";
		return;
	case RPC_PERMISSION_CHANGE:
		a->permission_change =
		    (struct rpc_permission_change){ RPC_PERMISSION_ALLOW, "",
			    false, "", "" };
		return;
	case RPC_RESTRICTION_CHANGE:
		a->restriction.row = (struct rpc_restriction){
			.actor = "", .template_name = "", .target = ""
		};
		return;
	case RPC_PERSON_CHANGE:
		a->person = (struct rpc_person_change){ "", "" };
		return;
	case RPC_CRL_GET:
		a->crl.generation = RPC_NEWEST;
		return;
	case RPC_CHECK_PASSWORD:
		a->password =
		    (struct rpc_password_ask){ "nobody", BYTES_LIT("x"), "" };
		return;
	default:
		return;
	}
	fixture_identity(&a->identity, who);
}

static bool
allowed(enum err_code code)
{
	return code != ERR_DENIED && code != ERR_ENROLL_DENIED;
}

static void
check_cell(struct rpc_client *c, enum rpc_method m, const char *who, char mark)
{
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	union ask ask;

	fill(m, who, &ask);
	if (rpc_call(c, m, &ask, &msg, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	if (allowed(err.code) != (mark == '+'))
		fail_msg("method %d as %s: %s", (int)m, who, err.text);
}

static void
every_method_as_everybody(void **state)
{
	struct fixture *f = *state;

	for (size_t p = 0; p < ARRAY_LEN(people); p++) {
		const struct rpc_client_options o = { .path = f->admin,
			.as = people[p] };
		struct rpc_client *admin = NULL;
		struct err err = { 0 };

		assert_int_equal(rpc_client_new(&o, &admin, &err), 0);
		for (size_t i = 0; i < ARRAY_LEN(table); i++) {
			check_cell(f->client, table[i].method, people[p],
			    table[i].web[0] ? table[i].web[p] : '-');
			check_cell(admin, table[i].method, people[p],
			    table[i].admin[0] ? table[i].admin[p] : '-');
		}
		rpc_client_free(admin);
	}
}

/* On the command line the socket's account counts, whatever the call says. */
static void
command_line_cannot_borrow_names(void **state)
{
	struct fixture *f = *state;
	const struct rpc_client_options o = { .path = f->admin, .as = "alice" };
	struct rpc_client *c = NULL;
	struct err err = { 0 };

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	check_cell(c, RPC_REVOKE, "officer", '-');
	check_cell(c, RPC_CRL_PUBLISH, "admin", '-');
	rpc_client_free(c);
}

static void
strangers_are_nobody(void **state)
{
	struct fixture *f = *state;
	struct rpc_list_ask ask = { .requester = "", .search = "" };
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	/* Nobody named. */
	assert_int_equal(rpc_call(f->client, RPC_LIST, &ask, &msg, &err), -1);
	assert_int_equal(err.code, ERR_UNAUTHENTICATED);
	/* Unknown here, and known, but of another realm. */
	fixture_identity(&ask.identity, "mallory");
	assert_int_equal(rpc_call(f->client, RPC_LIST, &ask, &msg, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_true(identity_set(&ask.identity, "example.com", "officer",
	    IDENTITY_BASIC, clock_now()));
	assert_int_equal(rpc_call(f->client, RPC_LIST, &ask, &msg, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
}

/* --- decisions ----------------------------------------------------------- */

static uint64_t
submit(struct fixture *f, const char *who, const char *name)
{
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r;

	make_csr(MAKE_P256, name, &csr);
	if (fixture_submit(f, who, buf_bytes(&csr), "", &r) < 0)
		fail_msg("%s", r.err.text);
	assert_int_equal(r.disposition, DISPOSITION_PENDING);
	return r.id;
}

static enum err_code
decide(struct rpc_client *c, const char *who, uint64_t id,
    enum rpc_decision decision, const char *reason)
{
	struct rpc_decide ask = {
		.id = id, .decision = decision, .reason = reason
	};
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, who);
	if (rpc_do_DECIDE(c, &ask, &msg, &r, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	return err.code;
}

static enum err_code
revoke_as(struct fixture *f, const char *who, uint64_t id, uint32_t reason)
{
	struct rpc_revoke ask = { .id = id, .reason = reason, .comment = "" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, who);
	if (rpc_do_REVOKE(f->client, &ask, &msg, &r, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	return err.code;
}

static enum err_code
report_lost(struct fixture *f, const char *who, uint64_t id)
{
	struct rpc_retrieve ask = { .id = id, .reason = "left on a train" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, who);
	if (rpc_do_REPORT_LOST(f->client, &ask, &msg, &r, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	return err.code;
}

static void
denial_needs_a_reason(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "a.example");
	struct fixture_result r;

	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_DENY, ""),
	    ERR_INVALID);
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_DENY, "no\nway"),
	    ERR_INVALID);
	/* Whoever pastes a key has it neither in the row nor in the audit. */
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_DENY,
		"-----BEGIN PRIVATE KEY----- MIGHAgEAMBMGByqGSM49AgEG"),
	    ERR_PRIVATE_KEY);
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_DENY, "no contract"),
	    ERR_OK);
	assert_int_equal(fixture_retrieve(f, "alice", id, &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_DENIED);
	assert_int_equal(r.hresult, 0x80094014);
	assert_non_null(strstr(r.sentence, "no contract"));
}

static void
nobody_decides_on_his_own(void **state)
{
	struct fixture *f = *state;
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	const struct rpc_user_change both = { .name = "both",
		.roles = ROLE_ENROLLEE | ROLE_OFFICER,
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1 };
	struct rpc_client *admin = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	uint64_t id;

	assert_int_equal(rpc_client_new(&o, &admin, &err), 0);
	assert_int_equal(rpc_call(admin, RPC_USER_ADD, &both, &msg, &err), 0);
	rpc_msg_free(msg);
	rpc_client_free(admin);
	id = submit(f, "both", "own.example");
	for (int d = RPC_DECISION_ISSUE; d <= RPC_DECISION_DENY; d++) {
		assert_int_equal(decide(f->client, "both", id,
				     (enum rpc_decision)d, "reason"),
		    ERR_DENIED);
		/* Names know no capitals. */
		assert_int_equal(decide(f->client, "BOTH", id,
				     (enum rpc_decision)d, "reason"),
		    ERR_DENIED);
	}
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_ISSUE, ""), ERR_OK);
	assert_int_equal(revoke_as(f, "both", id, 1), ERR_DENIED);
	assert_int_equal(report_lost(f, "both", id), ERR_OK);
}

struct racer {
	pthread_t thread;
	struct fixture *f;
	uint64_t id;
	enum rpc_decision decision;
	enum err_code code;
};

static void
race(void *arg)
{
	struct racer *r = arg;

	r->code = decide(r->f->client, "officer", r->id, r->decision, "no");
}

static void
of_two_officers_one_wins(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 20; round++) {
		uint64_t id = submit(f, "alice", "race.example");
		struct racer r[2] = { { .decision = RPC_DECISION_ISSUE },
			{ .decision = round % 2 ? RPC_DECISION_ISSUE
						: RPC_DECISION_DENY } };
		struct err err = { 0 };
		unsigned won = 0;

		for (size_t i = 0; i < 2; i++) {
			r[i].f = f;
			r[i].id = id;
			assert_int_equal(thread_start(&r[i].thread, "race",
					     race, &r[i], &err),
			    0);
		}
		for (size_t i = 0; i < 2; i++) {
			thread_join(r[i].thread);
			if (r[i].code == ERR_OK)
				won++;
			else
				assert_int_equal(r[i].code, ERR_BAD_STATE);
		}
		assert_int_equal(won, 1);
	}
}

/* Only an administrator, only on the command line: a web role that was taken
 * over brings no refused request back. */
static void
resubmit_is_for_administrators(void **state)
{
	struct fixture *f = *state;
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	uint64_t id = submit(f, "alice", "again.example");
	struct rpc_client *admin = NULL;
	struct fixture_result r;
	struct err err = { 0 };

	assert_int_equal(rpc_client_new(&o, &admin, &err), 0);
	assert_int_equal(decide(admin, "admin", id, RPC_DECISION_RESUBMIT, ""),
	    ERR_BAD_STATE); /* it still waits */
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_DENY, "no"), ERR_OK);
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_RESUBMIT, ""),
	    ERR_DENIED);
	assert_int_equal(
	    decide(f->client, "admin", id, RPC_DECISION_RESUBMIT, ""),
	    ERR_DENIED);
	assert_int_equal(
	    decide(admin, "admin", id, RPC_DECISION_RESUBMIT, ""), ERR_OK);
	assert_int_equal(fixture_retrieve(f, "alice", id, &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_PENDING);
	assert_int_equal(
	    decide(admin, "admin", id, RPC_DECISION_ISSUE, ""), ERR_DENIED);
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_ISSUE, ""), ERR_OK);
	rpc_client_free(admin);
}

/* --- revocations ---------------------------------------------------------- */

static void
reasons_of_revocations(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "r.example");

	assert_int_equal(revoke_as(f, "officer", id, 1), ERR_BAD_STATE);
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_ISSUE, ""), ERR_OK);
	assert_int_equal(revoke_as(f, "officer", id, 8), ERR_BAD_STATE);
	assert_int_equal(revoke_as(f, "alice", id, 1), ERR_DENIED);
	assert_int_equal(revoke_as(f, "officer", id, 6), ERR_OK);
	assert_int_equal(revoke_as(f, "officer", id, 6), ERR_BAD_STATE);
	assert_int_equal(revoke_as(f, "officer", id, 8), ERR_OK);
	assert_int_equal(revoke_as(f, "officer", id, 6), ERR_OK);
	assert_int_equal(revoke_as(f, "officer", id, 4), ERR_OK);
	assert_int_equal(revoke_as(f, "officer", id, 8), ERR_BAD_STATE);
	assert_int_equal(revoke_as(f, "officer", id, 6), ERR_BAD_STATE);
	assert_int_equal(revoke_as(f, "officer", id, 4), ERR_BAD_STATE);
	assert_int_equal(revoke_as(f, "officer", id, 1), ERR_OK);
	assert_int_equal(revoke_as(f, "officer", id, 8), ERR_BAD_STATE);
	assert_int_equal(report_lost(f, "alice", id), ERR_BAD_STATE);
}

static void
only_owners_report_a_loss(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "l.example");
	struct fixture_result r;

	assert_int_equal(report_lost(f, "alice", id), ERR_BAD_STATE);
	assert_int_equal(
	    decide(f->client, "officer", id, RPC_DECISION_ISSUE, ""), ERR_OK);
	assert_int_equal(report_lost(f, "bob", id), ERR_NOT_FOUND);
	assert_int_equal(report_lost(f, "officer", id), ERR_DENIED);
	assert_int_equal(report_lost(f, "alice", id), ERR_OK);
	assert_int_equal(fixture_retrieve(f, "alice", id, &r), 0);
	assert_int_equal(r.disposition, DISPOSITION_REVOKED);
	X509_free(r.cert);
	/* It is a hold, which an officer ends. */
	assert_int_equal(revoke_as(f, "officer", id, 8), ERR_OK);
}

/* --- lists and details ---------------------------------------------------- */

static size_t
list(struct fixture *f, struct rpc_list_ask *ask, const char *who,
    uint64_t *ret_first, uint64_t *ret_next)
{
	const struct rpc_list *l = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	size_t n;

	ask->requester = ask->requester ? ask->requester : "";
	ask->search = ask->search ? ask->search : "";
	fixture_identity(&ask->identity, who);
	if (rpc_do_LIST(f->client, ask, &msg, &l, &err) < 0)
		fail_msg("%s", err.text);
	n = l->row_count;
	*ret_first = n ? l->rows[0].id : 0;
	*ret_next = l->next;
	for (size_t i = 1; i < n; i++)
		assert_true(l->rows[i].id < l->rows[i - 1].id);
	rpc_msg_free(msg);
	return n;
}

static void
lists_show_ones_own(void **state)
{
	struct fixture *f = *state;
	uint64_t id[5], first, next;

	for (size_t i = 0; i < 5; i++)
		id[i] = submit(f, i % 2 ? "bob" : "alice", "x.example");
	assert_int_equal(
	    list(f, &(struct rpc_list_ask){ 0 }, "alice", &first, &next), 3);
	assert_int_equal(first, id[4]);
	assert_int_equal(next, 0);
	/* Filters do not widen that. */
	assert_int_equal(list(f, &(struct rpc_list_ask){ .requester = "bob" },
			     "alice", &first, &next),
	    0);
	assert_int_equal(list(f, &(struct rpc_list_ask){ .requester = "alice" },
			     "alice", &first, &next),
	    3);
	assert_int_equal(list(f, &(struct rpc_list_ask){ .search = "example" },
			     "bob", &first, &next),
	    2);
	assert_int_equal(
	    list(f, &(struct rpc_list_ask){ 0 }, "operator", &first, &next), 0);
	assert_int_equal(
	    list(f, &(struct rpc_list_ask){ 0 }, "officer", &first, &next), 5);
	assert_int_equal(list(f, &(struct rpc_list_ask){ .mine_only = true },
			     "officer", &first, &next),
	    0);
	/* Two pages and a half. */
	assert_int_equal(list(f, &(struct rpc_list_ask){ .limit = 2 },
			     "officer", &first, &next),
	    2);
	assert_int_equal(next, id[3]);
	assert_int_equal(
	    list(f, &(struct rpc_list_ask){ .limit = 2, .before = next },
		"officer", &first, &next),
	    2);
	assert_int_equal(first, id[2]);
	assert_int_equal(
	    list(f, &(struct rpc_list_ask){ .limit = 2, .before = next },
		"officer", &first, &next),
	    1);
	assert_int_equal(next, 0);
	/* What LIKE would take for a pattern is text. */
	assert_int_equal(list(f, &(struct rpc_list_ask){ .search = "x_ex%" },
			     "officer", &first, &next),
	    0);
}

static void
details_are_for_who_may_see(void **state)
{
	struct fixture *f = *state;
	uint64_t id = submit(f, "alice", "d.example");
	static const struct {
		const char *who;
		bool sees, decides, mine;
	} rows[] = {
		{ "alice", true, false, true },
		{ "bob", false, false, false },
		{ "operator", false, false, false },
		{ "auditor", true, false, false },
		{ "admin", true, false, false },
		{ "officer", true, true, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rpc_retrieve ask = { .id = id, .reason = "" };
		const struct rpc_request *r = NULL;
		struct rpc_msg *msg = NULL;
		struct err err = { 0 };
		int rc;

		fixture_identity(&ask.identity, rows[i].who);
		rc = rpc_do_SHOW(f->client, &ask, &msg, &r, &err);
		assert_int_equal(rc, rows[i].sees ? 0 : -1);
		if (rc < 0) {
			assert_int_equal(err.code, ERR_NOT_FOUND);
			continue;
		}
		assert_int_equal(r->mine, rows[i].mine);
		assert_int_equal(r->may_decide, rows[i].decides);
		assert_int_equal(r->may_not[0] == 0, rows[i].decides);
		assert_int_equal(r->event_count, 1);
		assert_string_equal(r->events[0].what, "Received");
		assert_string_equal(r->kind, "PKCS #10");
		assert_true(r->field_count > 0);
		assert_string_equal(r->fields[0].label, "Subject");
		rpc_msg_free(msg);
	}
}

/* A requester asks for as much as fits, so that the officer does not see the
 * one that matters, which comes last. */
static void
what_is_granted_is_shown(void **state)
{
	struct fixture *f = *state;
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	EVP_PKEY *key = make_key(MAKE_P256);
	X509_REQ *req = X509_REQ_new();
	X509_NAME *name = X509_NAME_new();
	struct rpc_retrieve ask = { .reason = "" };
	const struct rpc_request *r = NULL;
	struct rpc_msg *msg = NULL;
	struct fixture_result sent;
	struct err err = { 0 };
	uint8_t *der = NULL;
	bool seen = false;
	int n;

	for (int i = 0; i < 63; i++) {
		char oid[32];
		ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
		ASN1_OBJECT *o;

		snprintf(oid, sizeof(oid), "1.3.6.1.4.1.99999.%d", i);
		o = OBJ_txt2obj(oid, 1);
		ASN1_OCTET_STRING_set(v, (const uint8_t *)"\5\0", 2);
		sk_X509_EXTENSION_push(
		    list, X509_EXTENSION_create_by_OBJ(NULL, o, 0, v));
		ASN1_OCTET_STRING_free(v);
		ASN1_OBJECT_free(o);
	}
	sk_X509_EXTENSION_push(
	    list, X509V3_EXT_conf(NULL, NULL, (char[]){ "subjectAltName" },
		      (char[]){ "DNS:the-bank.example" }));
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const uint8_t *)"harmless.example", -1, -1, 0);
	X509_REQ_set_subject_name(req, name);
	X509_REQ_set_pubkey(req, key);
	X509_REQ_add_extensions(req, list);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	n = i2d_X509_REQ(req, &der);
	assert_true(n > 0);
	if (fixture_submit(f, "alice", bytes_of(der, (size_t)n), "", &sent) < 0)
		fail_msg("%s", sent.err.text);
	ask.id = sent.id;
	assert_int_equal(sent.disposition, DISPOSITION_PENDING);
	{
		fixture_identity(&ask.identity, "officer");
		if (rpc_do_SHOW(f->client, &ask, &msg, &r, &err) < 0)
			fail_msg("%s", err.text);
		for (size_t i = 0; i < r->field_count; i++)
			seen = seen ||
			       strstr(r->fields[i].granted, "the-bank.example");
		assert_true(seen);
		assert_string_equal(
		    r->fields[r->field_count - 1].label, "More");
		rpc_msg_free(msg);
	}
	OPENSSL_free(der);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_NAME_free(name);
	X509_REQ_free(req);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_method_as_everybody),
		TEST(command_line_cannot_borrow_names),
		TEST(strangers_are_nobody),
		TEST(denial_needs_a_reason),
		TEST(nobody_decides_on_his_own),
		TEST(of_two_officers_one_wins),
		TEST(resubmit_is_for_administrators),
		TEST(reasons_of_revocations),
		TEST(only_owners_report_a_loss),
		TEST(lists_show_ones_own),
		TEST(details_are_for_who_may_see),
		TEST(what_is_granted_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
