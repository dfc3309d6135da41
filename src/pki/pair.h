/* pair.h - enrolment name-value pairs (1.3.6.1.4.1.311.13.2.1).
 *
 * The attribute is found in a PKCS#10 and among the signed attributes of a
 * CMS signer. A value is one pair of BMPStrings, or a list of pairs: both are
 * in use, and some clients repeat the attribute, so both are read.
 *
 * Trust:     input is hostile: PKI_PAIRS_MAX pairs, PKI_PAIR_MAX bytes of
 *            UTF-8 each, no control characters.
 * Ownership: slices borrow; text goes to the caller's buffers.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"

#define PKI_PAIRS_MAX 256
#define PKI_PAIR_MAX  4096 /* bytes of UTF-8 of a name or a value */

/* Check one value of the attribute and add its pairs to *count. */
MUST_CHECK int pki_pair_check(
    struct bytes value, unsigned *count, struct err *err);

/* Walk the pairs in the content of a checked SET OF Attribute:
 * struct pki_pairs w = { 0 }. Both buffers are reset first. */
struct pki_pairs {
	struct der attrs, values, list;
	bool started;
};
bool pki_pair_next(struct bytes attributes, struct pki_pairs *w,
    struct buf *name, struct buf *value);
