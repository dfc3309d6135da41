/* import_read.c - what a row, its certificate and its request say. */
#include "ca/import_row.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/text.h"
#include "pki/attrs.h"
#include "pki/ext.h"
#include "pki/gname.h"
#include "pki/name.h"
#include "pki/pem.h"
#include "pki/request.h"

#include <openssl/x509.h>
#include <stdio.h>

AUTO_FOREIGN(X509, X509_free);

#define REASON_RELEASE 8

/* --- the issuer ------------------------------------------------------------
 */

/* By an algorithm that is refused today, OpenSSL is asked: what was issued
 * with SHA-1 was issued all the same. */
static bool
signed_by(struct ca_worker *w, const struct pki_cert *cert,
    const struct ca_generation *g)
{
	const unsigned char *at = cert->der.p;
	AUTO_OF(EVP_PKEY) key = NULL;
	AUTO_OF(X509) x = NULL;

	if (cert->sig_alg && !cert->sig_alg->refused)
		return pki_cert_verify(w->tools, cert, &g->key, NULL) == 0;
	x = d2i_X509(NULL, &at, (long)cert->der.n);
	return x && pki_key_import(w->tools, &g->key, &key, NULL) == 0 &&
	       X509_verify(x, key) == 1;
}

/* The newest certificate of the key that was valid already, else its oldest. */
static const struct ca_generation *
certificate_of(const struct ca_generations *set, uint32_t key, int64_t when)
{
	const struct ca_generation *found = NULL;

	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].key_index == key &&
		    (!found || set->list[i].cert.not_before <= when))
			found = &set->list[i];
	return found;
}

static int
find_issuer(struct ca_worker *w, const struct ca_generations *set,
    const struct pki_cert *cert, const struct ca_generation **ret,
    struct err *err)
{
	for (size_t i = set->n; i-- > 0;) {
		const struct ca_generation *g = &set->list[i];

		if (!bytes_eq(cert->issuer, g->cert.subject))
			break;
		if (i + 1 < set->n &&
		    set->list[i + 1].key_index == g->key_index)
			continue; /* the same key again */
		if (!signed_by(w, cert, g))
			continue;
		*ret = certificate_of(set, g->key_index, cert->not_before);
		return 0;
	}
	return err_set(
	    err, ERR_BAD_SIGNATURE, "it is not signed by a key of this CA");
}

/* --- what is read ----------------------------------------------------------
 */

static void
read_names(
    struct ca_import_row *r, struct bytes subject, struct bytes extensions)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
	struct pki_ext ext;
	struct pki_gname g;
	struct der list;

	pki_name_text(subject, &text);
	ca_text_cut(r->subject, sizeof(r->subject), buf_str(&text));
	if (!pki_name_value(subject, PKI_OID_CN, &r->common_name) &&
	    pki_ext_find(extensions, PKI_OID_SAN, &ext) &&
	    der_sole(ext.value, DER_SEQUENCE, &list) == 0 &&
	    pki_gname_next(&list, &g, NULL) > 0)
		pki_gname_text(&g, &r->common_name);
	r->q.common_name = buf_str(&r->common_name);
	r->q.request_subject = r->subject;
}

/* By what the certificate itself says, else what was told. */
static void
read_template(struct ca_import_row *r, const struct pki_cert *cert)
{
	AUTO_BUF name = BUF_WITH_LIMIT(RPC_TEXT_MAX);
	char oid[PKI_OID_TEXT_MAX];
	struct pki_ext ext;
	struct der in, value;
	uint8_t tag;

	ca_text_cut(
	    r->template_name, sizeof(r->template_name), r->ask->template_name);
	if (pki_ext_find(cert->extensions, PKI_OID_MS_TEMPLATE_NAME, &ext)) {
		in = der_of(ext.value);
		if (der_any(&in, &tag, NULL, &value) == 0 &&
		    pki_name_string(tag, der_bytes(value), &name))
			ca_text_cut(r->template_name, sizeof(r->template_name),
			    buf_str(&name));
	} else if (!r->template_name[0] &&
		   pki_ext_find(cert->extensions, PKI_OID_MS_TEMPLATE, &ext) &&
		   der_sole(ext.value, DER_SEQUENCE, &in) == 0 &&
		   der_next(&in, DER_OID, NULL, &value) == 0 &&
		   pki_oid_to_text(der_bytes(value), oid)) {
		(void)snprintf(
		    r->template_name, sizeof(r->template_name), "%s", oid);
	}
}

