#include "rpc/link.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/thread.h"
#include "rpc/hello.h"
#include "rpc/pending.h"
#include "rpc/socket.h"

#include <assert.h>
#include <limits.h>

#define MS        UINT64_C(1000)
#define PATROL_US 1000000 /* how often overdue calls are looked for */

/* Where a caller waits for its answer, one for each place in `pending`. It
 * outlives the wait, so that it can be signalled after its lock is released:
 * the woken thread does not run into the lock of the one that wakes it. */
struct link_seat {
	pthread_mutex_t lock;
	pthread_cond_t cond;
};

enum link_state { LINK_DOWN, LINK_WANTED, LINK_UP };

struct rpc_link {
	/* Fixed. */
	char path[PATH_MAX];
	char as[IDENTITY_NAME_MAX];
	const char *who;
	uint32_t as_role;
	struct secret *password;
	struct rpc_frame_limits limits;
	size_t memory_max;
	uint64_t timeout_us, hello_us, send_us;
	bool gives_up;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock;  /* for all that follows */
	pthread_cond_t wanted; /* for the thread */
	pthread_cond_t change; /* of state, for callers */
	enum link_state state;
	bool quit;
	uint64_t attempts;
	uint64_t last_attempt;
	struct err down;         /* why it is down */
	struct rpc_frame *frame; /* while up */
	struct rpc_pending pending;

	struct link_seat seats[RPC_IN_FLIGHT_MAX]; /* locked each by itself */
};

/* --- the thread -------------------------------------------------------- */

static bool
quitting(struct rpc_link *l)
{
	bool quit;

	thread_lock(&l->lock);
	quit = l->quit;
	thread_unlock(&l->lock);
	return quit;
}

static int
await_hello(struct rpc_link *l, struct rpc_frame *f, struct err *err)
{
	uint64_t until = clock_monotonic_us() + l->hello_us;
	struct bytes frame;
	int rc;

	while ((rc = rpc_frame_next(f, &frame, err)) == 0) {
		if (quitting(l) || clock_monotonic_us() >= until)
			return err_set(err, ERR_TIMEOUT,
			    "%s did not answer in time. Nothing was sent",
			    l->who);
		if (rpc_frame_wait(f, true, until, err) < 0)
			return -1;
	}
	return rc < 0 ? -1 : rpc_hello_check(frame, err);
}

/* The frame is published before it is up, so that rpc_link_free() can wake
 * the thread; nobody sends before. */
static int
open_connection(struct rpc_link *l, struct err *err)
{
	const struct rpc_hello hello = { l->as, l->as_role,
		secret_bytes(l->password) };
	struct rpc_frame *f;
	int fd;

	if (rpc_socket_connect(l->path, &fd, err) < 0 ||
	    rpc_frame_new(fd, &l->limits, &f, err) < 0)
		return err_wrap(err, "%s cannot be reached", l->who);
	thread_lock(&l->lock);
	l->frame = f;
	thread_unlock(&l->lock);
	/* Sent or not, read: a peer that refuses at once has closed, and its
	 * reason is still there. */
	if (rpc_hello_say(f, 0, &hello, err) < 0 &&
	    err->code != ERR_UNAVAILABLE)
		return -1;
	if (await_hello(l, f, err) < 0)
		return -1;
	*err = (struct err){ ERR_UNAVAILABLE, "the program stops" };
	return 0;
}

static int
deliver(struct rpc_link *l, struct bytes frame, struct err *err)
{
	AUTO(rpc_arena) a = rpc_arena_new(3 * frame.n + 1024, l->memory_max);
	struct rpc_pending_call *p, was;
	struct rpc_envelope e;

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for an answer");
	if (rpc_envelope_parse(frame, a, &e, err) < 0)
		return -1;
	thread_lock(&l->lock);
	p = rpc_pending_find(&l->pending, e.id);
	if (p && p->method != e.method) {
		thread_unlock(&l->lock);
		return err_set(
		    err, ERR_PROTOCOL, "%s answered another question", l->who);
	}
	if (p)
		was = rpc_pending_remove(&l->pending, p);
	thread_unlock(&l->lock);
	if (p) /* else its caller gave up before */
		was.done(was.ctx, &e, TAKE(a), NULL);
	return 0;
}

