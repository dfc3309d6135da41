#include "rpc/host.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "rpc/hello.h"
#include "rpc/socket.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define ACCEPT_PAUSE_MS 100 /* after a failed accept(): no descriptors left */

struct rpc_host_conn {
	struct rpc_host *host;
	struct rpc_peer peer;
	struct rpc_frame *frame;
	pthread_t thread;

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t idle;  /* in_flight became 0 */
	size_t in_flight;
	bool stopping;
	bool finished; /* the thread will not touch it again */
};

struct host_listener {
	struct rpc_host *host;
	enum rpc_channel channel;
	char path[PATH_MAX];
	uid_t *uids;
	size_t uid_count;
	int fd;
	pthread_t thread;
	bool started;
	/* The accept thread's; the stopper's after that has ended. */
	struct rpc_host_conn *conns[RPC_CONNECTIONS_MAX];
};

struct rpc_host {
	struct rpc_host_options options;
	int stop_fd; /* readable when stopping */
	size_t count;
	struct host_listener listeners[];
};

/* --- a connection ------------------------------------------------------ */

const struct rpc_peer *
rpc_host_peer(const struct rpc_host_conn *c)
{
	return &c->peer;
}

void
rpc_host_queue(struct rpc_host_conn *c, const struct rpc_envelope *e)
{
	struct err err = { 0 };
	int rc = rpc_envelope_queue(c->frame, e, &err);

	if (rc < 0 && err.code == ERR_TOO_LARGE) {
		struct rpc_envelope instead =
		    rpc_envelope_error(e->id, e->method, &err);

		rc = rpc_envelope_queue(c->frame, &instead, NULL);
	}
	/* Otherwise the connection is broken, and its thread knows. */
	(void)rc;
}

void
rpc_host_flush(struct rpc_host_conn *c, size_t answers)
{
	bool full;

	rpc_frame_flush(c->frame);
	thread_lock(&c->lock);
	assert(c->in_flight >= answers);
	full = c->in_flight >= RPC_IN_FLIGHT_MAX;
	c->in_flight -= answers;
	/* Inside the lock: after it the connection may be gone. */
	if ((full && c->in_flight < RPC_IN_FLIGHT_MAX) ||
	    (c->stopping && c->in_flight == 0))
		rpc_frame_wake(c->frame);
	if (c->in_flight == 0)
		thread_signal(&c->idle);
	thread_unlock(&c->lock);
}

void
rpc_host_answer(struct rpc_host_conn *c, const struct rpc_envelope *e)
{
	rpc_host_queue(c, e);
	rpc_host_flush(c, 1);
}

/* The next frame, unless `until` comes first. */
static int
next_frame_until(
    struct rpc_host_conn *c, uint64_t until, struct bytes *ret, struct err *err)
{
	for (;;) {
		int rc = rpc_frame_next(c->frame, ret, err);
		bool stopping;

		if (rc != 0)
			return rc < 0 ? -1 : 0;
		thread_lock(&c->lock);
		stopping = c->stopping;
		thread_unlock(&c->lock);
		if (stopping || clock_monotonic_us() >= until)
			return err_set(err, ERR_TIMEOUT,
			    "the first message did not come in time");
		if (rpc_frame_wait(c->frame, true, until, err) < 0)
			return -1;
	}
}

static int
meet(struct rpc_host_conn *c, const struct rpc_envelope *e, struct rpc_arena *a,
    struct err *err)
{
	const struct rpc_host_options *o = &c->host->options;
	const struct rpc_hello *hello;

	if (rpc_hello_read(e, a, &hello, err) < 0)
		return -1;
	return o->ops->hello(o->ctx, &c->peer, hello, err);
}

static int
shake_hands(struct rpc_host_conn *c, struct err *err)
{
	static const struct rpc_hello ours = { .as = "" };
	uint64_t until = clock_monotonic_us() + RPC_HOST_HELLO_MS * 1000;
	struct rpc_envelope e, refusal;
	struct bytes frame;
	AUTO(rpc_arena) a = NULL;

	if (next_frame_until(c, until, &frame, err) < 0)
		return -1;
	a = rpc_arena_new(2 * frame.n, c->host->options.memory_max);
	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for a message");
	if (rpc_envelope_parse(frame, a, &e, err) < 0)
		return -1;
	if (meet(c, &e, a, err) == 0)
		return rpc_hello_say(c->frame, e.id, &ours, err);
	refusal = rpc_envelope_error(e.id, RPC_HELLO_METHOD, err);
	/* Gone already, or told: closed in any case. */
	(void)!rpc_envelope_send(c->frame, &refusal, NULL);
	return -1;
}

