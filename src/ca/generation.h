/* generation.h - the certificates of this CA, each with what is prepared for
 * issuing under it.
 *
 * A set is immutable and counted by reference: who issues holds the set it
 * began with, a renewal puts a new one in its place.
 *
 * index counts certificates, key_index is the index of the first certificate
 * with the same key (enrolment protocols 4.2).
 */
#pragma once
#include "ca/ca.h"
#include "ca/file.h"
#include "pki/cert.h"
#include "pki/key.h"

enum ca_profile { CA_PROFILE_USER, CA_PROFILE_SITE, CA_PROFILE_COUNT };

struct ca_generation {
	uint32_t index, key_index;
	uint8_t *memory;  /* of der */
	struct bytes der; /* the certificate */
	struct pki_cert cert;
	struct pki_key key;
	struct bytes key_id; /* its subject key identifier */
	const struct pki_sig_alg *alg;
	char *subject; /* as text */
	struct pki_cert_block *block[CA_PROFILE_COUNT];
};

struct ca_generations {
	size_t n;
	const struct ca_generation *list; /* oldest first, last: current */
	struct set *owner;                /* generation.c's */
};

/* NULL while the CA has no certificate. Release what was taken. */
const struct ca_generations *ca_generations_take(struct ca *ca);
void ca_generations_release(struct ca *ca, const struct ca_generations *g);
const struct ca_generation *ca_generations_current(
    const struct ca_generations *g);
/* The extensions that lead back to it: AKI, CDP, AIA. */
MUST_CHECK int ca_generation_put_links(const struct ca_config *c,
    const struct ca_generation *g, struct buf *out, struct err *err);

MUST_CHECK int ca_holder_new(struct ca *ca, struct err *err);
void ca_holder_free(struct ca *ca);
/* Read them from the store (again) and swap the set. */
MUST_CHECK int ca_generations_load(
    struct ca *ca, struct store_reader *r, struct err *err);
