/* pkcs7.h - certs-only SignedData (RFC 5652 5, degenerate): a chain in one
 * file, as certnew.p7b serves it and as the plain reply to a request.
 *
 * The order is the caller's (leaf, issuer, ..., root): readers exist that
 * expect the leaf first, so the SET is not sorted.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define PKI_PKCS7_CERTS_MAX 64

/* crls may be none. Appends DER to out. */
MUST_CHECK int pki_pkcs7_build(const struct bytes *certs, size_t n_certs,
    const struct bytes *crls, size_t n_crls, struct buf *out, struct err *err);
