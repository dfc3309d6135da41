/* The building half of cert.h. */
#include "pki/cert.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/oid.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

AUTO_FOREIGN(X509, X509_free);

struct pki_cert_block {
	const struct pki_sig_alg *alg;
	struct bytes issuer;     /* these three point into bytes */
	struct bytes alg_issuer; /* as they stand in the certificate */
	struct bytes extensions;
	uint8_t bytes[];
};

static const uint8_t ski_head[] = { 0x30, 0x1d, 0x06, 0x03, 0x55, 0x1d, 0x0e,
	0x04, 0x16, 0x04, 0x14 };

int
pki_cert_block_new(struct bytes issuer, const struct pki_sig_alg *alg,
    struct bytes extensions, struct pki_cert_block **ret, struct err *err)
{
	struct pki_cert_block *b;
	struct pki_ext e;
	struct der in;

	if (!alg || alg->refused)
		return err_set(
		    err, ERR_CONFIG, "no usable signature algorithm");
	if (der_sole(issuer, DER_SEQUENCE, &in) < 0)
		return err_set(
		    err, ERR_CONFIG, "the issuer's name is malformed");
	if (pki_ext_check(extensions, err) < 0)
		return -1;
	if (pki_ext_find(extensions, PKI_OID_SKI, &e))
		return err_set(err, ERR_CONFIG,
		    "the subject key identifier is no fixed extension");
	b = malloc(sizeof(*b) + alg->der.n + issuer.n + extensions.n);
	if (!b)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	b->alg = alg;
	b->alg_issuer = bytes_of(b->bytes, alg->der.n + issuer.n);
	b->issuer = bytes_of(b->bytes + alg->der.n, issuer.n);
	b->extensions = bytes_of(b->bytes + b->alg_issuer.n, extensions.n);
	memcpy(b->bytes, alg->der.p, alg->der.n);
	memcpy(b->bytes + alg->der.n, issuer.p, issuer.n);
	if (extensions.n)
		memcpy(b->bytes + b->alg_issuer.n, extensions.p, extensions.n);
	*ret = b;
	return 0;
}

void
pki_cert_block_free(struct pki_cert_block *b)
{
	free(b);
}

struct bytes
pki_cert_block_issuer(const struct pki_cert_block *b)
{
	return b->issuer;
}

struct bytes
pki_cert_block_extensions(const struct pki_cert_block *b)
{
	return b->extensions;
}

const struct pki_sig_alg *
pki_cert_block_alg(const struct pki_cert_block *b)
{
	return b->alg;
}

/* What policy grants must not be there already. */
static int
check_granted(
    const struct pki_cert_block *b, struct bytes granted, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	struct der in = der_of(granted), fixed;
	struct pki_ext e, f;

	while (!der_done(&in)) {
		if (!pki_ext_next(&in, &e) || pki_oid_is(e.oid, PKI_OID_SKI))
			return err_set(err, ERR_INTERNAL,
			    "the granted extensions are malformed");
		fixed = der_of(b->extensions);
		while (pki_ext_next(&fixed, &f))
			if (bytes_eq(e.oid, f.oid))
				return err_set(err, ERR_POLICY,
				    "the extension %s would be there twice",
				    pki_oid_name(e.oid, text));
	}
	return 0;
}

static int
check_fields(const struct pki_cert_block *b, const struct pki_cert_fields *f,
    struct err *err)
{
	struct der in;

	if ((f->serial[0] & 0xc0) != 0x40)
		return err_set(err, ERR_INTERNAL,
		    "the serial number does not start with 01");
	if (der_sole(f->subject, DER_SEQUENCE, &in) < 0 ||
	    der_sole(f->spki, DER_SEQUENCE, &in) < 0)
		return err_set(
		    err, ERR_INTERNAL, "the subject or the key is malformed");
	if (f->not_after < f->not_before)
		return err_set(err, ERR_POLICY,
		    "the certificate would end before it begins");
	return f->extensions.n ? check_granted(b, f->extensions, err) : 0;
}

int
pki_cert_build_tbs(const struct pki_cert_block *block,
    const struct pki_cert_fields *f, uint8_t *buf, size_t size,
    struct bytes *ret_tbs, struct err *err)
{
	const uint8_t *mark;
	struct der_back b;

