#include "fcgi/server.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define ACCEPT_PAUSE_US 50000 /* when descriptors or memory are short */

struct fcgi_server {
	struct fcgi_server_options options;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	uid_t *peers;
	int listener;
	int stop; /* eventfd: readable once it is time to end */
	atomic_bool stopping;
	atomic_uint busy;
	atomic_ullong served, refused, accept_errors;
	pthread_t threads[FCGI_THREADS_MAX];
	unsigned n_threads;
};

/* ---- one request ---- */

static void
write_out(FCGX_Request *r, struct bytes b)
{
	/* A client that has gone is seen here; its work is done all the same.
	 */
	while (b.n) {
		int n = b.n > 65536 ? 65536 : (int)b.n;

		if (FCGX_PutStr((const char *)b.p, n, r->out) != n)
			return;
		b.p += n;
		b.n -= (size_t)n;
	}
}

static void
send_reply(
    FCGX_Request *r, const struct fcgi_reply *reply, enum http_method method)
{
	AUTO_BUF head = BUF_WITH_LIMIT(FCGI_HEADERS_MAX + 512);

	fcgi_reply_head(reply, &head);
	write_out(r, buf_bytes(&head));
	if (method != HTTP_HEAD && fcgi_reply_has_body(reply))
		write_out(r, buf_bytes(&reply->body));
}

/* Where no page can be made: a sentence. */
static void
plain_reply(struct fcgi_reply *reply, int status, const char *text)
{
	fcgi_reply_reset(reply);
	reply->status = status;
	fcgi_reply_type(reply, "text/plain; charset=utf-8");
	fcgi_reply_header(reply, "Cache-Control", "no-store");
	fcgi_reply_header(reply, "X-Content-Type-Options", "nosniff");
	buf_addf(&reply->body, "%s. Nothing was done or kept.\n", text);
}

/* The length was checked against FCGI_BODY_MAX before. */
static int
read_body(FCGX_Request *r, struct fcgi_request *request, uint8_t **ret,
    struct err *err)
{
	size_t n = request->content_length, got = 0;
	uint8_t *p;

	if (n == 0)
		return 0;
	p = malloc(n);
	if (!p)
		return err_set(err, ERR_NO_MEMORY, "There is no memory now");
	*ret = p;
	while (got < n) {
		int m = FCGX_GetStr((char *)p + got, (int)(n - got), r->in);

		if (m <= 0)
			return err_set(
			    err, ERR_INVALID, "Less was sent than announced");
		got += (size_t)m;
	}
	request->body = bytes_of(p, n);
	return 0;
}

static void
serve(struct fcgi_server *s, FCGX_Request *r, struct fcgi_reply *reply)
{
	AUTO_MEM uint8_t *body = NULL;
	struct fcgi_request request;
	struct err err = { 0 };

	fcgi_reply_reset(reply);
	if (fcgi_request_parse(r->envp, &request, &err) < 0 ||
	    read_body(r, &request, &body, &err) < 0) {
		plain_reply(reply, err_http(err.code), err.text);
		r->keepConnection = 0; /* part of it is still unread */
	} else {
		atomic_fetch_add(&s->busy, 1);
		s->options.handler(s->options.ctx, &request, reply);
		atomic_fetch_sub(&s->busy, 1);
		atomic_fetch_add(&s->served, 1);
	}
	if (fcgi_reply_failed(reply))
		plain_reply(reply, 500, "An answer could not be written");
	send_reply(r, reply, request.method);
}

/* ---- connections ---- */

static bool
is_peer_allowed(const struct fcgi_server *s, int fd)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	size_t i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return false;
	for (i = 0; i < s->options.n_peers; i++)
		if (s->peers[i] == cred.uid)
			return true;
	return false;
}

/* Wait until a kept connection has something to read, so that an idle thread
 * never blocks where it cannot be told to stop. False: stop. */
static bool
wait_for_request(const struct fcgi_server *s, const FCGX_Request *r)
{
	struct pollfd fds[] = {
		{ .fd = s->stop, .events = POLLIN },
		{ .fd = r->ipcFd, .events = POLLIN },
	};

	while (!atomic_load(&s->stopping) && r->ipcFd >= 0) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0)
			continue; /* EINTR */
		if (fds[1].revents)
			break;
	}
	return !atomic_load(&s->stopping);
}

