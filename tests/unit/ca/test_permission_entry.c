/* Rights: every role, right, kind of entry and order; restrictions; keys. */
#include "../unit.h"
#include "base/str.h"
#include "ca/restriction.h"

static const uint32_t rights[] = { CA_RIGHT_ENROLL, CA_RIGHT_ISSUE,
	CA_RIGHT_MANAGE, CA_RIGHT_AUDIT, CA_RIGHT_OPERATE, CA_RIGHT_READ };
static const char *const ops[] = { "local\\ops" };
static const struct ca_principal alice = {
	.owner = "S-1-5-21-1",
	.account = "corp\\alice",
	.groups = { { NULL, 0 }, { ops, 1 }, { NULL, 0 } },
};

/* Who an entry names; the first four fit alice. */
static const struct {
	bool is_group, fits;
	const char *key;
} named[] = {
	{ false, true, "S-1-5-21-1" },
	{ false, true, "corp\\alice" },
	{ true, true, "local\\ops" },
	{ true, true, "local\\everyone" },
	{ false, false, "local\\alice" },
	{ false, false, "local\\ops" },
	{ true, false, "corp\\alice" },
	{ true, false, "corp\\everyone" },
	{ false, false, "local\\everyone" },
	{ true, false, "" },
};

static bool
has(const uint32_t *list, size_t n, uint32_t right)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == right)
			return true;
	return false;
}

/* The rule again, right by right, without masks. */
static bool
expected(uint32_t right, uint32_t roles, const uint32_t *allowed, size_t an,
    const uint32_t *denied, size_t dn, bool separated)
{
	static const uint32_t of_roles[] = { CA_RIGHT_ISSUE, CA_RIGHT_MANAGE,
		CA_RIGHT_AUDIT, CA_RIGHT_OPERATE };
	unsigned held = 0;
	bool reads = has(allowed, an, CA_RIGHT_READ);

	for (size_t i = 0; i < 4; i++) {
		bool given =
		    (roles & of_roles[i]) || has(allowed, an, of_roles[i]);

		if (given && of_roles[i] != CA_RIGHT_OPERATE)
			reads = true;
		if (given && !has(denied, dn, of_roles[i]))
			held++;
	}
	if (has(denied, dn, right))
		return false;
	if (right == CA_RIGHT_ENROLL)
		return (roles & ROLE_ENROLLEE) || has(allowed, an, right);
	if (separated && held > 1)
		return false;
	if (right == CA_RIGHT_READ)
		return reads;
	return (roles & right) || has(allowed, an, right);
}

static void
check(uint32_t roles, const struct ca_permission_entry *list, size_t n,
    const uint32_t *allowed, size_t an, const uint32_t *denied, size_t dn)
{
	for (int separated = 0; separated < 2; separated++) {
		bool mixed;
		uint32_t got = ca_permission_rights(
		    &alice, roles, list, n, separated, &mixed);

		for (size_t r = 0; r < ARRAY_LEN(rights); r++)
			if (!!(got & rights[r]) != expected(rights[r], roles,
						       allowed, an, denied, dn,
						       separated))
				fail_msg("roles %x right %x separated %d: %x",
				    roles, rights[r], separated, got);
	}
}

static void
one_entry_each_role_right_and_name(void **state)
{
	unsigned cells = 0;

	(void)state;
	for (uint32_t roles = 0; roles < 32; roles++)
		for (size_t r = 0; r < ARRAY_LEN(rights); r++)
			for (size_t k = 0; k < ARRAY_LEN(named); k++)
				for (int deny = 0; deny < 2; deny++) {
					struct ca_permission_entry e = { deny,
						named[k].is_group, named[k].key,
						rights[r] };
					size_t fits = named[k].fits;

					check(roles, &e, 1, &rights[r],
					    deny ? 0 : fits, &rights[r],
					    deny ? fits : 0);
					cells++;
				}
	assert_int_equal(cells, 32 * 6 * 10 * 2);
}

