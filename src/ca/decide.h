/* decide.h - an officer's decision: who may make it on which request. */
#pragma once
#include "ca/ca.h"
#include "ca/request.h"

/* May this person let the event happen to this row now? The role the
 * transition needs, the state it starts from, no request of his own or of an
 * account linked to him (DESIGN 8), and what officers are restricted to: a
 * sentence says why not. *ret_to may be NULL. */
MUST_CHECK int ca_decide_may(struct ca_worker *w, const struct ca_who *who,
    const struct store_request *row, enum ca_request_event event,
    enum disposition *ret_to, struct err *err);

/* The row, if this person may see it; else ERR_NOT_FOUND as for a number that
 * does not exist. serial is used when id is 0. */
MUST_CHECK int ca_decide_find(struct ca_worker *w, const struct ca_who *who,
    uint64_t id, struct bytes serial, struct store_request **ret,
    struct err *err);
