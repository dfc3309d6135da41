/* The life of the keys: made, loaded, given a CA certificate.
 *
 * Beside N.key lies N.tbs, the TBSCertificate of its newest CA certificate,
 * and after a renewal N.first.tbs, that of the first. */
#include "sign/service_state.h"

#include "base/thread.h"
#include "sign/disk.h"

#include <stdio.h>

#define NAME_MAX_ 32

static void
ca_name(char name[NAME_MAX_], uint32_t index, bool first)
{
	(void)snprintf(
	    name, NAME_MAX_, "%u%s.tbs", index, first ? ".first" : "");
}

void
sign_service_take_stock(struct sign_service *s)
{
	s->held_n = 0;
	s->family = NULL;
	for (size_t i = 0; i < SIGN_KEYS_MAX; i++) {
		if (!s->slots[i].key)
			continue;
		s->held[s->held_n++] = s->slots[i].key;
		if (!s->family && s->slots[i].ca.tbs)
			s->family = &s->slots[i].ca;
	}
}

/* --- its certificate ------------------------------------------------------ */

/* The first one is kept: until it ends, what was begun under it is signed. */
static int
keep_first(struct sign_service *s, struct slot *slot, struct err *err)
{
	AUTO(secret) newest = NULL;
	AUTO(secret) first = NULL;
	char name[NAME_MAX_];

	ca_name(name, slot->key->index, false);
	if (sign_disk_read(s->folder, name, SIGN_TBS_MAX, &newest, err) < 0)
		return -1;
	ca_name(name, slot->key->index, true);
	if (!newest ||
	    sign_disk_read(s->folder, name, SIGN_TBS_MAX, &first, err) < 0)
		return newest ? -1 : 0;
	return first ? 0
		     : sign_disk_write(
			   s->folder, name, secret_bytes(newest), err);
}

int
sign_service_adopt(struct sign_service *s, struct slot *slot, struct bytes tbs,
    struct err *err)
{
	char name[NAME_MAX_];

	ca_name(name, slot->key->index, false);
	if (keep_first(s, slot, err) < 0 ||
	    sign_disk_write(s->folder, name, tbs, err) < 0 ||
	    sign_ca_set(&slot->ca, slot->key, tbs, err) < 0)
		return -1;
	sign_service_take_stock(s);
	return 0;
}

static int
install(struct sign_service *s, const struct sign_install *ask,
    struct sign_result *result, struct err *err)
{
	struct slot *slot = &s->slots[ask->key_index];
	struct sign_policy policy = sign_service_policy(s, slot);
	struct sign_record r = { .outcome = SIGN_REMARK,
		.what = SIGN_WHAT_INSTALLED,
		.key_index = ask->key_index,
		.audit_sequence = ask->audit_sequence,
		.has_audit = ask->audit_hash.n != 0 };

	if (r.has_audit)
		memcpy(r.audit_hash, ask->audit_hash.p, SIGN_HASH_SIZE);
	if (pki_tools_hash(s->tools, PKI_HASH_SHA256, ask->tbs, r.facts.digest,
		&r.facts.digest_n, err) < 0)
		return -1;
	if (sign_policy_check_installed(
		&policy, ask->tbs, &r.facts, &result->err) < 0)
		r.outcome = SIGN_REFUSED;
	if (sign_log_append(s->log, &r, 1, err) < 0)
		return -1;
	result->log_sequence = r.sequence;
	if (r.outcome == SIGN_REFUSED)
		return 0;
	return sign_service_adopt(s, slot, ask->tbs, err);
}

int
sign_service_install(struct sign_service *s, const struct sign_install *ask,
    struct sign_result *result, struct err *err)
{
	int rc;

	*result = (struct sign_result){ .log_sequence = 0 };
	if (ask->key_index >= SIGN_KEYS_MAX || ask->tbs.n > SIGN_TBS_MAX ||
	    (ask->audit_hash.n && ask->audit_hash.n != SIGN_HASH_SIZE))
		return err_set(
		    err, ERR_INVALID, "this is no certificate for a key");
	sign_service_turn_take(s);
	if (!s->slots[ask->key_index].key)
		rc = err_set(err, ERR_NOT_FOUND, "the signer has no key %u",
		    ask->key_index);
	else
		rc = install(s, ask, result, err);
	sign_service_turn_give(s);
	if (rc == 0 && result->err.code != ERR_OK)
		(void)err_wrap(
		    &result->err, "the signer refused the CA certificate");
	return rc;
}

