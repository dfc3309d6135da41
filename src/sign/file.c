#include "sign/file.h"

#include "base/secret.h"
#include "pki/sigmake.h"
#include "sign/disk.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <fcntl.h>
#include <stdio.h>

#define KEY_FILE_MAX 8192

AUTO_FOREIGN(BIO, BIO_free_all);

struct file_signer {
	struct sign_signer base;
	int folder;
};

struct file_key {
	struct sign_key base;
	EVP_PKEY *pkey;
	uint8_t *spki;
};

struct file_session {
	struct sign_session base;
	struct pki_sigmake *make;
};

static const struct sign_signer_ops file_ops;

static void
key_name(char name[32], uint32_t index)
{
	(void)snprintf(name, 32, "%u.key", index);
}

/* --- keys -------------------------------------------------------------- */

static void
file_key_free(struct sign_key *key)
{
	struct file_key *k = (struct file_key *)key;

	EVP_PKEY_free(k->pkey);
	OPENSSL_free(k->spki);
	free(k);
}

/* A signature with a damaged private key can give the key away: see that
 * private and public part belong together before the first one leaves. */
static int
self_test(const struct file_key *k, struct err *err)
{
	static const uint8_t text[] = "a signer's first signature";
	AUTO(pki_sigmake) make = NULL;
	AUTO(pki_tools) tools = NULL;
	struct pki_key public;
	uint8_t sig[PKI_SIGNATURE_MAX];
	size_t n;

	if (pki_sigmake_new(k->pkey, k->base.alg, &make, err) < 0 ||
	    pki_tools_new(&tools, err) < 0 ||
	    pki_key_parse(k->base.spki, &public, err) < 0 ||
	    pki_sigmake_sign(make, BYTES_OF(text), sig, &n, err) < 0)
		return -1;
	return pki_sig_verify(
	    tools, &public, k->base.alg, BYTES_OF(text), bytes_of(sig, n), err);
}

/* Takes pkey over, also when it fails. */
static int
wrap_key(
    uint32_t index, EVP_PKEY *take_pkey, struct sign_key **ret, struct err *err)
{
	struct file_key *k = calloc(1, sizeof(*k));
	AUTO(sign_key) owned = k ? &k->base : NULL;
	enum pki_key_kind kind;
	unsigned bits;
	int n;

	if (!k) {
		EVP_PKEY_free(take_pkey);
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	}
	k->base.ops = &file_ops;
	k->base.index = index;
	k->pkey = take_pkey;
	if (pki_sigmake_kind(k->pkey, &kind, &bits, err) < 0)
		return -1;
	k->base.kind = sign_kind_of(kind, bits);
	if (!k->base.kind)
		return err_set(err, ERR_WEAK_KEY,
		    "a CA key must be %s, not %s of %u bits", sign_kind_words(),
		    pki_key_kind_name(kind), bits);
	k->base.alg = sign_kind_alg(k->base.kind);
	n = i2d_PUBKEY(k->pkey, &k->spki);
	if (n <= 0)
		return pki_tools_failed(err, "encoding the public key");
	k->base.spki = bytes_of(k->spki, (size_t)n);
	if (self_test(k, err) < 0)
		return err_wrap(err, "the key does not sign properly");
	*ret = TAKE(owned);
	return 0;
}

static int
no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static int
file_load(struct sign_signer *base, uint32_t index, struct sign_key **ret,
    struct err *err)
{
	struct file_signer *s = (struct file_signer *)base;
	AUTO(secret) text = NULL;
	AUTO_OF(BIO) bio = NULL;
	EVP_PKEY *pkey;
	char name[32];

