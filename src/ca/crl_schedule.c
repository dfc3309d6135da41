#include "base/clock.h"
#include "base/thread.h"
#include "ca/crl.h"
#include "ca/publish.h"
#include "ca/verify.h"
#include "ca/work.h"

/* How often the clock is looked at. It is the wall clock that counts, which
 * may be set, so there is no long sleep until the next publication. */
#define LOOK_US UINT64_C(5000000)
/* After a failure; then twice as long each time. */
#define RETRY_S     60
#define RETRY_MAX_S 600
#define TIDY_S      3600

struct ca_crl {
	struct ca *ca;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;
	bool busy;     /* the job is in the pool */
	int64_t pause; /* before the next try */
	int64_t tidied;
	struct ca_crl_state state;
	struct ca_job job;
};

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
	ca_crl_note(w->ca, failed ? &err : NULL);
	thread_lock(&c->lock);
	c->busy = false;
	thread_broadcast(&c->changed);
	thread_unlock(&c->lock);
}

void
ca_crl_note(struct ca *ca, const struct err *err)
{
	struct ca_crl *c = ca->crl;
	int64_t now = clock_now();

	if (!c)
		return;
	thread_lock(&c->lock);
	c->pause = !err ? 0 : c->pause ? c->pause * 2 : RETRY_S;
	if (c->pause > RETRY_MAX_S)
		c->pause = RETRY_MAX_S;
	c->state = (struct ca_crl_state){ 0 };
	if (err) {
		c->state.failed = now;
		c->state.again = now + c->pause;
		memcpy(c->state.text, err->text, sizeof(c->state.text));
	}
	thread_unlock(&c->lock);
	if (err && ca->report)
		ca->report(err->text);
}

void
ca_crl_state(struct ca *ca, struct ca_crl_state *ret)
{
	struct ca_crl *c = ca->crl;

	*ret = (struct ca_crl_state){ 0 };
	if (!c)
		return;
	thread_lock(&c->lock);
	*ret = c->state;
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

		if (!c->busy && now >= c->state.again) {
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
	/* Before its thread hands a list to a worker, who looks here. */
	ca->crl = c;
	if (thread_start(&c->thread, "schedule", schedule, c, err) == 0)
		return 0;
	ca->crl = NULL;
	free(c);
	return -1;
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
