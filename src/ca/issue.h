/* issue.h - from a granted request to a certificate that exists.
 *
 *   worker: policy, serial, to-be-signed bytes ─▶ signer ─▶ committer ─▶ reply
 *
 * A certificate leaves only after its row and its audit record have been
 * committed. When the signer does not answer or the commit fails the call
 * fails with a sentence that says that nothing was kept.
 */
#pragma once
#include "ca/ca.h"
#include "pki/cert.h"

/* DECIDE, ISSUE: issue the stored request `row` (state PENDING, read by the
 * caller, who has checked that call->who may decide it) now. Runs the policy
 * again with the pend-first step skipped; a policy denial becomes the answer
 * and the row's end; where several persons must agree and more are needed, an
 * approval is kept instead (approval.h). Takes over both: replies with struct
 * rpc_result or fails the call, ERR_BAD_STATE when somebody else was quicker.
 */
void ca_issue_stored(struct ca_worker *w, struct ca_call *take_call,
    struct store_request *take_row);

/* The reply for a row as it stands: certificate when issued or revoked. Slices
 * and texts borrow from the row. */
void ca_result_of(
    const struct store_request *row, bool mine, struct rpc_result *ret);

/* When a certificate issued now would end: after validity, at limit (0: none),
 * and never after that of the CA; *ret_cut: it would otherwise. */
int64_t ca_issue_end(const struct pki_cert *ca, int64_t now, int64_t validity,
    int64_t limit, bool *ret_cut);
