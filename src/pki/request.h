/* request.h - a request in whatever envelope it came: PKCS#10 as it is, or
 * inside a SignedData ("PKCS#7"), or inside a CMC message.
 *
 * pki_request_parse() takes DER (pem.h makes it) and says what is asked, for
 * whom and by whose signatures; pki_request_verify() checks every signature
 * and the proof of possession. Nothing may be believed before it returned 0.
 *
 * What is NOT here, because it needs a clock, a database or a policy: whether
 * the old certificate or an agent's is valid, unrevoked, ours, allowed to do
 * this (path.h helps), whether the caller owns the old certificate, whether
 * the same message came before (content_digest helps).
 *
 * The rules (MS-WCCE 3.2.1.4.2.1.4, made stricter):
 *  - A renewal has the old certificate in the PKCS#10's attribute
 *    1.3.6.1.4.1.311.13.1 and in the bag, and is signed with its key: by the
 *    first signer of a PKCS#7; in a CMC beside the signer with the new key.
 *  - A CMC has a signer with the new key, or the no-signature mechanism. Its
 *    signers are told by their keys, not by their places: a SET has no order.
 *  - On behalf of another: the name comes from a signed attribute of the first
 *    signer of a PKCS#7 (another one may say the same), or from the
 * registration information of a CMC, and at least one agent must have signed.
 * From nowhere else.
 *  - A hash in place of the PKCS#10's own signature is accepted only when a
 *    signer proves possession of the same key; never for a bare PKCS#10.
 *  - No messages inside messages, no archived keys, no SPKAC.
 *
 * Errors: ERR_BAD_DATA malformed, ERR_BAD_MESSAGE_TYPE of a kind that is not
 * supported, ERR_NO_SIGNER, ERR_BAD_RENEWAL, ERR_BAD_SIGNATURE, ERR_TOO_LARGE,
 * and those of csr.h.
 *
 * Trust:     input is hostile; limits are those of csr.h, cms.h and cmc.h. No
 *            clock, no globals; the path of a bare PKCS#10 allocates nothing
 *            that csr.h does not. Fuzzed by tests/fuzz/fuzz_request.c.
 * Ownership: a struct pki_request BORROWS from the DER given, but for the
 *            arrays in it. Nothing to free. It is large (about 6 KiB) and may
 *            be copied.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/cert.h"
#include "pki/cmc.h"
#include "pki/cms.h"
#include "pki/csr.h"
#include "pki/tools.h"

#define PKI_REQUEST_MAX       65536 /* of all kinds */
#define PKI_REQUESTER_MAX     1024  /* bytes of a name, with the NUL */
#define PKI_REQUEST_HASH_SIZE 32

enum pki_request_kind {
	PKI_REQUEST_PKCS10,
	PKI_REQUEST_PKCS7,
	PKI_REQUEST_CMC
};

enum pki_request_purpose {
	PKI_PURPOSE_NEW,
	PKI_PURPOSE_RENEWAL,
	PKI_PURPOSE_ON_BEHALF
};

/* How possession of the new key was proven. */
enum pki_request_proof {
	PKI_PROOF_NONE,      /* not verified yet */
	PKI_PROOF_SIGNATURE, /* the PKCS#10 is signed with it */
	PKI_PROOF_SIGNER     /* a bare hash there; signer proof_signer */
};

enum pki_signer_kind {
	PKI_SIGNER_NEW_KEY,      /* the key of the request */
	PKI_SIGNER_OLD_CERT,     /* the certificate to be renewed */
	PKI_SIGNER_AGENT,        /* somebody else, with a certificate */
	PKI_SIGNER_NO_SIGNATURE, /* RFC 5272 4.2: proves nothing */
};

/* Belongs to cms.signers[] of the same index. */
struct pki_request_signer {
	enum pki_signer_kind kind;
	bool has_cert; /* found in the bag; always for OLD_CERT and AGENT */
	bool same_key; /* its key is the key of the request */
	bool names_requester; /* his signature covers on whose behalf it is */
	bool verified; /* by pki_request_verify(); never for NO_SIGNATURE */
	struct pki_cert cert;
};

struct pki_request {
	enum pki_request_kind kind;
	enum pki_request_purpose purpose;
	enum pki_request_proof proof;
	bool sha1; /* the PKCS#10 is signed with SHA-1 */
	unsigned proof_signer;
	struct pki_csr csr;
	/* The rest is filled for PKCS#7 and CMC only. */
	struct pki_cert old;               /* of a renewal */
	char requester[PKI_REQUESTER_MAX]; /* of ON_BEHALF, UTF-8, else "" */
	bool has_signing_time;             /* of the first signer */
	int64_t signing_time;
	uint8_t content_digest[PKI_REQUEST_HASH_SIZE]; /* SHA-256, verified */
	struct pki_cmc cmc;                            /* of a CMC */
	unsigned n_signers;                            /* 0 for PKCS#10 */
	struct pki_request_signer signers[PKI_CMS_SIGNERS_MAX];
	struct pki_cms cms;
};

MUST_CHECK int pki_request_parse(
    struct bytes der, struct pki_request *ret, struct err *err);
MUST_CHECK int pki_request_verify(
    struct pki_tools *t, struct pki_request *r, struct err *err);
/* The same for who lets old devices prove possession with SHA-1: a signature of
 * the PKCS#10 itself is taken, and r->sha1 says so. Whoever calls this refuses
 * it where nobody allowed it. Signers of messages, and a hash in place of the
 * signature, are not let off. */
MUST_CHECK int pki_request_verify_sha1(
    struct pki_tools *t, struct pki_request *r, struct err *err);
const char *pki_request_kind_name(enum pki_request_kind kind);

/* Walk all name-value pairs of the request, wherever they stand: PKCS#10, the
 * first signer of a PKCS#7, registration information of a CMC; without
 * "requestername". struct pki_request_pairs w = { 0 }; UTF-8, the buffers are
 * reset first. */
struct pki_request_pairs {
	unsigned place;
	struct pki_pairs in;
	struct der reg_info;
};
bool pki_request_pair_next(const struct pki_request *r,
    struct pki_request_pairs *w, struct buf *name, struct buf *value);
