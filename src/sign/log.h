/* log.h - what was signed: append-only, hash-chained, one line per record.
 *
 * Theory. No signature leaves the signer before its record is durable: a
 * batch of records is one write() followed by one fdatasync(), and only then
 * are the batch's signatures given away. Each record contains the hash of the
 * one before it (the first: zeros), so that no record can be edited, removed
 * or moved without breaking the chain; sequence numbers have no gaps. It also
 * contains the head of the CA's audit as the CA stated it: the two logs hold
 * each other. What this file alone cannot show is that whole records are
 * missing at its end. The CA's audit shows it: it has a row for every
 * signature that left.
 *
 * A crash in the middle of a write can leave, at the end, some whole records
 * whose signatures never left (harmless, the CA knows them as unused) and
 * then a torn one without a newline. Opening the log cuts the torn bytes off
 * and appends a record that says so ("torn", how many bytes, their SHA-256):
 * the chain stays whole and the repair is on record. More torn bytes than one
 * batch can hold, or anything else that does not fit, is damage: then the log
 * does not open and the signer signs nothing.
 *
 * A full disk: what was written of the batch is cut off again, the batch is
 * refused, and the next one tries anew. Any other failure of the disk leaves
 * it open what the file contains: the log refuses everything until it has
 * been opened (and verified) again.
 *
 * The file grows without limit, by design: about 400 bytes per signature. It
 * is never rotated here. In memory: 8 bytes per 1,024 records.
 *
 * Threads: sign_log_append() by one at a time, in the order of the service;
 * everything else by any thread at any time.
 */
#pragma once
#include "base/err.h"
#include "sign/record.h"

struct sign_log;

/* Makes an empty file if there is none and `create`. Verifies all of it, a long
 * one with a thread for each processor (log_parts.h).
 * One process at a time can have it open. */
MUST_CHECK int sign_log_open(
    const char *path, bool create, struct sign_log **ret, struct err *err);
void sign_log_close(struct sign_log *log); /* NULL is fine */

/* Fills sequence, time, prev and hash of all n <= SIGN_BATCH_MAX records;
 * they are durable when it returns 0, and not in the log when -1. */
MUST_CHECK int sign_log_append(struct sign_log *log,
    struct sign_record *records, size_t n, struct err *err);

/* Sequence (0: empty) and hash of the last record. */
uint64_t sign_log_head(struct sign_log *log, uint8_t ret_hash[SIGN_HASH_SIZE]);
/* Number of the last CRL this key signed; 0: none. */
uint64_t sign_log_crl_number(struct sign_log *log, uint32_t key_index);
/* Bytes that opening cut off as torn; 0: it was whole. */
size_t sign_log_torn(const struct sign_log *log);

/* Up to max records with a sequence above `after`, oldest first. */
MUST_CHECK int sign_log_read(struct sign_log *log, uint64_t after,
    struct sign_record *ret, size_t max, size_t *ret_n, struct err *err);
