/* signed.h - SignedData (RFC 5652 5) around a request.
 *
 * Made by hand, because the signature may come from a token, the signer may
 * have no certificate yet, and OpenSSL 3.0 makes none of Ed25519.
 */
#pragma once
#include "base/buf.h"
#include "cli/key.h"
#include "pki/oid.h"

struct cli_signed {
	enum pki_oid type; /* of the content: PKCS7_DATA or CMC_PKI_DATA */
	struct bytes content;
	struct cli_key *signer;
	struct bytes cert; /* the signer's; none: named by its key */
	/* "DOMAIN\account" for whom it is asked (MS-WCCE 3.1.1.4.3.3.2), or
	 * NULL */
	const char *requester;
	int64_t when; /* it is signed (RFC 5652 11.3); 0: is not said */
};

/* Appends DER. */
MUST_CHECK int cli_signed_build(
    const struct cli_signed *s, struct buf *out, struct err *err);
/* A full CMC request (RFC 5272 3.2) of one PKCS#10, signed by its own key;
 * attributes: lines "Name:Value". */
MUST_CHECK int cli_signed_cmc(struct bytes request, struct cli_key *key,
    struct bytes attributes, struct buf *out, struct err *err);
