/* cacert.h - one certificate of this CA itself: built, signed, proven.
 *
 * For roots (the first one and each renewal) and for cross certificates
 * between them; not for certificates of other CAs. The signer decides whether
 * it signs (sign/policy.h). What comes out is not yet the CA's: it must be
 * committed, with its audit record.
 */
#pragma once
#include "ca/audit.h"
#include "pki/cert.h"
#include "pki/key.h"

#define CA_CACERT_BUF 8192

struct ca_generation;

struct ca_cacert_ask {
	uint32_t signer; /* index of the key that signs */
	const struct pki_key *signer_key;
	const struct pki_key *subject_key;
	struct bytes name; /* of issuer and subject */
	int64_t not_before, not_after;
	/* Of a root: its number and that of its key (enrolment protocols
	 * 4.2), for the CA version. */
	uint32_t index, key_index;
	/* Of a cross certificate: who signs, and where its lists are. */
	const struct ca_generation *issuer;
};

/* Slices borrow from it. */
struct ca_cacert {
	uint8_t buffer[CA_CACERT_BUF];
	uint8_t serial[PKI_CERT_SERIAL];
	uint8_t digest[PKI_DIGEST_MAX]; /* of the TBS */
	size_t digest_n;
	struct bytes der;
};

MUST_CHECK int ca_cacert_make(struct ca *ca, struct pki_tools *tools,
    const struct ca_cacert_ask *ask, struct ca_cacert *ret, struct err *err);
/* The record that this certificate was made. */
struct ca_audit_event ca_cacert_event(
    const struct ca_cacert *c, const char *event, const char *detail);

/* The extensions that every certificate of a CA has: basic constraints, key
 * usage; and for roots and requests the CA version. */
void ca_cacert_put_usual(struct buf *out);
void ca_cacert_put_version(struct buf *out, uint32_t index, uint32_t key_index);
