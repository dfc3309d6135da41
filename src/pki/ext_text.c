/* ext_text.c - extensions as one line for people. What a table row cannot read
 * is shown as hexadecimal, cut. */
#include "base/str.h"
#include "pki/ext.h"
#include "pki/gname.h"

#define HEX_SHOWN 32

void
pki_ext_key_usage_text(uint16_t bits, struct buf *out)
{
	static const char *const names[] = { "digital signature",
		"non-repudiation", "key encipherment", "data encipherment",
		"key agreement", "certificate signing", "CRL signing",
		"encipher only", "decipher only" };
	const char *comma = "";
	unsigned i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (bits & 1U << i) {
			buf_addf(out, "%s%s", comma, names[i]);
			comma = ", ";
		}
}

static bool
key_usage_text(struct bytes value, struct buf *out)
{
	uint16_t bits;

	if (pki_ext_key_usage(value, &bits, NULL) < 0)
		return false;
	pki_ext_key_usage_text(bits, out);
	return true;
}

static bool
eku_text(struct bytes value, struct buf *out)
{
	struct bytes oids[PKI_EXT_EKU_MAX];
	char text[PKI_OID_TEXT_MAX];
	size_t n, i;

	if (pki_ext_eku(value, oids, &n, NULL) < 0)
		return false;
	for (i = 0; i < n; i++)
		buf_addf(
		    out, "%s%s", i ? ", " : "", pki_oid_name(oids[i], text));
	return true;
}

static bool
basic_text(struct bytes value, struct buf *out)
{
	bool ca;
	int path;

	if (pki_ext_basic(value, &ca, &path, NULL) < 0)
		return false;
	buf_add_str(out, ca ? "certification authority" : "end entity");
	if (path >= 0)
		buf_addf(out, ", path length %d", path);
	return true;
}

static bool
san_text(struct bytes value, struct buf *out)
{
	struct pki_gname g;
	struct der list;
	const char *comma = "";

	if (pki_gname_check(value, NULL) < 0 ||
	    der_sole(value, DER_SEQUENCE, &list) < 0)
		return false;
	while (pki_gname_next(&list, &g, NULL) > 0) {
		buf_add_str(out, comma);
		pki_gname_text(&g, out);
		comma = ", ";
	}
	return true;
}

/* Uniform resource identifiers of DistributionPoints and AccessDescriptions;
 * anything else in them is left to the hexadecimal form. */
static bool
uri_of(struct bytes name, const char *label, struct buf *out)
{
	struct der uri;

	if (der_sole(name, DER_CONTEXT_P(6), &uri) < 0 ||
	    !str_is_printable(der_bytes(uri)))
		return false;
	buf_addf(out, "%s%s", out->n ? ", " : "", label);
	buf_add_bytes(out, der_bytes(uri));
	return true;
}

static bool
point_text(struct der point, struct buf *out)
{
	struct der name, full, one;
	uint8_t tag;

	if (der_next(&point, DER_CONTEXT(0), NULL, &name) < 0 ||
	    der_next(&name, DER_CONTEXT(0), NULL, &full) < 0 ||
	    !der_done(&point) || !der_done(&name))
		return false;
	while (!der_done(&full))
		if (der_any(&full, &tag, &one, NULL) < 0 ||
		    !uri_of(der_bytes(one), "", out))
			return false;
	return true;
}

static bool
cdp_text(struct bytes value, struct buf *out)
{
	struct der list, point;

	if (der_sole(value, DER_SEQUENCE, &list) < 0)
		return false;
	while (!der_done(&list))
		if (der_next(&list, DER_SEQUENCE, NULL, &point) < 0 ||
		    !point_text(point, out))
			return false;
	return true;
}

