/* keytable.h - a set of keys in memory, each with the number of a request.
 *
 * Open addressing in 256 parts that grow one by one, 8 bytes for each place
 * and at most three of four taken: 11 to 21 bytes for each key, so 16 MiB for
 * 1,000,000 keys and 128 MiB for 10,000,000.
 *
 * What is found is probable only, because 40 bits of the hash are looked at:
 * whoever wants to be sure asks the database about the request.
 *
 * Threads: none; ca/keys.c locks.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

#define CA_KEYS_MAX      40000000U
#define CA_KEY_FOUND_MAX 16

struct ca_keytable;

MUST_CHECK int ca_keytable_new(struct ca_keytable **ret, struct err *err);
void ca_keytable_free(struct ca_keytable *t);
AUTO_DEFINE(ca_keytable);

/* Make room for one more with this hash (the first bytes of it are enough): the
 * ca_keytable_add() that follows cannot fail. ERR_NO_MEMORY, ERR_LIMIT. */
MUST_CHECK int ca_keytable_reserve(
    struct ca_keytable *t, const uint8_t *hash, struct err *err);
/* It is not going to be added after all. */
void ca_keytable_unreserve(struct ca_keytable *t, const uint8_t *hash);
/* request is not 0. */
void ca_keytable_add(
    struct ca_keytable *t, const uint8_t *hash, uint32_t request);

/* Many at once, before anything else happens to the table: what is given waits
 * until its part has a handful, because going to memory for one place at a time
 * takes longer than reading the database. The last call has hash NULL.
 * ERR_NO_MEMORY, ERR_LIMIT: the table is of no use then. */
MUST_CHECK int ca_keytable_load(struct ca_keytable *t, const uint8_t *hash,
    uint32_t request, struct err *err);

/* The requests that may have this key; how many, at most CA_KEY_FOUND_MAX. */
size_t ca_keytable_find(const struct ca_keytable *t, const uint8_t *hash,
    uint32_t ret[CA_KEY_FOUND_MAX]);
size_t ca_keytable_count(const struct ca_keytable *t);
