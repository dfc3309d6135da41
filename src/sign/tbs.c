#include "sign/tbs.h"

#include "pki/der.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "sign/item.h"

#define REVOKED_DEPTH 8

/* Take an element and keep all of it. */
static int
take(struct der *in, uint8_t tag, struct bytes *ret)
{
	struct der all;

	if (der_next(in, tag, &all, NULL) < 0)
		return -1;
	*ret = der_bytes(all);
	return 0;
}

/* Extensions in their explicit tag; their content is checked. */
static int
take_extensions(
    struct der *in, unsigned tag, struct bytes *ret, struct err *err)
{
	struct der outer, list;

	if (der_next(in, DER_CONTEXT(tag), NULL, &outer) < 0 ||
	    der_next(&outer, DER_SEQUENCE, NULL, &list) < 0 ||
	    !der_done(&outer))
		return err_set(err, ERR_BAD_DATA, "no extensions");
	*ret = der_bytes(list);
	return pki_ext_check(*ret, err);
}

/* --- certificates ------------------------------------------------------ */

static int
take_version(struct der *in, uint8_t wanted)
{
	struct der outer;
	uint64_t v;

	if (der_next(in, DER_CONTEXT(0), NULL, &outer) < 0 ||
	    der_uint(&outer, &v) < 0 || !der_done(&outer) || v != wanted)
		return -1;
	return 0;
}

static int
take_serial(struct der *in, struct bytes *ret)
{
	if (der_positive(in, ret) < 0)
		return -1;
	/* A set first bit costs one byte more, which counts. */
	return ret->n + (ret->p[0] >> 7) <= SIGN_SERIAL_MAX ? 0 : -1;
}

static int
take_validity(struct der *in, int64_t *not_before, int64_t *not_after)
{
	struct der v;

	if (der_next(in, DER_SEQUENCE, NULL, &v) < 0 ||
	    der_time(&v, not_before) < 0 || der_time(&v, not_after) < 0)
		return -1;
	return der_done(&v) && *not_before <= *not_after ? 0 : -1;
}

static int
read_constraints(struct sign_tbs_cert *c, struct err *err)
{
	struct pki_ext ext;
	uint16_t usage = 0;

	c->path = -1;
	if (pki_ext_find(c->extensions, PKI_OID_BASIC_CONSTRAINTS, &ext) &&
	    pki_ext_basic(ext.value, &c->is_ca, &c->path, err) < 0)
		return -1;
	if (pki_ext_find(c->extensions, PKI_OID_KEY_USAGE, &ext) &&
	    pki_ext_key_usage(ext.value, &usage, err) < 0)
		return -1;
	c->may_sign_certs = (usage & PKI_KU_CERT_SIGN) != 0;
	c->may_sign_lists = (usage & PKI_KU_CRL_SIGN) != 0;
	return 0;
}

int
sign_tbs_cert(struct bytes tbs, struct sign_tbs_cert *ret, struct err *err)
{
	struct sign_tbs_cert c = { 0 };
	struct der in;

	if (der_sole(tbs, DER_SEQUENCE, &in) < 0)
		return err_set(err, ERR_BAD_DATA, "it is no TBSCertificate");
	if (take_version(&in, 2) < 0)
		return err_set(err, ERR_BAD_DATA, "its version is not 3");
	if (take_serial(&in, &c.serial) < 0)
		return err_set(err, ERR_BAD_DATA,
		    "its serial number is not positive or longer than %d bytes",
		    SIGN_SERIAL_MAX);
	if (take(&in, DER_SEQUENCE, &c.alg) < 0 ||
	    take(&in, DER_SEQUENCE, &c.issuer) < 0)
		return err_set(err, ERR_BAD_DATA, "its issuer is malformed");
	if (take_validity(&in, &c.not_before, &c.not_after) < 0)
		return err_set(err, ERR_BAD_DATA, "its validity is malformed");
	if (take(&in, DER_SEQUENCE, &c.subject) < 0 ||
	    take(&in, DER_SEQUENCE, &c.spki) < 0)
		return err_set(err, ERR_BAD_DATA,
		    "its subject or public key is malformed");
	if (take_extensions(&in, 3, &c.extensions, err) < 0 ||
	    read_constraints(&c, err) < 0)
		return err_wrap(err, "its extensions are malformed");
	if (!der_done(&in))
		return err_set(
		    err, ERR_BAD_DATA, "something follows its extensions");
	*ret = c;
	return 0;
}

/* --- requests ---------------------------------------------------------- */

