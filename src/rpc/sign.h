/* sign.h - what the CA and the signer say to each other.
 *
 * Hello and Status, MakeKey (the first key only with --init, the next for a
 * renewal), Sign (a batch), Install (a subordinate's certificate), and Log,
 * which only reads: the CA compares its audit with the signer's log, whose file
 * it must not be able to open. A peer that sends an unknown field is refused:
 * this protocol has no loose ends.
 *
 * The client pipelines: rpc_sign_submit() returns at once, the callback runs
 * on the client's reader thread when the batch is signed and logged.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

#define RPC_SIGN_BATCH_MAX     256
#define RPC_SIGN_TBS_MAX       131072   /* certificate, response, CA request */
#define RPC_SIGN_CRL_MAX       15728640 /* a TBSCertList that is sent whole */
#define RPC_SIGN_PART_MAX      262144
#define RPC_SIGN_FRAME_MAX     16777216
#define RPC_SIGN_KEYS_MAX      64
#define RPC_SIGN_KIND_MAX      16
#define RPC_SIGN_SPKI_MAX      2048
#define RPC_SIGN_DIGEST_MAX    64
#define RPC_SIGN_SERIAL_MAX    20
#define RPC_SIGN_ISSUER_MAX    4096
#define RPC_SIGN_SIGNATURE_MAX 1024
#define RPC_SIGN_LOG_MAX       1024 /* rows of one answer */

enum rpc_sign_kind {
	RPC_SIGN_CERTIFICATE = 1,   /* tbs: TBSCertificate */
	RPC_SIGN_CRL = 2,           /* tbs: TBSCertList */
	RPC_SIGN_CMC_RESPONSE = 3,  /* tbs: signed attributes, SET OF */
	RPC_SIGN_CA_REQUEST = 4,    /* tbs: CertificationRequestInfo */
	RPC_SIGN_CA_CERTIFICATE = 5 /* tbs: self-signed or cross, CA:true */
};

/* One thing to sign. The signer reads issuer, serial and validity of the bytes
 * itself and hashes itself. digest, crl_number and issuer are of an earlier
 * form, in which large CRLs came as a digest: the signer refuses that, because
 * a digest could be anything's, that of a CA certificate too. */
struct rpc_sign_item {
	uint32_t key_index;
	uint32_t kind;
	struct bytes tbs;
	struct bytes digest; /* CRL: hash of the TBSCertList */
	uint64_t crl_number; /* CRL */
	struct bytes issuer; /* CRL: the issuer Name, DER */
};

struct rpc_sign_ask {
	/* The CA's newest durable audit record, for the signer's log. */
	uint64_t audit_sequence;
	struct bytes audit_hash; /* 32, or empty before the first */
	const struct rpc_sign_item *items;
	size_t item_count;
};

struct rpc_sign_signature {
	uint32_t err_code; /* enum err_code; ERR_OK */
	const char *err_text;
	struct bytes signature;
	uint64_t log_sequence; /* of the signer's record; 0 when refused */
};

/* A part of a CRL, in order: offset is how much came before, 0 begins anew.
 * The answer to the last one has the signature; an error in any ends it. */
struct rpc_sign_crl_part {
	uint32_t key_index;
	uint64_t offset;
	struct bytes part;
	bool last;
	uint64_t audit_sequence;
	struct bytes audit_hash;
};

/* The certificate of a subordinate's key that another CA signed. The answer
 * has no signature; log_sequence is that of the record. */
struct rpc_sign_install {
	uint32_t key_index;
	struct bytes tbs; /* its TBSCertificate */
	uint64_t audit_sequence;
	struct bytes audit_hash;
};

struct rpc_sign_reply {
	const struct rpc_sign_signature *items; /* as many, same order */
	size_t item_count;
	void *memory; /* see struct rpc_sign_ops */
};

struct rpc_sign_key {
	uint32_t index;
	const char *kind;    /* "p256", "rsa2048", ... (DESIGN 7, --key) */
	struct bytes spki;   /* SubjectPublicKeyInfo, DER */
	uint64_t crl_number; /* of the last CRL it signed; 0: none */
};

struct rpc_sign_status {
	const struct rpc_sign_key *keys;
	size_t key_count;
	uint64_t log_sequence; /* last record */
	struct bytes log_hash; /* its hash, 32 */
	bool init;             /* may make keys */
	void *memory;
};

struct rpc_sign_make_key {
	uint32_t index;
	const char *kind;
};

/* Rows of the signer's log with a sequence above this. */
struct rpc_sign_log_ask {
	uint64_t after;
	uint32_t limit; /* 1..RPC_SIGN_LOG_MAX */
};

