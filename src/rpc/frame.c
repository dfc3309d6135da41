#include "rpc/frame.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define FRAME_LENGTH   4
#define FRAME_IN_START 65536
#define FRAME_KEEP_MAX 262144 /* larger buffers are released when empty */
#define FRAME_FLUSH    131072 /* more than this does not wait for a flush */
#define STALL_US       ((uint64_t)RPC_FRAME_STALL_MS * 1000)

/* Memory that is wiped before it is given up. */
struct frame_mem {
	uint8_t *p;
	size_t n;
	size_t cap;
};

struct rpc_frame {
	atomic_uint holds;
	int fd;
	int wake_fd;
	struct rpc_frame_limits limits;

	/* The reader's. */
	struct frame_mem in;
	size_t in_start; /* first byte not consumed */
	size_t in_frame; /* length of the frame last returned */
	bool in_drained; /* the last read emptied the socket */
	uint64_t in_partial_since;

	pthread_mutex_t lock;    /* for all that follows */
	struct frame_mem queue;  /* frames to send next */
	struct frame_mem flight; /* being sent */
	size_t sent;             /* of flight */
	bool sending;            /* a thread is in send() */
	bool blocked;            /* the socket takes no more: reader's turn */
	uint64_t blocked_since;
	bool broken;
};

static void
mem_release(struct frame_mem *m)
{
	if (m->p)
		secret_wipe(m->p, m->n);
	free(m->p);
	*m = (struct frame_mem){ 0 };
}

/* Empty, keeping memory of an ordinary size. */
static void
mem_empty(struct frame_mem *m)
{
	if (m->cap > FRAME_KEEP_MAX) {
		mem_release(m);
		return;
	}
	if (m->n)
		secret_wipe(m->p, m->n);
	m->n = 0;
}

/* realloc() would leave a copy behind that nobody wipes. */
static bool
mem_room(struct frame_mem *m, size_t cap)
{
	uint8_t *p;

	if (cap <= m->cap)
		return true;
	if (cap < 2 * m->cap)
		cap = 2 * m->cap;
	p = malloc(cap);
	if (!p)
		return false;
	if (m->n) {
		memcpy(p, m->p, m->n);
		secret_wipe(m->p, m->n);
	}
	free(m->p);
	m->p = p;
	m->cap = cap;
	return true;
}

static void
mem_add(struct frame_mem *m, struct bytes s)
{
	assert(m->n + s.n <= m->cap);
	if (s.n)
		memcpy(m->p + m->n, s.p, s.n);
	m->n += s.n;
}

int
rpc_frame_new(int fd, const struct rpc_frame_limits *limits,
    struct rpc_frame **ret, struct err *err)
{
	struct rpc_frame *f = calloc(1, sizeof(*f));
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert(limits->in_max <= UINT32_MAX && limits->out_max <= UINT32_MAX);
	if (!f || wake_fd < 0) {
		(void)err_errno(err, "a connection");
		free(f);
		if (wake_fd >= 0)
			close(wake_fd);
		close(fd);
		return -1;
	}
	atomic_init(&f->holds, 1);
	f->fd = fd;
	f->wake_fd = wake_fd;
	f->limits = *limits;
	(void)pthread_mutex_init(&f->lock, NULL);
	*ret = f;
	return 0;
}

struct rpc_frame *
rpc_frame_hold(struct rpc_frame *f)
{
	(void)atomic_fetch_add(&f->holds, 1);
	return f;
}

