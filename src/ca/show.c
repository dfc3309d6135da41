/* SHOW: one request in full: what was asked for beside what will be (or was)
 * granted, and what happened to it. For a request that waits the policy is
 * asked again, so the officer sees what issuing now would give. */
#include "base/str.h"
#include "ca/approval.h"
#include "ca/audit.h"
#include "ca/check.h"
#include "ca/decide.h"
#include "ca/handlers.h"
#include "ca/permission.h"
#include "ca/policy.h"
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
show_checks(struct show *s, const struct pki_csr *csr, struct bytes granted,
    struct err *err)
{
	const struct store_request *row = s->row;
	const struct ca_generations *set = ca_generations_take(s->w->ca);
	struct ca_check_result r = { .code = ERR_OK };
	int rc = 0;

	if (set && row->key_hash.n == STORE_KEY_HASH)
		rc = ca_check_preview(s->w,
		    &(struct ca_check){ .gen = ca_generations_current(set),
			.csr = csr,
			.key = { .hash = row->key_hash.p,
			    .owner = row->owner,
			    .site = row->flags & STORE_REQUEST_SITE,
			    .reuse = s->w->ca->config->key_reuse } },
		    granted, &r, err);
	ca_generations_release(s->w->ca, set);
	if (rc < 0 || r.code == ERR_OK)
		return rc;
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
hash_granted(struct show *s, const struct pki_csr *csr, struct bytes granted,
    struct err *err)
{
	const struct ca_generations *set = ca_generations_take(s->w->ca);
	int rc;

	if (!set)
		return 0;
	rc = ca_approval_hash(s->w->tools,
	    &(struct ca_approval_parts){
		.generation = ca_generations_current(set)->index,
		.template_name = s->row->template_name,
		.subject = csr->subject,
		.spki = csr->spki,
		.extensions = granted,
		.validity = s->w->ca->config->validity },
	    s->hash, err);
	ca_generations_release(s->w->ca, set);
	s->has_hash = rc == 0;
	return rc;
}

static int
compare_asked(struct show *s, const struct pki_csr *csr, struct err *err)
{
	struct ca_policy_result *policy = malloc(sizeof(*policy));
	struct pki_attrs attrs;
	const char *subject = name_text(s, csr->subject);
	bool granted;
	int rc;

	if (!policy)
		return err_set(err, ERR_NO_MEMORY, "showing a request");
	ca_policy_init(policy);
	rc = pki_attrs_parse(bytes_str(s->row->attributes), &attrs, NULL);
	rc = ca_policy_decide(
	    &(struct ca_policy_ask){ .config = s->w->ca->config,
		.csr = csr,
		.attrs = rc == 0 ? &attrs : NULL,
		.decided = true },
	    policy, err);
	granted = rc == 0 && policy->verdict == CA_VERDICT_ISSUE;
	if (granted && s->row->approvals > 1)
		rc = hash_granted(s, csr, buf_bytes(&policy->granted), err);
	if (rc == 0) {
		add_field(s, "Subject", subject, granted ? subject : "",
		    ca_arena_str(s->arena, policy->sentence));
		if (granted)
			rc = show_checks(
			    s, csr, buf_bytes(&policy->granted), err);
		compare(s, csr->extensions,
		    granted ? buf_bytes(&policy->granted) : BYTES_NONE, policy);
		if (policy->ignored[0])
			add_field(s, "Request attributes",
			    ca_arena_str(s->arena, s->row->attributes), "",
			    ca_arena_str(s->arena, policy->ignored));
	}
	ca_policy_clear(policy);
	free(policy);
	return rc;
}

static int
fill_fields(struct show *s, struct err *err)
{
	struct pki_csr csr;
	bool readable = str_eq(s->row->kind, "pkcs10") &&
			pki_csr_parse(s->row->raw_request, &csr, NULL) == 0;

	s->fields =
	    ca_arena_alloc(s->arena, RPC_FIELDS_MAX * sizeof(*s->fields));
	if (!s->fields)
		return ca_arena_check(s->arena, err);
	if (s->row->cert.n)
		return compare_issued(s, readable ? &csr : NULL, err);
	return readable ? compare_asked(s, &csr, err) : 0;
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
		{ "certificate", "a certificate, no request" } };

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
	struct show s = { .w = w, .call = call, .arena = &arena };
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
