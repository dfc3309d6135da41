/* limit.h - slow down whoever guesses passwords.
 *
 * One token bucket per client address and one per name. Only failures cost a
 * token; when a bucket is empty the next try must wait, and each further
 * failure doubles the wait up to a maximum. Nobody is locked out: a lock
 * would let anybody lock out anybody. The wait for a name is short, so that
 * guessing at somebody's name does not keep him away; the wait for an address
 * may be long. An IPv6 address counts by its /64, which one machine owns.
 *
 * Limits: AUTH_LIMIT_ENTRIES of each kind; the bucket nearest to full makes
 * room. Threads: any. Times are clock_monotonic_us().
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdint.h>

#define AUTH_LIMIT_ENTRIES      4096
#define AUTH_LIMIT_BURST        10 /* failures that cost nothing */
#define AUTH_LIMIT_REFILL       10 /* seconds for one token */
#define AUTH_LIMIT_NAME_WAIT    30 /* longest wait, seconds */
#define AUTH_LIMIT_ADDRESS_WAIT 300

struct auth_limit;

MUST_CHECK int auth_limit_new(struct auth_limit **ret, struct err *err);
void auth_limit_free(struct auth_limit *l); /* NULL is fine */
AUTO_DEFINE(auth_limit);

/* Seconds to wait before this may be tried; 0: now. */
unsigned auth_limit_wait(struct auth_limit *l, const char *address,
    const char *name, uint64_t now_us);
void auth_limit_failed(struct auth_limit *l, const char *address,
    const char *name, uint64_t now_us);
