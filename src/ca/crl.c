/* crl.c - one CRL (RFC 5280 5; enrolment protocols 4.1).
 *
 * Making one takes three steps, so that a crash at any moment leaves either
 * the old file or the complete new one, and never the same number twice:
 *
 *   1. a transaction allots the number and writes the row, status "";
 *   2. the list is streamed from one snapshot of the revoked rows, through
 *      room on the disk where they wait until they are counted, into a file
 *      beside the published one, hashed on the way, signed, read back and
 *      verified, then renamed over the published one;
 *   3. a transaction writes the row's hash and status and the audit record.
 *
 * A number whose list was never finished stays unused: gaps are allowed.
 *
 * A base CRL lists all that is revoked. A certificate that has expired since
 * the list before this one, or within one period, is still listed: each
 * appears on a regular list made after its end (RFC 5280 3.3), however long
 * the CA stood still. A delta CRL lists what was revoked or released since a
 * base that everybody has by now; together they say what a base made now
 * would say.
 */
#include "ca/crl.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/crl_guard.h"
#include "ca/crl_sign.h"
#include "ca/generation.h"
#include "ca/publish.h"
#include "pki/crl.h"
#include "pki/ext.h"

#include <inttypes.h>
#include <stdio.h>

#define EXTRA_MAX   8192
#define KEPT_WINDOW (1 << 20) /* of the rows, in memory at a time */

struct making {
	struct ca_worker *w;
	struct ca_crl_order *order;
	const struct ca_generation *gen;
	struct ca_publish *file;
	struct ca_publish *rows; /* what the database said, packed */
	struct ca_crl_guard *guard;
	struct pki_crl_writer *writer;
	struct pki_crl_size size;
	struct store_crl row;
	struct store_revoked_filter what;
	char name[CA_FILE_MAX];
	uint8_t hash[PKI_DIGEST_MAX];
	struct ca_crl_signature signature;
	bool signed_; /* the signer's log has it: so must the audit */
	uint64_t added;
	struct err err; /* of a callback */
};

void
ca_crl_file(const struct ca_config *c, uint32_t key_index, bool delta,
    char dst[CA_FILE_MAX])
{
	if (delta)
		ca_file_delta(c, key_index, dst);
	else
		ca_file_crl(c, key_index, dst);
}

/* --- step 1 and 3: the row --------------------------------------------- */

struct row_change {
	struct ca_change change;
	struct making *m;
	bool finish;
};

static int
row_insert(struct making *m, struct store_writer *w, struct err *err)
{
	uint64_t newest;

	if (!m->order->number) {
		if (store_crl_number(w, &newest, err) < 0)
			return -1;
		if (newest < m->order->floor)
			newest = m->order->floor;
		if (newest >= INT64_MAX)
			return err_set(err, ERR_CORRUPT,
			    "no CRL number is left above %" PRIu64, newest);
		m->row.number = newest + 1;
	}
	if (m->row.flags & STORE_CRL_SHADOW)
		m->row.min_base = m->row.number;
	return store_insert_crl(w, &m->row, &m->row.id, err);
}

static int
row_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct row_change *c = (struct row_change *)(void *)self;
	struct making *m = c->m;
	const struct ca_who *who = m->order->who;
	struct store_writer *w = ca_txn_writer(t);
	char detail[CA_FILE_MAX + ERR_TEXT_MAX + 128];

	if (!c->finish)
		return row_insert(m, w, err);
	if (store_finish_crl(w, m->row.id, m->row.entries, m->row.hash,
		m->row.status, err) < 0)
		return -1;
	(void)snprintf(detail, sizeof(detail),
	    "number %" PRIu64 "%s, %" PRIu64 " entries, %s: %s", m->row.number,
	    m->order->shadow  ? " (the last delta)"
	    : m->order->delta ? " (delta)"
			      : "",
	    m->row.entries, m->name, m->row.status);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_CRL,
		.actor = who ? who->display : "schedule",
		.peer = who ? who->peer : "",
		.detail = detail,
		.digest = m->signed_ ? bytes_of(m->signature.digest,
					   m->signature.digest_n)
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

/* --- what a delta builds upon -------------------------------------------- */

struct base_choice {
	int64_t now;
	uint64_t number; /* 0: none yet */
	int64_t this_update;
	bool good;
};

/* Newest first: the first that has reached everybody, else the oldest. */
static bool
look_at_base(void *ctx, const struct store_crl *c)
{
	struct base_choice *b = ctx;

	b->number = c->number;
	b->this_update = c->this_update;
	b->good = c->propagated <= b->now && !*c->delivery;
	return !b->good;
}

