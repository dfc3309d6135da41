/* issue.c - the to-be-signed certificate, and its way to the signer. */
#include "ca/issue.h"

#include "base/clock.h"
#include "ca/approval.h"
#include "ca/grant.h"
#include "ca/issuance.h"
#include "ca/permission.h"
#include "ca/template.h"
#include "ca/text.h"
#include "pki/name.h"

#include <openssl/rand.h>

int64_t
ca_issue_end(const struct pki_cert *ca, int64_t now, int64_t validity,
    int64_t limit, bool *ret_cut)
{
	int64_t end = now + validity;

	if (limit > 0 && end > limit)
		end = limit;
	*ret_cut = end > ca->not_after;
	return *ret_cut ? ca->not_after : end;
}

/* never past the CA's own end (enrolment protocols 3.1); the message says so
 */
static int
set_validity(struct ca_issuance *i, struct err *err)
{
	const struct ca_config *c = i->call->ca->config;
	const struct pki_cert *ca = &i->gen->cert;
	struct pki_cert_fields *f = &i->fields;
	int64_t now = clock_now();
	bool cut;

	if (now >= ca->not_after)
		return err_set(err, ERR_UNAVAILABLE,
		    "The certificate of this CA has expired, so it issues no "
		    "more. Nothing was kept.");
	f->not_before = now - c->clock_skew;
	if (f->not_before < ca->not_before)
		f->not_before = ca->not_before;
	f->not_after =
	    ca_issue_end(ca, now, i->validity, i->policy.not_after, &cut);
	if (!cut)
		return 0;
	ca_text_cut(i->message, sizeof(i->message),
	    "Issued. The validity period was shortened to the end of the CA "
	    "certificate's.");
	ca_text_cut(i->sentence, sizeof(i->sentence),
	    "The certificate you requested was issued to you. It ends when "
	    "the certificate of the CA does, sooner than usual.");
	return 0;
}

static int
build(struct ca_worker *w, struct ca_issuance *i, struct err *err)
{
	struct pki_cert_fields *f = &i->fields;
	size_t n;

	if (set_validity(i, err) < 0)
		return -1;
	if (RAND_bytes(f->serial, sizeof(f->serial)) != 1)
		return pki_tools_failed(err, "random bytes");
	pki_cert_serial_shape(f->serial);
	f->subject = ca_issuance_subject(i);
	f->spki = i->request.csr.spki;
	f->extensions = buf_bytes(&i->policy.granted);
	if (pki_key_id(w->tools, &i->request.csr.key, f->ski, err) < 0)
		return -1;
	if (pki_cert_build_tbs(
		i->block, f, i->buffer, sizeof(i->buffer), &i->tbs, err) < 0)
		return -1;
	return pki_tools_hash(
	    w->tools, PKI_HASH_SHA256, i->tbs, i->digest, &n, err);
}

static bool
is_of_ca(const struct ca_issuance *i)
{
	return i->profile == CA_PROFILE_SUB ||
	       (i->policy.row && i->policy.row->t->ca);
}

/* What must be true of anything this CA signs, whatever the policy said. False
 * when something is not: the row's end says what. */
static int
check(
    struct ca_worker *w, struct ca_issuance *i, bool *ret_good, struct err *err)
{
	const struct ca_check c = {
		.gen = i->gen,
		.csr = &i->request.csr,
		.tbs = i->tbs,
		.ca = is_of_ca(i),
		.key = { .hash = i->key_hash,
		    .owner = i->row.owner,
		    .site = i->row.flags & STORE_REQUEST_SITE,
		    .reuse = i->policy.reuse },
	};
	struct ca_check_result r;

	if (ca_check(w, &c, &i->claim, &r, err) < 0)
		return -1;
	*ret_good = r.code == ERR_OK;
	if (*ret_good)
		return 0;
	ca_policy_deny(&i->policy, r.code, "%s", r.text);
	ca_issuance_end(i, DISPOSITION_DENIED, r.code, i->policy.message,
	    i->policy.sentence);
	return 0;
}

/* On the signer client's thread. */
static void
signed_done(
    struct ca_sign_job *job, struct bytes signature, const struct err *err)
{
	struct ca_issuance *i =
	    (struct ca_issuance *)(void *)((char *)job -
					   offsetof(struct ca_issuance, job));
	struct store_request *row = &i->row;
	struct err e = { 0 };

