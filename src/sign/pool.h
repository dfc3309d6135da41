/* pool.h - the threads that sign: one per core, first come, first served.
 *
 * A batch is posted, its jobs are divided among the threads, and whoever
 * posted it helps with what is left when it comes to wait. Each thread (and
 * the one that posts) keeps one session per key. A batch so small that waking
 * a thread costs more than signing is simply signed by the caller: post
 * nothing, call sign_pool_finish().
 *
 * Threads: sign_pool_post() and sign_pool_finish() by one thread at a time
 * (its turn, see service.c): they use the caller's own row of sessions.
 * Ownership: jobs and what they point to belong to the caller, untouched by
 * him between post and finish.
 */
#pragma once
#include "sign/signer.h"

struct sign_pool;

struct sign_job {
	struct sign_key *key;
	struct bytes input;
	bool is_digest;
	uint8_t *signature; /* PKI_SIGNATURE_MAX bytes */
	size_t *signature_n;
	struct err *err; /* set, with ERR_OK left alone, when it fails */
};

struct sign_batch {
	struct sign_job *jobs;
	size_t count;
	/* of pool.c */
	size_t next; /* first job nobody has taken */
	size_t left; /* jobs not done */
	struct sign_batch *after;
	bool posted;
};

MUST_CHECK int sign_pool_new(
    size_t threads, struct sign_pool **ret, struct err *err);
/* Stops the threads; nothing may be posted. Keys must still be there. */
void sign_pool_free(struct sign_pool *pool); /* NULL is fine */
AUTO_DEFINE(sign_pool);

void sign_pool_post(struct sign_pool *pool, struct sign_batch *batch);
/* Returns when every job of the batch is done. */
void sign_pool_finish(struct sign_pool *pool, struct sign_batch *batch);
