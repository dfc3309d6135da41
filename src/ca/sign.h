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
/* A piece of work begins to wait that may end in a job, and has ended: each
 * ca_sign_expect() is followed by one ca_sign_flush(). While any is under way
 * jobs wait for company, but neither long nor for more than is enough for a
 * frame; when the last has ended they leave as soon as the signer is idle. */
void ca_sign_expect(struct ca_sign *s);
/* By a piece of work; leaves at the latest with its ca_sign_flush(), or with
 * the frame that the signer has then. */
void ca_sign_submit(struct ca_sign *s, struct ca_sign_job *job);
void ca_sign_flush(struct ca_sign *s);
/* For threads that may wait. ret takes PKI_SIGNATURE_MAX bytes. */
MUST_CHECK int ca_sign_wait(struct ca_sign *s, const struct rpc_sign_item *item,
    uint8_t *ret, size_t *ret_n, struct err *err);
/* Did the last frame come back? */
bool ca_sign_up(struct ca_sign *s, char text[ERR_TEXT_MAX]);
