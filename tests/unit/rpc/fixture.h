/* fixture.h - a folder for sockets, and a CA that is only a server.
 *
 * What the server does with a call is a function that a test sets.
 */
#pragma once
#include "../unit.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "rpc/host.h"
#include "rpc/link.h"
#include "rpc/server.h"
#include "rpc/socket.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct fixture {
	char folder[64];
	char path[256];
	struct rpc_server *server;
	struct rpc_client *client;
	void (*on_call)(struct fixture *f, struct rpc_call *call);
	int (*on_hello)(struct fixture *f, struct rpc_peer *peer,
	    const struct rpc_hello *hello, struct err *err);
	/* For the functions. */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct rpc_call *held[RPC_IN_FLIGHT_MAX];
	size_t held_count;
	size_t reached[256];
};

/* Answers SUBMIT with the request's first byte as id. */
void fixture_answer(struct fixture *f, struct rpc_call *call);
/* Keeps the call in f->held. */
void fixture_hold(struct fixture *f, struct rpc_call *call);
/* What is done with calls from now on. */
void fixture_then(
    struct fixture *f, void (*then)(struct fixture *f, struct rpc_call *c));
void fixture_await_held(struct fixture *f, size_t n);

int fixture_setup(void **state); /* WEB channel */
int fixture_teardown(void **state);
void fixture_start(struct fixture *f, enum rpc_channel channel);
void fixture_stop(struct fixture *f);
void fixture_connect(struct fixture *f, uint32_t timeout_ms);
/* 0 and the result's id, or -1. */
int fixture_submit(
    struct fixture *f, uint8_t first, uint64_t *ret_id, struct err *err);
/* Frames by hand. */
int fixture_raw(struct fixture *f);
void fixture_raw_write(int fd, struct bytes s);
void fixture_raw_send(int fd, uint64_t id, uint32_t method, struct bytes body);
/* false when the other side has closed. */
bool fixture_raw_read(int fd, struct rpc_arena *a, struct rpc_envelope *ret);
