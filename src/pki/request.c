/* The reading half of request.h. */
#include "pki/request.h"
#include "base/str.h"
#include "pki/ext.h"
#include "pki/oid.h"

static const struct bytes requester_name = BYTES_INIT("requestername");

const char *
pki_request_kind_name(enum pki_request_kind kind)
{
	static const char *const names[] = {
		[PKI_REQUEST_PKCS10] = "PKCS#10",
		[PKI_REQUEST_PKCS7] = "PKCS#7",
		[PKI_REQUEST_CMC] = "CMC",
	};

	return kind < ARRAY_LEN(names) ? names[kind] : "?";
}

/* ---- pairs ------------------------------------------------------------ */

static bool
is_requester(const struct buf *name)
{
	size_t i;

	if (name->n != requester_name.n)
		return false;
	for (i = 0; i < name->n; i++)
		if (str_lower_char((char)name->p[i]) !=
		    (char)requester_name.p[i])
			return false;
	return true;
}

static bool
pair_here(const struct pki_request *r, struct pki_request_pairs *w,
    struct buf *name, struct buf *value)
{
	switch (w->place) {
	case 0:
		return pki_pair_next(r->csr.attributes, &w->in, name, value);
	case 1:
		return r->kind == PKI_REQUEST_PKCS7 &&
		       pki_pair_next(
			   r->cms.signers[0].attrs, &w->in, name, value);
	case 2:
		return r->kind == PKI_REQUEST_CMC &&
		       pki_cmc_pair_next(&w->reg_info, name, value);
	default:
		return false;
	}
}

bool
pki_request_pair_next(const struct pki_request *r, struct pki_request_pairs *w,
    struct buf *name, struct buf *value)
{
	while (w->place <= 2) {
		while (pair_here(r, w, name, value))
			if (!is_requester(name))
				return true;
		w->place++;
		w->in = (struct pki_pairs){ 0 };
		if (w->place == 2 && r->kind == PKI_REQUEST_CMC)
			w->reg_info = der_of(r->cmc.reg_info);
	}
	return false;
}

/* ---- for whom --------------------------------------------------------- */

static int
take_requester(struct pki_request *r, const struct buf *value, struct err *err)
{
	struct bytes name = buf_bytes(value);

	if (r->requester[0])
		return err_set(err, ERR_BAD_DATA,
		    "the request names two requesters on whose behalf it was "
		    "made");
	if (name.n == 0 || !str_is_printable(name) ||
	    !str_from_bytes(r->requester, sizeof(r->requester), name))
		return err_set(err, ERR_BAD_DATA,
		    "the name of the requester on whose behalf the request "
		    "was made is empty, too long or no text");
	return 0;
}

/* In the signed attributes of the first signer; others may say the same.
 * Anything else is an error, so that nobody thinks it counted. */
