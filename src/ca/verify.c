/* AUDIT_VERIFY. One pass over the audit checks its chain and
 * collects what was signed; the signer's log is read twice beside it: once in
 * step with the audit, because each of its records names an audit head, and
 * once to match signatures. */
#include "ca/verify.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/arena.h"
#include "ca/audit.h"
#include "ca/handlers.h"
#include "ca/verify_table.h"
#include "pki/cert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A signature may be on its way to a commit, or have lost a race of two
 * officers: the hourly comparison (reconcile.c) has settled it by then. */
#define ON_ITS_WAY_S 7200

/* Reads the signer's log in order. */
struct cursor {
	struct rpc_sign_client *signer;
	struct rpc_sign_msg *msg;
	const struct rpc_sign_log *page;
	size_t at;
	uint64_t after;
	bool end;
};

struct verify {
	struct ca_worker *w;
	struct rpc_audit_report *report;
	struct ca_arena *arena;
	struct rpc_finding *findings;
	struct ca_verify_table table; /* what the audit says was signed */
	uint8_t last[CA_AUDIT_HASH];
	struct cursor signer;
	/* Told in one sentence each, at the end: under load they are many. */
	uint64_t on_their_way, never_released, last_never_released;
	uint64_t taken_over; /* with their certificates */
	struct err err;
};