	if (err) {
		ca_settle_fail(i, err);
		return;
	}
	if (pki_cert_finish(i->block, i->buffer, sizeof(i->buffer), i->tbs,
		signature, &row->cert, &e) < 0) {
		ca_settle_fail(i, &e);
		return;
	}
	row->serial = BYTES_OF(i->fields.serial);
	row->ski = BYTES_OF(i->fields.ski);
	row->ca_index = i->gen->index;
	row->key_index = i->gen->key_index;
	row->not_before = i->fields.not_before;
	row->not_after = i->fields.not_after;
	row->subject =
	    i->issued_text[0] ? i->issued_text : row->request_subject;
	row->resolved = clock_now();
	ca_settle(i);
}

void
ca_issue_sign(struct ca_worker *w, struct ca_issuance *i)
{
	struct err err = { 0 };
	bool good = false;

	if (build(w, i, &err) < 0) {
		/* A name or extension beyond what a certificate may hold is
		 * the request's fault, everything else is ours. */
		if (err.code == ERR_TOO_LARGE) {
			ca_issuance_end(i, DISPOSITION_DENIED, ERR_TOO_LARGE,
			    "Denied by Policy Module  0x8007006F, The "
			    "certificate would be too large.",
			    "Names and extensions of this request make the "
			    "certificate larger than this CA issues.");
			ca_settle(i);
			return;
		}
		ca_settle_fail(i, &err);
		return;
	}
	if (check(w, i, &good, &err) < 0) {
		ca_settle_fail(i, &err);
		return;
	}
	if (!good) {
		ca_settle(i);
		return;
	}
	i->job.item = (struct rpc_sign_item){
		.key_index = i->gen->key_index,
		.kind = is_of_ca(i) ? RPC_SIGN_CA_CERTIFICATE
				    : RPC_SIGN_CERTIFICATE,
		.tbs = i->tbs,
	};
	i->job.done = signed_done;
	ca_sign_submit(w->ca->sign, &i->job);
}

/* --- a request that waited ---------------------------------------------- */

static int
read_stored(struct ca_worker *w, struct ca_issuance *i, struct err *err)
{
	const struct store_request *row = i->stored;
	struct pki_attrs attrs;
	struct ca_who sender;

	if (pki_attrs_parse(bytes_str(row->attributes), &attrs, err) < 0 ||
	    ca_issuance_read(w, i, row->raw_request, err) < 0)
		return err_wrap(err, "the stored request");
	if (!i->readable)
		return err_set(err, ERR_CORRUPT,
		    "The stored request can no longer be read: %s",
		    i->sentence);
	if (ca_permission_of_row(w, row, &sender, err) < 0)
		return -1;
	return ca_issuance_decide(w, i, &sender, &attrs, true, err);
}

/* The row keeps who asked, and when; the officer is who calls. */
static void
take_over(struct ca_issuance *i, struct store_request *stored)
{
	i->stored = stored;
	i->row.id = stored->id;
	i->row.submitted = stored->submitted;
	i->row.owner = stored->owner;
	i->row.requester = stored->requester;
	i->row.caller_owner = stored->caller_owner;
	i->row.caller = stored->caller;
	i->row.peer = stored->peer;
	i->row.address = stored->address;
	i->row.flags = stored->flags;
	i->row.kind = stored->kind;
	i->row.attributes = stored->attributes;
	i->row.officer = i->call->who.display;
}

void
ca_issue_stored(
    struct ca_worker *w, struct ca_call *call, struct store_request *take_row)
{
	struct ca_issuance *i = NULL;
	struct err err = { 0 };

	if (ca_issuance_new(w, call, CA_PROFILE_USER, &i, &err) < 0) {
		store_request_free(take_row);
		ca_call_fail(call, &err);
		return;
	}
	take_over(i, take_row);
	if (read_stored(w, i, &err) < 0) {
		ca_settle_fail(i, &err);
		return;
	}
	if (i->policy.verdict == CA_VERDICT_ISSUE) {
		/* The template may want more of them than it did. */
		if (i->policy.row && i->policy.approvals > i->stored->approvals)
			i->stored->approvals = i->policy.approvals;
		if (ca_approval_waits(w, i))
			return;
		ca_issuance_end(i, DISPOSITION_ISSUED, ERR_OK, "Issued",
		    "The certificate was issued.");
		ca_issue_sign(w, i);
		return;
	}
	ca_issuance_end(i, DISPOSITION_DENIED, i->policy.code,
	    i->policy.message, i->policy.sentence);
	ca_settle(i);
}