	if (check_fields(block, f, err) < 0)
		return -1;
	if (size < PKI_CERT_HEAD_ROOM + PKI_CERT_TAIL_ROOM)
		return err_set(err, ERR_INTERNAL, "the buffer is too small");
	der_back_init(&b, buf + PKI_CERT_HEAD_ROOM, size - PKI_CERT_HEAD_ROOM,
	    PKI_CERT_TAIL_ROOM);
	der_back_bytes(&b, f->extensions);
	der_back_bytes(&b, block->extensions);
	der_back_put(&b, f->ski, sizeof(f->ski));
	der_back_put(&b, ski_head, sizeof(ski_head));
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	der_back_wrap(&b, DER_CONTEXT(3), b.end);
	der_back_bytes(&b, f->spki);
	der_back_bytes(&b, f->subject);
	mark = b.p;
	der_back_time(&b, f->not_after);
	der_back_time(&b, f->not_before);
	der_back_wrap(&b, DER_SEQUENCE, mark);
	der_back_bytes(&b, block->alg_issuer);
	der_back_prim(&b, DER_INTEGER, BYTES_OF(f->serial));
	der_back_put(&b, "\xa0\x03\x02\x01\x02", 5); /* version 3 */
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	if (b.failed)
		return err_set(err, ERR_TOO_LARGE,
		    "the certificate would be larger than %zu bytes, or its "
		    "dates are beyond the year 9999",
		    size);
	*ret_tbs = der_back_done(&b);
	return 0;
}

int
pki_cert_finish(const struct pki_cert_block *block, uint8_t *buf, size_t size,
    struct bytes tbs, struct bytes sig, struct bytes *ret_cert, struct err *err)
{
	size_t at = (size_t)(tbs.p - buf), end = at + tbs.n;
	uint8_t head_space[8];
	struct der_back head;

	if (tbs.p < buf + PKI_CERT_HEAD_ROOM || end > size ||
	    sig.n + block->alg->der.n + 8 > size - end)
		return err_set(err, ERR_INTERNAL,
		    "the signature does not fit behind the certificate");
	memcpy(buf + end, block->alg->der.p, block->alg->der.n);
	end += block->alg->der.n;
	der_back_init(&head, head_space, sizeof(head_space), 0);
	der_back_put(&head, "", 1); /* no unused bits */
	der_back_head(&head, DER_BIT_STRING, sig.n + 1);
	memcpy(buf + end, head.p, (size_t)(head.end - head.p));
	end += (size_t)(head.end - head.p);
	memcpy(buf + end, sig.p, sig.n);
	end += sig.n;
	der_back_init(&head, buf, at, 0);
	der_back_head(&head, DER_SEQUENCE, end - at);
	if (head.failed)
		return err_set(err, ERR_INTERNAL, "no room for the head");
	*ret_cert = bytes_of(head.p, (size_t)(buf + end - head.p));
	return 0;
}

/* ---- proof ------------------------------------------------------------ */

/* OpenSSL must read every extension it knows, and write the whole again as
 * it was. */
static int
reencodes(struct bytes cert, struct bytes tbs, int n_ext, struct err *err)
{
	const unsigned char *p = cert.p;
	AUTO_OF(X509) x = d2i_X509(NULL, &p, (long)cert.n);
	unsigned char *again = NULL;
	bool same;
	int n, i;

	if (!x || p != cert.p + cert.n || X509_get_ext_count(x) != n_ext)
		return pki_tools_failed(
		    err, "a certificate of this kind would not be readable");
	for (i = 0; i < n_ext; i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		const X509V3_EXT_METHOD *m = X509V3_EXT_get(e);
		void *value = m ? X509V3_EXT_d2i(e) : NULL;

		if (m && !value)
			return pki_tools_failed(
			    err, "an extension would not be readable");
		if (m && m->it)
			ASN1_item_free(value, ASN1_ITEM_ptr(m->it));
		else if (m)
			m->ext_free(value);
	}
	n = i2d_re_X509_tbs(x, &again);
	same = n > 0 && bytes_eq(tbs, bytes_of(again, (size_t)n));
	OPENSSL_free(again);
	if (!same)
		return pki_tools_failed(err,
		    "a certificate of this kind would not be in its only "
		    "encoding");
	return 0;
}

int
pki_cert_block_check(const struct pki_cert_block *block, struct err *err)
{
	/* An Ed25519 key: any 32 bytes are one. */
	static const uint8_t spki[44] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
		0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x01 };
	static const uint8_t sig[64] = { 0x55 };
	const struct pki_cert_fields f = {
		.serial = { 0x40, 1 },
		.not_before = DER_TIME_2050 - 1,
		.not_after = DER_TIME_2050,
		.subject = block->issuer,
		.spki = BYTES_OF(spki),
	};
	AUTO_MEM uint8_t *buf = NULL;
	struct der in = der_of(block->extensions);
	struct bytes tbs, cert;
	struct pki_ext e;
	int n = 1;

	buf = malloc(PKI_CERT_MAX);
	if (!buf)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	while (pki_ext_next(&in, &e))
		n++;
	if (pki_cert_build_tbs(block, &f, buf, PKI_CERT_MAX, &tbs, err) < 0 ||
	    pki_cert_finish(
		block, buf, PKI_CERT_MAX, tbs, BYTES_OF(sig), &cert, err) < 0)
		return -1;
	return reencodes(cert, tbs, n, err);
}
