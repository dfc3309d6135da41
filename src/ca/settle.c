/* settle.c - the end of a request's way: row and audit record in one
 * transaction, then the reply. A certificate that was signed leaves here or
 * nowhere.
 */
#include "base/str.h"
#include "ca/audit.h"
#include "ca/issuance.h"
#include "ca/limit.h"
#include "ca/text.h"
#include "ca/work.h"
#include "store/message.h"

#define DETAIL_MAX 400

static const struct {
	enum disposition disposition;
	const char *event;
} events[] = {
	{ DISPOSITION_ISSUED, CA_EVENT_ISSUE },
	{ DISPOSITION_PENDING, CA_EVENT_SUBMIT },
	{ DISPOSITION_DENIED, CA_EVENT_DENY },
	{ DISPOSITION_FAILED, CA_EVENT_FAIL },
};

static const char *
event_of(uint32_t disposition)
{
	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		if (events[i].disposition == disposition)
			return events[i].event;
	return CA_EVENT_FAIL;
}

static int
add_audit(struct ca_issuance *i, struct ca_txn *txn, struct err *err)
{
	const struct store_request *row = &i->row;
	bool issued = row->cert.n > 0;
	char detail[DETAIL_MAX], text[ERR_TEXT_MAX * 4];

	(void)snprintf(text, sizeof(text), "%s%s%s%s%s",
	    row->disposition == DISPOSITION_ISSUED ||
		    row->disposition == DISPOSITION_PENDING
		? ""
		: row->message,
	    *row->request_subject ? " " : "", row->request_subject,
	    !i->stored && *row->address ? " from " : "",
	    !i->stored ? row->address : "");
	ca_text_mend(text);
	ca_text_cut(detail, sizeof(detail), *text == ' ' ? text + 1 : text);
	return ca_audit_add(txn,
	    &(struct ca_audit_event){ .event = event_of(row->disposition),
		.actor = i->call->who.display,
		.peer = i->call->who.peer,
		.request_id = row->id,
		.detail = detail,
		.serial = issued ? row->serial : BYTES_NONE,
		.digest = issued ? bytes_of(i->digest, 32) : BYTES_NONE },
	    err);
}

static int
add_each_attribute(struct ca_issuance *i, struct ca_txn *txn, struct err *err)
{
	struct pki_attrs attrs;
	char name[256];
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_ATTRS_MAX);

	if (pki_attrs_parse(bytes_str(i->row.attributes), &attrs, err) < 0)
		return -1;
	for (size_t k = 0; k < attrs.n; k++) {
		const struct pki_attr *a = &attrs.list[k];

		if (!str_from_bytes(name, sizeof(name), a->name))
			continue; /* kept in the text of all of them */
		buf_reset(&value);
		buf_add_bytes(&value, a->value);
		if (store_add_attribute(ca_txn_writer(txn), i->row.id, name,
			buf_str(&value), err) < 0)
			return -1;
	}
	return 0;
}

/* Most have none; the room for them is left alone then. */
static int
add_attributes(struct ca_issuance *i, struct ca_txn *txn, struct err *err)
{
	return *i->row.attributes ? add_each_attribute(i, txn, err) : 0;
}

static int
add_dropped(struct ca_issuance *i, struct ca_txn *txn, struct err *err)
{
	for (size_t k = 0; k < i->policy.dropped_n; k++) {
		const struct ca_dropped *d = &i->policy.dropped[k];
		char oid[PKI_OID_TEXT_MAX];
		uint32_t flags = STORE_EXTENSION_DROPPED;

		if (!pki_oid_to_text(d->oid, oid))
			continue;
		if (d->critical)
			flags |= STORE_EXTENSION_CRITICAL;
		if (store_add_extension(ca_txn_writer(txn), i->row.id, oid,
			flags, d->value, d->note, err) < 0)
			return -1;
	}
	return 0;
}

/* A key that was reported compromised while its certificate was being signed.
 */
static int
check_key(const struct ca_issuance *i, struct err *err)
{
	if (i->row.cert.n == 0 ||
	    !ca_keys_blocked(i->call->ca->keys, &i->claim))
		return 0;
	return err_set(err, ERR_BAD_STATE,
	    "The key of this request has just been reported compromised. "
	    "Nothing was kept. Make a new key.");
}

static int
add_key(const struct ca_issuance *i, struct ca_txn *txn, struct err *err)
{
	if (i->row.cert.n == 0 || i->claim.known)
		return 0;
	return store_add_key(
	    ca_txn_writer(txn), i->row.id, i->row.key_hash, err);
}

/* What an agent signed makes one request: of two that are in flight with the
 * same message one wins. */
static int
use_message(const struct ca_issuance *i, struct ca_txn *txn, struct err *err)
{
	if (i->facts.agent_n == 0 || i->stored ||
	    (i->row.disposition != DISPOSITION_ISSUED &&
		i->row.disposition != DISPOSITION_PENDING))
		return 0;
	if (store_add_message(ca_txn_writer(txn),
		BYTES_OF(i->request.content_digest), i->row.submitted,
		err) == 0)
		return 0;
	if (err->code != ERR_EXISTS)
		return -1;
	return err_set(err, ERR_BAD_STATE,
	    "The message that the agent signed has just been used for another "
	    "request. Nothing was kept.");
}

