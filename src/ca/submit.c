/* submit.c - SUBMIT: a request arrives.
 *
 * Whoever is signed in and within the limits gets a row and a number, also for
 * what cannot be read (DESIGN 4): the answer to "what happened to it" is then
 * the same today and in a year. A private key alone is never stored.
 */
#include "base/str.h"
#include "ca/file.h"
#include "ca/handlers.h"
#include "ca/issuance.h"
#include "ca/limit.h"
#include "pki/ca_name.h"
#include "pki/name.h"
#include "pki/pem.h"

/* "", the name, "host\name", or the sanitised name (enrolment protocols 4.3).
 */
static int
check_target(const struct ca_config *c, const char *target, struct err *err)
{
	const char *slash = strrchr(target, '\\');
	const char *name = slash ? slash + 1 : target;
	char host[256] = "", clean[CA_FILE_MAX] = "";

	if (!*target)
		return 0;
	if (slash && !str_from_bytes(host, sizeof(host),
			 bytes_of(target, (size_t)(slash - target))))
		host[0] = '\0';
	if ((!slash || str_eq_ci(host, c->host)) &&
	    (str_eq_ci(name, c->name) ||
		(pki_ca_name_sanitise(c->name, clean, sizeof(clean)) &&
		    str_eq_ci(name, clean))))
		return 0;
	return err_set(err, ERR_WRONG_CA,
	    "This is the certification authority \"%s\". The request was for "
	    "another one, so nothing was kept.",
	    c->name);
}

/* The request's attributes; what is wrong with them ends the row. */
static bool
read_attributes(struct ca_issuance *i, const char *text, struct pki_attrs *ret)
{
	struct bytes b = bytes_str(text);
	struct err e = { 0 };
	char message[ERR_TEXT_MAX * 2];

	i->row.attributes = "";
	if (pki_pem_is_private(b))
		(void)err_set(&e, ERR_PRIVATE_KEY,
		    "The attributes contain a private key. It was not kept. "
		    "Never send a private key to anybody.");
	else if (pki_attrs_parse(b, ret, &e) == 0) {
		i->row.attributes = text;
		return true;
	}
	(void)snprintf(message, sizeof(message),
	    "Error Parsing Request  0x%08X, %s", err_hresult(e.code), e.text);
	ca_issuance_end(i, DISPOSITION_FAILED, e.code, message, e.text);
	i->readable = false;
	return false;
}

/* Issue, pend or deny. */
static int
decide(struct ca_worker *w, struct ca_issuance *i,
    const struct pki_attrs *attrs, struct err *err)
{
	static const enum disposition ends[] = {
		[CA_VERDICT_ISSUE] = DISPOSITION_ISSUED,
		[CA_VERDICT_PEND] = DISPOSITION_PENDING,
		[CA_VERDICT_DENY] = DISPOSITION_DENIED,
	};

	if (ca_issuance_decide(w, i, &i->call->who, attrs, false, err) < 0)
		return -1;
	ca_issuance_end(i, ends[i->policy.verdict], i->policy.code,
	    i->policy.message, i->policy.sentence);
	if (i->policy.verdict == CA_VERDICT_ISSUE)
		ca_limit_granted(i->call->ca->limit, &i->ticket);
	return 0;
}

static int
prepare(struct ca_worker *w, struct ca_issuance *i, struct err *err)
{
	const struct rpc_submit *ask = i->call->ask;
	struct pki_attrs attrs;

	if (ca_limit_enter(
		w->ca->limit, w->reader, i->row.owner, &i->ticket, err) < 0)
		return -1;
	i->row.address = ask->address;
	i->row.submission = ask->submission;
	if (ca_issuance_read(w, i, ask->request, err) < 0)
		return -1;
	if (!read_attributes(i, ask->attributes, &attrs) || !i->readable)
		return 0;
	return decide(w, i, &attrs, err);
}

void
ca_submit_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_submit *ask = call->ask;
	struct ca_issuance *i = NULL;
	struct err err = { 0 };

	if (check_target(w->ca->config, ask->target_ca, &err) < 0 ||
	    ca_issuance_new(w, call, CA_PROFILE_USER, &i, &err) < 0)
		ca_call_fail(call, &err);
	else if (prepare(w, i, &err) < 0)
		ca_settle_fail(i, &err);
	else if (i->row.disposition == DISPOSITION_ISSUED)
		ca_issue_sign(w, i);
	else
		ca_settle(i);
}
