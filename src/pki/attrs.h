/* attrs.h - request attributes: the lines "Name:Value" of CertAttrib.
 *
 * Lines end in LF or CRLF; lines without a colon are dropped; blanks and
 * minus signs left of the colon are stripped, the value is trimmed; names
 * compare without regard to case; the first of several wins.
 *
 * Trust:     input is hostile: at most PKI_ATTRS_MAX bytes and
 *            PKI_ATTRS_PAIRS pairs of printable UTF-8.
 * Ownership: slices borrow from the text.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define PKI_ATTRS_MAX   16384
#define PKI_ATTRS_PAIRS 256

struct pki_attr {
	struct bytes name, value;
};

struct pki_attrs {
	size_t n;
	struct pki_attr list[PKI_ATTRS_PAIRS];
};

MUST_CHECK int pki_attrs_parse(
    struct bytes text, struct pki_attrs *ret, struct err *err);
/* false when there is none of this name. */
bool pki_attrs_find(
    const struct pki_attrs *a, const char *name, struct bytes *ret);
