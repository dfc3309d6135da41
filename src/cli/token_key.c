/* Making a key pair on the token, reading its public half, signing. */
#include "cli/token_state.h"

#include "cli/tlv.h"
#include "pki/der.h"
#include "pki/oid.h"

#include <openssl/rand.h>

#define ATTRIBUTE_MAX 2048
#define ID_SIZE       16

/* --- the public key (RFC 3279, 5480, 8410) ---------------------------------
 */

static int
attribute(struct cli_token *t, CK_ATTRIBUTE_TYPE type, uint8_t *space,
    struct bytes *ret, struct err *err)
{
	CK_ATTRIBUTE a = { type, space, ATTRIBUTE_MAX };
	CK_RV rv = t->f->C_GetAttributeValue(t->session, t->pub, &a, 1);

	if (rv != CKR_OK)
		return cli_token_failed(
		    err, "Reading the public key from the token failed", rv);
	*ret = bytes_of(space, a.ulValueLen);
	return 0;
}

static void
put_positive(struct buf *out, struct bytes n)
{
	uint8_t space[ATTRIBUTE_MAX + 8];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_positive(&b, n);
	buf_add_bytes(out, der_back_done(&b));
}

static void
put_spki(struct buf *out, struct bytes algorithm, struct bytes key)
{
	AUTO_BUF bits = BUF_WITH_LIMIT(2 * ATTRIBUTE_MAX);
	AUTO_BUF in = BUF_WITH_LIMIT(2 * ATTRIBUTE_MAX);

	buf_add_char(&bits, 0);
	buf_add_bytes(&bits, key);
	cli_tlv(&in, DER_SEQUENCE, algorithm);
	cli_tlv(&in, DER_BIT_STRING, buf_bytes(&bits));
	cli_tlv(out, DER_SEQUENCE, buf_bytes(&in));
}

static int
read_rsa(struct cli_token *t, struct err *err)
{
	uint8_t n_space[ATTRIBUTE_MAX], e_space[ATTRIBUTE_MAX];
	AUTO_BUF numbers = BUF_WITH_LIMIT(2 * ATTRIBUTE_MAX);
	AUTO_BUF key = BUF_WITH_LIMIT(2 * ATTRIBUTE_MAX);
	AUTO_BUF alg = BUF_WITH_LIMIT(64);
	struct bytes n, e;

	if (attribute(t, CKA_MODULUS, n_space, &n, err) < 0 ||
	    attribute(t, CKA_PUBLIC_EXPONENT, e_space, &e, err) < 0)
		return -1;
	put_positive(&numbers, n);
	put_positive(&numbers, e);
	cli_tlv(&key, DER_SEQUENCE, buf_bytes(&numbers));
	cli_tlv_oid(&alg, PKI_OID_KEY_RSA);
	cli_tlv(&alg, DER_NULL, BYTES_NONE);
	put_spki(&t->spki, buf_bytes(&alg), buf_bytes(&key));
	return 0;
}

/* The point is an OCTET STRING in DER; some modules give it bare. */
static int
read_point(struct cli_token *t, bool edwards, struct err *err)
{
	uint8_t params_space[ATTRIBUTE_MAX], point_space[ATTRIBUTE_MAX];
	AUTO_BUF alg = BUF_WITH_LIMIT(ATTRIBUTE_MAX + 64);
	struct bytes params = BYTES_NONE, point;
	struct der in;

	if (attribute(t, CKA_EC_POINT, point_space, &point, err) < 0 ||
	    (!edwards &&
		attribute(t, CKA_EC_PARAMS, params_space, &params, err) < 0))
		return -1;
	if (der_sole(point, DER_OCTET_STRING, &in) == 0)
		point = der_bytes(in);
	cli_tlv_oid(&alg, edwards ? PKI_OID_KEY_ED25519 : PKI_OID_KEY_EC);
	buf_add_bytes(&alg, params);
	put_spki(&t->spki, buf_bytes(&alg), point);
	return 0;
}

