#include "fixture.h"

#include "base/buf.h"

static const struct store_user alice = { .name = "Alice",
	.hash = "$y$j9T$x",
	.roles = 5,
	.mail = "alice@example.org",
	.upn = "alice@realm",
	.display_name = "Alice A.",
	.uid = 1000,
	.disabled = true,
	.changed = 77 };

static int
insert(struct fixture *f, const struct store_user *u, struct err *err)
{
	int rc;

	fixture_begin(f);
	rc = store_insert_user(f->w, u, err);
	if (rc < 0)
		store_rollback(f->w);
	else
		fixture_commit(f);
	return rc;
}

static uint64_t
version(struct fixture *f)
{
	uint64_t v;

	assert_ok(store_user_version(f->r, &v, err));
	return v;
}

static void
an_account_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	AUTO(store_user) got = NULL;
	AUTO(store_user) by_uid = NULL;

	assert_ok(insert(f, &alice, err));
	assert_ok(store_find_user(f->r, "aLICE", &got, err));
	assert_string_equal(got->name, "Alice");
	assert_string_equal(got->hash, alice.hash);
	assert_string_equal(got->mail, alice.mail);
	assert_string_equal(got->upn, alice.upn);
	assert_string_equal(got->display_name, alice.display_name);
	assert_int_equal(got->roles, 5);
	assert_int_equal(got->uid, 1000);
	assert_true(got->disabled);
	assert_int_equal(got->changed, 77);
	assert_ok(store_find_user_uid(f->r, 1000, &by_uid, err));
	assert_string_equal(by_uid->name, "Alice");
}

static void
a_name_and_a_uid_are_taken_once(void **state)
{
	struct fixture *f = *state;
	struct store_user u = { .name = "ALICE", .uid = -1 };
	struct store_user *none;

	assert_ok(insert(f, &alice, err));
	assert_err(ERR_EXISTS, insert(f, &u, err));
	u.name = "bob";
	u.uid = 1000;
	assert_err(ERR_EXISTS, insert(f, &u, err));
	u.uid = -1;
	assert_ok(insert(f, &u, err));
	u.name = "carol"; /* many have none */
	assert_ok(insert(f, &u, err));
	assert_err(ERR_NOT_FOUND, store_find_user_uid(f->r, -1, &none, err));
	assert_err(ERR_NOT_FOUND, store_find_user_uid(f->r, 7, &none, err));
	assert_err(ERR_NOT_FOUND, store_find_user(f->r, "dave", &none, err));
}

static void
names_are_bounded(void **state)
{
	struct fixture *f = *state;
	char name[STORE_USER_NAME_MAX + 1] = { 0 };
	struct store_user u = { .name = name, .uid = -1 };
	struct store_user *none;

	assert_err(ERR_INVALID, insert(f, &u, err));
	memset(name, 'x', STORE_USER_NAME_MAX);
	assert_err(ERR_INVALID, insert(f, &u, err));
	assert_err(ERR_NOT_FOUND, store_find_user(f->r, name, &none, err));
	name[STORE_USER_NAME_MAX - 1] = 0;
	assert_ok(insert(f, &u, err));
}

static void
an_update_keeps_the_name(void **state)
{
	struct fixture *f = *state;
	struct store_user u = { .name = "ALICE",
		.hash = "new",
		.roles = 1,
		.uid = -1,
		.changed = 78 };
	AUTO(store_user) got = NULL;

	assert_ok(insert(f, &alice, err));
	fixture_begin(f);
	assert_ok(store_update_user(f->w, &u, err));
	u.name = "bob";
	assert_err(ERR_NOT_FOUND, store_update_user(f->w, &u, err));
	fixture_commit(f);
	assert_ok(store_find_user(f->r, "alice", &got, err));
	assert_string_equal(got->name, "Alice");
	assert_string_equal(got->hash, "new");
	assert_string_equal(got->mail, "");
	assert_int_equal(got->roles, 1);
	assert_int_equal(got->uid, -1);
	assert_false(got->disabled);
	assert_int_equal(got->changed, 78);
}

static void
each_change_raises_the_version(void **state)
{
	struct fixture *f = *state;
	uint64_t v = version(f);
	struct store_user u = alice;

	assert_ok(insert(f, &u, err));
	assert_int_equal(version(f), v + 1);
	assert_err(ERR_EXISTS, insert(f, &u, err));
	assert_int_equal(version(f), v + 1);
	fixture_begin(f);
	assert_ok(store_update_user(f->w, &u, err));
	fixture_commit(f);
	assert_int_equal(version(f), v + 2);
}

static bool
see(void *ctx, const struct store_user *u)
{
	buf_addf(ctx, "%s ", u->name);
	return true;
}

static void
accounts_are_listed_in_order(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "zoe", "Alice", "mia" };
	struct store_user u = { .uid = -1 };
	AUTO_BUF seen = BUF_WITH_LIMIT(100);
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		u.name = names[i];
		assert_ok(insert(f, &u, err));
	}
	assert_ok(store_list_users(f->r, see, &seen, err));
	assert_string_equal(buf_str(&seen), "zoe Alice mia ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_account_comes_back_whole),
		TEST(a_name_and_a_uid_are_taken_once),
		TEST(names_are_bounded),
		TEST(an_update_keeps_the_name),
		TEST(each_change_raises_the_version),
		TEST(accounts_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
