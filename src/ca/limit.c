/* limit.c - how much one requester, and all of them, may ask for. */
#include "ca/limit.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"

#include <assert.h>
#include <inttypes.h>
#include <libgen.h>
#include <sys/statvfs.h>

#define OWNERS_MAX 4096 /* remembered; the rest is read again */
#define DAY        86400
#define SPACE_US   1000000 /* how long an answer about free space holds */
#define PROBES     8       /* places of the table an owner may be at */

struct owner {
	char key[IDENTITY_OWNER_MAX];
	int64_t day;      /* since 1970, of `today` */
	uint64_t pending; /* at most this many wait */
	uint64_t today;   /* submitted on that day */
	uint64_t entered; /* on their way: not in the numbers above */
	uint64_t granted; /* of these: will not wait */
};

struct ca_limit {
	const struct ca_config *config;
	char folder[4096]; /* of the database */
	pthread_mutex_t lock;
	bool known;       /* the store has been asked for `pending` */
	uint64_t pending; /* of all, at most this many wait */
	uint64_t entered, granted;
	uint64_t space_checked;
	bool space_short;
	struct owner owners[OWNERS_MAX];
};

int
ca_limit_new(const struct ca_config *c, struct ca_limit **ret, struct err *err)
{
	struct ca_limit *l = calloc(1, sizeof(*l));
	const char *path = strchr(c->database, ':');
	char *folder;

	if (!l)
		return err_set(err, ERR_NO_MEMORY, "the limits");
	l->config = c;
	if (!str_copy(l->folder, sizeof(l->folder), path ? path + 1 : ".")) {
		free(l);
		return err_set(err, ERR_CONFIG, "the database's path");
	}
	folder = dirname(l->folder);
	memmove(l->folder, folder, strlen(folder) + 1);
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

void
ca_limit_free(struct ca_limit *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static uint64_t
hash_of(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

/* Under the lock. The owner's place, or one to use for him: empty, or of an
 * owner who has nothing on its way. NULL when all are busy. */
static struct owner *
place(struct ca_limit *l, const char *key)
{
	struct owner *spare = NULL;
	uint64_t h = hash_of(key);

	for (size_t i = 0; i < PROBES; i++) {
		struct owner *o = &l->owners[(h + i) % OWNERS_MAX];

		if (strcmp(o->key, key) == 0)
			return o;
		if (!spare && o->entered == 0)
			spare = o;
	}
	if (spare) {
		*spare = (struct owner){ .day = -1 };
		if (!str_copy(spare->key, sizeof(spare->key), key))
			return NULL;
	}
	return spare;
}

static uint64_t
may_wait(const struct owner *o)
{
	return o->pending + o->entered - o->granted;
}

/* Does it hold, the one that has just entered included? */
static bool
fits(const struct ca_limit *l, const struct owner *o, int64_t day)
{
	const struct ca_config *c = l->config;

	return o->day == day && l->known &&
	       may_wait(o) <= c->pending_per_requester &&
	       o->today + o->entered <= c->daily_per_requester &&
	       l->pending + l->entered - l->granted <= c->pending_total;
}

static int
refuse(const struct ca_limit *l, const struct owner *o, struct err *err)
{
	const struct ca_config *c = l->config;

	if (may_wait(o) > c->pending_per_requester)
		return err_set(err, ERR_LIMIT,
		    "You have %" PRIu64 " requests that wait for an officer "
		    "already, and more are not taken. Nothing was kept.",
		    may_wait(o) - 1);
	if (o->today + o->entered > c->daily_per_requester)
		return err_set(err, ERR_LIMIT,
		    "You have sent %" PRIu64 " requests today already, and "
		    "more are not taken before tomorrow (UTC). Nothing was "
		    "kept.",
		    o->today + o->entered - 1);
	return err_set(err, ERR_LIMIT,
	    "Too many requests wait for an officer already. Nothing was kept. "
	    "Try again later.");
}

static int
check_space(struct ca_limit *l, struct err *err)
{
	uint64_t now = clock_monotonic_us();
	struct statvfs fs;
	bool is_short;

	thread_lock(&l->lock);
	if (l->space_checked == 0 || now - l->space_checked > SPACE_US) {
		l->space_checked = now;
		l->space_short =
		    statvfs(l->folder, &fs) == 0 &&
		    (uint64_t)fs.f_bavail * fs.f_frsize < l->config->free_space;
	}
	is_short = l->space_short;
	thread_unlock(&l->lock);
	if (is_short)
		return err_set(err, ERR_NO_SPACE,
		    "The CA's disk is nearly full, so no new requests are "
		    "taken. Nothing was kept. Tell the administrator.");
	return 0;
}

/* Ask the store. What left meanwhile may or may not be in its answer: it is
 * added, so that the numbers are never too small. */
static int
count_again(struct ca_limit *l, struct store_reader *r, struct owner *o,
    int64_t day, struct err *err)
{
	uint64_t pending, today, all, was[3];

	thread_lock(&l->lock);
	was[0] = o->pending;
	was[1] = o->today;
	was[2] = l->pending;
	thread_unlock(&l->lock);
	if (store_count_owner(r, o->key, day * DAY, &pending, &today, err) <
		0 ||
	    store_count_pending(r, &all, err) < 0)
		return -1;
	thread_lock(&l->lock);
	o->pending = pending + (o->pending - was[0]);
	o->today = today + (o->today - was[1]);
	o->day = day;
	l->pending = all + (l->pending - was[2]);
	l->known = true;
	thread_unlock(&l->lock);
	return 0;
}

int
ca_limit_enter(struct ca_limit *l, struct store_reader *r, const char *owner,
    struct ca_limit_ticket *ret, struct err *err)
{
	int64_t day = clock_now() / DAY;
	struct owner *o;
	bool good = false;
	int rc = 0;

	if (check_space(l, err) < 0)
		return -1;
	/* Entered first: the place stays his, and a row is there before its
	 * owner leaves, so nothing is missed. */
	thread_lock(&l->lock);
	o = place(l, owner);
	if (o) {
		o->entered++;
		l->entered++;
		good = fits(l, o, day);
	}
	thread_unlock(&l->lock);
	if (!o)
		return err_set(err, ERR_BUSY,
		    "Too many requests at once. Nothing was kept. Try again "
		    "in a moment.");
	*ret = (struct ca_limit_ticket){ .owner = owner, .entered = true };
	if (good)
		return 0;
	if (count_again(l, r, o, day, err) < 0)
		rc = -1;
	thread_lock(&l->lock);
	if (rc == 0 && !fits(l, o, day))
		rc = refuse(l, o, err);
	if (rc < 0) {
		o->entered--;
		l->entered--;
		*ret = (struct ca_limit_ticket){ 0 };
	}
	thread_unlock(&l->lock);
	return rc;
}

void
ca_limit_granted(struct ca_limit *l, struct ca_limit_ticket *t)
{
	struct owner *o;

	thread_lock(&l->lock);
	o = place(l, t->owner);
	assert(o && t->entered && !t->granted);
	o->granted++;
	l->granted++;
	t->granted = true;
	thread_unlock(&l->lock);
}

void
ca_limit_leave(
    struct ca_limit *l, struct ca_limit_ticket *t, bool kept, bool pending)
{
	struct owner *o;

	if (!t->entered)
		return;
	thread_lock(&l->lock);
	o = place(l, t->owner);
	assert(o && o->entered > 0 && l->entered > 0);
	o->entered--;
	l->entered--;
	o->granted -= t->granted;
	l->granted -= t->granted;
	o->today += kept;
	o->pending += kept && pending;
	l->pending += kept && pending;
	thread_unlock(&l->lock);
	*t = (struct ca_limit_ticket){ 0 };
}
