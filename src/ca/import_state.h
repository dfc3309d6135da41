/* import_state.h - what the files of the import share.
 *
 * Private to import*.c.
 */
#pragma once
#include "ca/arena.h"
#include "ca/generation.h"
#include "ca/import.h"
#include "rpc/ca.h"

/* Where a row without a known requester belongs: nobody signs in there. */
#define CA_IMPORT_REALM   "imported"
#define CA_IMPORT_NOBODY  "unknown"
#define CA_IMPORT_UNKNOWN CA_IMPORT_REALM "\\" CA_IMPORT_NOBODY

/* From one call to the next. */
struct ca_import {
	struct ca_publish *crl; /* a list of which parts are missing */
	uint32_t crl_key;
	bool crl_delta;
	uint64_t crl_size; /* of the parts that came */
};

MUST_CHECK int ca_import_state(
    struct ca *ca, struct ca_import **ret, struct err *err);

struct ca_import_result {
	struct ca_arena arena;
	struct rpc_import_report report;
	struct rpc_finding findings[RPC_FINDINGS_MAX];
};

/* A sentence for people; those beyond the maximum are only counted. */
void ca_import_find(struct ca_import_result *r, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* Answer the call; rc < 0: with the error. Clears the result. */
void ca_import_answer(struct ca_call *call, struct ca_import_result *r, int rc,
    const struct err *err);
