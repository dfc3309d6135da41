#include "sign/service_state.h"

#include "base/thread.h"
#include "sign/disk.h"
#include "sign/file.h"

#include <assert.h>
#include <unistd.h>

/* Below this the caller signs alone: waking threads costs it and them about
 * 100 us, more than what they would save (bench/sign.c). */
#define HOP_US 500

void
sign_service_turn_take(struct sign_service *s)
{
	uint64_t mine;

	thread_lock(&s->lock);
	mine = s->drawn++;
	while (s->serving != mine)
		thread_wait(&s->turn, &s->lock);
	thread_unlock(&s->lock);
}

void
sign_service_turn_give(struct sign_service *s)
{
	thread_lock(&s->lock);
	s->serving++;
	thread_broadcast(&s->turn);
	thread_unlock(&s->lock);
}

/* --- a batch ----------------------------------------------------------- */

/* What the log says of the bytes. */
static int
describe(struct sign_service *s, const struct sign_item *item,
    struct sign_facts *facts, struct err *err)
{
	if (item->digest.n == 0 || item->digest.n > SIGN_DIGEST_MAX)
		return pki_tools_hash(s->tools, PKI_HASH_SHA256, item->tbs,
		    facts->digest, &facts->digest_n, err);
	memcpy(facts->digest, item->digest.p, item->digest.n);
	facts->digest_n = item->digest.n;
	return 0;
}

/* What is signed: for the usual keys, whose algorithm hashes with SHA-256,
 * the digest that the log has anyway. */
static void
fill_job(struct sign_job *job, const struct sign_item *item,
    const struct sign_facts *facts, struct sign_key *key,
    struct sign_result *result)
{
	job->key = key;
	job->is_digest = item->digest.n || key->alg->hash == PKI_HASH_SHA256;
	job->input = job->is_digest ? bytes_of(facts->digest, facts->digest_n)
				    : item->tbs;
	job->signature = result->signature;
	job->signature_n = &result->signature_n;
	job->err = &result->err;
}

struct sign_policy
sign_service_policy(const struct sign_service *s, const struct slot *slot)
{
	return (struct sign_policy){ .key = slot->key,
		.ca = &slot->ca,
		.family = s->family,
		.held = s->held,
		.held_n = s->held_n,
		.init = s->init,
		.guest = bytes_of(s->guest, s->guest_n),
		.subordinates = s->subordinates,
		.crl_number = slot->crl_number,
		.delta_number = slot->delta_number };
}

static void
use_number(struct slot *slot, const struct sign_facts *facts)
{
	slot->crl_number = facts->number;
	if (facts->is_delta)
		slot->delta_number = facts->number;
}

static int
judge(struct sign_service *s, const struct sign_item *item, size_t i,
    struct sign_record *r, struct err *err)
{
	struct slot *slot =
	    item->key_index < SIGN_KEYS_MAX ? &s->slots[item->key_index] : NULL;
	struct sign_policy policy;

	if (!slot || !slot->key)
		return err_set(err, ERR_NOT_FOUND, "the signer has no key %u",
		    item->key_index);
	policy = sign_service_policy(s, slot);
	if (sign_policy_check(&policy, item, &r->facts, &s->own[i], err) < 0)
		return -1;
	if (item->what == SIGN_CRL)
		use_number(slot, &r->facts);
	return 0;
}

int
sign_service_judge_crl(struct sign_service *s, struct slot *slot,
    const struct sign_tbs_crl *crl, struct sign_record *r, struct err *err)
{
	struct sign_policy policy = sign_service_policy(s, slot);

	if (sign_policy_check_crl(&policy, crl, &r->facts, err) < 0)
		return -1;
	use_number(slot, &r->facts);
	return 0;
}

/* The log does not tell deltas from others, so that none of a number that was
 * used is signed after a start. */
void
sign_service_reset_numbers(struct sign_service *s, uint32_t index)
{
	struct slot *slot = &s->slots[index];

	slot->crl_number = sign_log_crl_number(s->log, index);
	slot->delta_number = slot->crl_number;
}

/* One item: a record in any case, a job when it may be signed. */
static int
admit(struct sign_service *s, const struct sign_ask *ask, size_t i,
    struct sign_job *job, struct sign_result *result)
{
	const struct sign_item *item = &ask->items[i];
	struct sign_record *r = &s->records[i];
	bool known =
	    item->what >= SIGN_CERTIFICATE && item->what <= SIGN_CA_CERTIFICATE;

	*r = (struct sign_record){ 0 };
	r->what = known ? (enum sign_what)item->what : SIGN_WHAT_OTHER;
	r->key_index = item->key_index;
	r->audit_sequence = ask->audit_sequence;
	r->has_audit = ask->audit_hash.n != 0;
	if (r->has_audit)
		memcpy(r->audit_hash, ask->audit_hash.p, SIGN_HASH_SIZE);
	result->err.code = ERR_OK;
	result->err.text[0] = 0;
	result->signature_n = 0;
	s->own[i] = false;
	if (describe(s, item, &r->facts, &result->err) == 0 &&
	    judge(s, item, i, r, &result->err) == 0) {
		fill_job(job, item, &r->facts, s->slots[item->key_index].key,
		    result);
		return 0;
	}
	r->outcome = SIGN_REFUSED;
	return -1;
}

static void
settle(struct sign_service *s, const struct sign_ask *ask,
    struct sign_result *results)
{
	size_t i;

	for (i = 0; i < ask->item_count; i++) {
		results[i].log_sequence = s->records[i].sequence;
		if (!s->own[i] || results[i].err.code != ERR_OK)
			continue;
		if (sign_service_adopt(s, &s->slots[ask->items[i].key_index],
			ask->items[i].tbs, &results[i].err) < 0)
			results[i].signature_n = 0;
	}
}

