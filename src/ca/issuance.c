/* issuance.c - from what was sent to a request that is read and proven. */
#include "ca/issuance.h"

#include "base/clock.h"
#include "ca/grant.h"
#include "ca/limit.h"
#include "ca/template.h"
#include "ca/text.h"
#include "pki/gname.h"
#include "pki/name.h"
#include "pki/pem.h"

int
ca_issuance_new(struct ca_worker *w, struct ca_call *call,
    enum ca_profile profile, struct ca_issuance **ret, struct err *err)
{
	const struct ca_generations *set = ca_generations_take(w->ca);
	struct ca_issuance *i;

	if (!set)
		return err_set(err, ERR_UNAVAILABLE,
		    "The CA has no certificate yet. Nothing was kept.");
	i = malloc(sizeof(*i));
	if (!i) {
		ca_generations_release(w->ca, set);
		return err_set(err, ERR_NO_MEMORY, "a request");
	}
	/* The buffer at its end is written before it is read. */
	memset(i, 0, offsetof(struct ca_issuance, buffer));
	i->call = call;
	i->set = set;
	i->templates = ca_templates_take(w->ca);
	i->gen = ca_generations_current(set);
	i->block = i->gen->block[profile];
	i->profile = profile;
	i->validity = w->ca->config->validity;
	ca_policy_init(&i->policy);
	buf_init(&i->der, PKI_PEM_TEXT_MAX);
	buf_init(&i->subject, PKI_NAME_MAX);
	buf_init(&i->common_name, PKI_NAME_TEXT_MAX);
	i->row = (struct store_request){
		.kind = "pkcs10",
		.attributes = "",
		.message = i->message,
		.sentence = i->sentence,
		.submitted = clock_now(),
		.owner = call->who.owner,
		.requester = call->who.display,
		.caller_owner = call->who.owner,
		.caller = call->who.display,
		.peer = call->who.peer,
		.address = "",
		.officer = "",
		.request_subject = i->subject_text,
		.subject = "",
		.common_name = "",
		.template_name = "",
		.key_kind = "",
		.approvals = w->ca->config->approvals,
	};
	*ret = i;
	return 0;
}

void
ca_issuance_free(struct ca_issuance *i)
{
	if (!i)
		return;
	if (i->ticket.entered) /* ended without a row */
		ca_limit_leave(i->call->ca->limit, &i->ticket, false, false);
	if (i->claim.held)
		ca_keys_release(i->call->ca->keys, &i->claim, 0);
	ca_facts_clear(&i->facts);
	store_request_free(i->stored);
	ca_policy_clear(&i->policy);
	buf_clear(&i->der);
	buf_clear(&i->subject);
	buf_clear(&i->common_name);
	free(i);
}

void
ca_issuance_end(struct ca_issuance *i, enum disposition d, enum err_code code,
    const char *message, const char *sentence)
{
	i->row.disposition = d;
	i->row.hresult = err_hresult(code);
	i->row.resolved = d == DISPOSITION_PENDING ? 0 : i->row.submitted;
	if (i->stored && d != DISPOSITION_PENDING)
		i->row.resolved = clock_now();
	ca_text_cut(i->message, sizeof(i->message), message);
	ca_text_cut(i->sentence, sizeof(i->sentence), sentence);
}

/* --- what is wrong with a request --------------------------------------- */

static void
fail(struct ca_issuance *i, const char *kind, const char *step,
    const struct err *why)
{
	char message[ERR_TEXT_MAX * 2];

	(void)snprintf(message, sizeof(message), "%s  0x%08X, %s", step,
	    err_hresult(why->code), why->text);
	i->row.kind = kind;
	ca_issuance_end(i, DISPOSITION_FAILED, why->code, message, why->text);
}

/* A key that must not be certified is a matter of policy: the request itself
 * was understood. */
