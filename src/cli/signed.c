#include "cli/signed.h"

#include "cli/csr.h"
#include "cli/tlv.h"
#include "pki/cert.h"
#include "pki/der.h"

#define PARTS_MAX (128 * 1024)

/* AlgorithmIdentifiers of the digests, without parameters (RFC 5754 2). */
static const uint8_t digests[PKI_HASH_COUNT][13] = {
	[PKI_HASH_SHA256] = { 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	    0x65, 0x03, 0x04, 0x02, 0x01 },
	[PKI_HASH_SHA384] = { 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	    0x65, 0x03, 0x04, 0x02, 0x02 },
	[PKI_HASH_SHA512] = { 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	    0x65, 0x03, 0x04, 0x02, 0x03 },
};

static const uint8_t rsa_encryption[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
	0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };

struct maker {
	const struct cli_signed *s;
	const struct pki_sig_alg *alg;
	enum pki_hash hash;
	struct buf attributes; /* content of the SET OF signed attributes */
};

/* Ed25519 hashes by itself; its messages carry SHA-512 (RFC 8419 3). */
static enum pki_hash
hash_of(const struct pki_sig_alg *alg)
{
	return alg->hash == PKI_HASH_NONE ? PKI_HASH_SHA512 : alg->hash;
}

/* --- signed attributes
 * ------------------------------------------------------------ */

static void
put_attribute(struct buf *out, enum pki_oid type, struct bytes value)
{
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);

	cli_tlv_oid(&in, type);
	cli_tlv(&in, DER_SET, value);
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
}

static int
put_requester(struct buf *out, const char *requester, struct err *err)
{
	AUTO_BUF in = BUF_WITH_LIMIT(4096);
	AUTO_BUF pair = BUF_WITH_LIMIT(4096);

	if (!cli_tlv_bmp(&in, "requestername") || !cli_tlv_bmp(&in, requester))
		return err_set(err, ERR_INVALID,
		    "\"%.80s\" cannot be the name of an account.", requester);
	cli_tlv(&pair, DER_SEQUENCE, buf_bytes(&in));
	put_attribute(out, PKI_OID_MS_NAME_VALUE, buf_bytes(&pair));
	return 0;
}

static void
put_when(struct buf *out, int64_t when)
{
	uint8_t text[32];
	struct der_back b;

	der_back_init(&b, text, sizeof(text), 0);
	der_back_time(&b, when);
	put_attribute(out, PKI_OID_SIGNING_TIME, der_back_done(&b));
}

static int
make_attributes(struct maker *m, struct err *err)
{
	AUTO_BUF type = BUF_WITH_LIMIT(64);
	AUTO_BUF digest = BUF_WITH_LIMIT(PKI_DIGEST_MAX + 8);
	AUTO(cli_tlv_set) set = NULL;
	uint8_t raw[PKI_DIGEST_MAX];
	size_t n = 0;

	if (EVP_Q_digest(NULL, pki_hash_name(m->hash), NULL, m->s->content.p,
		m->s->content.n, raw, &n) != 1)
		return pki_tools_failed(err, "Hashing failed");
	if (cli_tlv_set_new(&set, err) < 0)
		return -1;
	cli_tlv_oid(&type, m->s->type);
	cli_tlv(&digest, DER_OCTET_STRING, bytes_of(raw, n));
	put_attribute(cli_tlv_set_next(set, PARTS_MAX), PKI_OID_CONTENT_TYPE,
	    buf_bytes(&type));
	put_attribute(cli_tlv_set_next(set, PARTS_MAX), PKI_OID_MESSAGE_DIGEST,
	    buf_bytes(&digest));
	if (m->s->when)
		put_when(cli_tlv_set_next(set, PARTS_MAX), m->s->when);
	if (m->s->requester && put_requester(cli_tlv_set_next(set, PARTS_MAX),
				   m->s->requester, err) < 0)
		return -1;
	cli_tlv_set_put(&m->attributes, DER_SET, set);
	return buf_check(&m->attributes, "the signed attributes", err);
}

/* --- the signer
 * --------------------------------------------------------------------- */

/* By issuer and serial number, or by the identifier of the key. */
static int
put_signer_id(const struct maker *m, struct buf *out, struct err *err)
{
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO(pki_tools) tools = NULL;
	uint8_t id[PKI_SHA1_SIZE];
	struct pki_cert cert;

	if (m->s->cert.n == 0) {
		if (pki_tools_new(&tools, err) < 0 ||
		    pki_key_id(tools, cli_key_public(m->s->signer), id, err) <
			0)
			return -1;
		cli_tlv(out, DER_CONTEXT_P(0), BYTES_OF(id));
		return 0;
	}
	if (pki_cert_parse(m->s->cert, &cert, err) < 0)
		return err_wrap(err, "the signer's certificate");
	buf_add_bytes(&in, cert.issuer);
	cli_tlv(&in, DER_INTEGER, cert.serial);
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
	return 0;
}

