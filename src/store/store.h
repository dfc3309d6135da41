/* store.h - the CA's database, whichever it is.
 *
 * Rows of requests, certificates, accounts, CRLs and audit records. It keeps
 * and finds; what may change into what, and what an audit record's hash
 * covers, is the CA's business. Backends: SQLite (store/sqlite.c) now, several
 * CA nodes on one PostgreSQL later; nothing above this header knows which.
 * Request and CRL numbers come from here because of that.
 *
 * Threads:   one struct store_writer, used by one thread (the committer).
 *            Any number of struct store_reader, each used by one thread at a
 *            time.
 * Durability: when store_commit() has returned 0 the transaction survives a
 *            power cut. When it failed nothing of it remains and the writer
 *            may begin again.
 * Ownership: texts and bytes passed in are borrowed for the call; rows read
 *            own their memory (store_request_free() and so on).
 * Errors:    ERR_NO_SPACE, ERR_READ_ONLY, ERR_BUSY, ERR_CORRUPT, else
 *            ERR_SYSTEM. "No such row" is ERR_NOT_FOUND. A write that failed
 *            with ERR_NOT_FOUND, ERR_EXISTS, ERR_BAD_STATE or ERR_TOO_LARGE
 *            changed nothing and the transaction goes on; after any other
 *            error only store_rollback() is left, everything else fails.
 * Callbacks: a row handed to a callback lives only for the call; the callback
 *            must not use the same reader.
 */
#pragma once
#include "base/bytes.h"
#include "base/disposition.h"
#include "base/err.h"

struct store;
struct store_writer;
struct store_reader;

/* The columns of one row may have at most this many bytes together, else
 * ERR_TOO_LARGE. */
#define STORE_ROW_MAX 1048576

/* "sqlite:PATH". Migrates the schema to the newest number (store/migrate.c);
 * a newer schema than this program's is ERR_CONFIG. */
MUST_CHECK int store_open(const char *url, struct store **ret, struct err *err);
void store_close(struct store *s);

MUST_CHECK int store_writer_open(
    struct store *s, struct store_writer **ret, struct err *err);
void store_writer_close(struct store_writer *w);
MUST_CHECK int store_reader_open(
    struct store *s, struct store_reader **ret, struct err *err);
void store_reader_close(struct store_reader *r);

MUST_CHECK int store_begin(struct store_writer *w, struct err *err);
MUST_CHECK int store_commit(struct store_writer *w, struct err *err);
void store_rollback(struct store_writer *w);

/* --- requests (MS-CSRA 3.1.1.1, as far as this CA has them) ------------ */

enum store_request_flag {
	STORE_REQUEST_RENEWAL = 0x2,
	STORE_REQUEST_ON_BEHALF = 0x10,
	STORE_REQUEST_SITE = 0x1000000 /* the site's own TLS certificate */
};

struct store_request {
	uint64_t id; /* allotted by the store */
	uint32_t disposition;
	uint32_t hresult; /* StatusCode */
	uint32_t flags;
	const char *kind; /* "pkcs10", "unreadable", ... */
	struct bytes raw_request;
	const char *attributes; /* as sent, <= 16 KiB */
	const char *message;    /* DispositionMessage */
	const char *sentence;
	int64_t submitted;
	int64_t resolved;      /* 0: not yet */
	const char *owner;     /* identity_owner() of the requester */
	const char *requester; /* identity_display() */
	const char *caller_owner;
	const char *caller;
	const char *peer; /* who vouched: "web uid 998" */
	const char *address;
	const char *officer;         /* "" */
	struct bytes submission;     /* one-time form number or empty */
	const char *request_subject; /* as asked, text */
	const char *subject;         /* as issued, text; "" before */
	const char *common_name;     /* or the first other name */
	const char *template_name;   /* "" */
	const char *key_kind;        /* "P-256" */
	uint32_t key_bits;
	struct bytes key_hash; /* SHA-256 of the SPKI, 32; or empty */
	/* the certificate; empty until issued */
	struct bytes cert;
	struct bytes serial;    /* UNIQUE */
	struct bytes ski;       /* 20 */
	struct bytes cert_hash; /* SHA-256, 32 */
	uint32_t ca_index;      /* certificate of the CA that is the issuer */
	uint32_t key_index;     /* its key: decides the CRL */
	int64_t not_before;
	int64_t not_after;
	/* revocation */
	int64_t revoked_when; /* when it was decided */
	int64_t revoked_effective;
	uint32_t revoked_reason;
	uint32_t approvals; /* by so many persons; 0 and 1: by one */
};

/* Rows that were read, one block of memory. */
void store_request_free(struct store_request *r);
AUTO_DEFINE(store_request);