struct rpc_sign_log_row {
	uint64_t sequence; /* 1, 2, 3, ... */
	int64_t time;
	uint32_t kind; /* enum rpc_sign_kind; 0: a remark of the signer */
	bool refused;  /* by the signer's policy: nothing was signed */
	uint32_t key_index;
	struct bytes serial; /* certificates: magnitude, <= 20; else empty */
	uint64_t crl_number; /* CRLs; else 0 */
	/* SHA-256 of what was signed; of a CRL sent as a digest, that digest
	 * (32 to 64). */
	struct bytes digest;
	uint64_t audit_sequence; /* as the CA said: its audit head */
	struct bytes audit_hash; /* 32, or empty before its first record */
	struct bytes prev;       /* 32, hash of the record before; zeros */
	struct bytes hash;       /* 32 */
};

struct rpc_sign_log {
	const struct rpc_sign_log_row *rows; /* oldest first */
	size_t row_count;
	void *memory;
};

/* --- client (used by the CA) ------------------------------------------- */

struct rpc_sign_client;

/* reply is NULL when the signer could not be reached or broke off (then *err
 * says why): none of the batch's signatures may be used. Both live only for
 * the call. */
typedef void rpc_sign_done(
    void *ctx, const struct rpc_sign_reply *reply, const struct err *err);

MUST_CHECK int rpc_sign_client_new(
    const char *path, struct rpc_sign_client **ret, struct err *err);
void rpc_sign_client_free(struct rpc_sign_client *c);
AUTO_DEFINE(rpc_sign_client);
/* Exactly one callback follows, possibly before the return. Everything is
 * copied. */
void rpc_sign_submit(struct rpc_sign_client *c, const struct rpc_sign_ask *ask,
    rpc_sign_done *done, void *ctx);

struct rpc_sign_msg; /* owns a reply */
void rpc_sign_msg_free(struct rpc_sign_msg *m);
AUTO_DEFINE(rpc_sign_msg);
MUST_CHECK int rpc_sign_wait(struct rpc_sign_client *c,
    const struct rpc_sign_ask *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_reply **ret, struct err *err);
MUST_CHECK int rpc_sign_status(struct rpc_sign_client *c,
    struct rpc_sign_msg **ret_msg, const struct rpc_sign_status **ret,
    struct err *err);
MUST_CHECK int rpc_sign_make_key(struct rpc_sign_client *c,
    const struct rpc_sign_make_key *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_key **ret, struct err *err);
MUST_CHECK int rpc_sign_log(struct rpc_sign_client *c,
    const struct rpc_sign_log_ask *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_log **ret, struct err *err);

MUST_CHECK int rpc_sign_crl_part(struct rpc_sign_client *c,
    const struct rpc_sign_crl_part *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_signature **ret, struct err *err);

MUST_CHECK int rpc_sign_install(struct rpc_sign_client *c,
    const struct rpc_sign_install *ask, struct rpc_sign_msg **ret_msg,
    const struct rpc_sign_signature **ret, struct err *err);

/* --- server (used by the signer) --------------------------------------- */

/* Run on the connection's thread. What an answer points to is either there
 * for ever or in out->memory: one malloc()ed block (or NULL) that the server
 * gives to free() when the answer is encoded, also after -1. */
struct rpc_sign_ops {
	int (*sign)(void *ctx, const struct rpc_sign_ask *ask,
	    struct rpc_sign_reply *out, struct err *err);
	int (*status)(void *ctx, struct rpc_sign_status *out, struct err *err);
	int (*make_key)(void *ctx, const struct rpc_sign_make_key *ask,
	    struct rpc_sign_key *out, struct err *err);
	int (*log)(void *ctx, const struct rpc_sign_log_ask *ask,
	    struct rpc_sign_log *out, struct err *err);
	int (*crl_part)(void *ctx, const struct rpc_sign_crl_part *ask,
	    struct rpc_sign_signature *out, void **ret_memory, struct err *err);
	int (*install)(void *ctx, const struct rpc_sign_install *ask,
	    struct rpc_sign_signature *out, void **ret_memory, struct err *err);
};

struct rpc_sign_server;
struct rpc_sign_listener {
	const char *path;
	mode_t mode;       /* of the socket file */
	const uid_t *uids; /* who may connect */
	size_t uid_count;
};
MUST_CHECK int rpc_sign_server_start(const struct rpc_sign_listener *where,
    const struct rpc_sign_ops *ops, void *ctx, struct rpc_sign_server **ret,
    struct err *err);
void rpc_sign_server_stop(struct rpc_sign_server *s);
