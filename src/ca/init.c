/* init.c - the first start: key 0 and the self-signed root. */
#include "ca/init.h"

#include "base/clock.h"
#include "ca/audit.h"
#include "ca/cacert.h"
#include "ca/generation.h"
#include "pki/name.h"

struct root {
	struct ca_change change; /* first: the change is the root */
	struct pki_tools *tools;
	struct ca_cacert cert;
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

int
ca_init_name(const struct ca_config *c, struct buf *out, struct err *err)
{
	struct pki_name_part parts[2] = { { PKI_OID_ORGANIZATION,
					      c->organization },
		{ PKI_OID_CN, c->name } };
	size_t skip = *c->organization ? 0 : 1;

	return pki_name_build(parts + skip, 2 - skip, out, err);
}

static int
root_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	struct root *r = (struct root *)self;
	struct store_ca_cert row = { 0, 0, r->cert.der, clock_now() };
	struct ca_audit_event event = ca_cacert_event(
	    &r->cert, CA_EVENT_INIT, "key 0 and its self-signed certificate");

	if (store_insert_ca_cert(ca_txn_writer(txn), &row, err) < 0)
		return -1;
	return ca_audit_add(txn, &event, err);
}

static int
root_build(struct ca *ca, struct root *r, struct bytes spki, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_MAX);
	struct pki_key key;
	int64_t start = clock_now() - ca->config->clock_skew;

	if (pki_key_parse(spki, &key, err) < 0 ||
	    ca_init_name(ca->config, &name, err) < 0)
		return -1;
	return ca_cacert_make(ca, r->tools,
	    &(struct ca_cacert_ask){ .signer_key = &key,
		.subject_key = &key,
		.name = buf_bytes(&name),
		.not_before = start,
		.not_after = start + ca->config->ca_validity },
	    &r->cert, err);
}

static int
root_make(struct ca *ca, struct root *r, struct err *err)
{
	AUTO(rpc_sign_msg) msg = NULL;
	struct bytes spki;
	int rc = -1;

	if (pki_tools_new(&r->tools, err) == 0 &&
	    key_zero(ca, &msg, &spki, err) == 0 &&
	    root_build(ca, r, spki, err) == 0)
		rc = ca_commit_wait(ca->commit, &r->change, err);
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
	if (ca->config->import)
		return 0; /* its certificate comes from another CA */
	if (!ca->config->init && ca->config->subordinate)
		return err_set(err, ERR_CONFIG,
		    "This CA waits for the certificate that the CA above it "
		    "signs. Install it (opencertsrv ca install).");
	if (ca->config->subordinate)
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
