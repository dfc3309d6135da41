#include "cli/inf_ext.h"

#include "base/str.h"
#include "cli/tlv.h"

#include <ctype.h>

#define DEPTH 16 /* levels of DER in an extension */

int
cli_inf_bad(const struct cli_inf_line *l, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "line %u: %.40s = %.80s: %s", l->line,
	    l->key, l->value, why);
}

bool
cli_inf_bool(const char *text, bool *ret)
{
	*ret = str_eq_ci(text, "true") || str_eq_ci(text, "yes") ||
	       str_eq(text, "1");
	return *ret || str_eq_ci(text, "false") || str_eq_ci(text, "no") ||
	       str_eq(text, "0");
}

void
cli_inf_ext_init(struct cli_inf_ext *x)
{
	buf_init(&x->raw, CLI_INF_EXT_MAX);
	buf_init(&x->critical, CLI_INF_EXT_MAX);
}

void
cli_inf_ext_clear(struct cli_inf_ext *x)
{
	buf_clear(&x->raw);
	buf_clear(&x->critical);
}

/* ---- what has a text form ---------------------------------------------- */

/* Where the parts of a line go. */
struct parts {
	struct cli_csr *csr;
	const struct cli_inf_line *l;
	struct buf *oids; /* of policies, or of what is critical */
	bool ca;
	uint64_t path;
};

typedef int take_part(struct parts *p, const char *text, struct err *err);

#define NO_PATH UINT64_MAX

/* "cn=www,o=Example" as [4] EXPLICIT Name. */
static int
directory_name(struct cli_csr *csr, const char *text, struct err *err)
{
	struct cli_csr other;
	int rc;

	cli_csr_init(&other);
	rc = cli_csr_subject(&other, text, err);
	if (rc == 0)
		cli_tlv(&csr->names, DER_CONTEXT(4), buf_bytes(&other.subject));
	cli_csr_clear(&other);
	return rc < 0 ? -1 : buf_check(&csr->names, "the names", err);
}

/* "dns=www.example.com" */
static int
take_name(struct parts *p, const char *text, struct err *err)
{
	/* clang-format off */
	static const struct { const char *name; enum pki_gname_kind kind; }
	names[] = {
		{ "dns", PKI_GNAME_DNS },
		{ "ipaddress", PKI_GNAME_IP },
		{ "email", PKI_GNAME_EMAIL },
		{ "upn", PKI_GNAME_OTHER },
		{ "url", PKI_GNAME_URI },
		{ "oid", PKI_GNAME_RID },
		{ "dn", PKI_GNAME_DIR },
	};
	/* clang-format on */
	size_t i, n = strcspn(text, "=");

	for (i = 0; text[n] && i < ARRAY_LEN(names); i++)
		if (strlen(names[i].name) == n &&
		    strncasecmp(names[i].name, text, n) == 0) {
			const char *value = text + n + 1;

			if ((names[i].kind == PKI_GNAME_DIR
				    ? directory_name(p->csr, value, err)
				    : cli_csr_name(p->csr, names[i].kind, value,
					  err)) < 0)
				return err_wrap(err, "line %u", p->l->line);
			return 0;
		}
	return cli_inf_bad(p->l,
	    "a name is dns=, ipaddress=, email=, upn=, url=, oid= or dn=", err);
}

static int
take_purpose(struct parts *p, const char *text, struct err *err)
{
	if (cli_csr_purpose(p->csr, text, err) < 0)
		return err_wrap(err, "line %u", p->l->line);
	return 0;
}

static int
take_oid(struct parts *p, const char *text, struct err *err)
{
	uint8_t oid[PKI_OID_MAX];
	size_t n;

	if (!pki_oid_from_text(text, oid, &n))
		return cli_inf_bad(
		    p->l, "it is an OID in dots and digits", err);
	cli_tlv(p->oids, DER_OID, bytes_of(oid, n));
	return buf_check(p->oids, "a list of OIDs", err);
}

/* "ca=true" or "pathlength=0" */
static int
take_constraint(struct parts *p, const char *text, struct err *err)
{
	if ((strncasecmp(text, "ca=", 3) == 0 &&
		cli_inf_bool(text + 3, &p->ca)) ||
	    (strncasecmp(text, "pathlength=", 11) == 0 &&
		str_u64(text + 11, 255, &p->path)))
		return 0;
	return cli_inf_bad(
	    p->l, "it is ca=TRUE or FALSE, and pathlength=NUMBER", err);
}

/* The parts of "{text}a&b" or "a,b". */
static int
take_parts(
    struct parts *parts, const char *ends, take_part *take, struct err *err)
{
	const char *p = parts->l->value;

	if (strncasecmp(p, "{text}", 6) == 0)
		p += 6;
	while (*p) {
		size_t n = strcspn(p, ends), left = strspn(p, " \t");
		char part[1024];
		size_t kept = n;

		left = left > n ? n : left;
		while (kept > left && isspace((unsigned char)p[kept - 1]))
			kept--;
		if (!str_from_bytes(
			part, sizeof(part), bytes_of(p + left, kept - left)))
			return cli_inf_bad(parts->l, "a part is too long", err);
		if (part[0] && take(parts, part, err) < 0)
			return -1;
		p += n + (p[n] != 0);
	}
	return 0;
}

