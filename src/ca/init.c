/* init.c - the first start: key 0 and the self-signed root. */
#include "ca/init.h"

#include "base/clock.h"
#include "ca/audit.h"
#include "ca/generation.h"
#include "ca/sign.h"
#include "pki/cert.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/sigmake.h"

#include <openssl/rand.h>

#define CERT_BUF 8192

struct root {
	struct ca_change change; /* first: the change is the root */
	struct pki_tools *tools;
	struct bytes spki; /* lives in the signer's answer */
	struct pki_key key;
	struct pki_cert_block *block;
	struct pki_cert_fields fields;
	uint8_t buffer[CERT_BUF];
	struct bytes cert;
	uint8_t digest[PKI_DIGEST_MAX]; /* of the TBS */
	size_t digest_n;
};

/* The key as the signer has it: made now, or left by a start that ended
 * between making the key and storing its certificate. */
static int
key_zero(struct ca *ca, struct rpc_sign_msg **ret_msg, struct bytes *ret_spki,
    struct err *err)
{
	struct rpc_sign_make_key ask = { 0, ca->config->key };
	const struct rpc_sign_key *made;
	const struct rpc_sign_status *status;
	AUTO(rpc_sign_msg) msg = NULL;

	if (rpc_sign_status(ca->signer, &msg, &status, err) < 0)
		return -1;
	for (size_t i = 0; i < status->key_count; i++) {
		if (status->keys[i].index != 0)
			continue;
		*ret_spki = status->keys[i].spki;
		*ret_msg = TAKE(msg);
		return 0;
	}
	if (rpc_sign_make_key(ca->signer, &ask, ret_msg, &made, err) < 0)
		return -1;
	*ret_spki = made->spki;
	return 0;
}

/* MS-WCCE and RFC 5280 4.2.1: what makes a certificate that of a CA. The
 * version says certificate 0, key 0. */
static int
root_extensions(struct buf *out, struct err *err)
{
	static const uint8_t version[] = { DER_INTEGER, 1, 0 };

	pki_ext_put_basic(out, true, -1);
	pki_ext_put_key_usage(
	    out, PKI_KU_DIGITAL_SIGNATURE | PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN);
	pki_ext_put(
	    out, pki_oids[PKI_OID_MS_CA_VERSION].der, false, BYTES_OF(version));
	return buf_check(out, "the extensions of the CA certificate", err);
}

static int
root_build(const struct ca_config *c, struct root *r, struct buf *name,
    struct bytes *ret_tbs, struct err *err)
{
	struct pki_name_part parts[2] = { { PKI_OID_ORGANIZATION,
					      c->organization },
		{ PKI_OID_CN, c->name } };
	size_t skip = *c->organization ? 0 : 1;
	struct pki_cert_fields *f = &r->fields;
	AUTO_BUF run = BUF_WITH_LIMIT(PKI_EXT_MAX);

	if (pki_key_parse(r->spki, &r->key, err) < 0 ||
	    pki_name_build(parts + skip, 2 - skip, name, err) < 0 ||
	    root_extensions(&run, err) < 0 ||
	    pki_cert_block_new(buf_bytes(name),
		pki_sig_default(r->key.kind, r->key.bits), buf_bytes(&run),
		&r->block, err) < 0)
		return -1;
	if (RAND_bytes(f->serial, sizeof(f->serial)) != 1)
		return pki_tools_failed(err, "random bytes");
	pki_cert_serial_shape(f->serial);
	f->not_before = clock_now() - c->clock_skew;
	f->not_after = f->not_before + c->ca_validity;
	if (f->not_after > DER_TIME_MAX)
		f->not_after = DER_TIME_MAX;
	f->subject = buf_bytes(name);
	f->spki = r->key.spki;
	if (pki_key_id(r->tools, &r->key, f->ski, err) < 0)
		return -1;
	return pki_cert_build_tbs(
	    r->block, f, r->buffer, sizeof(r->buffer), ret_tbs, err);
}

static int
root_sign(struct ca *ca, struct root *r, struct bytes tbs, struct err *err)
{
	struct rpc_sign_item item = {
		.key_index = 0, .kind = RPC_SIGN_CA_CERTIFICATE, .tbs = tbs
	};
	uint8_t signature[PKI_SIGNATURE_MAX];
	struct pki_cert cert;
	size_t n = 0;

	if (pki_tools_hash(r->tools, PKI_HASH_SHA256, tbs, r->digest,
		&r->digest_n, err) < 0 ||
	    ca_sign_wait(ca->sign, &item, signature, &n, err) < 0 ||
	    pki_cert_finish(r->block, r->buffer, sizeof(r->buffer), tbs,
		bytes_of(signature, n), &r->cert, err) < 0 ||
	    pki_cert_parse(r->cert, &cert, err) < 0)
		return -1;
	return pki_cert_verify(r->tools, &cert, &r->key, err);
}

static int
root_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	struct root *r = (struct root *)self;
	struct store_ca_cert row = { 0, 0, r->cert, clock_now() };

	if (store_insert_ca_cert(ca_txn_writer(txn), &row, err) < 0)
		return -1;
	return ca_audit_add(txn,
	    &(struct ca_audit_event){ .event = CA_EVENT_INIT,
		.actor = "opencertsrv-ca",
		.detail = "key 0 and its self-signed certificate",
		.serial = BYTES_OF(r->fields.serial),
		.digest = bytes_of(r->digest, r->digest_n) },
	    err);
}

static int
root_make(struct ca *ca, struct root *r, struct err *err)
{
	AUTO(rpc_sign_msg) msg = NULL;
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_MAX);
	struct bytes tbs = BYTES_NONE;
	int rc = -1;

	if (pki_tools_new(&r->tools, err) == 0 &&
	    key_zero(ca, &msg, &r->spki, err) == 0 &&
	    root_build(ca->config, r, &name, &tbs, err) == 0 &&
	    root_sign(ca, r, tbs, err) == 0)
		rc = ca_commit_wait(ca->commit, &r->change, err);
	pki_cert_block_free(r->block);
	pki_tools_free(r->tools);
	return rc;
}

int
ca_init(struct ca *ca, struct err *err)
{
	const struct ca_generations *g = ca_generations_take(ca);
	struct root *r;
	struct store_reader *reader = NULL;
	int rc;

	ca_generations_release(ca, g);
	if (g)
		return 0;
	if (!ca->config->init)
		return err_set(err, ERR_CONFIG,
		    "The database has no CA certificate. Start once with "
		    "--init to make one.");
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ERR_NO_MEMORY, "the CA certificate");
	r->change.apply = root_apply;
	rc = root_make(ca, r, err);
	free(r);
	if (rc < 0 || store_reader_open(ca->store, &reader, err) < 0)
		return -1;
	rc = ca_generations_load(ca, reader, err);
	store_reader_close(reader);
	return rc;
}
