/* cmc.h - CMC (RFC 5272): PKIData read, PKIResponse built.
 *
 * These are the contents of a SignedData (cms.h), of the types CMC_PKI_DATA
 * and CMC_PKI_RESPONSE. Exactly one request, a PKCS#10; no messages inside
 * the message. Controls: the registration information is read, what must be
 * returned is kept for the reply, what would change the certificate or asks
 * for something this CA does not do is refused with a sentence, the rest is
 * ignored. One table (controls[] in cmc.c) says which is which.
 *
 * Registration information is UTF-8, Name=Value&Name=Value, percent-encoded
 * (RFC 3986 2.1) where a byte would be mistaken; a plus sign is a plus sign.
 *
 * Trust:     input is hostile. Bounded by PKI_CMC_CONTROLS_MAX and the limits
 *            of pair.h; no clock, no globals; fuzzed by tests/fuzz/fuzz_cmc.c.
 * Ownership: a struct pki_cmc BORROWS from the bytes given to
 *            pki_cmc_parse(). Nothing to free.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"
#include "pki/tools.h"

#define PKI_CMC_CONTROLS_MAX 32
#define PKI_CMC_KEEP_MAX     1024 /* of each value to be returned */
#define PKI_CMC_RESPONSE_MAX 8192
#define PKI_CMC_STATUS_MAX   512 /* bytes of the status text of a reply */

struct pki_cmc {
	struct bytes request;        /* the PKCS#10, whole */
	uint32_t request_id;         /* its bodyPartID */
	struct bytes reg_info;       /* content of the OCTET STRING */
	struct bytes add_extensions; /* Extension, Extension, ... */
	/* To be returned in the reply (whole elements), or empty: */
	struct bytes transaction, nonce, data;
};

MUST_CHECK int pki_cmc_parse(
    struct bytes content, struct pki_cmc *ret, struct err *err);

/* Walk the pairs of checked registration information: struct der in =
 * der_of(cmc->reg_info). Both buffers are reset first and get UTF-8. */
bool pki_cmc_pair_next(struct der *in, struct buf *name, struct buf *value);

/* ---- the reply -------------------------------------------------------- */

enum pki_cmc_status {
	PKI_CMC_SUCCESS = 0,
	PKI_CMC_FAILED = 2,
	PKI_CMC_PENDING = 3
};

enum pki_cmc_fail {
	PKI_CMC_BAD_ALG = 0,
	PKI_CMC_BAD_MESSAGE_CHECK = 1,
	PKI_CMC_BAD_REQUEST = 2,
	PKI_CMC_BAD_CERT_ID = 4,
	PKI_CMC_BAD_IDENTITY = 7,
	PKI_CMC_POP_FAILED = 9,
	PKI_CMC_INTERNAL = 11,
	PKI_CMC_TRY_LATER = 12
};

struct pki_cmc_reply {
	enum pki_cmc_status status;
	const char *text;            /* UTF-8, NULL or "" for none */
	enum pki_cmc_fail fail;      /* of PKI_CMC_FAILED */
	struct bytes pend_token;     /* of PKI_CMC_PENDING */
	int64_t pend_time;           /* when to ask again */
	struct bytes certificate;    /* of PKI_CMC_SUCCESS: issued, whole */
	const struct pki_cmc *asked; /* what is answered; NULL: unreadable */
};

/* What a failure is called in CMC. */
enum pki_cmc_fail pki_cmc_fail_of(enum err_code code);
/* Appends the PKIResponse, to be signed (cms.h, type CMC_PKI_RESPONSE). */
MUST_CHECK int pki_cmc_reply_build(struct pki_tools *t,
    const struct pki_cmc_reply *reply, struct buf *out, struct err *err);
