#include "auth/token.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#define KEY_SIZE 32
#define MAC_SIZE 16 /* of 32: enough for what lives 8 hours */
#define RAW_SIZE (8 + MAC_SIZE)
#define TEXT_MAX 512

struct auth_tokens {
	struct secret *key;
};

int
auth_tokens_new(struct auth_tokens **ret, struct err *err)
{
	struct auth_tokens *t = calloc(1, sizeof(*t));

	if (!t)
		return err_set(err, ERR_NO_MEMORY, "no memory for tokens");
	if (secret_new(KEY_SIZE, &t->key, err) < 0) {
		auth_tokens_free(t);
		return -1;
	}
	if (RAND_bytes(secret_mem(t->key), KEY_SIZE) != 1) {
		auth_tokens_free(t);
		return err_set(err, ERR_SYSTEM, "no random numbers");
	}
	*ret = t;
	return 0;
}

void
auth_tokens_free(struct auth_tokens *t)
{
	if (!t)
		return;
	secret_free(t->key);
	free(t);
}

static bool
make(const struct auth_tokens *t, const char *owner, const char *purpose,
    uint64_t expires, uint8_t ret[RAW_SIZE])
{
	AUTO_BUF text = BUF_WITH_LIMIT(TEXT_MAX);
	uint8_t mac[EVP_MAX_MD_SIZE];

	/* The NULs keep owner and purpose apart. */
	buf_add_be64(&text, expires);
	buf_add(&text, purpose, strlen(purpose) + 1);
	buf_add(&text, owner, strlen(owner) + 1);
	if (buf_failed(&text) || !HMAC(EVP_sha256(), secret_bytes(t->key).p,
				     KEY_SIZE, text.p, text.n, mac, NULL))
		return false;
	memcpy(ret, text.p, 8);
	memcpy(ret + 8, mac, MAC_SIZE);
	return true;
}

void
auth_token_make(const struct auth_tokens *t, const char *owner,
    const char *purpose, int64_t now, char dst[AUTH_TOKEN_MAX])
{
	uint8_t raw[RAW_SIZE];

	dst[0] = '\0';
	if (make(t, owner, purpose, (uint64_t)now + AUTH_TOKEN_SECONDS, raw))
		str_hex(dst, BYTES_OF(raw));
}

bool
auth_token_check(const struct auth_tokens *t, const char *owner,
    const char *purpose, int64_t now, const char *token)
{
	uint8_t given[RAW_SIZE], right[RAW_SIZE];
	uint64_t expires = 0;
	size_t n, i;

	if (!str_unhex(given, sizeof(given), token, &n) || n != RAW_SIZE)
		return false;
	for (i = 0; i < 8; i++)
		expires = expires << 8 | given[i];
	return expires > (uint64_t)now &&
	       make(t, owner, purpose, expires, right) &&
	       secret_eq(BYTES_OF(given), BYTES_OF(right));
}
