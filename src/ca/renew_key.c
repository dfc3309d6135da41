#include "ca/renew.h"

#include "base/str.h"

void
ca_renew_key_clear(struct ca_renew_key *k)
{
	rpc_sign_msg_free(k->msg);
	*k = (struct ca_renew_key){ .index = 0 };
}

static bool
is_known(const struct ca_generations *set, uint32_t key_index)
{
	for (size_t i = 0; set && i < set->n; i++)
		if (set->list[i].key_index == key_index)
			return true;
	return false;
}

/* A key of the signer that no certificate is for: made by a renewal that has
 * not come to its end. */
static const struct rpc_sign_key *
waiting_key(const struct rpc_sign_status *s, const struct ca_generations *set)
{
	for (size_t i = 0; i < s->key_count; i++)
		if (!is_known(set, s->keys[i].index))
			return &s->keys[i];
	return NULL;
}

static int
take_waiting(const struct rpc_sign_key *key, const struct rpc_ca_renew *ask,
    const struct ca_renew_key *ret, struct err *err)
{
	if (key->index != ret->index)
		return err_set(err, ERR_BAD_STATE,
		    "The signer has a key %u that no certificate of this CA "
		    "is for, and the next one has the number %u. Nothing was "
		    "changed.",
		    key->index, ret->index);
	if (*ask->kind && !str_eq(ask->kind, key->kind))
		return err_set(err, ERR_BAD_STATE,
		    "A key of the kind %s waits for its certificate already; "
		    "renew without naming a kind to go on with it. Nothing "
		    "was changed.",
		    key->kind);
	return 0;
}

static int
make_key(struct ca *ca, const struct rpc_ca_renew *ask,
    struct ca_renew_key *ret, struct bytes *ret_spki, struct err *err)
{
	const struct rpc_sign_make_key make = { ret->index,
		*ask->kind ? ask->kind : ca->config->key };
	const struct rpc_sign_key *made;

	rpc_sign_msg_free(TAKE(ret->msg));
	if (rpc_sign_make_key(ca->signer, &make, &ret->msg, &made, err) < 0)
		return err_wrap(err, "making a key");
	*ret_spki = made->spki;
	return 0;
}

static int
new_key(struct ca *ca, const struct ca_generations *set,
    const struct rpc_sign_status *status, const struct rpc_ca_renew *ask,
    struct ca_renew_key *ret, struct err *err)
{
	const struct rpc_sign_key *waiting = waiting_key(status, set);
	struct bytes spki;

	ret->key_index = ret->index;
	if (waiting) {
		if (take_waiting(waiting, ask, ret, err) < 0)
			return -1;
		spki = waiting->spki;
	} else if (make_key(ca, ask, ret, &spki, err) < 0) {
		return -1;
	}
	return pki_key_parse(spki, &ret->key, err);
}

static int
same_key(const struct ca_generations *set, const struct rpc_sign_status *status,
    struct ca_renew_key *ret, struct err *err)
{
	const struct ca_generation *now = ca_generations_current(set);
	const struct rpc_sign_key *waiting = waiting_key(status, set);

	if (waiting)
		return err_set(err, ERR_BAD_STATE,
		    "Key %u of this CA waits for its certificate. Finish that "
		    "first: renew with a new key again, or install the "
		    "certificate. Nothing was changed.",
		    waiting->index);
	ret->key_index = now->key_index;
	ret->key = now->key;
	return 0;
}

int
ca_renew_key_find(struct ca_worker *w, const struct ca_generations *set,
    const struct rpc_ca_renew *ask, struct ca_renew_key *ret, struct err *err)
{
	const struct rpc_sign_status *status;
	int rc;

	*ret = (struct ca_renew_key){ .index = 0 };
	if (set)
		ret->index = ca_generations_current(set)->index + 1;
	if (ret->index >= RPC_GENERATIONS_MAX)
		return err_set(err, ERR_LIMIT,
		    "A CA has at most %d certificates. Nothing was changed.",
		    RPC_GENERATIONS_MAX);
	if (rpc_sign_status(w->ca->signer, &ret->msg, &status, err) < 0)
		return err_wrap(err, "asking the signer for its keys");
	if (set && !ask->new_key)
		rc = same_key(set, status, ret, err);
	else
		rc = new_key(w->ca, set, status, ask, ret, err);
	if (rc < 0)
		ca_renew_key_clear(ret);
	return rc;
}
