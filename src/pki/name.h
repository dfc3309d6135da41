/* name.h - X.501 Names: check, show, look into, build.
 *
 * A name is always its DER (the whole SEQUENCE). pki_name_check() says
 * whether it may stand in a certificate: well formed, strings of the types of
 * RFC 5280 4.1.2.4 with valid content, no NUL, no control characters, nothing
 * that turns the direction of text, within the limits. Everything else here
 * may be given any bytes and copes.
 *
 * Trust:     input is hostile.
 * Ownership: slices borrow from the name; text goes to a struct buf.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"
#include "pki/oid.h"

#define PKI_NAME_MAX       8192 /* bytes of DER */
#define PKI_NAME_VALUE_MAX 255  /* characters of one value */
#define PKI_NAME_ATTRS_MAX 64
/* Enough for the text of any name that pki_name_check() accepts. */
#define PKI_NAME_TEXT_MAX 32768

struct pki_name_attr {
	struct bytes oid;
	uint8_t tag;        /* string type */
	struct bytes value; /* as encoded */
	bool same_rdn;      /* belongs to the RDN of the one before it */
};

MUST_CHECK int pki_name_check(struct bytes name, struct err *err);
bool pki_name_is_empty(struct bytes name); /* 30 00 */

/* Walk the attributes: pki_name_walk w = { 0 }; while (pki_name_next(...)).
 * Stops early at anything malformed. */
struct pki_name_walk {
	struct der rdns, rdn;
	bool started;
};
bool pki_name_next(
    struct bytes name, struct pki_name_walk *w, struct pki_name_attr *ret);

/* "CN=www.example.com, O=Example" in the order of the DER, UTF-8, special
 * characters escaped as in RFC 4514 2.4; bytes that are no text as #hex. */
void pki_name_text(struct bytes name, struct buf *out);
/* The first value of this attribute as UTF-8, unescaped; false if none. */
bool pki_name_value(struct bytes name, enum pki_oid oid, struct buf *out);
/* One string of DER as UTF-8; false when its content is not of its type. */
bool pki_name_string(uint8_t tag, struct bytes value, struct buf *out);
/* The short name of an attribute type ("CN") or NULL, and back. */
const char *pki_name_label(struct bytes oid);
enum pki_oid pki_name_oid(const char *label); /* PKI_OID_NONE if unknown */

/* One RDN of one attribute each, in this order. UTF8String, but country and
 * serial number PrintableString, mail and domain component IA5String. */
struct pki_name_part {
	enum pki_oid oid;
	const char *text;
};
MUST_CHECK int pki_name_build(const struct pki_name_part *parts, size_t n,
    struct buf *out, struct err *err);
