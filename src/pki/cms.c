/* The reading half of cms.h. */
#include "pki/cms.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/pair.h"

static int
malformed(const char *what, struct err *err)
{
	return err_set(err, ERR_BAD_DATA,
	    "the signed message is not well formed: %s", what);
}

/* ---- attributes ------------------------------------------------------- */

static int
attr_next(struct der *in, struct pki_cms_attr *ret)
{
	struct der attr, values;

	if (der_next(in, DER_SEQUENCE, NULL, &attr) < 0 ||
	    der_oid(&attr, &ret->oid) < 0 ||
	    der_next(&attr, DER_SET, NULL, &values) < 0 || !der_done(&attr) ||
	    der_done(&values))
		return -1;
	ret->values = der_bytes(values);
	return 0;
}

bool
pki_cms_attr_next(struct der *in, struct pki_cms_attr *ret)
{
	return !der_done(in) && attr_next(in, ret) == 0;
}

/* The attributes that mean something to us; each with one value, except the
 * pairs, and each once, except them. */
enum known { CONTENT_TYPE, DIGEST, SIGNING_TIME, PAIRS, KNOWN_COUNT };

static const enum pki_oid known_oids[KNOWN_COUNT] = {
	[CONTENT_TYPE] = PKI_OID_CONTENT_TYPE,
	[DIGEST] = PKI_OID_MESSAGE_DIGEST,
	[SIGNING_TIME] = PKI_OID_SIGNING_TIME,
	[PAIRS] = PKI_OID_MS_NAME_VALUE,
};

static int
read_pairs(struct bytes values, unsigned *count, struct err *err)
{
	struct der in = der_of(values), value;
	uint8_t tag;

	while (!der_done(&in))
		if (der_any(&in, &tag, &value, NULL) < 0 ||
		    pki_pair_check(der_bytes(value), count, err) < 0)
			return err_wrap(err, "a signed attribute");
	return 0;
}

static int
read_known(const struct pki_cms *cms, struct pki_cms_signer *s,
    enum known which, struct bytes values, struct err *err)
{
	struct der in = der_of(values), digest;
	struct bytes oid;

	if (which == CONTENT_TYPE) {
		if (der_oid(&in, &oid) < 0 || !der_done(&in))
			return malformed("the content type attribute", err);
		if (!bytes_eq(oid, cms->type))
			return malformed("a signer signed another content "
					 "type than the message has",
			    err);
	} else if (which == DIGEST) {
		if (der_next(&in, DER_OCTET_STRING, NULL, &digest) < 0 ||
		    !der_done(&in))
			return malformed("the message digest attribute", err);
		s->message_digest = der_bytes(digest);
	} else if (which == SIGNING_TIME) {
		if (der_time(&in, &s->signing_time) < 0 || !der_done(&in))
			return malformed("the signing time attribute", err);
		s->has_signing_time = true;
	}
	return 0;
}

static int
read_signed_attrs(
    const struct pki_cms *cms, struct pki_cms_signer *s, struct err *err)
{
	struct der in = der_of(s->attrs);
	struct pki_cms_attr a;
	unsigned seen[KNOWN_COUNT] = { 0 }, n, i, pairs = 0;

	for (n = 0; !der_done(&in); n++) {
		if (n == PKI_CMS_ATTRS_MAX || attr_next(&in, &a) < 0)
			return malformed("the signed attributes", err);
		for (i = 0; i < KNOWN_COUNT; i++)
			if (pki_oid_is(a.oid, known_oids[i]))
				break;
		if (i == KNOWN_COUNT)
			continue;
		if (i == PAIRS) {
			if (read_pairs(a.values, &pairs, err) < 0)
				return -1;
			continue;
		}
		if (seen[i]++)
			return malformed(
			    "a signed attribute is there twice", err);
		if (read_known(cms, s, (enum known)i, a.values, err) < 0)
			return -1;
	}
	if (!seen[CONTENT_TYPE] || !seen[DIGEST])
		return malformed("a signer lacks the attributes content type "
				 "and message digest",
		    err);
	return 0;
}

static int
read_unsigned_attrs(struct bytes attrs, struct err *err)
{
	struct der in = der_of(attrs);
	struct pki_cms_attr a;
	unsigned n;

	for (n = 0; !der_done(&in); n++)
		if (n == PKI_CMS_ATTRS_MAX || attr_next(&in, &a) < 0)
			return malformed("the unsigned attributes", err);
	return 0;
}

/* ---- signers ---------------------------------------------------------- */

static int
read_sid(struct der *in, uint64_t version, struct pki_cms_signer *s)
{
	struct der id, issuer, v;

	if (version == 3) {
		if (der_next(in, DER_CONTEXT_P(0), NULL, &v) < 0 ||
		    der_done(&v))
			return -1;
		s->ski = der_bytes(v);
		return 0;
	}
	if (version != 1 || der_next(in, DER_SEQUENCE, NULL, &id) < 0 ||
	    der_next(&id, DER_SEQUENCE, &issuer, NULL) < 0 ||
	    der_next(&id, DER_INTEGER, NULL, &v) < 0 || !der_done(&id) ||
	    pki_name_check(der_bytes(issuer), NULL) < 0)
		return -1;
	s->issuer = der_bytes(issuer);
	s->serial = der_bytes(v);
	return 0;
}

