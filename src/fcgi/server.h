/* server.h - identical threads that answer FastCGI requests on a unix socket.
 *
 * Knows nothing of pages: each request goes to one handler, which may block
 * (a thread serves one request at a time). The only file that uses libfcgi.
 *
 * Trust:     whoever can reach the socket is believed in everything it says
 *            about the client. So the socket has a mode, and every connection
 *            must come from one of the user ids listed, checked on accept.
 * Threads:   N, fixed. A kept connection holds its thread, so nginx's idle
 *            connections (keepalive x workers) must be fewer than N.
 * Stopping:  running handlers finish; idle threads end at once.
 */
#pragma once
#include "fcgi/reply.h"
#include "fcgi/request.h"

#include <sys/types.h>

#define FCGI_THREADS_MAX 256

/* The reply is fresh (200, empty); the handler fills it. */
typedef void fcgi_handler(
    void *ctx, const struct fcgi_request *request, struct fcgi_reply *reply);

struct fcgi_server_options {
	const char *socket; /* path; a socket left there is replaced */
	mode_t mode;        /* e.g. 0660 */
	int backlog;
	unsigned threads;
	const uid_t *peers; /* who may connect; none listed: only our own */
	size_t n_peers;
	fcgi_handler *handler;
	void *ctx;
};

struct fcgi_server_counts {
	unsigned busy;          /* threads in a handler now */
	uint64_t served;        /* requests answered by the handler */
	uint64_t refused;       /* connections from other accounts */
	uint64_t accept_errors; /* e.g. out of file descriptors */
};

struct fcgi_server;

/* Before any other thread: ignores SIGPIPE and sets up libfcgi. */
MUST_CHECK int fcgi_server_start(const struct fcgi_server_options *options,
    struct fcgi_server **ret, struct err *err);
/* Ends all threads, removes the socket, releases. NULL is fine. */
void fcgi_server_free(struct fcgi_server *s);
AUTO_DEFINE(fcgi_server);
struct fcgi_server_counts fcgi_server_counts(const struct fcgi_server *s);