/* One frame is one call. -1: the peer broke the protocol. */
static int
take_call(struct rpc_host_conn *c, struct bytes frame, struct err *err)
{
	const struct rpc_host_options *o = &c->host->options;
	AUTO(rpc_arena) a = NULL;
	struct rpc_envelope e;

	/* Envelope, message and struct: about three times the frame. */
	a = rpc_arena_new(3 * frame.n + 1024, o->memory_max);
	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for a message");
	if (rpc_envelope_parse(frame, a, &e, err) < 0)
		return -1;
	thread_lock(&c->lock);
	c->in_flight++;
	thread_unlock(&c->lock);
	o->ops->call(o->ctx, c, &e, TAKE(a));
	return 0;
}

static int
serve(struct rpc_host_conn *c, struct err *err)
{
	uint64_t until = 0;

	for (;;) {
		struct bytes frame;
		bool want, done;
		int rc;

		thread_lock(&c->lock);
		want = !c->stopping && c->in_flight < RPC_IN_FLIGHT_MAX;
		done = c->stopping && c->in_flight == 0;
		if (c->stopping && until == 0)
			until = clock_monotonic_us() + RPC_HOST_FLUSH_MS * 1000;
		thread_unlock(&c->lock);
		if (done && (rpc_frame_all_sent(c->frame) ||
				clock_monotonic_us() >= until))
			return 0;
		if (want) {
			rc = rpc_frame_next(c->frame, &frame, err);
			if (rc < 0 || (rc > 0 && take_call(c, frame, err) < 0))
				return -1;
			if (rc > 0)
				continue;
		}
		if (rpc_frame_wait(c->frame, want, done ? until : 0, err) < 0)
			return -1;
	}
}

static void
conn_main(void *arg)
{
	struct rpc_host_conn *c = arg;
	struct rpc_frame *frame;
	struct err err = { 0 };

	/* What went wrong is of interest to the peer only, who was told. */
	if (shake_hands(c, &err) == 0)
		(void)!serve(c, &err);
	thread_lock(&c->lock);
	while (c->in_flight > 0)
		thread_wait(&c->idle, &c->lock);
	frame = TAKE(c->frame);
	c->finished = true;
	thread_unlock(&c->lock);
	rpc_frame_free(frame);
}

/* After its thread was joined, or never started. */
static void
conn_free(struct rpc_host_conn *c)
{
	rpc_frame_free(c->frame);
	(void)pthread_cond_destroy(&c->idle);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

/* --- accepting --------------------------------------------------------- */

static bool
uid_may(const struct host_listener *l, uid_t uid)
{
	size_t i;

	if (l->uid_count == 0 || uid == 0 || uid == geteuid())
		return true;
	for (i = 0; i < l->uid_count; i++)
		if (l->uids[i] == uid)
			return true;
	return false;
}

/* The place of a connection that is over, or of none; -1: all are in use. */
static int
free_place(struct host_listener *l)
{
	int i;

	for (i = 0; i < RPC_CONNECTIONS_MAX; i++) {
		struct rpc_host_conn *c = l->conns[i];
		bool finished;

		if (!c)
			return i;
		thread_lock(&c->lock);
		finished = c->finished;
		thread_unlock(&c->lock);
		if (!finished)
			continue;
		thread_join(c->thread);
		conn_free(c);
		l->conns[i] = NULL;
		return i;
	}
	return -1;
}

/* Everything that is decided before the peer has said a word. */
static int
admit(struct host_listener *l, int fd, struct rpc_peer *ret_peer,
    int *ret_place, struct err *err)
{
	*ret_peer = (struct rpc_peer){ .channel = l->channel };
	if (rpc_socket_peer(fd, &ret_peer->uid, &ret_peer->pid, err) < 0)
		return -1;
	if (!uid_may(l, ret_peer->uid))
		return err_set(err, ERR_DENIED,
		    "the system account with uid %u may not use this socket",
		    ret_peer->uid);
	*ret_place = free_place(l);
	if (*ret_place < 0)
		return err_set(err, ERR_BUSY,
		    "all %d connections of this socket are in use",
		    RPC_CONNECTIONS_MAX);
	return 0;
}

static int
conn_start(struct host_listener *l, struct rpc_frame *take_frame,
    const struct rpc_peer *peer, int place, struct err *err)
{
	struct rpc_host_conn *c = calloc(1, sizeof(*c));

	if (!c) {
		rpc_frame_free(take_frame);
		return err_set(err, ERR_NO_MEMORY, "a connection");
	}
	c->host = l->host;
	c->frame = take_frame;
	c->peer = *peer;
	(void)pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->idle);
	if (thread_start(&c->thread, "rpc-conn", conn_main, c, err) < 0) {
		conn_free(c);
		return -1;
	}
	l->conns[place] = c;
	return 0;
}

