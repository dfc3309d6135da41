/* limit.h - how much one requester, and all of them, may ask for (DESIGN 8).
 *
 * Numbers are counted in memory from what the store said when the requester
 * was first seen, including what is on its way; before anybody is refused the
 * store is asked again. Decisions therefore need not be reported here.
 *
 * Threads: locks itself.
 */
#pragma once
#include "ca/ca.h"

MUST_CHECK int ca_limit_new(
    const struct ca_config *c, struct ca_limit **ret, struct err *err);
void ca_limit_free(struct ca_limit *l);

/* One submission on its way; empty before and after. */
struct ca_limit_ticket {
	const char *owner; /* borrowed until ca_limit_leave() */
	bool entered;
	bool granted;
};

/* Before a submission is worked on. ERR_LIMIT or ERR_NO_SPACE with a sentence;
 * on success ca_limit_leave() follows. */
MUST_CHECK int ca_limit_enter(struct ca_limit *l, struct store_reader *r,
    const char *owner, struct ca_limit_ticket *ret, struct err *err);
/* The policy issues it at once: it cannot come to wait any more. */
void ca_limit_granted(struct ca_limit *l, struct ca_limit_ticket *t);
/* kept: a row was made; pending: it waits for an officer. An empty ticket is
 * fine. */
void ca_limit_leave(
    struct ca_limit *l, struct ca_limit_ticket *t, bool kept, bool pending);
