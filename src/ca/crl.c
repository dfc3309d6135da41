/* crl.c - base CRLs (RFC 5280 5; enrolment protocols 4.1).
 *
 * Making one takes three steps, so that a crash at any moment leaves either
 * the old file or the complete new one, and never the same number twice:
 *
 *   1. a transaction allots the number and writes the row, status "";
 *   2. the list is streamed from one snapshot of the revoked rows into a file
 *      beside the published one, hashed on the way, signed, read back and
 *      verified, then renamed over the published one;
 *   3. a transaction writes the row's hash and status and the audit record.
 *
 * A number whose list was never finished stays unused: gaps are allowed.
 * thisUpdate lies a clock skew in the past, nextUpdate an overlap and a skew
 * after the next publication; the next publication stands in the extension
 * 1.3.6.1.4.1.311.21.4. A certificate that has expired since the list before
 * this one, or within one period, is still listed: each appears on a regular
 * list made after its end (RFC 5280 3.3), however long the CA stood still.
 */
#include "ca/crl.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/generation.h"
#include "ca/publish.h"
#include "ca/sign.h"
#include "pki/crl.h"
#include "pki/sigmake.h"

#include <inttypes.h>
#include <stdio.h>

struct making {
	struct ca_worker *w;
	const struct ca_generation *gen;
	const struct ca_who *who; /* NULL: the schedule */
	struct ca_publish *file;
	struct pki_crl_writer *writer;
	struct pki_crl_size size;
	struct store_crl row;
	int64_t now;           /* the same for both passes */
	int64_t expired_since; /* what ended before is not listed */
	char name[CA_FILE_MAX];
	uint8_t hash[PKI_DIGEST_MAX];
	uint8_t tbs_digest[PKI_DIGEST_MAX]; /* as the signer logs it */
	size_t tbs_digest_n;
	bool signed_; /* the signer's log has it: so must the audit */
	uint64_t added;
	struct err err; /* of a callback */
};

/* --- step 1 and 3: the row --------------------------------------------- */

struct row_change {
	struct ca_change change;
	struct making *m;
	bool finish;
};

static int
row_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct row_change *c = (struct row_change *)(void *)self;
	struct making *m = c->m;
	struct store_writer *w = ca_txn_writer(t);
	char detail[CA_FILE_MAX + 64];

	if (!c->finish)
		return store_insert_crl(w, &m->row, &m->row.number, err);
	if (store_finish_crl(w, m->row.number, m->row.entries, m->row.hash,
		m->row.status, err) < 0)
		return -1;
	(void)snprintf(detail, sizeof(detail),
	    "number %" PRIu64 ", %" PRIu64 " entries, %s: %s", m->row.number,
	    m->row.entries, m->name, m->row.status);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_CRL,
		.actor = m->who ? m->who->display : "schedule",
		.peer = m->who ? m->who->peer : "",
		.detail = detail,
		.digest = m->signed_ ? bytes_of(m->tbs_digest, m->tbs_digest_n)
				     : BYTES_NONE },
	    err);
}

static int
write_row(struct making *m, bool finish, struct err *err)
{
	struct row_change c = {
		.change.apply = row_apply, .m = m, .finish = finish
	};

	return ca_commit_wait(m->w->ca->commit, &c.change, err);
}

/* --- step 2: the list --------------------------------------------------- */

static int
sink(void *arg, struct bytes part, struct err *err)
{
	return ca_publish_write(((struct making *)arg)->file, part, err);
}

#define YEAR_2050 INT64_C(2524608000)

static bool
count_row(void *ctx, const struct store_revoked *v)
{
	struct making *m = ctx;

	pki_crl_count(&m->size, 1, v->serial.n, v->effective >= YEAR_2050,
	    v->reason != 0);
	return true;
}

static bool
add_row(void *ctx, const struct store_revoked *v)
{
	struct making *m = ctx;

	m->added++;
	return pki_crl_add(m->writer,
		   &(struct pki_crl_entry){ .serial = v->serial,
		       .revoked_at = v->effective,
		       .reason = v->reason },
		   &m->err) == 0;
}

static int
stream(struct making *m, store_revoked_row *row, struct err *err)
{
	if (store_list_revoked(m->w->reader, m->gen->key_index,
		m->expired_since, m->now, row, m, err) < 0)
		return -1;
	if (m->err.code != ERR_OK) {
		*err = m->err;
		return -1;
	}
	return 0;
}