static int
choose_base(struct making *m, struct err *err)
{
	struct base_choice b = { .now = m->what.now };

	if (store_list_bases(m->w->reader, m->gen->key_index, b.now,
		look_at_base, &b, err) < 0)
		return -1;
	if (!b.number)
		return err_set(err, ERR_UNAVAILABLE,
		    "there is no base CRL that a delta could build upon");
	m->row.min_base = b.number;
	m->what.since = b.this_update;
	return 0;
}

/* --- step 2: the list --------------------------------------------------- */

static int
sink(void *arg, struct bytes part, struct err *err)
{
	return ca_publish_write(((struct making *)arg)->file, part, err);
}

/* A list begins with its length, so the rows are counted before they are
 * written. They are read from the database once and kept on the disk until
 * then: reading them a second time takes ten times as long. */
struct kept {
	int64_t effective;
	uint8_t reason, serial_n;
	uint8_t serial[PKI_CRL_SERIAL_MAX];
};
#define KEPT_SIZE(serial_n) (offsetof(struct kept, serial) + (serial_n))

static bool
keep_row(void *ctx, const struct store_revoked *v)
{
	struct making *m = ctx;
	struct kept k = { .effective = v->effective,
		.reason = (uint8_t)v->reason,
		.serial_n = (uint8_t)v->serial.n };

	if (v->reason > UINT8_MAX || v->serial.n > sizeof(k.serial)) {
		err_set(&m->err, ERR_CORRUPT,
		    "a revoked certificate has an impossible serial number "
		    "or reason");
		return false;
	}
	if (v->serial.n > 0)
		memcpy(k.serial, v->serial.p, v->serial.n);
	pki_crl_count(&m->size, 1, v->serial.n, v->effective >= DER_TIME_2050,
	    v->reason != 0);
	return ca_publish_write(m->rows,
		   bytes_of((const uint8_t *)&k, KEPT_SIZE(k.serial_n)),
		   &m->err) == 0;
}

static int
keep_rows(struct making *m, struct err *err)
{
	const struct store_revoked_filter *f = &m->what;
	int rc = 0;

	if (ca_publish_scratch(m->w->ca->config, m->name, &m->rows, err) < 0)
		return -1;
	if (m->order->delta && !m->order->shadow)
		rc = store_list_changed(m->w->reader, f, keep_row, m, err);
	else if (!m->order->delta)
		rc = store_list_revoked(m->w->reader, f->key_index,
		    f->expired_before, f->now, keep_row, m, err);
	if (rc == 0 && m->err.code != ERR_OK) {
		*err = m->err;
		return -1;
	}
	return rc;
}

static int
add_row(struct making *m, const struct kept *k, struct err *err)
{
	const struct pki_crl_entry e = { .serial =
					     bytes_of(k->serial, k->serial_n),
		.revoked_at = k->effective,
		.reason = k->reason };

	m->added++;
	if (ca_crl_guard_listed(m->guard, e.serial, err) < 0)
		return -1;
	return pki_crl_add(m->writer, &e, err);
}

static int
add_rows(struct making *m, struct err *err)
{
	struct bytes all;
	const uint8_t *p, *end, *forgotten;
	struct kept k;

	if (ca_publish_map(m->rows, &all, err) < 0)
		return -1;
	end = all.p + all.n;
	for (p = forgotten = all.p; p < end; p += KEPT_SIZE(k.serial_n)) {
		memcpy(&k, p, offsetof(struct kept, serial));
		memcpy(k.serial, p + offsetof(struct kept, serial), k.serial_n);
		if (add_row(m, &k, err) < 0)
			return -1;
		if (p - forgotten < KEPT_WINDOW)
			continue;
		ca_publish_forget(forgotten, KEPT_WINDOW);
		forgotten += KEPT_WINDOW;
	}
	return 0;
}

