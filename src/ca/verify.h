/* verify.h - does the audit hold, and does it agree with the signer's log?
 *
 * The audit is a hash chain the CA could write anew if it were taken over; the
 * signer's log is another that the CA cannot write. Each signature's record
 * there names the audit's head of its moment. Together they show a record that
 * was edited, removed, put in, moved or cut off at the end, down to the newest
 * head the signer has seen (the checkpoint); what came after it is said to be
 * uncovered.
 */
#pragma once
#include "ca/ca.h"

/* Signatures whose commit never happened (a crash, a full disk): their
 * certificates never left. Each gets an audit record, so that the two logs
 * agree again. At the start all of the signer's log since the last time; later
 * only what is old enough not to be on its way. */
MUST_CHECK int ca_verify_reconcile(
    struct ca_worker *w, bool at_start, struct err *err);
