#include "cli/key.h"

#include "base/str.h"
#include "cli/file.h"
#include "cli/password.h"
#include "cli/token.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

AUTO_FOREIGN(BIO, BIO_free_all);
AUTO_FOREIGN(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free);
AUTO_FOREIGN(X509_SIG, X509_SIG_free);
AUTO_FOREIGN(X509_ALGOR, X509_ALGOR_free);

#define ROUNDS 100000 /* PBKDF2 */
/* Names of PEM blocks that are an encrypted key in one of the two forms. */
#define MARK_PKCS8 "ENCRYPTED PRIVATE KEY"
#define MARK_OLD   "Proc-Type: 4,ENCRYPTED"

struct cli_key {
	EVP_PKEY *pkey;
	struct cli_token *token;
	struct buf spki;
	struct pki_key pub; /* borrows from spki */
};

/* clang-format off */
static const struct cli_key_sort sorts[] = {
	{ "rsa2048", PKI_KEY_RSA,     2048, NULL },
	{ "rsa3072", PKI_KEY_RSA,     3072, NULL },
	{ "rsa4096", PKI_KEY_RSA,     4096, NULL },
	{ "p256",    PKI_KEY_P256,    256,  "P-256" },
	{ "p384",    PKI_KEY_P384,    384,  "P-384" },
	{ "p521",    PKI_KEY_P521,    521,  "P-521" },
	{ "ed25519", PKI_KEY_ED25519, 256,  NULL },
};
/* clang-format on */

const struct cli_key_sort *
cli_key_sort(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(sorts); i++)
		if (str_eq_ci(sorts[i].word, word))
			return &sorts[i];
	return NULL;
}

const struct cli_key_sort *
cli_key_sort_of(const struct cli_key *k)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(sorts); i++)
		if (sorts[i].kind == k->pub.kind &&
		    (k->pub.kind != PKI_KEY_RSA ||
			sorts[i].bits == k->pub.bits))
			return &sorts[i];
	return NULL;
}

/* --- from and to OpenSSL ------------------------------------------------- */

/* Takes the reference to pkey. */
static int
wrap(EVP_PKEY *take_pkey, struct cli_key **ret, struct err *err)
{
	struct cli_key *k = calloc(1, sizeof(*k));
	uint8_t *der = NULL;
	int n;

	if (!k) {
		EVP_PKEY_free(take_pkey);
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	}
	k->pkey = take_pkey;
	buf_init(&k->spki, CLI_FILE_MAX);
	n = i2d_PUBKEY(k->pkey, &der);
	if (n > 0)
		buf_add(&k->spki, der, (size_t)n);
	OPENSSL_free(der);
	if (n <= 0 || buf_failed(&k->spki) ||
	    pki_key_parse(buf_bytes(&k->spki), &k->pub, err) < 0) {
		cli_key_free(k);
		return n > 0 ? -1 : pki_tools_failed(err, "Reading the key");
	}
	*ret = k;
	return 0;
}

int
cli_key_make(
    const struct cli_key_sort *sort, struct cli_key **ret, struct err *err)
{
	EVP_PKEY *pkey =
	    sort->kind == PKI_KEY_RSA
		? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)sort->bits)
	    : sort->group ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", sort->group)
			  : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (!pkey)
		return pki_tools_failed(err, "Making the key failed");
	return wrap(pkey, ret, err);
}

static bool
is_encrypted(struct bytes pem)
{
	return bytes_find(pem, BYTES_LIT(MARK_PKCS8)) ||
	       bytes_find(pem, BYTES_LIT(MARK_OLD));
}

int
cli_key_is_encrypted(const char *file, bool *ret, struct err *err)
{
	struct buf pem = BUF_WITH_LIMIT(65536);
	int rc = cli_file_read(file, &pem, err);

	*ret = is_encrypted(buf_bytes(&pem));
	secret_wipe(pem.p, pem.n);
	buf_clear(&pem);
	return rc;
}

static int
give_passphrase(char *dst, int size, int writing, void *ctx)
{
	const struct secret *s = ctx;
	struct bytes b = s ? secret_bytes(s) : BYTES_NONE;

	(void)writing;
	if (!s || b.n > (size_t)size)
		return -1;
	memcpy(dst, b.p, b.n);
	return (int)b.n;
}

static int
passphrase_of(
    const struct cli_key_place *place, struct secret **ret, struct err *err)
{
	char prompt[160];

	if (place->secret_file)
		return cli_password_from_file(place->secret_file, ret, err);
	(void)snprintf(
	    prompt, sizeof(prompt), "Passphrase of %.120s", place->file);
	return cli_password_ask(prompt, ret, err);
}

static int
open_file(
    const struct cli_key_place *place, struct cli_key **ret, struct err *err)
{
	struct buf pem = BUF_WITH_LIMIT(65536);
	AUTO(secret) passphrase = NULL;
	AUTO_OF(BIO) mem = NULL;
	EVP_PKEY *pkey = NULL;
	int rc = cli_file_read(place->file, &pem, err);

	if (rc == 0 && is_encrypted(buf_bytes(&pem)))
		rc = passphrase_of(place, &passphrase, err);
	if (rc == 0) {
		mem = BIO_new_mem_buf(buf_str(&pem), (int)pem.n);
		if (mem)
			pkey = PEM_read_bio_PrivateKey(
			    mem, NULL, give_passphrase, passphrase);
		ERR_clear_error();
		if (!pkey)
			rc = err_set(err, ERR_BAD_DATA,
			    passphrase ? "The passphrase does not open the key "
					 "%s, or its file is damaged."
				       : "There is no private key in %s.",
			    place->file);
	}
	secret_wipe(pem.p, pem.n);
	buf_clear(&pem);
	return rc < 0 ? -1 : wrap(pkey, ret, err);
}

