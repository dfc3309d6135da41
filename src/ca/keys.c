#include "ca/keys.h"

#include "base/str.h"
#include "base/thread.h"
#include "ca/badkeys.h"
#include "ca/keytable.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>

#define BUCKETS 256 /* of claims; as many as are in flight, a few each */

struct ca_keys {
	pthread_mutex_t lock;
	struct ca_keytable *issued, *revoked;
	struct ca_badkeys *list; /* NULL: none */
	struct ca_key_claim *claims[BUCKETS];
	struct ca_key_block *blocks;

	/* While it is loading nobody but the loader touches the tables. */
	pthread_cond_t loaded;
	bool loading;
	struct err failed; /* why there is nothing to rely on */
	bool has_loader;
	pthread_t loader;
	atomic_bool stop;
	struct ca *ca; /* the loader's */
};

int
ca_keys_new(struct ca_keys **ret, struct err *err)
{
	struct ca_keys *k = calloc(1, sizeof(*k));

	if (!k)
		return err_set(err, ERR_NO_MEMORY, "the keys");
	pthread_mutex_init(&k->lock, NULL);
	thread_cond_init(&k->loaded);
	if (ca_keytable_new(&k->issued, err) < 0 ||
	    ca_keytable_new(&k->revoked, err) < 0) {
		ca_keys_free(k);
		return -1;
	}
	*ret = k;
	return 0;
}

void
ca_keys_free(struct ca_keys *k)
{
	if (!k)
		return;
	atomic_store(&k->stop, true);
	if (k->has_loader)
		thread_join(k->loader);
	for (size_t i = 0; i < BUCKETS; i++)
		assert(!k->claims[i]);
	assert(!k->blocks);
	ca_keytable_free(k->issued);
	ca_keytable_free(k->revoked);
	ca_badkeys_free(k->list);
	pthread_cond_destroy(&k->loaded);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* --- loading ------------------------------------------------------------ */

struct loading {
	struct ca_keys *keys;
	struct ca_keytable *table;
	struct err *err;
	bool failed;
};

static int
remember(struct ca_keytable *t, uint64_t request, const uint8_t *hash,
    struct err *err)
{
	if (request == 0 || request > UINT32_MAX)
		return err_set(err, ERR_LIMIT,
		    "request %" PRIu64 " is beyond the numbers that keys are "
		    "remembered with",
		    request);
	return ca_keytable_load(t, hash, (uint32_t)request, err);
}

static bool
take_key(void *ctx, uint64_t request, struct bytes hash)
{
	struct loading *l = ctx;

	if (atomic_load_explicit(&l->keys->stop, memory_order_relaxed))
		err_set(l->err, ERR_UNAVAILABLE, "the CA is stopping");
	else if (hash.n < STORE_KEY_PREFIX)
		err_set(l->err, ERR_CORRUPT,
		    "the key of request %" PRIu64 " is cut off", request);
	else if (remember(l->table, request, hash.p, l->err) == 0)
		return true;
	l->failed = true;
	return false;
}

int
ca_keys_load(struct ca_keys *k, struct store_reader *r, struct err *err)
{
	struct loading issued = { k, k->issued, err, false };
	struct loading revoked = { k, k->revoked, err, false };

	if (store_list_keys(r, take_key, &issued, err) < 0 || issued.failed ||
	    ca_keytable_load(k->issued, NULL, 0, err) < 0 ||
	    store_list_blocked_keys(r, take_key, &revoked, err) < 0 ||
	    revoked.failed || ca_keytable_load(k->revoked, NULL, 0, err) < 0)
		return err_wrap(err, "the keys of the certificates");
	return 0;
}

static void
loader(void *arg)
{
	struct ca_keys *k = arg;
	struct store_reader *r = NULL;
	struct err err = { 0 };
	char text[ERR_TEXT_MAX];

	if (store_reader_open(k->ca->store, &r, &err) == 0 &&
	    ca_keys_load(k, r, &err) == 0)
		err = (struct err){ 0 };
	store_reader_close(r);
	thread_lock(&k->lock);
	k->failed = err;
	k->loading = false;
	thread_broadcast(&k->loaded);
	thread_unlock(&k->lock);
	if (!ca_keys_healthy(k, text) && k->ca->report &&
	    !atomic_load(&k->stop))
		k->ca->report(text);
}

int
ca_keys_load_begin(struct ca *ca, struct err *err)
{
	struct ca_keys *k = ca->keys;

	k->ca = ca;
	k->loading = true;
	if (thread_start(&k->loader, "keys", loader, k, err) < 0)
		return -1;
	k->has_loader = true;
	return 0;
}

bool
ca_keys_healthy(struct ca_keys *k, char text[ERR_TEXT_MAX])
{
	bool healthy;

	thread_lock(&k->lock);
	healthy = k->failed.code == ERR_OK;
	memcpy(text, k->failed.text, ERR_TEXT_MAX);
	thread_unlock(&k->lock);
	return healthy;
}

/* Under the lock. */
static int
wait_loaded(struct ca_keys *k, struct err *err)
{
	while (k->loading)
		thread_wait(&k->loaded, &k->lock);
	if (k->failed.code == ERR_OK)
		return 0;
	(void)err_set(err, k->failed.code, "%s", k->failed.text);
	return -1;
}

int
ca_keys_load_list(struct ca_keys *k, const char *path, struct err *err)
{
	struct ca_badkeys *list = NULL, *old;

	if (*path && ca_badkeys_load(path, &list, err) < 0)
		return -1;
	thread_lock(&k->lock);
	old = k->list;
	k->list = list;
	thread_unlock(&k->lock);
	ca_badkeys_free(old);
	return 0;
}

/* --- claims ------------------------------------------------------------- */

static bool
same_key(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, STORE_KEY_HASH) == 0;
}

