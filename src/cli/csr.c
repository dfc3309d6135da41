#include "cli/csr.h"

#include "base/str.h"
#include "cli/tlv.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/name.h"

#define NAMES_MAX 32768

void
cli_csr_init(struct cli_csr *r)
{
	*r = (struct cli_csr){ 0 };
	buf_init(&r->subject, PKI_NAME_MAX);
	buf_init(&r->names, NAMES_MAX);
	buf_init(&r->extensions, NAMES_MAX);
	buf_init(&r->attributes, PKI_ATTRS_MAX);
}

void
cli_csr_clear(struct cli_csr *r)
{
	buf_clear(&r->subject);
	buf_clear(&r->names);
	buf_clear(&r->extensions);
	buf_clear(&r->attributes);
}

/* --- filling ----------------------------------------------------------------
 */

int
cli_csr_name(struct cli_csr *r, enum pki_gname_kind kind, const char *text,
    struct err *err)
{
	return pki_gname_build(kind, text, &r->names, err);
}

/* clang-format off */
static const struct { const char *word; enum pki_oid oid; } purposes[] = {
	{ "server", PKI_OID_EKU_SERVER_AUTH },
	{ "client", PKI_OID_EKU_CLIENT_AUTH },
	{ "email",  PKI_OID_EKU_EMAIL },
	{ "code",   PKI_OID_EKU_CODE_SIGNING },
	{ "time",   PKI_OID_EKU_TIME_STAMPING },
	{ "smartcard", PKI_OID_EKU_SMARTCARD_LOGON },
};

static const struct { const char *word; uint16_t bit; } usages[] = {
	{ "digitalSignature", PKI_KU_DIGITAL_SIGNATURE },
	{ "nonRepudiation",   PKI_KU_NON_REPUDIATION },
	{ "keyEncipherment",  PKI_KU_KEY_ENCIPHERMENT },
	{ "dataEncipherment", PKI_KU_DATA_ENCIPHERMENT },
	{ "keyAgreement",     PKI_KU_KEY_AGREEMENT },
};
/* clang-format on */

int
cli_csr_purpose(struct cli_csr *r, const char *text, struct err *err)
{
	size_t i;

	if (r->purpose_count == PKI_EXT_EKU_MAX)
		return err_set(err, ERR_INVALID,
		    "There are more than %d purposes.", PKI_EXT_EKU_MAX);
	for (i = 0; i < ARRAY_LEN(purposes); i++)
		if (str_eq_ci(purposes[i].word, text))
			text = pki_oids[purposes[i].oid].dotted;
	if (!pki_oid_from_text(text, r->purposes[r->purpose_count].oid,
		&r->purposes[r->purpose_count].n))
		return err_set(err, ERR_INVALID,
		    "\"%.80s\" is no purpose: server, client, email, code, "
		    "time, smartcard or an OID in dots and digits.",
		    text);
	r->purpose_count++;
	return 0;
}

int
cli_csr_usage(struct cli_csr *r, const char *word, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(usages); i++)
		if (str_eq_ci(usages[i].word, word)) {
			r->key_usage |= usages[i].bit;
			return 0;
		}
	return err_set(err, ERR_INVALID,
	    "\"%.40s\" is no key usage: digitalSignature, nonRepudiation, "
	    "keyEncipherment, dataEncipherment or keyAgreement.",
	    word);
}

int
cli_csr_attribute(
    struct cli_csr *r, const char *name, const char *value, struct err *err)
{
	if (!*name || strpbrk(name, ":\r\n") || strpbrk(value, "\r\n") ||
	    !str_is_printable(bytes_str(name)) ||
	    !str_is_printable(bytes_str(value)))
		return err_set(err, ERR_INVALID,
		    "\"%.60s:%.60s\" is no request attribute: it is one line "
		    "NAME:VALUE of printable text.",
		    name, value);
	buf_addf(&r->attributes, "%s:%s\n", name, value);
	return buf_check(&r->attributes, "the request attributes", err);
}

int
cli_csr_template(struct cli_csr *r, const char *name, struct err *err)
{
	if (!*name || !str_copy(r->template, sizeof(r->template), name))
		return err_set(err, ERR_INVALID,
		    "\"%.60s\" cannot be the name of a template.", name);
	return cli_csr_attribute(r, "CertificateTemplate", name, err);
}

