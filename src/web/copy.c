#include "web/copy.h"

#include "base/clock.h"
#include "base/thread.h"
#include "web/copy_disk.h"

#define FRESH_US (COPY_FRESH_SECONDS * UINT64_C(1000000))
/* CA_INFO tells the number of the newest CRL of the current key only. */
#define OLD_KEY_FRESH_US (60 * UINT64_C(1000000))

struct ca_owner {
	struct web_ca pub; /* first: what callers hold */
	unsigned refs;
	struct rpc_msg *msg;       /* owns it when it came from the CA */
	struct web_stored *stored; /* or from the folder */
};

struct crl_owner {
	struct web_crl pub;
	unsigned refs;
	uint64_t taken_us; /* 0: from the folder */
	struct rpc_msg *msg;
	struct web_stored *stored;
};

struct web_copy {
	struct rpc_client *client;
	struct web_disk *disk; /* NULL: none */
	pthread_mutex_t lock;
	struct ca_owner *ca;
	/* by type and key index */
	struct crl_owner *crls[RPC_CRL_TYPE_COUNT][RPC_GENERATIONS_MAX];
	bool answers;
	bool asking; /* one thread is at it */
	uint64_t asked_us;
};

/* One lock for all counts: they change a few times per request. */
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned
count(unsigned *refs, bool up)
{
	unsigned n;

	thread_lock(&count_lock);
	n = up ? ++*refs : --*refs;
	thread_unlock(&count_lock);
	return n;
}

void
web_ca_free(struct web_ca *ca)
{
	struct ca_owner *o = (struct ca_owner *)ca;

	if (!o || count(&o->refs, false) > 0)
		return;
	rpc_msg_free(o->msg);
	web_stored_free(o->stored);
	free(o);
}

void
web_crl_free(struct web_crl *crl)
{
	struct crl_owner *o = (struct crl_owner *)crl;

	if (!o || count(&o->refs, false) > 0)
		return;
	rpc_msg_free(o->msg);
	web_stored_free(o->stored);
	free(o);
}

/* --- from the folder, at start ------------------------------------------ */

static void
load_crl(struct web_copy *c, enum rpc_crl_type type, uint32_t key)
{
	struct crl_owner *crl = calloc(1, sizeof(*crl));

	if (!crl)
		return;
	if (web_disk_load_crl(c->disk, type, key, &crl->pub.crl, &crl->stored) <
	    0) {
		free(crl);
		return;
	}
	crl->refs = 1;
	c->crls[type][key] = crl;
}

static void
load(struct web_copy *c)
{
	struct ca_owner *ca = calloc(1, sizeof(*ca));
	uint32_t i;

	if (!ca)
		return;
	if (web_disk_load_ca(c->disk, &ca->pub, &ca->stored) < 0) {
		free(ca);
		return;
	}
	ca->refs = 1;
	c->ca = ca;
	for (i = 0; i < RPC_GENERATIONS_MAX; i++) {
		load_crl(c, RPC_CRL_BASE, i);
		load_crl(c, RPC_CRL_DELTA, i);
	}
}

int
web_copy_new(struct rpc_client *client, const char *dir, struct web_copy **ret,
    struct err *err)
{
	AUTO(web_copy) c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "no memory for the copy");
	(void)pthread_mutex_init(&c->lock, NULL);
	c->client = client;
	if (dir) {
		if (web_disk_open(dir, &c->disk, err) < 0)
			return -1;
		load(c);
	}
	*ret = TAKE(c);
	return 0;
}