static bool
aia_text(struct bytes value, struct buf *out)
{
	struct der list, access;
	struct bytes method;
	bool ocsp;

	if (der_sole(value, DER_SEQUENCE, &list) < 0)
		return false;
	while (!der_done(&list)) {
		if (der_next(&list, DER_SEQUENCE, NULL, &access) < 0 ||
		    der_oid(&access, &method) < 0)
			return false;
		ocsp = pki_oid_is(method, PKI_OID_AD_OCSP);
		if ((!ocsp && !pki_oid_is(method, PKI_OID_AD_CA_ISSUERS)) ||
		    !uri_of(der_bytes(access), ocsp ? "OCSP: " : "CA: ", out))
			return false;
	}
	return true;
}

static void
add_hex(struct bytes b, size_t max, struct buf *out)
{
	for (size_t i = 0; i < b.n && i < max; i++)
		buf_addf(out, "%02x", b.p[i]);
}

static bool
ski_text(struct bytes value, struct buf *out)
{
	struct der id;

	if (der_sole(value, DER_OCTET_STRING, &id) < 0)
		return false;
	add_hex(der_bytes(id), HEX_SHOWN, out);
	return true;
}

static bool
aki_text(struct bytes value, struct buf *out)
{
	struct der in, id;

	if (der_sole(value, DER_SEQUENCE, &in) < 0 ||
	    der_next(&in, DER_CONTEXT_P(0), NULL, &id) < 0 || !der_done(&in))
		return false;
	add_hex(der_bytes(id), HEX_SHOWN, out);
	return true;
}

/* Policies without qualifiers; what says more is shown as it is. */
static bool
policies_text(struct bytes value, struct buf *out)
{
	char text[PKI_OID_TEXT_MAX];
	struct der list, policy;
	struct bytes oid;

	if (der_sole(value, DER_SEQUENCE, &list) < 0)
		return false;
	while (!der_done(&list)) {
		if (der_next(&list, DER_SEQUENCE, NULL, &policy) < 0 ||
		    der_oid(&policy, &oid) < 0 || !der_done(&policy))
			return false;
		buf_addf(
		    out, "%s%s", out->n ? ", " : "", pki_oid_name(oid, text));
	}
	return true;
}

/* SEQUENCE { templateID OID, major INTEGER, minor INTEGER } (MS-WCCE
 * 2.2.2.7.7.2). */
static bool
template_text(struct bytes value, struct buf *out)
{
	char text[PKI_OID_TEXT_MAX];
	uint64_t major, minor;
	struct bytes oid;
	struct der in;

	if (der_sole(value, DER_SEQUENCE, &in) < 0 || der_oid(&in, &oid) < 0 ||
	    der_uint(&in, &major) < 0 || der_uint(&in, &minor) < 0 ||
	    !der_done(&in))
		return false;
	buf_addf(out, "%s, version %ju.%ju", pki_oid_name(oid, text),
	    (uintmax_t)major, (uintmax_t)minor);
	return true;
}

void
pki_ext_text(const struct pki_ext *ext, struct buf *out)
{
	static const struct {
		enum pki_oid oid;
		bool (*show)(struct bytes value, struct buf *out);
	} shows[] = {
		{ PKI_OID_KEY_USAGE, key_usage_text },
		{ PKI_OID_EKU, eku_text },
		{ PKI_OID_BASIC_CONSTRAINTS, basic_text },
		{ PKI_OID_SAN, san_text },
		{ PKI_OID_CDP, cdp_text },
		{ PKI_OID_FRESHEST_CRL, cdp_text },
		{ PKI_OID_AIA, aia_text },
		{ PKI_OID_SKI, ski_text },
		{ PKI_OID_AKI, aki_text },
		{ PKI_OID_CERT_POLICIES, policies_text },
		{ PKI_OID_MS_APP_POLICIES, policies_text },
		{ PKI_OID_MS_TEMPLATE, template_text },
	};
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_EXT_MAX);
	size_t i;

	for (i = 0; i < ARRAY_LEN(shows); i++)
		if (pki_oid_is(ext->oid, shows[i].oid) &&
		    shows[i].show(ext->value, &text)) {
			buf_add_bytes(out, buf_bytes(&text));
			return;
		}
	add_hex(ext->value, HEX_SHOWN, out);
	if (ext->value.n > HEX_SHOWN)
		buf_addf(out, " (%zu bytes)", ext->value.n);
}
