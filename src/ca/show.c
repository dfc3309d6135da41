/* SHOW: one request in full: what was asked for beside what will be (or was)
 * granted, and what happened to it. For a request that waits the policy is
 * asked again, so the officer sees what issuing now would give. */
#include "base/clock.h"
#include "base/str.h"
#include "ca/approval.h"
#include "ca/audit.h"
#include "ca/decide.h"
#include "ca/handlers.h"
#include "ca/issue.h"
#include "ca/permission.h"
#include "ca/preview.h"
#include "ca/row.h"
#include "pki/cert.h"
#include "pki/name.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX 65536

struct show {
	struct ca_worker *w;
	const struct ca_call *call;
	const struct store_request *row;
	struct ca_arena *arena;
	struct rpc_field *fields;
	size_t n;
	int64_t until; /* of a certificate issued now; 0: none would be */
	const char *until_note;
	/* What an approval would be given to now, if the policy says yes. */
	uint8_t hash[CA_APPROVAL_HASH];
	bool has_hash;
	struct ca_approvals approvals;
};

static const char *
name_text(struct show *s, struct bytes name)
{
	AUTO_BUF b = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	pki_name_text(name, &b);
	return ca_arena_str(s->arena, buf_str(&b));
}

static const char *
ext_text(struct show *s, const struct pki_ext *e)
{
	AUTO_BUF b = BUF_WITH_LIMIT(TEXT_MAX);

	pki_ext_text(e, &b);
	if (e->critical)
		buf_add_str(&b, " (critical)");
	return ca_arena_str(s->arena, buf_str(&b));
}

static void
add_field(struct show *s, const char *label, const char *asked,
    const char *granted, const char *note)
{
	bool differs = !str_eq(asked, granted);

	if (s->n == RPC_FIELDS_MAX) {
		/* What is granted came first: only dropped ones are left. */
		s->fields[s->n - 1] = (struct rpc_field){ "More", "", "",
			"The request asks for more than is shown here; none of "
			"that is granted.",
			true };
		return;
	}
	s->fields[s->n++] = (struct rpc_field){ label, asked, granted,
		differs ? note : "", differs };
}

static bool
find_oid(struct bytes list, struct bytes oid, struct pki_ext *ret)
{
	struct der walk = { list.p, list.p + list.n };

	while (pki_ext_next(&walk, ret))
		if (bytes_eq(ret->oid, oid))
			return true;
	return false;
}

static const char *
label_of(struct show *s, struct bytes oid)
{
	char text[PKI_OID_TEXT_MAX];
	const char *name = pki_oid_name(oid, text);
	char first = *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name;

	return ca_arena_fmt(s->arena, "%c%s", first, name + 1);
}

static const char *
why_dropped(
    struct show *s, const struct ca_policy_result *policy, struct bytes oid)
{
	for (size_t i = 0; policy && i < policy->dropped_n; i++)
		if (bytes_eq(policy->dropped[i].oid, oid))
			return ca_arena_str(s->arena, policy->dropped[i].note);
	return "Decided by the rules of this CA.";
}

/* Everything that is granted, then what was asked for and dropped: however
 * much a requester asks for, he cannot push out of sight what he gets. */
static void
compare(struct show *s, struct bytes asked, struct bytes granted,
    const struct ca_policy_result *policy)
{
	struct der walk = { granted.p, granted.p + granted.n };
	struct pki_ext e, other;

	while (pki_ext_next(&walk, &e)) {
		bool found = find_oid(asked, e.oid, &other);

		add_field(s, label_of(s, e.oid),
		    found ? ext_text(s, &other) : "", ext_text(s, &e),
		    found ? why_dropped(s, policy, e.oid)
			  : "Added by this CA.");
	}
	walk = (struct der){ asked.p, asked.p + asked.n };
	while (pki_ext_next(&walk, &e))
		if (!find_oid(granted, e.oid, &other))
			add_field(s, label_of(s, e.oid), ext_text(s, &e), "",
			    why_dropped(s, policy, e.oid));
}

static int
compare_issued(struct show *s, const struct pki_csr *csr, struct err *err)
{
	struct pki_cert cert;

	if (pki_cert_parse(s->row->cert, &cert, err) < 0)
		return err_wrap(err, "stored certificate");
	add_field(s, "Subject", csr ? name_text(s, csr->subject) : "",
	    name_text(s, cert.subject), "Decided by the rules of this CA.");
	compare(s, csr ? csr->extensions : BYTES_NONE, cert.extensions, NULL);
	return 0;
}

/* What the checks before signing would say now; a line only when they would
 * refuse. Whose key it is, is for those who may see that request too. */
