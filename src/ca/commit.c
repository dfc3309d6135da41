/* commit.c - the one thread that writes: gather, apply, commit, tell. */
#include "base/clock.h"
#include "base/thread.h"
#include "ca/audit.h"
#include "ca/txn.h"

#include <assert.h>

/* How long the committer waits for company, and for how many. Measured in
 * bench/: shorter windows wake it for a handful of rows each time. */
#define GATHER_US   1500
#define GATHER_ROWS 128

struct outcome {
	struct ca_change *change;
	bool failed;
	struct err err;
};

struct ca_commit {
	struct ca *ca;
	pthread_t thread;
	struct ca_txn txn; /* the committer's own */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	struct ca_change *head, **tail;
	size_t waiting;
	size_t target;   /* wake the committer when so many wait */
	size_t expected; /* calls on their way, those that wait included */
	bool stop;
	struct ca_audit_head durable;
	bool healthy;
	char error[ERR_TEXT_MAX];

	struct outcome batch[CA_COMMIT_BATCH_MAX]; /* the committer's own */
	struct rpc_outbox outbox;                  /* the committer's own */
};

struct store_writer *
ca_txn_writer(struct ca_txn *t)
{
	return t->writer;
}

struct ca *
ca_txn_ca(struct ca_txn *t)
{
	return t->ca;
}

struct pki_tools *
ca_txn_tools(struct ca_txn *t)
{
	return t->tools;
}

struct rpc_outbox *
ca_commit_outbox(struct ca_commit *c)
{
	return &c->outbox;
}

bool
ca_commit_is_refusal(enum err_code code)
{
	switch ((int)code) {
	case ERR_BAD_STATE:
	case ERR_EXISTS:
	case ERR_NOT_FOUND:
	case ERR_LIMIT:
	case ERR_DENIED:
	case ERR_INVALID:
		return true;
	default:
		return false;
	}
}

int
ca_txn_spoilt(struct err *err)
{
	if (ca_commit_is_refusal(err->code))
		err->code = ERR_INTERNAL;
	return -1;
}

static void
fail(struct outcome *o, const struct err *err)
{
	o->failed = true;
	o->err = *err;
}

static void
fail_all(struct ca_commit *c, struct outcome *o, size_t n, const struct err *e)
{
	struct err told;

	err_set(&told, e->code,
	    "The database could not be written, so nothing was kept: %s",
	    e->text);
	for (size_t i = 0; i < n; i++)
		if (!o[i].failed)
			fail(&o[i], &told);
	thread_lock(&c->lock);
	c->healthy = false;
	snprintf(c->error, sizeof(c->error), "%s", e->text);
	thread_unlock(&c->lock);
}

/* 0: each change was applied or refused; -1: one spoilt the transaction. */
static int
apply_all(struct ca_commit *c, struct outcome *o, size_t n, struct err *err)
{
	struct ca_txn *t = &c->txn;

	for (size_t i = 0; i < n; i++) {
		uint64_t before = t->head.sequence;

		if (o[i].change->apply(o[i].change, t, err) == 0)
			continue;
		/* Refused before it wrote: the others are not concerned. */
		if (!ca_commit_is_refusal(err->code) ||
		    t->head.sequence != before)
			return -1;
		fail(&o[i], err);
	}
	return 0;
}

/* One transaction over all n. -1: it was rolled back because of a change, and
 * *err is what that one said. */
static int
transact(struct ca_commit *c, struct outcome *o, size_t n, struct err *err)
{
	struct ca_txn *t = &c->txn;
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++)
		o[i].failed = false;
	ca_audit_durable(c, &t->head);
	if (store_begin(t->writer, &e) < 0) {
		fail_all(c, o, n, &e);
		return 0;
	}
	if (apply_all(c, o, n, err) < 0) {
		store_rollback(t->writer);
		return -1;
	}
	if (store_commit(t->writer, &e) < 0) {
		fail_all(c, o, n, &e);
		return 0;
	}
	thread_lock(&c->lock);
	c->durable = t->head;
	c->healthy = true;
	thread_unlock(&c->lock);
	return 0;
}

static void
run_batch(struct ca_commit *c, size_t n)
{
	struct err err = { 0 };

	if (transact(c, c->batch, n, &err) < 0) {
		if (n == 1)
			fail_all(c, c->batch, 1, &err);
		for (size_t i = 0; n > 1 && i < n; i++)
			if (transact(c, &c->batch[i], 1, &err) < 0)
				fail_all(c, &c->batch[i], 1, &err);
	}
	for (size_t i = 0; i < n; i++) {
		struct outcome *o = &c->batch[i];

		o->change->done(o->change, o->failed ? &o->err : NULL);
	}
	rpc_outbox_send(&c->outbox);
}

/* Wait for work and, while others are on their way, for company. Takes at
 * most a batch; 0 at the end. */
