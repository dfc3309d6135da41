/* ca.h - what the CA's methods take and give, as plain structs.
 *
 * These structs are all that the front ends and the CA share; methods.def says
 * which method uses which, who may call it and through which socket. The wire
 * form is ca.proto; rpc/ca_convert.c holds one table per message, both
 * directions, with the limits stated here. No other file sees a .pb-c.h.
 *
 * Trust:     a decoded message is within its limits: texts are UTF-8 without
 *            NUL, enums and masks known, counts bounded. What it says is still
 *            only what the peer asserts.
 * Ownership: nothing in a struct is owned. What is encoded is borrowed for the
 *            call; what was decoded lives as long as the message it came in
 *            (struct rpc_msg, struct rpc_call). A text that was not sent is
 *            "", never NULL. Lists are arrays with a count.
 * Limits:    beyond one, a message is not sent and the call fails; texts that
 *            are only shown to people are cut instead and end in an ellipsis,
 *            so that one long subject cannot spoil a list.
 */
#pragma once
#include "base/bytes.h"
#include "base/disposition.h"
#include "base/err.h"
#include "base/identity.h"
#include "base/role.h"

#define RPC_REQUEST_MAX     65536  /* a certificate request, DER */
#define RPC_RAW_MAX         131072 /* what was sent, when not readable */
#define RPC_ATTRIBUTES_MAX  16384
#define RPC_CERT_MAX        32768
#define RPC_TEXT_MAX        1024
#define RPC_FIELD_MAX       16384 /* one value of a request, for people */
#define RPC_DETAIL_MAX      4096  /* of an audit record */
#define RPC_SERIAL_MAX      20
#define RPC_LIST_MAX        200     /* rows of one answer */
#define RPC_GENERATIONS_MAX 64      /* certificates of one CA */
#define RPC_CROSSES_MAX     128     /* between them */
#define RPC_CHAIN_MAX       65536   /* certificates one after the other */
#define RPC_CRL_MAX         4194304 /* larger ones are served as files only */

struct rpc_nothing {
	char unused;
};

/* --- signing in -------------------------------------------------------- */

struct rpc_password_ask {
	const char *name;      /* <= IDENTITY_NAME_MAX */
	struct bytes password; /* <= 1024 */
	const char *address;   /* of the client, for the audit; <= 64 */
};

/* A wrong name or password is the error ERR_UNAUTHENTICATED, a full queue
 * ERR_BUSY. user_version goes up with every change of any account: a cached
 * success under another version is void. */
struct rpc_password_result {
	const char *name; /* as the account spells it */
	uint32_t roles;
	uint64_t user_version;
};

/* --- the CA itself ----------------------------------------------------- */

/* One certificate of the CA. index counts certificates, key_index is the
 * index of the first certificate with the same key. */
struct rpc_generation {
	uint32_t index;
	uint32_t key_index;
	struct bytes cert;
	const char *subject;
	int64_t not_before;
	int64_t not_after;
	/* Of a subordinate: the certificates above it to the root, one after
	 * the other. */
	struct bytes issuers;
};

/* The key of one generation signed for that of another. */
struct rpc_cross {
	uint32_t from, to; /* indices */
	struct bytes cert;
};

/* The next certificate of the CA. Of a subordinate, or of one that has none
 * yet, the answer is a request for the CA above. */
struct rpc_ca_renew {
	bool new_key;
	const char *kind; /* of a new key; "": as configured */
};

struct rpc_ca_install {
	/* That of this CA and those above it, one after the other. */
	struct bytes certs;
};

/* The certificate of a CA below this one. The signer must have been started
 * for its key. */
struct rpc_ca_sign {
	struct bytes request; /* PKCS#10 */
	uint32_t days;        /* 0: as long as other certificates */
	uint32_t path_length; /* RPC_NO_PATH_LENGTH: no limit */
};
#define RPC_NO_PATH_LENGTH UINT32_MAX

struct rpc_ca_renewed {
	uint32_t index, key_index;
	struct bytes cert;    /* that is in place now, or */
	struct bytes request; /* a PKCS#10 */
	const char *sentence; /* what happened, what to do next */
	const char *warning;  /* or "" */
};