static int
wrap_token(struct cli_token *take, struct cli_key **ret, struct err *err)
{
	struct cli_key *k = calloc(1, sizeof(*k));

	if (!k) {
		cli_token_free(take);
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	}
	k->token = take;
	buf_init(&k->spki, CLI_FILE_MAX);
	buf_add_bytes(&k->spki, cli_token_spki(take));
	if (buf_check(&k->spki, "the public key", err) < 0 ||
	    pki_key_parse(buf_bytes(&k->spki), &k->pub, err) < 0) {
		cli_key_free(k);
		return -1;
	}
	*ret = k;
	return 0;
}

int
cli_key_open(
    const struct cli_key_place *place, struct cli_key **ret, struct err *err)
{
	struct cli_token *token = NULL;

	if (!place->uri)
		return open_file(place, ret, err);
	if (cli_token_open(place, &token, err) < 0)
		return -1;
	return wrap_token(token, ret, err);
}

int
cli_key_make_on_token(const struct cli_key_place *place,
    const struct cli_key_sort *sort, bool extractable, struct cli_key **ret,
    struct err *err)
{
	struct cli_token *token = NULL;

	if (cli_token_make(place, sort, extractable, &token, err) < 0)
		return -1;
	return wrap_token(token, ret, err);
}

void
cli_key_free(struct cli_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	cli_token_free(k->token);
	buf_clear(&k->spki);
	free(k);
}

/* --- writing ------------------------------------------------------------- */

/* PBES2: AES-256-CBC under PBKDF2 with HMAC-SHA-256 (RFC 8018 6.2). */
static bool
put_encrypted(BIO *mem, EVP_PKEY *pkey, struct bytes passphrase)
{
	AUTO_OF(PKCS8_PRIV_KEY_INFO) plain = EVP_PKEY2PKCS8(pkey);
	AUTO_OF(X509_ALGOR)
	alg = PKCS5_pbe2_set_iv(
	    EVP_aes_256_cbc(), ROUNDS, NULL, 16, NULL, NID_hmacWithSHA256);
	AUTO_OF(X509_SIG) sealed = NULL;

	if (!plain || !alg)
		return false;
	sealed = PKCS8_set0_pbe(
	    (const char *)passphrase.p, (int)passphrase.n, plain, alg);
	if (!sealed)
		return false;
	alg = NULL; /* it belongs to `sealed` now */
	return PEM_write_bio_PKCS8(mem, sealed) == 1;
}

int
cli_key_write(const struct cli_key *k, const char *path,
    const struct secret *passphrase, struct err *err)
{
	AUTO_OF(BIO) mem = BIO_new(BIO_s_secmem());
	char *text;
	long n;

	if (!mem ||
	    !(passphrase ? put_encrypted(mem, k->pkey, secret_bytes(passphrase))
			 : PEM_write_bio_PKCS8PrivateKey(
			       mem, k->pkey, NULL, NULL, 0, NULL, NULL) == 1))
		return pki_tools_failed(err, "Writing the key failed");
	n = BIO_get_mem_data(mem, &text);
	return cli_file_write_new(path, bytes_of(text, (size_t)n), 0600, err);
}

int
cli_key_new_passphrase(const char *file, struct secret **ret, struct err *err)
{
	AUTO(secret) first = NULL;
	AUTO(secret) second = NULL;

	if (file)
		return cli_password_from_file(file, ret, err);
	if (cli_password_ask("Passphrase for the new key", &first, err) < 0)
		return err_wrap(err,
		    "The key is protected by a passphrase; give "
		    "--passphrase-file FILE, or --no-passphrase");
	if (cli_password_ask("The same again", &second, err) < 0)
		return -1;
	if (!secret_eq(secret_bytes(first), secret_bytes(second)))
		return err_set(err, ERR_INVALID,
		    "The two passphrases differ. Nothing was written.");
	*ret = TAKE(first);
	return 0;
}

/* --- use ----------------------------------------------------------------- */

const struct pki_key *
cli_key_public(const struct cli_key *k)
{
	return &k->pub;
}

struct bytes
cli_key_spki(const struct cli_key *k)
{
	return buf_bytes(&k->spki);
}

EVP_PKEY *
cli_key_pkey(const struct cli_key *k)
{
	return k->pkey;
}

int
cli_key_alg(const struct cli_key *k, enum pki_hash hash,
    const struct pki_sig_alg **ret, struct err *err)
{
	enum pki_sig_family family =
	    k->pub.kind == PKI_KEY_RSA ? PKI_SIG_RSA : PKI_SIG_ECDSA;

	*ret = hash == PKI_HASH_NONE || k->pub.kind == PKI_KEY_ED25519
		   ? pki_sig_default(k->pub.kind, k->pub.bits)
		   : pki_sig_of(family, hash);
	if (!*ret || (*ret)->refused)
		return err_set(err, ERR_INVALID,
		    "A key of the kind %s cannot sign with %s here.",
		    pki_key_kind_name(k->pub.kind),
		    pki_hash_name(hash) ? pki_hash_name(hash) : "that hash");
	return 0;
}

int
cli_key_sign(struct cli_key *k, const struct pki_sig_alg *alg, struct bytes tbs,
    uint8_t *ret, size_t *ret_n, struct err *err)
{
	AUTO(pki_sigmake) s = NULL;

	if (k->token)
		return cli_token_sign(
		    k->token, &k->pub, alg, tbs, ret, ret_n, err);
	if (pki_sigmake_new(k->pkey, alg, &s, err) < 0)
		return -1;
	return pki_sigmake_sign(s, tbs, ret, ret_n, err);
}