static void find_bad(struct verify *v, bool bad, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void
find_bad(struct verify *v, bool bad, const char *fmt, ...)
{
	char text[RPC_TEXT_MAX];
	va_list ap;

	if (bad)
		v->report->good = false;
	if (v->report->finding_count == RPC_FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->findings[v->report->finding_count++] =
	    (struct rpc_finding){ bad, ca_arena_str(v->arena, text) };
}

/* The record under the cursor, or NULL at the end (or failure: v->err). */
static const struct rpc_sign_log_row *
cursor_row(struct cursor *c, struct err *err)
{
	while (!c->end && (!c->page || c->at == c->page->row_count)) {
		rpc_sign_msg_free(TAKE(c->msg));
		c->at = 0;
		if (rpc_sign_log(c->signer,
			&(struct rpc_sign_log_ask){
			    c->after, RPC_SIGN_LOG_MAX },
			&c->msg, &c->page, err) < 0) {
			c->page = NULL;
			return NULL;
		}
		c->end = c->page->row_count == 0;
	}
	return c->end ? NULL : &c->page->rows[c->at];
}

static void
cursor_step(struct cursor *c)
{
	c->after = c->page->rows[c->at++].sequence;
}

static void
cursor_reset(struct cursor *c)
{
	rpc_sign_msg_free(TAKE(c->msg));
	*c = (struct cursor){ .signer = c->signer };
}

/* --- the audit's chain --------------------------------------------------- */

/* Every record of the signer's log that names this audit record must name its
 * hash. */
static int
check_heads(struct verify *v, const struct store_audit *a)
{
	const struct rpc_sign_log_row *s;

	while ((s = cursor_row(&v->signer, &v->err)) &&
	       s->audit_sequence <= a->sequence) {
		if (s->audit_sequence == a->sequence &&
		    !bytes_eq(s->audit_hash, a->hash))
			find_bad(v, true,
			    "Audit record %" PRIu64 " is not the one that the "
			    "signer saw with signature %" PRIu64 ".",
			    a->sequence, s->sequence);
		if (s->audit_sequence > v->report->checkpoint)
			v->report->checkpoint = s->audit_sequence;
		cursor_step(&v->signer);
	}
	return v->err.code == ERR_OK ? 0 : -1;
}

static const struct {
	const char *event;
	enum disposition state; /* of the request afterwards */
} states[] = {
	{ CA_EVENT_ISSUE, DISPOSITION_ISSUED },
	{ CA_EVENT_REVOKE, DISPOSITION_REVOKED },
	{ CA_EVENT_LOST, DISPOSITION_REVOKED },
	{ CA_EVENT_RELEASE, DISPOSITION_ISSUED },
	{ CA_EVENT_IMPORT, DISPOSITION_ISSUED },
	{ CA_EVENT_IMPORT_REVOKED, DISPOSITION_REVOKED },
};

static enum disposition
state_after(const struct store_audit *a, enum disposition otherwise)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (a->serial.n && str_eq(a->event, states[i].event))
			return states[i].state;
	return otherwise;
}

static bool
note_state(void *ctx, const struct store_audit *a)
{
	enum disposition *state = ctx;

	*state = state_after(a, *state);
	return true;
}

/* Whether a certificate counts as revoked decides what the next CRL says: the
 * row must agree with the last of its records. */
static int
check_state(struct verify *v, const struct store_request *row)
{
	enum disposition state = DISPOSITION_PENDING;

	if (store_list_audit(v->w->reader,
		&(struct store_audit_filter){
		    .node = v->w->ca->node, .request_id = row->id },
		note_state, &state, &v->err) < 0)
		return -1;
	if (row->disposition != state)
		find_bad(v, true,
		    "Request %" PRIu64 " is %s in the database, but %s by the "
		    "audit.",
		    row->id,
		    disposition_word((enum disposition)row->disposition),
		    disposition_word(state));
	return 0;
}

/* A change of what was issued: the row still says so. */
static int
check_change(struct verify *v, const struct store_audit *a)
{
	AUTO(store_request) row = NULL;

	if (str_eq(a->event, CA_EVENT_ISSUE) || !state_after(a, 0))
		return 0;
	if (store_find_request(v->w->reader, a->request_id, &row, &v->err) == 0)
		return check_state(v, row);
	if (v->err.code != ERR_NOT_FOUND)
		return -1;
	v->err = (struct err){ 0 }; /* its issue was found wanting already */
	return 0;
}

/* What was taken over was not signed here: the record has its hash. */
static bool
was_taken_over(const struct store_audit *a)
{
	return str_has_prefix(a->detail, CA_EVENT_IMPORT_HASH) &&
	       (str_eq(a->event, CA_EVENT_IMPORT) ||
		   str_eq(a->event, CA_EVENT_IMPORT_REVOKED));
}

static int
check_taken_over(struct verify *v, const struct store_audit *a)
{
	AUTO(store_request) row = NULL;
	uint8_t digest[PKI_DIGEST_MAX];
	char hex[2 * PKI_DIGEST_MAX + 1];
	size_t n;

	v->taken_over++;
	if (store_find_request(v->w->reader, a->request_id, &row, &v->err) <
	    0) {
		if (v->err.code != ERR_NOT_FOUND)
			return -1;
		v->err = (struct err){ 0 };
		find_bad(v, true,
		    "Request %" PRIu64 " was taken over (audit record "
		    "%" PRIu64 "), but its row is gone.",
		    a->request_id, a->sequence);
		return 0;
	}
	if (pki_tools_hash(v->w->tools, PKI_HASH_SHA256, row->cert, digest, &n,
		&v->err) < 0)
		return -1;
	str_hex(hex, bytes_of(digest, n));
	if (!str_eq(hex, a->detail + strlen(CA_EVENT_IMPORT_HASH)))
		find_bad(v, true,
		    "The certificate of request %" PRIu64 " is not the one "
		    "that was taken over (audit record %" PRIu64 ").",
		    row->id, a->sequence);
	return check_state(v, row);
}

/* The row of an issued certificate still says what was signed. */
static int
check_row(struct verify *v, const struct store_audit *a)
{
	AUTO(store_request) row = NULL;
	uint8_t digest[PKI_DIGEST_MAX];
	struct pki_cert cert;
	size_t n;

	if (was_taken_over(a))
		return check_taken_over(v, a);
	if (!str_eq(a->event, CA_EVENT_ISSUE) || !a->serial.n)
		return check_change(v, a);
	if (store_find_serial(v->w->reader, a->serial, &row, &v->err) < 0) {
		if (v->err.code != ERR_NOT_FOUND)
			return -1;
		v->err = (struct err){ 0 };
		find_bad(v, true,
		    "Request %" PRIu64 " was issued (audit record %" PRIu64
		    "), but its row is gone.",
		    a->request_id, a->sequence);
		return 0;
	}
	if (pki_cert_parse(row->cert, &cert, NULL) < 0 ||
	    pki_tools_hash(
		v->w->tools, PKI_HASH_SHA256, cert.tbs, digest, &n, NULL) < 0 ||
	    !bytes_eq(bytes_of(digest, n), a->digest) ||
	    cert.not_after != row->not_after)
		find_bad(v, true,
		    "The certificate of request %" PRIu64 " is not the one "
		    "that was signed (audit record %" PRIu64 ").",
		    row->id, a->sequence);
	/* Revoked, or pending again, without a record that says so? Records
	 * that say so are looked at in their turn. */
	return row->disposition == DISPOSITION_ISSUED ? 0 : check_state(v, row);
}

static void
check_chain(struct verify *v, const struct store_audit *a)
{
	uint8_t hash[CA_AUDIT_HASH];
	uint64_t expected = v->report->records + 1;

	if (a->sequence != expected)
		find_bad(v, true,
		    "Audit record %" PRIu64 " is missing: record %" PRIu64
		    " follows instead.",
		    expected, a->sequence);
	if (!bytes_eq(a->prev, BYTES_OF(v->last)))
		find_bad(v, true,
		    "Audit record %" PRIu64 " does not continue the one "
		    "before it.",
		    a->sequence);
	if (ca_audit_hash(v->w->tools, a, hash, &v->err) < 0)
		return;
	if (!bytes_eq(a->hash, BYTES_OF(hash)))
		find_bad(v, true, "Audit record %" PRIu64 " was edited.",
		    a->sequence);
	if (a->hash.n == sizeof(v->last))
		memcpy(v->last, a->hash.p, sizeof(v->last));
	v->report->records = a->sequence;
}

static bool
audit_row(void *ctx, const struct store_audit *a)
{
	struct verify *v = ctx;

	check_chain(v, a);
	if (str_eq(a->event, CA_EVENT_RECONCILE)) {
		v->never_released++;
		v->last_never_released = a->sequence;
	}
	return v->err.code == ERR_OK &&
	       ca_verify_table_add(
		   &v->table, a->digest, a->sequence, &v->err) == 0 &&
	       check_heads(v, a) == 0 && check_row(v, a) == 0;
}

/* --- the signer's log ----------------------------------------------------- */

/* A signature that the audit does not know. */
static void
unknown_signature(struct verify *v, const struct rpc_sign_log_row *s)
{
	char serial[41] = "";

	if (s->serial.n <= 20)
		str_hex(serial, s->serial);
	if (s->time + ON_ITS_WAY_S >= clock_now())
		v->on_their_way++;
	else if (s->kind == RPC_SIGN_CRL)
		/* A crash after signing: its number stays unused. */
		find_bad(v, false,
		    "CRL %" PRIu64 " was signed (record %" PRIu64 " of the "
		    "signer's log), but nothing says that it was published.",
		    s->crl_number, s->sequence);
	else
		find_bad(v, true,
		    "The signer signed a certificate with serial %s (its "
		    "record %" PRIu64 ") that the audit does not know.",
		    serial, s->sequence);
}

static void
match(struct verify *v, const struct rpc_sign_log_row *s)
{
	struct ca_verify_signature *e;

	if (s->refused || s->digest.n < CA_VERIFY_KEY)
		return;
	if (s->kind == 0) {
		find_bad(v, false,
		    "Record %" PRIu64 " of the signer's log says that the one "
		    "before it was torn when its machine stopped.",
		    s->sequence);
		return;
	}
	e = ca_verify_table_find(&v->table, s->digest);
	if (e)
		e->seen = true;
	else
		unknown_signature(v, s);
}

static int
check_signer(struct verify *v)
{
	const struct rpc_sign_log_row *s;
	uint8_t last[CA_AUDIT_HASH] = { 0 };

	cursor_reset(&v->signer);
	while ((s = cursor_row(&v->signer, &v->err))) {
		if (s->sequence != v->report->signatures + 1 ||
		    !bytes_eq(s->prev, BYTES_OF(last)))
			find_bad(v, true,
			    "The signer's log is broken at its record "
			    "%" PRIu64 ".",
			    s->sequence);
		if (s->hash.n == sizeof(last))
			memcpy(last, s->hash.p, sizeof(last));
		if (s->audit_sequence > v->report->checkpoint)
			v->report->checkpoint = s->audit_sequence;
		v->report->signatures = s->sequence;
		match(v, s);
		cursor_step(&v->signer);
	}
	return v->err.code == ERR_OK ? 0 : -1;
}

static void
conclude(struct verify *v)
{
	struct rpc_audit_report *r = v->report;

	for (uint64_t i = 0; i < v->table.size; i++)
		if (v->table.list[i].sequence && !v->table.list[i].seen)
			find_bad(v, true,
			    "Audit record %" PRIu64 " speaks of a signature "
			    "that the signer never made.",
			    v->table.list[i].sequence);
	if (r->checkpoint > r->records)
		find_bad(v, true,
		    "The audit ends at record %" PRIu64 ", but the signer has "
		    "seen record %" PRIu64 ": its end was cut off.",
		    r->records, r->checkpoint);
	r->uncovered =
	    r->records > r->checkpoint ? r->records - r->checkpoint : 0;
	if (r->uncovered)
		find_bad(v, false,
		    "Written after the signer's last signature, so that it "
		    "cannot vouch for them yet: %" PRIu64 " of the newest "
		    "records.",
		    r->uncovered);
	if (v->never_released)
		find_bad(v, false,
		    "%" PRIu64 " signatures were never released, says the CA "
		    "(the newest of these audit records is %" PRIu64 "): their "
		    "certificates must not be seen anywhere.",
		    v->never_released, v->last_never_released);
	if (v->taken_over)
		find_bad(v, false,
		    "%" PRIu64 " certificates were taken over from another CA: "
		    "the signer's log does not have their signatures.",
		    v->taken_over);
	if (v->on_their_way)
		find_bad(v, false,
		    "%" PRIu64 " new signatures are not in the audit yet: on "
		    "their way, or not released.",
		    v->on_their_way);
	r->findings = v->findings;
}

void
ca_verify_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO_ARENA arena = { 0 };
	struct rpc_audit_report report = { .good = true };
	struct verify v = { .w = w,
		.report = &report,
		.arena = &arena,
		.signer.signer = w->ca->signer };
	int rc = -1;

	v.findings =
	    ca_arena_alloc(&arena, RPC_FINDINGS_MAX * sizeof(*v.findings));
	if (ca_arena_check(&arena, &v.err) == 0 &&
	    store_list_audit(w->reader,
		&(struct store_audit_filter){ .node = w->ca->node }, audit_row,
		&v, &v.err) == 0 &&
	    v.err.code == ERR_OK)
		rc = check_signer(&v);
	if (rc == 0) {
		conclude(&v);
		rc = ca_arena_check(&arena, &v.err);
	}
	if (rc < 0)
		ca_call_fail(call, &v.err);
	else
		ca_call_reply(call, &report);
	rpc_sign_msg_free(v.signer.msg);
	ca_verify_table_clear(&v.table);
}
