#include "pki/ext.h"
#include "pki/gname.h"

#define VALUE_DEPTH 16

static int
malformed(struct err *err)
{
	return err_set(err, ERR_BAD_DATA, "the extensions are not well formed");
}

static int
next(struct der *list, struct pki_ext *ret)
{
	struct der all, in, value;

	ret->critical = false;
	if (der_next(list, DER_SEQUENCE, &all, &in) < 0 ||
	    der_oid(&in, &ret->oid) < 0)
		return -1;
	/* DEFAULT FALSE: only TRUE may be written (X.690 11.5). */
	if (der_peek(&in, DER_BOOLEAN) &&
	    (der_bool(&in, &ret->critical) < 0 || !ret->critical))
		return -1;
	if (der_next(&in, DER_OCTET_STRING, NULL, &value) < 0 || !der_done(&in))
		return -1;
	ret->value = der_bytes(value);
	ret->all = der_bytes(all);
	return 0;
}

int
pki_ext_check(struct bytes list, struct err *err)
{
	struct bytes seen[PKI_EXT_LIST_MAX];
	char text[PKI_OID_TEXT_MAX];
	struct der in = der_of(list);
	struct pki_ext e;
	unsigned n = 0, i;

	while (!der_done(&in)) {
		if (next(&in, &e) < 0 || e.oid.n > PKI_OID_MAX)
			return malformed(err);
		if (!der_is_well_formed(e.value, VALUE_DEPTH))
			return err_set(err, ERR_BAD_DATA,
			    "the content of the extension %s is not well "
			    "formed",
			    pki_oid_name(e.oid, text));
		for (i = 0; i < n; i++)
			if (bytes_eq(seen[i], e.oid))
				return err_set(err, ERR_BAD_DATA,
				    "the extension %s is there twice",
				    pki_oid_name(e.oid, text));
		if (n == PKI_EXT_LIST_MAX)
			return err_set(err, ERR_BAD_DATA,
			    "there are more than %d extensions",
			    PKI_EXT_LIST_MAX);
		seen[n++] = e.oid;
	}
	return 0;
}

bool
pki_ext_next(struct der *list, struct pki_ext *ret)
{
	return !der_done(list) && next(list, ret) == 0;
}

bool
pki_ext_find(struct bytes list, enum pki_oid oid, struct pki_ext *ret)
{
	struct der in = der_of(list);
	struct pki_ext e;

	while (pki_ext_next(&in, &e))
		if (pki_oid_is(e.oid, oid)) {
			*ret = e;
			return true;
		}
	return false;
}

int
pki_ext_key_usage(struct bytes value, uint16_t *ret, struct err *err)
{
	struct der in = der_of(value);
	uint16_t bits;

	if (der_named_bits(&in, &bits) < 0 || !der_done(&in) || bits == 0 ||
	    bits >= PKI_KU_DECIPHER_ONLY << 1)
		return err_set(
		    err, ERR_BAD_DATA, "the key usage is not readable");
	*ret = bits;
	return 0;
}

int
pki_ext_eku(struct bytes value, struct bytes ret[PKI_EXT_EKU_MAX],
    size_t *ret_n, struct err *err)
{
	struct der in;
	size_t n = 0, i;

	if (der_sole(value, DER_SEQUENCE, &in) < 0 || der_done(&in))
		goto bad;
	for (; !der_done(&in); n++) {
		if (n == PKI_EXT_EKU_MAX)
			return err_set(err, ERR_BAD_DATA,
			    "there are more than %d key purposes",
			    PKI_EXT_EKU_MAX);
		if (der_oid(&in, &ret[n]) < 0 || ret[n].n > PKI_OID_MAX)
			goto bad;
		for (i = 0; i < n; i++)
			if (bytes_eq(ret[i], ret[n]))
				goto bad;
	}
	*ret_n = n;
	return 0;
bad:
	return err_set(err, ERR_BAD_DATA,
	    "the extended key usage is not readable, or has a purpose twice");
}

int
pki_ext_basic(struct bytes value, bool *ret_ca, int *ret_path, struct err *err)
{
	struct der in;
	bool ca = false;
	uint64_t path = 0;
	int limit = -1;

	if (der_sole(value, DER_SEQUENCE, &in) < 0)
		goto bad;
	if (der_peek(&in, DER_BOOLEAN) && (der_bool(&in, &ca) < 0 || !ca))
		goto bad;
	if (der_peek(&in, DER_INTEGER)) {
		if (!ca || der_uint(&in, &path) < 0 || path > 1000)
			goto bad;
		limit = (int)path;
	}
	if (!der_done(&in))
		goto bad;
	*ret_ca = ca;
	*ret_path = limit;
	return 0;
bad:
	return err_set(
	    err, ERR_BAD_DATA, "the basic constraints are not readable");
}

int
pki_ext_san(struct bytes value, struct err *err)
{
	return pki_gname_check(value, err);
}
