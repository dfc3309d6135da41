/* import_crl.c - IMPORT_CRL: the newest list of a key, and what it revokes.
 *
 * The list is published as it is, under the name that this CA uses: until the
 * next one is due relying parties have what they had, and crl_guard.h holds
 * every list to come against it. Its dates and reasons are believed before
 * those of a table.
 */
#include "ca/import_state.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/crl.h"
#include "ca/crl_sign.h"
#include "ca/handlers.h"
#include "ca/publish.h"
#include "pki/crl.h"
#include "store/key.h"

#include <inttypes.h>
#include <stdio.h>

#define BATCH             128
#define REASON_COMPROMISE 1
#define REASON_HOLD       6
#define REASON_RELEASE    8

/* --- the list itself -------------------------------------------------------
 */

struct listing {
	struct ca_change change;
	struct store_crl row;
};

static int
listing_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct listing *l = (struct listing *)(void *)self;
	char detail[CA_FILE_MAX + 64];
	uint64_t id;

	if (store_insert_crl(ca_txn_writer(t), &l->row, &id, err) < 0)
		return -1;
	(void)snprintf(detail, sizeof(detail), "CRL number %" PRIu64 ", %s",
	    l->row.number, l->row.file);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_IMPORT_OTHER,
		.actor = "opencertsrv ca import",
		.detail = detail },
	    err);
}

static uint64_t
count_entries(const struct pki_crl *crl)
{
	struct der in = der_of(crl->entries);
	struct pki_crl_entry e;
	uint64_t n = 0;

	while (pki_crl_next(&in, &e, NULL) > 0)
		n++;
	return n;
}

static int
keep_list(struct ca_worker *w, struct ca_import *im, const struct pki_crl *crl,
    const uint8_t *hash, const char *name, struct err *err)
{
	struct listing l = { .change.apply = listing_apply,
		.row = { .number = crl->number,
		    .key_index = im->crl_key,
		    .flags = crl->is_delta ? STORE_CRL_DELTA : STORE_CRL_BASE,
		    .min_base = crl->is_delta ? crl->base_number : 0,
		    .entries = count_entries(crl),
		    .this_update = crl->this_update,
		    .next_publish = crl->next_publish ? crl->next_publish
						      : crl->next_update,
		    .next_update = crl->next_update,
		    .propagated = crl->this_update,
		    .delivered = clock_now(),
		    .file = name,
		    .hash = bytes_of(hash, pki_hash_size(PKI_HASH_SHA256)),
		    .status = "published",
		    .delivery = "" } };

	/* The other way round a row could name a file that is not there. */
	if (ca_publish_commit(im->crl, err) < 0)
		return -1;
	return ca_commit_wait(w->ca->commit, &l.change, err);
}

/* 1: it is older than what is here, or the same. */
static int
is_known(struct ca_worker *w, const struct ca_import *im,
    const struct pki_crl *crl, const uint8_t *hash,
    struct ca_import_result *res, struct err *err)
{
	AUTO(store_crl) newest = NULL;

