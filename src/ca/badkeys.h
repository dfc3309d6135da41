/* badkeys.h - the list of compromised keys that an administrator names.
 *
 * A text file: on each line the SHA-256 of a SubjectPublicKeyInfo as 64
 * hexadecimal digits, what follows after a blank is ignored; empty lines and
 * lines that begin with # too. In any order, at most CA_BADKEYS_MAX. Kept in
 * memory, 16 bytes for each key.
 *
 * Immutable once loaded.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#define CA_BADKEYS_MAX 10000000U

struct ca_badkeys;

/* ERR_CONFIG names the line that is none. */
MUST_CHECK int ca_badkeys_load(
    const char *path, struct ca_badkeys **ret, struct err *err);
void ca_badkeys_free(struct ca_badkeys *b); /* NULL is fine */
AUTO_DEFINE(ca_badkeys);
size_t ca_badkeys_count(const struct ca_badkeys *b);
/* hash: 32 bytes. b may be NULL: an empty list. */
bool ca_badkeys_has(const struct ca_badkeys *b, const uint8_t *hash);