static int
hash_of(struct ca_worker *w, struct bytes x, uint8_t *buffer, struct bytes *ret,
    struct err *err)
{
	size_t n;

	if (pki_tools_hash(w->tools, PKI_HASH_SHA256, x, buffer, &n, err) < 0)
		return -1;
	*ret = bytes_of(buffer, n);
	return 0;
}

/* A key that would be too weak today was certified all the same. */
static int
read_key(struct ca_worker *w, struct ca_import_row *r, struct bytes spki,
    struct err *err)
{
	struct pki_key key;

	if (pki_key_parse(spki, &key, NULL) == 0) {
		r->q.key_kind = pki_key_kind_name(key.kind);
		r->q.key_bits = key.bits;
		if (pki_key_id(w->tools, &key, r->ski, err) < 0)
			return -1;
		r->q.ski = BYTES_OF(r->ski);
	}
	return hash_of(w, spki, r->key_hash, &r->q.key_hash, err);
}

static int
read_cert(struct ca_worker *w, const struct ca_generations *set,
    struct ca_import_row *r, struct err *err)
{
	const struct ca_generation *g = NULL;
	struct pki_cert cert;

	if (pki_cert_parse(r->ask->cert, &cert, err) < 0 ||
	    find_issuer(w, set, &cert, &g, err) < 0 ||
	    read_key(w, r, cert.spki, err) < 0 ||
	    hash_of(w, cert.der, r->cert_hash, &r->q.cert_hash, err) < 0)
		return err_wrap(err, "the certificate");
	read_names(r, cert.subject, cert.extensions);
	read_template(r, &cert);
	r->q.cert = cert.der;
	r->q.serial = cert.serial;
	r->q.ca_index = g->index;
	r->q.key_index = g->key_index;
	r->q.not_before = cert.not_before;
	r->q.not_after = cert.not_after;
	r->q.subject = r->subject;
	return 0;
}

/* Only its revocation is known. Nothing outlives the CA's own certificate. */
static int
read_lost(
    const struct ca_generations *set, struct ca_import_row *r, struct err *err)
{
	const struct ca_generation *g =
	    certificate_of(set, r->ask->key_index, INT64_MAX);

	if (!g || r->ask->serial.n == 0 ||
	    r->ask->disposition != DISPOSITION_REVOKED)
		return err_set(err, ERR_INVALID, "there is no certificate");
	r->q.serial = r->ask->serial;
	r->q.ca_index = g->index;
	r->q.key_index = g->key_index;
	r->q.not_after =
	    r->ask->not_after ? r->ask->not_after : g->cert.not_after;
	return 0;
}

static const char *
kind_word(enum pki_request_kind kind)
{
	static const char *const words[] = { [PKI_REQUEST_PKCS10] = "pkcs10",
		[PKI_REQUEST_PKCS7] = "pkcs7",
		[PKI_REQUEST_CMC] = "cmc" };

	return words[kind];
}

/* Only what waits has to be usable; of the others it is a memory. */
static int
read_request(struct ca_worker *w, struct ca_import_row *r, struct err *err)
{
	AUTO_MEM struct pki_request *p = calloc(1, sizeof(*p));
	enum pki_pem_kind kind;
	bool waits = r->ask->disposition == DISPOSITION_PENDING;
	struct err why = { 0 };

	if (!p)
		return err_set(err, ERR_NO_MEMORY, "a request");
	r->q.kind = "none";
	if (r->ask->request.n == 0 && !waits)
		return 0;
	if (pki_pem_read_request(r->ask->request, &r->request, &kind, &why) <
		0 ||
	    pki_request_parse(buf_bytes(&r->request), p, &why) < 0)
		return waits ? err_set(err, why.code,
				   "it waits, but cannot be read: %s", why.text)
			     : 0;
	r->q.raw_request = buf_bytes(&r->request);
	r->q.kind = kind_word(p->kind);
	if (r->q.cert.n)
		return 0;
	read_names(r, p->csr.subject, p->csr.extensions);
	return read_key(w, r, p->csr.spki, err);
}

