#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/verify.h"
#include "pki/cert.h"

#include <inttypes.h>
#include <stdio.h>

/* A signature older than this is no longer on its way to a commit. */
#define SETTLED_S 600
/* The last sequence of the signer's log that was compared. */
#define VALUE_NAME "signer-reconciled"

struct lost_change {
	struct ca_change change;
	const struct rpc_sign_log_row *row; /* NULL: only note the sequence */
	uint64_t sequence;
};

static int
lost_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct lost_change *c = (struct lost_change *)(void *)self;
	char text[128];

	(void)snprintf(text, sizeof(text), "%" PRIu64, c->sequence);
	if (store_set_value(ca_txn_writer(t), VALUE_NAME, text, err) < 0)
		return -1;
	if (!c->row)
		return 0;
	(void)snprintf(text, sizeof(text),
	    "signature %" PRIu64 " of the signer's log was never released",
	    c->row->sequence);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_RECONCILE,
		.actor = "start",
		.peer = "",
		.detail = text,
		.serial = c->row->serial,
		.digest = c->row->digest },
	    err);
}

static int
note(struct ca *ca, const struct rpc_sign_log_row *row, uint64_t sequence,
    struct err *err)
{
	struct lost_change c = {
		.change.apply = lost_apply, .row = row, .sequence = sequence
	};

	return ca_commit_wait(ca->commit, &c.change, err);
}

static int
last_compared(struct ca_worker *w, uint64_t *ret, struct err *err)
{
	AUTO_MEM char *text = NULL;

	*ret = 0;
	if (store_value(w->reader, VALUE_NAME, &text, err) < 0)
		return -1;
	if (text && !str_u64(text, UINT64_MAX, ret))
		return err_set(err, ERR_CORRUPT, "value %s", VALUE_NAME);
	return 0;
}

/* Is there a row with the certificate that was signed? */
static int
has_row(struct ca_worker *w, const struct rpc_sign_log_row *s, bool *ret,
    struct err *err)
{
	AUTO(store_request) row = NULL;
	uint8_t digest[PKI_DIGEST_MAX];
	struct pki_cert cert;
	size_t n;

	*ret = false;
	if (store_find_serial(w->reader, s->serial, &row, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	/* A row that was damaged does not keep the CA from starting: it is not
	 * the certificate, and the audit's verification says so. */
	if (pki_cert_parse(row->cert, &cert, NULL) < 0)
		return 0;
	if (pki_tools_hash(
		w->tools, PKI_HASH_SHA256, cert.tbs, digest, &n, err) < 0)
		return -1;
	*ret = bytes_eq(bytes_of(digest, n), s->digest);
	return 0;
}

static int
compare_page(struct ca_worker *w, const struct rpc_sign_log *page,
    int64_t settled, uint64_t *seq, bool *ret_more, struct err *err)
{
	for (size_t i = 0; i < page->row_count; i++) {
		const struct rpc_sign_log_row *s = &page->rows[i];
		bool there = true;

		if (s->time > settled) {
			*ret_more = false;
			return 0;
		}
		if (s->kind == RPC_SIGN_CERTIFICATE && !s->refused &&
		    has_row(w, s, &there, err) < 0)
			return -1;
		if (!there && note(w->ca, s, s->sequence, err) < 0)
			return -1;
		*seq = s->sequence;
	}
	*ret_more = page->row_count == RPC_SIGN_LOG_MAX;
	return 0;
}

int
ca_verify_reconcile(struct ca_worker *w, bool at_start, struct err *err)
{
	int64_t settled = at_start ? INT64_MAX : clock_now() - SETTLED_S;
	uint64_t before, seq;
	bool more = true;

	if (last_compared(w, &before, err) < 0)
		return -1;
	for (seq = before; more;) {
		AUTO(rpc_sign_msg) msg = NULL;
		const struct rpc_sign_log *page;

		if (rpc_sign_log(w->ca->signer,
			&(struct rpc_sign_log_ask){ seq, RPC_SIGN_LOG_MAX },
			&msg, &page, err) < 0 ||
		    compare_page(w, page, settled, &seq, &more, err) < 0)
			return err_wrap(err, "comparing with the signer's log");
	}
	return seq > before ? note(w->ca, NULL, seq, err) : 0;
}