/* Extensions that a requester asks for; the others are the CA's to make. */
static const enum pki_oid asked[] = {
	PKI_OID_KEY_USAGE,
	PKI_OID_EKU,
	PKI_OID_SAN,
	PKI_OID_MS_TEMPLATE_NAME,
	PKI_OID_MS_TEMPLATE,
	PKI_OID_MS_APP_POLICIES,
	PKI_OID_SMIME_CAPS,
};

int
cli_csr_from_cert(struct cli_csr *r, struct bytes cert, struct err *err)
{
	struct pki_cert c;
	struct pki_ext e;
	size_t i;

	if (pki_cert_parse(cert, &c, err) < 0)
		return err_wrap(err, "the certificate to renew");
	buf_reset(&r->subject);
	buf_add_bytes(&r->subject, c.subject);
	for (i = 0; i < ARRAY_LEN(asked); i++)
		if (pki_ext_find(c.extensions, asked[i], &e))
			buf_add_bytes(&r->extensions, e.all);
	if (buf_check(&r->subject, "the subject", err) < 0)
		return -1;
	return buf_check(&r->extensions, "the extensions", err);
}

/* --- building ---------------------------------------------------------------
 */

static void
put_smime(struct buf *out)
{
	/* AES-256 and AES-128 in CBC mode (RFC 8551 2.5.2). */
	static const uint8_t capabilities[] = { 0x30, 0x1a, 0x30, 0x0b, 0x06,
		0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a,
		0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
		0x04, 0x01, 0x02 };

	pki_ext_put(out, pki_oids[PKI_OID_SMIME_CAPS].der, false,
	    BYTES_OF(capabilities));
}

static int
put_extensions(const struct cli_csr *r, struct buf *out, struct err *err)
{
	struct bytes oids[PKI_EXT_EKU_MAX];
	size_t i;

	if (r->key_usage)
		pki_ext_put_key_usage(out, r->key_usage);
	for (i = 0; i < r->purpose_count; i++)
		oids[i] = bytes_of(r->purposes[i].oid, r->purposes[i].n);
	if (r->purpose_count)
		pki_ext_put_eku(
		    out, r->purposes_critical, oids, r->purpose_count);
	if (r->names.n)
		pki_ext_put_san(out, r->names_critical || r->subject.n <= 2,
		    buf_bytes(&r->names));
	if (r->smime)
		put_smime(out);
	if (r->template_extension && r->template[0]) {
		AUTO_BUF name = BUF_WITH_LIMIT(2 * CLI_CSR_TEXT_MAX + 8);

		if (!cli_tlv_bmp(&name, r->template))
			return err_set(err, ERR_INVALID,
			    "The template's name has a character that cannot "
			    "stand in a request.");
		pki_ext_put(out, pki_oids[PKI_OID_MS_TEMPLATE_NAME].der, false,
		    buf_bytes(&name));
	}
	buf_add_bytes(out, buf_bytes(&r->extensions));
	if (buf_check(out, "the request's extensions", err) < 0)
		return -1;
	/* None twice, say, by an option and by a line of an INF file. */
	return pki_ext_check(buf_bytes(out), err);
}

/* Attribute ::= SEQUENCE { type, SET OF value } */
static void
put_attribute(struct buf *out, enum pki_oid type, struct bytes values)
{
	AUTO_BUF in = BUF_WITH_LIMIT(CLI_CSR_MAX);

	cli_tlv_oid(&in, type);
	cli_tlv(&in, DER_SET, values);
	if (buf_failed(&in))
		out->failed = true;
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
}

static int
put_pair(struct cli_tlv_set *set, const struct pki_attr *a, struct err *err)
{
	AUTO_BUF in = BUF_WITH_LIMIT(CLI_CSR_MAX);
	char name[PKI_CSR_PAIR_MAX], value[PKI_CSR_PAIR_MAX];
	struct buf *out = cli_tlv_set_next(set, CLI_CSR_MAX);

	if (!out || !str_from_bytes(name, sizeof(name), a->name) ||
	    !str_from_bytes(value, sizeof(value), a->value) ||
	    !cli_tlv_bmp(&in, name) || !cli_tlv_bmp(&in, value))
		return err_set(err, ERR_INVALID,
		    "The request attribute \"%.*s\" cannot be put into the "
		    "request.",
		    a->name.n > 60 ? 60 : (int)a->name.n,
		    (const char *)a->name.p);
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
	return 0;
}

/* The pairs are values of one attribute, each a SEQUENCE (MS-WCCE
 * 2.2.2.7.10, as clients write it). */