static int
settle_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	struct ca_issuance *i = (struct ca_issuance *)self;
	struct store_writer *w = ca_txn_writer(txn);
	size_t n;

	if (check_key(i, err) < 0)
		return -1;
	if (i->row.cert.n > 0) {
		if (pki_tools_hash(ca_txn_tools(txn), PKI_HASH_SHA256,
			i->row.cert, i->cert_hash, &n, err) < 0)
			return -1;
		i->row.cert_hash = bytes_of(i->cert_hash, n);
	}
	if (i->stored) {
		if (store_decide_request(w, &i->row, DISPOSITION_PENDING, err) <
		    0)
			return -1;
		if (add_key(i, txn, err) < 0)
			return ca_txn_spoilt(err);
		return add_audit(i, txn, err);
	}
	i->row.id = 0;
	if (store_insert_request(w, &i->row, &i->row.id, err) < 0)
		return -1;
	if (use_message(i, txn, err) < 0 || add_attributes(i, txn, err) < 0 ||
	    add_dropped(i, txn, err) < 0 || add_key(i, txn, err) < 0)
		return ca_txn_spoilt(err);
	return add_audit(i, txn, err);
}

/* --- the reply ---------------------------------------------------------- */

void
ca_result_of(const struct store_request *row, bool mine, struct rpc_result *ret)
{
	bool has_cert = row->disposition == DISPOSITION_ISSUED ||
			row->disposition == DISPOSITION_REVOKED;

	*ret = (struct rpc_result){
		.id = row->id,
		.disposition = row->disposition,
		.hresult = row->hresult,
		.message = row->message,
		.sentence = row->sentence,
		.cert = has_cert ? row->cert : BYTES_NONE,
		.generation = row->ca_index,
		.requester = row->requester,
		.mine = mine,
	};
}

static void
release(struct ca_issuance *i)
{
	ca_templates_release(i->call->ca, i->templates);
	ca_generations_release(i->call->ca, i->set);
	i->templates = NULL;
	i->set = NULL;
}

/* A form that was sent twice: the answer is that of the first time. */
struct repeat {
	struct ca_job job;
	struct ca_call *call;
	uint64_t id;
};

static void
repeat_run(struct ca_worker *w, struct ca_job *job)
{
	struct repeat *r = (struct repeat *)job;
	AUTO(store_request) row = NULL;
	struct rpc_result result;
	struct err err = { 0 };

	if (store_find_request(w->reader, r->id, &row, &err) < 0) {
		ca_call_fail(r->call, &err);
	} else {
		ca_result_of(row, true, &result);
		ca_call_reply(r->call, &result);
	}
	free(r);
}

static void
answer_again(struct ca_call *call, uint64_t id)
{
	struct repeat *r = calloc(1, sizeof(*r));
	struct err err = { 0 };

	if (!r) {
		(void)err_set(&err, ERR_NO_MEMORY, "answering again");
		ca_call_fail(call, &err);
		return;
	}
	*r = (struct repeat){ { NULL, repeat_run }, call, id };
	if (ca_work_add(call->ca->pools, CA_POOL_QUERY, &r->job, &err) < 0) {
		ca_call_fail(call, &err);
		free(r);
	}
}

void
ca_settle_fail(struct ca_issuance *i, const struct err *err)
{
	struct ca_call *call = i->call;

	release(i);
	ca_issuance_free(i);
	ca_call_fail(call, err);
}

void
ca_settle_reply(struct ca_issuance *i, const struct rpc_result *result)
{
	struct ca_call *call = i->call;

	release(i);
	ca_call_reply(call, result);
	ca_issuance_free(i);
}

static void
settle_done(struct ca_change *self, const struct err *err)
{
	struct ca_issuance *i = (struct ca_issuance *)self;
	struct ca_call *call = i->call;
	struct rpc_result result;

	if (err && err->code == ERR_EXISTS && i->row.id > 0) {
		uint64_t id = i->row.id;

		release(i);
		ca_issuance_free(i);
		answer_again(call, id);
		return;
	}
	if (err) {
		ca_settle_fail(i, err);
		return;
	}
	if (i->row.cert.n > 0)
		ca_keys_release(call->ca->keys, &i->claim, i->row.id);
	ca_limit_leave(call->ca->limit, &i->ticket, true,
	    i->row.disposition == DISPOSITION_PENDING);
	ca_result_of(
	    &i->row, strcmp(i->row.owner, call->who.owner) == 0, &result);
	release(i);
	/* Encoded before it returns. The issuance does not need the call any
	 * more: the limit was left, and the key's claim released, above. */
	ca_call_reply_committed(call, &result);
	ca_issuance_free(i);
}

void
ca_settle(struct ca_issuance *i)
{
	i->change.apply = settle_apply;
	i->change.done = settle_done;
	ca_commit_submit(i->call->ca->commit, &i->change);
}
