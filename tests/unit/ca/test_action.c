/* Roles, groups, permissions and persons: what waits for whom, who confirms,
 * what is refused, and that a change counts at once. */
#include "base/clock.h"
#include "base/str.h"
#include "ca/permission.h"
#include "fixture.h"
#include "store/access.h"

#include <unistd.h>

/* A CA that serves: nobody sets it up any more. One administrator more. */
static int
setup(void **state)
{
	static const char *const more[] = { "admin2", "officer2" };
	static const uint32_t roles[] = { ROLE_ADMIN, ROLE_OFFICER };
	struct store *s = NULL;
	struct store_writer *w = NULL;
	struct fixture *f;

	if (fixture_setup_stopped(state) < 0)
		return -1;
	f = *state;
	assert_int_equal(store_open(f->database, &s, NULL), 0);
	assert_int_equal(store_writer_open(s, &w, NULL), 0);
	assert_int_equal(store_begin(w, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		const struct store_user u = { .name = more[i],
			.hash = "",
			.roles = roles[i],
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
	f->config.init = false; /* the key is made */
	return 0;
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, fixture_teardown)

struct outcome {
	enum err_code code; /* ERR_OK when it was answered */
	bool waits;
	uint64_t change;
	char text[RPC_TEXT_MAX + 1];
};

/* One method as one account of the command line. */
#define DO(f, who, METHOD, ask)                                                \
	__extension__({                                                        \
		const struct rpc_client_options do_o_ = { .path = (f)->admin,  \
			.as = (who) };                                         \
		struct outcome do_out_ = { 0 };                                \
		struct rpc_client *do_c_ = NULL;                               \
		const struct rpc_acted *do_acted_ = NULL;                      \
		struct rpc_msg *do_msg_ = NULL;                                \
		struct err do_err_ = { 0 };                                    \
		assert_int_equal(rpc_client_new(&do_o_, &do_c_, &do_err_), 0); \
		if (rpc_do_##METHOD(                                           \
			do_c_, ask, &do_msg_, &do_acted_, &do_err_) < 0) {     \
			do_out_.code = do_err_.code;                           \
			snprintf(do_out_.text, sizeof(do_out_.text), "%s",     \
			    do_err_.text);                                     \
		} else {                                                       \
			do_out_.waits = do_acted_->waits;                      \
			do_out_.change = do_acted_->change;                    \
			snprintf(do_out_.text, sizeof(do_out_.text), "%s",     \
			    do_acted_->what);                                  \
		}                                                              \
		rpc_msg_free(do_msg_);                                         \
		rpc_client_free(do_c_);                                        \
		do_out_;                                                       \
	})

static struct outcome
role(struct fixture *f, const char *who, const char *name, uint32_t r, bool on)
{
	const struct rpc_role_change ask = { name, r, on };

	return DO(f, who, ROLE_CHANGE, &ask);
}

static struct outcome
confirm(struct fixture *f, const char *who, uint64_t id)
{
	const struct rpc_confirm ask = { id, false };

	return DO(f, who, CONFIRM, &ask);
}

static struct outcome
cancel(struct fixture *f, const char *who, uint64_t id)
{
	const struct rpc_confirm ask = { id, true };

	return DO(f, who, CONFIRM, &ask);
}

static struct outcome
group(struct fixture *f, uint32_t action, const char *name, const char *member)
{
	const struct rpc_group_change ask = { action, name, member, "" };

	return DO(f, "admin", GROUP_CHANGE, &ask);
}

static struct outcome
permit(struct fixture *f, uint32_t action, bool is_group, const char *name,
    const char *rights)
{
	const struct rpc_permission_change ask = { action, "", is_group, name,
		rights };

	return DO(f, "admin", PERMISSION_CHANGE, &ask);
}

static struct outcome
person(struct fixture *f, const char *name, const char *other)
{
	const struct rpc_person_change ask = { name, other };

	return DO(f, "admin", PERSON_CHANGE, &ask);
}

static void
done(struct outcome o)
{
	if (o.code != ERR_OK || o.waits)
		fail_msg("%s: %s", err_name(o.code), o.text);
}

static uint64_t
waits(struct outcome o)
{
	if (o.code != ERR_OK || !o.waits || !o.change)
		fail_msg("%s: %s", err_name(o.code), o.text);
	return o.change;
}

static void
refused(enum err_code code, struct outcome o)
{
	if (o.code != code)
		fail_msg("%s: %s", err_name(o.code), o.text);
}

/* What the web role hears when somebody asks for a list or submits. */
static enum err_code
asks(struct fixture *f, const char *realm, const char *name, bool submits)
{
	struct rpc_list_ask list = { .requester = "", .search = "" };
	struct rpc_submit submit = { .target_ca = "",
		.request = BYTES_LIT("no request"),
		.attributes = "",
		.address = "",
		.agent = "" };
	const struct rpc_result *r;
	const struct rpc_list *l;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	int rc;

	assert_true(identity_set(
	    &list.identity, realm, name, IDENTITY_BASIC, clock_now()));
	submit.identity = list.identity;
	rc = submits ? rpc_do_SUBMIT(f->client, &submit, &msg, &r, &err)
		     : rpc_do_LIST(f->client, &list, &msg, &l, &err);
	rpc_msg_free(msg);
	return rc < 0 ? err.code : ERR_OK;
}

#define submits(f, realm, name) asks(f, realm, name, true)

/* Does the account hold the role now? PUBLISH and AUDIT_LIST tell. */
static bool
is_auditor(struct fixture *f, const char *who)
{
	const struct rpc_client_options o = { .path = f->admin, .as = who };
	struct rpc_audit_ask ask = { 0 };
	const struct rpc_audit_list *l;
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	int rc;

	assert_int_equal(rpc_client_new(&o, &c, &err), 0);
	rc = rpc_do_AUDIT_LIST(c, &ask, &msg, &l, &err);
	rpc_msg_free(msg);
	rpc_client_free(c);
	return rc == 0;
}

/* --- roles ---------------------------------------------------------------- */

static void
a_role_waits_for_a_second_person(void **state)
{
	struct fixture *f = *state;
	uint64_t id = waits(role(f, "admin", "bob", ROLE_AUDITOR, true));

	assert_false(is_auditor(f, "bob"));
	refused(ERR_EXISTS, role(f, "admin2", "bob", ROLE_AUDITOR, true));
	refused(ERR_DENIED, confirm(f, "admin", id));
	refused(ERR_DENIED, confirm(f, "officer", id));
	refused(ERR_DENIED, confirm(f, "bob", id));
	assert_false(is_auditor(f, "bob"));
	done(confirm(f, "admin2", id));
	assert_true(is_auditor(f, "bob"));
	refused(ERR_NOT_FOUND, confirm(f, "auditor", id));
	id = waits(role(f, "admin", "bob", ROLE_AUDITOR, false));
	assert_true(is_auditor(f, "bob"));
	refused(ERR_DENIED, confirm(f, "bob", id)); /* concerns him */
	done(confirm(f, "auditor", id));
	assert_false(is_auditor(f, "bob"));
}

static void
rules_of_roles(void **state)
{
	struct fixture *f = *state;
	uint64_t id;

	/* No separated role: one administrator is enough. */
	done(role(f, "admin", "alice", ROLE_ENROLLEE, false));
	assert_int_equal(submits(f, "local", "alice"), ERR_ENROLL_DENIED);
	done(role(f, "admin", "ALICE", ROLE_ENROLLEE, true));
	assert_int_equal(submits(f, "local", "alice"), ERR_OK);
	refused(ERR_EXISTS, role(f, "admin", "alice", ROLE_ENROLLEE, true));
	refused(ERR_NOT_FOUND, role(f, "admin", "alice", ROLE_OFFICER, false));
	refused(ERR_NOT_FOUND, role(f, "admin", "nobody", ROLE_OFFICER, true));
	refused(ERR_POLICY, role(f, "admin", "officer", ROLE_ADMIN, true));
	refused(ERR_INVALID, role(f, "admin", "corp\\bob", ROLE_ADMIN, true));
	refused(ERR_INVALID,
	    role(f, "admin", "alice", ROLE_OFFICER | ROLE_ADMIN, true));
	refused(ERR_INVALID, role(f, "admin", "alice", 0, true));
	refused(ERR_DENIED, role(f, "auditor", "alice", ROLE_ADMIN, true));
	/* A change that was asked for while it was right. */
	id = waits(role(f, "admin", "alice", ROLE_OFFICER, true));
	done(confirm(f, "auditor",
	    waits(role(f, "admin", "alice", ROLE_OPERATOR, true))));
	refused(ERR_POLICY, confirm(f, "auditor", id));
	done(cancel(f, "auditor", id));
	refused(ERR_NOT_FOUND, cancel(f, "admin", id));
}

static void
the_last_administrator_stays(void **state)
{
	struct fixture *f = *state;
	uint64_t first = waits(role(f, "admin", "admin2", ROLE_ADMIN, false));
	uint64_t second = waits(role(f, "admin2", "admin", ROLE_ADMIN, false));

	done(confirm(f, "auditor", first));
	/* Who asked for the second is no administrator any more. */
	refused(ERR_DENIED, confirm(f, "auditor", second));
	refused(ERR_POLICY, role(f, "admin", "admin", ROLE_ADMIN, false));
	refused(ERR_POLICY,
	    permit(f, RPC_PERMISSION_DENY, false, "admin", "manage"));
	refused(ERR_POLICY,
	    permit(f, RPC_PERMISSION_DENY, true, "everyone", "manage"));
	/* A second role would be none. */
	refused(ERR_POLICY,
	    permit(f, RPC_PERMISSION_ALLOW, false, "admin", "issue"));
}

static void
what_waits_expires(void **state)
{
	struct fixture *f = *state;
	const struct store_waiting old = { .kind = 1,
		.subject = "local\\bob",
		.name = "bob",
		.object = "",
		.rights = ROLE_OFFICER,
		.hash = "",
		.what = "bob gets the role officer",
		.asker_owner = "local\\admin",
		.asker = "admin",
		.asked = clock_now() - 7 * 86400 - 1 };
	struct store *s = NULL;
	struct store_writer *w = NULL;
	uint64_t id = 0;

	fixture_stop(f);
	assert_int_equal(store_open(f->database, &s, NULL), 0);
	assert_int_equal(store_writer_open(s, &w, NULL), 0);
	assert_int_equal(store_begin(w, NULL), 0);
	assert_int_equal(store_put_waiting(w, &old, &id, NULL), 0);
	assert_int_equal(store_commit(w, NULL), 0);
	store_writer_close(w);
	store_close(s);
	fixture_start(f);
	refused(ERR_NOT_FOUND, confirm(f, "auditor", id));
	/* It does not stand in the way of the same change. */
	done(confirm(
	    f, "auditor", waits(role(f, "admin", "bob", ROLE_OFFICER, true))));
}

static void
one_person_needs_nobody_when_the_site_says_so(void **state)
{
	struct fixture *f = *state;

	fixture_stop(f);
	f->config.single_person = true;
	fixture_start(f);
	done(role(f, "admin", "admin", ROLE_AUDITOR, true));
	assert_true(is_auditor(f, "admin"));
	fixture_stop(f);
	f->config.single_person = false;
	fixture_start(f);
	/* Separated again: of two roles none counts. */
	assert_false(is_auditor(f, "admin"));
	refused(ERR_DENIED, role(f, "admin", "bob", ROLE_AUDITOR, true));
}

/* --- accounts that hold roles --------------------------------------------- */

static struct rpc_user_change
account(const char *name, const char *password, uint32_t roles, bool enable)
{
	return (struct rpc_user_change){ .name = name,
		.password = bytes_str(password),
		.roles = roles,
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1,
		.enable = enable };
}

/* The number of the change that waits; 0: it is done. */
#define USER(f, who, METHOD, ask)                                              \
	__extension__({                                                        \
		const struct rpc_client_options u_o_ = { .path = (f)->admin,   \
			.as = (who) };                                         \
		const struct rpc_user_change u_ask_ = ask;                     \
		struct rpc_client *u_c_ = NULL;                                \
		const struct rpc_user *u_ = NULL;                              \
		struct rpc_msg *u_msg_ = NULL;                                 \
		struct err u_err_ = { 0 };                                     \
		uint64_t u_id_;                                                \
		assert_int_equal(rpc_client_new(&u_o_, &u_c_, NULL), 0);       \
		if (rpc_do_##METHOD(u_c_, &u_ask_, &u_msg_, &u_, &u_err_) < 0) \
			fail_msg("%s", u_err_.text);                           \
		u_id_ = u_->waiting;                                           \
		rpc_msg_free(u_msg_);                                          \
		rpc_client_free(u_c_);                                         \
		u_id_;                                                         \
	})

static bool
password_is(struct fixture *f, const char *name, const char *password)
{
	const struct rpc_password_ask ask = { name, bytes_str(password), "" };
	const struct rpc_password_result *r;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	int rc = rpc_do_CHECK_PASSWORD(f->client, &ask, &msg, &r, &err);

	rpc_msg_free(msg);
	return rc == 0;
}

static void
accounts_with_roles_wait(void **state)
{
	struct fixture *f = *state;
	uint64_t id;

	/* Added without the role it is to have. */
	id = USER(f, "admin", USER_ADD,
	    account("new", "first password", ROLE_AUDITOR, false));
	assert_int_not_equal(id, 0);
	assert_true(password_is(f, "new", "first password"));
	assert_false(is_auditor(f, "new"));
	/* About to have one is as good as having one. */
	assert_int_not_equal(USER(f, "admin", USER_PASSWD,
				 account("new", "taken over", 0, false)),
	    0);
	done(confirm(f, "auditor", id));
	assert_true(is_auditor(f, "new"));

	assert_int_equal(USER(f, "admin", USER_PASSWD,
			     account("alice", "alices password", 0, false)),
	    0);
	assert_true(password_is(f, "alice", "alices password"));
	id = USER(f, "admin", USER_PASSWD,
	    account("officer", "officers password", 0, false));
	assert_false(password_is(f, "officer", "officers password"));
	refused(ERR_DENIED, confirm(f, "officer", id));
	refused(ERR_DENIED, confirm(f, "admin", id));
	done(confirm(f, "admin2", id));
	assert_true(password_is(f, "officer", "officers password"));
	/* One's own is no reset. */
	assert_int_equal(USER(f, "admin", USER_PASSWD,
			     account("admin", "my own password", 0, false)),
	    0);
	/* Out and back only with a second person. */
	id = USER(f, "admin", USER_DISABLE, account("officer", "", 0, false));
	assert_int_equal(asks(f, "local", "officer", false), ERR_OK);
	refused(ERR_DENIED, confirm(f, "admin", id));
	done(confirm(f, "auditor", id));
	id = USER(f, "admin", USER_DISABLE, account("officer", "", 0, true));
	assert_int_equal(asks(f, "local", "officer", false), ERR_DENIED);
	done(confirm(f, "auditor", id));
	assert_int_equal(asks(f, "local", "officer", false), ERR_OK);
}

/* --- entries and groups ----------------------------------------------------
 */

static void
groups_give_and_deny_takes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(submits(f, "corp", "carol"), ERR_DENIED);
	assert_int_equal(submits(f, "local", "officer"), ERR_ENROLL_DENIED);
	done(group(f, RPC_GROUP_MAKE, "Staff", ""));
	done(permit(f, RPC_PERMISSION_ALLOW, true, "staff", "enroll"));
	done(group(f, RPC_GROUP_JOIN, "staff", "CORP\\Carol"));
	done(group(f, RPC_GROUP_JOIN, "STAFF", "officer"));
	assert_int_equal(submits(f, "corp", "carol"), ERR_OK);
	assert_int_equal(submits(f, "CORP", "CAROL"), ERR_OK);
	assert_int_equal(submits(f, "local", "officer"), ERR_OK);
	assert_int_equal(submits(f, "other", "carol"), ERR_DENIED);
	/* Deny comes first, before a role too. */
	done(permit(f, RPC_PERMISSION_DENY, false, "corp\\carol", "enroll"));
	assert_int_equal(submits(f, "corp", "carol"), ERR_DENIED);
	done(permit(f, RPC_PERMISSION_DENY, false, "alice", "enroll"));
	assert_int_equal(submits(f, "local", "alice"), ERR_ENROLL_DENIED);
	assert_int_equal(asks(f, "local", "alice", false), ERR_OK);
	done(permit(f, RPC_PERMISSION_REMOVE, false, "alice", "enroll"));
	assert_int_equal(submits(f, "local", "alice"), ERR_OK);
	done(group(f, RPC_GROUP_LEAVE, "staff", "officer"));
	assert_int_equal(submits(f, "local", "officer"), ERR_ENROLL_DENIED);
	refused(ERR_POLICY, group(f, RPC_GROUP_DELETE, "staff", ""));
	done(permit(f, RPC_PERMISSION_REMOVE, true, "staff", "enroll"));
	done(group(f, RPC_GROUP_DELETE, "staff", ""));
	/* A group of the same name made later has none of the old members. */
	done(group(f, RPC_GROUP_MAKE, "staff", ""));
	done(permit(f, RPC_PERMISSION_ALLOW, true, "staff", "enroll"));
	done(permit(f, RPC_PERMISSION_REMOVE, false, "corp\\carol", "enroll"));
	assert_int_equal(submits(f, "corp", "carol"), ERR_DENIED);
}

/* What gives the right of a role waits like the role. */
static void
entries_are_no_way_around_roles(void **state)
{
	struct fixture *f = *state;
	uint64_t id;

	id = waits(permit(f, RPC_PERMISSION_ALLOW, false, "bob", "audit"));
	assert_false(is_auditor(f, "bob"));
	refused(ERR_DENIED, confirm(f, "bob", id));
	done(confirm(f, "admin2", id));
	assert_true(is_auditor(f, "bob"));
	done(group(f, RPC_GROUP_MAKE, "reviewers", ""));
	id = waits(permit(f, RPC_PERMISSION_ALLOW, true, "reviewers", "audit"));
	done(confirm(f, "auditor", id));
	id = waits(group(f, RPC_GROUP_JOIN, "reviewers", "alice"));
	assert_false(is_auditor(f, "alice"));
	done(confirm(f, "admin2", id));
	assert_true(is_auditor(f, "alice"));
	/* A member confirms nothing about his group. */
	id = waits(
	    permit(f, RPC_PERMISSION_ALLOW, true, "reviewers", "operate"));
	refused(ERR_DENIED, confirm(f, "alice", id));
	/* Two of them are none. */
	done(confirm(f, "auditor", id));
	assert_false(is_auditor(f, "alice"));
	refused(ERR_POLICY,
	    permit(f, RPC_PERMISSION_ALLOW, true, "everyone", "manage"));
}

static void
rules_of_entries(void **state)
{
	struct fixture *f = *state;

	refused(ERR_INVALID,
	    permit(f, RPC_PERMISSION_ALLOW, false, "bob", "autoenroll"));
	refused(ERR_INVALID, permit(f, RPC_PERMISSION_ALLOW, false, "bob", ""));
	refused(ERR_NOT_FOUND,
	    permit(f, RPC_PERMISSION_ALLOW, false, "nobody", "read"));
	refused(ERR_NOT_FOUND,
	    permit(f, RPC_PERMISSION_ALLOW, true, "nobody", "read"));
	refused(ERR_NOT_FOUND,
	    permit(f, RPC_PERMISSION_REMOVE, false, "bob", "read"));
	done(permit(f, RPC_PERMISSION_ALLOW, false, "bob", "read, enroll"));
	refused(ERR_EXISTS,
	    permit(f, RPC_PERMISSION_ALLOW, false, "bob", "enroll"));
	refused(ERR_INVALID, group(f, RPC_GROUP_MAKE, "everyone", ""));
	refused(ERR_INVALID, group(f, RPC_GROUP_MAKE, "Officers", ""));
	refused(ERR_INVALID, group(f, RPC_GROUP_MAKE, "a,b", ""));
	refused(ERR_INVALID, group(f, RPC_GROUP_MAKE, "", ""));
	done(group(f, RPC_GROUP_MAKE, "g", ""));
	refused(ERR_EXISTS, group(f, RPC_GROUP_MAKE, "G", ""));
	refused(ERR_NOT_FOUND, group(f, RPC_GROUP_JOIN, "h", "bob"));
	refused(ERR_NOT_FOUND, group(f, RPC_GROUP_JOIN, "g", "nobody"));
	refused(ERR_NOT_FOUND, group(f, RPC_GROUP_LEAVE, "g", "bob"));
	done(group(f, RPC_GROUP_JOIN, "g", "bob"));
	refused(ERR_EXISTS, group(f, RPC_GROUP_JOIN, "g", "BOB"));
}

/* --- templates and agents ------------------------------------------------- */

static struct ca_worker
worker(struct fixture *f)
{
	struct ca_worker w = { .ca = f->ca };

	assert_int_equal(store_reader_open(f->ca->store, &w.reader, NULL), 0);
	return w;
}

static struct ca_who
somebody(const char *name, uint32_t roles)
{
	struct ca_who who = { .roles = roles, .known = true };

	fixture_identity(&who.identity, name);
	identity_owner(&who.identity, who.owner);
	identity_display(&who.identity, who.display);
	return who;
}

/* The template's own entries and those of the command line, deny first. */
static void
templates_have_entries_of_both_kinds(void **state)
{
	static const struct ca_permission_entry own[] = { { false, true,
	    "local\\enrollees", CA_TEMPLATE_READ | CA_TEMPLATE_ENROLL } };
	const struct ca_permission_list list = { own, 1 };
	const struct ca_permission_list none = { NULL, 0 };
	struct fixture *f = *state;
	struct ca_worker w = worker(f);
	struct ca_who alice = somebody("alice", ROLE_ENROLLEE);
	struct ca_who bob = somebody("bob", 0);
	struct rpc_permission_change deny = { RPC_PERMISSION_DENY, "USER",
		false, "alice", "enroll" };
	struct rpc_permission_change allow = { RPC_PERMISSION_ALLOW, "User",
		false, "bob", "enroll, autoenroll" };
	bool may;

#define MAY(who, list, right)                                                  \
	__extension__({                                                        \
		assert_int_equal(ca_permission_on_template(&w, &(who), "User", \
				     &(list), right, &may, NULL),              \
		    0);                                                        \
		may;                                                           \
	})
	assert_true(MAY(alice, list, CA_TEMPLATE_ENROLL));
	assert_false(MAY(alice, none, CA_TEMPLATE_ENROLL));
	assert_false(MAY(alice, list, CA_TEMPLATE_AUTOENROLL));
	assert_false(MAY(bob, list, CA_TEMPLATE_ENROLL));
	done(DO(f, "admin", PERMISSION_CHANGE, &deny));
	done(DO(f, "admin", PERMISSION_CHANGE, &allow));
	assert_false(MAY(alice, list, CA_TEMPLATE_ENROLL));
	assert_true(MAY(alice, list, CA_TEMPLATE_READ));
	assert_true(
	    MAY(bob, none, CA_TEMPLATE_ENROLL | CA_TEMPLATE_AUTOENROLL));
	store_reader_close(w.reader);
}

static void
agents_need_a_restriction(void **state)
{
	struct fixture *f = *state;
	struct ca_worker w = worker(f);
	struct ca_who agent = somebody("bob", ROLE_ENROLLEE);
	struct rpc_restriction_change add = { .row = { .actor = "bob",
						  .template_name = "User",
						  .target_kind =
						      RPC_TARGET_USER,
						  .target = "alice" } };
	struct err err = { 0 };

	assert_int_equal(
	    ca_permission_act_for(&w, &agent, "User", "local\\alice", &err),
	    -1);
	assert_int_equal(err.code, ERR_RESTRICTED);
	done(DO(f, "admin", RESTRICTION_CHANGE, &add));
	refused(ERR_EXISTS, DO(f, "admin", RESTRICTION_CHANGE, &add));
	assert_int_equal(
	    ca_permission_act_for(&w, &agent, "user", "local\\alice", &err), 0);
	assert_int_equal(
	    ca_permission_act_for(&w, &agent, "Machine", "local\\alice", &err),
	    -1);
	assert_int_equal(
	    ca_permission_act_for(&w, &agent, "User", "local\\officer", &err),
	    -1);
	add.row.target = "nobody";
	refused(ERR_NOT_FOUND, DO(f, "admin", RESTRICTION_CHANGE, &add));
	add = (struct rpc_restriction_change){ .remove = 1,
		.row = { .actor = "", .template_name = "", .target = "" } };
	done(DO(f, "admin", RESTRICTION_CHANGE, &add));
	refused(ERR_NOT_FOUND, DO(f, "admin", RESTRICTION_CHANGE, &add));
	assert_int_equal(
	    ca_permission_act_for(&w, &agent, "User", "local\\alice", &err),
	    -1);
	store_reader_close(w.reader);
}

/* --- persons -------------------------------------------------------------- */

static void
linked_accounts_are_one_person(void **state)
{
	struct fixture *f = *state;
	uint64_t id;

	id = waits(person(f, "admin", "admin2"));
	refused(ERR_DENIED, confirm(f, "admin2", id));
	done(confirm(f, "auditor", id));
	refused(ERR_EXISTS, person(f, "admin2", "admin"));
	id = waits(role(f, "admin", "bob", ROLE_OFFICER, true));
	refused(ERR_DENIED, confirm(f, "admin2", id));
	/* Two pairs become one person. */
	done(confirm(f, "auditor", waits(person(f, "alice", "corp\\alice"))));
	done(confirm(f, "auditor", waits(person(f, "admin", "corp\\alice"))));
	refused(ERR_EXISTS, person(f, "alice", "admin2"));
	/* Nor does he get rid of the link alone. */
	id = waits(person(f, "admin2", ""));
	refused(ERR_DENIED, confirm(f, "admin2", id));
	done(confirm(f, "auditor", id));
	refused(ERR_NOT_FOUND, person(f, "admin2", ""));
	done(confirm(
	    f, "admin2", waits(role(f, "admin", "bob", ROLE_OPERATOR, true))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_role_waits_for_a_second_person),
		TEST(rules_of_roles),
		TEST(the_last_administrator_stays),
		TEST(what_waits_expires),
		TEST(one_person_needs_nobody_when_the_site_says_so),
		TEST(accounts_with_roles_wait),
		TEST(groups_give_and_deny_takes),
		TEST(entries_are_no_way_around_roles),
		TEST(rules_of_entries),
		TEST(templates_have_entries_of_both_kinds),
		TEST(agents_need_a_restriction),
		TEST(linked_accounts_are_one_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
