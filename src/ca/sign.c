/* sign.c - many jobs, few frames. */
#include "ca/sign.h"

#include "base/clock.h"
#include "base/thread.h"
#include "ca/audit.h"
#include "pki/sigmake.h"

#include <assert.h>
#include <stdatomic.h>

/* Of the items of one frame, with room for heads. */
#define FRAME_BYTES (RPC_SIGN_FRAME_MAX - 65536)
#define ITEM_HEAD   64

/* How many jobs gather for a frame, and for how long, while more are to be
 * expected or the signer has another frame to work on. */
#define GATHER_JOBS 32
#define GATHER_US   2000

struct frame {
	struct ca_sign *sign;
	size_t n;
	struct ca_sign_job *jobs[RPC_SIGN_BATCH_MAX];
	struct rpc_sign_item items[RPC_SIGN_BATCH_MAX];
};

struct ca_sign {
	struct ca *ca;
	pthread_mutex_t lock;
	struct ca_sign_job *head, **tail;
	size_t waiting;
	uint64_t since; /* the first of them came */
	struct frame *idle[CA_SIGN_FRAMES_MAX];
	size_t idle_n;
	bool pumping; /* a thread is sending; it looks again before it stops */
	atomic_size_t coming; /* pieces of work that may end in a job */
	bool up;
	char error[ERR_TEXT_MAX];
	struct frame frames[CA_SIGN_FRAMES_MAX];
};

int
ca_sign_new(struct ca *ca, struct ca_sign **ret, struct err *err)
{
	struct ca_sign *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "the way to the signer");
	s->ca = ca;
	s->tail = &s->head;
	s->up = true;
	for (size_t i = 0; i < CA_SIGN_FRAMES_MAX; i++) {
		s->frames[i].sign = s;
		s->idle[s->idle_n++] = &s->frames[i];
	}
	pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return 0;
}

