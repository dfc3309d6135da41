/* token.h - a form token: proof that a POST came from a page we gave to the
 * same person a while ago.
 *
 * HMAC-SHA256 over owner, purpose and expiry, under a key of this process.
 * When the web role starts again all are void; the page then says so and
 * asks to send once more. It grants nothing by itself.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define AUTH_TOKEN_MAX     49 /* with its NUL */
#define AUTH_TOKEN_SECONDS (8 * 3600)

struct auth_tokens;

MUST_CHECK int auth_tokens_new(struct auth_tokens **ret, struct err *err);
void auth_tokens_free(struct auth_tokens *t); /* NULL is fine */
AUTO_DEFINE(auth_tokens);

/* owner: identity_owner(); purpose: what the form does. "" when it cannot be
 * made, which no check accepts. now: clock_now(). */
void auth_token_make(const struct auth_tokens *t, const char *owner,
    const char *purpose, int64_t now, char dst[AUTH_TOKEN_MAX]);
MUST_CHECK bool auth_token_check(const struct auth_tokens *t, const char *owner,
    const char *purpose, int64_t now, const char *token);
