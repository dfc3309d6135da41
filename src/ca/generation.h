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
#include "pki/path.h"
#include "rpc/ca.h"

/* Of SUB the basic constraints are granted, of the others they say: no CA. */
enum ca_profile {
	CA_PROFILE_USER,
	CA_PROFILE_SITE,
	CA_PROFILE_SUB,
	CA_PROFILE_COUNT
};

#define CA_ISSUERS_MAX (PKI_PATH_MAX - 1)
#define CA_CROSSES_MAX RPC_CROSSES_MAX

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
	/* Of a subordinate: who signed it, who signed that one, to the root. */
	struct bytes issuers[CA_ISSUERS_MAX];
	size_t issuer_n;
};

/* The key of generation `from` signed for that of `to` (RFC 5280 3.2, self-
 * issued): with it, whoever trusts only one of two roots trusts the other. */
struct ca_cross {
	uint32_t from, to;
	struct bytes der;
};

struct ca_generations {
	size_t n;
	const struct ca_generation *list; /* oldest first, last: current */
	size_t cross_n;
	const struct ca_cross *crosses;
	struct set *owner; /* generation.c's */
};

/* NULL while the CA has no certificate. Release what was taken. */
const struct ca_generations *ca_generations_take(struct ca *ca);
void ca_generations_release(struct ca *ca, const struct ca_generations *g);
const struct ca_generation *ca_generations_current(
    const struct ca_generations *g);
/* Did it sign itself? */
static inline bool
ca_generation_is_root(const struct ca_generation *g)
{
	return bytes_eq(g->cert.issuer, g->cert.subject);
}
/* The extensions that lead back to it: AKI, CDP, AIA. */
MUST_CHECK int ca_generation_put_links(const struct ca_config *c,
    const struct ca_generation *g, struct buf *out, struct err *err);

MUST_CHECK int ca_holder_new(struct ca *ca, struct err *err);
void ca_holder_free(struct ca *ca);
/* Read them from the store (again) and swap the set. */
MUST_CHECK int ca_generations_load(
    struct ca *ca, struct store_reader *r, struct err *err);

/* What a renewal adds. */
struct ca_addition {
	struct store_ca_cert cert;
	const struct store_ca_link *links;
	size_t link_n;
};
/* A set with one more, which nobody sees yet: give it to
 * ca_generations_swap(), or release it. old may be NULL. */
MUST_CHECK int ca_generations_with(struct ca *ca,
    const struct ca_generations *old, const struct ca_addition *add,
    const struct ca_generations **ret, struct err *err);
/* Takes fresh over. Whoever began with the old set ends with it. */
void ca_generations_swap(struct ca *ca, const struct ca_generations *fresh);
