/* service_state.h - what the files of the service share.
 *
 * Private to service*.c.
 */
#pragma once
#include "sign/pool.h"
#include "sign/service.h"

#include <pthread.h>

struct slot {
	struct sign_key *key; /* set once, then never changed */
	struct sign_ca ca;
	uint64_t crl_number;   /* of the last CRL */
	uint64_t delta_number; /* of the last delta CRL, or more */
};

struct sign_service {
	bool init;
	uint8_t guest[32];
	size_t guest_n;
	bool subordinates;
	int folder;
	struct sign_signer *signer;
	struct sign_log *log;
	struct sign_pool *pool;
	/* Turns: whoever holds the one that is `serving` owns the rest. */
	pthread_mutex_t lock;
	pthread_cond_t turn;
	uint64_t drawn, serving;
	struct pki_tools *tools;
	struct slot slots[SIGN_KEYS_MAX];
	const struct sign_key *held[SIGN_KEYS_MAX]; /* those of the slots */
	size_t held_n;
	const struct sign_ca *family; /* of the first key that has one */
	/* A list that is under way. */
	pthread_mutex_t stream_lock;
	struct sign_crl_stream *stream; /* NULL: none */
	uint32_t stream_key;
	struct sign_record records[SIGN_BATCH_MAX];
	struct sign_job jobs[SIGN_BATCH_MAX];
	bool own[SIGN_BATCH_MAX]; /* a key's own CA certificate */
};

void sign_service_turn_take(struct sign_service *s);
void sign_service_turn_give(struct sign_service *s);
struct sign_policy sign_service_policy(
    const struct sign_service *s, const struct slot *slot);
/* Within a turn. May this list be signed? Its number is then used. */
MUST_CHECK int sign_service_judge_crl(struct sign_service *s, struct slot *slot,
    const struct sign_tbs_crl *crl, struct sign_record *r, struct err *err);
/* Sign the jobs and make n records durable; -1: no signature may leave. */
MUST_CHECK int sign_service_seal(struct sign_service *s,
    struct sign_batch *batch, uint64_t cost_us, size_t n, struct err *err);
/* What the log says were the last ones. */
void sign_service_reset_numbers(struct sign_service *s, uint32_t index);
/* service_life.c. Within a turn: from now on the key may sign for this CA. */
MUST_CHECK int sign_service_adopt(struct sign_service *s, struct slot *slot,
    struct bytes tbs, struct err *err);
/* After a key or a certificate came. */
void sign_service_take_stock(struct sign_service *s);
MUST_CHECK int sign_service_load(
    struct sign_service *s, const char *folder, struct err *err);
/* After -1: the log says which numbers were used. */
void sign_service_forget_numbers(struct sign_service *s);