void
web_copy_free(struct web_copy *c)
{
	size_t type, i;

	if (!c)
		return;
	if (c->ca)
		web_ca_free(&c->ca->pub);
	for (type = 0; type < RPC_CRL_TYPE_COUNT; type++)
		for (i = 0; i < RPC_GENERATIONS_MAX; i++)
			if (c->crls[type][i])
				web_crl_free(&c->crls[type][i]->pub);
	web_disk_free(c->disk);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

/* --- asking the CA ------------------------------------------------------ */

static struct ca_owner *
swap_ca(struct web_copy *c, struct ca_owner *ca)
{
	struct ca_owner *old;

	thread_lock(&c->lock);
	old = c->ca;
	c->ca = ca;
	thread_unlock(&c->lock);
	return old;
}

static int
ask_ca(struct web_copy *c, struct err *err)
{
	static const struct rpc_nothing nothing = { 0 };
	const struct rpc_ca_info *info;
	AUTO(rpc_msg) msg = NULL;
	struct ca_owner *ca, *old;

	if (rpc_do_CA_INFO(c->client, &nothing, &msg, &info, err) < 0)
		return -1;
	if (info->generation_count == 0)
		return err_set(err, ERR_UNAVAILABLE,
		    "the certification authority has no certificate yet");
	if ((ca = calloc(1, sizeof(*ca))) == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the copy");
	ca->pub.info = *info;
	ca->pub.taken = clock_now();
	ca->refs = 1;
	ca->msg = TAKE(msg);
	(void)count(&ca->refs, true); /* for the disk, below */
	old = swap_ca(c, ca);
	if (c->disk && !(old && web_disk_same(&old->pub, &ca->pub)))
		web_disk_save_ca(c->disk, &ca->pub);
	if (old)
		web_ca_free(&old->pub);
	web_ca_free(&ca->pub);
	return 0;
}

static struct crl_owner *
take_crl(struct web_copy *c, enum rpc_crl_type type, uint32_t key)
{
	struct crl_owner *crl;

	thread_lock(&c->lock);
	if ((crl = c->crls[type][key]) != NULL)
		(void)count(&crl->refs, true);
	thread_unlock(&c->lock);
	return crl;
}

static int
ask_crl(struct web_copy *c, enum rpc_crl_type type,
    const struct rpc_generation *g, struct err *err)
{
	struct rpc_crl_ask ask = { type, g->index };
	uint32_t key = g->key_index;
	struct crl_owner *crl, *old;
	const struct rpc_crl *reply;
	AUTO(rpc_msg) msg = NULL;

	if (rpc_do_CRL_GET(c->client, &ask, &msg, &reply, err) < 0)
		return -1;
	if ((crl = calloc(1, sizeof(*crl))) == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a CRL");
	crl->pub.crl = *reply;
	crl->refs = 1;
	crl->taken_us = clock_monotonic_us();
	crl->msg = TAKE(msg);
	if (c->disk)
		web_disk_save_crl(c->disk, type, key, &crl->pub.crl);
	thread_lock(&c->lock);
	old = c->crls[type][key];
	c->crls[type][key] = crl;
	thread_unlock(&c->lock);
	if (old)
		web_crl_free(&old->pub);
	return 0;
}

/* The newest list of this type of the current key, as the CA last said. */
static uint64_t
newest_number(const struct web_ca *ca, enum rpc_crl_type type)
{
	return type == RPC_CRL_DELTA ? ca->info.delta_number
				     : ca->info.crl_number;
}

static void
follow_type(struct web_copy *c, const struct web_ca *ca, enum rpc_crl_type type)
{
	const struct rpc_generation *g = web_ca_generation(ca, -1);
	uint64_t number = newest_number(ca, type);
	struct crl_owner *have;
	struct err err;
	bool same;

	if (!number || !g || g->key_index >= RPC_GENERATIONS_MAX)
		return;
	have = take_crl(c, type, g->key_index);
	same = have && have->pub.crl.number == number;
	if (have)
		web_crl_free(&have->pub);
	/* A failure shows when somebody asks for it. */
	if (!same)
		(void)ask_crl(c, type, g, &err);
}

/* Keep the newest lists, so that they are there when the CA stops. */
static void
follow_crl(struct web_copy *c)
{
	struct ca_owner *ca;

	thread_lock(&c->lock);
	if ((ca = c->ca) != NULL)
		(void)count(&ca->refs, true);
	thread_unlock(&c->lock);
	if (!ca)
		return;
	follow_type(c, &ca->pub, RPC_CRL_BASE);
	follow_type(c, &ca->pub, RPC_CRL_DELTA);
	web_ca_free(&ca->pub);
}

static void
refresh(struct web_copy *c)
{
	struct err err;
	int rc = ask_ca(c, &err);

	thread_lock(&c->lock);
	c->answers = rc == 0;
	c->asking = false;
	c->asked_us = clock_monotonic_us();
	thread_unlock(&c->lock);
	if (rc == 0)
		follow_crl(c);
}

struct web_ca *
web_copy_ca(struct web_copy *c, bool *ret_answers)
{
	struct ca_owner *ca;
	bool ask;

	thread_lock(&c->lock);
	ask = !c->asking && (c->asked_us == 0 ||
				clock_monotonic_us() - c->asked_us > FRESH_US);
	if (ask)
		c->asking = true;
	thread_unlock(&c->lock);
	if (ask)
		refresh(c);
	thread_lock(&c->lock);
	if ((ca = c->ca) != NULL)
		(void)count(&ca->refs, true);
	*ret_answers = c->answers;
	thread_unlock(&c->lock);
	return ca ? &ca->pub : NULL;
}

/* --- CRLs ---------------------------------------------------------------- */

static bool
is_fresh(const struct web_ca *ca, const struct rpc_generation *g,
    enum rpc_crl_type type, const struct crl_owner *crl)
{
	const struct rpc_generation *newest = web_ca_generation(ca, -1);

	if (!crl)
		return false;
	if (newest && newest->key_index == g->key_index)
		return crl->pub.crl.number == newest_number(ca, type);
	return crl->taken_us &&
	       clock_monotonic_us() - crl->taken_us < OLD_KEY_FRESH_US;
}

int
web_copy_crl(struct web_copy *c, uint32_t generation, enum rpc_crl_type type,
    struct web_crl **ret, struct err *err)
{
	const struct rpc_generation *g;
	struct crl_owner *crl = NULL;
	AUTO(web_ca) ca = NULL;
	bool answers;

	ca = web_copy_ca(c, &answers);
	g = ca ? web_ca_generation(ca, generation) : NULL;
	if (!g || g->key_index >= RPC_GENERATIONS_MAX)
		return err_set(err, ERR_UNAVAILABLE,
		    "The certification authority is not answering.");
	crl = take_crl(c, type, g->key_index);
	if (answers && !is_fresh(ca, g, type, crl)) {
		if (crl)
			web_crl_free(&crl->pub);
		if (ask_crl(c, type, g, err) < 0 && err->code == ERR_NOT_FOUND)
			return -1;
		crl = take_crl(c, type, g->key_index);
	}
	if (!crl)
		return err_set(err, answers ? ERR_NOT_FOUND : ERR_UNAVAILABLE,
		    answers ? "There is no such list."
			    : "The certification authority is not answering.");
	*ret = &crl->pub;
	return 0;
}

const struct rpc_generation *
web_ca_generation(const struct web_ca *ca, int64_t renewal)
{
	size_t n = ca->info.generation_count;

	if (n == 0)
		return NULL;
	if (renewal < 0 || (uint64_t)renewal >= n)
		renewal = (int64_t)n - 1;
	return &ca->info.generations[renewal];
}