/* --- making one ----------------------------------------------------------- */

/* Before it is made: a signer whose keys are not in its log has lost the log
 * (check_log). */
static int
log_key(struct sign_service *s, uint32_t index, struct err *err)
{
	struct sign_record r = { .outcome = SIGN_REMARK,
		.what = SIGN_WHAT_KEY,
		.key_index = index };

	return sign_log_append(s->log, &r, 1, err);
}

/* One new key at a time, so that a CA that was taken over cannot fill the
 * signer with keys that nobody uses. */
static int
may_make_key(const struct sign_service *s, uint32_t index, struct err *err)
{
	const struct sign_key *last =
	    s->held_n > 0 ? s->held[s->held_n - 1] : NULL;

	if (s->init)
		return 0;
	if (!last || !s->family)
		return err_set(err, ERR_DENIED,
		    "only a signer started with --init makes the first key");
	if (index <= last->index)
		return err_set(err, ERR_DENIED,
		    "the next key has a number above %u", last->index);
	if (!s->slots[last->index].ca.tbs)
		return err_set(err, ERR_DENIED,
		    "key %u has no certificate yet; another key is made when "
		    "it has one",
		    last->index);
	return 0;
}

static int
make_key(struct sign_service *s, uint32_t index, const struct sign_kind *kind,
    const struct sign_key **ret, struct err *err)
{
	struct slot *slot = &s->slots[index];
	AUTO(sign_key) key = NULL;

	if (slot->key)
		return err_set(err, ERR_EXISTS,
		    "there is a key %u already; nothing was made", index);
	if (may_make_key(s, index, err) < 0 || log_key(s, index, err) < 0 ||
	    s->signer->ops->make_key(s->signer, index, kind, &key, err) < 0)
		return -1;
	*ret = key;
	thread_lock(&s->lock);
	slot->key = TAKE(key);
	thread_unlock(&s->lock);
	sign_service_take_stock(s);
	return 0;
}

int
sign_service_make_key(struct sign_service *s, uint32_t index, const char *kind,
    const struct sign_key **ret, struct err *err)
{
	const struct sign_kind *row = sign_kind_find(kind);
	int rc;

	if (!row)
		return err_set(err, ERR_INVALID,
		    "the kind of a key is %s, not \"%.40s\"", sign_kind_words(),
		    kind);
	if (index >= SIGN_KEYS_MAX)
		return err_set(err, ERR_INVALID, "keys are numbered 0 to %d",
		    SIGN_KEYS_MAX - 1);
	sign_service_turn_take(s);
	rc = make_key(s, index, row, ret, err);
	sign_service_turn_give(s);
	return rc;
}

/* --- loading -------------------------------------------------------------- */

static int
load_ca(struct sign_service *s, struct slot *slot, bool first, struct err *err)
{
	AUTO(secret) tbs = NULL;
	char name[NAME_MAX_];

	ca_name(name, slot->key->index, first);
	if (sign_disk_read(s->folder, name, SIGN_TBS_MAX, &tbs, err) < 0)
		return -1;
	if (tbs &&
	    sign_ca_set(&slot->ca, slot->key, secret_bytes(tbs), err) < 0)
		return err_wrap(err, "%s", name);
	return 0;
}

int
sign_service_load(struct sign_service *s, const char *folder, struct err *err)
{
	for (uint32_t i = 0; i < SIGN_KEYS_MAX; i++) {
		struct slot *slot = &s->slots[i];

		if (s->signer->ops->load(s->signer, i, &slot->key, err) < 0 ||
		    (slot->key && (load_ca(s, slot, true, err) < 0 ||
				      load_ca(s, slot, false, err) < 0)))
			return err_wrap(err, "the keys in %s", folder);
		sign_service_reset_numbers(s, i);
	}
	sign_service_take_stock(s);
	if (s->held_n == 0 && !s->init)
		return err_set(err, ERR_NOT_FOUND,
		    "there is no key in %s; a new CA is made with --init",
		    folder);
	return 0;
}
