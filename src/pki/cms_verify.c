/* The verifying part of cms.h. OpenSSL's CMS_verify() can neither take a
 * signer that has no certificate nor one with an Ed25519 key. */
#include "pki/cms.h"

enum pki_hash
pki_cms_hash_of(const struct pki_sig_alg *alg)
{
	/* RFC 8419 3.1: SHA-512 goes with Ed25519. */
	return alg->family == PKI_SIG_ED25519 ? PKI_HASH_SHA512 : alg->hash;
}

static int
refuse_alg(const struct pki_cms_signer *s, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	struct bytes oid;
	struct der in;

	if (s->hash == PKI_HASH_SHA1 || (s->sig_alg && s->sig_alg->refused))
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the message is signed with SHA-1, which is too weak and "
		    "is not accepted; sign with SHA-256 or better");
	if (der_sole(s->alg, DER_SEQUENCE, &in) < 0 || der_oid(&in, &oid) < 0)
		oid = BYTES_NONE;
	return err_set(err, ERR_BAD_SIGNATURE,
	    "the message is signed with an algorithm, a digest or parameters "
	    "that are not accepted or do not belong together (%s)",
	    pki_oid_name(oid, text));
}

/* The signed attributes must be about this content. */
static int
check_digest(struct pki_tools *t, const struct pki_cms *cms,
    const struct pki_cms_signer *s, struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	size_t n;

	if (pki_tools_hash(t, s->hash, cms->content, digest, &n, err) < 0)
		return -1;
	if (!bytes_eq(s->message_digest, bytes_of(digest, n)))
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the signature is one over other content than this "
		    "message has");
	return 0;
}

/* What is signed: the content, or the attributes as a SET (RFC 5652 5.4). */
static int
signed_bytes(const struct pki_cms *cms, const struct pki_cms_signer *s,
    struct buf *space, struct bytes *ret, struct err *err)
{
	uint8_t head[8];
	struct der_back b;

	if (!s->attrs.p) {
		*ret = cms->content;
		return 0;
	}
	der_back_init(&b, head, sizeof(head), 0);
	der_back_head(&b, DER_SET, s->attrs.n);
	buf_add_bytes(space, der_back_done(&b));
	buf_add_bytes(space, s->attrs);
	*ret = buf_bytes(space);
	return buf_check(space, "the signed attributes", err);
}

static int
prepare(struct pki_tools *t, const struct pki_cms *cms,
    const struct pki_cms_signer *s, struct buf *space, struct bytes *ret,
    struct err *err)
{
	if (!cms->content.p)
		return err_set(err, ERR_BAD_DATA,
		    "the signed message does not contain what was signed");
	if (s->attrs.p && check_digest(t, cms, s, err) < 0)
		return -1;
	return signed_bytes(cms, s, space, ret, err);
}

int
pki_cms_verify(struct pki_tools *t, const struct pki_cms *cms,
    const struct pki_cms_signer *s, const struct pki_key *key, struct err *err)
{
	AUTO_BUF space = BUF_WITH_LIMIT(PKI_CMS_MAX + 8);
	struct bytes tbs;

	if (s->no_signature || !s->sig_alg || s->sig_alg->refused)
		return refuse_alg(s, err);
	if (prepare(t, cms, s, &space, &tbs, err) < 0)
		return -1;
	return pki_sig_verify_salted(
	    t, key, s->sig_alg, s->salt, tbs, s->signature, err);
}

int
pki_cms_verify_no_signature(struct pki_tools *t, const struct pki_cms *cms,
    const struct pki_cms_signer *s, struct err *err)
{
	AUTO_BUF space = BUF_WITH_LIMIT(PKI_CMS_MAX + 8);
	uint8_t digest[PKI_DIGEST_MAX];
	struct bytes tbs;
	size_t n;

	if (!s->no_signature || s->hash == PKI_HASH_NONE ||
	    s->hash == PKI_HASH_SHA1)
		return refuse_alg(s, err);
	if (prepare(t, cms, s, &space, &tbs, err) < 0 ||
	    pki_tools_hash(t, s->hash, tbs, digest, &n, err) < 0)
		return -1;
	if (!bytes_eq(s->signature, bytes_of(digest, n)))
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the hash that stands in for a signature is not that of "
		    "the message");
	return 0;
}
