/* Every cell of state × event × role. */
#include "../unit.h"
#include "ca/request.h"

static const struct ca_request_state states[] = {
	{ DISPOSITION_PENDING, false }, { DISPOSITION_ISSUED, false },
	{ DISPOSITION_REVOKED, false }, { DISPOSITION_REVOKED, true },
	{ DISPOSITION_FAILED, false }, { DISPOSITION_DENIED, false },
	{ 0, false }, { 8, false }, { UINT32_MAX, true }, /* no states */
};

#define NO 0
#define P  DISPOSITION_PENDING
#define I  DISPOSITION_ISSUED
#define R  DISPOSITION_REVOKED
#define D  DISPOSITION_DENIED

/* clang-format off */
static const uint32_t expected[][CA_REQUEST_EVENT_COUNT] = {
	/*               ISSUE DENY RESUBMIT REVOKE HOLD RELEASE LOST */
	/* pending */  { I,    D,   NO,      NO,    NO,  NO,     NO },
	/* issued */   { NO,   NO,  NO,      R,     R,   NO,     R },
	/* revoked */  { NO,   NO,  NO,      R,     NO,  NO,     NO },
	/* on hold */  { NO,   NO,  NO,      R,     NO,  I,      R },
	/* failed */   { NO,   NO,  NO,      NO,    NO,  NO,     NO },
	/* denied */   { NO,   NO,  P,       NO,    NO,  NO,     NO },
	/* 0 */        { NO,   NO,  NO,      NO,    NO,  NO,     NO },
	/* 8 */        { NO,   NO,  NO,      NO,    NO,  NO,     NO },
	/* no number */{ NO,   NO,  NO,      NO,    NO,  NO,     NO },
};
/* clang-format on */

static void
every_cell(void **unused)
{
	(void)unused;
	for (size_t s = 0; s < ARRAY_LEN(states); s++)
		for (unsigned e = 0; e < CA_REQUEST_EVENT_COUNT; e++) {
			enum disposition to = 0;
			bool may = ca_request_next(
			    states[s], (enum ca_request_event)e, &to);

			if (may != (expected[s][e] != NO) ||
			    (may && to != expected[s][e]))
				fail_msg("state %zu, event %u", s, e);
		}
}

static void
every_role(void **unused)
{
	static const uint32_t needed[CA_REQUEST_EVENT_COUNT] = {
		[CA_REQUEST_ISSUE] = ROLE_OFFICER,
		[CA_REQUEST_DENY] = ROLE_OFFICER,
		[CA_REQUEST_RESUBMIT] = ROLE_ADMIN,
		[CA_REQUEST_REVOKE] = ROLE_OFFICER,
		[CA_REQUEST_HOLD] = ROLE_OFFICER,
		[CA_REQUEST_RELEASE] = ROLE_OFFICER,
		[CA_REQUEST_LOST] = ROLE_ENROLLEE | ROLE_OFFICER | ROLE_ADMIN |
				    ROLE_AUDITOR | ROLE_OPERATOR,
	};

	(void)unused;
	for (unsigned e = 0; e < CA_REQUEST_EVENT_COUNT; e++)
		assert_int_equal(
		    ca_request_roles((enum ca_request_event)e), needed[e]);
	assert_int_equal(ca_request_roles(CA_REQUEST_EVENT_COUNT), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell),
		cmocka_unit_test(every_role),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