static void
accept_loop(struct fcgi_server *s, FCGX_Request *r, struct fcgi_reply *reply)
{
	while (wait_for_request(s, r)) {
		if (FCGX_Accept_r(r) < 0) {
			if (atomic_load(&s->stopping))
				return;
			atomic_fetch_add(&s->accept_errors, 1);
			clock_sleep_us(ACCEPT_PAUSE_US);
			continue;
		}
		if (!is_peer_allowed(s, r->ipcFd)) {
			atomic_fetch_add(&s->refused, 1);
			FCGX_Free(r, 1);
			continue;
		}
		serve(s, r, reply);
		FCGX_Finish_r(r);
	}
}

static void
worker(void *arg)
{
	struct fcgi_server *s = arg;
	struct fcgi_reply reply;
	FCGX_Request r;

	if (FCGX_InitRequest(&r, s->listener, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return;
	fcgi_reply_init(&reply);
	accept_loop(s, &r, &reply);
	fcgi_reply_clear(&reply);
	FCGX_Free(&r, 1);
}

/* ---- start and stop ---- */

/* A socket that an earlier run left is removed; anything else is not ours to
 * remove. */
static int
remove_stale(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(
		    err, ERR_CONFIG, "%s is there and is no socket", path);
	return unlink(path) < 0 ? err_errno(err, "%s", path) : 0;
}

static int
open_listener(struct fcgi_server *s, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct fcgi_server_options *o = &s->options;

	memcpy(a.sun_path, s->path, sizeof(a.sun_path));
	if (remove_stale(s->path, err) < 0)
		return -1;
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0)
		return err_errno(err, "no socket could be made");
	/* Nobody can connect before listen(), so the mode comes in time. */
	if (bind(s->listener, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    chmod(s->path, o->mode) < 0 || listen(s->listener, o->backlog) < 0)
		return err_errno(
		    err, "the socket %s could not be opened", s->path);
	return 0;
}

static int
copy_options(
    struct fcgi_server *s, const struct fcgi_server_options *o, struct err *err)
{
	size_t n = o->n_peers ? o->n_peers : 1;

	if (strlen(o->socket) >= sizeof(s->path))
		return err_set(err, ERR_CONFIG,
		    "the path of the socket is too long: %s", o->socket);
	if (o->threads == 0 || o->threads > FCGI_THREADS_MAX)
		return err_set(err, ERR_CONFIG,
		    "the number of threads must be from 1 to %d",
		    FCGI_THREADS_MAX);
	s->peers = calloc(n, sizeof(*s->peers));
	if (!s->peers)
		return err_set(err, ERR_NO_MEMORY, "no memory for the server");
	if (o->n_peers)
		memcpy(s->peers, o->peers, n * sizeof(*s->peers));
	else
		s->peers[0] = geteuid();
	s->options = *o;
	s->options.n_peers = n;
	memcpy(s->path, o->socket, strlen(o->socket) + 1);
	return 0;
}

static int
start_threads(struct fcgi_server *s, struct err *err)
{
	while (s->n_threads < s->options.threads) {
		if (thread_start(
			&s->threads[s->n_threads], "fcgi", worker, s, err) < 0)
			return -1;
		s->n_threads++;
	}
	return 0;
}

int
fcgi_server_start(const struct fcgi_server_options *options,
    struct fcgi_server **ret, struct err *err)
{
	AUTO(fcgi_server) s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "no memory for the server");
	s->listener = s->stop = -1;
	if (copy_options(s, options, err) < 0)
		return -1;
	(void)signal(SIGPIPE, SIG_IGN);
	if (FCGX_Init() != 0)
		return err_set(err, ERR_SYSTEM, "libfcgi does not start");
	s->stop = eventfd(0, EFD_CLOEXEC);
	if (s->stop < 0)
		return err_errno(err, "no event could be made");
	if (open_listener(s, err) < 0 || start_threads(s, err) < 0)
		return -1;
	*ret = TAKE(s);
	return 0;
}

void
fcgi_server_free(struct fcgi_server *s)
{
	unsigned i;

	if (!s)
		return;
	atomic_store(&s->stopping, true);
	if (s->stop >= 0)
		(void)eventfd_write(s->stop, 1);
	if (s->listener >= 0) {
		/* Wakes every accept(). */
		(void)shutdown(s->listener, SHUT_RDWR);
		(void)unlink(s->path);
	}
	for (i = 0; i < s->n_threads; i++)
		thread_join(s->threads[i]);
	if (s->listener >= 0)
		close(s->listener);
	if (s->stop >= 0)
		close(s->stop);
	free(s->peers);
	free(s);
}

struct fcgi_server_counts
fcgi_server_counts(const struct fcgi_server *s)
{
	return (struct fcgi_server_counts){
		.busy = atomic_load(&s->busy),
		.served = atomic_load(&s->served),
		.refused = atomic_load(&s->refused),
		.accept_errors = atomic_load(&s->accept_errors),
	};
}
