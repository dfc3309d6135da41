/* work.c - pools of worker threads. */
#include "ca/work.h"

#include "base/thread.h"
#include "ca/sign.h"

#include <assert.h>
#include <unistd.h>

#define WORKERS_MAX      64
#define CRYPTO_QUEUE     4096
#define QUERY_QUEUE      4096
#define PASSWORD_QUEUE   16
#define SLOW_QUEUE       16
#define QUERY_THREADS    4
#define PASSWORD_THREADS 2

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ca_job *head, **tail;
	size_t waiting, max;
	struct ca_sign *sign; /* where its jobs go on, or NULL */
	bool stop;
	size_t started; /* threads that run */
	pthread_t threads[WORKERS_MAX];
	struct worker {
		struct ca_worker self;
		struct pool *pool;
	} workers[WORKERS_MAX];
	size_t n;
};

struct ca_pools {
	struct pool pool[CA_POOL_COUNT];
};

static const struct {
	const char *name;
	size_t threads; /* 0: as configured */
	size_t queue;
} shapes[CA_POOL_COUNT] = {
	[CA_POOL_CRYPTO] = { "crypto", 0, CRYPTO_QUEUE },
	[CA_POOL_QUERY] = { "query", QUERY_THREADS, QUERY_QUEUE },
	[CA_POOL_PASSWORD] = { "password", PASSWORD_THREADS, PASSWORD_QUEUE },
	[CA_POOL_SLOW] = { "slow", 1, SLOW_QUEUE },
};

static void
worker_main(void *arg)
{
	struct worker *worker = arg;
	struct pool *p = worker->pool;

	for (;;) {
		struct ca_job *job;

		thread_lock(&p->lock);
		while (!p->head && !p->stop)
			thread_wait(&p->wake, &p->lock);
		job = p->head;
		if (job) {
			p->head = job->next;
			if (!p->head)
				p->tail = &p->head;
			p->waiting--;
		}
		thread_unlock(&p->lock);
		if (!job)
			return;
		job->run(&worker->self, job);
		if (p->sign)
			ca_sign_flush(p->sign);
	}
}

static void
pool_stop(struct pool *p)
{
	thread_lock(&p->lock);
	p->stop = true;
	thread_broadcast(&p->wake);
	thread_unlock(&p->lock);
	for (size_t i = 0; i < p->started; i++)
		thread_join(p->threads[i]);
	assert(!p->head);
	for (size_t i = 0; i < p->n; i++) {
		store_reader_close(p->workers[i].self.reader);
		pki_tools_free(p->workers[i].self.tools);
	}
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
}

/* Readers and tools are made here, on the starting thread, so that a failure
 * stops the start instead of a worker. */
static int
pool_start(struct ca *ca, struct pool *p, enum ca_pool which, size_t threads,
    struct err *err)
{
	p->max = shapes[which].queue;
	p->sign = which == CA_POOL_CRYPTO ? ca->sign : NULL;
	for (; p->n < threads; p->n++) {
		struct worker *w = &p->workers[p->n];

		*w = (struct worker){ { ca, NULL, NULL }, p };
		if (store_reader_open(ca->store, &w->self.reader, err) < 0)
			return -1;
		if (pki_tools_new(&w->self.tools, err) < 0) {
			store_reader_close(w->self.reader);
			return -1;
		}
	}
	for (; p->started < p->n; p->started++)
		if (thread_start(&p->threads[p->started], shapes[which].name,
			worker_main, &p->workers[p->started], err) < 0)
			return -1;
	return 0;
}

static size_t
crypto_threads(const struct ca *ca)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = ca->config->workers;

	if (n == 0)
		n = cores > 0 ? (size_t)cores : 1;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

int
ca_work_start(struct ca *ca, struct ca_pools **ret, struct err *err)
{
	struct ca_pools *ps = calloc(1, sizeof(*ps));

	if (!ps)
		return err_set(err, ERR_NO_MEMORY, "the pools of workers");
	for (size_t i = 0; i < CA_POOL_COUNT; i++) {
		struct pool *p = &ps->pool[i];

		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->wake, NULL);
		p->tail = &p->head;
	}
	for (unsigned i = 0; i < CA_POOL_COUNT; i++) {
		size_t n =
		    shapes[i].threads ? shapes[i].threads : crypto_threads(ca);

		if (pool_start(ca, &ps->pool[i], (enum ca_pool)i, n, err) < 0) {
			ca_work_stop(ps);
			return -1;
		}
	}
	*ret = ps;
	return 0;
}

void
ca_work_stop(struct ca_pools *ps)
{
	if (!ps)
		return;
	for (size_t i = 0; i < CA_POOL_COUNT; i++)
		pool_stop(&ps->pool[i]);
	free(ps);
}

int
ca_work_add(
    struct ca_pools *ps, enum ca_pool pool, struct ca_job *job, struct err *err)
{
	struct pool *p = &ps->pool[pool];
	bool full;

	job->next = NULL;
	if (p->sign)
		ca_sign_expect(p->sign);
	thread_lock(&p->lock);
	full = p->waiting >= p->max;
	if (!full) {
		*p->tail = job;
		p->tail = &job->next;
		p->waiting++;
		thread_signal(&p->wake);
	}
	thread_unlock(&p->lock);
	if (!full)
		return 0;
	if (p->sign)
		ca_sign_flush(p->sign);
	return err_set(err, ERR_BUSY,
	    "Too many requests wait already. Try again in a moment.");
}
