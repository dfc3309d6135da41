/* commit.h - the one thread that writes.
 *
 * Everything that changes the database is a change in one FIFO. The committer
 * takes the whole list, begins one transaction, applies each change, commits,
 * and only then tells each change how it ended: what a caller hears has
 * reached the disk (DESIGN 8). With several requests in flight it waits a
 * moment for more (reference: issuance speed, gather window).
 *
 * A change that is refused (the row is in another state, a name exists: see
 * ca_commit_is_refusal()) before it wrote anything fails alone. Any other
 * failure of apply() rolls the transaction back, and its changes are tried
 * again one by one, so that a bad one takes no other with it: apply() may run
 * twice and must then start afresh. When COMMIT fails all its changes fail and
 * nothing of them is kept.
 *
 * Ownership: a change belongs to the committer from ca_commit_submit() until
 * its done() is called, which usually frees it.
 */
#pragma once
#include "ca/ca.h"

#define CA_COMMIT_BATCH_MAX 256

struct ca_txn; /* the open transaction; see audit.h */

struct ca_change {
	struct ca_change *next;
	/* On the committer's thread, inside the transaction. The statement that
	 * may be refused comes first. */
	int (*apply)(
	    struct ca_change *self, struct ca_txn *txn, struct err *err);
	/* On the committer's thread, after COMMIT (err NULL) or failure. Must
	 * not block: the next transaction waits. Replies that it puts into the
	 * outbox leave when all changes of the transaction have been told. */
	void (*done)(struct ca_change *self, const struct err *err);
};

MUST_CHECK int ca_commit_start(
    struct ca *ca, struct ca_commit **ret, struct err *err);
/* Commits what waits, then ends the thread. */
void ca_commit_stop(struct ca_commit *c);

void ca_commit_submit(struct ca_commit *c, struct ca_change *change);
/* For threads that may wait (start, CRLs): submit, wait for the end.
 * change->done is set by this function. */
MUST_CHECK int ca_commit_wait(
    struct ca_commit *c, struct ca_change *change, struct err *err);

/* For done() only. */
struct rpc_outbox *ca_commit_outbox(struct ca_commit *c);

/* How many calls are on their way to the committer (submissions that are
 * being parsed or signed): with more than one it gathers. */
void ca_commit_expect(struct ca_commit *c, int plus_or_minus);

/* Did the last commit work? The text says what failed otherwise. */
bool ca_commit_healthy(struct ca_commit *c, char text[ERR_TEXT_MAX]);
bool ca_commit_is_refusal(enum err_code code);

/* For apply(): a failure after something was written is no refusal, whatever
 * its code; makes sure that it does not look like one. Always -1. */
int ca_txn_spoilt(struct err *err);

struct store_writer *ca_txn_writer(struct ca_txn *t);
struct ca *ca_txn_ca(struct ca_txn *t);
struct pki_tools *ca_txn_tools(struct ca_txn *t);
