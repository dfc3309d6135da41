#include "../unit.h"
#include "base/clock.h"
#include "base/thread.h"

struct shared {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int value;
};

static void
set_value(void *arg)
{
	struct shared *s = arg;

	thread_lock(&s->lock);
	s->value = 42;
	thread_broadcast(&s->cond);
	thread_unlock(&s->lock);
}

static void
runs_and_signals(void **state)
{
	struct shared s = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct err err = { 0 };
	pthread_t t;

	(void)state;
	thread_cond_init(&s.cond);
	assert_int_equal(thread_start(&t, "test", set_value, &s, &err), 0);
	thread_lock(&s.lock);
	while (s.value == 0)
		thread_wait(&s.cond, &s.lock);
	thread_unlock(&s.lock);
	thread_join(t);
	assert_int_equal(s.value, 42);
}

static void
timed_wait_ends(void **state)
{
	struct shared s = { .lock = PTHREAD_MUTEX_INITIALIZER };

	(void)state;
	thread_cond_init(&s.cond);
	thread_lock(&s.lock);
	while (thread_wait_until(&s.cond, &s.lock, clock_monotonic_us() + 1000))
		;
	thread_unlock(&s.lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_and_signals),
		cmocka_unit_test(timed_wait_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