struct rpc_ca_info {
	const char *name;    /* "Example Issuing CA" */
	const char *host;    /* of the CA, for "host\name" */
	const char *type;    /* "standalone" | "enterprise" */
	const char *contact; /* mail address or "" */
	bool issue_at_once;
	bool demo;
	bool single_person; /* separation: single-person */
	uint64_t user_version;
	uint32_t pending_days; /* how long clients remember a request */
	/* Oldest first, the last one is current. */
	const struct rpc_generation *generations;
	size_t generation_count;
	/* The newest base CRL of the current key; number 0: none. */
	uint64_t crl_number;
	int64_t crl_this_update;
	int64_t crl_next_update;
	/* The newest delta CRL of that key; number 0: none. */
	uint64_t delta_number;
	int64_t delta_this_update;
	int64_t delta_next_update;
	const struct rpc_cross *crosses;
	size_t cross_count;
};

enum rpc_crl_type { RPC_CRL_BASE, RPC_CRL_DELTA, RPC_CRL_TYPE_COUNT };

struct rpc_crl_ask {
	uint32_t type;
	uint32_t generation; /* certificate index; RPC_NEWEST: the newest */
};
#define RPC_NEWEST UINT32_MAX

struct rpc_crl {
	struct bytes der;
	uint64_t number;
	int64_t this_update;
	int64_t next_update;
};

/* A CMC full response (RFC 5272) about one request, signed by the CA. */
#define RPC_RESPONSE_MAX 65536
struct rpc_response {
	struct bytes der;
};

/* --- requests ---------------------------------------------------------- */

struct rpc_submit {
	struct identity identity; /* ignored on ADMIN: the socket's account */
	const char *target_ca;    /* name, "host\name" or "" for the only one */
	/* The request as it was sent: DER, PEM of any label, bare base64. The
	 * CA recognises it (pki/pem.h). <= RPC_RAW_MAX */
	struct bytes request;
	const char *attributes; /* Name:Value lines; <= RPC_ATTRIBUTES_MAX */
	/* One-time number of the form it came from, or empty for scripts:
	 * the same number of the same owner is answered with
	 * the first result. <= 32 */
	struct bytes submission;
	const char *address; /* of the client; <= 64 */
	const char *agent;   /* of the client; <= 256, cut by the caller */
};

/* The one reply that pages, scripts and protocols render. */
struct rpc_result {
	uint64_t id;          /* 0: no row was made */
	uint32_t disposition; /* enum disposition */
	uint32_t hresult;     /* 0 when all is well */
	const char
	    *message; /* "Taken Under Submission" (enrolment-protocols 2.1) */
	const char *sentence; /* for people: what happened, what to do */
	struct bytes cert;    /* DER, when issued or revoked */
	uint32_t generation;  /* certificate index of the CA that signed it */
	const char *requester;
	bool mine; /* the asking identity owns it */
};

struct rpc_retrieve {
	struct identity identity;
	uint64_t id;         /* or 0 and a serial */
	struct bytes serial; /* <= 20 */
	const char *reason;  /* REPORT_LOST: what happened; <= RPC_TEXT_MAX */
};

/* A row of a list; `request` below is the same row in full. */
struct rpc_row {
	uint64_t id;
	uint32_t disposition;
	int64_t submitted;
	int64_t resolved; /* 0: not yet */
	const char *requester;
	const char *subject;     /* as issued, or as asked while it is not */
	const char *common_name; /* or the first other name */
	const char *serial;      /* hexadecimal, or "" */
	int64_t not_before;      /* 0: no certificate */
	int64_t not_after;
	const char *template_name; /* or "" */
	const char *message;
	uint32_t revoked_reason; /* RFC 5280 5.3.1; 0: not revoked, or none */
};