	if (store_newest_crl(
		w->reader, im->crl_key, im->crl_delta, &newest, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		*err = (struct err){ 0 };
		return 0;
	}
	if (crl->number > newest->number)
		return 0;
	if (!bytes_eq(
		newest->hash, bytes_of(hash, pki_hash_size(PKI_HASH_SHA256))))
		ca_import_find(res,
		    "CRL %" PRIu64 " is not above %" PRIu64
		    ", which is here already; it was not taken.",
		    crl->number, newest->number);
	return 1;
}

/* --- what it revokes -------------------------------------------------------
 */

enum act { ACT_NONE, ACT_REVOKE, ACT_RELEASE, ACT_LOST };

struct item {
	enum act act;
	uint8_t serial[PKI_CRL_SERIAL_MAX];
	size_t serial_n;
	struct store_revocation v;
	struct store_request lost;
	uint8_t key_hash[STORE_KEY_HASH];
	bool block;
};

struct batch {
	struct ca_change change;
	const struct ca_generation *gen;
	size_t n;
	struct item items[BATCH];
};

static void
fill_lost(const struct batch *b, struct item *i, const struct pki_crl_entry *e)
{
	i->act = ACT_LOST;
	i->lost = (struct store_request){ .disposition = DISPOSITION_REVOKED,
		.kind = "none",
		.attributes = "",
		.message = "Revoked",
		.sentence = "Only the revocation list of the CA before it was "
			    "moved knows this certificate.",
		.submitted = e->revoked_at,
		.resolved = e->revoked_at,
		.owner = CA_IMPORT_UNKNOWN,
		.requester = CA_IMPORT_UNKNOWN,
		.caller_owner = CA_IMPORT_UNKNOWN,
		.caller = CA_IMPORT_UNKNOWN,
		.peer = "import",
		.address = "",
		.officer = "",
		.request_subject = "",
		.subject = "",
		.common_name = "",
		.template_name = "",
		.key_kind = "",
		.ca_index = b->gen->index,
		.key_index = b->gen->key_index,
		/* Nothing outlives the CA's own certificate. */
		.not_after = b->gen->cert.not_after,
		.revoked_when = e->revoked_at,
		.revoked_effective = e->revoked_at,
		.revoked_reason = e->reason,
		.approvals = 1 };
}

static void
fill_known(struct item *i, const struct store_request *row,
    const struct pki_crl_entry *e, bool first)
{
	bool released = e->reason == REASON_RELEASE;
	bool revoked = row->disposition == DISPOSITION_REVOKED;
	bool other = row->revoked_reason != e->reason ||
		     row->revoked_effective != e->revoked_at;

	if (released && revoked && row->revoked_reason == REASON_HOLD)
		i->act = ACT_RELEASE;
	else if (!released && (row->disposition == DISPOSITION_ISSUED ||
				  (revoked && first && other)))
		i->act = ACT_REVOKE;
	if (i->act == ACT_NONE)
		return;
	i->v = (struct store_revocation){ .id = row->id,
		.from = (enum disposition)row->disposition,
		.to = released ? DISPOSITION_ISSUED : DISPOSITION_REVOKED,
		.from_reason = row->revoked_reason,
		.reason = released ? 0 : e->reason,
		.when = e->revoked_at,
		.effective = e->revoked_at,
		.officer = "",
		.message = released ? "Released" : "Revoked" };
	i->block = e->reason == REASON_COMPROMISE &&
		   (!revoked || row->revoked_reason != REASON_COMPROMISE) &&
		   row->key_hash.n == STORE_KEY_HASH;
	if (i->block)
		memcpy(i->key_hash, row->key_hash.p, STORE_KEY_HASH);
}

static int
plan_entry(struct ca_worker *w, struct batch *b, const struct pki_crl_entry *e,
    bool first, struct ca_import_result *res, struct err *err)
{
	AUTO(store_request) row = NULL;
	struct item *i = &b->items[b->n];

	*i = (struct item){ 0 };
	memcpy(i->serial, e->serial.p, e->serial.n);
	i->serial_n = e->serial.n;
	if (store_find_serial(w->reader, e->serial, &row, err) == 0) {
		fill_known(i, row, e, first);
	} else {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		*err = (struct err){ 0 };
		if (e->reason != REASON_RELEASE)
			fill_lost(b, i, e);
	}
	if (i->act == ACT_NONE)
		res->report.already++;
	else if (i->act == ACT_LOST)
		res->report.taken++;
	else
		res->report.changed++;
	if (i->act != ACT_NONE)
		b->n++;
	return 0;
}

static int
write_item(struct item *i, struct ca_txn *t, uint64_t *ret_id, struct err *err)
{
	struct store_writer *w = ca_txn_writer(t);

	if (i->act == ACT_LOST) {
		i->lost.serial = bytes_of(i->serial, i->serial_n);
		return store_import_request(w, &i->lost, ret_id, err);
	}
	*ret_id = i->v.id;
	if (store_revoke_request(w, &i->v, err) < 0)
		return -1;
	return i->block
		   ? store_block_key(w, i->v.id, BYTES_OF(i->key_hash), err)
		   : 0;
}

static int
batch_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct batch *b = (struct batch *)(void *)self;

	for (size_t k = 0; k < b->n; k++) {
		struct item *i = &b->items[k];
		uint64_t id = 0;

		if (write_item(i, t, &id, err) < 0 ||
		    ca_audit_add(t,
			&(struct ca_audit_event){
			    .event = i->act == ACT_RELEASE
					 ? CA_EVENT_RELEASE
					 : CA_EVENT_IMPORT_REVOKED,
			    .actor = "opencertsrv ca import",
			    .request_id = id,
			    .detail = "by the revocation list",
			    .serial = bytes_of(i->serial, i->serial_n) },
			err) < 0)
			return ca_txn_spoilt(err);
	}
	return 0;
}

static int
flush_batch(struct ca_worker *w, struct batch *b, struct err *err)
{
	int rc = b->n ? ca_commit_wait(w->ca->commit, &b->change, err) : 0;

	b->n = 0;
	return rc;
}