int
cli_token_read_public(struct cli_token *t, struct err *err)
{
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE a = { CKA_KEY_TYPE, &type, sizeof(type) };
	CK_RV rv = t->f->C_GetAttributeValue(t->session, t->pub, &a, 1);
	int rc;

	if (rv != CKR_OK)
		return cli_token_failed(
		    err, "Reading the public key from the token failed", rv);
	if (type == CKK_RSA)
		rc = read_rsa(t, err);
	else if (type == CKK_EC || type == CKK_EC_EDWARDS)
		rc = read_point(t, type == CKK_EC_EDWARDS, err);
	else
		rc = err_set(err, ERR_INVALID,
		    "The key on the token is neither RSA nor elliptic.");
	return rc < 0 ? -1 : buf_check(&t->spki, "the token's public key", err);
}

/* --- making ----------------------------------------------------------------
 */

static const enum pki_oid curves[PKI_KEY_COUNT] = {
	[PKI_KEY_P256] = PKI_OID_CURVE_P256,
	[PKI_KEY_P384] = PKI_OID_CURVE_P384,
	[PKI_KEY_P521] = PKI_OID_CURVE_P521,
	[PKI_KEY_ED25519] = PKI_OID_KEY_ED25519,
};

static CK_RV
generate(struct cli_token *t, const struct cli_key_sort *sort, bool extractable)
{
	struct cli_token_address *at = &t->address;
	bool rsa = sort->kind == PKI_KEY_RSA;
	CK_MECHANISM m = { rsa ? CKM_RSA_PKCS_KEY_PAIR_GEN
			   : sort->kind == PKI_KEY_ED25519
			       ? CKM_EC_EDWARDS_KEY_PAIR_GEN
			       : CKM_EC_KEY_PAIR_GEN,
		NULL, 0 };
	CK_BBOOL yes = CK_TRUE, out = extractable ? CK_TRUE : CK_FALSE;
	CK_BBOOL hidden = extractable ? CK_FALSE : CK_TRUE;
	CK_ULONG bits = sort->bits;
	uint8_t exponent[] = { 1, 0, 1 };
	AUTO_BUF curve = BUF_WITH_LIMIT(64);
	CK_ATTRIBUTE pub[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
		{ CKA_LABEL, at->object, strlen(at->object) },
		{ CKA_ID, at->id, at->id_n },
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
		{ CKA_ENCRYPT, &yes, sizeof(yes) },
	};
	CK_ATTRIBUTE priv[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &hidden, sizeof(hidden) },
		{ CKA_EXTRACTABLE, &out, sizeof(out) },
		{ CKA_SIGN, &yes, sizeof(yes) },
		{ CKA_LABEL, at->object, strlen(at->object) },
		{ CKA_ID, at->id, at->id_n },
		{ CKA_DECRYPT, &yes, sizeof(yes) },
	};

	if (!rsa) {
		cli_tlv_oid(&curve, curves[sort->kind]);
		pub[4] = (CK_ATTRIBUTE){ CKA_EC_PARAMS, curve.p, curve.n };
	}
	return t->f->C_GenerateKeyPair(t->session, &m, pub,
	    rsa ? ARRAY_LEN(pub) : 5, priv,
	    rsa ? ARRAY_LEN(priv) : ARRAY_LEN(priv) - 1, &t->pub, &t->key);
}

int
cli_token_make(const struct cli_key_place *place,
    const struct cli_key_sort *sort, bool extractable, struct cli_token **ret,
    struct err *err)
{
	AUTO(cli_token) t = NULL;
	size_t n = 0;
	CK_RV rv;

	if (cli_token_start(place, true, &t, err) < 0 ||
	    cli_token_find(t, CKO_PRIVATE_KEY, &t->key, &n, err) < 0)
		return -1;
	if (n > 0)
		return err_set(err, ERR_EXISTS,
		    "There is a key of that name on the token already. Choose "
		    "another object=, or use that key with "
		    "--use-existing-key.");
	if (t->address.id_n == 0) {
		if (RAND_bytes(t->address.id, ID_SIZE) != 1)
			return pki_tools_failed(err, "No random bytes");
		t->address.id_n = ID_SIZE;
	}
	rv = generate(t, sort, extractable);
	if (rv != CKR_OK)
		return cli_token_failed(
		    err, "Making the key on the token failed", rv);
	if (cli_token_read_public(t, err) < 0)
		return -1;
	*ret = TAKE(t);
	return 0;
}

/* --- signing ---------------------------------------------------------------
 */