static int
show_checks(struct show *s, const struct ca_preview *p, struct err *err)
{
	struct ca_check_result r;

	if (ca_preview_check(s->w, p, s->row, &r, err) < 0)
		return -1;
	if (r.code == ERR_OK)
		return 0;
	if (r.request && (s->call->who.roles & ROLE_OFFICER))
		add_field(s, "Checks before signing", "", "refused",
		    ca_arena_fmt(s->arena,
			"%s It is that of request %" PRIu64 ".", r.text,
			r.request));
	else
		add_field(s, "Checks before signing", "", "refused",
		    ca_arena_str(s->arena, r.text));
	return 0;
}

/* The certificate that issuing now would give, as approvals name it. */
static int
hash_granted(struct show *s, const struct ca_preview *p, struct err *err)
{
	if (s->row->approvals <= 1)
		return 0;
	if (ca_approval_hash(s->w->tools,
		&(struct ca_approval_parts){ .generation = p->gen->index,
		    .template_name = s->row->template_name,
		    .subject = p->subject,
		    .spki = p->request.csr.spki,
		    .fixed = pki_cert_block_extensions(p->block),
		    .extensions = buf_bytes(&p->policy.granted),
		    .validity = p->validity,
		    .not_after = p->policy.not_after },
		s->hash, err) < 0)
		return -1;
	s->has_hash = true;
	return 0;
}

/* Everything that would stand in it: what is granted, and what all certificates
 * of the kind have. */
static struct bytes
all_granted(const struct ca_preview *p, struct buf *out)
{
	if (!p->block)
		return BYTES_NONE;
	buf_add_bytes(out, buf_bytes(&p->policy.granted));
	buf_add_bytes(out, pki_cert_block_extensions(p->block));
	return buf_bytes(out);
}

/* How long it would be good for, and who says so. */
static void
set_end(struct show *s, const struct ca_preview *p)
{
	const struct ca_policy_result *r = &p->policy;
	bool cut;

	if (!p->block)
		return;
	s->until = ca_issue_end(
	    &p->gen->cert, clock_now(), p->validity, r->not_after, &cut);
	if (cut)
		s->until_note = "The certificate of the CA ends then.";
	else if (r->not_after == s->until ||
		 (r->taken.validity > 0 && r->taken.validity == r->validity))
		s->until_note = "An attribute asks for it.";
	else
		s->until_note = r->row ? "Decided by the template."
				       : "Decided by the rules of this CA.";
}

static int
compare_asked(struct show *s, const struct ca_preview *p, struct err *err)
{
	AUTO_BUF granted = BUF_WITH_LIMIT(2 * PKI_EXT_MAX);
	const struct pki_csr *csr = &p->request.csr;

	add_field(s, "Subject", name_text(s, csr->subject),
	    p->block ? name_text(s, p->subject) : "",
	    p->block ? "Decided by the template."
		     : ca_arena_str(s->arena, p->policy.sentence));
	if (p->block &&
	    (hash_granted(s, p, err) < 0 || show_checks(s, p, err) < 0))
		return -1;
	compare(s, csr->extensions, all_granted(p, &granted), &p->policy);
	set_end(s, p);
	if (p->policy.ignored[0])
		add_field(s, "Left out",
		    *s->row->attributes
			? ca_arena_str(s->arena, s->row->attributes)
			: "in the request itself",
		    "", ca_arena_str(s->arena, p->policy.ignored));
	return buf_check(&granted, "what is granted", err);
}

static int
fill_fields(struct show *s, struct err *err)
{
	AUTO(ca_preview) p = NULL;
	struct pki_request *request;
	bool readable;
	int rc;

	s->fields =
	    ca_arena_alloc(s->arena, RPC_FIELDS_MAX * sizeof(*s->fields));
	if (!s->fields)
		return ca_arena_check(s->arena, err);
	if (s->row->cert.n == 0) {
		rc = ca_preview_new(s->w, s->row, &p, err);
		return rc == 0 && p ? compare_asked(s, p, err) : rc;
	}
	request = malloc(sizeof(*request));
	if (!request)
		return err_set(err, ERR_NO_MEMORY, "showing a request");
	readable = pki_request_parse(s->row->raw_request, request, NULL) == 0;
	rc = compare_issued(s, readable ? &request->csr : NULL, err);
	free(request);
	return rc;
}

/* --- what happened ------------------------------------------------------ */

static const struct {
	const char *event, *people;
} words[] = {
	{ CA_EVENT_SUBMIT, "Received" },
	{ CA_EVENT_ISSUE, "Issued" },
	{ CA_EVENT_DENY, "Refused" },
	{ CA_EVENT_FAIL, "Not readable" },
	{ CA_EVENT_RESUBMIT, "Put back" },
	{ CA_EVENT_REVOKE, "Revoked" },
	{ CA_EVENT_RELEASE, "Released from hold" },
	{ CA_EVENT_LOST, "Reported lost, on hold" },
	{ CA_EVENT_APPROVE, "Approved" },
	{ CA_EVENT_IMPORT, "Taken over" },
	{ CA_EVENT_IMPORT_REVOKED, "Taken over, revoked" },
	{ CA_EVENT_IMPORT_OTHER, "Taken over" },
	{ CA_EVENT_LAPSE, "Approvals lapsed" },
};