/* An allow and a deny, whichever comes first, of any two rights. */
static void
deny_wins_in_any_order(void **state)
{
	(void)state;
	for (uint32_t roles = 0; roles < 32; roles++)
		for (size_t a = 0; a < ARRAY_LEN(rights); a++)
			for (size_t d = 0; d < ARRAY_LEN(rights); d++)
				for (int turned = 0; turned < 2; turned++) {
					struct ca_permission_entry e[2];

					e[turned] =
					    (struct ca_permission_entry){ false,
						    true, "local\\ops",
						    rights[a] };
					e[!turned] =
					    (struct ca_permission_entry){ true,
						    false, "corp\\alice",
						    rights[d] };
					check(roles, e, 2, &rights[a], 1,
					    &rights[d], 1);
				}
}

static void
outside_accounts_have_what_entries_give(void **state)
{
	static const struct ca_permission_entry entry = { false, false,
		"corp\\bob", CA_RIGHT_ENROLL };
	bool mixed;

	(void)state;
	assert_int_equal(
	    ca_permission_rights(&alice, 0, NULL, 0, true, &mixed), 0);
	assert_int_equal(
	    ca_permission_rights(&alice, 0, &entry, 1, true, &mixed), 0);
}

static void
two_roles_are_none_when_separated(void **state)
{
	bool mixed;

	(void)state;
	assert_int_equal(ca_permission_rights(&alice,
			     ROLE_OFFICER | ROLE_ADMIN | ROLE_ENROLLEE, NULL, 0,
			     true, &mixed),
	    CA_RIGHT_ENROLL);
	assert_true(mixed);
	assert_int_equal(ca_permission_rights(&alice, ROLE_OFFICER | ROLE_ADMIN,
			     NULL, 0, false, &mixed),
	    CA_RIGHT_ISSUE | CA_RIGHT_MANAGE | CA_RIGHT_READ);
	assert_false(mixed);
}

static void
a_template_needs_each_right(void **state)
{
	static const struct ca_permission_entry list[] = {
		{ false, true, "local\\everyone",
		    CA_TEMPLATE_READ | CA_TEMPLATE_ENROLL },
		{ false, false, "corp\\alice", CA_TEMPLATE_AUTOENROLL },
		{ true, true, "local\\ops", CA_TEMPLATE_ENROLL },
	};

	(void)state;
	for (uint32_t want = 0; want < 16; want++) {
		uint32_t all = CA_TEMPLATE_READ | CA_TEMPLATE_ENROLL |
			       CA_TEMPLATE_AUTOENROLL;

		assert_int_equal(ca_permission_template(&alice, list, 2, want),
		    (want & ~all) == 0);
		assert_int_equal(ca_permission_template(&alice, list, 3, want),
		    (want & ~(all & ~(uint32_t)CA_TEMPLATE_ENROLL)) == 0);
		assert_int_equal(
		    ca_permission_template(&alice, NULL, 0, want), want == 0);
	}
}

/* --- restrictions --------------------------------------------------------- */

static const struct ca_principal bob = { .owner = "local\\bob",
	.account = "local\\bob" };

/* What each part of a row can say about alice, "User", bob. */
static const struct {
	bool is_group, fits;
	const char *key;
} actors[] = { { false, true, "corp\\alice" }, { true, true, "local\\ops" },
	{ false, false, "local\\bob" }, { true, false, "local\\none" } };
static const struct {
	const char *name;
	bool fits;
} templates[] = { { "*", true }, { "user", true }, { "Machine", false },
	{ "", false } };
static const struct {
	enum ca_restriction_target kind;
	const char *key;
	bool fits;
} targets[] = { { CA_TARGET_ANY, "", true },
	{ CA_TARGET_USER, "local\\bob", true },
	{ CA_TARGET_USER, "corp\\alice", false },
	{ CA_TARGET_GROUP, "local\\everyone", true },
	{ CA_TARGET_GROUP, "local\\ops", false } };

static void
judge(enum ca_restriction_kind kind, bool fits, const struct ca_restriction *r)
{
	/* One that allows everything, before or after. */
	struct ca_restriction two[2] = { *r, { .kind = kind,
						 .actor = "corp\\alice",
						 .template = "*",
						 .target = "" } };
	struct ca_restriction turned[2] = { two[1], two[0] };
	bool mine = r->kind == kind;
	bool alone = mine && fits && !r->deny;
	bool both = !(mine && fits && r->deny);

	if (kind == CA_RESTRICTION_AGENT) {
		assert_int_equal(
		    ca_restriction_agent(r, 1, &alice, "User", &bob), alone);
		assert_int_equal(
		    ca_restriction_agent(two, 2, &alice, "User", &bob), both);
		assert_int_equal(
		    ca_restriction_agent(turned, 2, &alice, "User", &bob),
		    both);
		return;
	}
	for (int enterprise = 0; enterprise < 2; enterprise++) {
		assert_int_equal(ca_restriction_officer(
				     r, 1, enterprise, &alice, "User", &bob),
		    alone || (!mine && !enterprise));
		assert_int_equal(ca_restriction_officer(
				     two, 2, enterprise, &alice, "User", &bob),
		    both);
		assert_int_equal(ca_restriction_officer(turned, 2, enterprise,
				     &alice, "User", &bob),
		    both);
	}
}

