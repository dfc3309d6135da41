/* item.h - one thing to sign, and what the signer found out about it.
 *
 * The numbers of enum sign_what are those of the messages (bin/sign checks
 * it); the words stand in the log.
 *
 * Ownership: an item borrows; facts are a plain value.
 */
#pragma once
#include "base/bytes.h"

#include <stdint.h>

#define SIGN_BATCH_MAX  256
#define SIGN_KEYS_MAX   64
#define SIGN_TBS_MAX    131072 /* everything but CRLs */
#define SIGN_CRL_MAX    15728640
#define SIGN_SERIAL_MAX 20 /* RFC 5280 4.1.2.2 */
#define SIGN_DIGEST_MAX 64

enum sign_what {
	SIGN_CERTIFICATE = 1,    /* TBSCertificate, never of a CA */
	SIGN_CRL = 2,            /* TBSCertList */
	SIGN_CMC_RESPONSE = 3,   /* SignedAttributes, as SET OF */
	SIGN_CA_REQUEST = 4,     /* CertificationRequestInfo of the CA itself */
	SIGN_CA_CERTIFICATE = 5, /* TBSCertificate of a CA */
	SIGN_WHAT_KEY = 6,       /* remark of the log: a key was made */
	SIGN_WHAT_TORN = 7,      /* remark: see log.h */
	SIGN_WHAT_OTHER = 8,     /* refused: something that is none of these */
	SIGN_WHAT_INSTALLED = 9, /* remark: a certificate of the CA that another
				    CA signed */
	SIGN_WHAT_COUNT
};

struct sign_item {
	uint32_t key_index;
	uint32_t what;
	struct bytes tbs;
	struct bytes digest; /* refused: what it is of cannot be seen */
	uint64_t crl_number; /* a CRL's, when the caller says it; or 0 */
	struct bytes issuer; /* not used */
};

struct sign_facts {
	uint8_t serial[SIGN_SERIAL_MAX]; /* without leading zeros */
	size_t serial_n;
	uint64_t number;                 /* of a CRL */
	bool is_delta;                   /* a CRL; not in the log */
	uint8_t digest[SIGN_DIGEST_MAX]; /* what the log says of the bytes */
	size_t digest_n;
};