static int
names(struct parts *p, struct err *err)
{
	return take_parts(p, "&", take_name, err);
}

static int
purposes(struct parts *p, struct err *err)
{
	return take_parts(p, ",&", take_purpose, err);
}

static int
constraints(struct parts *p, struct err *err)
{
	p->path = NO_PATH;
	if (take_parts(p, "&", take_constraint, err) < 0)
		return -1;
	if (p->path != NO_PATH && !p->ca)
		return cli_inf_bad(
		    p->l, "only a CA has a path length (ca=TRUE)", err);
	pki_ext_put_basic(
	    &p->csr->extensions, p->ca, p->path == NO_PATH ? -1 : (int)p->path);
	return buf_check(&p->csr->extensions, "the extensions", err);
}

static int
policies(struct parts *p, struct err *err)
{
	AUTO_BUF list = BUF_WITH_LIMIT(CLI_INF_EXT_MAX);
	struct parts to_list = { .csr = p->csr, .l = p->l, .oids = &list };
	struct bytes oids[PKI_EXT_EKU_MAX];
	struct der in;
	size_t n = 0;

	if (take_parts(&to_list, ",&", take_oid, err) < 0)
		return -1;
	for (in = der_of(buf_bytes(&list)); !der_done(&in); n++)
		if (n == PKI_EXT_EKU_MAX || der_oid(&in, &oids[n]) < 0)
			return cli_inf_bad(p->l, "they are too many", err);
	pki_ext_put_app_policies(&p->csr->extensions, oids, n);
	return buf_check(&p->csr->extensions, "the extensions", err);
}

int
cli_inf_purposes(
    struct cli_csr *csr, const struct cli_inf_line *l, struct err *err)
{
	return purposes(&(struct parts){ .csr = csr, .l = l }, err);
}

/* clang-format off */
static const struct {
	enum pki_oid oid;
	int (*take)(struct parts *p, struct err *err);
} forms[] = {
	{ PKI_OID_SAN, names },
	{ PKI_OID_EKU, purposes },
	{ PKI_OID_BASIC_CONSTRAINTS, constraints },
	{ PKI_OID_MS_APP_POLICIES, policies },
};
/* clang-format on */

/* ---- what is DER --------------------------------------------------------- */

static bool
is_der(struct bytes x)
{
	struct der in = der_of(x), content;
	uint8_t tag;

	return der_any(&in, &tag, &content, NULL) == 0 && der_done(&in) &&
	       der_is_well_formed(x, DEPTH);
}

/* Adds the pair OID and value; false when the text is no DER. */
static bool
add_raw(struct cli_inf_ext *x, struct bytes oid, const char *text)
{
	uint8_t der[CLI_INF_VALUE_MAX];
	size_t n = 0;
	bool read;

	if (strncasecmp(text, "{hex}", 5) == 0)
		read = str_unhex(der, sizeof(der), text + 5, &n);
	else
		read = str_unbase64(der, sizeof(der), bytes_str(text), &n);
	if (!read || n == 0 || !is_der(bytes_of(der, n)))
		return false;
	cli_tlv(&x->raw, DER_OID, oid);
	cli_tlv(&x->raw, DER_OCTET_STRING, bytes_of(der, n));
	return true;
}

int
cli_inf_extension(struct cli_inf_ext *x, struct cli_csr *csr,
    const struct cli_inf_line *l, struct err *err)
{
	struct parts p = { .csr = csr, .l = l, .oids = &x->critical };
	bool text = strncasecmp(l->value, "{text}", 6) == 0;
	uint8_t oid[PKI_OID_MAX];
	size_t n, i;

	if (str_eq_ci(l->key, "Critical"))
		return take_parts(&p, ",", take_oid, err);
	if (!pki_oid_from_text(l->key, oid, &n))
		return cli_inf_bad(l, "an extension is named by its OID", err);
	if (!text && add_raw(x, bytes_of(oid, n), l->value))
		return buf_check(&x->raw, "the extensions", err);
	for (i = 0; i < ARRAY_LEN(forms); i++)
		if (pki_oid_is(bytes_of(oid, n), forms[i].oid))
			return forms[i].take(&p, err);
	return cli_inf_bad(l,
	    text ? "this extension has no text form here; write its DER as "
		   "Base64 or after {hex}"
		 : "it is the DER of the extension, as Base64 or after {hex}",
	    err);
}

static bool
is_critical(const struct cli_inf_ext *x, struct bytes oid)
{
	struct der in = der_of(buf_bytes(&x->critical));
	struct bytes one;

	while (der_oid(&in, &one) == 0)
		if (bytes_eq(one, oid))
			return true;
	return false;
}

int
cli_inf_ext_end(struct cli_inf_ext *x, struct cli_csr *csr, struct err *err)
{
	struct der in = der_of(buf_bytes(&x->raw)), value;
	struct bytes oid;

	csr->names_critical |= is_critical(x, pki_oids[PKI_OID_SAN].der);
	csr->purposes_critical |= is_critical(x, pki_oids[PKI_OID_EKU].der);
	while (der_oid(&in, &oid) == 0 &&
	       der_next(&in, DER_OCTET_STRING, NULL, &value) == 0)
		pki_ext_put(&csr->extensions, oid, is_critical(x, oid),
		    der_bytes(value));
	return buf_check(&csr->extensions, "the extensions", err);
}
