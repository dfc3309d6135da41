/* cache.h - passwords that were found right a moment ago.
 *
 * Verifying a password costs the CA tens of milliseconds on purpose; a script
 * that sends it with every request would pay that each time. Kept are an HMAC
 * of name and password under a key of this process, and what the account was;
 * never the password, never a failure.
 *
 * An entry counts for AUTH_CACHE_SECONDS and only while the version of the
 * CA's user table is the one it was found under: any change of any account
 * voids all. Whether the account may do what it asks the CA decides each time
 * anew, so that a cached success opens nothing that was closed meanwhile.
 *
 * Limits: AUTH_CACHE_ENTRIES; the oldest of a set makes room. Threads: any.
 */
#pragma once
#include "auth/basic.h"

#define AUTH_CACHE_ENTRIES 1024
#define AUTH_CACHE_SECONDS 60

/* What the CA says about a name and a password that fit. */
struct auth_account {
	char name[IDENTITY_NAME_MAX]; /* as the account spells it */
	uint32_t roles;
	uint64_t user_version;
};

struct auth_cache;

MUST_CHECK int auth_cache_new(struct auth_cache **ret, struct err *err);
void auth_cache_free(struct auth_cache *c); /* NULL is fine */
AUTO_DEFINE(auth_cache);

/* now_us: clock_monotonic_us(). */
bool auth_cache_find(struct auth_cache *c, const struct auth_basic *b,
    uint64_t now_us, struct auth_account *ret);
void auth_cache_add(struct auth_cache *c, const struct auth_basic *b,
    uint64_t now_us, const struct auth_account *account);
/* The version the CA has now; entries under another are void. */
void auth_cache_version(struct auth_cache *c, uint64_t user_version);
