/* renew.h - the next certificate of this CA.
 *
 *   renew.c          CA_RENEW: of a root, signed by itself, with cross
 *                    certificates when the key is new
 *   renew_key.c      which key it is for
 *   renew_request.c  of a subordinate: the PKCS#10 for another CA
 *   renew_install.c  CA_INSTALL: what that CA signed
 *   renew_end.c      commit, put in place, publish
 *
 * Generations, templates and what is prepared for them are made before the
 * commit and put in place as one after it: a request that began under the old
 * generation ends under it, because the signer signs with both keys. All of
 * it runs on the slow pool, one at a time, like the lists.
 *
 * A renewal that is broken off leaves at most a key in the signer, which the
 * next try takes.
 */
#pragma once
#include "ca/cacert.h"
#include "ca/generation.h"
#include "rpc/ca.h"

/* Everything here but the name of the certificate is the caller's. */
struct ca_successor {
	struct ca_change change; /* first: the change is the successor */
	const struct ca_who *who;
	struct ca_addition add;
	struct ca_audit_event events[3]; /* actor and peer are filled in */
	size_t event_n;
	struct rpc_ca_renewed reply;
	char sentence[RPC_TEXT_MAX + 1];
	char warning[RPC_TEXT_MAX + 1];
};
/* old: the set before, or NULL. The fresh one is in place afterwards. */
MUST_CHECK int ca_successor_commit(struct ca_worker *w,
    const struct ca_generations *old, struct ca_successor *s, struct err *err);
/* Its file and its first lists; s->warning says what failed. */
void ca_successor_publish(struct ca_worker *w, struct ca_successor *s);

/* A key for the next certificate, and that certificate's numbers. */
struct ca_renew_key {
	uint32_t index, key_index;
	struct pki_key key;
	struct rpc_sign_msg *msg; /* its bytes */
};
/* set: NULL without a certificate. kind: of a new key, "" as the configuration
 * says. ERR_BAD_STATE when another key waits for its certificate. */
MUST_CHECK int ca_renew_key_find(struct ca_worker *w,
    const struct ca_generations *set, const struct rpc_ca_renew *ask,
    struct ca_renew_key *ret, struct err *err);
void ca_renew_key_clear(struct ca_renew_key *k);

/* The PKCS#10 for it, appended to out; audited. */
MUST_CHECK int ca_renew_request(struct ca_worker *w, const struct ca_who *who,
    const struct ca_generations *set, const struct ca_renew_key *key,
    struct buf *out, struct err *err);