void
sign_service_forget_numbers(struct sign_service *s)
{
	for (uint32_t i = 0; i < SIGN_KEYS_MAX; i++)
		sign_service_reset_numbers(s, i);
}

/* Nothing may leave: forget signatures and CRL numbers of the batch. */
static void
undo(struct sign_service *s, const struct sign_ask *ask,
    struct sign_result *results)
{
	size_t i;

	for (i = 0; i < ask->item_count; i++)
		results[i].signature_n = 0;
	sign_service_forget_numbers(s);
}

int
sign_service_seal(struct sign_service *s, struct sign_batch *batch,
    uint64_t cost_us, size_t n, struct err *err)
{
	int rc;

	if (cost_us > HOP_US)
		sign_pool_post(s->pool, batch);
	rc = sign_log_append(s->log, s->records, n, err);
	if (rc == 0 || batch->posted)
		sign_pool_finish(s->pool, batch);
	return rc;
}

static int
sign_batch(struct sign_service *s, const struct sign_ask *ask,
    struct sign_result *results, struct err *err)
{
	struct sign_batch batch = { .jobs = s->jobs };
	uint64_t cost = 0;
	size_t i;
	int rc;

	for (i = 0; i < ask->item_count; i++)
		if (admit(s, ask, i, &s->jobs[batch.count], &results[i]) == 0)
			cost += s->jobs[batch.count++].key->kind->cost_us;
	rc = sign_service_seal(s, &batch, cost, ask->item_count, err);
	if (rc < 0)
		undo(s, ask, results);
	else
		settle(s, ask, results);
	return rc;
}

int
sign_service_sign(struct sign_service *s, const struct sign_ask *ask,
    struct sign_result *results, struct err *err)
{
	int rc;

	if (ask->item_count == 0 || ask->item_count > SIGN_BATCH_MAX)
		return err_set(err, ERR_INVALID,
		    "a batch has 1 to %d items, not %zu", SIGN_BATCH_MAX,
		    ask->item_count);
	if (ask->audit_hash.n && ask->audit_hash.n != SIGN_HASH_SIZE)
		return err_set(err, ERR_INVALID,
		    "the hash of the audit record is not one");
	sign_service_turn_take(s);
	rc = sign_batch(s, ask, results, err);
	sign_service_turn_give(s);
	return rc;
}

/* --- asking ----------------------------------------------------------- */

size_t
sign_service_keys(
    struct sign_service *s, const struct sign_key *ret[SIGN_KEYS_MAX])
{
	size_t n = 0, i;

	thread_lock(&s->lock);
	for (i = 0; i < SIGN_KEYS_MAX; i++)
		if (s->slots[i].key)
			ret[n++] = s->slots[i].key;
	thread_unlock(&s->lock);
	return n;
}

bool
sign_service_subordinates(const struct sign_service *s)
{
	return s->subordinates;
}

bool
sign_service_init(const struct sign_service *s)
{
	return s->init;
}

struct sign_log *
sign_service_log(struct sign_service *s)
{
	return s->log;
}

/* --- life -------------------------------------------------------------- */

/* Every key was logged when it was made. */
static int
check_log(struct sign_service *s, const char *path, struct err *err)
{
	const struct sign_key *keys[SIGN_KEYS_MAX];
	uint8_t hash[SIGN_HASH_SIZE];

	if (sign_service_keys(s, keys) == 0 || sign_log_head(s->log, hash) > 0)
		return 0;
	return err_set(err, ERR_CORRUPT,
	    "there are keys, but the signer's log %s is empty. Nothing will "
	    "be signed. Put the log back from a backup",
	    path);
}

static int
open_all(struct sign_service *s, const struct sign_service_options *o,
    struct err *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t threads = o->threads  ? o->threads
			 : cores > 0 ? (size_t)cores
				     : 1;

	s->init = o->init;
	s->subordinates = o->subordinates;
	if (o->guest.n == sizeof(s->guest)) {
		memcpy(s->guest, o->guest.p, o->guest.n);
		s->guest_n = o->guest.n;
	}
	if (pki_tools_new(&s->tools, err) < 0 ||
	    sign_disk_folder(o->keys, &s->folder, err) < 0 ||
	    sign_file_open(o->keys, &s->signer, err) < 0 ||
	    sign_log_open(o->log, o->init, &s->log, err) < 0 ||
	    sign_service_load(s, o->keys, err) < 0 ||
	    check_log(s, o->log, err) < 0)
		return -1;
	return sign_pool_new(threads, &s->pool, err);
}

int
sign_service_open(const struct sign_service_options *options,
    struct sign_service **ret, struct err *err)
{
	struct sign_service *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	s->folder = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_mutex_init(&s->stream_lock, NULL);
	thread_cond_init(&s->turn);
	if (open_all(s, options, err) < 0) {
		sign_service_close(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void
sign_service_close(struct sign_service *s)
{
	size_t i;

	if (!s)
		return;
	sign_pool_free(s->pool);
	sign_crl_stream_free(s->stream);
	for (i = 0; i < SIGN_KEYS_MAX; i++) {
		sign_ca_clear(&s->slots[i].ca);
		sign_key_free(s->slots[i].key);
	}
	sign_signer_free(s->signer);
	sign_log_close(s->log);
	pki_tools_free(s->tools);
	if (s->folder >= 0)
		(void)close(s->folder);
	(void)pthread_cond_destroy(&s->turn);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_mutex_destroy(&s->stream_lock);
	free(s);
}
