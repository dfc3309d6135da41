#include "ca/attribute.h"

#include "base/str.h"
#include "ca/grant.h"
#include "ca/template.h"
#include "pki/attr_san.h"

#include <stdio.h>
#include <time.h>

#define NAMES_MAX 32768

enum kind { SAN, USAGE, PERIOD, UNITS, EXPIRATION, FILE_PATH, KINDS };
static const char *const kinds[KINDS] = { "SAN", "CertificateUsage",
	"ValidityPeriod", "ValidityPeriodUnits", "ExpirationDate", "certfile" };

struct reading {
	const struct ca_policy_ask *ask;
	const struct ca_template *t; /* NULL: none */
	struct ca_policy_result *result;
	struct buf values[KINDS]; /* the first of each; empty: none */
};

void
ca_attributes_init(struct ca_attributes *a)
{
	buf_init(&a->names, NAMES_MAX);
	buf_init(&a->purposes, PKI_ATTRS_MAX);
	a->validity = a->not_after = 0;
}

void
ca_attributes_clear(struct ca_attributes *a)
{
	buf_clear(&a->names);
	buf_clear(&a->purposes);
}

/* --- finding them ------------------------------------------------------- */

static void
keep(struct reading *r, const char *name, struct bytes value)
{
	for (size_t k = 0; k < KINDS; k++)
		if (r->values[k].n == 0 && str_eq_ci(name, kinds[k]))
			buf_add_bytes(&r->values[k], value);
}

/* Both places: the form, and what stands in the request. */
static int
find(struct reading *r, struct err *err)
{
	const struct ca_policy_ask *ask = r->ask;
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	struct pki_request_pairs w = { 0 };
	char text[64];

	for (size_t i = 0; ask->attrs && i < ask->attrs->n; i++)
		if (str_from_bytes(
			text, sizeof(text), ask->attrs->list[i].name))
			keep(r, text, ask->attrs->list[i].value);
	if (ask->request->kind != PKI_REQUEST_PKCS10 || ask->csr->pairs > 0)
		while (pki_request_pair_next(ask->request, &w, &name, &value))
			keep(r, buf_str(&name), buf_bytes(&value));
	for (size_t k = 0; k < KINDS; k++)
		if (buf_check(&r->values[k], "an attribute", err) < 0)
			return -1;
	return 0;
}

/* It is not taken: who says so? */
static void
ignore(struct reading *r, enum kind kind, bool switched_on, const char *what)
{
	if (switched_on)
		ca_policy_ignore(r->result,
		    "The attribute %s was ignored: the template %s takes no %s "
		    "from attributes.",
		    kinds[kind], r->t->name, what);
	else
		ca_policy_ignore(r->result,
		    "The attribute %s was ignored: this CA takes no %s from "
		    "attributes.",
		    kinds[kind], what);
}

/* --- names -------------------------------------------------------------- */

static int
read_names(struct reading *r, struct err *err)
{
	struct buf *names = &r->result->taken.names;
	bool on = r->ask->config->attribute_names;
	char other[PKI_ATTR_SAN_TYPE_MAX];
	struct err why = { 0 };

	if (r->values[SAN].n == 0)
		return 0;
	if (!on || (r->t && (!r->t->san.attributes ||
				r->t->subject.from != CA_TEMPLATE_REQUEST))) {
		ignore(r, SAN, on, "names");
		return 0;
	}
	if (pki_attr_san(buf_bytes(&r->values[SAN]), names, other, &why) < 0) {
		if (why.code == ERR_NO_MEMORY)
			return err_set(err, why.code, "%s", why.text);
		ca_policy_deny(r->result, ERR_BAD_SUBJECT, "%s", why.text);
	} else if (other[0]) {
		ca_policy_ignore(r->result,
		    "Names of the type %s in the attribute SAN were ignored.",
		    other);
	}
	return 0;
}

/* --- purposes ----------------------------------------------------------- */

/* "1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.2" as a SEQUENCE OF OBJECT IDENTIFIER. */
static bool
put_purposes(char *text, struct buf *out)
{
	uint8_t oids[PKI_EXT_EKU_MAX][PKI_OID_MAX];
	uint8_t space[PKI_EXT_EKU_MAX * (PKI_OID_MAX + 2) + 8];
	size_t n[PKI_EXT_EKU_MAX], count = 0;
	struct der_back b;
	char *word;

	while ((word = strsep(&text, ",")) != NULL) {
		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		if (count == PKI_EXT_EKU_MAX ||
		    !pki_oid_from_text(word, oids[count], &n[count]))
			return false;
		count++;
	}
	der_back_init(&b, space, sizeof(space), 0);
	while (count > 0) {
		count--;
		der_back_prim(&b, DER_OID, bytes_of(oids[count], n[count]));
	}
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	if (b.failed)
		return false;
	buf_add_bytes(out, der_back_done(&b));
	return true;
}

