/* request.c - the states of a request.
 *
 *                    submit
 *        unreadable /  |  \ refused by policy
 *              FAILED  |   DENIED ◀──deny── ┐
 *                      |     └─resubmit─▶ PENDING
 *                      ├──pend──────────▶ PENDING ──issue──▶ ISSUED
 *                      └──issue at once──────────────────▶ ISSUED
 *
 *       ISSUED ──hold──▶ REVOKED (hold) ──release──▶ ISSUED
 *       ISSUED, REVOKED (hold) ──lost──▶ REVOKED (hold)
 *       ISSUED, REVOKED ──revoke──▶ REVOKED
 *
 * FAILED is final: what could not be read cannot be decided (MS-CSRA
 * 3.1.1.1.1). REVOKED is final unless it is a hold; a firm reason may become
 * another firm one, never a hold. A move is a conditional
 * UPDATE in the store, so of two deciders one loses, with 0x80094003.
 */
#include "ca/request.h"

#include <stddef.h>

enum hold { HOLD, ANY_HOLD };

/* clang-format off */
static const struct transition {
	enum disposition from;
	enum hold hold;
	enum ca_request_event event;
	enum disposition to;
} transitions[] = {
	{ DISPOSITION_PENDING, ANY_HOLD, CA_REQUEST_ISSUE, DISPOSITION_ISSUED },
	{ DISPOSITION_PENDING, ANY_HOLD, CA_REQUEST_DENY, DISPOSITION_DENIED },
	{ DISPOSITION_DENIED, ANY_HOLD, CA_REQUEST_RESUBMIT, DISPOSITION_PENDING },
	{ DISPOSITION_ISSUED, ANY_HOLD, CA_REQUEST_REVOKE, DISPOSITION_REVOKED },
	{ DISPOSITION_ISSUED, ANY_HOLD, CA_REQUEST_HOLD, DISPOSITION_REVOKED },
	{ DISPOSITION_ISSUED, ANY_HOLD, CA_REQUEST_LOST, DISPOSITION_REVOKED },
	{ DISPOSITION_REVOKED, ANY_HOLD, CA_REQUEST_REVOKE, DISPOSITION_REVOKED },
	{ DISPOSITION_REVOKED, HOLD, CA_REQUEST_LOST, DISPOSITION_REVOKED },
	{ DISPOSITION_REVOKED, HOLD, CA_REQUEST_RELEASE, DISPOSITION_ISSUED },
};

static const uint32_t roles[CA_REQUEST_EVENT_COUNT] = {
	[CA_REQUEST_ISSUE] = ROLE_OFFICER,
	[CA_REQUEST_DENY] = ROLE_OFFICER,
	[CA_REQUEST_RESUBMIT] = ROLE_ADMIN,
	[CA_REQUEST_REVOKE] = ROLE_OFFICER,
	[CA_REQUEST_HOLD] = ROLE_OFFICER,
	[CA_REQUEST_RELEASE] = ROLE_OFFICER,
	[CA_REQUEST_LOST] = ROLE_ENROLLEE | ROLE_OFFICER | ROLE_ADMIN |
	    ROLE_AUDITOR | ROLE_OPERATOR,
};
/* clang-format on */

bool
ca_request_next(struct ca_request_state from, enum ca_request_event event,
    enum disposition *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(transitions); i++) {
		const struct transition *t = &transitions[i];

		if (t->from != from.disposition || t->event != event)
			continue;
		if (t->hold == HOLD && !from.on_hold)
			continue;
		*ret = t->to;
		return true;
	}
	return false;
}

uint32_t
ca_request_roles(enum ca_request_event event)
{
	return event < CA_REQUEST_EVENT_COUNT ? roles[event] : 0;
}
