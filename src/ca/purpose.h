/* purpose.h - key purposes as configuration and templates name them.
 */
#pragma once
#include "ca/config.h"

/* A word ("server-authentication") or an object identifier in digits. */
MUST_CHECK bool ca_purpose_from_text(const char *text, struct ca_oid *ret);
/* The word, else the digits, in dst if need be. */
const char *ca_purpose_text(
    const struct ca_oid *oid, char dst[PKI_OID_TEXT_MAX]);
/* Client authentication, what includes it and what leads to it: with such a
 * purpose a certificate signs in as whoever it names. */
bool ca_purpose_signs_in(const struct ca_oid *oid);
