#include "pki/csr.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/oid.h"

#include <stddef.h>

#define VALUE_DEPTH 16

static int
malformed(const char *what, struct err *err)
{
	return err_set(err, ERR_BAD_DATA,
	    "the request is not a well-formed PKCS#10: %s", what);
}

bool
pki_csr_pair_next(const struct pki_csr *csr, struct pki_csr_pairs *w,
    struct buf *name, struct buf *value)
{
	return pki_pair_next(csr->attributes, &w->in, name, value);
}

/* ---- attributes ------------------------------------------------------- */

static int
extension_request(struct pki_csr *csr, struct bytes value, struct err *err)
{
	struct der list;

	if (der_sole(value, DER_SEQUENCE, &list) < 0)
		return malformed("the extension request is malformed", err);
	if (csr->extensions.p) {
		if (!bytes_eq(csr->extensions, der_bytes(list)))
			return malformed("it asks for extensions in two "
					 "attributes that differ",
			    err);
		return 0;
	}
	csr->extensions = der_bytes(list);
	return pki_ext_check(csr->extensions, err);
}

static bool
is_string(struct der *in)
{
	struct der text;
	uint8_t tag;

	return der_any(in, &tag, NULL, &text) == 0 &&
	       (tag == DER_UTF8 || tag == DER_PRINTABLE || tag == DER_IA5 ||
		   tag == DER_BMP || tag == DER_T61 || tag == DER_NUMERIC);
}

static bool
is_one_string(struct bytes value)
{
	struct der in = der_of(value);

	return is_string(&in) && der_done(&in);
}

static bool
is_csp(struct bytes value)
{
	struct der in;
	uint64_t spec;

	return der_sole(value, DER_SEQUENCE, &in) == 0 &&
	       der_uint(&in, &spec) == 0 &&
	       der_next(&in, DER_BMP, NULL, NULL) == 0 &&
	       der_next(&in, DER_BIT_STRING, NULL, NULL) == 0 && der_done(&in);
}

static bool
is_client_info(struct bytes value)
{
	struct der in;
	uint64_t id;

	return der_sole(value, DER_SEQUENCE, &in) == 0 &&
	       der_uint(&in, &id) == 0 && is_string(&in) && is_string(&in) &&
	       is_string(&in) && der_done(&in);
}

static bool
is_sequence(struct bytes value)
{
	struct der in;

	return der_sole(value, DER_SEQUENCE, &in) == 0;
}

static const struct known {
	enum pki_oid oid;
	size_t offset; /* of its struct bytes in struct pki_csr */
	bool (*is_valid)(struct bytes value);
} knowns[] = {
	{ PKI_OID_CHALLENGE, offsetof(struct pki_csr, challenge),
	    is_one_string },
	{ PKI_OID_MS_OS_VERSION, offsetof(struct pki_csr, os_version),
	    is_one_string },
	{ PKI_OID_MS_CSP, offsetof(struct pki_csr, csp), is_csp },
	{ PKI_OID_MS_CLIENT_INFO, offsetof(struct pki_csr, client_info),
	    is_client_info },
	{ PKI_OID_MS_RENEWAL_CERT, offsetof(struct pki_csr, renewal),
	    is_sequence },
};

static int
known_attribute(
    struct pki_csr *csr, struct bytes oid, struct bytes value, struct err *err)
{
	size_t i;

	if (pki_oid_is(oid, PKI_OID_EXTENSION_REQUEST) ||
	    pki_oid_is(oid, PKI_OID_MS_CERT_EXTENSIONS))
		return extension_request(csr, value, err);
	if (pki_oid_is(oid, PKI_OID_MS_NAME_VALUE))
		return pki_pair_check(value, &csr->pairs, err) < 0
			   ? err_wrap(err, "the request")
			   : 0;
	for (i = 0; i < ARRAY_LEN(knowns); i++) {
		if (!pki_oid_is(oid, knowns[i].oid))
			continue;
		if (!knowns[i].is_valid(value))
			return err_set(err, ERR_BAD_DATA,
			    "the request's attribute \"%s\" is malformed",
			    pki_oids[knowns[i].oid].name);
		*(struct bytes *)(void *)((char *)csr + knowns[i].offset) =
		    value;
	}
	return 0;
}

static int
attribute(struct pki_csr *csr, struct der *list, struct bytes *ret_oid,
    struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	struct der in, values, value;
	uint8_t tag;
	unsigned n = 0;

	if (der_next(list, DER_SEQUENCE, NULL, &in) < 0 ||
	    der_oid(&in, ret_oid) < 0 ||
	    der_next(&in, DER_SET, NULL, &values) < 0 || !der_done(&in))
		return malformed("an attribute is malformed", err);
	for (; !der_done(&values); n++) {
		if (n > 0 && !pki_oid_is(*ret_oid, PKI_OID_MS_NAME_VALUE))
			break;
		if (der_any(&values, &tag, &value, NULL) < 0 ||
		    !der_is_well_formed(der_bytes(value), VALUE_DEPTH))
			return malformed("an attribute is malformed", err);
		if (known_attribute(csr, *ret_oid, der_bytes(value), err) < 0)
			return -1;
	}
	if (n == 0 || !der_done(&values))
		return err_set(err, ERR_BAD_DATA,
		    "the request's attribute \"%s\" must have exactly one "
		    "value",
		    pki_oid_name(*ret_oid, text));
	return 0;
}

