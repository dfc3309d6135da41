/* sign.h - on the way to the signer: many jobs in few frames.
 *
 * Everything that waits goes into one frame (at most RPC_SIGN_BATCH_MAX
 * items), a few frames are in flight. A frame costs the signer a sync of its
 * log and both sides a few system calls, so jobs of workers gather while the
 * workers have more to do. Each frame carries the newest durable audit record.
 * A signature that arrives is not yet a certificate that may leave: that takes
 * a commit.
 */
#pragma once
#include "ca/ca.h"

/* One that the signer works on, and one that is there when it is done. */
#define CA_SIGN_FRAMES_MAX 2

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
/* Sent with others, at the latest by the next ca_sign_flush(). */
void ca_sign_submit(struct ca_sign *s, struct ca_sign_job *job);
/* Every worker calls it after every piece of work, so that no job waits for
 * company that does not come: all is sent when the worker is idle and the
 * signer too, else what is enough for a frame or has waited long enough. */
void ca_sign_flush(struct ca_sign *s, bool idle);
/* For threads that may wait. ret takes PKI_SIGNATURE_MAX bytes. */
MUST_CHECK int ca_sign_wait(struct ca_sign *s, const struct rpc_sign_item *item,
    uint8_t *ret, size_t *ret_n, struct err *err);
/* Did the last frame come back? */
bool ca_sign_up(struct ca_sign *s, char text[ERR_TEXT_MAX]);