/* A peer that leaves a call unanswered is given up. */
static int
patrol(struct rpc_link *l, uint64_t now, struct err *err)
{
	bool overdue;

	thread_lock(&l->lock);
	overdue = rpc_pending_overdue(&l->pending, now);
	thread_unlock(&l->lock);
	return overdue ? err_set(err, ERR_TIMEOUT, "%s did not answer in time",
			     l->who)
		       : 0;
}

static int
read_answers(struct rpc_link *l, struct rpc_frame *f, struct err *err)
{
	uint64_t next_patrol = clock_monotonic_us() + PATROL_US;

	for (;;) {
		struct bytes frame;
		uint64_t now;
		int rc = rpc_frame_next(f, &frame, err);

		if (rc < 0 || (rc > 0 && deliver(l, frame, err) < 0))
			return -1;
		if (rc > 0)
			continue;
		if (quitting(l))
			return 0;
		now = clock_monotonic_us();
		if (now >= next_patrol) {
			if (patrol(l, now, err) < 0)
				return -1;
			next_patrol = now + PATROL_US;
		}
		if (rpc_frame_wait(f, true, next_patrol, err) < 0)
			return -1;
	}
}

/* The lock is held on entry and exit. */
static void
go_down(struct rpc_link *l, const struct err *err)
{
	struct err lost = *err;
	struct rpc_frame *f;

	/* What was sent may have been done. */
	if (lost.code == ERR_UNAVAILABLE)
		lost.code = ERR_LOST;
	/* An attempt may have taken long: others do not try at once. */
	if (l->state != LINK_UP)
		l->last_attempt = clock_monotonic_us();
	l->state = LINK_DOWN;
	l->down = *err;
	thread_broadcast(&l->change);
	f = TAKE(l->frame);
	if (f)
		rpc_frame_sever(f);
	rpc_frame_free(f); /* a caller may be sending yet */
	for (size_t i = 0; i < RPC_IN_FLIGHT_MAX; i++) {
		struct rpc_pending_call was;

		if (l->pending.calls[i].id == 0)
			continue;
		was = rpc_pending_remove(&l->pending, &l->pending.calls[i]);
		thread_unlock(&l->lock);
		was.done(was.ctx, NULL, NULL, &lost);
		thread_lock(&l->lock);
	}
}

static void
link_main(void *arg)
{
	struct rpc_link *l = arg;

	thread_lock(&l->lock);
	for (;;) {
		struct err err = { ERR_UNAVAILABLE, "the program stops" };
		int rc;

		while (!l->quit && l->state != LINK_WANTED)
			thread_wait(&l->wanted, &l->lock);
		if (l->quit)
			break;
		l->attempts++;
		l->last_attempt = clock_monotonic_us();
		thread_unlock(&l->lock);
		rc = open_connection(l, &err);
		if (rc == 0) {
			thread_lock(&l->lock);
			l->state = LINK_UP;
			thread_broadcast(&l->change);
			thread_unlock(&l->lock);
			rc = read_answers(l, l->frame, &err);
			if (rc < 0 && err.code != ERR_TIMEOUT)
				err.code = ERR_UNAVAILABLE;
			if (rc < 0)
				(void)err_wrap(&err,
				    "the connection to %s was lost", l->who);
		}
		thread_lock(&l->lock);
		go_down(l, &err);
	}
	thread_unlock(&l->lock);
}

/* --- calling ----------------------------------------------------------- */

