/* crl.h - the schedule of CRLs: one at the start when there is none or it is
 * due, then on time, and when an administrator asks.
 */
#pragma once
#include "ca/ca.h"

/* Starts the thread of the schedule; publishes the CA's certificates and a
 * base CRL first when they are missing. */
MUST_CHECK int ca_crl_start(struct ca *ca, struct err *err);
void ca_crl_stop(struct ca *ca);
