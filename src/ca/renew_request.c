/* renew_request.c - the PKCS#10 of a subordinate, RFC 2986. */
#include "ca/renew.h"

#include "ca/init.h"
#include "ca/sign.h"
#include "pki/csr.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/sigmake.h"

#include <stdio.h>

#define INFO_MAX 16384

/* What this CA wants to have in its certificate. */
static int
extensions(struct ca_worker *w, const struct ca_renew_key *k, struct buf *out,
    struct err *err)
{
	uint8_t id[PKI_SHA1_SIZE];

	ca_cacert_put_usual(out);
	ca_cacert_put_version(out, k->index, k->key_index);
	if (pki_key_id(w->tools, &k->key, id, err) < 0)
		return -1;
	pki_ext_put_ski(out, BYTES_OF(id));
	return buf_check(out, "the extensions of the request", err);
}

static void
back_info(
    struct der_back *b, struct bytes name, struct bytes spki, struct bytes run)
{
	const uint8_t *info = b->p, *attribute, *set;

	attribute = set = b->p;
	der_back_bytes(b, run);
	der_back_wrap(b, DER_SEQUENCE, set);
	der_back_wrap(b, DER_SET, set);
	der_back_prim(b, DER_OID, pki_oids[PKI_OID_EXTENSION_REQUEST].der);
	der_back_wrap(b, DER_SEQUENCE, attribute);
	der_back_wrap(b, DER_CONTEXT(0), attribute);
	der_back_bytes(b, spki);
	der_back_bytes(b, name);
	der_back_uint(b, 0);
	der_back_wrap(b, DER_SEQUENCE, info);
}

/* Signed, and proven as whoever gets it will. */
static int
sign(struct ca_worker *w, const struct ca_renew_key *k, struct bytes info,
    struct buf *out, struct err *err)
{
	const struct rpc_sign_item item = { .key_index = k->key_index,
		.kind = RPC_SIGN_CA_REQUEST,
		.tbs = info };
	uint8_t mem[INFO_MAX + PKI_SIGNATURE_MAX], signature[PKI_SIGNATURE_MAX];
	const uint8_t *mark;
	struct pki_csr csr;
	struct der_back b;
	size_t n = 0;

	if (ca_sign_wait(w->ca->sign, &item, signature, &n, err) < 0)
		return -1;
	der_back_init(&b, mem, sizeof(mem), 0);
	mark = b.p;
	der_back_bits(&b, bytes_of(signature, n));
	der_back_bytes(&b, pki_sig_default(k->key.kind, k->key.bits)->der);
	der_back_bytes(&b, info);
	der_back_wrap(&b, DER_SEQUENCE, mark);
	if (b.failed)
		return err_set(err, ERR_TOO_LARGE, "the request");
	buf_add_bytes(out, der_back_done(&b));
	if (buf_check(out, "the request", err) < 0 ||
	    pki_csr_parse(buf_bytes(out), &csr, err) < 0)
		return -1;
	return pki_csr_verify(w->tools, &csr, err);
}

struct asked {
	struct ca_change change; /* first */
	const struct ca_who *who;
	const char *detail;
};

static int
apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	const struct asked *a = (struct asked *)self;

	return ca_audit_add(txn,
	    &(struct ca_audit_event){ .event = CA_EVENT_RENEW,
		.actor = a->who->display,
		.peer = a->who->peer,
		.detail = a->detail },
	    err);
}

int
ca_renew_request(struct ca_worker *w, const struct ca_who *who,
    const struct ca_generations *set, const struct ca_renew_key *key,
    struct buf *out, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_MAX);
	AUTO_BUF run = BUF_WITH_LIMIT(PKI_EXT_MAX);
	struct asked change = { .change.apply = apply, .who = who };
	uint8_t mem[INFO_MAX];
	char detail[96];
	struct der_back b;

	if (set)
		buf_add_bytes(&name, ca_generations_current(set)->cert.subject);
	else if (ca_init_name(w->ca->config, &name, err) < 0)
		return -1;
	if (extensions(w, key, &run, err) < 0)
		return -1;
	der_back_init(&b, mem, sizeof(mem), 0);
	back_info(&b, buf_bytes(&name), key->key.spki, buf_bytes(&run));
	if (b.failed)
		return err_set(err, ERR_TOO_LARGE, "the request");
	if (sign(w, key, der_back_done(&b), out, err) < 0)
		return -1;
	(void)snprintf(detail, sizeof(detail),
	    "request for certificate %u of the CA, key %u", key->index,
	    key->key_index);
	change.detail = detail;
	return ca_commit_wait(w->ca->commit, &change.change, err);
}
