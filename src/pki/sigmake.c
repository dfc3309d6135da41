#include "pki/sigmake.h"

#include <openssl/rsa.h>

struct pki_sigmake {
	const struct pki_sig_alg *alg;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx; /* after EVP_PKEY_sign_init; not for Ed25519 */
	EVP_MD_CTX *hash;
	EVP_MD *md;
	uint8_t digest[PKI_DIGEST_MAX];
	size_t digest_n;
};

/* clang-format off */
static const struct { const char *group; enum pki_key_kind kind; }
groups[] = {
	{ "prime256v1", PKI_KEY_P256 },
	{ "secp384r1",  PKI_KEY_P384 },
	{ "secp521r1",  PKI_KEY_P521 },
};
/* clang-format on */

int
pki_sigmake_kind(EVP_PKEY *pkey, enum pki_key_kind *ret_kind,
    unsigned *ret_bits, struct err *err)
{
	char group[40];
	size_t i;

	*ret_bits = (unsigned)EVP_PKEY_get_bits(pkey);
	if (EVP_PKEY_is_a(pkey, "RSA") && *ret_bits >= PKI_RSA_MIN_BITS &&
	    *ret_bits <= PKI_RSA_MAX_BITS) {
		*ret_kind = PKI_KEY_RSA;
		return 0;
	}
	if (EVP_PKEY_is_a(pkey, "ED25519")) {
		*ret_kind = PKI_KEY_ED25519;
		return 0;
	}
	if (EVP_PKEY_is_a(pkey, "EC") &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL))
		for (i = 0; i < ARRAY_LEN(groups); i++)
			if (strcmp(group, groups[i].group) == 0) {
				*ret_kind = groups[i].kind;
				return 0;
			}
	return err_set(err, ERR_WEAK_KEY,
	    "the key is of a kind or size that cannot sign here; use RSA of "
	    "%d to %d bits, P-256, P-384, P-521 or Ed25519",
	    PKI_RSA_MIN_BITS, PKI_RSA_MAX_BITS);
}

static bool
start(struct pki_sigmake *s)
{
	const char *name = pki_hash_name(s->alg->hash);

	s->hash = EVP_MD_CTX_new();
	if (!s->hash || !name)
		return s->hash != NULL;
	s->md = EVP_MD_fetch(NULL, name, NULL);
	s->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, s->pkey, NULL);
	if (!s->md || !s->ctx || EVP_PKEY_sign_init(s->ctx) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(s->ctx, s->md) <= 0)
		return false;
	if (s->alg->family == PKI_SIG_RSA)
		return EVP_PKEY_CTX_set_rsa_padding(s->ctx, RSA_PKCS1_PADDING) >
		       0;
	if (s->alg->family == PKI_SIG_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(
			   s->ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(s->ctx, s->md) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			   s->ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
	return true;
}

int
pki_sigmake_new(EVP_PKEY *pkey, const struct pki_sig_alg *alg,
    struct pki_sigmake **ret, struct err *err)
{
	AUTO(pki_sigmake) s = NULL;
	enum pki_key_kind kind;
	unsigned bits;

	if (pki_sigmake_kind(pkey, &kind, &bits, err) < 0)
		return -1;
	if (!alg || alg->refused || !pki_sig_fits(alg->family, kind))
		return err_set(err, ERR_INVALID,
		    "a key of the kind %s cannot sign with %s",
		    pki_key_kind_name(kind), alg ? alg->name : "that");
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	EVP_PKEY_up_ref(pkey);
	s->pkey = pkey;
	s->alg = alg;
	if (!start(s))
		return pki_tools_failed(err, "signing did not start");
	*ret = TAKE(s);
	return 0;
}

void
pki_sigmake_free(struct pki_sigmake *s)
{
	if (!s)
		return;
	EVP_PKEY_CTX_free(s->ctx);
	EVP_MD_CTX_free(s->hash);
	EVP_MD_free(s->md);
	EVP_PKEY_free(s->pkey);
	free(s);
}

int
pki_sigmake_sign_digest(struct pki_sigmake *s, struct bytes digest,
    uint8_t *ret, size_t *ret_n, struct err *err)
{
	size_t n = PKI_SIGNATURE_MAX;

	if (!s->ctx || digest.n != pki_hash_size(s->alg->hash))
		return err_set(err, ERR_INVALID,
		    "a digest of %zu bytes cannot be signed with %s", digest.n,
		    s->alg->name);
	if (EVP_PKEY_sign(s->ctx, ret, &n, digest.p, digest.n) <= 0)
		return pki_tools_failed(err, "signing failed");
	*ret_n = n;
	return 0;
}

int
pki_sigmake_sign(struct pki_sigmake *s, struct bytes tbs, uint8_t *ret,
    size_t *ret_n, struct err *err)
{
	unsigned n = 0;

	if (s->alg->family == PKI_SIG_ED25519) {
		*ret_n = PKI_SIGNATURE_MAX;
		EVP_MD_CTX_reset(s->hash);
		if (EVP_DigestSignInit_ex(
			s->hash, NULL, NULL, NULL, NULL, s->pkey, NULL) <= 0 ||
		    EVP_DigestSign(s->hash, ret, ret_n, tbs.p, tbs.n) <= 0)
			return pki_tools_failed(err, "signing failed");
		return 0;
	}
	if (!EVP_DigestInit_ex2(s->hash, s->md, NULL) ||
	    !EVP_DigestUpdate(s->hash, tbs.p, tbs.n) ||
	    !EVP_DigestFinal_ex(s->hash, s->digest, &n))
		return pki_tools_failed(err, "hashing failed");
	s->digest_n = n;
	return pki_sigmake_sign_digest(
	    s, bytes_of(s->digest, n), ret, ret_n, err);
}

struct bytes
pki_sigmake_digest(const struct pki_sigmake *s)
{
	return bytes_of(s->digest, s->digest_n);
}
