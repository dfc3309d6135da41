/* response.c - RESPONSE: how it stands with a request, as a CMC full response
 * (RFC 5272, MS-WCCE 3.2.1.4.2.1.4.8): signed by the key that signed the
 * certificate, and made when it is asked for, after the commit, because it
 * holds the request's number.
 *
 * Waits for the signer: runs in the pool of slow work.
 */
#include "base/clock.h"
#include "ca/decide.h"
#include "ca/generation.h"
#include "ca/handlers.h"
#include "ca/sign.h"
#include "pki/cms.h"
#include "pki/request.h"
#include "pki/sigmake.h"

#include <inttypes.h>
#include <stdio.h>

#define ASK_AGAIN 3600 /* seconds: when a pending one is worth a look */

struct response {
	struct ca_worker *w;
	const struct store_request *row;
	const struct ca_generation *gen;
	struct pki_request request; /* what is answered, when it was CMC */
	char token[24];
};

static const struct {
	enum disposition disposition;
	enum pki_cmc_status status;
} statuses[] = {
	{ DISPOSITION_ISSUED, PKI_CMC_SUCCESS },
	{ DISPOSITION_REVOKED, PKI_CMC_SUCCESS },
	{ DISPOSITION_PENDING, PKI_CMC_PENDING },
};

static enum pki_cmc_status
status_of(const struct store_request *row)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].disposition == row->disposition)
			return statuses[i].status;
	return PKI_CMC_FAILED;
}

static int
build_content(struct response *r, struct buf *out, struct err *err)
{
	const struct store_request *row = r->row;
	struct err ignored = { 0 };
	struct pki_cmc_reply reply = {
		.status = status_of(row),
		.text = row->message,
		.fail = PKI_CMC_BAD_REQUEST,
		.pend_token = bytes_str(r->token),
		.pend_time = clock_now() + ASK_AGAIN,
		.certificate = row->cert,
	};

	(void)snprintf(r->token, sizeof(r->token), "%" PRIu64, row->id);
	reply.pend_token = bytes_str(r->token);
	if (pki_request_parse(row->raw_request, &r->request, &ignored) == 0 &&
	    r->request.kind == PKI_REQUEST_CMC)
		reply.asked = &r->request.cmc;
	return pki_cmc_reply_build(r->w->tools, &reply, out, err);
}

static int
sign(struct response *r, struct bytes content, struct buf *out, struct err *err)
{
	AUTO_BUF attrs = BUF_WITH_LIMIT(PKI_CMS_MAX);
	const struct bytes certs[] = { r->row->cert, r->gen->der };
	size_t skip = r->row->cert.n ? 0 : 1;
	uint8_t signature[PKI_SIGNATURE_MAX];
	struct pki_cms_make make = {
		.type = PKI_OID_CMC_PKI_RESPONSE,
		.content = content,
		.signer = &r->gen->cert,
		.alg = r->gen->alg,
		.certs = certs + skip,
		.n_certs = ARRAY_LEN(certs) - skip,
	};
	size_t n = 0;

	if (pki_cms_attrs_build(
		r->w->tools, r->gen->alg, make.type, content, &attrs, err) < 0)
		return -1;
	make.attrs = buf_bytes(&attrs);
	if (ca_sign_wait(r->w->ca->sign,
		&(struct rpc_sign_item){ .key_index = r->gen->key_index,
		    .kind = RPC_SIGN_CMC_RESPONSE,
		    .tbs = make.attrs },
		signature, &n, err) < 0)
		return -1;
	make.signature = bytes_of(signature, n);
	return pki_cms_build(&make, out, err);
}

static int
make(struct response *r, const struct ca_generations *set, struct buf *out,
    struct err *err)
{
	AUTO_BUF content = BUF_WITH_LIMIT(PKI_CMS_MAX);

	if (!set)
		return err_set(
		    err, ERR_UNAVAILABLE, "The CA has no certificate yet.");
	r->gen = ca_generations_current(set);
	for (size_t i = 0; i < set->n && r->row->cert.n; i++)
		if (set->list[i].index == r->row->ca_index)
			r->gen = &set->list[i];
	if (build_content(r, &content, err) < 0)
		return -1;
	return sign(r, buf_bytes(&content), out, err);
}

void
ca_response_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_retrieve *ask = call->ask;
	const struct ca_generations *set = ca_generations_take(w->ca);
	AUTO_BUF out = BUF_WITH_LIMIT(RPC_RESPONSE_MAX);
	AUTO(store_request) row = NULL;
	struct response *r = calloc(1, sizeof(*r));
	struct rpc_response reply;
	struct err err = { 0 };
	int rc = -1;

	if (!r)
		(void)err_set(&err, ERR_NO_MEMORY, "a response");
	else if (ca_decide_find(
		     w, &call->who, ask->id, ask->serial, &row, &err) == 0) {
		*r = (struct response){ .w = w, .row = row };
		rc = make(r, set, &out, &err);
	}
	ca_generations_release(w->ca, set);
	free(r);
	if (rc < 0) {
		ca_call_fail(call, &err);
		return;
	}
	reply.der = buf_bytes(&out);
	ca_call_reply(call, &reply);
}