struct rpc_list_ask {
	struct identity identity;
	uint32_t disposition;  /* 0: any */
	const char *requester; /* exact owner or display name; "" any */
	const char *search; /* part of subject, serial or requester; "" any */
	bool mine_only;
	bool certificates_only; /* issued and revoked */
	bool on_hold;           /* everybody's, for officers; no other filter */
	uint64_t before;        /* keyset: ids below this; 0: from the newest */
	uint32_t limit;         /* 1..RPC_LIST_MAX; 0: 50 */
};

struct rpc_list {
	const struct rpc_row *rows; /* newest first */
	size_t row_count;
	uint64_t next; /* `before` of the next page; 0: no more */
	/* = next, when a search stopped there: older ones were not looked at
	 * yet, whether the page is full or not; else 0. */
	uint64_t searched;
	uint64_t pending; /* how many wait, for officers; else own ones */
	int64_t oldest;   /* for officers: when the first of them was sent; 0 */
};

/* One line of "asked for" beside "will be issued". */
struct rpc_field {
	const char *label;   /* "Subject", "Subject alternative name", ... */
	const char *asked;   /* "" not asked */
	const char *granted; /* "" not granted (dropped) */
	const char *note;    /* why it differs; "" when equal */
	bool differs;
};
#define RPC_FIELDS_MAX 64

struct rpc_event {
	int64_t time;
	const char *what; /* "received", "issued", "refused", "revoked", ... */
	const char *who;
	const char *detail;
};
#define RPC_EVENTS_MAX 64

/* One officer's word on a request that needs several. */
struct rpc_approval {
	const char *who;
	int64_t time;
	/* Given to a certificate that would now be another one, by somebody
	 * who may not decide any more, or by one person twice. */
	bool lapsed;
};
#define RPC_APPROVALS_MAX 16

struct rpc_request {
	struct rpc_row row;
	uint32_t hresult;
	const char *sentence;
	const char *caller; /* differs from the requester when on behalf of */
	const char *officer;
	const char *attributes;
	const char *key;      /* "P-256", "RSA 2048 bits" */
	const char *kind;     /* "PKCS #10", "not readable", ... */
	struct bytes request; /* as kept, DER when it could be read */
	struct bytes cert;
	uint32_t generation;
	int64_t revoked_at;
	uint32_t revoked_reason; /* RFC 5280 5.3.1 */
	bool mine;
	bool may_decide;
	const char *may_not; /* why not, a sentence; "" when he may */
	const struct rpc_field *fields;
	size_t field_count;
	const struct rpc_event *events; /* oldest first */
	size_t event_count;
	/* Of one that waits: when the certificate would end if it were issued
	 * now (0: it would not be), and why then. */
	int64_t until;
	const char *until_note;
	uint32_t approvals_needed; /* by so many persons; 1: one decides */
	const struct rpc_approval *approvals;
	size_t approval_count;
};

enum rpc_decision {
	RPC_DECISION_ISSUE = 1,
	RPC_DECISION_DENY = 2,
	RPC_DECISION_RESUBMIT = 3 /* denied ones again, by an admin */
};

struct rpc_decide {
	struct identity identity;
	uint64_t id;
	uint32_t decision;
	const char *reason; /* needed for DENY; <= RPC_TEXT_MAX */
};

struct rpc_revoke {
	struct identity identity;
	uint64_t id; /* or 0 and a serial */
	struct bytes serial;
	/* RFC 5280 5.3.1: 0..6, 9, 10; 8 (removeFromCRL) releases a hold. */
	uint32_t reason;
	const char *comment; /* <= RPC_TEXT_MAX */
};

/* --- CRLs -------------------------------------------------------------- */

struct rpc_crl_row {
	uint32_t key_index;
	uint64_t number;
	uint64_t entries;
	int64_t this_update;
	int64_t next_publish;
	int64_t next_update;
	const char *file;   /* name in the published folder */
	const char *status; /* "published", or what failed */
	uint64_t min_base;  /* 0: a base CRL; else the base a delta needs */
	uint64_t id;
	struct bytes hash;    /* SHA-256 of the file; empty: not made */
	int64_t delivered;    /* read back over HTTP; 0: not yet */
	const char *delivery; /* what failed, or "" */
};

