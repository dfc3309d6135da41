#include "sign/kind.h"

#include "base/str.h"

/* clang-format off */
static const struct sign_kind kinds[] = {
	/* word       type       group    bits  key              cost */
	{ "p256",    "EC",      "P-256",    0, PKI_KEY_P256,      20 },
	{ "p384",    "EC",      "P-384",    0, PKI_KEY_P384,    1000 },
	{ "p521",    "EC",      "P-521",    0, PKI_KEY_P521,     350 },
	{ "rsa2048", "RSA",     NULL,    2048, PKI_KEY_RSA,      260 },
	{ "rsa3072", "RSA",     NULL,    3072, PKI_KEY_RSA,     2000 },
	{ "rsa4096", "RSA",     NULL,    4096, PKI_KEY_RSA,     5000 },
	{ "ed25519", "ED25519", NULL,       0, PKI_KEY_ED25519,   50 },
};
/* clang-format on */

const struct sign_kind *
sign_kind_find(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(word, kinds[i].word))
			return &kinds[i];
	return NULL;
}

const struct sign_kind *
sign_kind_of(enum pki_key_kind key, unsigned bits)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].key == key &&
		    (!kinds[i].rsa_bits || kinds[i].rsa_bits == bits))
			return &kinds[i];
	return NULL;
}

const char *
sign_kind_words(void)
{
	return "p256, p384, p521, rsa2048, rsa3072, rsa4096 or ed25519";
}

const struct pki_sig_alg *
sign_kind_alg(const struct sign_kind *kind)
{
	return pki_sig_default(kind->key, kind->rsa_bits);
}
