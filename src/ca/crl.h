/* crl.h - certificate revocation lists of this CA: made at the start when
 * there is none or it is due, then on schedule, and when an administrator
 * asks.
 *
 * Everything that makes one runs on the slow pool, which has one thread: two
 * lists of one key are never made at the same time.
 */
#pragma once
#include "ca/ca.h"

struct ca_generation;

/* Make and publish the base CRL of a generation's key. who is NULL for the
 * schedule. Only on the slow pool (or before the pools run). */
MUST_CHECK int ca_crl_make(struct ca_worker *w, const struct ca_generation *gen,
    const struct ca_who *who, struct err *err);
/* All keys; with only_due those whose next publication has come, or whose
 * file is missing. */
MUST_CHECK int ca_crl_make_all(struct ca_worker *w, const struct ca_who *who,
    bool only_due, struct err *err);

/* The thread of the schedule. It publishes the CA's certificates and asks for
 * what is due at once. */
MUST_CHECK int ca_crl_start(struct ca *ca, struct err *err);
/* While the pools still run: waits for what was asked for. */
void ca_crl_stop(struct ca *ca);