static int
requester_of_pkcs7(struct pki_request *r, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	unsigned i;

	for (i = 0; i < r->n_signers; i++) {
		struct pki_pairs w = { 0 };

		while (
		    pki_pair_next(r->cms.signers[i].attrs, &w, &name, &value)) {
			if (!is_requester(&name))
				continue;
			r->signers[i].names_requester = true;
			if (i > 0 && r->requester[0] &&
			    str_eq(buf_str(&value), r->requester))
				continue;
			if (i > 0)
				return err_set(err, ERR_BAD_DATA,
				    "the requester is named by another signer "
				    "than the first, or not the same by both");
			if (take_requester(r, &value, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int
requester_of_cmc(struct pki_request *r, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct der in = der_of(r->cmc.reg_info);

	while (pki_cmc_pair_next(&in, &name, &value))
		if (is_requester(&name) && take_requester(r, &value, err) < 0)
			return -1;
	for (unsigned i = 0; i < r->n_signers; i++) /* it is in the content */
		r->signers[i].names_requester = r->requester[0] != 0;
	return 0;
}

static int
on_behalf(struct pki_request *r, struct err *err)
{
	unsigned i;

	if ((r->kind == PKI_REQUEST_CMC ? requester_of_cmc(r, err)
					: requester_of_pkcs7(r, err)) < 0)
		return -1;
	if (!r->requester[0])
		return 0;
	if (r->purpose == PKI_PURPOSE_RENEWAL)
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "a renewal on behalf of another is not supported");
	r->purpose = PKI_PURPOSE_ON_BEHALF;
	if (r->kind == PKI_REQUEST_PKCS7)
		return r->signers[0].kind == PKI_SIGNER_AGENT
			   ? 0
			   : err_set(err, ERR_NO_SIGNER,
				 "the request is made on behalf of another, "
				 "but its first signer is no agent");
	for (i = 0; i < r->n_signers; i++)
		if (r->signers[i].kind == PKI_SIGNER_AGENT)
			return 0;
	return err_set(err, ERR_NO_SIGNER,
	    "the request is made on behalf of another, but no agent has "
	    "signed it");
}

/* ---- signers ---------------------------------------------------------- */

static int
classify(struct pki_request *r, unsigned i, struct err *err)
{
	const struct pki_cms_signer *info = &r->cms.signers[i];
	struct pki_request_signer *s = &r->signers[i];

	*s = (struct pki_request_signer){ 0 };
	if (info->no_signature) {
		s->kind = PKI_SIGNER_NO_SIGNATURE;
		return 0;
	}
	if (pki_cms_signer_cert(&r->cms, info, &s->cert, &s->has_cert, err) < 0)
		return -1;
	if (!s->has_cert && info->issuer.p)
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the certificate of signer %u is not in the message, so "
		    "its signature cannot be checked",
		    i + 1);
	s->same_key = !s->has_cert || bytes_eq(s->cert.spki, r->csr.spki);
	if (s->has_cert && r->csr.renewal.p &&
	    bytes_eq(s->cert.der, r->csr.renewal))
		s->kind = PKI_SIGNER_OLD_CERT;
	else
		s->kind = s->same_key ? PKI_SIGNER_NEW_KEY : PKI_SIGNER_AGENT;
	return 0;
}

static bool
has_archived_key(const struct pki_cms_signer *s)
{
	struct der in = der_of(s->unsigned_attrs);
	struct pki_cms_attr a;

	while (pki_cms_attr_next(&in, &a))
		if (pki_oid_is(a.oid, PKI_OID_MS_ARCHIVED_KEY))
			return true;
	return false;
}

static int
read_signers(struct pki_request *r, struct err *err)
{
	unsigned i;

	if (r->cms.n_signers == 0)
		return err_set(
		    err, ERR_NO_SIGNER, "the message is not signed by anybody");
	for (i = 0; i < r->cms.n_signers; i++) {
		if (has_archived_key(&r->cms.signers[i]))
			return err_set(err, ERR_BAD_MESSAGE_TYPE,
			    "the message carries a private key to be "
			    "archived, which this CA does not do; make the "
			    "request without it");
		if (classify(r, i, err) < 0)
			return -1;
	}
	r->n_signers = r->cms.n_signers;
	r->has_signing_time = r->cms.signers[0].has_signing_time;
	r->signing_time = r->cms.signers[0].signing_time;
	return 0;
}

/* By the first signer of a PKCS#7; beside another signer of a CMC. */
static bool
is_signed_with_old(const struct pki_request *r)
{
	unsigned i;

	if (r->kind == PKI_REQUEST_PKCS7)
		return r->signers[0].kind == PKI_SIGNER_OLD_CERT;
	for (i = 0; i < r->n_signers; i++)
		if (r->signers[i].kind == PKI_SIGNER_OLD_CERT)
			return r->n_signers > 1;
	return false;
}

static int
renewal(struct pki_request *r, struct err *err)
{
	bool in_bag = false;
	unsigned i;

	if (!r->csr.renewal.p)
		return 0;
	r->purpose = PKI_PURPOSE_RENEWAL;
	if (pki_cert_parse(r->csr.renewal, &r->old, err) < 0) {
		(void)err_wrap(err, "the certificate to be renewed");
		if (err)
			err->code = ERR_BAD_RENEWAL;
		return -1;
	}
	for (i = 0; i < r->cms.n_certs; i++)
		in_bag |= bytes_eq(r->cms.certs[i], r->csr.renewal);
	if (!in_bag)
		return err_set(err, ERR_BAD_RENEWAL,
		    "the certificate to be renewed is not among the "
		    "certificates of the message");
	if (!is_signed_with_old(r))
		return err_set(err, ERR_BAD_RENEWAL,
		    "the renewal is not signed with the certificate to be "
		    "renewed");
	return 0;
}

/* ---- envelopes -------------------------------------------------------- */

/* Extensions that the PKCS#10 asks for itself add nothing. */
static int
check_added(const struct pki_request *r, struct err *err)
{
	struct der in = der_of(r->cmc.add_extensions);
	char text[PKI_OID_TEXT_MAX];
	struct pki_ext added, own;

	if (pki_ext_check(r->cmc.add_extensions, err) < 0)
		return err_wrap(err, "the extensions that the CMC adds");
	while (pki_ext_next(&in, &added)) {
		struct der list = der_of(r->csr.extensions);
		bool same = false;

		while (!same && pki_ext_next(&list, &own))
			same = bytes_eq(own.all, added.all);
		if (!same)
			return err_set(err, ERR_BAD_MESSAGE_TYPE,
			    "the CMC message adds the extension \"%s\" to the "
			    "request in it, which is not supported: ask for "
			    "it in the PKCS#10 itself",
			    pki_oid_name(added.oid, text));
	}
	return 0;
}

static int
read_cmc(struct pki_request *r, struct err *err)
{
	unsigned i;

	r->kind = PKI_REQUEST_CMC;
	if (pki_cmc_parse(r->cms.content, &r->cmc, err) < 0 ||
	    pki_csr_parse(r->cmc.request, &r->csr, err) < 0 ||
	    check_added(r, err) < 0 || read_signers(r, err) < 0)
		return -1;
	for (i = 0; i < r->n_signers; i++)
		if (r->signers[i].same_key ||
		    r->signers[i].kind == PKI_SIGNER_NO_SIGNATURE)
			break;
	if (i == r->n_signers)
		return err_set(err, ERR_NO_SIGNER,
		    "the CMC message is not signed with the key of the "
		    "request, nor marked as having no signature");
	return 0;
}

static int
read_pkcs7(struct pki_request *r, struct err *err)
{
	struct der in;

	r->kind = PKI_REQUEST_PKCS7;
	if (der_sole(r->cms.content, DER_SEQUENCE, &in) == 0 &&
	    der_peek(&in, DER_OID))
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "the signed message holds another signed message, which "
		    "is not supported");
	if (pki_csr_parse(r->cms.content, &r->csr, err) < 0 ||
	    read_signers(r, err) < 0)
		return -1;
	if (r->signers[0].kind == PKI_SIGNER_NO_SIGNATURE)
		return err_set(err, ERR_NO_SIGNER,
		    "the PKCS#7 message is not signed by anybody");
	return 0;
}

static int
read_cms(struct bytes der, struct pki_request *r, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	bool is_data;

	if (pki_cms_parse(der, &r->cms, err) < 0)
		return -1;
	is_data = pki_oid_is(r->cms.type, PKI_OID_PKCS7_DATA);
	if (!is_data && !pki_oid_is(r->cms.type, PKI_OID_CMC_PKI_DATA))
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "the signed message holds no certificate request but %s",
		    pki_oid_name(r->cms.type, text));
	if (!r->cms.content.p)
		return r->cms.n_signers == 0
			   ? err_set(err, ERR_BAD_MESSAGE_TYPE,
				 "this is a chain of certificates, not a "
				 "certificate request")
			   : err_set(err, ERR_BAD_DATA,
				 "the signed message does not contain what "
				 "was signed");
	if ((is_data ? read_pkcs7(r, err) : read_cmc(r, err)) < 0 ||
	    renewal(r, err) < 0)
		return -1;
	return on_behalf(r, err);
}

static bool
is_spkac(struct der in)
{
	struct der body;

	return der_next(&in, DER_SEQUENCE, NULL, &body) == 0 &&
	       der_next(&body, DER_SEQUENCE, NULL, NULL) == 0 &&
	       der_peek(&body, DER_IA5);
}

int
pki_request_parse(struct bytes der, struct pki_request *ret, struct err *err)
{
	struct der in;

	/* Not cleared as a whole: a bare PKCS#10 must stay cheap. */
	ret->kind = PKI_REQUEST_PKCS10;
	ret->purpose = PKI_PURPOSE_NEW;
	ret->proof = PKI_PROOF_NONE;
	ret->proof_signer = ret->n_signers = 0;
	ret->requester[0] = '\0';
	ret->has_signing_time = false;
	if (der_sole(der, DER_SEQUENCE, &in) == 0) {
		if (der_peek(&in, DER_OID))
			return read_cms(der, ret, err);
		if (is_spkac(in))
			return err_set(err, ERR_BAD_MESSAGE_TYPE,
			    "this is a key with a challenge (SPKAC), which "
			    "is not supported; send a PKCS#10 certificate "
			    "request");
	}
	return pki_csr_parse(der, &ret->csr, err);
}
