/* Accounts: who may make them, the last administrator, who a command line
 * acts as, what is remembered. */
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "fixture.h"

#include <unistd.h>

static struct rpc_client *
admin_as(struct fixture *f, const char *as, const char *password)
{
	const struct rpc_client_options o = {
		.path = f->admin, .as = as, .password = bytes_str(password)
	};
	struct rpc_client *c = NULL;
	struct err err = { 0 };

	if (rpc_client_new(&o, &c, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

static int
add(struct rpc_client *c, const char *name, const char *password,
    uint32_t roles, int64_t uid, struct err *err)
{
	const struct rpc_user_change ask = { .name = name,
		.password = bytes_str(password),
		.roles = roles,
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = uid };
	const struct rpc_user *u = NULL;
	struct rpc_msg *msg = NULL;
	int rc = rpc_do_USER_ADD(c, &ask, &msg, &u, err);

	rpc_msg_free(msg);
	return rc;
}

static int
disable(struct rpc_client *c, const char *name, bool enable, struct err *err)
{
	const struct rpc_user_change ask = { .name = name,
		.mail = "",
		.display_name = "",
		.upn = "",
		.enable = enable };
	const struct rpc_user *u = NULL;
	struct rpc_msg *msg = NULL;
	int rc = rpc_do_USER_DISABLE(c, &ask, &msg, &u, err);

	rpc_msg_free(msg);
	return rc;
}

static int
set_password(
    struct rpc_client *c, const char *name, const char *password, struct err *e)
{
	const struct rpc_user_change ask = { .name = name,
		.password = bytes_str(password),
		.mail = "",
		.display_name = "",
		.upn = "" };
	const struct rpc_user *u = NULL;
	struct rpc_msg *msg = NULL;
	int rc = rpc_do_USER_PASSWD(c, &ask, &msg, &u, e);

	rpc_msg_free(msg);
	return rc;
}

/* The error of the first call of a connection, ERR_OK when it works. */
static enum err_code
greeted(struct rpc_client *take)
{
	const struct rpc_nothing ask = { 0 };
	const struct rpc_status *s = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	if (rpc_do_STATUS(take, &ask, &msg, &s, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	rpc_client_free(take);
	return err.code;
}

static enum err_code
lists(struct fixture *f, const char *who)
{
	struct rpc_list_ask ask = { .requester = "", .search = "" };
	const struct rpc_list *l = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, who);
	if (rpc_do_LIST(f->client, &ask, &msg, &l, &err) == 0)
		err.code = ERR_OK;
	rpc_msg_free(msg);
	return err.code;
}

static void
rules_of_new_accounts(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	static const struct {
		const char *name, *password;
		uint32_t roles;
		enum err_code code;
	} rows[] = {
		{ "", "long enough", ROLE_ENROLLEE, ERR_INVALID },
		{ "-x", "long enough", ROLE_ENROLLEE, ERR_INVALID },
		{ "a b", "long enough", ROLE_ENROLLEE, ERR_INVALID },
		{ "a\\b", "long enough", ROLE_ENROLLEE, ERR_INVALID },
		{ "ALICE", "long enough", ROLE_ENROLLEE, ERR_EXISTS },
		{ "short", "seven77", ROLE_ENROLLEE, ERR_INVALID },
		{ "two", "long enough", ROLE_OFFICER | ROLE_ADMIN, ERR_POLICY },
		{ "two", "long enough", ROLE_AUDITOR | ROLE_OPERATOR,
		    ERR_POLICY },
		{ "both", "long enough", ROLE_ENROLLEE | ROLE_OFFICER, ERR_OK },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		int rc = add(
		    c, rows[i].name, rows[i].password, rows[i].roles, -1, &err);

		assert_int_equal(rc, rows[i].code == ERR_OK ? 0 : -1);
		if (rc < 0)
			assert_int_equal(err.code, rows[i].code);
	}
	rpc_client_free(c);
}

static void
one_account_per_uid(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	struct err err = { 0 };

	assert_int_equal(add(c, "carol", "", ROLE_ENROLLEE, 4711, &err), 0);
	assert_int_equal(add(c, "dave", "", ROLE_ENROLLEE, 4711, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	rpc_client_free(c);
}

static void
last_administrator_stays(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	struct err err = { 0 };

	assert_int_equal(disable(c, "admin", false, &err), -1);
	assert_int_equal(err.code, ERR_POLICY);
	assert_int_equal(add(c, "admin2", "", ROLE_ADMIN, -1, &err), 0);
	assert_int_equal(disable(c, "admin", false, &err), 0);
	/* The connection lives, the account does not: at once. */
	assert_int_equal(disable(c, "admin", true, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	rpc_client_free(c);
	c = admin_as(f, "admin2", "");
	assert_int_equal(disable(c, "admin2", false, &err), -1);
	assert_int_equal(err.code, ERR_POLICY);
	rpc_client_free(c);
}

struct racer {
	pthread_t thread;
	struct rpc_client *client;
	const char *name;
	int rc;
};

static void
race(void *arg)
{
	struct racer *r = arg;
	struct err err = { 0 };

	r->rc = disable(r->client, r->name, false, &err);
}

/* Two administrators who put each other out at the same moment: one stays. */
static void
administrators_cannot_all_go(void **state)
{
	struct fixture *f = *state;
	struct racer r[2] = { { .name = "admin" }, { .name = "admin2" } };
	struct rpc_client *c = admin_as(f, "admin", "");
	struct err err = { 0 };

	assert_int_equal(add(c, "admin2", "", ROLE_ADMIN, -1, &err), 0);
	rpc_client_free(c);
	for (int round = 0; round < 40; round++) {
		r[0].client = admin_as(f, "admin2", "");
		r[1].client = admin_as(f, "admin", "");
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(thread_start(&r[i].thread, "race",
					     race, &r[i], &err),
			    0);
		for (size_t i = 0; i < 2; i++)
			thread_join(r[i].thread);
		assert_int_equal(r[0].rc + r[1].rc, -1);
		for (size_t i = 0; i < 2; i++) {
			/* The one who won brings the other back. */
			if (r[i].rc == 0 &&
			    disable(r[i].client, r[i].name, true, &err) < 0)
				fail_msg("%s", err.text);
		}
		rpc_client_free(r[0].client);
		rpc_client_free(r[1].client);
	}
}

/* A new password and a disabled account at the same moment: neither change
 * writes over the other. */
static void
a_new_password_does_not_enable(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	struct rpc_client *d = admin_as(f, "admin", "");
	struct err err = { 0 };

	for (int round = 0; round < 10; round++) {
		struct racer r = { .client = d, .name = "bob" };

		assert_int_equal(disable(c, "bob", true, &err), 0);
		assert_int_equal(
		    thread_start(&r.thread, "race", race, &r, &err), 0);
		assert_int_equal(
		    set_password(c, "bob", "another password", &err), 0);
		thread_join(r.thread);
		assert_int_equal(r.rc, 0);
		assert_int_equal(lists(f, "bob"), ERR_DENIED);
	}
	rpc_client_free(c);
	rpc_client_free(d);
}

static void
disabled_at_once(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	struct err err = { 0 };

	assert_int_equal(lists(f, "bob"), ERR_OK);
	assert_int_equal(disable(c, "bob", false, &err), 0);
	assert_int_equal(lists(f, "bob"), ERR_DENIED);
	assert_int_equal(lists(f, "BOB"), ERR_DENIED);
	assert_int_equal(disable(c, "bob", true, &err), 0);
	assert_int_equal(lists(f, "bob"), ERR_OK);
	rpc_client_free(c);
}

/* --- who a command line acts as ---------------------------------------- */

static void
passwords_decide(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	struct err err = { 0 };

	assert_int_equal(set_password(c, "auditor", "right one", &err), 0);
	assert_int_equal(greeted(admin_as(f, "auditor", "right one")), ERR_OK);
	/* Also where none would be needed. */
	assert_int_equal(
	    greeted(admin_as(f, "auditor", "wrong one")), ERR_UNAUTHENTICATED);
	assert_int_equal(
	    greeted(admin_as(f, "nobody", "wrong one")), ERR_UNAUTHENTICATED);
	assert_int_equal(greeted(admin_as(f, "nobody", "")), ERR_NOT_FOUND);
	assert_int_equal(disable(c, "auditor", false, &err), 0);
	assert_int_equal(
	    greeted(admin_as(f, "auditor", "right one")), ERR_UNAUTHENTICATED);
	rpc_client_free(c);
}

/* Not a demo folder: the owner is nobody without an account or password. */
static void
owner_of_a_real_folder(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c = admin_as(f, "admin", "");
	struct err err = { 0 };

	assert_int_equal(
	    add(c, "me", "", ROLE_OPERATOR, (int64_t)geteuid(), &err), 0);
	assert_int_equal(set_password(c, "admin", "right one", &err), 0);
	rpc_client_free(c);
	fixture_stop(f);
	f->config.demo = false;
	fixture_start(f);
	assert_int_equal(
	    greeted(admin_as(f, "admin", "")), ERR_UNAUTHENTICATED);
	assert_int_equal(greeted(admin_as(f, "me", "")), ERR_OK);
	assert_int_equal(greeted(admin_as(f, "", "")), ERR_OK);
	assert_int_equal(greeted(admin_as(f, "admin", "right one")), ERR_OK);
	c = admin_as(f, "", "");
	assert_int_equal(add(c, "x", "", ROLE_ENROLLEE, -1, &err), -1);
	assert_int_equal(err.code, ERR_DENIED); /* an operator adds nobody */
	rpc_client_free(c);
}

/* The first administrator: only with --init, only while there is none. */
static void
first_administrator(void **state)
{
	struct fixture *f = *state;
	char path[FIXTURE_PATH_MAX];
	struct rpc_client *c;
	struct err err = { 0 };

	assert_true(
	    str_copy(path, sizeof(path), f->database + strlen("sqlite:")));
	assert_int_equal(unlink(path), 0);
	f->config.demo = false;
	fixture_start(f);
	c = admin_as(f, "", "");
	assert_int_equal(add(c, "eve", "", ROLE_ENROLLEE, -1, &err), 0);
	assert_int_equal(disable(c, "eve", false, &err), -1);
	assert_int_equal(add(c, "root", "", ROLE_ADMIN, -1, &err), 0);
	assert_int_equal(add(c, "root2", "", ROLE_ADMIN, -1, &err), -1);
	assert_true(err.code == ERR_DENIED || err.code == ERR_UNAUTHENTICATED);
	rpc_client_free(c);
	assert_int_equal(greeted(admin_as(f, "", "")), ERR_UNAUTHENTICATED);
	fixture_stop(f);
}

static void
no_bootstrap_without_init(void **state)
{
	struct fixture *f = *state;
	struct rpc_client *c;
	struct err err = { 0 };
	char path[FIXTURE_PATH_MAX];

	assert_true(
	    str_copy(path, sizeof(path), f->database + strlen("sqlite:")));
	assert_int_equal(unlink(path), 0);
	f->config.demo = false;
	fixture_start(f); /* makes the CA */
	fixture_stop(f);
	f->config.init = false;
	fixture_start(f);
	c = admin_as(f, "", "");
	assert_int_equal(add(c, "root", "", ROLE_ADMIN, -1, &err), -1);
	assert_int_equal(err.code, ERR_UNAUTHENTICATED);
	rpc_client_free(c);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
#define STOPPED(t)                       \
	cmocka_unit_test_setup_teardown( \
	    t, fixture_setup_stopped, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_of_new_accounts),
		TEST(one_account_per_uid),
		TEST(last_administrator_stays),
		TEST(administrators_cannot_all_go),
		TEST(a_new_password_does_not_enable),
		TEST(disabled_at_once),
		TEST(passwords_decide),
		TEST(owner_of_a_real_folder),
		STOPPED(first_administrator),
		STOPPED(no_bootstrap_without_init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
