/* crl_other.h - lists of other CAs that lie in the published folder. */
#pragma once
#include "ca/ca.h"
#include "pki/crl.h"

#define CA_CRL_OTHERS_MAX 32

/* A list (crl NULL: the file is none) or, where that was asked for, a
 * certificate (crl NULL). Borrowed for the call. */
typedef void ca_crl_other_row(void *ctx, const char *name,
    const struct pki_crl *crl, struct bytes content);
/* end: ".crl" or ".crt". */
void ca_crl_others(
    struct ca *ca, const char *end, ca_crl_other_row *row, void *ctx);