/* A version 1 TBSCertificate also begins with an INTEGER; it has an
 * AlgorithmIdentifier, which is no Name, where the subject stands here. */
int
sign_tbs_request(
    struct bytes tbs, struct sign_tbs_request *ret, struct err *err)
{
	struct sign_tbs_request r;
	struct der in, attributes;
	uint64_t version;

	if (der_sole(tbs, DER_SEQUENCE, &in) < 0 ||
	    der_uint(&in, &version) < 0 || version != 0 ||
	    take(&in, DER_SEQUENCE, &r.subject) < 0 ||
	    take(&in, DER_SEQUENCE, &r.spki) < 0 ||
	    der_next(&in, DER_CONTEXT(0), NULL, &attributes) < 0 ||
	    !der_done(&in))
		return err_set(
		    err, ERR_BAD_DATA, "it is no CertificationRequestInfo");
	if (pki_name_check(r.subject, err) < 0)
		return err_wrap(err, "its subject");
	while (!der_done(&attributes)) {
		struct bytes attribute;

		if (take(&attributes, DER_SEQUENCE, &attribute) < 0 ||
		    !der_is_well_formed(attribute, REVOKED_DEPTH))
			return err_set(
			    err, ERR_BAD_DATA, "its attributes are malformed");
	}
	*ret = r;
	return 0;
}

/* --- CMC responses ----------------------------------------------------- */

/* Attribute ::= SEQUENCE { type OID, values SET OF } with one value. */
static int
take_attribute(struct der *in, struct bytes *ret_type, struct bytes *ret_value)
{
	struct der attribute, values, value;
	uint8_t tag;

	if (der_next(in, DER_SEQUENCE, NULL, &attribute) < 0 ||
	    der_oid(&attribute, ret_type) < 0 ||
	    der_next(&attribute, DER_SET, NULL, &values) < 0 ||
	    !der_done(&attribute) || der_any(&values, &tag, &value, NULL) < 0 ||
	    !der_done(&values))
		return -1;
	*ret_value = der_bytes(value);
	return der_is_well_formed(*ret_value, REVOKED_DEPTH) ? 0 : -1;
}

static bool
is_response_type(struct bytes value)
{
	struct der in = der_of(value);
	struct bytes oid;

	return der_oid(&in, &oid) == 0 && der_done(&in) &&
	       pki_oid_is(oid, PKI_OID_CMC_PKI_RESPONSE);
}

static bool
is_digest(struct bytes value)
{
	struct der content;
	size_t n;

	if (der_sole(value, DER_OCTET_STRING, &content) < 0)
		return false;
	n = der_bytes(content).n;
	return n == 32 || n == 48 || n == 64;
}

static bool
is_time(struct bytes value)
{
	struct der in = der_of(value);
	int64_t t;

	return der_time(&in, &t) == 0 && der_done(&in);
}

/* Nothing else: what the signer does not understand, it does not sign. */
static const struct {
	enum pki_oid type;
	bool needed;
	bool (*good)(struct bytes value);
} response_attrs[] = {
	{ PKI_OID_CONTENT_TYPE, true, is_response_type },
	{ PKI_OID_MESSAGE_DIGEST, true, is_digest },
	{ PKI_OID_SIGNING_TIME, false, is_time },
};
#define RESPONSE_ATTRS ARRAY_LEN(response_attrs)

static size_t
find_attribute(struct bytes type)
{
	size_t i = 0;

	while (i < RESPONSE_ATTRS && !pki_oid_is(type, response_attrs[i].type))
		i++;
	return i;
}

int
sign_tbs_response(struct bytes tbs, struct err *err)
{
	bool seen[RESPONSE_ATTRS] = { false };
	struct bytes type, value;
	struct der in;

	if (der_sole(tbs, DER_SET, &in) < 0)
		return err_set(
		    err, ERR_BAD_DATA, "it is no set of signed attributes");
	while (!der_done(&in)) {
		size_t i;

		if (take_attribute(&in, &type, &value) < 0)
			return err_set(
			    err, ERR_BAD_DATA, "its attributes are malformed");
		i = find_attribute(type);
		if (i == RESPONSE_ATTRS || seen[i] ||
		    !response_attrs[i].good(value))
			return err_set(err, ERR_BAD_DATA,
			    "one of its attributes is none of a CMC response, "
			    "or is there twice");
		seen[i] = true;
	}
	for (size_t i = 0; i < RESPONSE_ATTRS; i++)
		if (response_attrs[i].needed && !seen[i])
			return err_set(err, ERR_BAD_DATA,
			    "it needs a content type, that of a CMC response, "
			    "and a message digest");
	return 0;
}
