#include "pki/key.h"
#include "pki/der.h"
#include "pki/oid.h"
#include "pki/rsa_weak.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

/* clang-format off */
static const struct kind {
	const char *name;
	unsigned bits;
	size_t key_bits;    /* exact length, 0 for RSA */
	enum pki_oid curve;
	struct bytes alg;   /* AlgorithmIdentifier, head and content */
} kinds[PKI_KEY_COUNT] = {
	[PKI_KEY_RSA] = { "RSA", 0, 0, PKI_OID_NONE, BYTES_INIT(
		"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
		"\x05\x00") },
	[PKI_KEY_P256] = { "P-256", 256, 65, PKI_OID_CURVE_P256, BYTES_INIT(
		"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
		"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07") },
	[PKI_KEY_P384] = { "P-384", 384, 97, PKI_OID_CURVE_P384, BYTES_INIT(
		"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
		"\x06\x05\x2b\x81\x04\x00\x22") },
	[PKI_KEY_P521] = { "P-521", 521, 133, PKI_OID_CURVE_P521, BYTES_INIT(
		"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
		"\x06\x05\x2b\x81\x04\x00\x23") },
	[PKI_KEY_ED25519] = { "Ed25519", 256, 32, PKI_OID_NONE, BYTES_INIT(
		"\x30\x05\x06\x03\x2b\x65\x70") },
};
/* clang-format on */

const char *
pki_key_kind_name(enum pki_key_kind kind)
{
	return kind < PKI_KEY_COUNT ? kinds[kind].name : "?";
}

/* Say what is wrong with an algorithm that is in no row of the table. */
static int
unknown_algorithm(struct bytes alg, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	struct der in;
	struct bytes oid, curve;

	if (der_sole(alg, DER_SEQUENCE, &in) < 0 || der_oid(&in, &oid) < 0)
		return err_set(err, ERR_BAD_DATA,
		    "the public key's algorithm is not readable");
	if (pki_oid_is(oid, PKI_OID_KEY_EC) && der_oid(&in, &curve) == 0)
		return err_set(err, ERR_WEAK_KEY,
		    "the elliptic curve %s is not accepted; use P-256, P-384 "
		    "or P-521",
		    pki_oid_name(curve, text));
	if (pki_oid_is(oid, PKI_OID_KEY_EC))
		return err_set(err, ERR_WEAK_KEY,
		    "an elliptic curve given by its parameters is not "
		    "accepted; use P-256, P-384 or P-521 by name");
	if (pki_oid_is(oid, PKI_OID_KEY_RSA))
		return err_set(err, ERR_BAD_DATA,
		    "the RSA key's algorithm has wrong parameters");
	return err_set(err, ERR_WEAK_KEY,
	    "keys of the algorithm %s are not accepted; use RSA, P-256, "
	    "P-384, P-521 or Ed25519",
	    pki_oid_name(oid, text));
}

/* ---- RSA -------------------------------------------------------------- */

static unsigned
bit_length(struct bytes x)
{
	return x.n ? (unsigned)(x.n * 8) -
			 (unsigned)(__builtin_clz(x.p[0]) - 24)
		   : 0;
}

/* Within bounds for which a signature can be verified at little cost. */
static int
read_rsa(struct pki_key *k, struct err *err)
{
	struct der in;

	if (der_sole(k->key_bits, DER_SEQUENCE, &in) < 0 ||
	    der_positive(&in, &k->n) < 0 || der_positive(&in, &k->e) < 0 ||
	    !der_done(&in))
		return err_set(err, ERR_BAD_DATA,
		    "the RSA key is malformed: it must be a modulus and an "
		    "exponent, both positive");
	k->bits = bit_length(k->n);
	if (k->bits > PKI_RSA_MAX_BITS)
		return err_set(err, ERR_WEAK_KEY,
		    "RSA key of %u bits; at most %d are accepted", k->bits,
		    PKI_RSA_MAX_BITS);
	if (k->e.n > 8)
		return err_set(err, ERR_WEAK_KEY,
		    "the exponent of the RSA key has more than 64 bits");
	return 0;
}

static int
check_rsa(const struct pki_key *k, struct err *err)
{
	const char *weak = pki_rsa_weak(k->n);

	if (k->bits < PKI_RSA_MIN_BITS)
		return err_set(err, ERR_WEAK_KEY,
		    "RSA key of %u bits; at least %d are needed", k->bits,
		    PKI_RSA_MIN_BITS);
	if (weak)
		return err_set(err, ERR_WEAK_KEY, "%s", weak);
	if (!(k->e.p[k->e.n - 1] & 1))
		return err_set(err, ERR_WEAK_KEY,
		    "the exponent of the RSA key is even: this is no key");
	if (bit_length(k->e) < 17)
		return err_set(err, ERR_WEAK_KEY,
		    "the exponent of the RSA key is below 65537");
	return 0;
}

/* The numbers in native order, as OSSL_PARAM wants them. */
static void
reverse(uint8_t *dst, struct bytes x)
{
	size_t i;

	for (i = 0; i < x.n; i++)
		dst[i] = x.p[x.n - 1 - i];
}

