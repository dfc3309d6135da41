#include "sign/pool.h"

#include "base/thread.h"
#include "sign/item.h"

#include <assert.h>

/* One thread, or the caller. */
struct runner {
	struct sign_pool *pool;
	pthread_t thread;
	struct sign_session *sessions[SIGN_KEYS_MAX];
};

struct sign_pool {
	pthread_mutex_t lock;
	pthread_cond_t work; /* something was posted, or stop */
	pthread_cond_t done; /* some batch has no job left */
	struct sign_batch *first, **tail;
	bool stop;
	size_t started;
	size_t count;
	struct runner runners[]; /* count of threads, then the caller's */
};

/* --- signing ----------------------------------------------------------- */

static void
run_job(struct runner *r, struct sign_job *job)
{
	const struct sign_signer_ops *ops = job->key->ops;
	struct sign_session **s = &r->sessions[job->key->index];

	*job->signature_n = 0;
	if (!*s && ops->session_new(job->key, s, job->err) < 0)
		return;
	if ((job->is_digest ? ops->sign_digest : ops->sign_message)(*s,
		job->input, job->signature, job->signature_n, job->err) == 0)
		return;
	/* A token may have to be opened anew. */
	*job->signature_n = 0;
	sign_session_free(*s);
	*s = NULL;
}

/* Take a share of the batch: large at first, then smaller, so that all
 * threads end at about the same time. Under the lock; 0: nothing left. */
static size_t
take_share(struct sign_pool *pool, struct sign_batch *b, size_t *ret_at)
{
	size_t rest = b->count - b->next;
	size_t n = rest / (2 * (pool->count + 1));

	if (n == 0)
		n = rest > 0;
	*ret_at = b->next;
	b->next += n;
	/* All are taken: the next batch comes to the front. */
	if (b->next == b->count && pool->first == b) {
		pool->first = b->after;
		if (!pool->first)
			pool->tail = &pool->first;
	}
	return n;
}

/* Take a share and sign it; false when there was none. Called, and returns,
 * with the lock held. */
static bool
run_share(struct runner *r, struct sign_batch *b)
{
	struct sign_pool *pool = r->pool;
	size_t at, n = take_share(pool, b, &at), i;

	if (n == 0)
		return false;
	thread_unlock(&pool->lock);
	for (i = 0; i < n; i++)
		run_job(r, &b->jobs[at + i]);
	thread_lock(&pool->lock);
	b->left -= n;
	if (b->left == 0)
		thread_broadcast(&pool->done);
	return true;
}

static void
run(void *arg)
{
	struct runner *r = arg;
	struct sign_pool *pool = r->pool;

	thread_lock(&pool->lock);
	while (!pool->stop)
		if (!pool->first)
			thread_wait(&pool->work, &pool->lock);
		else
			(void)run_share(r, pool->first);
	thread_unlock(&pool->lock);
}

void
sign_pool_post(struct sign_pool *pool, struct sign_batch *batch)
{
	size_t wake = batch->count < pool->count ? batch->count : pool->count;

	batch->next = 0;
	batch->left = batch->count;
	batch->after = NULL;
	batch->posted = true;
	if (batch->count == 0)
		return;
	thread_lock(&pool->lock);
	*pool->tail = batch;
	pool->tail = &batch->after;
	for (; wake > 0; wake--)
		thread_signal(&pool->work);
	thread_unlock(&pool->lock);
}

void
sign_pool_finish(struct sign_pool *pool, struct sign_batch *batch)
{
	struct runner *caller = &pool->runners[pool->count];
	size_t i;

	if (!batch->posted) {
		for (i = 0; i < batch->count; i++)
			run_job(caller, &batch->jobs[i]);
		return;
	}
	thread_lock(&pool->lock);
	while (run_share(caller, batch))
		;
	while (batch->left > 0)
		thread_wait(&pool->done, &pool->lock);
	thread_unlock(&pool->lock);
}

/* --- life -------------------------------------------------------------- */

int
sign_pool_new(size_t threads, struct sign_pool **ret, struct err *err)
{
	struct sign_pool *made =
	    calloc(1, sizeof(*made) + (threads + 1) * sizeof(struct runner));
	AUTO(sign_pool) pool = made;
	size_t i;

	assert(threads > 0);
	if (!pool)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	(void)pthread_mutex_init(&pool->lock, NULL);
	thread_cond_init(&pool->work);
	thread_cond_init(&pool->done);
	pool->tail = &pool->first;
	pool->count = threads;
	for (i = 0; i <= threads; i++)
		pool->runners[i].pool = pool;
	for (i = 0; i < threads; i++, pool->started++)
		if (thread_start(&pool->runners[i].thread, "signer", run,
			&pool->runners[i], err) < 0)
			return -1;
	*ret = TAKE(pool);
	return 0;
}

void
sign_pool_free(struct sign_pool *pool)
{
	size_t i, k;

	if (!pool)
		return;
	thread_lock(&pool->lock);
	assert(!pool->first);
	pool->stop = true;
	thread_broadcast(&pool->work);
	thread_unlock(&pool->lock);
	for (i = 0; i < pool->started; i++)
		thread_join(pool->runners[i].thread);
	for (i = 0; i <= pool->count; i++)
		for (k = 0; k < SIGN_KEYS_MAX; k++)
			sign_session_free(pool->runners[i].sessions[k]);
	(void)pthread_cond_destroy(&pool->work);
	(void)pthread_cond_destroy(&pool->done);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}