void
ca_sign_free(struct ca_sign *s)
{
	if (!s)
		return;
	assert(!s->head && s->idle_n == CA_SIGN_FRAMES_MAX);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Under the lock: as many waiting jobs as one frame takes. */
static struct frame *
fill(struct ca_sign *s)
{
	struct frame *f;
	size_t bytes = 0;

	if (!s->head || s->idle_n == 0)
		return NULL;
	f = s->idle[--s->idle_n];
	for (f->n = 0; s->head && f->n < RPC_SIGN_BATCH_MAX; f->n++) {
		bytes +=
		    s->head->item.tbs.n + s->head->item.issuer.n + ITEM_HEAD;
		if (f->n > 0 && bytes > FRAME_BYTES)
			break;
		f->jobs[f->n] = s->head;
		f->items[f->n] = s->head->item;
		s->head = s->head->next;
		s->waiting--;
	}
	if (!s->head)
		s->tail = &s->head;
	return f;
}

static void send_due(struct ca_sign *s);

static void
settle(struct ca_sign_job *job, const struct rpc_sign_signature *sig)
{
	struct err err;

	if (sig->err_code == ERR_OK && sig->signature.n > 0) {
		job->done(job, sig->signature, NULL);
		return;
	}
	err_set(&err, err_code_from(sig->err_code),
	    "The signing service refused to sign: %s Nothing was kept.",
	    sig->err_text ? sig->err_text : "");
	job->done(job, BYTES_NONE, &err);
}

static void
fail_frame(struct frame *f)
{
	struct err err;

	/* Requesters read it; what failed is for STATUS. */
	err_set(&err, ERR_UNAVAILABLE,
	    "The signing service is not answering. Nothing was kept.");
	for (size_t i = 0; i < f->n; i++)
		f->jobs[i]->done(f->jobs[i], BYTES_NONE, &err);
}

static void
frame_done(void *ctx, const struct rpc_sign_reply *reply, const struct err *err)
{
	struct frame *f = ctx;
	struct ca_sign *s = f->sign;
	struct err odd;

	if (reply && reply->item_count != f->n) {
		err_set(&odd, ERR_PROTOCOL, "another number of signatures");
		reply = NULL;
		err = &odd;
	}
	thread_lock(&s->lock);
	s->up = reply != NULL;
	snprintf(s->error, sizeof(s->error), "%s", reply ? "" : err->text);
	thread_unlock(&s->lock);
	if (reply)
		for (size_t i = 0; i < f->n; i++)
			settle(f->jobs[i], &reply->items[i]);
	else
		fail_frame(f);
	thread_lock(&s->lock);
	s->idle[s->idle_n++] = f;
	thread_unlock(&s->lock);
	send_due(s);
}

static void
send_frame(struct ca_sign *s, struct frame *f)
{
	struct ca_audit_head head;
	struct rpc_sign_ask ask = { .items = f->items, .item_count = f->n };

	ca_audit_durable(s->ca->commit, &head);
	ask.audit_sequence = head.sequence;
	if (head.sequence > 0)
		ask.audit_hash = BYTES_OF(head.hash);
	rpc_sign_submit(s->ca->signer, &ask, frame_done, f);
}

/* One thread at a time sends; a callback that comes back on that very thread
 * (the signer is down) returns here and lets the loop go on. */
static void
pump(struct ca_sign *s)
{
	struct frame *f;

	thread_lock(&s->lock);
	if (s->pumping) {
		thread_unlock(&s->lock);
		return;
	}
	s->pumping = true;
	while ((f = fill(s))) {
		thread_unlock(&s->lock);
		send_frame(s, f);
		thread_lock(&s->lock);
	}
	s->pumping = false;
	thread_unlock(&s->lock);
}

void
ca_sign_submit(struct ca_sign *s, struct ca_sign_job *job)
{
	uint64_t now = clock_monotonic_us();

	job->next = NULL;
	thread_lock(&s->lock);
	if (s->waiting++ == 0)
		s->since = now;
	*s->tail = job;
	s->tail = &job->next;
	thread_unlock(&s->lock);
}

/* Whoever changes one side of a condition, coming or idle_n, looks at the other
 * after it: no job is left behind. */
static void
send_due(struct ca_sign *s)
{
	bool due;

	thread_lock(&s->lock);
	due = s->waiting >= GATHER_JOBS;
	if (!due && s->waiting > 0)
		due = (s->coming == 0 && s->idle_n == CA_SIGN_FRAMES_MAX) ||
		      clock_monotonic_us() >= s->since + GATHER_US;
	thread_unlock(&s->lock);
	if (due)
		pump(s);
}

void
ca_sign_expect(struct ca_sign *s)
{
	s->coming++;
}

void
ca_sign_flush(struct ca_sign *s)
{
	s->coming--;
	send_due(s);
}

struct awaited {
	struct ca_sign_job job;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool over, failed;
	uint8_t *ret;
	size_t n;
	struct err err;
};

static void
awaited_done(
    struct ca_sign_job *self, struct bytes signature, const struct err *err)
{
	struct awaited *a = (struct awaited *)self;

	thread_lock(&a->lock);
	a->over = true;
	if (err) {
		a->failed = true;
		a->err = *err;
	} else if (signature.n > PKI_SIGNATURE_MAX) {
		a->failed = true;
		err_set(&a->err, ERR_PROTOCOL, "a signature of %zu bytes",
		    signature.n);
	} else {
		memcpy(a->ret, signature.p, signature.n);
		a->n = signature.n;
	}
	thread_signal(&a->wake);
	thread_unlock(&a->lock);
}

int
ca_sign_wait(struct ca_sign *s, const struct rpc_sign_item *item, uint8_t *ret,
    size_t *ret_n, struct err *err)
{
	struct awaited a = { .job = { NULL, *item, awaited_done }, .ret = ret };

	pthread_mutex_init(&a.lock, NULL);
	pthread_cond_init(&a.wake, NULL);
	ca_sign_submit(s, &a.job);
	pump(s);
	thread_lock(&a.lock);
	while (!a.over)
		thread_wait(&a.wake, &a.lock);
	thread_unlock(&a.lock);
	pthread_cond_destroy(&a.wake);
	pthread_mutex_destroy(&a.lock);
	if (a.failed && err)
		*err = a.err;
	*ret_n = a.n;
	return a.failed ? -1 : 0;
}

bool
ca_sign_up(struct ca_sign *s, char text[ERR_TEXT_MAX])
{
	bool up;

	thread_lock(&s->lock);
	up = s->up;
	snprintf(text, ERR_TEXT_MAX, "%s", s->error);
	thread_unlock(&s->lock);
	return up;
}