static size_t
gather(struct ca_commit *c)
{
	size_t n = 0;

	thread_lock(&c->lock);
	c->target = 1;
	while (!c->head && !c->stop)
		thread_wait(&c->wake, &c->lock);
	if (c->waiting < c->expected && c->waiting < GATHER_ROWS && !c->stop) {
		uint64_t until = clock_monotonic_us() + GATHER_US;

		c->target = GATHER_ROWS;
		while (c->waiting < c->expected && c->waiting < GATHER_ROWS &&
		       !c->stop)
			if (!thread_wait_until(&c->wake, &c->lock, until))
				break;
	}
	c->target = SIZE_MAX;
	for (; c->head && n < CA_COMMIT_BATCH_MAX; n++) {
		c->batch[n].change = c->head;
		c->head = c->head->next;
		c->waiting--;
	}
	if (!c->head)
		c->tail = &c->head;
	thread_unlock(&c->lock);
	return n;
}

static void
committer(void *arg)
{
	struct ca_commit *c = arg;
	size_t n;

	while ((n = gather(c)) > 0)
		run_batch(c, n);
}

static int
open_writer(struct ca_commit *c, struct err *err)
{
	struct ca *ca = c->ca;
	struct store_reader *r = NULL;
	int rc;

	c->txn.ca = ca;
	if (pki_tools_new(&c->txn.tools, err) < 0 ||
	    store_writer_open(ca->store, &c->txn.writer, err) < 0 ||
	    store_reader_open(ca->store, &r, err) < 0)
		return -1;
	rc = store_audit_head(
	    r, ca->node, &c->durable.sequence, c->durable.hash, err);
	store_reader_close(r);
	return rc;
}

static void
commit_free(struct ca_commit *c)
{
	store_writer_close(c->txn.writer);
	pki_tools_free(c->txn.tools);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

int
ca_commit_start(struct ca *ca, struct ca_commit **ret, struct err *err)
{
	struct ca_commit *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "the committer");
	c->ca = ca;
	c->tail = &c->head;
	c->healthy = true;
	pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->wake);
	if (open_writer(c, err) < 0 ||
	    thread_start(&c->thread, "commit", committer, c, err) < 0) {
		commit_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void
ca_commit_stop(struct ca_commit *c)
{
	if (!c)
		return;
	thread_lock(&c->lock);
	c->stop = true;
	thread_signal(&c->wake);
	thread_unlock(&c->lock);
	thread_join(c->thread);
	assert(!c->head);
	commit_free(c);
}

void
ca_commit_submit(struct ca_commit *c, struct ca_change *change)
{
	change->next = NULL;
	thread_lock(&c->lock);
	*c->tail = change;
	c->tail = &change->next;
	c->waiting++;
	if (c->waiting >= c->target || c->waiting >= c->expected)
		thread_signal(&c->wake);
	thread_unlock(&c->lock);
}

void
ca_commit_expect(struct ca_commit *c, int plus_or_minus)
{
	thread_lock(&c->lock);
	assert(plus_or_minus > 0 || c->expected > 0);
	c->expected += (size_t)(ssize_t)plus_or_minus;
	if (plus_or_minus < 0 && c->waiting && c->waiting >= c->expected)
		thread_signal(&c->wake);
	thread_unlock(&c->lock);
}

/* A change on behalf of a thread that waits. */
struct awaited {
	struct ca_change change;
	struct ca_change *inner;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool over, failed;
	struct err err;
};

static int
awaited_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	struct ca_change *inner = ((struct awaited *)self)->inner;

	return inner->apply(inner, txn, err);
}

static void
awaited_done(struct ca_change *self, const struct err *err)
{
	struct awaited *a = (struct awaited *)self;

	thread_lock(&a->lock);
	a->over = true;
	a->failed = err != NULL;
	if (err)
		a->err = *err;
	thread_signal(&a->wake);
	thread_unlock(&a->lock);
}

int
ca_commit_wait(struct ca_commit *c, struct ca_change *change, struct err *err)
{
	struct awaited a = { .change = { NULL, awaited_apply, awaited_done },
		.inner = change };

	pthread_mutex_init(&a.lock, NULL);
	pthread_cond_init(&a.wake, NULL);
	ca_commit_submit(c, &a.change);
	thread_lock(&a.lock);
	while (!a.over)
		thread_wait(&a.wake, &a.lock);
	thread_unlock(&a.lock);
	pthread_cond_destroy(&a.wake);
	pthread_mutex_destroy(&a.lock);
	if (a.failed && err)
		*err = a.err;
	return a.failed ? -1 : 0;
}

bool
ca_commit_healthy(struct ca_commit *c, char text[ERR_TEXT_MAX])
{
	bool healthy;

	thread_lock(&c->lock);
	healthy = c->healthy;
	snprintf(text, ERR_TEXT_MAX, "%s", healthy ? "" : c->error);
	thread_unlock(&c->lock);
	return healthy;
}

void
ca_audit_durable(struct ca_commit *c, struct ca_audit_head *ret)
{
	thread_lock(&c->lock);
	*ret = c->durable;
	thread_unlock(&c->lock);
}
