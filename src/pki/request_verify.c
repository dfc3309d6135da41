/* The verifying half of request.h. */
#include "pki/ext.h"
#include "pki/oid.h"
#include "pki/request.h"

/* A signer without certificate is named by the key identifier of the new key:
 * the one that RFC 5280 4.2.1.2 (1) computes, or the one asked for. */
static int
check_ski(struct pki_tools *t, const struct pki_request *r, struct bytes ski,
    struct err *err)
{
	uint8_t id[PKI_SHA1_SIZE];
	struct pki_ext e;
	struct der asked;

	if (pki_key_id(t, &r->csr.key, id, err) < 0)
		return -1;
	if (bytes_eq(ski, BYTES_OF(id)) ||
	    (pki_ext_find(r->csr.extensions, PKI_OID_SKI, &e) &&
		der_sole(e.value, DER_OCTET_STRING, &asked) == 0 &&
		bytes_eq(ski, der_bytes(asked))))
		return 0;
	return err_set(err, ERR_BAD_SIGNATURE,
	    "it has no certificate in the message, and its key identifier is "
	    "not that of the key in the request");
}

static int
verify_signer(
    struct pki_tools *t, struct pki_request *r, unsigned i, struct err *err)
{
	const struct pki_cms_signer *info = &r->cms.signers[i];
	struct pki_request_signer *s = &r->signers[i];
	struct pki_key key = r->csr.key;

	if (s->kind == PKI_SIGNER_NO_SIGNATURE)
		return pki_cms_verify_no_signature(t, &r->cms, info, err);
	if (s->has_cert) {
		if (pki_key_parse(s->cert.spki, &key, err) < 0)
			return -1;
	} else if (check_ski(t, r, info->ski, err) < 0) {
		return -1;
	}
	if (pki_cms_verify(t, &r->cms, info, &key, err) < 0)
		return -1;
	s->verified = true;
	return 0;
}

static int
verify_signers(struct pki_tools *t, struct pki_request *r, struct err *err)
{
	unsigned i;

	for (i = 0; i < r->n_signers; i++)
		if (verify_signer(t, r, i, err) < 0)
			return err_wrap(err, "signer %u", i + 1);
	return 0;
}

/* MS-WCCE 2.2.2.6.5: the algorithm is that of a bare hash, the signature that
 * hash of the request info. */
static int
verify_hash(struct pki_tools *t, struct pki_request *r, enum pki_hash hash,
    struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	size_t n;
	unsigned i;

	if (hash == PKI_HASH_SHA1)
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the request has a SHA-1 hash in place of its signature, "
		    "which is too weak");
	if (pki_tools_hash(t, hash, r->csr.info, digest, &n, err) < 0)
		return -1;
	if (!bytes_eq(r->csr.signature, bytes_of(digest, n)))
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the hash in place of the request's signature is wrong");
	for (i = 0; i < r->n_signers; i++)
		if (r->signers[i].verified && r->signers[i].same_key) {
			r->proof = PKI_PROOF_SIGNER;
			r->proof_signer = i;
			return 0;
		}
	return err_set(err, ERR_BAD_SIGNATURE,
	    "nothing proves possession of the key: the request is not signed "
	    "with it, and no signer of the message has it");
}

typedef int verify_csr(
    struct pki_tools *t, const struct pki_csr *csr, struct err *err);

static int
verify_possession(struct pki_tools *t, struct pki_request *r,
    verify_csr *verify, struct err *err)
{
	enum pki_hash hash = r->kind == PKI_REQUEST_PKCS10
				 ? PKI_HASH_NONE
				 : pki_sig_hash(r->csr.alg);

	if (hash != PKI_HASH_NONE)
		return verify_hash(t, r, hash, err);
	if (verify(t, &r->csr, err) < 0)
		return -1;
	r->proof = PKI_PROOF_SIGNATURE;
	r->sha1 = r->csr.sig_alg && r->csr.sig_alg->hash == PKI_HASH_SHA1;
	return 0;
}

/* A key that nobody proved to have may have been damaged on its way, so what is
 * wrong with it is only said beside that. */
static int
without_possession(const struct pki_request *r, struct err *err)
{
	struct err weak = { 0 }, first;

	if (!err || err->code != ERR_BAD_SIGNATURE ||
	    pki_key_check(&r->csr.key, &weak) == 0)
		return -1;
	first = *err;
	return err_set(
	    err, first.code, "%.300s; besides: %.150s", first.text, weak.text);
}

static int
verify_all(struct pki_tools *t, struct pki_request *r, verify_csr *verify,
    struct err *err)
{
	if (r->kind != PKI_REQUEST_PKCS10) {
		if (verify_signers(t, r, err) < 0 ||
		    pki_tools_hash(t, PKI_HASH_SHA256, r->cms.content,
			r->content_digest, NULL, err) < 0)
			return -1;
	}
	if (verify_possession(t, r, verify, err) < 0)
		return without_possession(r, err);
	return pki_key_check(&r->csr.key, err);
}

int
pki_request_verify(struct pki_tools *t, struct pki_request *r, struct err *err)
{
	return verify_all(t, r, pki_csr_verify, err);
}

int
pki_request_verify_sha1(
    struct pki_tools *t, struct pki_request *r, struct err *err)
{
	return verify_all(t, r, pki_csr_verify_sha1, err);
}
