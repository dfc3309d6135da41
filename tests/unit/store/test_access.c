/* Groups, permissions and the rest: what is put comes back, keys are taken
 * once, and every change is seen in the version. */
#include "fixture.h"

#include "store/access.h"

#include <stdio.h>

#define PUT(f, name, ...)                                                      \
	__extension__({                                                        \
		const struct store_##name put_row_ = { __VA_ARGS__ };          \
		uint64_t put_id_;                                              \
		fixture_begin(f);                                              \
		assert_ok(store_put_##name((f)->w, &put_row_, &put_id_, err)); \
		fixture_commit(f);                                             \
		put_id_;                                                       \
	})
#define PUT_FAILS(code, f, name, ...)                                      \
	do {                                                               \
		const struct store_##name put_row_ = { __VA_ARGS__ };      \
		fixture_begin(f);                                          \
		assert_err(                                                \
		    code, store_put_##name((f)->w, &put_row_, NULL, err)); \
		fixture_commit(f);                                         \
	} while (0)
#define DROP(f, name, ...)                                             \
	do {                                                           \
		const struct store_##name drop_row_ = { __VA_ARGS__ }; \
		fixture_begin(f);                                      \
		assert_ok(store_drop_##name((f)->w, &drop_row_, err)); \
		assert_err(ERR_NOT_FOUND,                              \
		    store_drop_##name((f)->w, &drop_row_, err));       \
		fixture_commit(f);                                     \
	} while (0)

/* What lists say, one line for each row. */
struct text {
	char s[1024];
	size_t n;
};

#define SAY(t, ...)                  \
	((t)->n += (size_t)snprintf( \
	     (t)->s + (t)->n, sizeof((t)->s) - (t)->n, __VA_ARGS__))

static bool
say_group(void *ctx, const struct store_group *g)
{
	struct text *t = ctx;

	SAY(t, "%s=%s(%s);", g->group_key, g->name, g->description);
	return true;
}

static bool
say_member(void *ctx, const struct store_member *m)
{
	struct text *t = ctx;

	SAY(t, "%s in %s(%s);", m->principal, m->group_key, m->name);
	return true;
}

static bool
say_permission(void *ctx, const struct store_permission *p)
{
	struct text *t = ctx;

	SAY(t, "%s:%d%d:%s(%s)=%x;", p->scope, p->deny, p->is_group,
	    p->principal, p->name, p->rights);
	return true;
}

static bool
say_restriction(void *ctx, const struct store_restriction *r)
{
	struct text *t = ctx;

	SAY(t, "%u:%u%d%d:%s:%s:%u:%s;", (unsigned)r->id, r->kind, r->deny,
	    r->actor_is_group, r->actor, r->template_name, r->target_kind,
	    r->target);
	return true;
}

static bool
say_person(void *ctx, const struct store_person *p)
{
	struct text *t = ctx;

	SAY(t, "%s=%u;", p->principal, (unsigned)p->number);
	return true;
}

static bool
say_waiting(void *ctx, const struct store_waiting *w)
{
	struct text *t = ctx;

	SAY(t, "%u:%u:%s(%s)%d:%s:%x:%s:%s:%s(%s)@%d;", (unsigned)w->id,
	    w->kind, w->subject, w->name, w->is_group, w->object, w->rights,
	    w->hash, w->what, w->asker, w->asker_owner, (int)w->asked);
	return true;
}

static bool
say_approval(void *ctx, const struct store_approval *a)
{
	struct text *t = ctx;

	SAY(t, "%u:%s(%s)%u@%d:%.*s;", (unsigned)a->request, a->approver,
	    a->name, (unsigned)a->person, (int)a->time, (int)a->hash.n,
	    (const char *)a->hash.p);
	return true;
}

#define assert_list(expected, f, name)                       \
	do {                                                 \
		struct text list_text_ = { "", 0 };          \
		assert_ok(store_list_##name##s(              \
		    (f)->r, say_##name, &list_text_, err));  \
		assert_string_equal(list_text_.s, expected); \
	} while (0)

static uint64_t
version(struct fixture *f)
{
	uint64_t v;

	assert_ok(store_user_version(f->r, &v, err));
	return v;
}

static void
groups_and_members(void **state)
{
	struct fixture *f = *state;

	PUT(f, group, 0, "local\\ops", "Ops", "people who operate");
	PUT(f, group, 0, "local\\a", "a", "");
	PUT_FAILS(ERR_EXISTS, f, group, 0, "local\\ops", "ops", "");
	assert_list(
	    "local\\a=a();local\\ops=Ops(people who operate);", f, group);
	PUT(f, member, 0, "local\\ops", "local\\bob", "Bob");
	PUT(f, member, 0, "local\\ops", "local\\alice", "alice");
	PUT(f, member, 0, "local\\a", "local\\bob", "Bob");
	PUT_FAILS(ERR_EXISTS, f, member, 0, "local\\a", "local\\bob", "b");
	assert_list(
	    "local\\alice in local\\ops(alice);"
	    "local\\bob in local\\a(Bob);local\\bob in local\\ops(Bob);",
	    f, member);
	DROP(f, member, 0, "local\\a", "local\\bob", "");
	fixture_begin(f);
	assert_ok(store_clear_members(f->w, "local\\ops", err));
	fixture_commit(f);
	assert_list("", f, member);
	DROP(f, group, 0, "local\\ops", "", "");
	assert_list("local\\a=a();", f, group);
}

static void
permissions(void **state)
{
	struct fixture *f = *state;

	PUT(f, permission, 0, STORE_SCOPE_CA, false, true, "local\\ops", "Ops",
	    0x101);
	PUT(f, permission, 0, STORE_SCOPE_CA, true, true, "local\\ops", "Ops",
	    2);
	PUT(f, permission, 0, "user", false, false, "corp\\bob", "CORP\\bob",
	    3);
	PUT_FAILS(ERR_EXISTS, f, permission, 0, "user", false, false,
	    "corp\\bob", "x", 1);
	assert_list("-:01:local\\ops(Ops)=101;-:11:local\\ops(Ops)=2;"
		    "user:00:corp\\bob(CORP\\bob)=3;",
	    f, permission);
	DROP(f, permission, 0, STORE_SCOPE_CA, true, true, "local\\ops", "", 0);
	assert_list("-:01:local\\ops(Ops)=101;user:00:corp\\bob(CORP\\bob)=3;",
	    f, permission);
}

static void
restrictions_and_persons(void **state)
{
	struct fixture *f = *state;
	uint64_t id = PUT(f, restriction, 0, 1, true, false, "local\\officer",
	    "*", 2, "local\\ops");

	assert_int_equal(id, 1);
	PUT(f, restriction, 9, 0, false, true, "local\\g", "User", 0, "");
	assert_list("1:110:local\\officer:*:2:local\\ops;"
		    "2:001:local\\g:User:0:;",
	    f, restriction);
	DROP(f, restriction, 1, 0, false, false, "", "", 0, "");
	assert_list("2:001:local\\g:User:0:;", f, restriction);
	/* A number is not used again. */
	assert_int_equal(
	    PUT(f, restriction, 0, 0, false, true, "g", "*", 0, ""), 3);
	PUT(f, person, 0, "local\\bob", 7);
	PUT(f, person, 0, "corp\\bob", 7);
	PUT_FAILS(ERR_EXISTS, f, person, 0, "local\\bob", 8);
	assert_list("corp\\bob=7;local\\bob=7;", f, person);
	DROP(f, person, 0, "local\\bob", 0);
}

static void
changes_that_wait(void **state)
{
	struct fixture *f = *state;
	uint64_t before = version(f);

	PUT(f, waiting, 0, 4, "local\\bob", "Bob", true, "local\\ops", 2, "$y$",
	    "give", "local\\admin", "admin", 77);
	assert_list("1:4:local\\bob(Bob)1:local\\ops:2:$y$:give:"
		    "admin(local\\admin)@77;",
	    f, waiting);
	DROP(f, waiting, 1, 0, "", "", false, "", 0, "", "", "", "", 0);
	assert_list("", f, waiting);
	assert_int_equal(version(f), before);
}

static void
approvals(void **state)
{
	struct fixture *f = *state;
	struct store_request q = fixture_request(DISPOSITION_PENDING, "o");
	struct text t = { "", 0 };
	uint64_t id = fixture_insert(f, &q), before = version(f);

	PUT(f, approval, 0, id, "local\\o2", "o2", 7, 5, BYTES_LIT("hash"));
	PUT(f, approval, 0, id, "local\\o1", "o1", 0, 6, BYTES_LIT("hush"));
	PUT_FAILS(ERR_EXISTS, f, approval, 0, id, "local\\o1", "o1", 0, 6,
	    BYTES_LIT("h"));
	PUT_FAILS(ERR_NOT_FOUND, f, approval, 0, id + 1, "local\\o1", "o1", 0,
	    6, BYTES_LIT("h"));
	assert_ok(store_list_approvals(f->r, id, say_approval, &t, err));
	assert_string_equal(
	    t.s, "1:local\\o2(o2)7@5:hash;1:local\\o1(o1)0@6:hush;");
	DROP(f, approval, 0, id, "local\\o1", "", 0, 0, BYTES_NONE);
	fixture_begin(f);
	assert_ok(store_clear_approvals(f->w, id, err));
	fixture_commit(f);
	t = (struct text){ "", 0 };
	assert_ok(store_list_approvals(f->r, id, say_approval, &t, err));
	assert_string_equal(t.s, "");
	assert_int_equal(version(f), before);
}

static void
changes_raise_the_version(void **state)
{
	struct fixture *f = *state;
	uint64_t v = version(f);

	PUT(f, group, 0, "g", "g", "");
	assert_int_equal(version(f), ++v);
	PUT(f, member, 0, "g", "m", "m");
	assert_int_equal(version(f), ++v);
	PUT(f, permission, 0, "-", false, false, "p", "p", 1);
	assert_int_equal(version(f), ++v);
	PUT(f, restriction, 0, 0, false, false, "a", "*", 0, "");
	assert_int_equal(version(f), ++v);
	PUT(f, person, 0, "p", 1);
	assert_int_equal(version(f), ++v);
	DROP(f, person, 0, "p", 1);
	assert_int_equal(version(f), ++v);
	fixture_begin(f);
	assert_ok(store_clear_members(f->w, "g", err));
	store_rollback(f->w);
	assert_int_equal(version(f), v);
	assert_list("m in g(m);", f, member);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(groups_and_members),
		TEST(permissions),
		TEST(restrictions_and_persons),
		TEST(changes_that_wait),
		TEST(approvals),
		TEST(changes_raise_the_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
