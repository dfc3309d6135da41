/* ext.h - X.509 v3 extensions (RFC 5280 4.2): iterate, decode, encode.
 *
 * A list is the content of an Extensions SEQUENCE. pki_ext_check() is called
 * once (the parsers of csr.h, cert.h and crl.h do); afterwards
 * pki_ext_next() and pki_ext_find() cannot meet anything malformed.
 *
 * The encoders append one whole Extension to a struct buf, so that a run of
 * calls makes the static block of a certificate (cert.h).
 *
 * Trust: input is hostile. Ownership: slices borrow.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"
#include "pki/oid.h"

#define PKI_EXT_LIST_MAX 64
#define PKI_EXT_EKU_MAX  64
#define PKI_EXT_URI_MAX  2048  /* bytes of one URI we write */
#define PKI_EXT_MAX      65536 /* bytes of one extension we write */

struct pki_ext {
	struct bytes oid;
	bool critical;
	struct bytes value; /* content of the OCTET STRING */
	struct bytes all;   /* the whole Extension */
};

/* Well formed, none twice, at most PKI_EXT_LIST_MAX, values strict DER. */
MUST_CHECK int pki_ext_check(struct bytes list, struct err *err);
bool pki_ext_next(struct der *list, struct pki_ext *ret);
bool pki_ext_find(struct bytes list, enum pki_oid oid, struct pki_ext *ret);

/* clang-format off */
enum { /* key usage bits, RFC 5280 4.2.1.3 */
	PKI_KU_DIGITAL_SIGNATURE = 1 << 0, PKI_KU_NON_REPUDIATION = 1 << 1,
	PKI_KU_KEY_ENCIPHERMENT = 1 << 2, PKI_KU_DATA_ENCIPHERMENT = 1 << 3,
	PKI_KU_KEY_AGREEMENT = 1 << 4, PKI_KU_CERT_SIGN = 1 << 5,
	PKI_KU_CRL_SIGN = 1 << 6, PKI_KU_ENCIPHER_ONLY = 1 << 7,
	PKI_KU_DECIPHER_ONLY = 1 << 8,
};
/* clang-format on */

/* Decoders take pki_ext.value. */
MUST_CHECK int pki_ext_key_usage(
    struct bytes value, uint16_t *ret, struct err *err);
/* Fills at most PKI_EXT_EKU_MAX OIDs; more are an error, none too. */
MUST_CHECK int pki_ext_eku(struct bytes value,
    struct bytes ret[PKI_EXT_EKU_MAX], size_t *ret_n, struct err *err);
/* *ret_path is -1 when there is no limit. */
MUST_CHECK int pki_ext_basic(
    struct bytes value, bool *ret_ca, int *ret_path, struct err *err);
/* GeneralNames, each checked as gname.h says. */
MUST_CHECK int pki_ext_san(struct bytes value, struct err *err);
/* One line of text for people; unknown extensions as hexadecimal (short). */
void pki_ext_text(const struct pki_ext *ext, struct buf *out);
/* Names of the bits, "digital signature, key encipherment". */
void pki_ext_key_usage_text(uint16_t bits, struct buf *out);

/* Encoders. Failure shows in the buffer (buf_check) or, where text is
 * checked, in the result. */
void pki_ext_put(
    struct buf *out, struct bytes oid, bool critical, struct bytes value);
void pki_ext_put_key_usage(struct buf *out, uint16_t bits); /* critical */
void pki_ext_put_eku(
    struct buf *out, bool critical, const struct bytes *oids, size_t n);
/* Critical; path < 0: no limit. */
void pki_ext_put_basic(struct buf *out, bool ca, int path);
void pki_ext_put_ski(struct buf *out, struct bytes key_id);
void pki_ext_put_aki(struct buf *out, struct bytes key_id);
/* names: GeneralName elements one after the other (pki_gname_build). */
void pki_ext_put_san(struct buf *out, bool critical, struct bytes names);
/* Application policies: encoded like certificate policies. */
void pki_ext_put_app_policies(
    struct buf *out, const struct bytes *oids, size_t n);
/* The template of an enterprise CA, MS-WCCE 2.2.2.7.7.2. */
void pki_ext_put_template(
    struct buf *out, struct bytes oid, uint32_t major, uint32_t minor);
struct pki_ext_policy {
	struct bytes oid;
	const char *cps; /* address of the practice statement, or "" */
};
void pki_ext_put_policies(
    struct buf *out, const struct pki_ext_policy *policies, size_t n);
/* One distribution point that has all these URIs. */
MUST_CHECK int pki_ext_put_cdp(
    struct buf *out, const char *const *uris, size_t n, struct err *err);
/* The same form under 2.5.29.46, for base CRLs and certificates. */
MUST_CHECK int pki_ext_put_freshest(
    struct buf *out, const char *const *uris, size_t n, struct err *err);
/* Issuing distribution point of a CRL, critical (RFC 5280 5.2.5). */
MUST_CHECK int pki_ext_put_idp(
    struct buf *out, const char *const *uris, size_t n, struct err *err);
/* caIssuers and OCSP accesses, in this order; either may be none. */
MUST_CHECK int pki_ext_put_aia(struct buf *out, const char *const *issuers,
    size_t n_issuers, const char *const *ocsp, size_t n_ocsp, struct err *err);