static bool
same_account(const struct ca_key_ask *ask, const char *owner, bool site)
{
	return ask->site == site && (site || str_eq(ask->owner, owner));
}

static enum ca_key_verdict
judge(const struct ca_key_ask *ask, const char *owner, bool site)
{
	switch (ask->reuse) {
	case CA_KEY_REUSE_ANY:
		return CA_KEY_FREE;
	case CA_KEY_REUSE_SAME_ACCOUNT:
		return same_account(ask, owner, site) ? CA_KEY_FREE
						      : CA_KEY_OTHERS;
	case CA_KEY_REUSE_NEVER:
	default:
		return same_account(ask, owner, site) ? CA_KEY_USED
						      : CA_KEY_OTHERS;
	}
}

/* What memory knows at one moment: certain words in the verdict, the rest is
 * for the database to say. */
struct look {
	enum ca_key_verdict verdict;
	size_t issued_n, revoked_n;
	uint32_t issued[CA_KEY_FOUND_MAX], revoked[CA_KEY_FOUND_MAX];
};

static bool
is_being_blocked(const struct ca_keys *k, const uint8_t *hash)
{
	for (const struct ca_key_block *b = k->blocks; b; b = b->next)
		if (same_key(b->hash, hash))
			return true;
	return false;
}

static void
look(const struct ca_keys *k, const struct ca_key_ask *ask, struct look *ret)
{
	const struct ca_key_claim *c = k->claims[ask->hash[0]];

	ret->verdict = CA_KEY_FREE;
	if (ca_badkeys_has(k->list, ask->hash))
		ret->verdict = CA_KEY_LISTED;
	else if (is_being_blocked(k, ask->hash))
		ret->verdict = CA_KEY_REVOKED;
	for (; c && ret->verdict == CA_KEY_FREE; c = c->next)
		if (same_key(c->ask.hash, ask->hash))
			ret->verdict = judge(ask, c->ask.owner, c->ask.site);
	ret->revoked_n = ca_keytable_find(k->revoked, ask->hash, ret->revoked);
	ret->issued_n = ca_keytable_find(k->issued, ask->hash, ret->issued);
}

/* A look and a claim that nothing can come between. */
static int
look_and_hold(struct ca_keys *k, const struct ca_key_ask *ask,
    struct ca_key_claim *claim, struct look *ret, struct err *err)
{
	int rc;

	thread_lock(&k->lock);
	rc = wait_loaded(k, err);
	if (rc == 0)
		look(k, ask, ret);
	if (rc == 0 && claim && ret->verdict == CA_KEY_FREE) {
		rc = ca_keytable_reserve(k->issued, ask->hash, err);
		if (rc == 0) {
			*claim = (struct ca_key_claim){ .ask = *ask,
				.held = true,
				.revoked_n = ret->revoked_n,
				.next = k->claims[ask->hash[0]] };
			k->claims[ask->hash[0]] = claim;
		}
	}
	thread_unlock(&k->lock);
	return rc;
}

/* 1: the request has this very key; 0: another; -1. */
static int
fetch(struct store_reader *r, uint32_t request, const struct ca_key_ask *ask,
    struct store_key *ret, struct err *err)
{
	struct err e = { 0 };