static void
refuse_key(struct ca_issuance *i, const struct err *why)
{
	ca_policy_deny(&i->policy, why->code, "%s", why->text);
	ca_issuance_end(i, DISPOSITION_DENIED, why->code, i->policy.message,
	    i->policy.sentence);
}

static const struct {
	enum pki_pem_kind kind;
	const char *word; /* of the row */
} kinds[] = {
	{ PKI_PEM_CMS, "cms" },
	{ PKI_PEM_SPKAC, "spkac" },
	{ PKI_PEM_CERTIFICATE, "certificate" },
	{ PKI_PEM_CRL, "crl" },
};

static const char *
kind_word(enum pki_pem_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].word;
	return "unreadable";
}

/* What was sent is a request, or the row's end says what it is. */
static bool
recognise(struct ca_issuance *i, struct bytes raw)
{
	enum pki_pem_kind kind = PKI_PEM_OTHER;
	struct err e = { 0 };
	int rc = pki_pem_read_request(raw, &i->der, &kind, &e);

	if (rc < 0 && e.code == ERR_PRIVATE_KEY) {
		/* The one thing that is never stored. */
		i->row.raw_request = BYTES_NONE;
		i->row.attributes = "";
		fail(i, "private-key", "Error Parsing Request", &e);
		return false;
	}
	i->row.raw_request =
	    raw.n > PKI_REQUEST_MAX ? bytes_of(raw.p, PKI_REQUEST_MAX) : raw;
	if (rc == 0)
		return true;
	fail(i, kind_word(kind), "Error Parsing Request", &e);
	return false;
}

/* --- what it says ------------------------------------------------------- */

/* The common name, or the first other name that is text. */
static void
describe_name(struct ca_issuance *i)
{
	struct pki_ext ext;
	struct pki_gname g;
	struct der list;

	if (pki_name_value(
		i->request.csr.subject, PKI_OID_CN, &i->common_name) ||
	    !pki_ext_find(i->request.csr.extensions, PKI_OID_SAN, &ext) ||
	    der_sole(ext.value, DER_SEQUENCE, &list) < 0)
		return;
	if (pki_gname_next(&list, &g, NULL) > 0)
		pki_gname_text(&g, &i->common_name);
}

static int
describe(struct ca_worker *w, struct ca_issuance *i, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
	size_t n;

	pki_name_text(i->request.csr.subject, &text);
	ca_text_cut(i->subject_text, sizeof(i->subject_text), buf_str(&text));
	describe_name(i);
	i->row.common_name = buf_str(&i->common_name);
	i->row.key_kind = pki_key_kind_name(i->request.csr.key.kind);
	i->row.key_bits = i->request.csr.key.bits;
	if (pki_tools_hash(w->tools, PKI_HASH_SHA256, i->request.csr.spki,
		i->key_hash, &n, err) < 0)
		return -1;
	i->row.key_hash = bytes_of(i->key_hash, n);
	return 0;
}

static const char *
kind_of(const struct pki_request *r)
{
	static const char *const words[] = { [PKI_REQUEST_PKCS10] = "pkcs10",
		[PKI_REQUEST_PKCS7] = "pkcs7",
		[PKI_REQUEST_CMC] = "cmc" };

	return words[r->kind];
}

int
ca_issuance_verify(struct pki_tools *t, const struct ca_template_set *templates,
    struct pki_request *r, struct err *err)
{
	return ca_templates_take_sha1(templates)
		   ? pki_request_verify_sha1(t, r, err)
		   : pki_request_verify(t, r, err);
}

int
ca_issuance_read(struct ca_worker *w, struct ca_issuance *i, struct bytes raw,
    struct err *err)
{
	struct err e = { 0 };