static int
read_requester(struct ca_import_row *r, struct err *err)
{
	const char *text = r->ask->requester, *slash = strchr(text, '\\');
	char realm[IDENTITY_REALM_MAX] = CA_IMPORT_REALM;
	struct identity id;

	if (slash && !str_from_bytes(realm, sizeof(realm),
			 bytes_of(text, (size_t)(slash - text))))
		realm[0] = '\0'; /* too long: refused below */
	if (!identity_set(&id, realm,
		slash   ? slash + 1
		: *text ? text
			: CA_IMPORT_NOBODY,
		IDENTITY_NONE, 0))
		return err_set(
		    err, ERR_INVALID, "its requester is no name of an account");
	identity_owner(&id, r->owner);
	identity_display(&id, r->requester);
	return 0;
}

static const struct {
	enum disposition state;
	uint32_t hresult;
	const char *message, *sentence;
} words[] = {
	{ DISPOSITION_PENDING, 0, "Taken Under Submission",
	    "The request waits for an officer, as it did before the CA was "
	    "moved." },
	{ DISPOSITION_ISSUED, 0, "Issued",
	    "The certificate was issued before the CA was moved." },
	{ DISPOSITION_REVOKED, 0, "Revoked",
	    "The certificate was issued, and revoked, before the CA was "
	    "moved." },
	{ DISPOSITION_DENIED, 0x80094014, "Denied",
	    "The request was denied before the CA was moved." },
	{ DISPOSITION_FAILED, 0x8007000d, "Error Parsing Request",
	    "The request failed before the CA was moved." },
};

static void
fill_texts(struct ca_import_row *r)
{
	struct store_request *q = &r->q;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].state == r->ask->disposition) {
			q->hresult = words[i].hresult;
			q->message = words[i].message;
			q->sentence = words[i].sentence;
		}
	if (*r->ask->message && str_is_printable(bytes_str(r->ask->message)))
		q->message = r->ask->message;
	q->owner = q->caller_owner = r->owner;
	q->requester = q->caller = r->requester;
	q->template_name = r->template_name;
}

static void
fill_times(struct ca_import_row *r)
{
	const struct rpc_import_row *a = r->ask;
	struct store_request *q = &r->q;
	int64_t now = clock_now();

	q->submitted = a->submitted ? a->submitted : q->not_before;
	if (q->submitted <= 0 || q->submitted > now)
		q->submitted = now;
	if (a->disposition == DISPOSITION_PENDING)
		return;
	q->resolved = a->resolved ? a->resolved : q->submitted;
	if (a->disposition != DISPOSITION_REVOKED)
		return;
	q->revoked_when = a->revoked > 0 && a->revoked < now ? a->revoked : now;
	if (!a->revoked && q->not_after < now)
		q->revoked_when = q->not_after;
	q->revoked_effective = q->revoked_when;
	q->revoked_reason = a->reason == REASON_RELEASE ? 0 : a->reason;
}

int
ca_import_read(struct ca_worker *w, const struct ca_generations *set,
    struct ca_import_row *r, struct err *err)
{
	const struct rpc_import_row *a = r->ask;
	bool has_cert = a->disposition == DISPOSITION_ISSUED ||
			a->disposition == DISPOSITION_REVOKED;
	struct pki_attrs attrs;

	r->q = (struct store_request){ .id = a->id,
		.disposition = a->disposition,
		.approvals = w->ca->config->approvals,
		.attributes = "",
		.peer = "import",
		.address = "",
		.officer = "",
		.request_subject = "",
		.subject = "",
		.common_name = "",
		.key_kind = "" };
	if (!has_cert && a->id == 0)
		return err_set(err, ERR_INVALID,
		    "a request without certificate needs its number");
	if (has_cert && (a->cert.n ? read_cert(w, set, r, err)
				   : read_lost(set, r, err)) < 0)
		return -1;
	if (read_requester(r, err) < 0 || read_request(w, r, err) < 0)
		return -1;
	if (!r->template_name[0])
		ca_text_cut(r->template_name, sizeof(r->template_name),
		    a->template_name);
	if (pki_attrs_parse(bytes_str(a->attributes), &attrs, NULL) == 0)
		r->q.attributes = a->attributes;
	fill_texts(r);
	fill_times(r);
	return 0;
}
