/* The writing half of cms.h. */
#include "pki/cms.h"

/* Attribute with one value: what was written since mark. */
static void
wrap_attr(struct der_back *b, enum pki_oid oid, const uint8_t *mark)
{
	der_back_wrap(b, DER_SET, mark);
	der_back_prim(b, DER_OID, pki_oids[oid].der);
	der_back_wrap(b, DER_SEQUENCE, mark);
}

int
pki_cms_attrs_build(struct pki_tools *t, const struct pki_sig_alg *alg,
    enum pki_oid type, struct bytes content, struct buf *out, struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX], space[256];
	struct der_back b;
	const uint8_t *mark;
	size_t n;

	if (pki_tools_hash(t, pki_cms_hash_of(alg), content, digest, &n, err) <
	    0)
		return -1;
	/* In the order of DER: the content type is always the shorter. */
	der_back_init(&b, space, sizeof(space), 0);
	der_back_prim(&b, DER_OCTET_STRING, bytes_of(digest, n));
	wrap_attr(&b, PKI_OID_MESSAGE_DIGEST, b.end);
	mark = b.p;
	der_back_prim(&b, DER_OID, pki_oids[type].der);
	wrap_attr(&b, PKI_OID_CONTENT_TYPE, mark);
	der_back_wrap(&b, DER_SET, b.end);
	buf_add_bytes(out, der_back_done(&b));
	return buf_check(out, "the signed attributes", err);
}

/* The algorithm of the key goes with PKCS#1 signatures: RFC 3370 3.2, and the
 * form that everything reads. */
static struct bytes
alg_to_write(const struct pki_sig_alg *alg)
{
	static const struct bytes rsa = BYTES_INIT(
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");

	return alg->family == PKI_SIG_RSA ? rsa : alg->der;
}

static int
put_signer(struct der_back *b, const struct pki_cms_make *m, struct err *err)
{
	const uint8_t *mark = b->p, *inner;
	struct der attrs;

	if (der_sole(m->attrs, DER_SET, &attrs) < 0)
		return err_set(
		    err, ERR_INTERNAL, "the signed attributes are not a SET");
	der_back_prim(b, DER_OCTET_STRING, m->signature);
	der_back_bytes(b, alg_to_write(m->alg));
	der_back_prim(b, DER_CONTEXT(0), der_bytes(attrs));
	der_back_bytes(b, pki_sig_hash_der(pki_cms_hash_of(m->alg)));
	inner = b->p;
	der_back_prim(b, DER_INTEGER, m->signer->serial);
	der_back_bytes(b, m->signer->issuer);
	der_back_wrap(b, DER_SEQUENCE, inner);
	der_back_uint(b, 1);
	der_back_wrap(b, DER_SEQUENCE, mark);
	der_back_wrap(b, DER_SET, mark);
	return 0;
}

static void
put_list(struct der_back *b, uint8_t tag, const struct bytes *list, size_t n)
{
	const uint8_t *mark = b->p;
	size_t i;

	if (n == 0)
		return;
	for (i = n; i > 0; i--)
		der_back_bytes(b, list[i - 1]);
	der_back_wrap(b, tag, mark);
}

static void
put_content(struct der_back *b, const struct pki_cms_make *m)
{
	const uint8_t *mark = b->p;

	der_back_prim(b, DER_OCTET_STRING, m->content);
	der_back_wrap(b, DER_CONTEXT(0), mark);
	der_back_prim(b, DER_OID, pki_oids[m->type].der);
	der_back_wrap(b, DER_SEQUENCE, mark);
}

static size_t
total(const struct bytes *list, size_t n)
{
	size_t sum = 0, i;

	for (i = 0; i < n; i++)
		sum += list[i].n;
	return sum;
}

int
pki_cms_build(const struct pki_cms_make *m, struct buf *out, struct err *err)
{
	size_t size = 512 + m->content.n + m->attrs.n + m->signature.n +
		      m->signer->issuer.n + m->signer->serial.n +
		      m->alg->der.n + total(m->certs, m->n_certs) +
		      total(m->crls, m->n_crls);
	AUTO_MEM uint8_t *space = malloc(size);
	const uint8_t *mark;
	struct der_back b;

	if (!space)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	der_back_init(&b, space, size, 0);
	if (put_signer(&b, m, err) < 0)
		return -1;
	put_list(&b, DER_CONTEXT(1), m->crls, m->n_crls);
	put_list(&b, DER_CONTEXT(0), m->certs, m->n_certs);
	put_content(&b, m);
	mark = b.p;
	der_back_bytes(&b, pki_sig_hash_der(pki_cms_hash_of(m->alg)));
	der_back_wrap(&b, DER_SET, mark);
	/* RFC 5652 5.1: 3 unless the content is of the type data. */
	der_back_uint(&b, m->type == PKI_OID_PKCS7_DATA ? 1 : 3);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	der_back_wrap(&b, DER_CONTEXT(0), b.end);
	der_back_prim(&b, DER_OID, pki_oids[PKI_OID_PKCS7_SIGNED].der);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	if (b.failed)
		return err_set(
		    err, ERR_INTERNAL, "the signed message does not fit");
	buf_add_bytes(out, der_back_done(&b));
	return buf_check(out, "the signed message", err);
}