static int
take_entries(struct ca_worker *w, const struct ca_generation *gen,
    const struct pki_crl *crl, struct ca_import_result *res, struct err *err)
{
	AUTO_MEM struct batch *b = calloc(1, sizeof(*b));
	struct der in = der_of(crl->entries);
	struct pki_crl_entry e;
	bool first = false;
	int rc;

	if (!b)
		return err_set(err, ERR_NO_MEMORY, "a revocation list");
	if (ca_import_unfinished(w->reader, &first, err) < 0)
		return -1;
	b->change.apply = batch_apply;
	b->gen = gen;
	while ((rc = pki_crl_next(&in, &e, err)) > 0) {
		if (plan_entry(w, b, &e, first, res, err) < 0 ||
		    (b->n == BATCH && flush_batch(w, b, err) < 0))
			return -1;
	}
	return rc < 0 ? -1 : flush_batch(w, b, err);
}

/* --- the call --------------------------------------------------------------
 */

static const struct ca_generation *
newest_of(const struct ca_generations *g, uint32_t key)
{
	for (size_t i = g ? g->n : 0; i-- > 0;)
		if (g->list[i].key_index == key)
			return &g->list[i];
	return NULL;
}

static int
check_list(const struct ca_import *im, const struct ca_generation *gen,
    const struct pki_crl *crl, struct err *err)
{
	if (!bytes_eq(crl->issuer, gen->cert.subject))
		return err_set(
		    err, ERR_BAD_DATA, "the list is of another issuer");
	if (crl->is_delta != im->crl_delta)
		return err_set(
		    err, ERR_BAD_DATA, "the list is of another type");
	if (crl->number == 0)
		return err_set(err, ERR_BAD_DATA,
		    "the list has no number, so that none could follow it. "
		    "Publish one with a number before the export");
	return 0;
}

static int
take_list(struct ca_worker *w, struct ca_import *im,
    const struct ca_generation *gen, struct ca_import_result *res,
    struct err *err)
{
	uint8_t hash[PKI_DIGEST_MAX];
	char name[CA_FILE_MAX];
	struct pki_crl crl;
	struct bytes all;
	int known;

	ca_crl_file(w->ca->config, im->crl_key, im->crl_delta, name);
	if (ca_publish_map(im->crl, &all, err) < 0 ||
	    ca_crl_check(w->tools, all, &gen->key, &crl, hash, err) < 0 ||
	    check_list(im, gen, &crl, err) < 0)
		return err_wrap(err, "the revocation list");
	known = is_known(w, im, &crl, hash, res, err);
	if (known < 0 ||
	    (known == 0 && keep_list(w, im, &crl, hash, name, err) < 0))
		return -1;
	/* An older list than the one here has nothing more to say. */
	if (known == 1 && res->report.finding_count)
		return 0;
	return take_entries(w, gen, &crl, res, err);
}

static int
take_part(struct ca_worker *w, const struct rpc_import_crl *ask,
    struct ca_import *im, struct err *err)
{
	char name[CA_FILE_MAX];

	if (ask->offset == 0) {
		ca_publish_free(im->crl);
		im->crl = NULL;
		im->crl_size = 0;
		im->crl_key = ask->key_index;
		im->crl_delta = ask->delta;
		ca_crl_file(w->ca->config, ask->key_index, ask->delta, name);
		if (ca_publish_open(w->ca->config, name, &im->crl, err) < 0)
			return -1;
	}
	if (!im->crl || ask->offset != im->crl_size ||
	    ask->key_index != im->crl_key || ask->delta != im->crl_delta)
		return err_set(err, ERR_INVALID, "a part of a list is missing");
	if (im->crl_size + ask->part.n > PKI_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the list is larger than %d MiB", PKI_CRL_MAX_MB);
	im->crl_size += ask->part.n;
	return ca_publish_write(im->crl, ask->part, err);
}

void
ca_import_crl_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_import_crl *ask = call->ask;
	const struct ca_generations *g = ca_generations_take(w->ca);
	const struct ca_generation *gen = newest_of(g, ask->key_index);
	struct ca_import_result res = { 0 };
	struct ca_import *im = NULL;
	struct err err = { 0 };
	int rc = ca_import_state(w->ca, &im, &err);

	if (rc == 0 && !gen)
		rc = err_set(&err, ERR_BAD_STATE,
		    "The certificate of key %u comes first.", ask->key_index);
	if (rc == 0)
		rc = take_part(w, ask, im, &err);
	if (rc == 0 && ask->last)
		rc = take_list(w, im, gen, &res, &err);
	if (im && (rc < 0 || ask->last)) {
		ca_publish_free(im->crl);
		im->crl = NULL;
	}
	ca_generations_release(w->ca, g);
	ca_import_answer(call, &res, rc, &err);
}
