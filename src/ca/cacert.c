#include "ca/cacert.h"

#include "ca/generation.h"
#include "ca/sign.h"
#include "pki/ext.h"
#include "pki/sigmake.h"

#include <openssl/rand.h>

void
ca_cacert_put_usual(struct buf *out)
{
	pki_ext_put_basic(out, true, -1);
	pki_ext_put_key_usage(
	    out, PKI_KU_DIGITAL_SIGNATURE | PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN);
}

/* MS-WCCE 2.2.2.7.7.1: key << 16 | certificate. */
void
ca_cacert_put_version(struct buf *out, uint32_t index, uint32_t key_index)
{
	uint8_t mem[16];
	struct der_back b;

	der_back_init(&b, mem, sizeof(mem), 0);
	der_back_uint(&b, (uint64_t)key_index << 16 | index);
	pki_ext_put(
	    out, pki_oids[PKI_OID_MS_CA_VERSION].der, false, der_back_done(&b));
}

static int
block(const struct ca_config *c, const struct ca_cacert_ask *ask,
    struct pki_cert_block **ret, struct err *err)
{
	AUTO_BUF run = BUF_WITH_LIMIT(PKI_EXT_MAX);

	ca_cacert_put_usual(&run);
	if (!ask->issuer)
		ca_cacert_put_version(&run, ask->index, ask->key_index);
	else if (ca_generation_put_links(c, ask->issuer, &run, err) < 0)
		return -1;
	if (buf_check(&run, "the extensions of the CA certificate", err) < 0)
		return -1;
	return pki_cert_block_new(ask->name,
	    pki_sig_default(ask->signer_key->kind, ask->signer_key->bits),
	    buf_bytes(&run), ret, err);
}

static int
fields(struct pki_tools *tools, const struct ca_cacert_ask *ask,
    struct pki_cert_fields *f, struct err *err)
{
	*f = (struct pki_cert_fields){ .not_before = ask->not_before,
		.not_after = ask->not_after,
		.subject = ask->name,
		.spki = ask->subject_key->spki };
	if (f->not_after > DER_TIME_MAX)
		f->not_after = DER_TIME_MAX;
	if (RAND_bytes(f->serial, sizeof(f->serial)) != 1)
		return pki_tools_failed(err, "random bytes");
	pki_cert_serial_shape(f->serial);
	return pki_key_id(tools, ask->subject_key, f->ski, err);
}

int
ca_cacert_make(struct ca *ca, struct pki_tools *tools,
    const struct ca_cacert_ask *ask, struct ca_cacert *ret, struct err *err)
{
	AUTO(pki_cert_block) b = NULL;
	struct rpc_sign_item item = { .key_index = ask->signer,
		.kind = RPC_SIGN_CA_CERTIFICATE };
	uint8_t signature[PKI_SIGNATURE_MAX];
	struct pki_cert_fields f;
	struct pki_cert cert;
	size_t n = 0;

	if (block(ca->config, ask, &b, err) < 0 ||
	    fields(tools, ask, &f, err) < 0 ||
	    pki_cert_build_tbs(
		b, &f, ret->buffer, sizeof(ret->buffer), &item.tbs, err) < 0)
		return -1;
	memcpy(ret->serial, f.serial, sizeof(ret->serial));
	if (pki_tools_hash(tools, PKI_HASH_SHA256, item.tbs, ret->digest,
		&ret->digest_n, err) < 0 ||
	    ca_sign_wait(ca->sign, &item, signature, &n, err) < 0 ||
	    pki_cert_finish(b, ret->buffer, sizeof(ret->buffer), item.tbs,
		bytes_of(signature, n), &ret->der, err) < 0 ||
	    pki_cert_parse(ret->der, &cert, err) < 0)
		return -1;
	return pki_cert_verify(tools, &cert, ask->signer_key, err);
}

struct ca_audit_event
ca_cacert_event(
    const struct ca_cacert *c, const char *event, const char *detail)
{
	return (struct ca_audit_event){ .event = event,
		.actor = "opencertsrv-ca",
		.detail = detail,
		.serial = BYTES_OF(c->serial),
		.digest = bytes_of(c->digest, c->digest_n) };
}
