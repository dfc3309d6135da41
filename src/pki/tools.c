#include "pki/tools.h"

#include <openssl/err.h>

/* clang-format off */
static const struct { const char *name; size_t size; }
hashes[PKI_HASH_COUNT] = {
	[PKI_HASH_NONE]   = { NULL, 0 },
	[PKI_HASH_SHA1]   = { "SHA1", 20 },
	[PKI_HASH_SHA256] = { "SHA256", 32 },
	[PKI_HASH_SHA384] = { "SHA384", 48 },
	[PKI_HASH_SHA512] = { "SHA512", 64 },
};
/* clang-format on */

int
pki_tools_failed(struct err *err, const char *what)
{
	char why[160];
	unsigned long e = ERR_peek_last_error();

	ERR_error_string_n(e, why, sizeof(why));
	ERR_clear_error();
	return err_set(
	    err, ERR_INTERNAL, "%s%s%s", what, e ? ": " : "", e ? why : "");
}

size_t
pki_hash_size(enum pki_hash hash)
{
	return hashes[hash].size;
}

const char *
pki_hash_name(enum pki_hash hash)
{
	return hashes[hash].name;
}

/* A key that is only its curve: imports copy the parameters from it, which
 * costs a third of decoding them each time. */
static EVP_PKEY *
curve_new(const char *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_paramgen_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_group_name(ctx, group) > 0)
		(void)EVP_PKEY_paramgen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool
tools_init(struct pki_tools *t)
{
	static const char *const groups[] = { "P-256", "P-384", "P-521" };
	unsigned i;

	for (i = PKI_HASH_SHA1; i < PKI_HASH_COUNT; i++) {
		t->md[i] = EVP_MD_fetch(NULL, hashes[i].name, NULL);
		if (!t->md[i])
			return false;
	}
	for (i = 0; i < ARRAY_LEN(groups); i++) {
		t->curve[i] = curve_new(groups[i]);
		t->lent_curve[i] = curve_new(groups[i]);
		if (!t->curve[i] || !t->lent_curve[i])
			return false;
	}
	t->hash = EVP_MD_CTX_new();
	t->verify = EVP_MD_CTX_new();
	t->rsa = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	return t->hash && t->verify && t->rsa &&
	       EVP_PKEY_fromdata_init(t->rsa) > 0;
}

int
pki_tools_new(struct pki_tools **ret, struct err *err)
{
	AUTO(pki_tools) t = calloc(1, sizeof(*t));

	if (!t)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (!tools_init(t))
		return pki_tools_failed(
		    err, "the cryptographic library lacks an algorithm");
	*ret = TAKE(t);
	return 0;
}

void
pki_tools_free(struct pki_tools *t)
{
	unsigned i;

	if (!t)
		return;
	for (i = 0; i < PKI_HASH_COUNT; i++)
		EVP_MD_free(t->md[i]);
	for (i = 0; i < ARRAY_LEN(t->curve); i++) {
		EVP_PKEY_free(t->curve[i]);
		EVP_PKEY_free(t->lent_curve[i]);
	}
	EVP_PKEY_free(t->lent);
	EVP_MD_CTX_free(t->hash);
	EVP_MD_CTX_free(t->verify);
	EVP_PKEY_CTX_free(t->rsa);
	free(t);
}

int
pki_tools_hash(struct pki_tools *t, enum pki_hash hash, struct bytes x,
    uint8_t *ret, size_t *ret_n, struct err *err)
{
	unsigned n = 0;

	if (!EVP_DigestInit_ex2(t->hash, t->md[hash], NULL) ||
	    !EVP_DigestUpdate(t->hash, x.p, x.n) ||
	    !EVP_DigestFinal_ex(t->hash, ret, &n))
		return pki_tools_failed(err, "hashing failed");
	if (ret_n)
		*ret_n = n;
	return 0;
}