/* Allots the number. Same owner and submission number as an earlier row:
 * ERR_EXISTS, *ret_id is that row. A serial that is there already: ERR_EXISTS
 * with *ret_id 0. r->id is ignored. */
MUST_CHECK int store_insert_request(struct store_writer *w,
    const struct store_request *r, uint64_t *ret_id, struct err *err);

/* The same for a row of another CA: a number of its own, r->id, unless that is
 * 0. ERR_EXISTS also when the number is taken. */
MUST_CHECK int store_import_request(struct store_writer *w,
    const struct store_request *r, uint64_t *ret_id, struct err *err);

/* A decision: write r's certificate, disposition, hresult, message, sentence,
 * resolved, officer, subject where r->id is in state `from`; ERR_BAD_STATE when
 * it is not (a decision is a conditional UPDATE). */
MUST_CHECK int store_decide_request(struct store_writer *w,
    const struct store_request *r, enum disposition from, struct err *err);

/* Change the revocation where the row is in state `from` with reason
 * from_reason (ignored for ISSUED). To ISSUED (a release) only the time of the
 * decision stays. ERR_BAD_STATE. */
struct store_revocation {
	uint64_t id;
	enum disposition from, to;
	uint32_t from_reason, reason;
	int64_t when, effective;
	const char *officer, *message;
};
MUST_CHECK int store_revoke_request(
    struct store_writer *w, const struct store_revocation *v, struct err *err);

/* Side tables (MS-CSRA): name-value attributes, and extensions of a request
 * with where they came from. */
enum store_extension_flag {
	STORE_EXTENSION_CRITICAL = 0x1,
	STORE_EXTENSION_DROPPED = 0x2 /* asked for, not granted */
};
MUST_CHECK int store_add_attribute(struct store_writer *w, uint64_t id,
    const char *name, const char *value, struct err *err);
struct store_extension {
	const char *oid;
	uint32_t flags; /* enum store_extension_flag */
	struct bytes value;
	const char *note;
};
MUST_CHECK int store_add_extension(struct store_writer *w, uint64_t id,
    const char *oid, uint32_t flags, struct bytes value, const char *note,
    struct err *err);
/* In the order they were added. A callback that returns false stops. */
typedef bool store_attribute_row(
    void *ctx, const char *name, const char *value);
MUST_CHECK int store_list_attributes(struct store_reader *r, uint64_t id,
    store_attribute_row *row, void *ctx, struct err *err);
typedef bool store_extension_row(void *ctx, const struct store_extension *x);
MUST_CHECK int store_list_extensions(struct store_reader *r, uint64_t id,
    store_extension_row *row, void *ctx, struct err *err);

MUST_CHECK int store_find_request(struct store_reader *r, uint64_t id,
    struct store_request **ret, struct err *err);
MUST_CHECK int store_find_serial(struct store_reader *r, struct bytes serial,
    struct store_request **ret, struct err *err);

/* A search looks into the subjects, names, requesters, templates and serials of
 * this many of the newest numbers below `before` (about 0.6 µs for each row),
 * or of all that wait; store_search_floor() says how far. Its first page also
 * has, at any age, by index: the number of a request, the first digits of a
 * serial (8 or more, with or without colons), in so many serials, and the exact
 * name of a requester, unless the rows are one owner's. */
#define STORE_SEARCH_ROWS    50000
#define STORE_SEARCH_SERIALS 200
#define STORE_SEARCH_MAX     256 /* bytes of text, else ERR_TOO_LARGE */

/* Every list takes its rows from an index, so it costs the same at any size;
 * but owner and requester together look at each of the owner's rows. */
struct store_filter {
	uint32_t disposition; /* 0 any */
	bool certificates_only;
	const char *owner;     /* exact, or NULL */
	const char *requester; /* exact display name, or NULL */
	const char *search;    /* part of a text, or a number; NULL: any */
	uint64_t before;       /* ids below; 0 from the newest */
	uint32_t limit;        /* 0: all */
};
/* For each row, newest number first (of one owner: newest submission first;
 * `before` is then the last row of the page before); the row lives only for
 * the call and has no raw_request, attributes, cert. A callback that returns
 * false stops. */
typedef bool store_request_row(void *ctx, const struct store_request *r);
MUST_CHECK int store_list_requests(struct store_reader *r,
    const struct store_filter *f, store_request_row *row, void *ctx,
    struct err *err);

/* Certificates on hold, newest number first; before 0: from the newest. */
MUST_CHECK int store_list_held(struct store_reader *r, uint64_t before,
    uint32_t limit, store_request_row *row, void *ctx, struct err *err);
