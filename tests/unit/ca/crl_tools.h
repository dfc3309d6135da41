/* crl_tools.h - publishing lists and asking OpenSSL what they say. */
#pragma once
#include "fixture.h"

#define CRL_NAME   "Test CA.crl"
#define DELTA_NAME "Test CA+.crl"

/* Change the database behind the CA's back. */
void crl_sql(struct fixture *f, const char *text);
int crl_publish(struct fixture *f, struct err *err); /* as admin */
void crl_must_publish(struct fixture *f);
void crl_must_fail(struct fixture *f, const char *why);
void crl_path_of(struct fixture *f, const char *name, char dst[256]);
/* The published file, verified; NULL when there is none. */
X509_CRL *crl_published(struct fixture *f, const char *name);
/* The base CRL; waits for the start's own. */
X509_CRL *crl_first(struct fixture *f);
long crl_number_of(X509_CRL *take);
long crl_number(struct fixture *f); /* of the base CRL */
X509 *crl_issue(struct fixture *f, uint64_t *ret_id);
void crl_revoke_as_officer(struct fixture *f, uint64_t id, uint32_t reason);
/* -1: not listed; else the reason, 0 without one. */
long crl_listed(X509_CRL *take, X509 *cert);
long crl_reason_of(struct fixture *f, X509 *cert); /* in the base CRL */