static int
import_rsa(struct pki_tools *t, const struct pki_key *k, EVP_PKEY **ret)
{
	uint8_t n[PKI_RSA_MAX_BITS / 8], e[8];
	OSSL_PARAM p[3];

	reverse(n, k->n);
	reverse(e, k->e);
	p[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, k->n.n);
	p[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, k->e.n);
	p[2] = OSSL_PARAM_construct_end();
	return EVP_PKEY_fromdata(t->rsa, ret, EVP_PKEY_PUBLIC_KEY, p);
}

/* ---- all kinds -------------------------------------------------------- */

static int
read_curve(struct pki_key *k, struct err *err)
{
	const struct kind *kind = &kinds[k->kind];

	k->bits = kind->bits;
	if (kind->curve != PKI_OID_NONE && k->key_bits.n > 0 &&
	    k->key_bits.p[0] != 4)
		return err_set(err, ERR_WEAK_KEY,
		    "the %s key's point is not in the uncompressed form",
		    kind->name);
	if (k->key_bits.n != kind->key_bits)
		return err_set(err, ERR_WEAK_KEY,
		    "the %s key has %zu bytes instead of %zu", kind->name,
		    k->key_bits.n, kind->key_bits);
	return 0;
}

int
pki_key_read(struct bytes spki, struct pki_key *ret, struct err *err)
{
	struct pki_key k = { .spki = spki };
	struct der in, alg;
	unsigned i;

	if (der_sole(spki, DER_SEQUENCE, &in) < 0 ||
	    der_next(&in, DER_SEQUENCE, &alg, NULL) < 0 ||
	    der_bits(&in, &k.key_bits) < 0 || !der_done(&in))
		return err_set(
		    err, ERR_BAD_DATA, "the public key is not readable");
	for (i = 0; i < PKI_KEY_COUNT; i++)
		if (bytes_eq(der_bytes(alg), kinds[i].alg))
			break;
	if (i == PKI_KEY_COUNT)
		return unknown_algorithm(der_bytes(alg), err);
	k.kind = (enum pki_key_kind)i;
	if ((k.kind == PKI_KEY_RSA ? read_rsa(&k, err) : read_curve(&k, err)) <
	    0)
		return -1;
	*ret = k;
	return 0;
}

int
pki_key_check(const struct pki_key *k, struct err *err)
{
	return k->kind == PKI_KEY_RSA ? check_rsa(k, err) : 0;
}

int
pki_key_parse(struct bytes spki, struct pki_key *ret, struct err *err)
{
	struct pki_key k;

	if (pki_key_read(spki, &k, err) < 0 || pki_key_check(&k, err) < 0)
		return -1;
	*ret = k;
	return 0;
}

static int
import_curve(struct pki_tools *t, const struct pki_key *k, EVP_PKEY **ret)
{
	EVP_PKEY *template = t->curve[k->kind - PKI_KEY_P256];
	EVP_PKEY *key = EVP_PKEY_new();

	*ret = key;
	if (!key || EVP_PKEY_copy_parameters(key, template) <= 0)
		return 0;
	return EVP_PKEY_set1_encoded_public_key(
	    key, k->key_bits.p, k->key_bits.n);
}

static int
no_valid_key(const struct pki_key *k, struct err *err)
{
	ERR_clear_error();
	return err_set(err, ERR_BAD_DATA,
	    "the %s key is malformed: its numbers make no valid key",
	    pki_key_kind_name(k->kind));
}

int
pki_key_import(struct pki_tools *t, const struct pki_key *k, EVP_PKEY **ret,
    struct err *err)
{
	AUTO_OF(EVP_PKEY) key = NULL;
	int ok;

	switch (k->kind) {
	case PKI_KEY_RSA:
		ok = import_rsa(t, k, &key);
		break;
	case PKI_KEY_ED25519:
		key = EVP_PKEY_new_raw_public_key_ex(
		    NULL, "ED25519", NULL, k->key_bits.p, k->key_bits.n);
		ok = key != NULL;
		break;
	case PKI_KEY_P256:
	case PKI_KEY_P384:
	case PKI_KEY_P521:
		ok = import_curve(t, k, &key);
		break;
	case PKI_KEY_COUNT:
	default:
		ok = 0;
	}
	if (ok <= 0)
		return no_valid_key(k, err);
	*ret = TAKE(key);
	return 0;
}

/* After a point that was refused the key of its curve is worth nothing, and is
 * not given away, until the next one is set. */
int
pki_key_lend(struct pki_tools *t, const struct pki_key *k, EVP_PKEY **ret,
    struct err *err)
{
	if (k->kind == PKI_KEY_RSA || k->kind == PKI_KEY_ED25519) {
		EVP_PKEY_free(TAKE(t->lent));
		if (pki_key_import(t, k, &t->lent, err) < 0)
			return -1;
		*ret = t->lent;
		return 0;
	}
	*ret = t->lent_curve[k->kind - PKI_KEY_P256];
	if (EVP_PKEY_set1_encoded_public_key(
		*ret, k->key_bits.p, k->key_bits.n) > 0)
		return 0;
	*ret = NULL;
	return no_valid_key(k, err);
}

int
pki_key_id(struct pki_tools *t, const struct pki_key *k,
    uint8_t ret[PKI_SHA1_SIZE], struct err *err)
{
	return pki_tools_hash(t, PKI_HASH_SHA1, k->key_bits, ret, NULL, err);
}