/* When the oldest request that waits was sent; 0: none waits. */
MUST_CHECK int store_oldest_pending(
    struct store_reader *r, int64_t *ret, struct err *err);
/* The number down to which a search looks at each row: the `before` that goes
 * on with it. 0: it looked at all. */
MUST_CHECK int store_search_floor(struct store_reader *r,
    const struct store_filter *f, uint64_t *ret, struct err *err);

struct store_counts {
	uint64_t pending, issued, revoked, denied, failed;
};
MUST_CHECK int store_count_all(
    struct store_reader *r, struct store_counts *ret, struct err *err);
/* Of one owner: pending now, and submitted at or after `since`. Costs about
 * 30 ns for each row counted: whoever asks often keeps the figure. */
MUST_CHECK int store_count_owner(struct store_reader *r, const char *owner,
    int64_t since, uint64_t *ret_pending, uint64_t *ret_since, struct err *err);
MUST_CHECK int store_count_pending(
    struct store_reader *r, uint64_t *ret, struct err *err);

/* --- revoked certificates, for a CRL ----------------------------------- */

struct store_revoked {
	struct bytes serial;
	int64_t effective;
	uint32_t reason;
};
/* The revoked certificates of one CA key that belong into a base CRL: those
 * not expired before `expired_before`, effective at `now` or before; in the
 * order of the index. One snapshot for count and rows needs one
 * store_read_begin()..store_read_end(). */
MUST_CHECK int store_read_begin(struct store_reader *r, struct err *err);
void store_read_end(struct store_reader *r);
struct store_revoked_filter {
	uint32_t key_index;
	int64_t expired_before, now;
	int64_t since; /* store_list_changed() only */
	bool delta;    /* the store's own */
};
typedef bool store_revoked_row(void *ctx, const struct store_revoked *v);
MUST_CHECK int store_list_revoked(struct store_reader *r, uint32_t key_index,
    int64_t expired_before, int64_t now, store_revoked_row *row, void *ctx,
    struct err *err);
/* For a delta CRL: what was decided at `since` or later, in no order. A
 * released one has reason 8 (removeFromCRL) and the time of its release. */
MUST_CHECK int store_list_changed(struct store_reader *r,
    const struct store_revoked_filter *f, store_revoked_row *row, void *ctx,
    struct err *err);

/* --- CRLs -------------------------------------------------------------- */

/* Publish flags (MS-CSRA 3.1.1.4.1). */
enum store_crl_flag {
	STORE_CRL_BASE = 0x1,
	STORE_CRL_DELTA = 0x2,
	STORE_CRL_SHADOW = 0x8, /* the last delta, empty */
	STORE_CRL_MANUAL = 0x40
};

struct store_crl {
	uint64_t id; /* allotted by store_insert_crl */
	uint64_t number;
	uint32_t key_index;
	uint32_t flags;
	uint64_t min_base; /* 0: a base CRL */
	uint64_t entries;
	int64_t this_update, next_publish, next_update;
	int64_t propagated; /* from then on everybody can have it */
	int64_t delivered;  /* read back and handed on; 0: not yet */
	const char *file;
	struct bytes hash; /* SHA-256 of the file, or empty before it is made */
	const char *status;   /* "" in work, "published", or what failed */
	const char *delivery; /* what failed, or "" */
};
void store_crl_free(struct store_crl *c);
AUTO_DEFINE(store_crl);
/* The highest number used so far, of any key; 0: none. */
MUST_CHECK int store_crl_number(
    struct store_writer *w, uint64_t *ret_newest, struct err *err);
/* ERR_EXISTS when the key has one of this number and type. */
MUST_CHECK int store_insert_crl(struct store_writer *w,
    const struct store_crl *c, uint64_t *ret_id, struct err *err);
MUST_CHECK int store_finish_crl(struct store_writer *w, uint64_t id,
    uint64_t entries, struct bytes hash, const char *status, struct err *err);
/* What became of handing it on: when 0, text what failed. */
MUST_CHECK int store_deliver_crl(struct store_writer *w, uint64_t id,
    int64_t when, const char *text, struct err *err);
/* Newest published base or delta CRL of a key. */
MUST_CHECK int store_newest_crl(struct store_reader *r, uint32_t key_index,
    bool delta, struct store_crl **ret, struct err *err);
typedef bool store_crl_row(void *ctx, const struct store_crl *c);
/* Published base CRLs of a key that have not expired, newest first. */
MUST_CHECK int store_list_bases(struct store_reader *r, uint32_t key_index,
    int64_t now, store_crl_row *row, void *ctx, struct err *err);
