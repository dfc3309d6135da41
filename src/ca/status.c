/* STATUS: is it well, and how much is there. */
#include "ca/arena.h"
#include "ca/commit.h"
#include "ca/crl.h"
#include "ca/generation.h"
#include "ca/handlers.h"
#include "ca/keys.h"
#include "ca/sign.h"

static int
fill(struct ca_worker *w, struct rpc_status *s, struct err *err)
{
	struct store_counts counts;
	AUTO(store_crl) crl = NULL;
	const struct ca_generations *g = ca_generations_take(w->ca);

	if (g) {
		const struct ca_generation *now = ca_generations_current(g);

		s->ca_not_after = now->cert.not_after;
		if (store_newest_crl(
			w->reader, now->key_index, false, &crl, NULL) == 0) {
			s->crl_number = crl->number;
			s->crl_next_publish = crl->next_publish;
			s->crl_next_update = crl->next_update;
		}
		ca_generations_release(w->ca, g);
	}
	if (store_count_all(w->reader, &counts, err) < 0)
		return -1;
	s->pending = counts.pending;
	s->issued = counts.issued;
	s->revoked = counts.revoked;
	s->denied = counts.denied;
	s->failed = counts.failed;
	return 0;
}

void
ca_status_handle(struct ca_worker *w, struct ca_call *call)
{
	struct ca *ca = call->ca;
	char signer[ERR_TEXT_MAX] = "", store[ERR_TEXT_MAX] = "";
	struct rpc_status s = { .version = OCS_VERSION,
		.name = ca->config->name,
		.demo = ca->config->demo,
		.single_person = ca->config->single_person,
		.signer_error = signer,
		.store_error = store,
		.started = ca->started };
	AUTO_ARENA arena = { 0 };
	struct rpc_finding health[RPC_FINDINGS_MAX];
	struct err err = { 0 };

	s.health = health;
	s.signer_up = ca_sign_up(ca->sign, signer);
	s.writable = ca_commit_healthy(ca->commit, store) &&
		     ca_keys_healthy(ca->keys, store);
	if (fill(w, &s, &err) < 0 ||
	    ca_crl_health(
		w, &arena, health, RPC_FINDINGS_MAX, &s.health_count, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &s);
}
