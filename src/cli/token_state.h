/* token_state.h - what the files of the token share: the open module. */
#pragma once
#include "base/buf.h"
#include "cli/token.h"

#include <p11-kit/pkcs11.h>

struct cli_token {
	void *library;
	CK_FUNCTION_LIST *f;
	bool started, logged_in;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key, pub;
	struct secret *pin;
	struct cli_token_address address;
	struct buf spki;
};

/* A session with the PIN given; rw: keys can be made. */
MUST_CHECK int cli_token_start(const struct cli_key_place *place, bool rw,
    struct cli_token **ret, struct err *err);
/* Objects of a class that the address names: how many (0, 1, or 2 for more)
 * and the first. */
MUST_CHECK int cli_token_find(struct cli_token *t, CK_OBJECT_CLASS what,
    CK_OBJECT_HANDLE *ret, size_t *ret_n, struct err *err);
/* Read the public key into t->spki. */
MUST_CHECK int cli_token_read_public(struct cli_token *t, struct err *err);
void cli_token_reason(struct err *err, const char *what, CK_RV rv);
/* ERR_SYSTEM with what the module said; always -1. */
static inline int
cli_token_failed(struct err *err, const char *what, CK_RV rv)
{
	cli_token_reason(err, what, rv);
	return -1;
}
