/* basic.h - read an Authorization header of the scheme Basic (RFC 7617).
 *
 * Only local accounts sign in with a password so far. A name may say so
 * ("local\alice", "alice@local"); a name with any other prefix or domain is
 * refused, never stripped: the alice of another realm is somebody else. So is
 * an empty password, which some directories take for an anonymous bind.
 *
 * Trust:     the header is hostile.
 * Ownership: a plain value that holds a password on the caller's stack;
 *            auth_basic_wipe() ends it on every path (AUTO_BASIC).
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/identity.h"

#define AUTH_PASSWORD_MAX 1024

struct auth_basic {
	char name[IDENTITY_NAME_MAX];
	size_t password_n;
	uint8_t password[AUTH_PASSWORD_MAX];
};

enum auth_basic_found {
	AUTH_BASIC_NONE,    /* no such header, or another scheme */
	AUTH_BASIC_REFUSED, /* broken, foreign realm, empty password */
	AUTH_BASIC_FOUND
};

/* header may be NULL. A refusal says why in err. */
MUST_CHECK enum auth_basic_found auth_basic_parse(
    const char *header, struct auth_basic *ret, struct err *err);
struct bytes auth_basic_password(const struct auth_basic *b);
void auth_basic_wipe(struct auth_basic *b);
#define AUTO_BASIC __attribute__((cleanup(auth_basic_wipe))) struct auth_basic
