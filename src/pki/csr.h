/* csr.h - a PKCS#10 certificate request (RFC 2986) as slices.
 *
 * Says what the request asks for; pki_csr_verify() says whether its proof of
 * possession holds. Whether to grant it is the policy's business: names and
 * extensions are only known to be well formed here.
 *
 * Strict: DER, nothing left over anywhere, every attribute once and with one
 * value (except name-value pairs), no extension twice, both spellings of the
 * extension request only when they are equal.
 *
 * Trust:     input is hostile. Bounded by PKI_CSR_MAX; no allocation before
 *            verification, no clock, no globals; fuzzed by
 *            tests/fuzz/fuzz_csr.c.
 * Ownership: a struct pki_csr BORROWS: all slices point into the bytes given
 *            to pki_csr_parse(), which must outlive it. Nothing to free.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"
#include "pki/key.h"
#include "pki/pair.h"
#include "pki/sig.h"
#include "pki/tools.h"

#define PKI_CSR_MAX       65536
#define PKI_CSR_ATTRS_MAX 64
#define PKI_CSR_PAIRS_MAX PKI_PAIRS_MAX
#define PKI_CSR_PAIR_MAX  PKI_PAIR_MAX

struct pki_csr {
	struct bytes der;
	struct bytes info;       /* the signed bytes, head and content */
	struct bytes subject;    /* Name, head and content */
	struct bytes spki;       /* = key.spki */
	struct pki_key key;      /* checked, see key.h */
	struct bytes attributes; /* content of [0] */
	struct bytes extensions; /* content of Extensions; see ext.h */
	struct bytes alg;        /* AlgorithmIdentifier, head and content */
	const struct pki_sig_alg *sig_alg; /* NULL: not in our table */
	int salt; /* of RSA-PSS, see pki_sig_find_salted() */
	struct bytes signature;
	/* Single values of known attributes (whole element), or empty: */
	struct bytes challenge, os_version, csp, client_info, renewal;
	unsigned pairs; /* number of enrolment name-value pairs */
};

MUST_CHECK int pki_csr_parse(
    struct bytes der, struct pki_csr *ret, struct err *err);
MUST_CHECK int pki_csr_verify(
    struct pki_tools *t, const struct pki_csr *csr, struct err *err);
/* The same, a signature with SHA-1 taken (request.h). */
MUST_CHECK int pki_csr_verify_sha1(
    struct pki_tools *t, const struct pki_csr *csr, struct err *err);

/* Walk the name-value pairs (1.3.6.1.4.1.311.13.2.1), both encodings:
 * struct pki_csr_pairs w = { 0 }; name and value as UTF-8. Both buffers are
 * reset first. */
struct pki_csr_pairs {
	struct pki_pairs in;
};
bool pki_csr_pair_next(const struct pki_csr *csr, struct pki_csr_pairs *w,
    struct buf *name, struct buf *value);
