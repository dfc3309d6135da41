/* verify_table.h - what the audit says was signed, by the first bytes of the
 * digest: filled in one pass, marked in another.
 *
 * Private to verify.c. Ownership: a plain value; ca_verify_table_clear().
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#include <stdint.h>

#define CA_VERIFY_MAX (UINT64_C(1) << 24)
#define CA_VERIFY_KEY 16

struct ca_verify_signature {
	uint8_t key[CA_VERIFY_KEY];
	uint64_t sequence; /* of the audit record; 0: free */
	bool seen;
};

struct ca_verify_table {
	struct ca_verify_signature *list; /* size of them, some free */
	uint64_t size, used;
};

/* Digests shorter than CA_VERIFY_KEY are none. */
MUST_CHECK int ca_verify_table_add(struct ca_verify_table *t,
    struct bytes digest, uint64_t sequence, struct err *err);
/* NULL: not in it. */
struct ca_verify_signature *ca_verify_table_find(
    const struct ca_verify_table *t, struct bytes digest);
void ca_verify_table_clear(struct ca_verify_table *t);