void
rpc_frame_free(struct rpc_frame *f)
{
	if (!f || atomic_fetch_sub(&f->holds, 1) > 1)
		return;
	close(f->fd);
	close(f->wake_fd);
	mem_release(&f->in);
	mem_release(&f->queue);
	mem_release(&f->flight);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

/* --- reading ----------------------------------------------------------- */

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Forget the frame returned last. */
static void
consume(struct rpc_frame *f)
{
	if (!f->in_frame)
		return;
	secret_wipe(f->in.p + f->in_start, f->in_frame);
	f->in_start += f->in_frame;
	f->in_frame = 0;
	if (f->in_start == f->in.n) {
		f->in.n = 0; /* all of it was wiped frame by frame */
		f->in_start = 0;
		mem_empty(&f->in);
	}
}

/* Room for a frame of `need` bytes that begins at in_start. */
static bool
in_room(struct rpc_frame *f, size_t need)
{
	size_t n = f->in.n - f->in_start;

	if (f->in_start + need <= f->in.cap)
		return true;
	if (f->in_start) {
		memmove(f->in.p, f->in.p + f->in_start, n);
		secret_wipe(f->in.p + n, f->in_start);
		f->in.n = n;
		f->in_start = 0;
	}
	return mem_room(&f->in, need < FRAME_IN_START ? FRAME_IN_START : need);
}

/* 1: something was read. 0: nothing is there. -1: the end, or an error. */
static int
receive(struct rpc_frame *f, struct err *err)
{
	size_t room = f->in.cap - f->in.n;
	ssize_t n;

	if (f->in_drained) {
		f->in_drained = false;
		return 0;
	}
	do
		n = recv(f->fd, f->in.p + f->in.n, room, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		f->in.n += (size_t)n;
		f->in_drained = (size_t)n < room;
		return 1;
	}
	if (n < 0 && (errno == EAGAIN))
		return 0;
	return err_set(err, ERR_UNAVAILABLE,
	    f->in.n > f->in_start
		? "the connection was closed in the middle of a message"
		: "the connection was closed");
}

int
rpc_frame_next(struct rpc_frame *f, struct bytes *ret, struct err *err)
{
	consume(f);
	for (;;) {
		size_t have = f->in.n - f->in_start;
		size_t need = FRAME_LENGTH;
		int rc;

		if (have >= FRAME_LENGTH) {
			uint32_t n = be32(f->in.p + f->in_start);

			if (n > f->limits.in_max)
				return err_set(err, ERR_PROTOCOL,
				    "a message of %u bytes, more than the "
				    "%zu allowed",
				    n, f->limits.in_max);
			need += n;
		}
		if (have >= need && have >= FRAME_LENGTH) {
			f->in_frame = need;
			f->in_partial_since = 0;
			*ret = bytes_of(f->in.p + f->in_start + FRAME_LENGTH,
			    need - FRAME_LENGTH);
			return 1;
		}
		if (!in_room(f, need))
			return err_set(
			    err, ERR_NO_MEMORY, "no memory for a message");
		rc = receive(f, err);
		if (rc == 0 && have > 0 && !f->in_partial_since)
			f->in_partial_since = clock_monotonic_us();
		if (rc <= 0)
			return rc;
	}
}

/* --- sending ----------------------------------------------------------- */

/* Nothing more can be sent; the reader gets what had arrived, then the end.
 * The lock is held. */
static void
sever(struct rpc_frame *f)
{
	f->broken = true;
	(void)shutdown(f->fd, SHUT_RDWR);
	rpc_frame_wake(f);
}

void
rpc_frame_sever(struct rpc_frame *f)
{
	thread_lock(&f->lock);
	sever(f);
	thread_unlock(&f->lock);
}

/* Send until nothing is queued or the socket takes no more. The lock is held
 * on entry and exit, not during send(). */
static void
drain(struct rpc_frame *f)
{
	f->sending = true;
	while (!f->broken && !f->blocked) {
		ssize_t n;

		if (f->sent == f->flight.n) {
			struct frame_mem done = f->flight;

			mem_empty(&done);
			f->flight = f->queue;
			f->queue = done;
			f->sent = 0;
			f->blocked_since = 0;
			if (f->flight.n == 0)
				break;
		}
		thread_unlock(&f->lock);
		n = send(f->fd, f->flight.p + f->sent, f->flight.n - f->sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		thread_lock(&f->lock);
		if (n >= 0) {
			f->sent += (size_t)n;
		} else if (errno == EAGAIN) {
			f->blocked = true;
			if (!f->blocked_since)
				f->blocked_since = clock_monotonic_us();
			rpc_frame_wake(f);
		} else if (errno != EINTR) {
			sever(f);
		}
	}
	f->sending = false;
}

int
rpc_frame_queue(
    struct rpc_frame *f, struct bytes head, struct bytes body, struct err *err)
{
	size_t n = head.n + body.n;
	uint8_t length[FRAME_LENGTH] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };
	int rc = 0;

	if (n > f->limits.out_max)
		return err_set(err, ERR_TOO_LARGE,
		    "a message of %zu bytes, more than the %zu allowed", n,
		    f->limits.out_max);
	n += FRAME_LENGTH;
	thread_lock(&f->lock);
	if (f->broken) {
		rc = err_set(err, ERR_UNAVAILABLE, "the connection was closed");
	} else if (n > RPC_FRAME_QUEUE_MAX - f->queue.n ||
		   !mem_room(&f->queue, f->queue.n + n)) {
		sever(f);
		rc = err_set(
		    err, ERR_UNAVAILABLE, "the other program does not read");
	} else {
		mem_add(&f->queue, BYTES_OF(length));
		mem_add(&f->queue, head);
		mem_add(&f->queue, body);
		if (f->queue.n > FRAME_FLUSH && !f->sending && !f->blocked)
			drain(f);
	}
	thread_unlock(&f->lock);
	return rc;
}

void
rpc_frame_flush(struct rpc_frame *f)
{
	thread_lock(&f->lock);
	if (!f->sending && !f->blocked)
		drain(f);
	thread_unlock(&f->lock);
}

int
rpc_frame_send(
    struct rpc_frame *f, struct bytes head, struct bytes body, struct err *err)
{
	if (rpc_frame_queue(f, head, body, err) < 0)
		return -1;
	rpc_frame_flush(f);
	return 0;
}

bool
rpc_frame_all_sent(struct rpc_frame *f)
{
	bool all;

	thread_lock(&f->lock);
	all = f->broken ||
	      (!f->sending && f->queue.n == 0 && f->sent == f->flight.n);
	thread_unlock(&f->lock);
	return all;
}

void
rpc_frame_wake(struct rpc_frame *f)
{
	ssize_t n = write(f->wake_fd, &(uint64_t){ 1 }, sizeof(uint64_t));

	/* Only a full counter can fail it, and that wakes as well. */
	(void)n;
}

/* --- waiting ----------------------------------------------------------- */

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* When this wait must end in any case; 0: never. */
static uint64_t
stall_time(const struct rpc_frame *f, uint64_t blocked_since)
{
	return earlier(f->in_partial_since ? f->in_partial_since + STALL_US : 0,
	    blocked_since ? blocked_since + STALL_US : 0);
}

static int
poll_timeout(uint64_t until, uint64_t now)
{
	if (until == 0)
		return -1;
	if (until <= now)
		return 0;
	return (int)((until - now) / 1000 + 1);
}

/* What poll() saw. */
static void
look(struct rpc_frame *f, const struct pollfd fds[2])
{
	uint64_t count;

	if (fds[1].revents && read(f->wake_fd, &count, sizeof(count)) < 0)
		assert(errno == EAGAIN || errno == EINTR);
	thread_lock(&f->lock);
	if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		f->broken = true;
	if (fds[0].revents & POLLOUT) {
		f->blocked = false;
		if (!f->sending)
			drain(f);
	}
	thread_unlock(&f->lock);
}

int
rpc_frame_wait(
    struct rpc_frame *f, bool want_input, uint64_t until, struct err *err)
{
	struct pollfd fds[2] = { { .fd = f->fd }, { .fd = f->wake_fd } };
	uint64_t now = clock_monotonic_us();
	uint64_t stall;
	bool broken;
	int rc;

	fds[0].events = want_input ? POLLIN : 0;
	fds[1].events = POLLIN;
	if (!want_input)
		f->in_partial_since = 0; /* it is we who do not read */
	thread_lock(&f->lock);
	if (f->blocked)
		fds[0].events |= POLLOUT;
	broken = f->broken;
	stall = stall_time(f, f->blocked_since);
	thread_unlock(&f->lock);
	/* With input wanted the reader finds the end by itself, after what
	 * the peer said before it. */
	if (broken && !want_input)
		return err_set(
		    err, ERR_UNAVAILABLE, "the connection was closed");
	if (stall && now >= stall)
		return err_set(err, ERR_TIMEOUT,
		    "the other program stopped in the middle of a message");
	rc = poll(fds, 2, poll_timeout(earlier(until, stall), now));
	if (rc < 0 && errno != EINTR)
		return err_errno(err, "waiting for a message");
	if (rc > 0)
		look(f, fds);
	return 0;
}
