/* permission.h - may they? Decided here for every call, whoever asserted the
 * identity (DESIGN 3: auth says who, ca says may).
 */
#pragma once
#include "ca/access.h"
#include "ca/ca.h"

/* Fill *ret from the peer and the identity that the ask carries (NULL: the
 * method carries none; on ADMIN the socket's account counts instead), look up
 * what his roles and all entries give him (permission_entry.h), and decide the
 * method's right. Costs no query for an account that was asked for lately.
 * ERR_DENIED, ERR_UNAUTHENTICATED or ERR_ENROLL_DENIED with a sentence. */
MUST_CHECK int ca_permission_check(struct ca_worker *w,
    const struct rpc_method_row *method, const struct rpc_peer *peer,
    const struct identity *identity, struct ca_who *ret, struct err *err);
/* Whoever asks, as entries and restrictions see him; account is where one of
 * his keys is kept. */
void ca_permission_principal(const struct ca_picture *picture,
    const struct ca_who *who, char account[CA_KEY_MAX],
    struct ca_principal *ret);
struct ca_permission_list {
	const struct ca_permission_entry *entries;
	size_t n;
};
/* May he do `right` with a template? `own` are the entries of the template
 * itself; what `permission ... --template` added counts like them, deny first.
 * The CA's own Enroll is asked besides. */
MUST_CHECK int ca_permission_on_template(struct ca_worker *w,
    const struct ca_who *who, const char *name,
    const struct ca_permission_list *own, uint32_t right, bool *ret,
    struct err *err);
/* May he, an enrolment agent, ask for a certificate of this template for the
 * target (an owner key)? ERR_RESTRICTED with a sentence when no restriction
 * lets him. */
MUST_CHECK int ca_permission_act_for(struct ca_worker *w,
    const struct ca_who *who, const char *template, const char *target,
    struct err *err);
/* Whoever sent the request of a row, with what he may do today. */
MUST_CHECK int ca_permission_of_row(struct ca_worker *w,
    const struct store_request *row, struct ca_who *ret, struct err *err);
/* How long an agent may fetch what he asked for on behalf of another. */
#define CA_AGENT_FETCH_MAX 86400 /* seconds */
/* Is it his own row, or may he read everybody's? */
bool ca_permission_sees(
    const struct ca_who *who, const struct store_request *row);
bool ca_permission_owns(
    const struct ca_who *who, const struct store_request *row);
