/* audit.h - the hash-chained record of every decision (DESIGN 3, 8).
 *
 * One chain per CA node. A record's hash covers all its fields, each with its
 * length in front, and the hash of the record before: one that was edited,
 * removed, put in or moved breaks the chain. The newest durable head goes to
 * the signer with every batch, whose own log then proves how long the chain
 * was at that time (verify.h compares both).
 *
 * Records are added inside a change (commit.h), so that a decision and its
 * record are one transaction.
 */
#pragma once
#include "base/buf.h"
#include "ca/commit.h"

#define CA_AUDIT_HASH 32

/* The events, and the word of each in the audit. */
#define CA_EVENT_INIT      "init"       /* a CA key and certificate were made */
#define CA_EVENT_RENEW     "ca-renew"   /* another one, or a request for it */
#define CA_EVENT_INSTALL   "ca-install" /* one that another CA signed */
#define CA_EVENT_START     "start"
#define CA_EVENT_SUBMIT    "submit" /* pends */
#define CA_EVENT_ISSUE     "issue"
#define CA_EVENT_DENY      "deny"
#define CA_EVENT_FAIL      "fail" /* not readable */
#define CA_EVENT_RESUBMIT  "resubmit"
#define CA_EVENT_REVOKE    "revoke"
#define CA_EVENT_RELEASE   "release"
#define CA_EVENT_LOST      "report-lost"
#define CA_EVENT_CRL       "crl"
#define CA_EVENT_USER      "user"
#define CA_EVENT_TEMPLATE  "template"
#define CA_EVENT_RECONCILE "reconcile" /* a signature without a row */
/* Taken over from another CA (import.h): nothing that the signer signed. */
#define CA_EVENT_IMPORT         "import"         /* as it was issued */
#define CA_EVENT_IMPORT_REVOKED "import-revoked" /* it is revoked */
#define CA_EVENT_IMPORT_OTHER   "import-other"   /* all else */
/* Their detail: this, and SHA-256 of the certificate if it came with it. */
#define CA_EVENT_IMPORT_HASH "certificate SHA-256 "
/* Changes of action.h: done, or what became of one that waited. */
#define CA_EVENT_ROLE        "role"
#define CA_EVENT_GROUP       "group"
#define CA_EVENT_PERMISSION  "permission"
#define CA_EVENT_RESTRICTION "restriction"
#define CA_EVENT_PERSON      "person"
#define CA_EVENT_ASK         "change-ask"
#define CA_EVENT_CONFIRM     "change-confirm" /* the event itself follows */
#define CA_EVENT_CANCEL      "change-cancel"
#define CA_EVENT_EXPIRE      "change-expire"
/* approval.h */
#define CA_EVENT_APPROVE "approve"
#define CA_EVENT_LAPSE   "approval-lapse"

struct ca_audit_event {
	const char *event;
	const char *actor; /* account that decided */
	const char *peer;  /* who vouched for him */
	uint64_t request_id;
	const char *detail;
	struct bytes serial; /* of the certificate that was signed, or empty */
	struct bytes digest; /* SHA-256 of its TBS, or empty */
};

/* Only from apply(). */
MUST_CHECK int ca_audit_add(
    struct ca_txn *t, const struct ca_audit_event *e, struct err *err);

struct ca_audit_head {
	uint64_t sequence; /* 0: no record yet, hash is zero */
	uint8_t hash[CA_AUDIT_HASH];
};
/* The newest record that has reached the disk. */
void ca_audit_durable(struct ca_commit *c, struct ca_audit_head *ret);

/* The bytes that are hashed: everything but `hash`. */
void ca_audit_canonical(const struct store_audit *a, struct buf *out);
MUST_CHECK int ca_audit_hash(struct pki_tools *t, const struct store_audit *a,
    uint8_t ret[CA_AUDIT_HASH], struct err *err);
