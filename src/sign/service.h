/* service.h - the signer as a whole: keys, policy, log and threads.
 *
 * sign_service_sign() is the only way to a signature. Per batch, in order:
 * policy (policy.h) and digest of every item; the threads begin to sign while
 * the records are written and made durable; the signatures are given away
 * when both are done. If the log cannot be written nothing is given away.
 *
 * Threads: any may call anything; batches take turns in the order in which
 * they came, so that CRL numbers and the log have one order.
 */
#pragma once
#include "pki/sigmake.h"
#include "sign/log.h"
#include "sign/policy.h"
#include "sign/signer.h"

struct sign_service;

struct sign_service_options {
	const char *keys; /* folder */
	const char *log;  /* file */
	bool init;        /* may make the first key and certificate */
	size_t threads;   /* 0: one per core */
	/* SHA-256 of the SubjectPublicKeyInfo of the one other CA that may
	 * have a certificate; empty: none. Copied. */
	struct bytes guest;
	bool subordinates; /* any other CA may */
};

MUST_CHECK int sign_service_open(const struct sign_service_options *options,
    struct sign_service **ret, struct err *err);
void sign_service_close(struct sign_service *s); /* NULL is fine */

struct sign_result {
	struct err err; /* code ERR_OK: signed */
	uint64_t log_sequence;
	size_t signature_n;
	uint8_t signature[PKI_SIGNATURE_MAX];
};

struct sign_ask {
	uint64_t audit_sequence;
	struct bytes audit_hash; /* SIGN_HASH_SIZE, or empty */
	const struct sign_item *items;
	size_t item_count; /* <= SIGN_BATCH_MAX */
};

/* results: item_count of them, same order. -1: nothing was signed. */
MUST_CHECK int sign_service_sign(struct sign_service *s,
    const struct sign_ask *ask, struct sign_result *results, struct err *err);

/* A part of a CRL, in order; `offset` says how much came before, 0 begins
 * anew. With the last one the list is judged, logged and signed. */
struct sign_crl_part {
	uint32_t key_index;
	uint64_t offset;
	struct bytes bytes; /* <= SIGN_CRL_PART_MAX */
	bool last;
	uint64_t audit_sequence;
	struct bytes audit_hash;
};
/* result->err: a refusal, which is in the log. -1: nothing was signed. */
MUST_CHECK int sign_service_crl_part(struct sign_service *s,
    const struct sign_crl_part *part, struct sign_result *result,
    struct err *err);

/* ERR_EXISTS when the index is taken. Without init, for a renewal only: the
 * first key has a CA certificate, the index is above all others, and no other
 * key waits for its certificate; else ERR_DENIED. The key lives as long as the
 * service. */
MUST_CHECK int sign_service_make_key(struct sign_service *s, uint32_t index,
    const char *kind, const struct sign_key **ret, struct err *err);
/* The certificate of a key of a subordinate, which another CA signed: from now
 * on the key signs for it, too. Who signed it is the CA's business: a false one
 * gains nothing, because nobody trusts what it leads to. */
struct sign_install {
	uint32_t key_index;
	struct bytes tbs; /* TBSCertificate */
	uint64_t audit_sequence;
	struct bytes audit_hash; /* SIGN_HASH_SIZE, or empty */
};
/* result->err: a refusal, which is in the log. -1: nothing changed. */
MUST_CHECK int sign_service_install(struct sign_service *s,
    const struct sign_install *ask, struct sign_result *result,
    struct err *err);
/* Keys in the order of their index; returns how many. */
size_t sign_service_keys(
    struct sign_service *s, const struct sign_key *ret[SIGN_KEYS_MAX]);
bool sign_service_subordinates(const struct sign_service *s);
bool sign_service_init(const struct sign_service *s);
/* To read; lives as long as the service. */
struct sign_log *sign_service_log(struct sign_service *s);
