/* crl.h - certificate revocation lists of this CA: made at the start when
 * there is none or it is due, then on schedule, and when an administrator
 * asks.
 *
 *   crl_schedule.c  the thread: what is due, when to try again
 *   crl_run.c       one run: which lists of which keys, their one number
 *   crl_time.c      the times of a list
 *   crl.c           one list: rows, signature, file
 *   crl_guard.c     the last look before a list goes out
 *   crl_health.c    what there is to say about lists, for people
 *
 * Everything that makes one runs on the slow pool, which has one thread: two
 * lists of one key are never made at the same time.
 */
#pragma once
#include "ca/ca.h"
#include "ca/file.h"

struct ca_generation;

/* --- crl_time.c: how often, and how long each is good -------------------- */

/* Are delta CRLs made? */
static inline bool
ca_crl_has_delta(const struct ca_config *c)
{
	return c->crl_delta_period > 0;
}
/* The times of a list made now under a CA certificate valid from
 * not_before. */
void ca_crl_times(const struct ca_config *c, bool delta, int64_t now,
    int64_t not_before, struct store_crl *ret);

/* --- crl.c: one list ------------------------------------------------------ */

struct ca_crl_order {
	const struct ca_generation *gen;
	const struct ca_who *who; /* NULL: the schedule */
	bool delta;
	bool shadow;     /* an empty delta, the last one */
	uint64_t floor;  /* the number is above this ... */
	uint64_t number; /* ... or this one, when the run has one already */
};

/* Make and publish it. order->number is what it got, also after a failure. */
MUST_CHECK int ca_crl_make(
    struct ca_worker *w, struct ca_crl_order *order, struct err *err);
/* Name of the published file. */
void ca_crl_file(const struct ca_config *c, uint32_t key_index, bool delta,
    char dst[CA_FILE_MAX]);

/* --- crl_run.c: the lists of all keys ------------------------------------- */

/* With only_due those whose next publication has come, or whose file is
 * missing. One that fails does not keep the others from being made; *err is
 * then the first failure. */
MUST_CHECK int ca_crl_make_all(struct ca_worker *w, const struct ca_who *who,
    bool only_due, struct err *err);

/* --- crl_schedule.c ------------------------------------------------------- */

/* The thread of the schedule. It publishes the CA's certificates and asks for
 * what is due at once. */
MUST_CHECK int ca_crl_start(struct ca *ca, struct err *err);
/* While the pools still run: waits for what was asked for. */
void ca_crl_stop(struct ca *ca);

/* How the last try of the schedule, or of an administrator, ended. */
struct ca_crl_state {
	int64_t failed; /* when; 0: it went well */
	int64_t again;  /* when it is tried again */
	char text[ERR_TEXT_MAX];
};
void ca_crl_state(struct ca *ca, struct ca_crl_state *ret);
/* NULL: it went well. */
void ca_crl_note(struct ca *ca, const struct err *err);

/* --- crl_health.c --------------------------------------------------------- */

struct ca_arena;
struct rpc_finding;
struct rpc_crl_row;

/* Lines for STATUS, at most max of them; bad: somebody must do something. */
MUST_CHECK int ca_crl_health(struct ca_worker *w, struct ca_arena *a,
    struct rpc_finding *ret, size_t max, size_t *ret_n, struct err *err);

/* --- crl_handle.c --------------------------------------------------------- */

/* A row of an answer; copies what it shows into the arena. */
void ca_crl_row(
    struct ca_arena *a, const struct store_crl *c, struct rpc_crl_row *ret);