	if (!recognise(i, raw))
		return 0;
	i->row.raw_request = buf_bytes(&i->der);
	if (i->der.n > PKI_REQUEST_MAX) {
		i->row.raw_request.n = PKI_REQUEST_MAX;
		(void)err_set(&e, ERR_TOO_LARGE,
		    "The request is larger than %d bytes.", PKI_REQUEST_MAX);
		fail(i, "unreadable", "Error Parsing Request", &e);
		return 0;
	}
	if (pki_request_parse(i->row.raw_request, &i->request, &e) < 0) {
		if (e.code == ERR_WEAK_KEY)
			refuse_key(i, &e);
		else
			fail(i, "unreadable", "Error Parsing Request", &e);
		return 0;
	}
	i->row.kind = kind_of(&i->request);
	if (describe(w, i, err) < 0)
		return -1;
	if (ca_issuance_verify(w->tools, i->templates, &i->request, &e) < 0) {
		if (e.code == ERR_INTERNAL || e.code == ERR_NO_MEMORY)
			return err_set(err, e.code, "%s", e.text);
		if (e.code == ERR_WEAK_KEY)
			refuse_key(i, &e);
		else
			fail(i, i->row.kind,
			    "Error Verifying Request Signature or Signing "
			    "Certificate",
			    &e);
		return 0;
	}
	if (i->request.purpose == PKI_PURPOSE_RENEWAL)
		i->row.flags |= STORE_REQUEST_RENEWAL;
	else if (i->request.purpose == PKI_PURPOSE_ON_BEHALF)
		i->row.flags |= STORE_REQUEST_ON_BEHALF;
	i->readable = true;
	return 0;
}

/* --- what the policy says ------------------------------------------------ */

/* The row of a request on behalf of somebody is that person's; who sent it
 * stays the caller. */
static int
fill_row(struct ca_issuance *i, struct err *err)
{
	const struct ca_policy_result *p = &i->policy;

	if (p->validity > 0)
		i->validity = p->validity;
	if (!p->row)
		return 0;
	i->block = ca_template_block(
	    i->templates, p->row, i->gen, i->request.csr.key.kind);
	if (!i->block && p->verdict != CA_VERDICT_DENY)
		return err_set(err, ERR_BUSY,
		    "The templates are being read again. Nothing was kept; try "
		    "again.");
	i->row.template_name = p->row->t->name;
	if (!i->stored)
		i->row.approvals = p->approvals;
	if (i->facts.target_found && !i->stored) {
		i->row.owner = i->facts.target.owner;
		i->row.requester = i->facts.target.display;
	}
	return 0;
}

struct bytes
ca_issuance_subject(const struct ca_issuance *i)
{
	if (i->policy.subject.n > 0) /* by the template */
		return buf_bytes(&i->policy.subject);
	return i->subject.n > 0 ? buf_bytes(&i->subject) /* the site's own */
				: i->request.csr.subject;
}

/* The subject that the certificate gets, where it is not the request's. */
static void
describe_subject(struct ca_issuance *i)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	if (i->policy.subject.n == 0)
		return;
	pki_name_text(buf_bytes(&i->policy.subject), &text);
	ca_text_cut(i->issued_text, sizeof(i->issued_text), buf_str(&text));
	buf_reset(&i->common_name);
	(void)pki_name_value(
	    buf_bytes(&i->policy.subject), PKI_OID_CN, &i->common_name);
	i->row.common_name = buf_str(&i->common_name);
}

int
ca_issuance_decide(struct ca_worker *w, struct ca_issuance *i,
    const struct ca_who *who, const struct pki_attrs *attrs, bool decided,
    struct err *err)
{
	struct ca_policy_ask ask = {
		.config = w->ca->config,
		.request = &i->request,
		.csr = &i->request.csr,
		.attrs = attrs,
		.issuer = i->gen->cert.subject,
		.now = clock_now(),
		.decided = decided,
	};

	if (i->templates) {
		if (ca_facts_gather(w, who, i->set, &i->request, i->templates,
			&i->facts, err) < 0)
			return -1;
		ask.facts = &i->facts;
	}
	if (ca_policy_decide(&ask, &i->policy, err) < 0)
		return -1;
	describe_subject(i);
	return fill_row(i, err);
}
