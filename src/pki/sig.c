#include "pki/sig.h"
#include "pki/der.h"
#include "pki/oid.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

/* The first row of a family and hash is the one we write. RSA-PSS has the
 * standard parameters only: MGF1 with the same hash, salt as long as the
 * hash, trailer 1; both spellings of the hash parameters (RFC 4055 2.1).
 * pki_sig_find_salted() takes the salt, the last 5 bytes, for another one.
 */
/* clang-format off */
static const struct pki_sig_alg algs[] = {
	{ BYTES_INIT(
	      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"),
	    PKI_SIG_RSA, PKI_HASH_SHA256, false, "SHA-256 with RSA" },
	{ BYTES_INIT(
	      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00"),
	    PKI_SIG_RSA, PKI_HASH_SHA384, false, "SHA-384 with RSA" },
	{ BYTES_INIT(
	      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00"),
	    PKI_SIG_RSA, PKI_HASH_SHA512, false, "SHA-512 with RSA" },
	{ BYTES_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
	    PKI_SIG_ECDSA, PKI_HASH_SHA256, false, "ECDSA with SHA-256" },
	{ BYTES_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
	    PKI_SIG_ECDSA, PKI_HASH_SHA384, false, "ECDSA with SHA-384" },
	{ BYTES_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"),
	    PKI_SIG_ECDSA, PKI_HASH_SHA512, false, "ECDSA with SHA-512" },
	{ BYTES_INIT("\x30\x05\x06\x03\x2b\x65\x70"), PKI_SIG_ED25519,
	    PKI_HASH_NONE, false, "Ed25519" },
	{ BYTES_INIT(
	      "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
	      "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	      "\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	      "\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	      "\x05\x00\xa2\x03\x02\x01\x20"),
	    PKI_SIG_RSA_PSS, PKI_HASH_SHA256, false, "RSA-PSS with SHA-256" },
	{ BYTES_INIT(
	      "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
	      "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
	      "\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	      "\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
	      "\x05\x00\xa2\x03\x02\x01\x30"),
	    PKI_SIG_RSA_PSS, PKI_HASH_SHA384, false, "RSA-PSS with SHA-384" },
	{ BYTES_INIT(
	      "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
	      "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"
	      "\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	      "\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"
	      "\x05\x00\xa2\x03\x02\x01\x40"),
	    PKI_SIG_RSA_PSS, PKI_HASH_SHA512, false, "RSA-PSS with SHA-512" },
	{ BYTES_INIT(
	      "\x30\x3d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x30"
	      "\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	      "\xa1\x1a\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
	      "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\xa2\x03"
	      "\x02\x01\x20"),
	    PKI_SIG_RSA_PSS, PKI_HASH_SHA256, false, "RSA-PSS with SHA-256" },
	{ BYTES_INIT(
	      "\x30\x3d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x30"
	      "\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
	      "\xa1\x1a\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
	      "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\xa2\x03"
	      "\x02\x01\x30"),
	    PKI_SIG_RSA_PSS, PKI_HASH_SHA384, false, "RSA-PSS with SHA-384" },
	{ BYTES_INIT(
	      "\x30\x3d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x30"
	      "\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"
	      "\xa1\x1a\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
	      "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\xa2\x03"
	      "\x02\x01\x40"),
	    PKI_SIG_RSA_PSS, PKI_HASH_SHA512, false, "RSA-PSS with SHA-512" },
	{ BYTES_INIT(
	      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"),
	    PKI_SIG_RSA, PKI_HASH_SHA1, true, "SHA-1 with RSA" },
	{ BYTES_INIT("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01"),
	    PKI_SIG_ECDSA, PKI_HASH_SHA1, true, "ECDSA with SHA-1" },
};
/* clang-format on */

const struct pki_sig_alg *
pki_sig_find(struct bytes alg)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(algs); i++)
		if (bytes_eq(alg, algs[i].der))
			return &algs[i];
	return NULL;
}

/* RSASSA-PSS-params: what stands in front of the salt is that of a row, the
 * salt is of a size that a key may have room for, and nothing follows. */
static bool
read_salt(struct bytes params, const struct pki_sig_alg *row, int *ret)
{
	/* Behind the two heads and the OID; in front of [2] { INTEGER }. */
	const struct bytes fixed = bytes_of(row->der.p + 15, row->der.n - 20);
	struct der in, salt;
	uint64_t n = 20; /* the default, RFC 4055 3.1 */

	if (params.n < fixed.n || memcmp(params.p, fixed.p, fixed.n) != 0)
		return false;
	in = der_of(bytes_of(params.p + fixed.n, params.n - fixed.n));
	if (!der_done(&in) &&
	    (der_next(&in, DER_CONTEXT(2), NULL, &salt) < 0 ||
		der_uint(&salt, &n) < 0 || !der_done(&salt) || !der_done(&in)))
		return false;
	if (n > PKI_RSA_MAX_BITS / 8)
		return false;
	*ret = (int)n;
	return true;
}

const struct pki_sig_alg *
pki_sig_find_salted(struct bytes alg, int *ret_salt)
{
	const struct pki_sig_alg *found = pki_sig_find(alg);
	struct der in, params;
	struct bytes oid;
	size_t i;

	*ret_salt = PKI_SIG_SALT_HASH;
	if (found || der_sole(alg, DER_SEQUENCE, &in) < 0 ||
	    der_oid(&in, &oid) < 0 || !pki_oid_is(oid, PKI_OID_KEY_RSA_PSS) ||
	    der_next(&in, DER_SEQUENCE, NULL, &params) < 0 || !der_done(&in))
		return found;
	for (i = 0; i < ARRAY_LEN(algs); i++)
		if (algs[i].family == PKI_SIG_RSA_PSS &&
		    read_salt(der_bytes(params), &algs[i], ret_salt))
			return &algs[i];
	return NULL;
}

const struct pki_sig_alg *
pki_sig_of(enum pki_sig_family family, enum pki_hash hash)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(algs); i++)
		if (algs[i].family == family && algs[i].hash == hash &&
		    !algs[i].refused)
			return &algs[i];
	return NULL;
}

/* clang-format off */
static const struct bytes hashes[PKI_HASH_COUNT][2] = {
	[PKI_HASH_SHA1] = { BYTES_INIT("\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a"),
	    BYTES_INIT("\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00") },
#define SHA2(n)                                                              \
	{ BYTES_INIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" n), \
	    BYTES_INIT("\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" n  \
		       "\x05\x00") }
	[PKI_HASH_SHA256] = SHA2("\x01"),
	[PKI_HASH_SHA384] = SHA2("\x02"),
	[PKI_HASH_SHA512] = SHA2("\x03"),
#undef SHA2
};
/* clang-format on */

enum pki_hash
pki_sig_hash(struct bytes alg)
{
	unsigned i;

	for (i = PKI_HASH_SHA1; i < PKI_HASH_COUNT; i++)
		if (bytes_eq(alg, hashes[i][0]) || bytes_eq(alg, hashes[i][1]))
			return (enum pki_hash)i;
	return PKI_HASH_NONE;
}

struct bytes
pki_sig_hash_der(enum pki_hash hash)
{
	return hashes[hash][0];
}

const struct pki_sig_alg *
pki_sig_default(enum pki_key_kind kind, unsigned bits)
{
	(void)bits;
	switch (kind) {
	case PKI_KEY_RSA:
		return pki_sig_of(PKI_SIG_RSA, PKI_HASH_SHA256);
	case PKI_KEY_P256:
		return pki_sig_of(PKI_SIG_ECDSA, PKI_HASH_SHA256);
	case PKI_KEY_P384:
		return pki_sig_of(PKI_SIG_ECDSA, PKI_HASH_SHA384);
	case PKI_KEY_P521:
		return pki_sig_of(PKI_SIG_ECDSA, PKI_HASH_SHA512);
	case PKI_KEY_ED25519:
		return pki_sig_of(PKI_SIG_ED25519, PKI_HASH_NONE);
	case PKI_KEY_COUNT:
	default:
		return NULL;
	}
}

bool
pki_sig_fits(enum pki_sig_family family, enum pki_key_kind kind)
{
	switch (family) {
	case PKI_SIG_RSA:
	case PKI_SIG_RSA_PSS:
		return kind == PKI_KEY_RSA;
	case PKI_SIG_ECDSA:
		return kind == PKI_KEY_P256 || kind == PKI_KEY_P384 ||
		       kind == PKI_KEY_P521;
	case PKI_SIG_ED25519:
		return kind == PKI_KEY_ED25519;
	default:
		return false;
	}
}

void
pki_sig_size(const struct pki_key *key, size_t *ret_min, size_t *ret_max)
{
	size_t order = (key->bits + 7) / 8;
	/* An INTEGER below the order, which may need a leading zero byte
	 * unless the order's top byte is not full (P-521). */
	size_t integer = 2 + order + (key->bits % 8 == 0);

	if (key->kind == PKI_KEY_RSA) {
		*ret_min = *ret_max = key->n.n;
	} else if (key->kind == PKI_KEY_ED25519) {
		*ret_min = *ret_max = 64;
	} else {
		*ret_max = der_head_size(2 * integer) + 2 * integer;
		*ret_min = 8; /* r and s of one byte */
	}
}

/* ---- verifying -------------------------------------------------------- */

static int
bad_signature(struct err *err)
{
	ERR_clear_error();
	return err_set(err, ERR_BAD_SIGNATURE,
	    "the signature does not fit the public key: the data was changed "
	    "or signed with another key");
}

static int
verify_ed25519(struct pki_tools *t, EVP_PKEY *pkey, struct bytes tbs,
    struct bytes sig, struct err *err)
{
	EVP_MD_CTX_reset(t->verify);
	if (EVP_DigestVerifyInit_ex(
		t->verify, NULL, NULL, NULL, NULL, pkey, NULL) <= 0)
		return pki_tools_failed(err, "verification did not start");
	if (EVP_DigestVerify(t->verify, sig.p, sig.n, tbs.p, tbs.n) != 1)
		return bad_signature(err);
	return 0;
}

static bool
set_padding(
    EVP_PKEY_CTX *ctx, const struct pki_sig_alg *alg, int salt, EVP_MD *md)
{
	if (EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0)
		return false;
	if (alg->family == PKI_SIG_RSA)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	if (alg->family == PKI_SIG_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(
			   ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
			   salt == PKI_SIG_SALT_HASH ? RSA_PSS_SALTLEN_DIGEST
						     : salt) > 0;
	return true;
}

static int
check_accepted(const struct pki_sig_alg *alg, struct err *err)
{
	if (!alg)
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the signature algorithm is not one of those accepted");
	if (alg->refused)
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the signature algorithm %s is too weak and is not "
		    "accepted; sign with SHA-256 or better",
		    alg->name);
	return 0;
}

static int
verify_digest(struct pki_tools *t, EVP_PKEY *pkey,
    const struct pki_sig_alg *alg, int salt, struct bytes digest,
    struct bytes sig, struct err *err)
{
	AUTO_OF(EVP_PKEY_CTX) ctx = NULL;

	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (!ctx || EVP_PKEY_verify_init(ctx) <= 0 ||
	    !set_padding(ctx, alg, salt, t->md[alg->hash]))
		return pki_tools_failed(err, "verification did not start");
	if (EVP_PKEY_verify(ctx, sig.p, sig.n, digest.p, digest.n) != 1)
		return bad_signature(err);
	return 0;
}

static int
verify(struct pki_tools *t, EVP_PKEY *pkey, const struct pki_sig_alg *alg,
    int salt, struct bytes tbs, struct bytes sig, struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	size_t n;

	if (check_accepted(alg, err) < 0)
		return -1;
	if (alg->family == PKI_SIG_ED25519)
		return verify_ed25519(t, pkey, tbs, sig, err);
	if (pki_tools_hash(t, alg->hash, tbs, digest, &n, err) < 0)
		return -1;
	return verify_digest(t, pkey, alg, salt, bytes_of(digest, n), sig, err);
}

int
pki_sig_verify_with(struct pki_tools *t, EVP_PKEY *pkey,
    const struct pki_sig_alg *alg, struct bytes tbs, struct bytes sig,
    struct err *err)
{
	return verify(t, pkey, alg, PKI_SIG_SALT_HASH, tbs, sig, err);
}

static int
borrow_key(struct pki_tools *t, const struct pki_key *key,
    const struct pki_sig_alg *alg, EVP_PKEY **ret, struct err *err)
{
	if (alg && !pki_sig_fits(alg->family, key->kind))
		return err_set(err, ERR_BAD_SIGNATURE,
		    "the signature algorithm %s does not belong to a key of "
		    "the kind %s",
		    alg->name, pki_key_kind_name(key->kind));
	return pki_key_lend(t, key, ret, err);
}

int
pki_sig_verify_salted(struct pki_tools *t, const struct pki_key *key,
    const struct pki_sig_alg *alg, int salt, struct bytes tbs, struct bytes sig,
    struct err *err)
{
	EVP_PKEY *pkey = NULL;

	if (borrow_key(t, key, alg, &pkey, err) < 0)
		return -1;
	return verify(t, pkey, alg, salt, tbs, sig, err);
}

int
pki_sig_verify(struct pki_tools *t, const struct pki_key *key,
    const struct pki_sig_alg *alg, struct bytes tbs, struct bytes sig,
    struct err *err)
{
	return pki_sig_verify_salted(
	    t, key, alg, PKI_SIG_SALT_HASH, tbs, sig, err);
}

int
pki_sig_verify_sha1(struct pki_tools *t, const struct pki_key *key,
    const struct pki_sig_alg *alg, struct bytes tbs, struct bytes sig,
    struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	EVP_PKEY *pkey = NULL;
	size_t n;

	if (!alg || alg->hash != PKI_HASH_SHA1)
		return pki_sig_verify(t, key, alg, tbs, sig, err);
	if (borrow_key(t, key, alg, &pkey, err) < 0 ||
	    pki_tools_hash(t, alg->hash, tbs, digest, &n, err) < 0)
		return -1;
	return verify_digest(
	    t, pkey, alg, PKI_SIG_SALT_HASH, bytes_of(digest, n), sig, err);
}

int
pki_sig_verify_digest(struct pki_tools *t, const struct pki_key *key,
    const struct pki_sig_alg *alg, struct bytes digest, struct bytes sig,
    struct err *err)
{
	EVP_PKEY *pkey = NULL;

	if (check_accepted(alg, err) < 0 ||
	    borrow_key(t, key, alg, &pkey, err) < 0)
		return -1;
	if (digest.n == 0 || digest.n != pki_hash_size(alg->hash))
		return err_set(err, ERR_INTERNAL, "a digest of another size");
	return verify_digest(t, pkey, alg, PKI_SIG_SALT_HASH, digest, sig, err);
}