static int
put_signer(struct maker *m, struct buf *out, struct err *err)
{
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);
	uint8_t signature[PKI_SIGNATURE_MAX];
	struct bytes set = buf_bytes(&m->attributes);
	size_t n;

	if (cli_key_sign(m->s->signer, m->alg, set, signature, &n, err) < 0)
		return -1;
	cli_tlv_uint(&in, m->s->cert.n ? 1 : 3);
	if (put_signer_id(m, &in, err) < 0)
		return -1;
	buf_add_bytes(&in, BYTES_OF(digests[m->hash]));
	/* What was signed is a SET OF; it is carried as [0] (RFC 5652 5.4). */
	buf_add_char(&in, (char)DER_CONTEXT(0));
	buf_add(&in, set.p + 1, set.n - 1);
	buf_add_bytes(&in, m->alg->family == PKI_SIG_RSA
			       ? BYTES_OF(rsa_encryption)
			       : m->alg->der);
	cli_tlv(&in, DER_OCTET_STRING, bytes_of(signature, n));
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
	return buf_check(&in, "the signature", err);
}

/* --- the message
 * -------------------------------------------------------------------- */

static void
put_content(const struct cli_signed *s, struct buf *out)
{
	AUTO_BUF octets = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);

	cli_tlv(&octets, DER_OCTET_STRING, s->content);
	cli_tlv_oid(&in, s->type);
	cli_tlv(&in, DER_CONTEXT(0), buf_bytes(&octets));
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
}

static int
build(struct maker *m, struct buf *out, struct err *err)
{
	const struct cli_signed *s = m->s;
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF data = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF signer = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF whole = BUF_WITH_LIMIT(PARTS_MAX);

	if (make_attributes(m, err) < 0 || put_signer(m, &signer, err) < 0)
		return -1;
	cli_tlv_uint(&in, s->type == PKI_OID_PKCS7_DATA && s->cert.n ? 1 : 3);
	cli_tlv(&in, DER_SET, BYTES_OF(digests[m->hash]));
	put_content(s, &in);
	if (s->cert.n)
		cli_tlv(&in, DER_CONTEXT(0), s->cert);
	cli_tlv(&in, DER_SET, buf_bytes(&signer));
	cli_tlv(&data, DER_SEQUENCE, buf_bytes(&in));
	cli_tlv_oid(&whole, PKI_OID_PKCS7_SIGNED);
	cli_tlv(&whole, DER_CONTEXT(0), buf_bytes(&data));
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&whole));
	if (buf_check(&in, "the message", err) < 0 ||
	    buf_check(&whole, "the message", err) < 0)
		return -1;
	return buf_check(out, "the message", err);
}

int
cli_signed_build(const struct cli_signed *s, struct buf *out, struct err *err)
{
	struct maker m = { .s = s };
	int rc;

	if (cli_key_alg(s->signer, PKI_HASH_NONE, &m.alg, err) < 0)
		return -1;
	m.hash = hash_of(m.alg);
	buf_init(&m.attributes, PARTS_MAX);
	rc = build(&m, out, err);
	buf_clear(&m.attributes);
	return rc;
}

/* --- CMC ----------------------------------------------------------------- */

/* id-cmc-regInfo, 1.3.6.1.5.5.7.7.18 */
static const uint8_t reg_info[] = { DER_OID, 8, 0x2b, 0x06, 0x01, 0x05, 0x05,
	0x07, 0x07, 0x12 };

enum { BODY_REQUEST = 1, BODY_REG_INFO };

/* TaggedAttribute with "Name=Value&Name=Value" (MS-WCCE 2.2.2.7.10). */
static int
put_reg_info(struct buf *out, struct bytes attributes, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_ATTRS_MAX);
	AUTO_BUF octets = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);
	struct pki_attrs attrs;
	size_t i;

	if (pki_attrs_parse(attributes, &attrs, err) < 0)
		return -1;
	for (i = 0; i < attrs.n; i++) {
		buf_add_bytes(&text, attrs.list[i].name);
		buf_add_char(&text, '=');
		buf_add_bytes(&text, attrs.list[i].value);
		buf_add_char(&text, '&');
	}
	if (attrs.n == 0)
		return 0;
	cli_tlv(&octets, DER_OCTET_STRING, buf_bytes(&text));
	cli_tlv_uint(&in, BODY_REG_INFO);
	buf_add(&in, reg_info, sizeof(reg_info));
	cli_tlv(&in, DER_SET, buf_bytes(&octets));
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
	return buf_check(&text, "the request attributes", err);
}

int
cli_signed_cmc(struct bytes request, struct cli_key *key,
    struct bytes attributes, struct buf *out, struct err *err)
{
	AUTO_BUF controls = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF tagged = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF requests = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF in = BUF_WITH_LIMIT(PARTS_MAX);
	AUTO_BUF data = BUF_WITH_LIMIT(PARTS_MAX);
	struct cli_signed s = { .type = PKI_OID_CMC_PKI_DATA, .signer = key };

	if (put_reg_info(&controls, attributes, err) < 0)
		return -1;
	cli_tlv_uint(&tagged, BODY_REQUEST);
	buf_add_bytes(&tagged, request);
	cli_tlv(&requests, DER_CONTEXT(0), buf_bytes(&tagged));
	cli_tlv(&in, DER_SEQUENCE, buf_bytes(&controls));
	cli_tlv(&in, DER_SEQUENCE, buf_bytes(&requests));
	cli_tlv(&in, DER_SEQUENCE, BYTES_NONE); /* no messages inside */
	cli_tlv(&in, DER_SEQUENCE, BYTES_NONE); /* no other ones */
	cli_tlv(&data, DER_SEQUENCE, buf_bytes(&in));
	if (buf_check(&in, "the message", err) < 0 ||
	    buf_check(&data, "the message", err) < 0)
		return -1;
	s.content = buf_bytes(&data);
	return cli_signed_build(&s, out, err);
}
