/* auth.h - who is asking.
 *
 * Finds the identity behind a request from what it carries. The only provider
 * so far is Basic with local accounts; cookies, Negotiate and client
 * certificates join in auth_identify(). What the account may do is the CA's
 * decision (DESIGN 3).
 *
 * Passwords are verified by whoever holds the accounts, through a function
 * given at start. When that cannot be reached the answer is AUTH_UNAVAILABLE:
 * nobody is let in on something weaker.
 *
 * Threads: any number at the same time.
 */
#pragma once
#include "auth/cache.h"
#include "auth/limit.h"
#include "base/identity.h"
#include "fcgi/request.h"

/* 0 when name and password fit; ERR_UNAUTHENTICATED when not; any other error
 * when it cannot be said now. */
typedef int auth_verify(void *ctx, const struct auth_basic *b,
    const char *address, struct auth_account *ret, struct err *err);

struct auth_options {
	auth_verify *verify;
	void *ctx;
	uint32_t known_roles; /* others are dropped */
};

enum auth_status {
	AUTH_NOBODY,      /* no credentials */
	AUTH_OK,          /* identity and roles are set */
	AUTH_WRONG,       /* credentials that do not fit */
	AUTH_SLOW_DOWN,   /* too many failures; retry_after is set */
	AUTH_UNAVAILABLE, /* cannot be verified now */
};

struct auth_answer {
	enum auth_status status;
	struct identity identity;
	uint32_t roles;       /* a hint for the pages; the CA decides */
	bool per_request;     /* credentials stood in this request */
	unsigned retry_after; /* seconds */
	struct err why;       /* for everything but NOBODY and OK */
};

struct auth;

MUST_CHECK int auth_new(
    const struct auth_options *options, struct auth **ret, struct err *err);
void auth_free(struct auth *a); /* NULL is fine */
AUTO_DEFINE(auth);

void auth_identify(struct auth *a, const struct fcgi_request *request,
    struct auth_answer *ret);
/* Tell the version of the user table, so that cached successes are void when
 * an account has changed. */
void auth_user_version(struct auth *a, uint64_t version);