/* DigestInfo (RFC 8017 9.2) up to the digest. */
static const struct {
	enum pki_hash hash;
	uint8_t head[19];
} digest_infos[] = {
	{ PKI_HASH_SHA256,
	    { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 } },
	{ PKI_HASH_SHA384,
	    { 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30 } },
	{ PKI_HASH_SHA512,
	    { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40 } },
};

/* What the token gets: the digest, for RSA in its DigestInfo, for Ed25519 the
 * text itself. */
static int
prepare(const struct pki_sig_alg *alg, struct bytes tbs, struct buf *out,
    struct err *err)
{
	uint8_t digest[PKI_DIGEST_MAX];
	size_t n = 0, i;

	if (alg->family == PKI_SIG_ED25519) {
		buf_add_bytes(out, tbs);
		return buf_check(out, "what is to be signed", err);
	}
	if (EVP_Q_digest(NULL, pki_hash_name(alg->hash), NULL, tbs.p, tbs.n,
		digest, &n) != 1)
		return pki_tools_failed(err, "Hashing failed");
	for (i = 0; alg->family == PKI_SIG_RSA && i < ARRAY_LEN(digest_infos);
	     i++)
		if (digest_infos[i].hash == alg->hash)
			buf_add(out, digest_infos[i].head, 19);
	buf_add(out, digest, n);
	return buf_check(out, "what is to be signed", err);
}

/* r and s side by side become SEQUENCE { r, s } (RFC 3279 2.2.3). */
static int
ecdsa_to_der(uint8_t *sig, size_t *n, struct err *err)
{
	uint8_t space[PKI_SIGNATURE_MAX];
	struct der_back b;
	struct bytes done;
	size_t half = *n / 2;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_positive(&b, bytes_of(sig + half, half));
	der_back_positive(&b, bytes_of(sig, half));
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	done = der_back_done(&b);
	if (b.failed || *n % 2 != 0)
		return err_set(err, ERR_SYSTEM,
		    "The token's signature is not of the expected form.");
	memcpy(sig, done.p, done.n);
	*n = done.n;
	return 0;
}

static const CK_MECHANISM_TYPE mechanisms[] = {
	[PKI_SIG_RSA] = CKM_RSA_PKCS,
	[PKI_SIG_RSA_PSS] = 0,
	[PKI_SIG_ECDSA] = CKM_ECDSA,
	[PKI_SIG_ED25519] = CKM_EDDSA,
};

/* Keys that ask for the PIN before every signature (smart cards). */
static void
confirm(struct cli_token *t)
{
	CK_BBOOL always = CK_FALSE;
	CK_ATTRIBUTE a = { CKA_ALWAYS_AUTHENTICATE, &always, sizeof(always) };

	if (t->f->C_GetAttributeValue(t->session, t->key, &a, 1) == CKR_OK &&
	    always)
		(void)t->f->C_Login(t->session, CKU_CONTEXT_SPECIFIC,
		    secret_mem(t->pin), (CK_ULONG)secret_bytes(t->pin).n);
}

int
cli_token_sign(struct cli_token *t, const struct pki_key *pub,
    const struct pki_sig_alg *alg, struct bytes tbs, uint8_t *ret,
    size_t *ret_n, struct err *err)
{
	CK_MECHANISM m = { mechanisms[alg->family], NULL, 0 };
	AUTO_BUF text = BUF_WITH_LIMIT(1024 * 1024);
	CK_ULONG n = PKI_SIGNATURE_MAX;
	CK_RV rv;

	if (!pki_sig_fits(alg->family, pub->kind) || m.mechanism == 0)
		return err_set(err, ERR_INVALID,
		    "The token does not sign with %s here.", alg->name);
	if (prepare(alg, tbs, &text, err) < 0)
		return -1;
	rv = t->f->C_SignInit(t->session, &m, t->key);
	if (rv == CKR_OK) {
		confirm(t);
		rv = t->f->C_Sign(t->session, text.p, text.n, ret, &n);
	}
	if (rv != CKR_OK)
		return cli_token_failed(err, "Signing on the token failed", rv);
	*ret_n = n;
	return alg->family == PKI_SIG_ECDSA ? ecdsa_to_der(ret, ret_n, err) : 0;
}