/* Is the digest of this signer in the list of the message? */
static bool
is_listed(struct bytes digests, struct bytes alg)
{
	struct der in = der_of(digests), one, content;
	struct bytes oid, other;

	if (der_sole(alg, DER_SEQUENCE, &content) < 0 ||
	    der_oid(&content, &oid) < 0)
		return false;
	while (der_next(&in, DER_SEQUENCE, NULL, &one) == 0)
		if (der_oid(&one, &other) == 0 && bytes_eq(oid, other))
			return true;
	return false;
}

/* The algorithm is that of the signature, or (RFC 3370 3.2) only that of the
 * key, the hash being the signer's digest. Both must agree on the hash. */
static const struct pki_sig_alg *
find_alg(struct bytes alg, enum pki_hash hash, int *ret_salt)
{
	static const struct bytes rsa[] = {
		BYTES_INIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
			   "\x01\x05\x00"),
		BYTES_INIT("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
			   "\x01"),
	};
	const struct pki_sig_alg *a;
	size_t i;

	*ret_salt = PKI_SIG_SALT_HASH;
	for (i = 0; i < ARRAY_LEN(rsa); i++)
		if (bytes_eq(alg, rsa[i]))
			return pki_sig_of(PKI_SIG_RSA, hash);
	a = pki_sig_find_salted(alg, ret_salt);
	return a && pki_cms_hash_of(a) == hash ? a : NULL;
}

static bool
is_no_signature(struct bytes alg)
{
	struct der in;
	struct bytes oid;

	return der_sole(alg, DER_SEQUENCE, &in) == 0 &&
	       der_oid(&in, &oid) == 0 &&
	       pki_oid_is(oid, PKI_OID_NO_SIGNATURE) &&
	       (der_done(&in) || (der_null(&in) == 0 && der_done(&in)));
}

static int
read_signer(struct der *list, const struct pki_cms *cms,
    struct pki_cms_signer *s, struct err *err)
{
	struct der in, digest, attrs, alg, value;
	uint64_t version;

	*s = (struct pki_cms_signer){ 0 };
	if (der_next(list, DER_SEQUENCE, NULL, &in) < 0 ||
	    der_uint(&in, &version) < 0 || read_sid(&in, version, s) < 0)
		return malformed("it is not told who a signer is", err);
	if (der_next(&in, DER_SEQUENCE, &digest, NULL) < 0 ||
	    !der_is_algorithm(der_bytes(digest)))
		return malformed("a signer's digest algorithm", err);
	if (!is_listed(cms->digests, der_bytes(digest)))
		return malformed("a signer's digest algorithm is not in the "
				 "list of the message",
		    err);
	s->hash = pki_sig_hash(der_bytes(digest));
	if (der_peek(&in, DER_CONTEXT(0))) {
		if (der_next(&in, DER_CONTEXT(0), NULL, &attrs) < 0)
			return malformed("the signed attributes", err);
		s->attrs = der_bytes(attrs);
		if (read_signed_attrs(cms, s, err) < 0)
			return -1;
	} else if (!pki_oid_is(cms->type, PKI_OID_PKCS7_DATA)) {
		return malformed("a signer has no signed attributes", err);
	}
	if (der_next(&in, DER_SEQUENCE, &alg, NULL) < 0 ||
	    !der_is_algorithm(der_bytes(alg)) ||
	    der_next(&in, DER_OCTET_STRING, NULL, &value) < 0)
		return malformed("a signature", err);
	s->alg = der_bytes(alg);
	s->signature = der_bytes(value);
	s->no_signature = is_no_signature(s->alg);
	s->sig_alg = find_alg(s->alg, s->hash, &s->salt);
	if (der_peek(&in, DER_CONTEXT(1))) {
		if (der_next(&in, DER_CONTEXT(1), NULL, &attrs) < 0)
			return malformed("the unsigned attributes", err);
		s->unsigned_attrs = der_bytes(attrs);
	}
	if (!der_done(&in))
		return malformed("something follows a signer", err);
	return read_unsigned_attrs(s->unsigned_attrs, err);
}

/* ---- the message ------------------------------------------------------ */

static int
read_content(struct der *in, struct pki_cms *c, struct err *err)
{
	struct der info, explicit, octets;

	if (der_next(in, DER_SEQUENCE, NULL, &info) < 0 ||
	    der_oid(&info, &c->type) < 0)
		return malformed("the content", err);
	if (der_done(&info))
		return 0;
	if (der_next(&info, DER_CONTEXT(0), NULL, &explicit) < 0 ||
	    !der_done(&info) ||
	    der_next(&explicit, DER_OCTET_STRING, NULL, &octets) < 0 ||
	    !der_done(&explicit))
		return malformed(
		    "the content is not an OCTET STRING in one piece", err);
	c->content = der_bytes(octets);
	return 0;
}