	*ret = NULL;
	key_name(name, index);
	if (sign_disk_read(s->folder, name, KEY_FILE_MAX, &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	bio = BIO_new_mem_buf(secret_mem(text), (int)secret_bytes(text).n);
	pkey =
	    bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	if (!pkey) {
		(void)pki_tools_failed(err, name);
		return err_set(err, ERR_BAD_DATA,
		    "%s holds no private key in PKCS#8 PEM without password",
		    name);
	}
	if (wrap_key(index, pkey, ret, err) < 0)
		return err_wrap(err, "%s", name);
	return 0;
}

static EVP_PKEY *
generate(const struct sign_kind *kind)
{
	if (kind->rsa_bits)
		return EVP_PKEY_Q_keygen(
		    NULL, NULL, kind->type, (size_t)kind->rsa_bits);
	if (kind->group)
		return EVP_PKEY_Q_keygen(NULL, NULL, kind->type, kind->group);
	return EVP_PKEY_Q_keygen(NULL, NULL, kind->type);
}

/* BIO_s_secmem wipes what it held. */
static int
write_key(
    struct file_signer *s, const char *name, EVP_PKEY *pkey, struct err *err)
{
	AUTO_OF(BIO) bio = BIO_new(BIO_s_secmem());
	char *p = NULL;
	long n;

	if (!bio || !PEM_write_bio_PKCS8PrivateKey(
			bio, pkey, NULL, NULL, 0, NULL, NULL))
		return pki_tools_failed(err, "encoding the key");
	n = BIO_get_mem_data(bio, &p);
	if (n <= 0)
		return pki_tools_failed(err, "encoding the key");
	return sign_disk_write(s->folder, name, bytes_of(p, (size_t)n), err);
}

/* Takes pkey over, also when it fails. */
static int
keep_key(struct sign_signer *base, uint32_t index, EVP_PKEY *take_pkey,
    struct sign_key **ret, struct err *err)
{
	struct file_signer *s = (struct file_signer *)base;
	AUTO(sign_key) key = NULL;
	char name[32];

	key_name(name, index);
	if (wrap_key(index, take_pkey, &key, err) < 0)
		return -1;
	assert(key);
	if (write_key(s, name, ((struct file_key *)key)->pkey, err) < 0)
		return -1;
	*ret = TAKE(key);
	return 0;
}

static int
file_make_key(struct sign_signer *base, uint32_t index,
    const struct sign_kind *kind, struct sign_key **ret, struct err *err)
{
	struct file_signer *s = (struct file_signer *)base;
	EVP_PKEY *pkey;
	char name[32];

	key_name(name, index);
	if (faccessat(s->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(err, ERR_EXISTS, "%s is there already", name);
	pkey = generate(kind);
	if (!pkey)
		return pki_tools_failed(err, "making a key");
	return keep_key(base, index, pkey, ret, err);
}

int
sign_file_keep(struct sign_signer *base, uint32_t index, EVP_PKEY *pkey,
    struct sign_key **ret, struct err *err)
{
	if (!EVP_PKEY_up_ref(pkey))
		return err_set(err, ERR_INTERNAL, "a reference to a key");
	return keep_key(base, index, pkey, ret, err);
}

/* --- sessions ---------------------------------------------------------- */

static int
file_session_new(
    struct sign_key *key, struct sign_session **ret, struct err *err)
{
	struct file_key *k = (struct file_key *)key;
	struct file_session *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	s->base.ops = &file_ops;
	if (pki_sigmake_new(k->pkey, k->base.alg, &s->make, err) < 0) {
		free(s);
		return -1;
	}
	*ret = &s->base;
	return 0;
}

static int
file_sign_digest(struct sign_session *base, struct bytes digest, uint8_t *ret,
    size_t *ret_n, struct err *err)
{
	struct file_session *s = (struct file_session *)base;

	return pki_sigmake_sign_digest(s->make, digest, ret, ret_n, err);
}

static int
file_sign_message(struct sign_session *base, struct bytes message, uint8_t *ret,
    size_t *ret_n, struct err *err)
{
	struct file_session *s = (struct file_session *)base;

	return pki_sigmake_sign(s->make, message, ret, ret_n, err);
}

static void
file_session_free(struct sign_session *base)
{
	struct file_session *s = (struct file_session *)base;

	pki_sigmake_free(s->make);
	free(s);
}

/* --- the folder -------------------------------------------------------- */

static void
file_close(struct sign_signer *base)
{
	struct file_signer *s = (struct file_signer *)base;

	(void)close(s->folder);
	free(s);
}

static const struct sign_signer_ops file_ops = {
	.make_key = file_make_key,
	.load = file_load,
	.key_free = file_key_free,
	.session_new = file_session_new,
	.sign_digest = file_sign_digest,
	.sign_message = file_sign_message,
	.session_free = file_session_free,
	.close = file_close,
};

int
sign_file_open(const char *folder, struct sign_signer **ret, struct err *err)
{
	struct file_signer *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	s->base.ops = &file_ops;
	if (sign_disk_folder(folder, &s->folder, err) < 0) {
		free(s);
		return -1;
	}
	*ret = &s->base;
	return 0;
}
