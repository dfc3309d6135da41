/* token.h - a private key that lives on a PKCS#11 token (smart card, HSM).
 *
 * The module is the vendor's library, loaded by its path; the key is named by
 * an address of RFC 7512 (pkcs11:token=NAME;object=LABEL). The key never
 * leaves the token: what is to be signed is hashed here and signed there. The
 * PIN comes from a file or the terminal, never from the address.
 *
 * One token is open at a time in a process, from one thread.
 */
#pragma once
#include "cli/key.h"

#define CLI_TOKEN_ADDRESS_MAX 512
#define CLI_TOKEN_TEXT_MAX    128

struct cli_token_address {
	char token[CLI_TOKEN_TEXT_MAX];
	char serial[CLI_TOKEN_TEXT_MAX];
	char object[CLI_TOKEN_TEXT_MAX];
	uint8_t id[CLI_TOKEN_TEXT_MAX];
	size_t id_n;
};

/* ERR_INVALID for anything that is not understood, and for a PIN. */
MUST_CHECK int cli_token_address_parse(
    const char *text, struct cli_token_address *ret, struct err *err);

MUST_CHECK int cli_token_open(
    const struct cli_key_place *place, struct cli_token **ret, struct err *err);
/* Make a key pair; ERR_EXISTS when the token has a key of that name. */
MUST_CHECK int cli_token_make(const struct cli_key_place *place,
    const struct cli_key_sort *sort, bool extractable, struct cli_token **ret,
    struct err *err);
void cli_token_free(struct cli_token *t); /* NULL is fine */
AUTO_DEFINE(cli_token);
struct bytes cli_token_spki(const struct cli_token *t);
MUST_CHECK int cli_token_sign(struct cli_token *t, const struct pki_key *pub,
    const struct pki_sig_alg *alg, struct bytes tbs, uint8_t *ret,
    size_t *ret_n, struct err *err);
