/* cms.h - SignedData (RFC 5652 5): read as slices, verified, built.
 *
 * The reader says what is in the message and that its parts fit together;
 * pki_cms_verify() says whether one signer's signature is that of one key.
 * Which key that must be, and whom to trust, is the caller's business:
 * request.h finds the key, path.h judges the certificate.
 *
 * Stricter than RFC 5652 asks: DER all the way down, content in one piece,
 * X.509 certificates only, every signer's digest listed, content type,
 * message digest and signing time once and with one value. Not asked for is
 * the order of a SET OF: signed attributes are verified as they came.
 *
 * The builder makes a message with one signer, in two steps, because the
 * signature comes from another program:
 *
 *   pki_cms_attrs_build()  the bytes to sign (signed attributes as a SET)
 *   (somebody signs them)
 *   pki_cms_build()        the whole message around the signature
 *
 * Trust:     input is hostile. Bounded by the numbers below; no clock, no
 *            globals, no allocation in the reader; fuzzed by
 *            tests/fuzz/fuzz_cms.c.
 * Ownership: a struct pki_cms BORROWS: slices point into the bytes given to
 *            pki_cms_parse(), which must outlive it. Nothing to free.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/cert.h"
#include "pki/der.h"
#include "pki/key.h"
#include "pki/oid.h"
#include "pki/sig.h"
#include "pki/tools.h"

#define PKI_CMS_MAX         65536
#define PKI_CMS_CERTS_MAX   32
#define PKI_CMS_SIGNERS_MAX 8
#define PKI_CMS_ATTRS_MAX   32 /* signed, or unsigned, of one signer */
#define PKI_CMS_DIGESTS_MAX 16
#define PKI_CMS_DEPTH       32 /* levels of DER */

struct pki_cms_signer {
	/* Who: issuer (Name, whole) and serial (content), or ski. */
	struct bytes issuer, serial;
	struct bytes ski;
	enum pki_hash hash; /* PKI_HASH_NONE: not one of ours */
	struct bytes alg;   /* AlgorithmIdentifier of the signature */
	const struct pki_sig_alg *sig_alg; /* NULL: none that is accepted */
	int salt;           /* of RSA-PSS, see pki_sig_find_salted() */
	bool no_signature;  /* RFC 5272 4.2: a hash only */
	struct bytes attrs; /* content of signedAttrs; p is NULL without */
	struct bytes message_digest;
	bool has_signing_time;
	int64_t signing_time;
	struct bytes unsigned_attrs; /* content */
	struct bytes signature;
};

struct pki_cms {
	struct bytes der;
	unsigned version;
	struct bytes type;    /* eContentType, content of the OID */
	struct bytes content; /* of the OCTET STRING; p is NULL: detached */
	struct bytes digests; /* content of the SET */
	struct bytes crls;    /* content of [1], unread */
	unsigned n_certs, n_signers;
	struct bytes certs[PKI_CMS_CERTS_MAX]; /* whole, unread */
	struct pki_cms_signer signers[PKI_CMS_SIGNERS_MAX];
};

/* ERR_BAD_MESSAGE_TYPE when it is another kind of CMS message. */
MUST_CHECK int pki_cms_parse(
    struct bytes der, struct pki_cms *ret, struct err *err);

/* Walk checked attributes: struct der in = der_of(signer->attrs). */
struct pki_cms_attr {
	struct bytes oid;
	struct bytes values; /* content of the SET, at least one */
};
bool pki_cms_attr_next(struct der *in, struct pki_cms_attr *ret);

/* The certificate of the bag that the signer names. *ret_found is false when
 * there is none; two different ones are an error. Certificates of the bag
 * that cert.h cannot read are passed over. */
MUST_CHECK int pki_cms_signer_cert(const struct pki_cms *cms,
    const struct pki_cms_signer *signer, struct pki_cert *ret, bool *ret_found,
    struct err *err);

/* Is this signature made with this key, over this content? The message must
 * not be detached. ERR_BAD_SIGNATURE otherwise; always for a signer that uses
 * the no-signature mechanism. */
MUST_CHECK int pki_cms_verify(struct pki_tools *t, const struct pki_cms *cms,
    const struct pki_cms_signer *signer, const struct pki_key *key,
    struct err *err);
/* The no-signature mechanism: is the hash that stands in for the signature
 * right? This proves nothing about anybody. */
MUST_CHECK int pki_cms_verify_no_signature(struct pki_tools *t,
    const struct pki_cms *cms, const struct pki_cms_signer *signer,
    struct err *err);

/* ---- building --------------------------------------------------------- */

/* The hash of the content that goes with a signature algorithm. */
enum pki_hash pki_cms_hash_of(const struct pki_sig_alg *alg);
/* Appends the DER of the signed attributes (content type, message digest) as
 * the SET that is signed. */
MUST_CHECK int pki_cms_attrs_build(struct pki_tools *t,
    const struct pki_sig_alg *alg, enum pki_oid type, struct bytes content,
    struct buf *out, struct err *err);

struct pki_cms_make {
	enum pki_oid type;
	struct bytes content;
	const struct pki_cert *signer; /* named by issuer and serial */
	const struct pki_sig_alg *alg;
	struct bytes attrs; /* what pki_cms_attrs_build() made */
	struct bytes signature;
	const struct bytes *certs; /* the bag, in this order */
	size_t n_certs;
	const struct bytes *crls; /* may be none */
	size_t n_crls;
};
/* Appends the ContentInfo to out. */
MUST_CHECK int pki_cms_build(
    const struct pki_cms_make *m, struct buf *out, struct err *err);
