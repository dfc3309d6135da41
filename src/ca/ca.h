/* ca.h - the certification authority: the one object its parts share.
 *
 *   rpc ──call──▶ dispatch ──▶ pools of workers ──▶ sign ──▶ commit ──▶ reply
 *
 * A call is taken by dispatch.c, waits in the queue of a pool (work.h), is
 * permitted (permission.h) and run by its handler on a worker. Handlers that
 * only read answer at once. What changes something becomes a change (commit.h)
 * and is answered from there, after the commit. What needs the CA's key goes
 * through sign.h before.
 *
 * Trust:     peers are known by their channel only; what they assert about
 *            identities is believed within what the channel may do.
 * Threads:   everything in struct ca is immutable after ca_start(), or is an
 *            object that locks itself.
 */
#pragma once
#include "ca/config.h"
#include "pki/tools.h"
#include "rpc/server.h"
#include "rpc/sign.h"
#include "store/store.h"

#define CA_NODE_MAX 33 /* name of this CA node in the audit */
#define CA_PEER_MAX 64

struct ca_holder;
struct ca_commit;
struct ca_sign;
struct ca_keys;
struct ca_limit;
struct ca_pools;
struct ca_accounts;
struct ca_access;
struct ca_user;
struct ca_crl;
struct ca_templates;
struct ca_import;

struct ca {
	const struct ca_config *config;
	struct store *store;
	struct rpc_sign_client *signer;
	struct ca_holder *holder;       /* the generations, generation.h */
	struct ca_commit *commit;       /* commit.h */
	struct ca_sign *sign;           /* sign.h */
	struct ca_limit *limit;         /* limit.h */
	struct ca_keys *keys;           /* keys.h */
	struct ca_pools *pools;         /* work.h */
	struct ca_accounts *accounts;   /* account.h */
	struct ca_access *access;       /* access.h */
	struct ca_user *user;           /* user.h: password checks */
	struct ca_crl *crl;             /* crl.h: the schedule */
	struct ca_crl_words *words;     /* crl_word.h */
	struct ca_templates *templates; /* template.h; NULL: stand-alone */
	struct ca_import *import;       /* import.h; NULL: none goes on */
	/* What went wrong without anybody asking; NULL: nobody listens. */
	void (*report)(const char *text);
	char node[CA_NODE_MAX];
	int64_t started;
};

/* What one worker thread has for itself. */
struct ca_worker {
	struct ca *ca;
	struct store_reader *reader;
	struct pki_tools *tools;
};

/* Who asks: filled by permission.h, the text for rows and audit included. */
struct ca_who {
	struct identity identity;
	char owner[IDENTITY_OWNER_MAX];   /* key of rows */
	char display[IDENTITY_OWNER_MAX]; /* for people */
	char peer[CA_PEER_MAX];           /* who vouched: "web uid 998" */
	/* What roles and entries give him, enum ca_right; and of these the
	 * ones that are roles, enum role. */
	uint32_t rights;
	uint32_t roles;
	bool mixed; /* several separated roles: none of them counts */
	bool known; /* false: nobody signed in */
};

/* One call on its way. A handler gives it to exactly one of ca_call_reply()
 * and ca_call_fail(), at once or later from another thread; both release
 * it. `ask` lives as long as the call. */
struct ca_call {
	struct ca *ca;
	struct rpc_call *rpc;
	const struct rpc_method_row *method;
	const void *ask; /* struct per rpc/methods.def */
	struct ca_who who;
};

void ca_call_reply(struct ca_call *c, const void *reply);
/* From done() of a change: leaves with the others of its commit. */
void ca_call_reply_committed(struct ca_call *c, const void *reply);
void ca_call_fail(struct ca_call *c, const struct err *err);

/* Runs on a worker of the pool that dispatch.c names for the method. */
typedef void ca_handler(struct ca_worker *w, struct ca_call *call);

/* Everything but the sockets. ca_open() opens store and signer client and
 * loads the generations; ca_start() makes key and root when there is none
 * (init.h) and starts the threads. config must outlive the CA. */
MUST_CHECK int ca_open(
    const struct ca_config *config, struct ca **ret, struct err *err);
MUST_CHECK int ca_start(struct ca *ca, struct err *err);
/* Before ca_start(). Called on any thread, must not block. */
void ca_report_to(struct ca *ca, void (*report)(const char *text));
/* Read again what may change while it runs: the list of compromised keys. On
 * failure what was read before stays. */
MUST_CHECK int ca_reload(struct ca *ca, struct err *err);
/* The rpc server must have stopped: no call is in flight. */
void ca_close(struct ca *ca);

/* Hooks for rpc_server_start(); ctx is the struct ca. */
extern const struct rpc_server_ops ca_rpc_ops;