static int
read_purposes(struct reading *r, struct err *err)
{
	struct buf *out = &r->result->taken.purposes;
	struct pki_ext ext;
	char text[PKI_EXT_EKU_MAX * 32];

	if (r->values[USAGE].n == 0)
		return 0;
	if (!r->ask->config->attribute_purposes || r->t)
		ignore(
		    r, USAGE, r->ask->config->attribute_purposes, "purposes");
	else if (pki_ext_find(r->ask->csr->extensions, PKI_OID_EKU, &ext))
		ca_policy_ignore(r->result,
		    "The attribute CertificateUsage was ignored: the request "
		    "itself says its purposes.");
	else if (!str_from_bytes(
		     text, sizeof(text), buf_bytes(&r->values[USAGE])) ||
		 !put_purposes(text, out))
		ca_policy_deny(r->result, ERR_BAD_DATA,
		    "The attribute CertificateUsage is no list of object "
		    "identifiers.");
	return buf_check(out, "the purposes", err);
}

/* --- validity ----------------------------------------------------------- */

/* clang-format off */
static const struct { const char *word; int64_t seconds; } units[] = {
	{ "Seconds", 1 }, { "Minutes", 60 }, { "Hours", 3600 },
	{ "Days", 86400 }, { "Weeks", 7 * 86400 },
	{ "Months", 30 * 86400 }, { "Years", 365 * INT64_C(86400) },
};
/* clang-format on */

static bool
read_period(struct reading *r, int64_t *ret)
{
	const char *word = buf_str(&r->values[PERIOD]);
	uint64_t n;

	if (!str_u64(buf_str(&r->values[UNITS]), 1000000000, &n) || n == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_eq_ci(word, units[i].word)) {
			*ret = (int64_t)n * units[i].seconds;
			return true;
		}
	return false;
}

/* As in HTTP (RFC 9110 5.6.7, the preferred form): "Tue, 01 Jan 2030 00:00:00
 * GMT". */
static bool
read_date(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

	if (!end || *end || tm.tm_year < 100 || tm.tm_year > 8099)
		return false;
	*ret = timegm(&tm);
	return true;
}

/* A date counts more than a length. */
static void
read_validity(struct reading *r)
{
	struct ca_attributes *a = &r->result->taken;
	bool date = r->values[EXPIRATION].n > 0;

	if (!date && r->values[PERIOD].n == 0 && r->values[UNITS].n == 0)
		return;
	if (!r->ask->config->attribute_validity)
		ignore(r, date ? EXPIRATION : PERIOD, false, "validity");
	else if (date &&
		 !read_date(buf_str(&r->values[EXPIRATION]), &a->not_after))
		ca_policy_deny(r->result, ERR_BAD_DATA,
		    "The attribute ExpirationDate is no date of the form "
		    "\"Tue, 01 Jan 2030 00:00:00 GMT\".");
	else if (date && a->not_after <= r->ask->now)
		ca_policy_deny(r->result, ERR_POLICY,
		    "The attribute ExpirationDate lies in the past.");
	else if (!date && !read_period(r, &a->validity))
		ca_policy_deny(r->result, ERR_BAD_DATA,
		    "The attributes ValidityPeriod (Seconds to Years) and "
		    "ValidityPeriodUnits (a number) are no length of time.");
}

void
ca_attributes_shorten(const struct ca_policy_ask *ask, int64_t longest,
    struct ca_policy_result *ret)
{
	const struct ca_attributes *a = &ret->taken;

	ret->validity = longest;
	if (a->validity > longest || a->not_after > ask->now + longest)
		ca_policy_ignore(ret,
		    "Attributes shorten the validity; they do not lengthen "
		    "it.");
	else if (a->validity > 0)
		ret->validity = a->validity;
	else
		ret->not_after = a->not_after;
}

/* ------------------------------------------------------------------------ */

int
ca_attributes_read(const struct ca_policy_ask *ask, const struct ca_template *t,
    struct ca_policy_result *ret, struct err *err)
{
	struct reading r = { .ask = ask, .t = t, .result = ret };
	int rc = -1;

	for (size_t k = 0; k < KINDS; k++)
		buf_init(&r.values[k], PKI_ATTRS_MAX);
	if (find(&r, err) == 0) {
		if (r.values[FILE_PATH].n > 0)
			ca_policy_deny(ret, ERR_POLICY,
			    "A request cannot say where its certificate is to "
			    "be stored.");
		read_validity(&r);
		if (read_names(&r, err) == 0 && read_purposes(&r, err) == 0)
			rc = 0;
	}
	for (size_t k = 0; k < KINDS; k++)
		buf_clear(&r.values[k]);
	return rc;
}
