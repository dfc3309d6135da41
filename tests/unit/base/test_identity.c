#include "../unit.h"
#include "base/disposition.h"
#include "base/identity.h"
#include "base/role.h"

#include <stdio.h>

static void
owner_is_lower_case_or_the_sid(void **state)
{
	char owner[IDENTITY_OWNER_MAX];
	struct identity id;

	(void)state;
	assert_true(identity_set(&id, "CORP", "Alice", IDENTITY_BASIC, 1));
	identity_owner(&id, owner);
	assert_string_equal(owner, "corp\\alice");
	identity_display(&id, owner);
	assert_string_equal(owner, "CORP\\Alice");
	(void)snprintf(id.sid, sizeof(id.sid), "S-1-5-21-1");
	identity_owner(&id, owner);
	assert_string_equal(owner, "S-1-5-21-1");
}

static void
hostile_names_are_refused(void **state)
{
	struct identity id;

	(void)state;
	assert_false(identity_set(&id, "local", "", IDENTITY_BASIC, 1));
	assert_false(identity_set(&id, "local", "a\nb", IDENTITY_BASIC, 1));
	assert_false(identity_set(&id, "local", "\xff", IDENTITY_BASIC, 1));
}

static void
words_round_trip(void **state)
{
	enum disposition d;
	uint32_t role;
	char list[ROLE_TEXT_MAX];

	(void)state;
	assert_true(disposition_from_word("denied", &d));
	assert_int_equal(d, 31);
	assert_int_equal(disposition_api(d), 2);
	assert_false(disposition_known(10));
	assert_true(role_from_word("operator", &role));
	assert_int_equal(role, ROLE_OPERATOR);
	role_list(ROLE_OFFICER | ROLE_AUDITOR, list);
	assert_string_equal(list, "officer, auditor");
	assert_false(role_mask_known(0x1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_is_lower_case_or_the_sid),
		cmocka_unit_test(hostile_names_are_refused),
		cmocka_unit_test(words_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
