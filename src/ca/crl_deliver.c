/* CRL_DELIVER: whether the published lists reach those who need them. The CA
 * itself has no way to the network; the command line looks (cli/deliver.h). */
#include "base/clock.h"
#include "base/str.h"
#include "ca/arena.h"
#include "ca/audit.h"
#include "ca/crl.h"
#include "ca/crl_other.h"
#include "ca/crl_word.h"
#include "ca/generation.h"
#include "ca/handlers.h"
#include "rpc/ca.h"

#include <inttypes.h>
#include <stdio.h>

#define ROWS_MAX 64

struct delivery {
	struct ca_change change;
	const struct ca_who *who;
	const struct rpc_crl_delivery *ask;
	const struct store_crl *crl;
};

static int
delivery_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct delivery *d = (struct delivery *)(void *)self;
	char detail[ERR_TEXT_MAX + RPC_TEXT_MAX];

	if (store_deliver_crl(ca_txn_writer(t), d->ask->id,
		d->ask->done ? clock_now() : 0, d->ask->text, err) < 0)
		return -1;
	(void)snprintf(detail, sizeof(detail), "number %" PRIu64 ", %s: %s",
	    d->crl->number, d->crl->file,
	    d->ask->done ? "read back over HTTP" : d->ask->text);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_CRL,
		.actor = d->who->display,
		.peer = d->who->peer,
		.detail = detail },
	    err);
}

/* The newest published list of each type of each key, that has no word of its
 * delivery yet. */
static int
list_open(struct ca_worker *w, struct ca_arena *a, struct rpc_crl_list *ret,
    struct rpc_crl_row *rows, struct err *err)
{
	const struct ca_generations *g = ca_generations_take(w->ca);
	int rc = 0;

	*ret = (struct rpc_crl_list){ .rows = rows };
	for (size_t i = 0; g && rc == 0 && i < g->n; i++)
		for (int delta = 0; rc == 0 && delta <= 1; delta++) {
			AUTO(store_crl) c = NULL;
			uint32_t key = g->list[i].key_index;
			bool again = i > 0 && g->list[i - 1].key_index == key;

			if (again || ret->row_count == ROWS_MAX)
				continue;
			rc = store_newest_crl(
			    w->reader, key, delta != 0, &c, err);
			if (rc == 0 && !c->delivered)
				ca_crl_row(a, c, &rows[ret->row_count++]);
			if (rc < 0 && err->code == ERR_NOT_FOUND)
				rc = 0;
		}
	if (g)
		ca_generations_release(w->ca, g);
	return rc;
}

/* --- files of other CAs --------------------------------------------------- */

struct others {
	struct ca_worker *w;
	struct ca_arena *arena;
	struct rpc_crl_list *list;
	struct rpc_crl_row *rows;
};

static void
add_other(void *ctx, const char *name, const struct pki_crl *crl,
    struct bytes content)
{
	struct others *o = ctx;
	struct rpc_crl_row *row = &o->rows[o->list->row_count];
	struct ca_crl_word word;
	uint8_t hash[32];
	size_t n;

	if (o->list->row_count == ROWS_MAX ||
	    pki_tools_hash(
		o->w->tools, PKI_HASH_SHA256, content, hash, &n, NULL) < 0 ||
	    (ca_crl_word_find(o->w->ca->words, name, hash, &word) &&
		word.delivered))
		return;
	*row = (struct rpc_crl_row){ .number = crl ? crl->number : 0,
		.file = ca_arena_str(o->arena, name),
		.status = "published",
		.hash = ca_arena_bytes(o->arena, BYTES_OF(hash)),
		.delivery = "" };
	o->list->row_count++;
}

static int
note_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct delivery *d = (struct delivery *)(void *)self;
	char detail[ERR_TEXT_MAX + RPC_TEXT_MAX];

	(void)snprintf(detail, sizeof(detail), "%s of another CA: %s",
	    d->ask->file, d->ask->done ? "read back over HTTP" : d->ask->text);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_CRL,
		.actor = d->who->display,
		.peer = d->who->peer,
		.detail = detail },
	    err);
}

/* The same word again is no news for the audit. */
static int
note_other(struct ca_worker *w, const struct ca_who *who,
    const struct rpc_crl_delivery *ask, struct err *err)
{
	struct ca_crl_word word = { .delivered = ask->done ? clock_now() : 0 };
	struct delivery d = {
		.change.apply = note_apply, .who = who, .ask = ask
	};

	if (ask->hash.n != sizeof(word.hash) ||
	    !str_copy(word.file, sizeof(word.file), ask->file))
		return err_set(err, ERR_INVALID, "There is no such file.");
	memcpy(word.hash, ask->hash.p, sizeof(word.hash));
	(void)snprintf(word.text, sizeof(word.text), "%s", ask->text);
	return ca_crl_word_set(w->ca->words, &word)
		   ? ca_commit_wait(w->ca->commit, &d.change, err)
		   : 0;
}

/* --- what was said of our own ----------------------------------------------
 */

struct search {
	uint64_t id;
	struct store_crl found;
	char file[CA_FILE_MAX], delivery[ERR_TEXT_MAX];
};

static bool
look(void *ctx, const struct store_crl *c)
{
	struct search *s = ctx;

	if (c->id != s->id)
		return true;
	s->found = *c;
	(void)snprintf(s->file, sizeof(s->file), "%s", c->file);
	(void)snprintf(s->delivery, sizeof(s->delivery), "%s", c->delivery);
	s->found.file = s->file;
	s->found.delivery = s->delivery;
	return false;
}

/* The same word again is no news for the audit. */
static int
take_word(struct ca_worker *w, const struct ca_who *who,
    const struct rpc_crl_delivery *ask, struct err *err)
{
	struct search s = { .id = ask->id };
	struct delivery d = {
		.change.apply = delivery_apply, .who = who, .ask = ask
	};

	if (store_list_crls(w->reader, 1000, look, &s, err) < 0)
		return -1;
	if (!s.found.id)
		return err_set(err, ERR_NOT_FOUND, "There is no such list.");
	if (!ask->done && str_eq(s.delivery, ask->text))
		return 0;
	d.crl = &s.found;
	return ca_commit_wait(w->ca->commit, &d.change, err);
}

void
ca_crl_deliver_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_crl_delivery *ask = call->ask;
	AUTO_ARENA arena = { 0 };
	struct rpc_crl_row rows[ROWS_MAX];
	struct rpc_crl_list list;
	struct others o = { w, &arena, &list, rows };
	struct err err = { 0 };

	if ((ask->id && take_word(w, &call->who, ask, &err) < 0) ||
	    (!ask->id && *ask->file &&
		note_other(w, &call->who, ask, &err) < 0) ||
	    list_open(w, &arena, &list, rows, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	ca_crl_others(w->ca, ".crl", add_other, &o);
	ca_crl_others(w->ca, ".crt", add_other, &o);
	if (ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &list);
}