/* The lock is held. */
static int
need_connection(struct rpc_link *l, struct err *err)
{
	uint64_t now, until = clock_monotonic_us() + l->hello_us + PATROL_US;
	uint64_t before = l->attempts + (l->state == LINK_WANTED ? 0 : 1);

	while (l->state != LINK_UP) {
		now = clock_monotonic_us();
		/* A callback must not wait for its own thread. */
		if (l->quit || pthread_equal(pthread_self(), l->thread))
			goto down;
		if (l->state == LINK_DOWN) {
			if (l->attempts >= before ||
			    (l->attempts > 0 &&
				now < l->last_attempt + RPC_LINK_PAUSE_MS * MS))
				goto down;
			l->state = LINK_WANTED;
			thread_signal(&l->wanted);
		}
		if (!thread_wait_until(&l->change, &l->lock, until) &&
		    l->state != LINK_UP)
			return err_set(err, ERR_UNAVAILABLE,
			    "%s did not answer in time. Nothing was sent",
			    l->who);
	}
	return 0;
down:
	if (l->down.code == ERR_OK)
		return err_set(
		    err, ERR_UNAVAILABLE, "%s", err_text(ERR_UNAVAILABLE));
	/* A refusal stays what it is; this call was certainly not sent. */
	return err_set(err,
	    l->down.code == ERR_TIMEOUT ? ERR_UNAVAILABLE : l->down.code, "%s",
	    l->down.text);
}

/* Not locked while sending: many callers' frames gather in the frame's queue.
 * On failure the place is free again, unless the callback was made. */
static int
start_call(struct rpc_link *l, struct rpc_pending_call *as, struct bytes body,
    struct err *err)
{
	struct rpc_envelope e = { .method = as->method, .body = body };
	AUTO(rpc_frame) f = NULL;
	struct rpc_pending_call *p;
	int rc;

	thread_lock(&l->lock);
	rc = need_connection(l, err);
	if (rc == 0 && !rpc_pending_add(&l->pending, as))
		rc = err_set(err, ERR_BUSY,
		    "%d calls to %s wait for their answers already",
		    RPC_IN_FLIGHT_MAX, l->who);
	if (rc == 0)
		f = rpc_frame_hold(l->frame);
	thread_unlock(&l->lock);
	if (rc < 0)
		return -1;
	e.id = as->id;
	if (rpc_envelope_send(f, &e, err) == 0)
		return 0;
	thread_lock(&l->lock);
	p = rpc_pending_find(&l->pending, as->id);
	if (p)
		(void)rpc_pending_remove(&l->pending, p);
	thread_unlock(&l->lock);
	/* Else it failed with the connection, and its callback was made. */
	return p ? err_wrap(err, "%s cannot be asked", l->who) : 0;
}

int
rpc_link_send(struct rpc_link *l, uint32_t method, struct bytes body,
    rpc_link_done *done, void *ctx, struct err *err)
{
	struct rpc_pending_call as = {
		.method = method, .done = done, .ctx = ctx
	};

	as.deadline = clock_monotonic_us() + l->send_us;
	return start_call(l, &as, body, err);
}

/* A thread that waits for its answer, on its own stack. */
struct waiter {
	struct rpc_link *link;
	struct rpc_pending_call call;
	/* Under the lock of its seat: */
	bool done;
	struct rpc_envelope envelope;
	struct rpc_arena *arena; /* NULL: failed */
	struct err err;
};

static struct link_seat *
seat_of(struct waiter *w)
{
	return &w->link->seats[w->call.id & (RPC_IN_FLIGHT_MAX - 1)];
}

static void
wake_waiter(void *ctx, const struct rpc_envelope *e,
    struct rpc_arena *take_arena, const struct err *err)
{
	struct waiter *w = ctx;
	struct link_seat *seat = seat_of(w);

	thread_lock(&seat->lock);
	w->arena = take_arena;
	if (e)
		w->envelope = *e;
	else
		w->err = *err;
	w->done = true;
	thread_unlock(&seat->lock);
	/* The place in `pending` was free before this, so that the next caller
	 * may sit here already, beside the waiter: a signal could reach him
	 * only. Whoever is woken for nothing looks again. */
	thread_broadcast(&seat->cond);
}

/* Nobody will call back any more; false: somebody is just about to. */
static bool
give_up(struct rpc_link *l, uint64_t id)
{
	struct rpc_pending_call *p;

	thread_lock(&l->lock);
	p = rpc_pending_find(&l->pending, id);
	if (p)
		(void)rpc_pending_remove(&l->pending, p);
	thread_unlock(&l->lock);
	return p != NULL;
}

