/* import.h - taking over another CA (rpc/import.h), which only a CA started
 * with --import does. It makes no key, signs nothing and publishes no list of
 * its own; while an import is not finished no CA serves from its database.
 *
 *   import.c      certificates of the CA, beginning and end
 *   import_row.c  requests and certificates
 *   import_crl.c  the newest lists, and what they revoke
 *
 * Trust:     what comes is what somebody exported: every certificate and list
 *            must be signed by a key of the CA, everything is read from them,
 *            and a row that does not fit is refused by itself with a sentence.
 * Threads:   all handlers run on the slow pool, which has one thread.
 */
#pragma once
#include "ca/ca.h"

struct ca_import;

/* Was an import begun that has not ended? */
MUST_CHECK int ca_import_unfinished(
    struct store_reader *r, bool *ret, struct err *err);
void ca_import_free(struct ca_import *i); /* NULL is fine */
