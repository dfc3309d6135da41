/* sub.c - CA_SIGN: the certificate of a CA below this one.
 *
 * For an offline root above all. The key and the name are the request's, the
 * rest is said by the administrator. Only a CA and a signer that were started
 * for it do that: whoever may start them, not who has an account. (A signer
 * with `subordinates: true` would sign it at any time, for the template SubCA
 * and its approvals; this method has neither.) It is an ordinary row: listed,
 * revoked, in the lists.
 */
#include "ca/generation.h"
#include "ca/grant.h"
#include "ca/handlers.h"
#include "ca/issuance.h"
#include "pki/ext.h"
#include "pki/name.h"

#define LENGTH_MAX 16 /* of a path; above: no limit */

static int
refuse(struct ca_issuance *i, const char *sentence)
{
	ca_policy_deny(&i->policy, ERR_POLICY, "%s", sentence);
	ca_issuance_end(i, DISPOSITION_DENIED, ERR_POLICY, i->policy.message,
	    i->policy.sentence);
	return 0;
}

static int
grant(struct ca_issuance *i, const struct rpc_ca_sign *ask, struct err *err)
{
	struct bytes subject = i->request.csr.subject;
	struct buf *out = &i->policy.granted;

	if (pki_name_is_empty(subject))
		return refuse(
		    i, "A CA needs a name, and the request has none.");
	if (bytes_eq(subject, i->gen->cert.subject))
		return refuse(i,
		    "The request is for a CA with the name of this "
		    "one; each needs its own.");
	pki_ext_put_basic(out, true,
	    ask->path_length > LENGTH_MAX ? -1 : (int)ask->path_length);
	pki_ext_put_key_usage(
	    out, PKI_KU_DIGITAL_SIGNATURE | PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN);
	ca_issuance_end(i, DISPOSITION_ISSUED, ERR_OK, "Issued",
	    "The certificate of the CA was issued.");
	return buf_check(out, "the extensions", err);
}

static int
prepare(struct ca_worker *w, struct ca_issuance *i, struct err *err)
{
	const struct rpc_ca_sign *ask = i->call->ask;

	if (ask->days > 0)
		i->validity = (int64_t)ask->days * 86400;
	if (ca_issuance_read(w, i, ask->request, err) < 0)
		return -1;
	return i->readable ? grant(i, ask, err) : 0;
}

void
ca_sub_handle(struct ca_worker *w, struct ca_call *call)
{
	struct ca_issuance *i = NULL;
	struct err err = { 0 };

	if (!w->ca->config->sign_ca) {
		(void)err_set(&err, ERR_DENIED,
		    "The certificate of a CA below is made by `opencertsrv ca "
		    "sign`, while the CA is stopped. Nothing was signed.");
		ca_call_fail(call, &err);
	} else if (ca_issuance_new(w, call, CA_PROFILE_SUB, &i, &err) < 0) {
		ca_call_fail(call, &err);
	} else if (prepare(w, i, &err) < 0) {
		ca_settle_fail(i, &err);
	} else if (i->row.disposition == DISPOSITION_ISSUED) {
		ca_issue_sign(w, i);
	} else {
		ca_settle(i);
	}
}
