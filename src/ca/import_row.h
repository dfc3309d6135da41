/* import_row.h - one request of the other CA on its way into the database.
 *
 * Private to import*.c.
 */
#pragma once
#include "ca/import_state.h"
#include "ca/issuance.h"

enum ca_import_plan {
	CA_IMPORT_DO_NONE,
	CA_IMPORT_DO_INSERT,
	CA_IMPORT_DO_COMPLETE, /* only its revocation was known */
	CA_IMPORT_DO_REVOKE
};

enum ca_import_outcome {
	CA_IMPORT_REFUSED,
	CA_IMPORT_ALREADY,
	CA_IMPORT_TAKEN,
	CA_IMPORT_CHANGED,
	CA_IMPORT_OUTCOMES
};

struct ca_import_row {
	const struct rpc_import_row *ask;
	enum ca_import_plan plan;
	enum ca_import_outcome outcome;
	char why[ERR_TEXT_MAX];
	struct store_request q; /* what is written */
	char owner[IDENTITY_OWNER_MAX], requester[IDENTITY_OWNER_MAX];
	char subject[CA_SUBJECT_TEXT_MAX];
	char template_name[RPC_TEXT_MAX + 1];
	struct buf common_name, request;
	uint8_t key_hash[PKI_DIGEST_MAX], cert_hash[PKI_DIGEST_MAX];
	uint8_t ski[PKI_SHA1_SIZE];
};

/* import_read.c: fill row->q from row->ask; what does not fit is an error with
 * a sentence. */
MUST_CHECK int ca_import_read(struct ca_worker *w,
    const struct ca_generations *set, struct ca_import_row *row,
    struct err *err);
