/* thread.h - pthreads with the impossible failures asserted away.
 *
 * Locks protect the data of one file and are never held across a call out of
 * that file.
 */
#pragma once
#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

typedef void thread_main(void *arg);

/* Named, with a stack of 512 KiB and all signals blocked. */
MUST_CHECK int thread_start(pthread_t *ret, const char *name, thread_main *main,
    void *arg, struct err *err);
void thread_join(pthread_t t);

void thread_lock(pthread_mutex_t *m);
void thread_unlock(pthread_mutex_t *m);
void thread_wait(pthread_cond_t *c, pthread_mutex_t *m);
/* Conditions for timed waits run on the monotonic clock. */
void thread_cond_init(pthread_cond_t *c);
/* false when the time (clock_monotonic_us) has come without a signal. */
bool thread_wait_until(
    pthread_cond_t *c, pthread_mutex_t *m, uint64_t monotonic_us);
void thread_signal(pthread_cond_t *c);
void thread_broadcast(pthread_cond_t *c);