	if (store_find_key(r, request, ret, &e) < 0)
		return e.code == ERR_NOT_FOUND
			   ? 0
			   : err_set(err, e.code, "%s", e.text);
	return same_key(ret->hash, ask->hash);
}

static int
ask_database(struct store_reader *r, const struct ca_key_ask *ask,
    const struct look *seen, enum ca_key_verdict *ret, uint64_t *ret_request,
    bool *ret_known, struct err *err)
{
	struct store_key key;
	int rc = 0;

	for (size_t i = 0; i < seen->revoked_n; i++) {
		rc = fetch(r, seen->revoked[i], ask, &key, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		*ret = CA_KEY_REVOKED;
		*ret_request = seen->revoked[i];
		return 0;
	}
	for (size_t i = 0; i < seen->issued_n && *ret == CA_KEY_FREE; i++) {
		bool site;

		rc = fetch(r, seen->issued[i], ask, &key, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		site = key.flags & STORE_REQUEST_SITE;
		*ret = judge(ask, key.owner, site);
		*ret_request = seen->issued[i];
		*ret_known = *ret_known || same_account(ask, key.owner, site);
	}
	/* Shared by so many that one more makes no difference. */
	*ret_known = *ret_known || seen->issued_n == CA_KEY_FOUND_MAX;
	return 0;
}

int
ca_keys_claim(struct ca_keys *k, struct store_reader *r,
    const struct ca_key_ask *ask, struct ca_key_claim *claim,
    enum ca_key_verdict *ret, uint64_t *ret_request, struct err *err)
{
	struct look seen = { .verdict = CA_KEY_FREE };
	bool known = false;
	int rc;

	*ret_request = 0;
	if (look_and_hold(k, ask, claim, &seen, err) < 0)
		return -1;
	*ret = seen.verdict;
	if (*ret != CA_KEY_FREE)
		return 0;
	rc = ask_database(r, ask, &seen, ret, ret_request, &known, err);
	if (!claim)
		return rc;
	claim->known = known;
	if (rc < 0 || *ret != CA_KEY_FREE)
		ca_keys_release(k, claim, 0);
	return rc;
}

void
ca_keys_release(struct ca_keys *k, struct ca_key_claim *claim, uint64_t request)
{
	const uint8_t *hash = claim->ask.hash;
	struct ca_key_claim **at;

	if (!claim->held)
		return;
	thread_lock(&k->lock);
	for (at = &k->claims[hash[0]]; *at != claim;)
		at = &(*at)->next;
	*at = claim->next;
	if (request > 0 && request <= UINT32_MAX && !claim->known)
		ca_keytable_add(k->issued, hash, (uint32_t)request);
	else
		ca_keytable_unreserve(k->issued, hash);
	thread_unlock(&k->lock);
	claim->held = false;
}

/* --- compromised -------------------------------------------------------- */

bool
ca_keys_blocked(struct ca_keys *k, const struct ca_key_claim *claim)
{
	const uint8_t *hash = claim->ask.hash;
	uint32_t found[CA_KEY_FOUND_MAX];
	bool blocked;

	thread_lock(&k->lock);
	blocked = is_being_blocked(k, hash) ||
		  ca_keytable_find(k->revoked, hash, found) > claim->revoked_n;
	thread_unlock(&k->lock);
	return blocked;
}

int
ca_keys_block(struct ca_keys *k, struct ca_key_block *b, const uint8_t *hash,
    struct err *err)
{
	int rc;

	thread_lock(&k->lock);
	rc = wait_loaded(k, err);
	if (rc == 0)
		rc = ca_keytable_reserve(k->revoked, hash, err);
	if (rc == 0) {
		b->hash = hash;
		b->next = k->blocks;
		k->blocks = b;
	}
	thread_unlock(&k->lock);
	return rc;
}

void
ca_keys_block_end(struct ca_keys *k, struct ca_key_block *b, uint64_t request)
{
	struct ca_key_block **at;

	if (!b->hash)
		return;
	thread_lock(&k->lock);
	for (at = &k->blocks; *at != b;)
		at = &(*at)->next;
	*at = b->next;
	if (request > 0 && request <= UINT32_MAX)
		ca_keytable_add(k->revoked, b->hash, (uint32_t)request);
	else
		ca_keytable_unreserve(k->revoked, b->hash);
	thread_unlock(&k->lock);
	b->hash = NULL;
}
