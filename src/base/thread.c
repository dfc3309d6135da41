#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>

#define THREAD_STACK (512 * 1024)

struct thread_start_arg {
	thread_main *main;
	void *arg;
};

static void *
thread_entry(void *arg)
{
	struct thread_start_arg start = *(struct thread_start_arg *)arg;

	free(arg);
	start.main(start.arg);
	return NULL;
}

int
thread_start(pthread_t *ret, const char *name, thread_main *main, void *arg,
    struct err *err)
{
	struct thread_start_arg *start = malloc(sizeof(*start));
	sigset_t all, old;
	pthread_attr_t attr;
	int rc;

	if (!start)
		return err_set(err, ERR_NO_MEMORY, "thread %s", name);
	*start = (struct thread_start_arg){ main, arg };
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, THREAD_STACK);
	rc = pthread_create(ret, &attr, thread_entry, start);
	(void)pthread_attr_destroy(&attr);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc) {
		free(start);
		errno = rc;
		return err_errno(err, "thread %s", name);
	}
	(void)pthread_setname_np(*ret, name);
	return 0;
}

void
thread_join(pthread_t t)
{
	int rc = pthread_join(t, NULL);

	assert(rc == 0);
}

void
thread_lock(pthread_mutex_t *m)
{
	int rc = pthread_mutex_lock(m);

	assert(rc == 0);
}

void
thread_unlock(pthread_mutex_t *m)
{
	int rc = pthread_mutex_unlock(m);

	assert(rc == 0);
}

void
thread_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	int rc = pthread_cond_wait(c, m);

	assert(rc == 0);
}

void
thread_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	assert(rc == 0);
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	assert(rc == 0);
	rc = pthread_cond_init(c, &attr);
	assert(rc == 0);
	(void)pthread_condattr_destroy(&attr);
}

bool
thread_wait_until(pthread_cond_t *c, pthread_mutex_t *m, uint64_t monotonic_us)
{
	struct timespec ts = { (time_t)(monotonic_us / 1000000),
		(long)(monotonic_us % 1000000) * 1000 };
	int rc = pthread_cond_timedwait(c, m, &ts);

	assert(rc == 0 || rc == ETIMEDOUT);
	return rc == 0;
}

void
thread_signal(pthread_cond_t *c)
{
	int rc = pthread_cond_signal(c);

	assert(rc == 0);
}

void
thread_broadcast(pthread_cond_t *c)
{
	int rc = pthread_cond_broadcast(c);

	assert(rc == 0);
}
