/* crl_other.h - lists of other CAs that lie in the published folder. */
#pragma once
#include "ca/ca.h"
#include "pki/crl.h"

#define CA_CRL_OTHERS_MAX 32

/* crl: NULL when the file is no list; borrowed for the call. */
typedef void ca_crl_other_row(
    void *ctx, const char *name, const struct pki_crl *crl);
void ca_crl_others(struct ca *ca, ca_crl_other_row *row, void *ctx);