static int
read_certs(struct der *in, struct pki_cms *c, struct err *err)
{
	struct der bag, crls, all;

	if (der_peek(in, DER_CONTEXT(0))) {
		if (der_next(in, DER_CONTEXT(0), NULL, &bag) < 0)
			return malformed("a certificate", err);
		while (!der_done(&bag)) {
			if (c->n_certs == PKI_CMS_CERTS_MAX)
				return err_set(err, ERR_TOO_LARGE,
				    "the signed message has more than %d "
				    "certificates",
				    PKI_CMS_CERTS_MAX);
			if (der_next(&bag, DER_SEQUENCE, &all, NULL) < 0)
				return malformed("a certificate", err);
			c->certs[c->n_certs++] = der_bytes(all);
		}
	}
	if (der_peek(in, DER_CONTEXT(1))) {
		if (der_next(in, DER_CONTEXT(1), NULL, &crls) < 0)
			return malformed("the revocation lists", err);
		c->crls = der_bytes(crls);
	}
	return 0;
}

static int
read_digests(struct der *in, struct pki_cms *c, struct err *err)
{
	struct der set, list, alg;
	unsigned n = 0;

	if (der_next(in, DER_SET, NULL, &set) < 0)
		return malformed("the digest algorithms", err);
	for (list = set; !der_done(&list); n++)
		if (n == PKI_CMS_DIGESTS_MAX ||
		    der_next(&list, DER_SEQUENCE, &alg, NULL) < 0 ||
		    !der_is_algorithm(der_bytes(alg)))
			return malformed("the digest algorithms", err);
	c->digests = der_bytes(set);
	return 0;
}

static int
read_signed_data(struct der in, struct pki_cms *c, struct err *err)
{
	uint64_t version;
	struct der set;

	if (der_uint(&in, &version) < 0 || version < 1 || version > 5 ||
	    version == 2)
		return malformed("its version", err);
	c->version = (unsigned)version;
	if (read_digests(&in, c, err) < 0 || read_content(&in, c, err) < 0 ||
	    read_certs(&in, c, err) < 0)
		return -1;
	if (der_next(&in, DER_SET, NULL, &set) < 0 || !der_done(&in))
		return malformed("the signers", err);
	for (; !der_done(&set); c->n_signers++) {
		if (c->n_signers == PKI_CMS_SIGNERS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "the signed message has more than %d signers",
			    PKI_CMS_SIGNERS_MAX);
		if (read_signer(&set, c, &c->signers[c->n_signers], err) < 0)
			return -1;
	}
	return 0;
}

int
pki_cms_parse(struct bytes der, struct pki_cms *ret, struct err *err)
{
	struct pki_cms c = { .der = der };
	struct der outer, explicit, in;
	struct bytes type;

	if (der.n > PKI_CMS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the signed message has %zu bytes; at most %d are allowed",
		    der.n, PKI_CMS_MAX);
	if (!der_is_well_formed(der, PKI_CMS_DEPTH) ||
	    der_sole(der, DER_SEQUENCE, &outer) < 0 ||
	    der_oid(&outer, &type) < 0)
		return malformed("it is cut off, not DER, nested too deeply, "
				 "or something follows it",
		    err);
	if (!pki_oid_is(type, PKI_OID_PKCS7_SIGNED))
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "this CMS message is not signed data");
	if (der_next(&outer, DER_CONTEXT(0), NULL, &explicit) < 0 ||
	    !der_done(&outer) ||
	    der_next(&explicit, DER_SEQUENCE, NULL, &in) < 0 ||
	    !der_done(&explicit))
		return malformed("it holds no signed data", err);
	if (read_signed_data(in, &c, err) < 0)
		return -1;
	*ret = c;
	return 0;
}

/* ---- the bag ---------------------------------------------------------- */

static bool
is_named(const struct pki_cms_signer *s, const struct pki_cert *c)
{
	struct pki_ext e;
	struct der id;

	if (s->issuer.p)
		return bytes_eq(s->issuer, c->issuer) &&
		       bytes_eq(s->serial, c->serial);
	return pki_ext_find(c->extensions, PKI_OID_SKI, &e) &&
	       der_sole(e.value, DER_OCTET_STRING, &id) == 0 &&
	       bytes_eq(s->ski, der_bytes(id));
}

int
pki_cms_signer_cert(const struct pki_cms *cms,
    const struct pki_cms_signer *signer, struct pki_cert *ret, bool *ret_found,
    struct err *err)
{
	bool found = false;
	struct pki_cert c;
	unsigned i;

	for (i = 0; i < cms->n_certs; i++) {
		if (pki_cert_parse(cms->certs[i], &c, NULL) < 0 ||
		    !is_named(signer, &c))
			continue;
		if (found && !bytes_eq(ret->der, c.der))
			return malformed("a signer's name fits two different "
					 "certificates of the message",
			    err);
		*ret = c;
		found = true;
	}
	*ret_found = found;
	return 0;
}
