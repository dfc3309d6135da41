/* fixture.h - a signer in a folder of its own, and things for it to sign. */
#pragma once
#include "base/buf.h"
#include "sign/service.h"

#define T0     INT64_C(1800000000)
#define DAY    INT64_C(86400)
#define T1     (T0 + 3650 * DAY)
#define ITEM_1 ((size_t)1)

struct fixture {
	char folder[64];
	char keys[80], log[80];
	struct sign_service *service;
	struct bytes guest; /* for fixture_open() */
	bool subordinates;  /* the same */
	struct err err;
};

void fixture_begin(struct fixture *f);
void fixture_end(struct fixture *f); /* removes the folder */
int fixture_open(struct fixture *f, bool init);
void fixture_close(struct fixture *f);
/* A new service with key 0 of this kind and its CA certificate. */
void fixture_ca(struct fixture *f, const char *kind);

/* A TBSCertificate; what is 0 or empty takes the good value. */
struct recipe {
	const struct sign_key *key;
	uint64_t version; /* 9: leave it out */
	struct bytes serial;
	struct bytes alg;
	const char *issuer, *subject; /* common names */
	int64_t not_before, not_after;
	struct bytes spki;
	bool ca, cert_sign, ca_twice, no_lists;
	int path;           /* 0: no limit; n: a length of n - 1 */
	struct bytes extra; /* whole Extensions */
	struct bytes tail;  /* after the extensions */
	bool junk;          /* a byte after the whole */
};
/* Builds into out (reset first). */
struct bytes fixture_tbs(const struct recipe *r, struct buf *out);
/* A TBSCertList of the fixture's CA. */
struct bytes fixture_crl(const struct sign_key *key, const char *issuer,
    uint64_t number, struct buf *out);
/* The same as a delta to base 1. */
struct bytes fixture_delta(const struct sign_key *key, const char *issuer,
    uint64_t number, struct buf *out);
void fixture_name(struct buf *out, const char *cn);
/* The SubjectPublicKeyInfo of somebody else. */
struct bytes fixture_subject_key(void);

/* Sign one item; returns the result's code. */
enum err_code fixture_sign(
    struct fixture *f, const struct sign_item *item, struct sign_result *ret);
/* Does OpenSSL accept it? */
bool fixture_verify(
    const struct sign_key *key, struct bytes message, struct bytes signature);
