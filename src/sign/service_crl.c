/* A list that comes in parts. One at a time is under way: the CA makes one
 * after the other, and one that was broken off gives way to the next. */
#include "sign/service_state.h"

#include "base/thread.h"
#include "pki/crl.h"

static struct slot *
slot_of(struct sign_service *s, uint32_t index)
{
	struct slot *slot = index < SIGN_KEYS_MAX ? &s->slots[index] : NULL;
	bool there;

	thread_lock(&s->lock);
	there = slot && slot->key;
	thread_unlock(&s->lock);
	return there ? slot : NULL;
}

static int
begin(struct sign_service *s, uint32_t index, struct err *err)
{
	struct slot *slot = slot_of(s, index);

	sign_crl_stream_free(TAKE(s->stream));
	if (!slot)
		return err_set(
		    err, ERR_NOT_FOUND, "the signer has no key %u", index);
	/* Ed25519 reads its message twice. */
	if (slot->key->alg->hash == PKI_HASH_NONE)
		return err_set(err, ERR_INVALID,
		    "a key of the kind %s signs a list as a whole",
		    slot->key->kind->word);
	s->stream_key = index;
	return sign_crl_stream_new(
	    s->tools, slot->key->alg->hash, &s->stream, err);
}

static int
add(struct sign_service *s, const struct sign_crl_part *part, struct err *err)
{
	uint64_t have;

	if (part->offset == 0 && begin(s, part->key_index, err) < 0)
		return -1;
	have = s->stream ? sign_crl_stream_size(s->stream) : 0;
	if (!s->stream || s->stream_key != part->key_index ||
	    have != part->offset)
		return err_set(err, ERR_INVALID,
		    "this part of a list does not follow the one before it");
	if (have + part->bytes.n > PKI_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the CRL is larger than %d MB", PKI_CRL_MAX_MB);
	return 0;
}

/* Within the caller's turn: policy, log, signature. */
static int
decide(struct sign_service *s, const struct sign_crl_part *part, bool whole,
    struct sign_result *result, struct err *err)
{
	struct sign_batch batch = { .jobs = s->jobs };
	struct sign_record *r = &s->records[0];
	struct slot *slot = &s->slots[part->key_index];
	struct sign_tbs_crl crl = { 0 };
	uint8_t digest[PKI_DIGEST_MAX];
	size_t n;

	*r = (struct sign_record){ .what = SIGN_CRL,
		.key_index = part->key_index,
		.audit_sequence = part->audit_sequence,
		.has_audit = part->audit_hash.n != 0 };
	if (r->has_audit)
		memcpy(r->audit_hash, part->audit_hash.p, SIGN_HASH_SIZE);
	if (sign_crl_stream_digests(s->stream, r->facts.digest,
		&r->facts.digest_n, digest, &n, err) < 0)
		return -1;
	if (whole && sign_crl_stream_end(s->stream, &crl, &result->err) == 0 &&
	    sign_service_judge_crl(s, slot, &crl, r, &result->err) == 0) {
		batch.count = 1;
		s->jobs[0] = (struct sign_job){ .key = slot->key,
			.input = bytes_of(digest, n),
			.is_digest = true,
			.signature = result->signature,
			.signature_n = &result->signature_n,
			.err = &result->err };
	} else {
		r->outcome = SIGN_REFUSED;
	}
	if (sign_service_seal(s, &batch,
		batch.count ? slot->key->kind->cost_us : 0, 1, err) < 0) {
		result->signature_n = 0;
		sign_service_forget_numbers(s);
		return -1;
	}
	result->log_sequence = r->sequence;
	return 0;
}

/* A part that cannot be read ends the list: that is a refusal, on record. */
static int
feed(struct sign_service *s, const struct sign_crl_part *part,
    struct sign_result *result, struct err *err)
{
	bool whole = false;
	int rc;

	if (add(s, part, err) < 0)
		return -1;
	if (sign_crl_stream_add(s->stream, part->bytes, &result->err) == 0) {
		if (!part->last)
			return 0;
		whole = true;
	}
	sign_service_turn_take(s);
	rc = decide(s, part, whole, result, err);
	sign_service_turn_give(s);
	sign_crl_stream_free(TAKE(s->stream));
	if (rc == 0 && result->err.code != ERR_OK)
		(void)err_wrap(&result->err, "the signer refused the CRL");
	return rc;
}

int
sign_service_crl_part(struct sign_service *s, const struct sign_crl_part *part,
    struct sign_result *result, struct err *err)
{
	int rc;

	*result = (struct sign_result){ .log_sequence = 0 };
	if (part->audit_hash.n && part->audit_hash.n != SIGN_HASH_SIZE)
		return err_set(err, ERR_INVALID,
		    "the hash of the audit record is not one");
	thread_lock(&s->stream_lock);
	rc = feed(s, part, result, err);
	if (rc < 0)
		sign_crl_stream_free(TAKE(s->stream));
	thread_unlock(&s->stream_lock);
	return rc;
}
