#include "../unit.h"
#include "base/err.h"

#include <errno.h>
#include <string.h>

static void
first_failure_sets_the_code(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, ERR_DENIED, "no %s", "way"), -1);
	assert_int_equal(err_wrap(&err, "request %d", 7), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_string_equal(err.text, "request 7: no way");
}

static void
long_texts_are_cut_not_overrun(void **state)
{
	struct err err = { 0 };
	char big[ERR_TEXT_MAX * 2];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	err_set(&err, ERR_INVALID, "%s", big);
	err_wrap(&err, "%s", big);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
}

static void
full_disk_has_its_own_code(void **state)
{
	struct err err = { 0 };

	(void)state;
	errno = ENOSPC;
	err_errno(&err, "writing");
	assert_int_equal(err.code, ERR_NO_SPACE);
	assert_non_null(strstr(err.text, "writing: "));
}

static void
unknown_numbers_become_internal(void **state)
{
	(void)state;
	assert_int_equal(err_code_from(ERR_COUNT), ERR_INTERNAL);
	assert_int_equal(err_code_from(UINT32_MAX), ERR_INTERNAL);
	assert_int_equal(err_code_from(ERR_DENIED), ERR_DENIED);
	assert_int_equal(err_hresult(ERR_TEMPLATE_DENIED), 0x80094012);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_failure_sets_the_code),
		cmocka_unit_test(long_texts_are_cut_not_overrun),
		cmocka_unit_test(full_disk_has_its_own_code),
		cmocka_unit_test(unknown_numbers_become_internal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
