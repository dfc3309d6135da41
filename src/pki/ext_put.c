/* The encoders of ext.h. Values are written backwards into a block on the
 * stack; what does not fit there marks the buffer failed. */
#include "pki/ext.h"
#include "pki/gname.h"

#define VALUE_MAX 8192

/* Everything in b is the value: make it an Extension. */
static void
put_value(
    struct buf *out, enum pki_oid oid, bool critical, const struct der_back *b)
{
	if (b->failed) {
		out->failed = true;
		return;
	}
	pki_ext_put(out, pki_oids[oid].der, critical, der_back_done(b));
}

void
pki_ext_put(
    struct buf *out, struct bytes oid, bool critical, struct bytes value)
{
	uint8_t head[PKI_OID_MAX + 32];
	struct der_back b;
	size_t n;

	if (value.n > PKI_EXT_MAX) {
		out->failed = true;
		return;
	}
	/* The value is not copied into the block: its length is added by
	 * hand to the heads in front of it. */
	der_back_init(&b, head, sizeof(head), 0);
	der_back_head(&b, DER_OCTET_STRING, value.n);
	if (critical)
		der_back_bool(&b, true);
	der_back_prim(&b, DER_OID, oid);
	n = (size_t)(b.end - b.p) + value.n;
	der_back_head(&b, DER_SEQUENCE, n);
	if (b.failed) {
		out->failed = true;
		return;
	}
	buf_add_bytes(out, der_back_done(&b));
	buf_add_bytes(out, value);
}

void
pki_ext_put_key_usage(struct buf *out, uint16_t bits)
{
	uint8_t space[8];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_named_bits(&b, bits);
	put_value(out, PKI_OID_KEY_USAGE, true, &b);
}

void
pki_ext_put_eku(
    struct buf *out, bool critical, const struct bytes *oids, size_t n)
{
	SCRATCH uint8_t space[VALUE_MAX];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	while (n > 0)
		der_back_prim(&b, DER_OID, oids[--n]);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_EKU, critical, &b);
}

void
pki_ext_put_basic(struct buf *out, bool ca, int path)
{
	uint8_t space[32];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	if (ca && path >= 0)
		der_back_uint(&b, (uint64_t)path);
	if (ca)
		der_back_bool(&b, true);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_BASIC_CONSTRAINTS, true, &b);
}

void
pki_ext_put_ski(struct buf *out, struct bytes key_id)
{
	uint8_t space[128];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_prim(&b, DER_OCTET_STRING, key_id);
	put_value(out, PKI_OID_SKI, false, &b);
}

void
pki_ext_put_aki(struct buf *out, struct bytes key_id)
{
	uint8_t space[128];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_prim(&b, DER_CONTEXT_P(0), key_id);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_AKI, false, &b);
}

void
pki_ext_put_san(struct buf *out, bool critical, struct bytes names)
{
	SCRATCH uint8_t space[VALUE_MAX * 4];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_prim(&b, DER_SEQUENCE, names);
	put_value(out, PKI_OID_SAN, critical, &b);
}

void
pki_ext_put_app_policies(struct buf *out, const struct bytes *oids, size_t n)
{
	uint8_t space[VALUE_MAX];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	while (n > 0) {
		const uint8_t *mark = b.p;

		der_back_prim(&b, DER_OID, oids[--n]);
		der_back_wrap(&b, DER_SEQUENCE, mark);
	}
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_MS_APP_POLICIES, false, &b);
}

void
pki_ext_put_template(
    struct buf *out, struct bytes oid, uint32_t major, uint32_t minor)
{
	uint8_t space[PKI_OID_MAX + 32];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_uint(&b, minor);
	der_back_uint(&b, major);
	der_back_prim(&b, DER_OID, oid);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_MS_TEMPLATE, false, &b);
}