static int
find_expired_before(struct making *m, struct err *err)
{
	AUTO(store_crl) last = NULL;

	m->what.expired_before =
	    m->row.this_update - m->w->ca->config->crl_period;
	if (store_newest_crl(
		m->w->reader, m->gen->key_index, false, &last, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (last->this_update < m->what.expired_before)
		m->what.expired_before = last->this_update;
	return 0;
}

/* Where the newest delta is (base only), and what the list is about. */
static int
put_extra(struct making *m, struct buf *out, struct err *err)
{
	const struct ca_config *c = m->w->ca->config;
	char file[CA_FILE_MAX], url[CA_URL_MAX];
	const char *urls[] = { url };

	if (!m->order->delta && ca_crl_has_delta(c)) {
		ca_file_delta(c, m->gen->key_index, file);
		if (ca_file_url(c, file, url, err) < 0 ||
		    pki_ext_put_freshest(out, urls, 1, err) < 0)
			return -1;
	}
	if (c->crl_idp) {
		/* Base and delta have the same scope: the same point. */
		ca_file_crl(c, m->gen->key_index, file);
		if (ca_file_url(c, file, url, err) < 0 ||
		    pki_ext_put_idp(out, urls, 1, err) < 0)
			return -1;
	}
	return buf_check(out, "the list's extensions", err);
}

static int
begin_list(struct making *m, struct err *err)
{
	const struct ca_generation *g = m->gen;
	AUTO_BUF extra = BUF_WITH_LIMIT(EXTRA_MAX);
	struct pki_crl_fields f = { .issuer = g->cert.subject,
		.alg = g->alg,
		.key_id = g->key_id,
		.number = m->row.number,
		.this_update = m->row.this_update,
		.next_update = m->row.next_update,
		.is_delta = m->order->delta,
		.base_number = m->row.min_base,
		.next_publish = m->row.next_publish,
		.ca_version = g->key_index << 16 | g->index };

	if (put_extra(m, &extra, err) < 0)
		return -1;
	f.extra = buf_bytes(&extra);
	return pki_crl_begin(m->w->tools, &f, &m->size, &g->key,
	    (struct pki_crl_sink){ sink, m }, &m->writer, err);
}

static int
write_list(struct making *m, struct err *err)
{
	int rc;

	if (store_read_begin(m->w->reader, err) < 0)
		return -1;
	rc = find_expired_before(m, err);
	if (rc == 0)
		rc = ca_crl_guard_new(
		    m->w, m->gen, &m->row, &m->what, &m->guard, err);
	if (rc == 0)
		rc = keep_rows(m, err);
	if (rc == 0)
		rc = begin_list(m, err);
	if (rc == 0)
		rc = add_rows(m, err);
	if (rc == 0)
		rc = ca_crl_guard_complete(m->guard, err);
	store_read_end(m->w->reader);
	m->row.entries = m->added;
	return rc;
}

static int
sign_list(struct making *m, struct ca_crl_signature *ret, struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	struct ca_crl_tbs tbs = { .key_index = m->gen->key_index,
		.alg = m->gen->alg,
		.file = m->file };
	size_t n;

	if (pki_crl_tbs_end(m->writer, digest, &n, err) < 0)
		return -1;
	tbs.offset = pki_crl_tbs_offset(m->writer);
	tbs.size = pki_crl_tbs_size(m->writer);
	tbs.digest = bytes_of(digest, n);
	if (ca_crl_sign(m->w, &tbs, ret, err) < 0)
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
	    ca_crl_check(m->w->tools, all, &m->gen->key, &crl, m->hash, err) <
		0)
		return err_wrap(err, "the new CRL");
	m->row.hash = bytes_of(m->hash, pki_hash_size(PKI_HASH_SHA256));
	if (ca_crl_guard_number(m->guard, &crl, err) < 0)
		return -1;
	return ca_publish_commit(m->file, err);
}

static int
make_list(struct making *m, struct err *err)
{
	if (ca_publish_open(m->w->ca->config, m->name, &m->file, err) < 0 ||
	    write_list(m, err) < 0 || sign_list(m, &m->signature, err) < 0)
		return -1;
	return finish_list(
	    m, bytes_of(m->signature.signature, m->signature.n), err);
}

static void
prepare(struct making *m, int64_t now)
{
	const struct ca_crl_order *o = m->order;
	const struct ca_config *c = m->w->ca->config;

	ca_crl_file(c, m->gen->key_index, o->delta, m->name);
	m->what = (struct store_revoked_filter){ .key_index = m->gen->key_index,
		.now = now };
	m->row = (struct store_crl){ .number = o->number,
		.key_index = m->gen->key_index,
		.flags = (o->delta ? STORE_CRL_DELTA : STORE_CRL_BASE) |
			 (o->shadow ? STORE_CRL_SHADOW : 0) |
			 (o->who ? STORE_CRL_MANUAL : 0),
		.file = m->name,
		.status = "",
		.delivery = "" };
	ca_crl_times(c, o->delta, now, m->gen->cert.not_before, &m->row);
}

int
ca_crl_make(struct ca_worker *w, struct ca_crl_order *order, struct err *err)
{
	struct making m = { .w = w, .order = order, .gen = order->gen };
	struct err failed = { 0 };
	int rc;

	prepare(&m, clock_now());
	if (order->delta && !order->shadow && choose_base(&m, err) < 0)
		return -1;
	if (write_row(&m, false, err) < 0)
		return -1;
	order->number = m.row.number;
	rc = make_list(&m, &failed);
	m.row.status = rc == 0 ? "published" : failed.text;
	pki_crl_writer_free(m.writer);
	ca_crl_guard_free(m.guard);
	ca_publish_free(m.rows);
	ca_publish_free(m.file);
	if (write_row(&m, true, err) < 0)
		return -1;
	if (rc == 0)
		return 0;
	if (err)
		*err = failed;
	return err_wrap(err, "%s %" PRIu64 " was not published",
	    order->delta ? "Delta CRL" : "CRL", m.row.number);
}
