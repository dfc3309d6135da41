/* The reading half of cert.h. */
#include "pki/cert.h"
#include "base/str.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/name.h"

static int
malformed(const char *what, struct err *err)
{
	return err_set(
	    err, ERR_BAD_DATA, "the certificate is not well formed: %s", what);
}

static int
read_serial(struct der *in, struct bytes *ret)
{
	struct der at = *in, v;
	struct bytes magnitude;

	if (der_positive(&at, &magnitude) < 0 || magnitude.n > 32 ||
	    der_next(in, DER_INTEGER, NULL, &v) < 0)
		return -1;
	*ret = der_bytes(v);
	return 0;
}

static int
read_validity(struct der *in, struct pki_cert *c)
{
	struct der v;

	if (der_next(in, DER_SEQUENCE, NULL, &v) < 0 ||
	    der_time(&v, &c->not_before) < 0 ||
	    der_time(&v, &c->not_after) < 0 || !der_done(&v))
		return -1;
	return 0;
}

/* A SEQUENCE kept whole. */
static int
read_sequence(struct der *in, struct bytes *ret)
{
	struct der all;

	if (der_next(in, DER_SEQUENCE, &all, NULL) < 0)
		return -1;
	*ret = der_bytes(all);
	return 0;
}

static int
read_tbs(struct der in, struct pki_cert *c, struct err *err)
{
	struct der version, exts, list;
	uint64_t v;

	if (der_next(&in, DER_CONTEXT(0), NULL, &version) < 0 ||
	    der_uint(&version, &v) < 0 || v != 2 || !der_done(&version))
		return malformed("it is not of version 3", err);
	if (read_serial(&in, &c->serial) < 0)
		return malformed("the serial number", err);
	if (read_sequence(&in, &c->alg) < 0 || !der_is_algorithm(c->alg))
		return malformed("the signature algorithm", err);
	if (read_sequence(&in, &c->issuer) < 0 ||
	    pki_name_check(c->issuer, NULL) < 0)
		return malformed("the issuer", err);
	if (read_validity(&in, c) < 0)
		return malformed("the dates", err);
	if (read_sequence(&in, &c->subject) < 0 ||
	    pki_name_check(c->subject, NULL) < 0)
		return malformed("the subject", err);
	if (read_sequence(&in, &c->spki) < 0 || !der_is_spki(c->spki))
		return malformed("the public key", err);
	if (der_done(&in))
		return 0;
	if (der_next(&in, DER_CONTEXT(3), NULL, &exts) < 0 ||
	    der_next(&exts, DER_SEQUENCE, NULL, &list) < 0 ||
	    !der_done(&exts) || !der_done(&in))
		return malformed("the extensions", err);
	c->extensions = der_bytes(list);
	return pki_ext_check(c->extensions, err);
}

int
pki_cert_parse(struct bytes der, struct pki_cert *ret, struct err *err)
{
	struct pki_cert c = { .der = der };
	struct der outer, tbs, in, alg;

	if (der.n > PKI_CERT_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the certificate has %zu bytes; at most %d are allowed",
		    der.n, PKI_CERT_MAX);
	if (der_sole(der, DER_SEQUENCE, &outer) < 0 ||
	    der_next(&outer, DER_SEQUENCE, &tbs, &in) < 0 ||
	    der_next(&outer, DER_SEQUENCE, &alg, NULL) < 0 ||
	    der_bits(&outer, &c.signature) < 0 || !der_done(&outer))
		return malformed("it is cut off, or no certificate", err);
	c.tbs = der_bytes(tbs);
	if (read_tbs(in, &c, err) < 0)
		return -1;
	if (!bytes_eq(c.alg, der_bytes(alg)))
		return malformed("its two algorithm fields differ", err);
	c.sig_alg = pki_sig_find(c.alg);
	*ret = c;
	return 0;
}

int
pki_cert_verify(struct pki_tools *t, const struct pki_cert *c,
    const struct pki_key *issuer, struct err *err)
{
	return pki_sig_verify(t, issuer, c->sig_alg, c->tbs, c->signature, err);
}

int
pki_cert_show(struct pki_tools *t, const struct pki_cert *c,
    struct pki_cert_show *ret, struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	size_t n;

	str_hex(ret->serial, c->serial); /* at most 33 bytes, see above */
	if (pki_tools_hash(t, PKI_HASH_SHA1, c->der, digest, &n, err) < 0)
		return -1;
	str_hex(ret->sha1, bytes_of(digest, n));
	if (pki_tools_hash(t, PKI_HASH_SHA256, c->der, digest, &n, err) < 0)
		return -1;
	str_hex(ret->sha256, bytes_of(digest, n));
	return 0;
}