static int
put_pairs(const struct cli_csr *r, struct buf *out, struct err *err)
{
	AUTO_BUF in = BUF_WITH_LIMIT(CLI_CSR_MAX);
	AUTO(cli_tlv_set) set = NULL;
	struct pki_attrs attrs;
	size_t i;

	if (pki_attrs_parse(buf_bytes(&r->attributes), &attrs, err) < 0 ||
	    cli_tlv_set_new(&set, err) < 0)
		return -1;
	for (i = 0; i < attrs.n; i++)
		if (put_pair(set, &attrs.list[i], err) < 0)
			return -1;
	cli_tlv_oid(&in, PKI_OID_MS_NAME_VALUE);
	cli_tlv_set_put(&in, DER_SET, set);
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
	return buf_check(&in, "the request attributes", err);
}

/* MS-WCCE 2.2.2.7.2: SEQUENCE { keySpec, provider, empty BIT STRING } */
static int
put_provider(const struct cli_csr *r, struct buf *out, struct err *err)
{
	static const uint8_t nothing[] = { DER_BIT_STRING, 1, 0 };
	AUTO_BUF in = BUF_WITH_LIMIT(4096);
	AUTO_BUF value = BUF_WITH_LIMIT(4096);

	cli_tlv_uint(&in, r->key_spec ? r->key_spec : 1);
	if (!cli_tlv_bmp(&in, r->provider))
		return err_set(err, ERR_INVALID,
		    "The provider's name cannot stand in a request.");
	buf_add(&in, nothing, sizeof(nothing));
	cli_tlv(&value, DER_SEQUENCE, buf_bytes(&in));
	put_attribute(out, PKI_OID_MS_CSP, buf_bytes(&value));
	return 0;
}

static int
put_attributes(const struct cli_csr *r, struct buf *out, struct err *err)
{
	AUTO_BUF list = BUF_WITH_LIMIT(CLI_CSR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(CLI_CSR_MAX);
	AUTO(cli_tlv_set) set = NULL;

	if (cli_tlv_set_new(&set, err) < 0 || put_extensions(r, &list, err) < 0)
		return -1;
	if (list.n) {
		cli_tlv(&value, DER_SEQUENCE, buf_bytes(&list));
		put_attribute(cli_tlv_set_next(set, CLI_CSR_MAX),
		    PKI_OID_EXTENSION_REQUEST, buf_bytes(&value));
	}
	if (r->attributes.n &&
	    put_pairs(r, cli_tlv_set_next(set, CLI_CSR_MAX), err) < 0)
		return -1;
	if (r->provider[0] &&
	    put_provider(r, cli_tlv_set_next(set, CLI_CSR_MAX), err) < 0)
		return -1;
	if (r->renewal.n)
		put_attribute(cli_tlv_set_next(set, CLI_CSR_MAX),
		    PKI_OID_MS_RENEWAL_CERT, r->renewal);
	cli_tlv_set_put(out, DER_CONTEXT(0), set);
	return 0;
}

int
cli_csr_build(const struct cli_csr *r, struct cli_key *key, struct buf *out,
    struct err *err)
{
	static const uint8_t nobody[] = { DER_SEQUENCE, 0 };
	AUTO_BUF in = BUF_WITH_LIMIT(CLI_CSR_MAX);
	AUTO_BUF whole = BUF_WITH_LIMIT(CLI_CSR_MAX);
	uint8_t signature[PKI_SIGNATURE_MAX + 1] = { 0 };
	const struct pki_sig_alg *alg;
	size_t n;

	if (cli_key_alg(key, r->hash, &alg, err) < 0)
		return -1;
	cli_tlv_uint(&in, 0);
	buf_add_bytes(
	    &in, r->subject.n ? buf_bytes(&r->subject) : BYTES_OF(nobody));
	buf_add_bytes(&in, cli_key_spki(key));
	if (put_attributes(r, &in, err) < 0)
		return -1;
	cli_tlv(&whole, DER_SEQUENCE, buf_bytes(&in));
	if (buf_check(&in, "the request", err) < 0 ||
	    buf_check(&whole, "the request", err) < 0 ||
	    cli_key_sign(key, alg, buf_bytes(&whole), signature + 1, &n, err) <
		0)
		return -1;
	buf_add_bytes(&whole, alg->der);
	cli_tlv(&whole, DER_BIT_STRING, bytes_of(signature, n + 1));
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&whole));
	return buf_check(out, "the request", err);
}
