/* request.h - the states of a request, what moves it, and who may.
 *
 * One table (request.c) drives the check before a decision, the page that
 * shows which buttons there are, and the test of every cell.
 */
#pragma once
#include "base/disposition.h"
#include "base/role.h"

enum ca_request_event {
	CA_REQUEST_ISSUE, /* grant what waits */
	CA_REQUEST_DENY,
	CA_REQUEST_RESUBMIT, /* decide a refused one again */
	CA_REQUEST_REVOKE,   /* for good */
	CA_REQUEST_HOLD,
	CA_REQUEST_RELEASE, /* a hold */
	CA_REQUEST_LOST,    /* the owner reports a key compromise */
	CA_REQUEST_EVENT_COUNT
};

/* RFC 5280 5.3.1 */
#define CA_REASON_HOLD 6

/* State of a row: its disposition, and for REVOKED whether it is a hold. */
struct ca_request_state {
	uint32_t disposition;
	bool on_hold;
};

/* May the event happen to a request in this state, to which state does it
 * lead? false: 0x80094003 in every language. */
MUST_CHECK bool ca_request_next(struct ca_request_state from,
    enum ca_request_event event, enum disposition *ret);
/* The roles of which one is needed; for LOST: the owner, any role. */
uint32_t ca_request_roles(enum ca_request_event event);
