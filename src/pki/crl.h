/* crl.h - certificate revocation lists (RFC 5280 5) as a stream, and read.
 *
 * A list of a million entries is 52 MB; it is never held in memory. The
 * caller counts its rows first (one query), because all lengths are
 * arithmetic, then gives them in any order:
 *
 *   pki_crl_count()     per row or per group of rows
 *   pki_crl_begin()     writes reserved bytes for the outer head and the
 *                       start of the to-be-signed list to the sink
 *   pki_crl_add()       per row
 *   pki_crl_tbs_end()   the rest of the list; gives its digest
 *   (somebody signs)
 *   pki_crl_finish()    algorithm and signature; gives the outer head, which
 *                       the caller writes over the reserved bytes at offset 0
 *
 * An ECDSA signature varies by a few bytes. In the one case in many millions
 * in which that changes the size of the outer head, pki_crl_fits() is false:
 * sign again.
 *
 * Ed25519 signs the list itself: the caller reads it back from its file, at
 * offset pki_crl_tbs_offset(), pki_crl_tbs_size() bytes.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"
#include "pki/sig.h"
#include "pki/tools.h"

#define PKI_CRL_MAX_MB     512
#define PKI_CRL_MAX        (UINT32_C(1024) * 1024 * PKI_CRL_MAX_MB)
#define PKI_CRL_SERIAL_MAX 64
#define PKI_CRL_HEAD_MAX   6

struct pki_crl_size {
	uint64_t entries;
	uint64_t bytes;
};

/* n rows whose serial (as encoded: positive, minimal) has this many bytes. */
void pki_crl_count(struct pki_crl_size *s, uint64_t n, size_t serial_bytes,
    bool from_2050, bool with_reason);

struct pki_crl_fields {
	struct bytes issuer; /* Name, whole */
	const struct pki_sig_alg *alg;
	struct bytes key_id; /* authority key identifier */
	uint64_t number;
	int64_t this_update, next_update;
	bool is_delta;
	uint64_t base_number; /* when is_delta */
	int64_t next_publish; /* 1.3.6.1.4.1.311.21.4; 0: none */
	uint32_t ca_version;  /* 1.3.6.1.4.1.311.21.1 */
	struct bytes extra;   /* whole Extensions: freshest, IDP */
};

struct pki_crl_entry {
	struct bytes serial; /* content of the INTEGER */
	int64_t revoked_at;
	unsigned reason; /* CRLReason; 0 is written by leaving it out */
};

/* Where the bytes go, in order. */
struct pki_crl_sink {
	int (*write)(void *arg, struct bytes part, struct err *err);
	void *arg;
};

struct pki_crl_writer;

/* key: the CA's, for the size of its signatures. Nothing of f, key is kept;
 * t and sink.arg must live until pki_crl_writer_free(). */
MUST_CHECK int pki_crl_begin(struct pki_tools *t,
    const struct pki_crl_fields *f, const struct pki_crl_size *size,
    const struct pki_key *key, struct pki_crl_sink sink,
    struct pki_crl_writer **ret, struct err *err);
MUST_CHECK int pki_crl_add(
    struct pki_crl_writer *w, const struct pki_crl_entry *e, struct err *err);
/* ret_digest: PKI_DIGEST_MAX bytes; *ret_n is 0 for Ed25519. An error when
 * the rows were not those that were counted. */
MUST_CHECK int pki_crl_tbs_end(struct pki_crl_writer *w, uint8_t *ret_digest,
    size_t *ret_n, struct err *err);
bool pki_crl_fits(const struct pki_crl_writer *w, size_t signature_size);
MUST_CHECK int pki_crl_finish(struct pki_crl_writer *w, struct bytes signature,
    uint8_t ret_head[PKI_CRL_HEAD_MAX], size_t *ret_head_n, struct err *err);
uint64_t pki_crl_tbs_offset(const struct pki_crl_writer *w);
uint64_t pki_crl_tbs_size(const struct pki_crl_writer *w);
void pki_crl_writer_free(struct pki_crl_writer *w);
AUTO_DEFINE(pki_crl_writer);

/* The reader. Slices borrow. */
struct pki_crl {
	struct bytes der, tbs, alg, issuer, signature;
	const struct pki_sig_alg *sig_alg; /* NULL: not in our table */
	int64_t this_update, next_update;  /* next_update 0: none */
	struct bytes entries;              /* content of revokedCertificates */
	struct bytes extensions;
	uint64_t number;
	bool is_delta;
	uint64_t base_number;
	int64_t next_publish; /* 0: none */
};

/* Does not walk the entries. */
MUST_CHECK int pki_crl_parse(
    struct bytes der, struct pki_crl *ret, struct err *err);
/* 1: *ret is the next entry; 0: the end; -1: malformed. */
MUST_CHECK int pki_crl_next(
    struct der *entries, struct pki_crl_entry *ret, struct err *err);
MUST_CHECK int pki_crl_verify(struct pki_tools *t, const struct pki_crl *crl,
    const struct pki_key *issuer, struct err *err);
