/* Whoever waits for an answer is woken by it, also when another caller has
 * taken his place already.
 *
 * All places of a connection but one are taken by calls that are not answered,
 * so that all callers share that one; and now and then whoever gives up a lock
 * loses the processor for a moment, as on a busy machine: a caller before he
 * begins to wait, the link's thread before it wakes him. After each call all
 * wait for each other, so that nobody is woken by what was meant for the next
 * one. Who is not woken finds his answer when his time is over: no call may
 * take that long.
 */
#include "fixture.h"
#include "rpc/ca_convert.h"

#include <stdatomic.h>

#define TIMEOUT_US UINT64_C(30000000)
#define CALLERS    3
#define PLACES     1
#define HELD       (RPC_IN_FLIGHT_MAX - PLACES)
#define PAUSE_US   300
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define CALLS 100
#else
#define CALLS 500
#endif

void __real_thread_unlock(pthread_mutex_t *m);
void __wrap_thread_unlock(pthread_mutex_t *m);

static atomic_uint unlocks;
static atomic_bool pausing;

/* In the place of every thread_unlock() (the linker sees to it). */
void
__wrap_thread_unlock(pthread_mutex_t *m)
{
	unsigned n = atomic_fetch_add(&unlocks, 1);

	__real_thread_unlock(m);
	/* Any order will do that is none. */
	if (pausing && n * 2654435761U >> 29 == 0)
		(void)usleep(n * 40503U % PAUSE_US);
}

struct caller {
	struct rpc_link *link;
	pthread_barrier_t *round;
	size_t answered, late;
	struct err odd;
	pthread_t thread;
};

static void
answer(struct rpc_call *call)
{
	struct err err;

	(void)err_set(&err, ERR_NOT_FOUND, "answered");
	rpc_fail(call, &err);
}

/* Holds the first ones, answers all others at once. */
static void
hold_first(struct fixture *f, struct rpc_call *call)
{
	if (f->held_count < HELD)
		fixture_hold(f, call);
	else
		answer(call);
}

/* Until there was room for it; false: it went wrong. */
static bool
call(struct caller *c)
{
	struct err err = { .code = ERR_BUSY };

	while (err.code == ERR_BUSY) {
		uint64_t start = clock_monotonic_us();
		struct rpc_arena *a = NULL;
		struct bytes body;

		if (rpc_link_call(
			c->link, RPC_CA_INFO, BYTES_NONE, &body, &a, &err) == 0)
			return false;
		if (clock_monotonic_us() - start >= TIMEOUT_US)
			c->late++;
	}
	c->odd = err;
	return err.code == ERR_NOT_FOUND;
}

static void
caller_main(void *arg)
{
	struct caller *c = arg;
	size_t i;

	for (i = 0; i < CALLS; i++) {
		if (call(c))
			c->answered++;
		(void)pthread_barrier_wait(c->round);
	}
}

static void
count_done(void *ctx, const struct rpc_envelope *e,
    struct rpc_arena *take_arena, const struct err *err)
{
	size_t *done = ctx;

	(void)e;
	(void)err;
	rpc_arena_free(take_arena);
	++*done;
}

static struct rpc_link *
link_with_few_places(struct fixture *f, size_t *done)
{
	const struct rpc_link_options o = { .who = "the server",
		.path = f->path,
		.hello = { .as = "" },
		.limits = { RPC_CA_REPLY_FRAME_MAX, RPC_CA_ASK_FRAME_MAX },
		.memory_max = RPC_CA_REPLY_MEMORY_MAX,
		.timeout_ms = TIMEOUT_US / 1000 };
	struct rpc_link *l = NULL;
	struct err err = { 0 };
	size_t i;

	if (rpc_link_new(&o, &l, &err) < 0)
		fail_msg("%s", err.text);
	for (i = 0; i < HELD; i++)
		if (rpc_link_send(
			l, RPC_CA_INFO, BYTES_NONE, count_done, done, &err) < 0)
			fail_msg("%s", err.text);
	fixture_await_held(f, HELD);
	return l;
}

static void
test_everybody_is_woken(void **state)
{
	struct fixture *f = *state;
	struct caller callers[CALLERS];
	pthread_barrier_t round;
	struct rpc_link *l;
	size_t i, done = 0;

	f->on_call = hold_first;
	fixture_start(f, RPC_CHANNEL_WEB);
	l = link_with_few_places(f, &done);
	(void)pthread_barrier_init(&round, NULL, CALLERS);
	pausing = true;
	for (i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .link = l, .round = &round };
		assert_int_equal(thread_start(&callers[i].thread, "caller",
				     caller_main, &callers[i], NULL),
		    0);
	}
	for (i = 0; i < CALLERS; i++)
		thread_join(callers[i].thread);
	pausing = false;
	(void)pthread_barrier_destroy(&round);
	while (f->held_count > 0)
		answer(f->held[--f->held_count]);
	rpc_link_free(l);
	assert_int_equal(done, HELD);
	for (i = 0; i < CALLERS; i++) {
		assert_string_equal(callers[i].odd.text, "answered");
		assert_int_equal(callers[i].late, 0);
		assert_int_equal(callers[i].answered, CALLS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_everybody_is_woken, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
