/* cert.h - certificates: built around a prepared block, and read.
 *
 * A struct pki_cert_block holds what does not depend on the request (issuer,
 * algorithm, the run of static extensions) already encoded; it is made once
 * per CA generation and profile and immutable afterwards. A certificate is
 * written backwards into the caller's buffer:
 *
 *   pki_cert_build_tbs()   the to-be-signed bytes, room left on both sides
 *   (somebody signs them)
 *   pki_cert_finish()      appends algorithm and signature, puts the head in
 *                          front: the certificate lies in the same buffer
 *
 * No allocation in either. Names and extensions are the caller's decision and
 * copied as they are.
 *
 * The reader (struct pki_cert) BORROWS: slices into the bytes given.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/sig.h"
#include "pki/tools.h"

#define PKI_CERT_SERIAL    19    /* bytes, the first is 01xxxxxx */
#define PKI_CERT_BUF       16384 /* a buffer that fits all usual ones */
#define PKI_CERT_MAX       65536 /* what the reader accepts */
#define PKI_CERT_HEAD_ROOM 8
#define PKI_CERT_TAIL_ROOM 1216 /* algorithm and an RSA-8192 signature */

struct pki_cert_block;

/* extensions: whole Extensions one after the other; never the subject key
 * identifier, which each certificate gets from its fields. Copies. */
MUST_CHECK int pki_cert_block_new(struct bytes issuer,
    const struct pki_sig_alg *alg, struct bytes extensions,
    struct pki_cert_block **ret, struct err *err);
void pki_cert_block_free(struct pki_cert_block *b);
AUTO_DEFINE(pki_cert_block);
/* Proof at load: a certificate built with it is read by OpenSSL and encoded
 * again to the same bytes. */
MUST_CHECK int pki_cert_block_check(
    const struct pki_cert_block *b, struct err *err);
struct bytes pki_cert_block_issuer(const struct pki_cert_block *b);
/* Whole Extensions, as given. */
struct bytes pki_cert_block_extensions(const struct pki_cert_block *b);
const struct pki_sig_alg *pki_cert_block_alg(const struct pki_cert_block *b);

struct pki_cert_fields {
	uint8_t serial[PKI_CERT_SERIAL];
	int64_t not_before, not_after;
	struct bytes subject; /* Name, whole */
	struct bytes spki;    /* whole */
	uint8_t ski[PKI_SHA1_SIZE];
	struct bytes extensions; /* whole Extensions granted on top */
};

/* Make the first byte 01xxxxxx: positive, never shortened. */
static inline void
pki_cert_serial_shape(uint8_t serial[PKI_CERT_SERIAL])
{
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
}

MUST_CHECK int pki_cert_build_tbs(const struct pki_cert_block *b,
    const struct pki_cert_fields *f, uint8_t *buf, size_t size,
    struct bytes *ret_tbs, struct err *err);
/* tbs must be what pki_cert_build_tbs() returned for this buffer. */
MUST_CHECK int pki_cert_finish(const struct pki_cert_block *b, uint8_t *buf,
    size_t size, struct bytes tbs, struct bytes signature,
    struct bytes *ret_cert, struct err *err);

struct pki_cert {
	struct bytes der, tbs;
	struct bytes serial; /* content of the INTEGER, as encoded */
	struct bytes alg;    /* AlgorithmIdentifier, inner = outer */
	const struct pki_sig_alg *sig_alg; /* NULL: not in our table */
	struct bytes issuer, subject;
	int64_t not_before, not_after;
	struct bytes spki;
	struct bytes extensions; /* content; see ext.h */
	struct bytes signature;
};

MUST_CHECK int pki_cert_parse(
    struct bytes der, struct pki_cert *ret, struct err *err);
/* Signed by this key? */
MUST_CHECK int pki_cert_verify(struct pki_tools *t, const struct pki_cert *cert,
    const struct pki_key *issuer, struct err *err);

struct pki_cert_show {
	char serial[80]; /* lower-case hexadecimal */
	char sha1[41];   /* fingerprints of the whole certificate */
	char sha256[65];
};

MUST_CHECK int pki_cert_show(struct pki_tools *t, const struct pki_cert *cert,
    struct pki_cert_show *ret, struct err *err);
