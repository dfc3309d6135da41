/* attr_san.h - the value of the request attribute "SAN":
 * "dns=www.example.com&email=a@example.com" (MS-WCCE 2.2.2.7.10).
 *
 * Types that become names: dns, email, ipaddress, url, upn. Others (guid, dn,
 * oid, spn, a dotted identifier) are only named, for somebody to be told.
 * Each name is checked like one of a request (gname.h); whether it is granted
 * is the policy's business.
 *
 * Trust:     input is hostile: at most PKI_GNAME_LIST_MAX entries, each below
 *            PKI_ATTR_SAN_VALUE_MAX bytes. No clock, no globals. Fuzzed by
 *            tests/fuzz/fuzz_attributes.c.
 * Errors:    ERR_BAD_SUBJECT with a sentence; what was appended before stays.
 */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define PKI_ATTR_SAN_VALUE_MAX 1024
#define PKI_ATTR_SAN_TYPE_MAX  32

/* Append the names as GeneralName elements to names (the inside of the
 * SEQUENCE). ret_other: the first type that makes no name here,
 * or "". */
MUST_CHECK int pki_attr_san(struct bytes value, struct buf *names,
    char ret_other[PKI_ATTR_SAN_TYPE_MAX], struct err *err);
/* Is this element one of the list? */
bool pki_attr_san_has(struct bytes names, struct bytes element);
