/* approval.h - certificates on which several persons must agree.
 *
 * A request whose row says `approvals: N` above 1 is issued by the N-th
 * officer; those before him leave an approval: who, when, and the hash of the
 * certificate as it will be. An approval counts as long as
 *
 *   the certificate would still be that one,
 *   its giver may still issue, and neither asked nor is linked to who asked,
 *   and no other that counts is of the same person;
 *
 * what does not count is dropped when the next officer approves.
 *
 * The hash covers what one person decides about and the next cannot see
 * changed: issuer, template, subject, public key, every granted extension and
 * the length of the validity; not serial number and dates, which each
 * signature has of its own.
 */
#pragma once
#include "ca/arena.h"
#include "ca/issuance.h"
#include "store/access.h"

#define CA_APPROVAL_HASH 32

struct ca_approval_parts {
	uint32_t generation; /* certificate of the CA that will be the issuer */
	const char *template_name;
	struct bytes subject, spki;
	struct bytes fixed;          /* extensions that all of its kind have */
	struct bytes extensions;     /* granted on top */
	int64_t validity, not_after; /* of the policy */
};
MUST_CHECK int ca_approval_hash(struct pki_tools *t,
    const struct ca_approval_parts *parts, uint8_t ret[CA_APPROVAL_HASH],
    struct err *err);

/* The approvals of a row in the order they were given; those that do not
 * count are marked. hash NULL: the row is decided, none is judged. */
struct ca_approvals {
	struct rpc_approval list[STORE_APPROVALS_MAX];
	const char *givers[STORE_APPROVALS_MAX]; /* owner keys */
	bool other[STORE_APPROVALS_MAX];         /* of another certificate */
	size_t n, counting;
};
MUST_CHECK int ca_approval_list(struct ca_worker *w,
    const struct store_request *row, const uint8_t *hash,
    struct ca_arena *arena, struct ca_approvals *ret, struct err *err);

/* DECIDE, ISSUE, once the policy has said yes: keeps the caller's approval
 * where several are needed. True: that was all, the call has been answered
 * and the issuance released. False: issue it now. */
bool ca_approval_waits(struct ca_worker *w, struct ca_issuance *i);