static void
welcome(struct host_listener *l, int fd)
{
	struct rpc_frame *frame;
	struct rpc_peer peer;
	struct err err = { 0 };
	int place = -1;
	int rc = admit(l, fd, &peer, &place, &err);

	if (rpc_frame_new(fd, &l->host->options.limits, &frame, NULL) < 0)
		return;
	if (rc < 0) {
		struct rpc_envelope e =
		    rpc_envelope_error(0, RPC_HELLO_METHOD, &err);

		(void)!rpc_envelope_send(frame, &e, NULL);
		rpc_frame_free(frame);
		return;
	}
	/* A failure closes the connection, which tells the peer enough. */
	(void)!conn_start(l, frame, &peer, place, &err);
}

static void
accept_main(void *arg)
{
	struct host_listener *l = arg;
	struct pollfd fds[2] = {
		{ .fd = l->host->stop_fd, .events = POLLIN },
		{ .fd = l->fd, .events = POLLIN },
	};
	nfds_t watched = 2;

	for (;;) {
		int fd;

		if (poll(fds, watched, watched == 2 ? -1 : ACCEPT_PAUSE_MS) <
			0 &&
		    errno != EINTR)
			return;
		if (fds[0].revents)
			return;
		watched = 2;
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			welcome(l, fd);
		else if (errno != EAGAIN && errno != EINTR &&
			 errno != ECONNABORTED)
			watched = 1;
	}
}

/* --- the whole --------------------------------------------------------- */

static int
listener_start(struct rpc_host *h, struct host_listener *l,
    const struct rpc_listener *from, struct err *err)
{
	size_t n = from->uid_count * sizeof(*l->uids);

	l->host = h;
	l->channel = from->channel;
	if (!str_copy(l->path, sizeof(l->path), from->path))
		return err_set(err, ERR_CONFIG, "socket path is too long");
	l->uids = malloc(n ? n : 1);
	if (!l->uids)
		return err_set(err, ERR_NO_MEMORY, "socket %s", l->path);
	if (n)
		memcpy(l->uids, from->uids, n);
	l->uid_count = from->uid_count;
	if (rpc_socket_listen(from->path, from->mode, &l->fd, err) < 0 ||
	    thread_start(&l->thread, "rpc-accept", accept_main, l, err) < 0)
		return -1;
	l->started = true;
	return 0;
}

int
rpc_host_start(const struct rpc_listener *listeners, size_t count,
    const struct rpc_host_options *options, struct rpc_host **ret,
    struct err *err)
{
	struct rpc_host *h =
	    calloc(1, sizeof(*h) + count * sizeof(h->listeners[0]));
	size_t i;

	if (!h)
		return err_set(err, ERR_NO_MEMORY, "a server");
	h->options = *options;
	h->count = count;
	for (i = 0; i < count; i++)
		h->listeners[i].fd = -1;
	h->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->stop_fd < 0) {
		(void)err_errno(err, "a server");
		rpc_host_stop(h);
		return -1;
	}
	for (i = 0; i < count; i++)
		if (listener_start(h, &h->listeners[i], &listeners[i], err) <
		    0) {
			rpc_host_stop(h);
			return -1;
		}
	*ret = h;
	return 0;
}

static void
stop_accepting(struct host_listener *l)
{
	if (l->started)
		thread_join(l->thread);
	if (l->fd >= 0) {
		(void)unlink(l->path);
		close(l->fd);
	}
}

static void
ask_to_stop(struct rpc_host_conn *c)
{
	thread_lock(&c->lock);
	c->stopping = true;
	if (!c->finished)
		rpc_frame_wake(c->frame);
	thread_unlock(&c->lock);
}

void
rpc_host_stop(struct rpc_host *h)
{
	size_t i, j;

	if (!h)
		return;
	if (h->stop_fd >= 0 &&
	    write(h->stop_fd, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		assert(errno == EAGAIN);
	for (i = 0; i < h->count; i++)
		stop_accepting(&h->listeners[i]);
	/* All are told before the first is waited for. */
	for (i = 0; i < h->count; i++)
		for (j = 0; j < RPC_CONNECTIONS_MAX; j++)
			if (h->listeners[i].conns[j])
				ask_to_stop(h->listeners[i].conns[j]);
	for (i = 0; i < h->count; i++) {
		for (j = 0; j < RPC_CONNECTIONS_MAX; j++) {
			struct rpc_host_conn *c = h->listeners[i].conns[j];

			if (!c)
				continue;
			thread_join(c->thread);
			conn_free(c);
		}
		free(h->listeners[i].uids);
	}
	if (h->stop_fd >= 0)
		close(h->stop_fd);
	free(h);
}
