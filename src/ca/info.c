/* info.c - CA_INFO: what anybody may know about this CA. */
#include "ca/arena.h"
#include "ca/crl.h"
#include "ca/generation.h"
#include "ca/handlers.h"

#define PENDING_DAYS 10 /* certsrv-http 4.4 */

/* One after the other. */
static struct bytes
chain(struct ca_arena *a, const struct ca_generation *g)
{
	uint8_t *all;
	size_t n = 0, at = 0;

	for (size_t i = 0; i < g->issuer_n; i++)
		n += g->issuers[i].n;
	all = n > 0 ? ca_arena_alloc(a, n) : NULL;
	for (size_t i = 0; all && i < g->issuer_n; i++) {
		memcpy(all + at, g->issuers[i].p, g->issuers[i].n);
		at += g->issuers[i].n;
	}
	return bytes_of(all, at);
}

static void
fill_generations(const struct ca_generations *g, struct ca_arena *a,
    struct rpc_generation *list)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct ca_generation *from = &g->list[i];

		list[i] = (struct rpc_generation){
			.index = from->index,
			.key_index = from->key_index,
			.cert = from->der,
			.subject = from->subject,
			.not_before = from->cert.not_before,
			.not_after = from->cert.not_after,
			.issuers = chain(a, from),
		};
	}
}

static void
fill_crosses(const struct ca_generations *g, struct rpc_cross *list)
{
	for (size_t i = 0; i < g->cross_n; i++)
		list[i] = (struct rpc_cross){ g->crosses[i].from,
			g->crosses[i].to, g->crosses[i].der };
}

static int
fill_crl(struct store_reader *r, uint32_t key_index, bool has_delta,
    struct rpc_ca_info *info, struct err *err)
{
	AUTO(store_crl) crl = NULL;
	AUTO(store_crl) delta = NULL;

	if (store_newest_crl(r, key_index, false, &crl, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	info->crl_number = crl->number;
	info->crl_this_update = crl->this_update;
	info->crl_next_update = crl->next_update;
	if (!has_delta)
		return 0;
	if (store_newest_crl(r, key_index, true, &delta, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	info->delta_number = delta->number;
	info->delta_this_update = delta->this_update;
	info->delta_next_update = delta->next_update;
	return 0;
}

void
ca_info_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct ca_config *c = w->ca->config;
	const struct ca_generations *g = ca_generations_take(w->ca);
	struct rpc_generation list[RPC_GENERATIONS_MAX];
	struct rpc_cross crosses[RPC_CROSSES_MAX];
	AUTO_ARENA arena = { 0 };
	struct rpc_ca_info info = {
		.name = c->name,
		.host = c->host,
		.type = c->enterprise ? "enterprise" : "standalone",
		.contact = c->contact,
		.issue_at_once = c->issue_at_once,
		.demo = c->demo,
		.single_person = c->single_person,
		.pending_days = PENDING_DAYS,
		.generations = list,
		.crosses = crosses,
	};
	struct err err = { 0 };
	int rc = store_user_version(w->reader, &info.user_version, &err);

	if (rc == 0 && g) {
		info.generation_count = g->n;
		info.cross_count = g->cross_n;
		fill_generations(g, &arena, list);
		fill_crosses(g, crosses);
		rc = fill_crl(w->reader, ca_generations_current(g)->key_index,
		    ca_crl_has_delta(c), &info, &err);
	}
	if (rc == 0)
		rc = ca_arena_check(&arena, &err);
	if (rc < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &info);
	ca_generations_release(w->ca, g);
}
