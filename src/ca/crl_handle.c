/* CRL_GET, CRL_LIST, CRL_PUBLISH. */
#include "base/str.h"
#include "ca/arena.h"
#include "ca/crl.h"
#include "ca/generation.h"
#include "ca/handlers.h"
#include "ca/publish.h"
#include "pki/crl.h"

#define LIST_ROWS 50

/* Which key's CRL a certificate index means: the last that shares its key; an
 * index beyond the newest means the newest. */
static int
key_of(struct ca *ca, uint32_t generation, uint32_t *ret, struct err *err)
{
	const struct ca_generations *g = ca_generations_take(ca);
	size_t i;

	if (!g)
		return err_set(
		    err, ERR_UNAVAILABLE, "This CA has no certificate yet.");
	i = generation < g->n ? generation : g->n - 1;
	*ret = g->list[i].key_index;
	ca_generations_release(ca, g);
	return 0;
}

void
ca_crl_get_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_crl_ask *ask = call->ask;
	AUTO_MEM uint8_t *file = NULL;
	char name[CA_FILE_MAX];
	struct rpc_crl reply = { 0 };
	struct pki_crl crl;
	struct err err = { 0 };
	bool delta = ask->type == RPC_CRL_DELTA;
	uint32_t key = 0;
	size_t n = 0;

	if (delta && !ca_crl_has_delta(w->ca->config)) {
		(void)err_set(
		    &err, ERR_NOT_FOUND, "This CA publishes no delta CRL.");
		ca_call_fail(call, &err);
		return;
	}
	if (key_of(w->ca, ask->generation, &key, &err) == 0)
		ca_crl_file(w->ca->config, key, delta, name);
	if (err.code != ERR_OK ||
	    ca_publish_read(w->ca->config, name, RPC_CRL_MAX, &file, &n, &err) <
		0 ||
	    pki_crl_parse(bytes_of(file, n), &crl, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	reply = (struct rpc_crl){ crl.der, crl.number, crl.this_update,
		crl.next_update };
	ca_call_reply(call, &reply);
}

void
ca_crl_row(
    struct ca_arena *a, const struct store_crl *c, struct rpc_crl_row *ret)
{
	*ret = (struct rpc_crl_row){ .key_index = c->key_index,
		.number = c->number,
		.min_base = c->min_base,
		.entries = c->entries,
		.this_update = c->this_update,
		.next_publish = c->next_publish,
		.next_update = c->next_update,
		.file = ca_arena_str(a, c->file),
		.status =
		    ca_arena_str(a, c->status[0] ? c->status : "not finished"),
		.id = c->id,
		.hash = ca_arena_bytes(a, c->hash),
		.delivered = c->delivered,
		.delivery = ca_arena_str(a, c->delivery) };
}

struct crl_rows {
	struct ca_arena *arena;
	struct rpc_crl_row *rows;
	size_t n;
};

static bool
crl_row(void *ctx, const struct store_crl *c)
{
	struct crl_rows *l = ctx;

	ca_crl_row(l->arena, c, &l->rows[l->n++]);
	return l->n < LIST_ROWS;
}

void
ca_crl_list_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO_ARENA arena = { 0 };
	struct crl_rows l = { .arena = &arena };
	struct err err = { 0 };

	l.rows = ca_arena_alloc(&arena, LIST_ROWS * sizeof(*l.rows));
	if (ca_arena_check(&arena, &err) < 0 ||
	    store_list_crls(w->reader, LIST_ROWS, crl_row, &l, &err) < 0 ||
	    ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &(struct rpc_crl_list){ l.rows, l.n });
}

void
ca_crl_publish_handle(struct ca_worker *w, struct ca_call *call)
{
	struct err err = { 0 };

	bool failed = ca_publish_certificates(w->ca, &err) < 0 ||
		      ca_crl_make_all(w, &call->who, false, &err) < 0;

	ca_crl_note(w->ca, failed ? &err : NULL);
	if (failed)
		ca_call_fail(call, &err);
	else
		ca_crl_list_handle(w, call);
}
