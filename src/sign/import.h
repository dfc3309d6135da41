/* import.h - taking over the keys of a CA that was made elsewhere.
 *
 * The command line hands over what the administrator named; only this program
 * opens it, keeps the keys as file.h does and says which certificates belong
 * to them. A key that is there already is left alone, so that an import that
 * was interrupted is simply run again.
 *
 *   bundle    pairs of password and file, each with its length (4 bytes, most
 *             significant first) in front
 *   file      PKCS#12, or PEM with any number of keys and certificates
 *
 * Which certificate and which key a generation is (enrolment protocols 4.2)
 * is what its CA version extension says; where not all have one that fits,
 * the order in which they became valid.
 *
 * Trust:     hostile. Sizes and counts are bounded; a PKCS#12 can ask for
 *            much computing, which the caller ends with alarm(2).
 * Ownership: keys are copied out of the bundle, which the caller wipes.
 */
#pragma once
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/secret.h"

#define SIGN_IMPORT_MAX    SECRET_MAX /* bytes of the bundle */
#define SIGN_IMPORT_CERTS  128
#define SIGN_IMPORT_REPORT 1048576

struct sign_import;

/* Errors: ERR_BAD_DATA, ERR_WEAK_KEY, ERR_UNAUTHENTICATED for a wrong
 * password, each with what to do. */
MUST_CHECK int sign_import_read(
    struct bytes bundle, struct sign_import **ret, struct err *err);
void sign_import_free(struct sign_import *i); /* NULL is fine */
AUTO_DEFINE(sign_import);
/* Keep keys and certificates in the folder, each logged before it is written.
 * ERR_EXISTS when another key is there under the same number. */
MUST_CHECK int sign_import_keep(const struct sign_import *i, const char *keys,
    const char *log, struct err *err);
/* For each generation a line "generation INDEX KEY" and its certificate as
 * PEM, oldest first; then "other" and each certificate that is none: of CAs
 * above, of lost keys, cross certificates. */
MUST_CHECK int sign_import_report(
    const struct sign_import *i, struct buf *out, struct err *err);
