/* record.h - one line of the signer's log, as a struct and as text.
 *
 * A line is eleven fields with tabs between them, so that people can read it
 * with the tools they have and `sort`, `cut` and `grep` work:
 *
 *   sequence  time  outcome  what  key  number  digest
 *   audit-sequence  audit-hash  previous-hash  hash
 *
 * outcome  signed | refused | remark
 * what     certificate, crl, cmc-response, ca-request, ca-certificate; of a
 *          remark: key (one is being made), installed (a CA certificate that
 *          another CA signed), torn (a line was cut short, see log.h)
 * number   serial (hexadecimal) or CRL number (decimal); of torn: how
 * many bytes were cut off digest   SHA-256 of the signed bytes (of a CRL sent
 * as its digest: that one); of torn: of those bytes hash     SHA-256 of all of
 * the line before it, last tab included
 *
 * A field without a value is "-". All hexadecimal is lower case.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "sign/item.h"

#define SIGN_HASH_SIZE  32
#define SIGN_RECORD_MAX 512 /* bytes of a line, newline included */

enum sign_outcome {
	SIGN_SIGNED,
	SIGN_REFUSED,
	SIGN_REMARK,
	SIGN_OUTCOME_COUNT
};

struct sign_record {
	uint64_t sequence; /* 1, 2, 3, ... */
	int64_t time;
	enum sign_outcome outcome;
	enum sign_what what;
	uint32_t key_index;
	struct sign_facts facts;
	uint64_t audit_sequence;
	bool has_audit;
	uint8_t audit_hash[SIGN_HASH_SIZE];
	uint8_t prev[SIGN_HASH_SIZE];
	uint8_t hash[SIGN_HASH_SIZE];
};

/* Everything up to the hash; dst of SIGN_RECORD_MAX bytes. Returns how many
 * bytes the hash covers. */
size_t sign_record_text(const struct sign_record *r, char *dst);
/* Append r->hash and the newline; returns the size of the line. */
size_t sign_record_end(const struct sign_record *r, char *dst, size_t n);
/* Strict. line is without its newline; ret_hashed borrows from it. */
MUST_CHECK bool sign_record_parse(
    struct bytes line, struct sign_record *ret, struct bytes *ret_hashed);
