/* Which template a request is for. It may say so in four places (MS-WCCE
 * 3.2.2.6.2.1.4.1), which must agree: the attributes beside it, a name-value
 * pair in it, and two extensions, by name and by identifier.
 */
#include "ca/enterprise.h"

#include "base/str.h"
#include "pki/name.h"

#define ATTRIBUTE "CertificateTemplate"

/* The name is shown as it was sent: the page shows it to whoever sent it. */
static void
unsupported(struct ca_enterprise *e, struct bytes name)
{
	char text[CA_TEMPLATE_NAME_MAX + 1];

	if (!str_is_printable(name) ||
	    !str_from_bytes(text, sizeof(text), name))
		(void)snprintf(text, sizeof(text), "(an unusable name)");
	ca_policy_deny(e->result, ERR_UNSUPPORTED_TEMPLATE,
	    "The request was for a certificate template that is not supported "
	    "by the policy of this CA: %s.",
	    text);
}

/* One place names a template: it must be ours, and the same as in the others.
 */
static void
take(struct ca_enterprise *e, const struct ca_template_row *row,
    struct bytes name)
{
	if (!row || !row->enabled)
		unsupported(e, name);
	else if (e->row && e->row != row)
		ca_policy_deny(e->result, ERR_TEMPLATE_CONFLICT,
		    "The request names two certificate templates, %s and %s. "
		    "Name one.",
		    e->row->t->name, row->t->name);
	else
		e->row = row;
}

static void
take_name(struct ca_enterprise *e, struct bytes name)
{
	char text[CA_TEMPLATE_NAME_MAX + 1];
	const struct ca_template_row *row = NULL;

	if (name.n == 0)
		return;
	if (str_from_bytes(text, sizeof(text), name))
		row = ca_templates_find(e->facts->templates, text);
	take(e, row, name);
}

static void
from_attributes(struct ca_enterprise *e)
{
	const struct pki_attrs *attrs = e->ask->attrs;
	char name[sizeof(ATTRIBUTE)];

	for (size_t i = 0; attrs && i < attrs->n; i++)
		if (str_from_bytes(name, sizeof(name), attrs->list[i].name) &&
		    str_eq_ci(name, ATTRIBUTE))
			take_name(e, attrs->list[i].value);
}

static void
from_pairs(struct ca_enterprise *e)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	struct pki_request_pairs w = { 0 };

	while (pki_request_pair_next(e->ask->request, &w, &name, &value))
		if (str_eq_ci(buf_str(&name), ATTRIBUTE))
			take_name(e, buf_bytes(&value));
}

/* 1.3.6.1.4.1.311.20.2: a string, on the wire bare or inside a SEQUENCE. */
static void
from_name_extension(struct ca_enterprise *e)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_MAX);
	struct der in, content;
	struct pki_ext ext;
	uint8_t tag = 0;

	if (!pki_ext_find(
		e->ask->csr->extensions, PKI_OID_MS_TEMPLATE_NAME, &ext))
		return;
	in = der_of(ext.value);
	if (der_peek(&in, DER_SEQUENCE) &&
	    der_sole(ext.value, DER_SEQUENCE, &in) < 0)
		return;
	if (der_any(&in, &tag, NULL, &content) < 0 || !der_done(&in) ||
	    !pki_name_string(tag, der_bytes(content), &text)) {
		ca_policy_deny(e->result, ERR_BAD_DATA,
		    "The extension that names the certificate template cannot "
		    "be read.");
		return;
	}
	take_name(e, buf_bytes(&text));
}

/* Absent numbers are 0 (MS-WCCE 2.2.2.7.7.2). */
static void
check_version(struct ca_enterprise *e, uint64_t major, uint64_t minor)
{
	const struct ca_template *t = e->row->t;

	if (major > t->major || (major == t->major && minor > t->minor))
		ca_policy_deny(e->result, ERR_TEMPLATE_VERSION,
		    "The request is for version %ju.%ju of the template %s; "
		    "this CA has version %u.%u.",
		    (uintmax_t)major, (uintmax_t)minor, t->name, t->major,
		    t->minor);
}

/* 1.3.6.1.4.1.311.21.7 */
static void
from_id_extension(struct ca_enterprise *e)
{
	uint64_t number[2] = { 0, 0 };
	char text[PKI_OID_TEXT_MAX];
	struct pki_ext ext;
	struct bytes oid;
	struct der in;

	if (!pki_ext_find(e->ask->csr->extensions, PKI_OID_MS_TEMPLATE, &ext))
		return;
	if (der_sole(ext.value, DER_SEQUENCE, &in) < 0 ||
	    der_oid(&in, &oid) < 0)
		goto malformed;
	for (size_t i = 0; i < ARRAY_LEN(number) && !der_done(&in); i++)
		if (der_uint(&in, &number[i]) < 0 || number[i] > UINT32_MAX)
			goto malformed;
	if (!der_done(&in))
		goto malformed;
	take(e, ca_templates_find_oid(e->facts->templates, oid),
	    pki_oid_to_text(oid, text) ? bytes_str(text) : BYTES_NONE);
	if (e->row)
		check_version(e, number[0], number[1]);
	return;

malformed:
	ca_policy_deny(e->result, ERR_BAD_DATA,
	    "The extension that identifies the certificate template cannot be "
	    "read.");
}

int
ca_enterprise_find(struct ca_enterprise *e, struct err *err)
{
	(void)err;
	from_attributes(e);
	from_pairs(e);
	from_name_extension(e);
	from_id_extension(e);
	if (e->result->code != ERR_OK)
		return 0;
	if (!e->row) {
		ca_policy_deny(e->result, ERR_UNSUPPORTED_TEMPLATE,
		    "The request names no certificate template; this CA issues "
		    "by templates only.");
		return 0;
	}
	e->t = e->row->t;
	e->result->row = e->row;
	return 0;
}
