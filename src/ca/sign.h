/* sign.h - on the way to the signer: many jobs in few frames.
 *
 * Everything that waits goes into one frame (at most RPC_SIGN_BATCH_MAX
 * items), a few frames are in flight. Each frame carries the newest durable
 * audit record. A signature that arrives is not yet a certificate that may
 * leave: that takes a commit.
 */
#pragma once
#include "ca/ca.h"

#define CA_SIGN_FRAMES_MAX 4

struct ca_sign_job {
	struct ca_sign_job *next;
	struct rpc_sign_item item; /* borrowed until done */
	/* On any thread; signature lives for the call, err is NULL on
	 * success. ERR_UNAVAILABLE: the signer does not answer. */
	void (*done)(struct ca_sign_job *self, struct bytes signature,
	    const struct err *err);
};

MUST_CHECK int ca_sign_new(
    struct ca *ca, struct ca_sign **ret, struct err *err);
void ca_sign_free(struct ca_sign *s); /* nothing may be in flight */
void ca_sign_submit(struct ca_sign *s, struct ca_sign_job *job);
/* For threads that may wait. ret takes PKI_SIGNATURE_MAX bytes. */
MUST_CHECK int ca_sign_wait(struct ca_sign *s, const struct rpc_sign_item *item,
    uint8_t *ret, size_t *ret_n, struct err *err);
/* Did the last frame come back? */
bool ca_sign_up(struct ca_sign *s, char text[ERR_TEXT_MAX]);
