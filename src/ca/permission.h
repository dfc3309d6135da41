/* permission.h - may they? Decided here for every call, whoever asserted the
 * identity (DESIGN 3: auth says who, ca says may).
 */
#pragma once
#include "ca/ca.h"

/* Fill *ret from the peer and the identity that the ask carries (NULL: the
 * method carries none; on ADMIN the socket's account counts instead), look up
 * the account's roles, and decide the method's right. ERR_DENIED,
 * ERR_UNAUTHENTICATED or ERR_ENROLL_DENIED with a sentence. */
MUST_CHECK int ca_permission_check(struct ca_worker *w,
    const struct rpc_method_row *method, const struct rpc_peer *peer,
    const struct identity *identity, struct ca_who *ret, struct err *err);
/* Is it his own row, or may he read everybody's? */
bool ca_permission_sees(
    const struct ca_who *who, const struct store_request *row);
bool ca_permission_owns(
    const struct ca_who *who, const struct store_request *row);
