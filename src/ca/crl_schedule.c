#include "base/clock.h"
#include "base/thread.h"
#include "ca/crl.h"
#include "ca/generation.h"
#include "ca/publish.h"
#include "ca/verify.h"
#include "ca/work.h"

/* How often the clock is looked at. It is the wall clock that counts, which
 * may be set, so there is no long sleep until the next publication. */
#define LOOK_US UINT64_C(5000000)
#define RETRY_S 60
#define TIDY_S  3600

struct ca_crl {
	struct ca *ca;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;
	bool busy;          /* the job is in the pool */
	int64_t not_before; /* after a failure: do not try again until then */
	int64_t tidied;
	struct ca_job job;
};

static bool
is_due(struct ca_worker *w, const struct ca_generation *g)
{
	AUTO(store_crl) crl = NULL;
	char name[CA_FILE_MAX];

	ca_file_crl(w->ca->config, g->key_index, name);
	return store_newest_crl(w->reader, g->key_index, &crl, NULL) < 0 ||
	       crl->next_publish <= clock_now() ||
	       !ca_publish_exists(w->ca->config, name);
}

int
ca_crl_make_all(struct ca_worker *w, const struct ca_who *who, bool only_due,
    struct err *err)
{
	const struct ca_generations *g = ca_generations_take(w->ca);
	int rc = 0;

	/* The newest certificate of each key signs for it. */
	for (size_t i = 0; g && rc == 0 && i < g->n; i++) {
		const struct ca_generation *gen = &g->list[i];
		bool newest =
		    i + 1 == g->n || g->list[i + 1].key_index != gen->key_index;

		if (newest && (!only_due || is_due(w, gen)))
			rc = ca_crl_make(w, gen, who, err);
	}
	if (g)
		ca_generations_release(w->ca, g);
	return rc;
}

static struct ca_crl *
of_job(struct ca_job *job)
{
	return (struct ca_crl *)(void *)((char *)job -
					 offsetof(struct ca_crl, job));
}

/* On the slow pool. */
static void
run(struct ca_worker *w, struct ca_job *self)
{
	struct ca_crl *c = of_job(self);
	struct err err = { 0 };
	int64_t now = clock_now();
	bool failed;

	failed = ca_publish_certificates(w->ca, &err) < 0 ||
		 ca_crl_make_all(w, NULL, true, &err) < 0;
	if (!failed && now >= c->tidied + TIDY_S) {
		failed = ca_verify_reconcile(w, false, &err) < 0;
		c->tidied = now;
	}
	thread_lock(&c->lock);
	c->busy = false;
	c->not_before = failed ? now + RETRY_S : 0;
	thread_broadcast(&c->changed);
	thread_unlock(&c->lock);
}

static void
post(struct ca_crl *c)
{
	if (ca_work_add(c->ca->pools, CA_POOL_SLOW, &c->job, NULL) == 0)
		return;
	thread_lock(&c->lock);
	c->busy = false;
	thread_broadcast(&c->changed);
	thread_unlock(&c->lock);
}

static void
schedule(void *arg)
{
	struct ca_crl *c = arg;

	thread_lock(&c->lock);
	while (!c->stop) {
		int64_t now = clock_now();

		if (!c->busy && now >= c->not_before) {
			c->busy = true;
			thread_unlock(&c->lock);
			post(c);
			thread_lock(&c->lock);
		}
		(void)thread_wait_until(
		    &c->changed, &c->lock, clock_monotonic_us() + LOOK_US);
	}
	thread_unlock(&c->lock);
}

int
ca_crl_start(struct ca *ca, struct err *err)
{
	struct ca_crl *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "schedule of CRLs");
	c->ca = ca;
	c->job.run = run;
	c->tidied = clock_now();
	(void)pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->changed);
	if (thread_start(&c->thread, "schedule", schedule, c, err) < 0) {
		free(c);
		return -1;
	}
	ca->crl = c;
	return 0;
}

void
ca_crl_stop(struct ca *ca)
{
	struct ca_crl *c = ca->crl;

	if (!c)
		return;
	thread_lock(&c->lock);
	c->stop = true;
	thread_broadcast(&c->changed);
	while (c->busy)
		thread_wait(&c->changed, &c->lock);
	thread_unlock(&c->lock);
	thread_join(c->thread);
	ca->crl = NULL;
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->changed);
	free(c);
}
