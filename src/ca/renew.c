#include "ca/renew.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/handlers.h"

#include <stdio.h>

struct renewal {
	struct ca_successor next; /* first: its change is applied */
	const struct ca_generations *set;
	const struct ca_generation *now;
	struct ca_renew_key key;
	struct ca_cacert root;
	struct ca_cacert forth; /* the old key signs the new one */
	struct ca_cacert back;  /* and the new one the old one */
	struct store_ca_link links[2];
	char detail[160];
};

/* Not earlier than what it follows, so that nothing shrinks. */
static int
make_root(struct ca_worker *w, struct renewal *r, struct err *err)
{
	const struct ca_config *c = w->ca->config;
	const struct pki_cert *now = &r->now->cert;
	struct ca_cacert_ask ask = { .signer = r->key.key_index,
		.signer_key = &r->key.key,
		.subject_key = &r->key.key,
		.name = now->subject,
		.not_before = clock_now() - c->clock_skew,
		.index = r->key.index,
		.key_index = r->key.key_index };

	ask.not_after = ask.not_before + c->ca_validity;
	if (ask.not_after < now->not_after)
		ask.not_after = now->not_after;
	return ca_cacert_make(w->ca, w->tools, &ask, &r->root, err);
}

/* As long as both are good. */
static int
make_cross(struct ca_worker *w, struct renewal *r,
    const struct ca_generation *root, bool forth, struct err *err)
{
	const struct pki_cert *a = &r->now->cert, *b = &root->cert;
	const struct ca_generation *issuer = forth ? r->now : root;
	const struct ca_cacert_ask ask = {
		.signer = issuer->key_index,
		.signer_key = &issuer->key,
		.subject_key = forth ? &root->key : &r->now->key,
		.name = a->subject,
		.not_before = a->not_before > b->not_before ? a->not_before
							    : b->not_before,
		.not_after =
		    a->not_after < b->not_after ? a->not_after : b->not_after,
		.issuer = issuer,
	};
	struct ca_cacert *to = forth ? &r->forth : &r->back;

	if (ca_cacert_make(w->ca, w->tools, &ask, to, err) < 0)
		return -1;
	r->links[r->next.add.link_n++] = (struct store_ca_link){ STORE_CA_CROSS,
		forth ? r->now->index : root->index,
		forth ? root->index : r->now->index, to->der };
	r->next.events[r->next.event_n++] = ca_cacert_event(to, CA_EVENT_RENEW,
	    forth ? "cross certificate: the old key signs "
		    "the new one"
		  : "cross certificate: the new key signs "
		    "the old one");
	return 0;
}

/* The new root as a generation, for what its links say. */
static int
make_crosses(struct ca_worker *w, struct renewal *r, struct err *err)
{
	const struct ca_generations *with = NULL;
	const struct ca_generation *root;
	int rc;

	if (r->key.key_index == r->now->key_index ||
	    r->now->cert.not_after <= clock_now())
		return 0;
	if (ca_generations_with(w->ca, r->set, &r->next.add, &with, err) < 0)
		return -1;
	root = ca_generations_current(with);
	rc = make_cross(w, r, root, true, err);
	if (rc == 0)
		rc = make_cross(w, r, root, false, err);
	ca_generations_release(w->ca, with);
	return rc;
}

static void
say(struct renewal *r)
{
	bool fresh = r->key.key_index != r->now->key_index;

	(void)snprintf(r->detail, sizeof(r->detail),
	    "certificate %u of the CA, %s key %u", r->key.index,
	    fresh ? "new" : "same", r->key.key_index);
	(void)snprintf(r->next.sentence, sizeof(r->next.sentence),
	    "The CA has certificate %u, V%u.%u, with %s key. Hand the new "
	    "certificate out to those who trust this CA%s.",
	    r->key.index, r->key.index, r->key.key_index,
	    fresh ? "a new" : "the same",
	    r->next.add.link_n > 0 ? "; until they have it, the cross "
				     "certificates lead to the old one"
				   : "");
}

static int
renew_root(struct ca_worker *w, struct renewal *r,
    const struct rpc_ca_renew *ask, struct err *err)
{
	if (ca_renew_key_find(w, r->set, ask, &r->key, err) < 0 ||
	    make_root(w, r, err) < 0)
		return -1;
	r->next.add = (struct ca_addition){
		.cert = { r->key.index, r->key.key_index, r->root.der, 0 },
		.links = r->links,
	};
	r->next.events[r->next.event_n++] =
	    ca_cacert_event(&r->root, CA_EVENT_RENEW, r->detail);
	if (make_crosses(w, r, err) < 0)
		return -1;
	say(r);
	return ca_successor_commit(w, r->set, &r->next, err);
}

/* Another CA has to sign. */
static void
request(
    struct ca_worker *w, struct ca_call *call, const struct ca_generations *set)
{
	const struct rpc_ca_renew *ask = call->ask;
	AUTO_BUF der = BUF_WITH_LIMIT(RPC_REQUEST_MAX);
	struct ca_renew_key key;
	struct err err = { 0 };

	if (ca_renew_key_find(w, set, ask, &key, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	if (ca_renew_request(w, &call->who, set, &key, &der, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call,
		    &(struct rpc_ca_renewed){ .index = key.index,
			.key_index = key.key_index,
			.request = buf_bytes(&der),
			.sentence = "Have the request signed by the CA above "
				    "this one, then install the answer "
				    "(opencertsrv ca install).",
			.warning = "" });
	ca_renew_key_clear(&key);
}

void
ca_renew_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct ca_generations *set = ca_generations_take(w->ca);
	struct renewal *r;
	struct err err = { 0 };

	if (!set || !ca_generation_is_root(ca_generations_current(set))) {
		request(w, call, set);
		ca_generations_release(w->ca, set);
		return;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		(void)err_set(&err, ERR_NO_MEMORY, "a renewal");
		ca_call_fail(call, &err);
		ca_generations_release(w->ca, set);
		return;
	}
	r->set = set;
	r->now = ca_generations_current(set);
	r->next.who = &call->who;
	if (renew_root(w, r, call->ask, &err) < 0) {
		ca_call_fail(call, &err);
	} else {
		ca_successor_publish(w, &r->next);
		ca_call_reply(call, &r->next.reply);
	}
	ca_renew_key_clear(&r->key);
	ca_generations_release(w->ca, set);
	free(r);
}