/* CRL_DELIVER: what became of handing a list on, or id 0. The answer: the
 * newest published ones that are not delivered yet. */
struct rpc_crl_delivery {
	uint64_t id; /* 0: of another CA, if a file is named */
	bool done;
	const char *text; /* what failed, or "" */
	const char *file; /* with id 0: its name and SHA-256 */
	struct bytes hash;
};

/* A list or a CA certificate of another CA, to be published beside ours. */
#define RPC_CRL_OTHER_MAX 196608 /* bytes; larger ones do not fit a frame */
struct rpc_crl_add {
	const char *name; /* of the file */
	struct bytes content;
	struct bytes issuer; /* certificate that verifies a list, or none */
};

struct rpc_crl_list {
	const struct rpc_crl_row *rows; /* newest first */
	size_t row_count;
};

/* --- accounts ---------------------------------------------------------- */

/* What EDIT changes. */
#define RPC_USER_MAIL         (UINT32_C(1) << 0)
#define RPC_USER_DISPLAY_NAME (UINT32_C(1) << 1)
#define RPC_USER_UPN          (UINT32_C(1) << 2)

struct rpc_user_change {
	const char *name;
	struct bytes password; /* empty: unchanged (ADD: no password login) */
	uint32_t roles;        /* ADD only */
	/* ADD and EDIT only, "" none; upn: user principal name. */
	const char *mail;
	const char *display_name;
	const char *upn;
	int64_t uid;     /* ADD only: bound system account, -1 none */
	bool enable;     /* DISABLE: true enables again */
	uint32_t fields; /* EDIT: those that change, RPC_USER_* */
};

struct rpc_user {
	const char *name;
	uint32_t roles;
	const char *mail;
	const char *display_name;
	int64_t uid;
	bool disabled;
	bool has_password;
	int64_t changed;
	/* Of what was asked for, this change waits for a second person (role
	 * confirm); 0: all is done. */
	uint64_t waiting;
};

struct rpc_user_list {
	const struct rpc_user *users;
	size_t user_count;
};
#define RPC_USERS_MAX 10000

/* --- audit ------------------------------------------------------------- */

struct rpc_audit_ask {
	uint64_t after;      /* sequence numbers above this */
	uint64_t request_id; /* 0: any */
	uint32_t limit;      /* 1..RPC_LIST_MAX; 0: 50 */
};

struct rpc_audit_row {
	const char *node;
	uint64_t sequence;
	int64_t time;
	const char *event;   /* "issue", "deny", ... */
	const char *actor;   /* who */
	const char *peer;    /* who vouched for him: "web", "admin uid 0" */
	uint64_t request_id; /* 0: none */
	const char *detail;
	struct bytes hash; /* 32 */
};

struct rpc_audit_list {
	const struct rpc_audit_row *rows; /* oldest first */
	size_t row_count;
	uint64_t next; /* 0: no more */
};

struct rpc_finding {
	bool bad; /* false: a remark */
	const char *text;
};
#define RPC_FINDINGS_MAX 100

struct rpc_audit_report {
	bool good;
	uint64_t records;
	uint64_t signatures; /* of the signer's log */
	uint64_t checkpoint; /* newest audit sequence the signer's log covers */
	uint64_t uncovered;  /* records after that */
	const struct rpc_finding *findings;
	size_t finding_count;
};

/* --- running it -------------------------------------------------------- */

struct rpc_status {
	const char *version;
	const char *name;
	bool demo;
	bool single_person;
	bool signer_up;
	const char *signer_error; /* "" */
	bool writable;            /* the last commit worked */
	const char *store_error;  /* "" */
	uint64_t pending;
	uint64_t issued;
	uint64_t revoked;
	uint64_t denied;
	uint64_t failed;
	uint64_t crl_number;
	int64_t crl_next_update;
	int64_t ca_not_after;
	int64_t started;
	int64_t crl_next_publish;
	/* Sentences about the lists; bad: somebody must do something. */
	const struct rpc_finding *health;
	size_t health_count;
};

#include "rpc/access.h"
#include "rpc/import.h"
#include "rpc/template.h"
