/* work.h - pools of worker threads, each with a bounded FIFO.
 *
 * A pool keeps slow work from delaying quick work: password hashing takes two
 * threads of its own, certificates take one per core, reading has others.
 */
#pragma once
#include "ca/ca.h"

enum ca_pool {
	CA_POOL_CRYPTO,   /* parse, verify, policy, build: one per core */
	CA_POOL_QUERY,    /* reads rows, queues small changes */
	CA_POOL_PASSWORD, /* yescrypt; a short queue, then ERR_BUSY */
	CA_POOL_SLOW,     /* CRLs, audit verification: one thread */
	CA_POOL_COUNT
};

/* Embedded in what waits. */
struct ca_job {
	struct ca_job *next;
	void (*run)(struct ca_worker *w, struct ca_job *self);
};

MUST_CHECK int ca_work_start(
    struct ca *ca, struct ca_pools **ret, struct err *err);
/* Runs everything that waits, then joins the threads. */
void ca_work_stop(struct ca_pools *p);
/* ERR_BUSY when the queue of the pool is full: then run is not called. */
MUST_CHECK int ca_work_add(
    struct ca_pools *p, enum ca_pool pool, struct ca_job *job, struct err *err);
