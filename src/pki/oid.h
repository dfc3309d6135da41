/* oid.h - the object identifiers the CA knows, from one table (oids.def).
 *
 * An OID is handled as the content of its DER element: slices compare as
 * bytes. Text is for people and configuration files only.
 *
 * Limits: PKI_OID_MAX bytes of content, arcs below 2^63.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"

#define PKI_OID_MAX      64
#define PKI_OID_TEXT_MAX 272 /* four characters per byte */

enum pki_oid {
#define OID(sym, dotted, der, name) PKI_OID_##sym,
#include "pki/oids.def"
#undef OID
	PKI_OID_COUNT,
	PKI_OID_NONE = PKI_OID_COUNT
};

struct pki_oid_row {
	struct bytes der; /* content octets */
	const char *dotted;
	const char *name; /* what people call it */
};

extern const struct pki_oid_row pki_oids[PKI_OID_COUNT];

static inline bool
pki_oid_is(struct bytes oid, enum pki_oid id)
{
	return bytes_eq(oid, pki_oids[id].der);
}

enum pki_oid pki_oid_find(struct bytes oid); /* PKI_OID_NONE if unknown */
/* The known name, else the dotted form, written to dst when needed. */
const char *pki_oid_name(struct bytes oid, char dst[PKI_OID_TEXT_MAX]);
/* false when malformed or beyond the limits. */
MUST_CHECK bool pki_oid_to_text(struct bytes oid, char dst[PKI_OID_TEXT_MAX]);
MUST_CHECK bool pki_oid_from_text(
    const char *dotted, uint8_t dst[PKI_OID_MAX], size_t *ret_n);