/* CertificatePolicies, RFC 5280 4.2.1.4. */
void
pki_ext_put_policies(
    struct buf *out, const struct pki_ext_policy *policies, size_t n)
{
	uint8_t space[VALUE_MAX * 4];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	while (n > 0) {
		const struct pki_ext_policy *p = &policies[--n];
		const uint8_t *mark = b.p;

		if (*p->cps) {
			der_back_prim(&b, DER_IA5, bytes_str(p->cps));
			der_back_prim(
			    &b, DER_OID, pki_oids[PKI_OID_QT_CPS].der);
			der_back_wrap(&b, DER_SEQUENCE, mark);
			der_back_wrap(&b, DER_SEQUENCE, mark);
		}
		der_back_prim(&b, DER_OID, p->oid);
		der_back_wrap(&b, DER_SEQUENCE, mark);
	}
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_CERT_POLICIES, false, &b);
}

/* A URI as GeneralName in front of b. */
static int
put_uri(struct der_back *b, const char *uri, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_EXT_URI_MAX + 8);

	if (pki_gname_build(PKI_GNAME_URI, uri, &name, NULL) < 0)
		return err_set(err, ERR_CONFIG,
		    "the address \"%.200s\" is not a URI that a certificate "
		    "can carry",
		    uri);
	der_back_bytes(b, buf_bytes(&name));
	return 0;
}

/* One point: that of a CRL, or of several in a certificate. */
static int
put_point(
    struct der_back *b, const char *const *uris, size_t n, struct err *err)
{
	while (n > 0)
		if (put_uri(b, uris[--n], err) < 0)
			return -1;
	der_back_wrap(b, DER_CONTEXT(0), b->end); /* fullName */
	der_back_wrap(b, DER_CONTEXT(0), b->end); /* distributionPoint */
	der_back_wrap(b, DER_SEQUENCE, b->end);
	return 0;
}

/* CRLDistributionPoints with one point, RFC 5280 4.2.1.13. */
static int
put_points(struct buf *out, enum pki_oid oid, const char *const *uris, size_t n,
    struct err *err)
{
	SCRATCH uint8_t space[VALUE_MAX];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	if (put_point(&b, uris, n, err) < 0)
		return -1;
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, oid, false, &b);
	return buf_check(out, "the list of addresses", err);
}

int
pki_ext_put_idp(
    struct buf *out, const char *const *uris, size_t n, struct err *err)
{
	uint8_t space[VALUE_MAX];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	if (put_point(&b, uris, n, err) < 0)
		return -1;
	put_value(out, PKI_OID_IDP, true, &b);
	return buf_check(out, "the list of addresses", err);
}

int
pki_ext_put_cdp(
    struct buf *out, const char *const *uris, size_t n, struct err *err)
{
	return put_points(out, PKI_OID_CDP, uris, n, err);
}

int
pki_ext_put_freshest(
    struct buf *out, const char *const *uris, size_t n, struct err *err)
{
	return put_points(out, PKI_OID_FRESHEST_CRL, uris, n, err);
}

static int
put_accesses(struct der_back *b, enum pki_oid method, const char *const *uris,
    size_t n, struct err *err)
{
	while (n > 0) {
		const uint8_t *mark = b->p;

		if (put_uri(b, uris[--n], err) < 0)
			return -1;
		der_back_prim(b, DER_OID, pki_oids[method].der);
		der_back_wrap(b, DER_SEQUENCE, mark);
	}
	return 0;
}

int
pki_ext_put_aia(struct buf *out, const char *const *issuers, size_t n_issuers,
    const char *const *ocsp, size_t n_ocsp, struct err *err)
{
	SCRATCH uint8_t space[VALUE_MAX];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	if (put_accesses(&b, PKI_OID_AD_OCSP, ocsp, n_ocsp, err) < 0 ||
	    put_accesses(&b, PKI_OID_AD_CA_ISSUERS, issuers, n_issuers, err) <
		0)
		return -1;
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	put_value(out, PKI_OID_AIA, false, &b);
	return buf_check(out, "the list of addresses", err);
}