struct events {
	struct ca_arena *arena;
	struct rpc_event *rows;
	size_t n;
};

static bool
event_row(void *ctx, const struct store_audit *a)
{
	struct events *e = ctx;
	const char *what = a->event;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].event, a->event))
			what = words[i].people;
	e->rows[e->n++] = (struct rpc_event){ a->time,
		ca_arena_str(e->arena, what), ca_arena_str(e->arena, a->actor),
		ca_arena_str(e->arena, a->detail) };
	return e->n < RPC_EVENTS_MAX;
}

static int
fill_events(struct show *s, struct rpc_request *ret, struct err *err)
{
	struct events e = { s->arena, NULL, 0 };

	e.rows = ca_arena_alloc(s->arena, RPC_EVENTS_MAX * sizeof(*e.rows));
	if (!e.rows)
		return ca_arena_check(s->arena, err);
	if (store_list_audit(s->w->reader,
		&(struct store_audit_filter){
		    .request_id = s->row->id, .limit = RPC_EVENTS_MAX },
		event_row, &e, err) < 0)
		return -1;
	ret->events = e.rows;
	ret->event_count = e.n;
	return 0;
}

/* --- the rest ----------------------------------------------------------- */

static const char *
key_text(struct show *s)
{
	const struct store_request *r = s->row;

	if (!r->key_kind[0])
		return "";
	if (str_eq(r->key_kind, "RSA"))
		return ca_arena_fmt(
		    s->arena, "RSA %u bits", (unsigned)r->key_bits);
	return ca_arena_str(s->arena, r->key_kind);
}

static const char *
kind_text(const char *kind)
{
	static const struct {
		const char *kind, *people;
	} kinds[] = { { "pkcs10", "PKCS #10" }, { "pkcs7", "PKCS #7" },
		{ "cmc", "CMC" }, { "private-key", "a private key, not kept" },
		{ "certificate", "a certificate, no request" },
		{ "none", "not taken over" } };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].kind, kind))
			return kinds[i].people;
	return "not readable";
}

static void
fill_may(struct show *s, struct rpc_request *ret)
{
	struct err why = { 0 };

	ret->may_decide = ca_decide_may(s->w, &s->call->who, s->row,
			      CA_REQUEST_ISSUE, NULL, &why) == 0;
	ret->may_not = ret->may_decide ? "" : ca_arena_str(s->arena, why.text);
}

/* What the row says is of the time it was decided; a revocation came later. */
static const char *
sentence_of(const struct store_request *r)
{
	if (r->disposition != DISPOSITION_REVOKED)
		return r->sentence;
	return r->revoked_reason == CA_REASON_HOLD
		   ? "The certificate is on hold: revocation lists name it "
		     "until an officer releases it."
		   : "The certificate was revoked: revocation lists name it.";
}

static void
fill_request(struct show *s, struct rpc_request *ret)
{
	const struct store_request *r = s->row;

	ca_row_fill(s->arena, r, &ret->row);
	ret->hresult = r->hresult;
	ret->sentence = sentence_of(r);
	ret->caller = r->caller;
	ret->officer = r->officer;
	ret->attributes = r->attributes;
	ret->key = key_text(s);
	ret->kind = kind_text(r->kind);
	ret->request = r->raw_request;
	ret->cert = r->cert;
	ret->generation = r->ca_index;
	ret->revoked_at = r->revoked_effective;
	ret->revoked_reason = r->revoked_reason;
	ret->mine = ca_permission_owns(&s->call->who, r);
	fill_may(s, ret);
	ret->fields = s->fields;
	ret->field_count = s->n;
	ret->until = s->until;
	ret->until_note = s->until_note;
	ret->approvals_needed = r->approvals > 1 ? r->approvals : 1;
	ret->approvals = s->approvals.list;
	ret->approval_count = s->approvals.n;
}

static int
fill_approvals(struct show *s, struct err *err)
{
	if (s->row->approvals <= 1)
		return 0;
	return ca_approval_list(s->w, s->row,
	    s->row->disposition == DISPOSITION_PENDING && s->has_hash ? s->hash
								      : NULL,
	    s->arena, &s->approvals, err);
}

void
ca_show_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_retrieve *ask = call->ask;
	AUTO(store_request) row = NULL;
	AUTO_ARENA arena = { 0 };
	struct rpc_request reply = { 0 };
	struct show s = {
		.w = w, .call = call, .arena = &arena, .until_note = ""
	};
	struct err err = { 0 };

	if (ca_decide_find(w, &call->who, ask->id, ask->serial, &row, &err) <
	    0) {
		ca_call_fail(call, &err);
		return;
	}
	s.row = row;
	if (fill_fields(&s, &err) < 0 || fill_approvals(&s, &err) < 0 ||
	    fill_events(&s, &reply, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	fill_request(&s, &reply);
	if (ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &reply);
}