static void
each_restriction(void **state)
{
	unsigned cells = 0;

	(void)state;
	for (unsigned i = 0; i < 2U * 2 * 2 * 4 * 4 * 5; i++) {
		size_t a = i / 8 % 4, t = i / 32 % 4, g = i / 128 % 5;
		struct ca_restriction r = {
			.kind = i & 1 ? CA_RESTRICTION_AGENT
				      : CA_RESTRICTION_OFFICER,
			.deny = i & 2,
			.actor_is_group = actors[a].is_group,
			.actor = actors[a].key,
			.template = templates[t].name,
			.target_kind = targets[g].kind,
			.target = targets[g].key,
		};

		judge(i & 4 ? CA_RESTRICTION_AGENT : CA_RESTRICTION_OFFICER,
		    actors[a].fits && templates[t].fits && targets[g].fits, &r);
		cells++;
	}
	assert_int_equal(cells, 640);
}

static void
without_rows(void **state)
{
	(void)state;
	assert_false(ca_restriction_agent(NULL, 0, &alice, "User", &bob));
	assert_true(
	    ca_restriction_officer(NULL, 0, false, &alice, "User", &bob));
	assert_false(
	    ca_restriction_officer(NULL, 0, true, &alice, "User", &bob));
}

/* --- keys and words ------------------------------------------------------- */

static void
keys_of_names(void **state)
{
	static const struct {
		const char *text, *key; /* NULL: refused */
	} rows[] = {
		{ "Alice", "local\\alice" },
		{ "CORP\\Bob", "corp\\bob" },
		{ "S-1-5-21-7", "S-1-5-21-7" },
		{ "local\\Alice", "local\\alice" },
		{ "Domain Users", "local\\domain users" },
		{ "", NULL },
		{ "\\bob", NULL },
		{ "corp\\", NULL },
		{ "a\\b\\c", NULL },
		{ "a\tb", NULL },
	};
	char key[CA_KEY_MAX], far[400];
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = ca_principal_key(rows[i].text, key, &err);

		assert_int_equal(rc, rows[i].key ? 0 : -1);
		if (rc == 0)
			assert_string_equal(key, rows[i].key);
		else
			assert_int_equal(err.code, ERR_INVALID);
	}
	memset(far, 'a', sizeof(far) - 1);
	far[sizeof(far) - 1] = '\0';
	assert_int_equal(ca_principal_key(far, key, &err), -1);
	assert_string_equal(ca_principal_display("local\\alice"), "alice");
	assert_string_equal(ca_principal_display("corp\\bob"), "corp\\bob");
}

static void
words_come_back(void **state)
{
	char text[CA_RIGHTS_TEXT_MAX];
	uint32_t right;

	(void)state;
	ca_rights_list(CA_RIGHTS_ALL, false, text);
	assert_string_equal(
	    text, "read, enroll, issue, manage, audit, operate");
	ca_rights_list(CA_TEMPLATE_RIGHTS_ALL, true, text);
	assert_string_equal(text, "read, enroll, autoenroll, write");
	assert_true(ca_right_from_word("Issue", false, &right));
	assert_int_equal(right, CA_RIGHT_ISSUE);
	assert_false(ca_right_from_word("issue", true, &right));
	assert_false(ca_right_from_word("write", false, &right));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_entry_each_role_right_and_name),
		cmocka_unit_test(deny_wins_in_any_order),
		cmocka_unit_test(outside_accounts_have_what_entries_give),
		cmocka_unit_test(two_roles_are_none_when_separated),
		cmocka_unit_test(a_template_needs_each_right),
		cmocka_unit_test(each_restriction),
		cmocka_unit_test(without_rows),
		cmocka_unit_test(keys_of_names),
		cmocka_unit_test(words_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
