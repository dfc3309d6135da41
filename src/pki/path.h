/* path.h - is there a valid path from a certificate to one of our own?
 *
 * For the certificates of agents and of renewals. RFC 5280 6 without policies:
 * names chain, every signature holds, all are valid at the time given, those
 * that issue are CAs with certSign and within their path length, name
 * constraints are kept, no unknown critical extension; keys and hashes of at
 * least 112 bits. OpenSSL does the work, in its strict mode; this is no hot
 * path.
 *
 * What is NOT here: revocation, key purposes of the leaf, who may do what.
 * The caller looks up every certificate of the path, which is why it gets it.
 *
 * An anchor is trusted as it stands: that it is old, or itself a subordinate,
 * does not matter for the path above it; its own dates are checked.
 *
 * Trust:     leaf and bag are hostile; anchors are ours. No clock, no globals.
 *            At most PKI_PATH_BAG_MAX and PKI_PATH_ANCHORS_MAX certificates,
 *            paths of PKI_PATH_MAX.
 * Ownership: the path BORROWS from leaf, bag and anchors.
 * Errors:    ERR_POLICY with the reason, in words, and the certificate it is
 *            about; ERR_BAD_DATA when the leaf cannot be read.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define PKI_PATH_MAX         8 /* certificates, with leaf and anchor */
#define PKI_PATH_BAG_MAX     32
#define PKI_PATH_ANCHORS_MAX 64

struct pki_path_ask {
	struct bytes leaf;
	const struct bytes *bag; /* unreadable ones are passed over */
	size_t n_bag;
	const struct bytes *anchors;
	size_t n_anchors;
	int64_t time; /* seconds since 1970 */
};

struct pki_path {
	size_t n;
	struct bytes certs[PKI_PATH_MAX]; /* leaf, issuer, ..., anchor */
	size_t anchor;                    /* index in ask->anchors */
};

MUST_CHECK int pki_path_find(
    const struct pki_path_ask *ask, struct pki_path *ret, struct err *err);