static int
find_expired_since(struct making *m, struct err *err)
{
	AUTO(store_crl) last = NULL;

	m->expired_since = m->row.this_update - m->w->ca->config->crl_period;
	if (store_newest_crl(m->w->reader, m->gen->key_index, &last, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (last->this_update < m->expired_since)
		m->expired_since = last->this_update;
	return 0;
}

static int
write_list(struct making *m, struct err *err)
{
	const struct ca_generation *g = m->gen;
	struct pki_crl_fields f = { .issuer = g->cert.subject,
		.alg = g->alg,
		.key_id = g->key_id,
		.number = m->row.number,
		.this_update = m->row.this_update,
		.next_update = m->row.next_update,
		.next_publish = m->row.next_publish,
		.ca_version = g->key_index << 16 | g->index };
	int rc;

	if (store_read_begin(m->w->reader, err) < 0)
		return -1;
	rc = find_expired_since(m, err);
	if (rc == 0)
		rc = stream(m, count_row, err);
	if (rc == 0)
		rc = pki_crl_begin(m->w->tools, &f, &m->size, &g->key,
		    (struct pki_crl_sink){ sink, m }, &m->writer, err);
	if (rc == 0)
		rc = stream(m, add_row, err);
	store_read_end(m->w->reader);
	m->row.entries = m->added;
	return rc;
}

/* The signer sees the list itself: from a digest it could not tell a list from
 * a CA certificate. */
static int
sign_list(struct making *m, uint8_t *ret, size_t *ret_n, struct err *err)
{
	struct rpc_sign_item item = { .key_index = m->gen->key_index,
		.kind = RPC_SIGN_CRL };
	uint64_t offset, size;
	struct bytes all;

	if (pki_crl_tbs_end(m->writer, m->tbs_digest, &m->tbs_digest_n, err) <
		0 ||
	    ca_publish_map(m->file, &all, err) < 0)
		return -1;
	offset = pki_crl_tbs_offset(m->writer);
	size = pki_crl_tbs_size(m->writer);
	if (size > RPC_SIGN_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the list would have %" PRIu64 " bytes, and at most %d are "
		    "signed",
		    size, RPC_SIGN_CRL_MAX);
	item.tbs = bytes_of(all.p + offset, size);
	if (pki_tools_hash(m->w->tools, PKI_HASH_SHA256, item.tbs,
		m->tbs_digest, &m->tbs_digest_n, err) < 0)
		return -1;
	if (ca_sign_wait(m->w->ca->sign, &item, ret, ret_n, err) < 0)
		return -1;
	m->signed_ = true;
	return 0;
}

static int
finish_list(struct making *m, struct bytes signature, struct err *err)
{
	uint8_t head[PKI_CRL_HEAD_MAX];
	struct pki_crl crl;
	struct bytes all;
	size_t n;

	if (!pki_crl_fits(m->writer, signature.n))
		return err_set(err, ERR_BUSY,
		    "the signature has an unusual length; publish again");
	if (pki_crl_finish(m->writer, signature, head, &n, err) < 0 ||
	    ca_publish_patch(m->file, 0, bytes_of(head, n), err) < 0 ||
	    ca_publish_map(m->file, &all, err) < 0 ||
	    pki_crl_parse(all, &crl, err) < 0 ||
	    pki_crl_verify(m->w->tools, &crl, &m->gen->key, err) < 0 ||
	    pki_tools_hash(
		m->w->tools, PKI_HASH_SHA256, all, m->hash, &n, err) < 0)
		return err_wrap(err, "the new CRL");
	m->row.hash = bytes_of(m->hash, n);
	return ca_publish_commit(m->file, err);
}

static int
make_list(struct making *m, struct err *err)
{
	uint8_t signature[PKI_SIGNATURE_MAX];
	size_t n;

	if (ca_publish_open(m->w->ca->config, m->name, &m->file, err) < 0 ||
	    write_list(m, err) < 0 || sign_list(m, signature, &n, err) < 0)
		return -1;
	return finish_list(m, bytes_of(signature, n), err);
}

int
ca_crl_make(struct ca_worker *w, const struct ca_generation *gen,
    const struct ca_who *who, struct err *err)
{
	const struct ca_config *c = w->ca->config;
	int64_t now = clock_now();
	struct making m = { .w = w, .gen = gen, .who = who, .now = now };
	struct err failed = { 0 };
	int rc;

	ca_file_crl(c, gen->key_index, m.name);
	m.row = (struct store_crl){ .key_index = gen->key_index,
		.this_update = now - c->clock_skew,
		.next_publish = now + c->crl_period,
		.next_update =
		    now + c->crl_period + c->crl_overlap + c->clock_skew,
		.file = m.name,
		.status = "" };
	if (m.row.this_update < gen->cert.not_before)
		m.row.this_update = gen->cert.not_before;
	if (write_row(&m, false, err) < 0)
		return -1;
	rc = make_list(&m, &failed);
	m.row.status = rc == 0 ? "published" : failed.text;
	pki_crl_writer_free(m.writer);
	ca_publish_free(m.file);
	if (write_row(&m, true, err) < 0)
		return -1;
	if (rc == 0)
		return 0;
	if (err)
		*err = failed;
	return err_wrap(err, "CRL %" PRIu64 " was not published", m.row.number);
}
