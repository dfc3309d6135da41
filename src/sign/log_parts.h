/* log_parts.h - verifying a long log with a thread for each processor.
 *
 * The file is cut between lines. Each part is verified from its first record
 * on, which says by itself what it follows; then the joints are: the first
 * record of a part has to follow the last of the part before it. Together that
 * is what reading from the beginning verifies. Whatever does not fit is not
 * explained here: the caller then reads from the beginning, which says what is
 * wrong and where.
 *
 * Of use to log.c only.
 */
#pragma once
#include "sign/log_scan.h"

#define SIGN_LOG_PARTS_MAX 8
#define SIGN_LOG_PARTS_MIN 1048576 /* bytes of a log that is worth it */

/* Records that the caller wants to see: these and the last of each part. */
typedef bool sign_log_wanted(const struct sign_record *r);
typedef void sign_log_seen(void *ctx, const struct sign_record *r, off_t at);

struct sign_log_parts;
/* False when anything at all does not fit. */
MUST_CHECK bool sign_log_parts_verify(
    int fd, off_t size, sign_log_wanted *wanted, struct sign_log_parts **ret);
void sign_log_parts_free(struct sign_log_parts *p);
AUTO_DEFINE(sign_log_parts);
/* Where the last part ended: what is behind it are torn bytes. */
const struct sign_log_scan *sign_log_parts_end(const struct sign_log_parts *p);
/* Oldest first. */
void sign_log_parts_see(
    const struct sign_log_parts *p, sign_log_seen *seen, void *ctx);