static int
attributes(struct pki_csr *csr, struct err *err)
{
	struct bytes seen[PKI_CSR_ATTRS_MAX];
	char text[PKI_OID_TEXT_MAX];
	struct der in = der_of(csr->attributes);
	unsigned n, i;

	for (n = 0; !der_done(&in); n++) {
		if (n == PKI_CSR_ATTRS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "the request has more than %d attributes",
			    PKI_CSR_ATTRS_MAX);
		if (attribute(csr, &in, &seen[n], err) < 0)
			return -1;
		if (pki_oid_is(seen[n], PKI_OID_MS_NAME_VALUE))
			continue; /* repeated by some clients */
		for (i = 0; i < n; i++)
			if (bytes_eq(seen[i], seen[n]))
				return err_set(err, ERR_BAD_DATA,
				    "the request has the attribute \"%s\" "
				    "twice",
				    pki_oid_name(seen[n], text));
	}
	return 0;
}

/* ---- the request ------------------------------------------------------ */

static int
request_info(struct pki_csr *csr, struct der in, struct err *err)
{
	struct der version, subject, spki, attrs;

	if (der_next(&in, DER_INTEGER, NULL, &version) < 0 ||
	    !bytes_eq(der_bytes(version), BYTES_LIT("\0")))
		return malformed("its version is not 0", err);
	if (der_next(&in, DER_SEQUENCE, &subject, NULL) < 0)
		return malformed("the subject is missing", err);
	if (der_next(&in, DER_SEQUENCE, &spki, NULL) < 0)
		return malformed("the public key is missing", err);
	if (der_peek(&in, DER_CONTEXT(0))) {
		if (der_next(&in, DER_CONTEXT(0), NULL, &attrs) < 0)
			return malformed("the attributes are cut off", err);
		csr->attributes = der_bytes(attrs);
	}
	if (!der_done(&in))
		return malformed("something follows the attributes", err);
	csr->subject = der_bytes(subject);
	csr->spki = der_bytes(spki);
	return 0;
}

int
pki_csr_parse(struct bytes der, struct pki_csr *ret, struct err *err)
{
	struct pki_csr csr = { .der = der };
	struct der outer, info, in, alg;

	if (der.n > PKI_CSR_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the request has %zu bytes; at most %d are allowed", der.n,
		    PKI_CSR_MAX);
	if (der_sole(der, DER_SEQUENCE, &outer) < 0)
		return malformed("it is cut off, or something follows it", err);
	if (der_next(&outer, DER_SEQUENCE, &info, &in) < 0 ||
	    der_next(&outer, DER_SEQUENCE, &alg, NULL) < 0 ||
	    der_bits(&outer, &csr.signature) < 0 || !der_done(&outer))
		return malformed(
		    "it is not a request, an algorithm and a signature", err);
	csr.info = der_bytes(info);
	csr.alg = der_bytes(alg);
	if (!der_is_algorithm(csr.alg))
		return malformed("its signature algorithm is malformed", err);
	csr.sig_alg = pki_sig_find_salted(csr.alg, &csr.salt);
	if (request_info(&csr, in, err) < 0 ||
	    pki_name_check(csr.subject, err) < 0 || attributes(&csr, err) < 0 ||
	    pki_key_read(csr.spki, &csr.key, err) < 0)
		return -1;
	*ret = csr;
	return 0;
}

static int
check_known(const struct pki_csr *csr, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	struct der in;
	struct bytes oid;

	if (csr->sig_alg || der_sole(csr->alg, DER_SEQUENCE, &in) < 0 ||
	    der_oid(&in, &oid) < 0)
		return 0;
	return err_set(err, ERR_BAD_SIGNATURE,
	    "the request is signed with an algorithm or parameters that are "
	    "not accepted (%s)",
	    pki_oid_name(oid, text));
}

int
pki_csr_verify(struct pki_tools *t, const struct pki_csr *csr, struct err *err)
{
	if (check_known(csr, err) < 0)
		return -1;
	return pki_sig_verify_salted(t, &csr->key, csr->sig_alg, csr->salt,
	    csr->info, csr->signature, err);
}

int
pki_csr_verify_sha1(
    struct pki_tools *t, const struct pki_csr *csr, struct err *err)
{
	if (!csr->sig_alg || csr->sig_alg->hash != PKI_HASH_SHA1)
		return pki_csr_verify(t, csr, err);
	return pki_sig_verify_sha1(
	    t, &csr->key, csr->sig_alg, csr->info, csr->signature, err);
}
