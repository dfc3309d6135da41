/* gname.h - GeneralName (RFC 5280 4.2.1.6): one entry of a subject
 * alternative name.
 *
 * pki_gname_next() checks the syntax of each entry: DNS names of letter,
 * digit, hyphen, underscore labels with at most a leading "*.", addresses of
 * 4 or 16 bytes, ASCII mail and URI, no NUL or control characters anywhere.
 * x400Address and ediPartyName are refused.
 *
 * Ownership: slices borrow.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/der.h"

#define PKI_GNAME_LIST_MAX 256

enum pki_gname_kind { /* the context tag */
	PKI_GNAME_OTHER = 0,
	PKI_GNAME_EMAIL = 1,
	PKI_GNAME_DNS = 2,
	PKI_GNAME_DIR = 4,
	PKI_GNAME_URI = 6,
	PKI_GNAME_IP = 7,
	PKI_GNAME_RID = 8
};

struct pki_gname {
	enum pki_gname_kind kind;
	struct bytes oid;   /* type of an otherName */
	struct bytes value; /* text, address, OID content; the Name; or the
			       element inside an otherName */
	struct bytes all;   /* head and content as encoded */
};

/* 1: *ret is the next one; 0: the list has ended; -1: malformed. */
MUST_CHECK int pki_gname_next(
    struct der *list, struct pki_gname *ret, struct err *err);
/* A whole GeneralNames SEQUENCE: well formed, at least one entry. */
MUST_CHECK int pki_gname_check(struct bytes general_names, struct err *err);
/* "DNS: www.example.com", UTF-8. */
void pki_gname_text(const struct pki_gname *g, struct buf *out);
bool pki_gname_is_upn(const struct pki_gname *g);

/* Append the DER of one GeneralName, checked like those we read. Text: DNS,
 * e-mail or URI as it is, an address in its usual notation, a UPN for
 * PKI_GNAME_OTHER, dotted for PKI_GNAME_RID. */
MUST_CHECK int pki_gname_build(enum pki_gname_kind kind, const char *text,
    struct buf *out, struct err *err);
bool pki_gname_is_dns(struct bytes text);
bool pki_gname_is_email(struct bytes text);
