/* message.h - signed messages that were used: one row each, none twice.
 *
 * Threads, errors: as store.h says.
 */
#pragma once
#include "store/store.h"

#define STORE_MESSAGE_DIGEST 32 /* SHA-256 of the content */

/* ERR_EXISTS when it was used before. */
MUST_CHECK int store_add_message(
    struct store_writer *w, struct bytes digest, int64_t time, struct err *err);
MUST_CHECK int store_find_message(struct store_reader *r, struct bytes digest,
    bool *ret_used, struct err *err);