static int
wait_answer(struct waiter *w, struct err *err)
{
	struct rpc_link *l = w->link;
	struct link_seat *seat = seat_of(w);
	/* Where the patrol ends the call, its word is waited for. */
	uint64_t until = clock_monotonic_us() + l->timeout_us +
			 (l->gives_up ? 3 * PATROL_US : 0);
	bool late = false, done;

	thread_lock(&seat->lock);
	while (!w->done && !late)
		late = !thread_wait_until(&seat->cond, &seat->lock, until);
	done = w->done;
	thread_unlock(&seat->lock);
	if (!done && give_up(l, w->call.id))
		return err_set(err, ERR_TIMEOUT,
		    "%s did not answer in time. What was asked may be done yet",
		    l->who);
	thread_lock(&seat->lock);
	while (!w->done)
		thread_wait(&seat->cond, &seat->lock);
	thread_unlock(&seat->lock);
	if (w->arena)
		return 0;
	if (err)
		*err = w->err;
	return -1;
}

int
rpc_link_call(struct rpc_link *l, uint32_t method, struct bytes body,
    struct bytes *ret_body, struct rpc_arena **ret_arena, struct err *err)
{
	struct waiter w = { .link = l };

	w.call.method = method;
	w.call.done = wake_waiter;
	w.call.ctx = &w;
	if (l->gives_up)
		w.call.deadline = clock_monotonic_us() + l->timeout_us;
	if (start_call(l, &w.call, body, err) < 0 || wait_answer(&w, err) < 0)
		return -1;
	if (w.envelope.code != ERR_OK) {
		rpc_envelope_to_err(&w.envelope, err);
		rpc_arena_free(w.arena);
		return -1;
	}
	*ret_body = w.envelope.body;
	*ret_arena = w.arena;
	return 0;
}

/* --- the whole --------------------------------------------------------- */

int
rpc_link_new(
    const struct rpc_link_options *o, struct rpc_link **ret, struct err *err)
{
	AUTO(rpc_link) l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(err, ERR_NO_MEMORY, "a connection");
	(void)pthread_mutex_init(&l->lock, NULL);
	thread_cond_init(&l->wanted);
	thread_cond_init(&l->change);
	rpc_pending_init(&l->pending);
	for (size_t i = 0; i < RPC_IN_FLIGHT_MAX; i++) {
		(void)pthread_mutex_init(&l->seats[i].lock, NULL);
		thread_cond_init(&l->seats[i].cond);
	}
	l->who = o->who;
	l->as_role = o->hello.as_role;
	l->limits = o->limits;
	l->memory_max = o->memory_max;
	l->timeout_us = o->timeout_ms * MS;
	l->hello_us = o->hello_ms ? o->hello_ms * MS : l->timeout_us;
	l->send_us = o->send_ms ? o->send_ms * MS : l->timeout_us;
	l->gives_up = o->gives_up;
	if (!str_copy(l->path, sizeof(l->path), o->path) ||
	    !str_copy(l->as, sizeof(l->as), o->hello.as ? o->hello.as : ""))
		return err_set(err, ERR_INVALID,
		    "the path of a socket or an account name is too long");
	if (secret_copy(o->hello.password, &l->password, err) < 0 ||
	    thread_start(&l->thread, "rpc-link", link_main, l, err) < 0)
		return -1;
	l->started = true;
	*ret = TAKE(l);
	return 0;
}

void
rpc_link_free(struct rpc_link *l)
{
	if (!l)
		return;
	if (l->started) {
		thread_lock(&l->lock);
		l->quit = true;
		thread_signal(&l->wanted);
		if (l->frame)
			rpc_frame_wake(l->frame);
		thread_unlock(&l->lock);
		thread_join(l->thread);
	}
	assert(!l->started || rpc_pending_empty(&l->pending));
	secret_free(l->password);
	for (size_t i = 0; i < RPC_IN_FLIGHT_MAX; i++) {
		(void)pthread_cond_destroy(&l->seats[i].cond);
		(void)pthread_mutex_destroy(&l->seats[i].lock);
	}
	(void)pthread_cond_destroy(&l->wanted);
	(void)pthread_cond_destroy(&l->change);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}
