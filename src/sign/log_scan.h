/* log_scan.h - walking the lines of a log file and checking their chain.
 *
 * Of use to log.c only. Reads with pread() in blocks, so that a log of any
 * size takes the same memory.
 */
#pragma once
#include "base/err.h"
#include "pki/tools.h"
#include "sign/record.h"

#include <sys/types.h>

#define SIGN_LOG_BLOCK 262144

struct sign_log_scan {
	int fd;
	off_t at;  /* file offset of the next line */
	off_t end; /* no byte at or after this is read */
	uint64_t sequence;
	uint8_t hash[SIGN_HASH_SIZE]; /* of the record before */
	struct pki_tools *tools;      /* NULL: do not check the hashes */
	size_t have, used;            /* in block */
	uint8_t block[SIGN_LOG_BLOCK];
};

/* 1: *ret is the next record; 0: no whole line is left (at < end: torn
 * bytes); -1: not readable (ERR_SYSTEM) or the chain breaks (ERR_CORRUPT). */
MUST_CHECK int sign_log_scan_next(
    struct sign_log_scan *s, struct sign_record *ret, struct err *err);
