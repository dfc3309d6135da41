/* copy.h - what the web role knows of the CA, also while the CA is silent.
 *
 * A snapshot of CA_INFO (name, certificates, newest CRL number), not older
 * than COPY_FRESH_SECONDS while the CA answers, and the newest base CRL of
 * each key. Both are in memory and in a folder, so that the four public
 * downloads work with the CA stopped, even after the web role has started
 * anew; pages and downloads then say of when the copy is.
 *
 * Ownership: snapshots and CRLs are immutable and counted; free what you took.
 * Limits:    RPC_GENERATIONS_MAX certificates and CRLs; a CRL beyond
 *            RPC_CRL_MAX is served as a file by the CA's own address only.
 * Threads:   any. One thread asks the CA, the others use what is there.
 */
#pragma once
#include "rpc/client.h"

#define COPY_FRESH_SECONDS 2

struct web_copy;
struct web_ca;
struct web_crl;

struct web_ca {
	struct rpc_ca_info info;
	int64_t taken; /* when it was the CA's answer */
};

struct web_crl {
	struct rpc_crl crl;
};

/* dir: an existing folder that only we may write, or NULL for none. */
MUST_CHECK int web_copy_new(struct rpc_client *client, const char *dir,
    struct web_copy **ret, struct err *err);
void web_copy_free(struct web_copy *c); /* NULL is fine */
AUTO_DEFINE(web_copy);

/* The newest snapshot, asking the CA when it is not fresh; NULL when there
 * never was one. *ret_answers: the CA answered when it was last asked. */
struct web_ca *web_copy_ca(struct web_copy *c, bool *ret_answers);
void web_ca_free(struct web_ca *ca); /* NULL is fine */
AUTO_DEFINE(web_ca);

/* The newest base or delta CRL of the key of this certificate index (at most
 * the newest). ERR_NOT_FOUND when there is none. */
MUST_CHECK int web_copy_crl(struct web_copy *c, uint32_t generation,
    enum rpc_crl_type type, struct web_crl **ret, struct err *err);
void web_crl_free(struct web_crl *crl); /* NULL is fine */
AUTO_DEFINE(web_crl);

/* A certificate index as asked for, brought to one there is: beyond the
 * newest, negative or RPC_NEWEST is the newest. */
const struct rpc_generation *web_ca_generation(
    const struct web_ca *ca, int64_t renewal);
