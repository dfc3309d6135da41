/* pem.h - what people and programs paste or upload, turned into DER.
 *
 * The reader is tolerant about the wrapping (byte order marks and UTF-16 as
 * Windows saves files, any PEM label or none, a label glued to the body, line
 * ends removed, spaces where plus signs were) and says by the ASN.1, not by
 * the label, what came. What came is parsed strictly elsewhere.
 *
 * A private key in any form is recognised before anything else and refused
 * with ERR_PRIVATE_KEY: the caller must keep no copy of the input.
 *
 * Trust: input is hostile, bounded by PKI_PEM_TEXT_MAX. Ownership: the result
 * is a copy in *out.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define PKI_PEM_TEXT_MAX (256 * 1024)

enum pki_pem_kind {
	PKI_PEM_PKCS10,
	PKI_PEM_CMS, /* SignedData: renewal, on behalf of, CMC */
	PKI_PEM_SPKAC,
	PKI_PEM_CERTIFICATE,
	PKI_PEM_CRL,
	PKI_PEM_OTHER
};

/* Anything but a private key. */
MUST_CHECK int pki_pem_read(struct bytes input, struct buf *out,
    enum pki_pem_kind *ret_kind, struct err *err);
/* A request: PKI_PEM_PKCS10 or PKI_PEM_CMS; anything else is
 * ERR_BAD_MESSAGE_TYPE with a sentence that helps. */
MUST_CHECK int pki_pem_read_request(struct bytes input, struct buf *out,
    enum pki_pem_kind *ret_kind, struct err *err);
/* Does this look like a private key (any encoding, label or container)? */
bool pki_pem_is_private(struct bytes input);

enum pki_pem_lines { PKI_PEM_LF, PKI_PEM_CRLF };
/* Lines of 64 columns between BEGIN and END label, appended. */
void pki_pem_write(struct buf *out, const char *label, struct bytes der,
    enum pki_pem_lines lines);