/* Newest first; of one number the base before its delta. */
MUST_CHECK int store_list_crls(struct store_reader *r, uint32_t limit,
    store_crl_row *row, void *ctx, struct err *err);

/* --- certificates of the CA -------------------------------------------- */

struct store_ca_cert {
	uint32_t index, key_index;
	struct bytes cert;
	int64_t installed;
};
MUST_CHECK int store_insert_ca_cert(
    struct store_writer *w, const struct store_ca_cert *c, struct err *err);
typedef bool store_ca_cert_row(void *ctx, const struct store_ca_cert *c);
MUST_CHECK int store_list_ca_certs(
    struct store_reader *r, store_ca_cert_row *row, void *ctx, struct err *err);

/* Other certificates that belong to a generation. Numbers are the database's.
 */
enum store_ca_link_kind {
	STORE_CA_CROSS = 1,  /* the key of generation a signed for that of b */
	STORE_CA_ISSUER = 2, /* above generation a, the b-th: 0 signed it */
};
struct store_ca_link {
	uint32_t kind, a, b;
	struct bytes cert;
};
MUST_CHECK int store_insert_ca_link(
    struct store_writer *w, const struct store_ca_link *l, struct err *err);
typedef bool store_ca_link_row(void *ctx, const struct store_ca_link *l);
/* By kind, a and b. */
MUST_CHECK int store_list_ca_links(
    struct store_reader *r, store_ca_link_row *row, void *ctx, struct err *err);

/* --- accounts ---------------------------------------------------------- */

#define STORE_USER_NAME_MAX 128 /* with NUL; longer: ERR_INVALID */
struct store_user {
	const char *name; /* as spelt at first; UNIQUE in lower case */
	const char *hash; /* crypt(5) yescrypt, or "" */
	uint32_t roles;
	const char *mail, *upn, *display_name;
	int64_t uid; /* bound system account, UNIQUE, or -1 */
	bool disabled;
	int64_t changed;
};
void store_user_free(struct store_user *u);
AUTO_DEFINE(store_user);
/* Both raise the version that store_user_version() reads. */
MUST_CHECK int store_insert_user(struct store_writer *w,
    const struct store_user *u, struct err *err); /* ERR_EXISTS */
MUST_CHECK int store_update_user(struct store_writer *w,
    const struct store_user *u, struct err *err); /* ERR_NOT_FOUND */
MUST_CHECK int store_find_user(struct store_reader *r, const char *name,
    struct store_user **ret, struct err *err);
MUST_CHECK int store_find_user_uid(struct store_reader *r, int64_t uid,
    struct store_user **ret, struct err *err);
typedef bool store_user_row(void *ctx, const struct store_user *u);
MUST_CHECK int store_list_users(struct store_reader *r, store_user_row *row,
    void *ctx, struct err *err); /* in the order they were added */
MUST_CHECK int store_user_version(
    struct store_reader *r, uint64_t *ret, struct err *err);

/* --- audit ------------------------------------------------------------- */

/* One chain per node. The CA computes the hashes (ca/audit.h). */
struct store_audit {
	const char *node;
	uint64_t sequence; /* 1, 2, 3, ... */
	int64_t time;
	const char *event;
	const char *actor;
	const char *peer;
	uint64_t request_id; /* 0: none */
	const char *detail;
	struct bytes serial; /* certificate that was signed, or empty */
	struct bytes digest; /* SHA-256 of its TBS, or empty */
	struct bytes prev;   /* 32 */
	struct bytes hash;   /* 32 */
};
MUST_CHECK int store_append_audit(
    struct store_writer *w, const struct store_audit *a, struct err *err);
typedef bool store_audit_row(void *ctx, const struct store_audit *a);
struct store_audit_filter {
	const char *node;    /* NULL: any */
	uint64_t after;      /* sequences above */
	uint64_t request_id; /* 0: any */
	uint32_t limit;      /* 0: all */
};
MUST_CHECK int store_list_audit(struct store_reader *r,
    const struct store_audit_filter *f, store_audit_row *row, void *ctx,
    struct err *err); /* oldest first */
/* The newest record of a node: sequence 0 and zero hash when there is none. */
MUST_CHECK int store_audit_head(struct store_reader *r, const char *node,
    uint64_t *ret_sequence, uint8_t ret_hash[32], struct err *err);

/* --- named values (node name, settings) -------------------------------- */

MUST_CHECK int store_set_value(struct store_writer *w, const char *name,
    const char *value, struct err *err);
/* *ret is NULL when there is none; free() it. */
MUST_CHECK int store_value(
    struct store_reader *r, const char *name, char **ret, struct err *err);
