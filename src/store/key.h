/* key.h - keys that are in certificates, and keys that must be in no more.
 *
 * Two lists that grow at their end and are read as a whole when the CA starts,
 * which then keeps them in memory (ca/keys.h): a look-up here would need an
 * index, and an index over hashes costs each certificate a page of the log.
 *
 * Threads, errors: as store.h says.
 */
#pragma once
#include "base/identity.h"
#include "store/store.h"

#define STORE_KEY_PREFIX 8 /* bytes of the hash that the first list keeps */
#define STORE_KEY_HASH   32

/* hash: SHA-256 of the SubjectPublicKeyInfo, 32 bytes. */
MUST_CHECK int store_add_key(struct store_writer *w, uint64_t request,
    struct bytes hash, struct err *err);
/* The certificate of this request was revoked: its key is compromised. */
MUST_CHECK int store_block_key(struct store_writer *w, uint64_t request,
    struct bytes hash, struct err *err);

/* For each, oldest request first: the prefix of its hash, or the whole. A
 * callback that returns false stops. */
typedef bool store_key_row(void *ctx, uint64_t request, struct bytes hash);
MUST_CHECK int store_list_keys(
    struct store_reader *r, store_key_row *row, void *ctx, struct err *err);
MUST_CHECK int store_list_blocked_keys(
    struct store_reader *r, store_key_row *row, void *ctx, struct err *err);

/* Whose key a request brought. */
struct store_key {
	char owner[IDENTITY_OWNER_MAX]; /* "" for none */
	uint32_t flags;                 /* enum store_request_flag */
	uint8_t hash[STORE_KEY_HASH];
};
/* ERR_NOT_FOUND also when the request has no readable key. */
MUST_CHECK int store_find_key(struct store_reader *r, uint64_t request,
    struct store_key *ret, struct err *err);
