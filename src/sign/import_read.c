/* import_read.c - keys and certificates out of PKCS#12 and PEM. */
#include "sign/import_state.h"

#include "pki/key.h"
#include "pki/tools.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#define PASSWORD_MAX 1024
#define DEPTH_MAX    4
#define BAGS_MAX     1024
#define DASHES       "-----"

AUTO_FOREIGN(BIO, BIO_free_all);
AUTO_FOREIGN(PKCS12, PKCS12_free);
AUTO_FOREIGN(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free);

/* --- what was found ------------------------------------------------------ */

/* Takes key over, also when it fails. */
static int
add_key(struct sign_import *im, EVP_PKEY *take_key, struct err *err)
{
	size_t i;

	for (i = 0; i < im->key_n; i++)
		if (EVP_PKEY_eq(im->keys[i], take_key) == 1) {
			EVP_PKEY_free(take_key);
			return 0;
		}
	if (im->key_n == SIGN_KEYS_MAX) {
		EVP_PKEY_free(take_key);
		return err_set(err, ERR_TOO_LARGE,
		    "there are more than %d keys", SIGN_KEYS_MAX);
	}
	im->keys[im->key_n++] = take_key;
	return 0;
}

/* Takes cert over, also when it fails. */
static int
add_cert(struct sign_import *im, X509 *take_cert, struct err *err)
{
	size_t i;

	for (i = 0; i < im->cert_n; i++)
		if (X509_cmp(im->certs[i], take_cert) == 0) {
			X509_free(take_cert);
			return 0;
		}
	if (im->cert_n == SIGN_IMPORT_CERTS) {
		X509_free(take_cert);
		return err_set(err, ERR_TOO_LARGE,
		    "there are more than %d certificates", SIGN_IMPORT_CERTS);
	}
	im->certs[im->cert_n++] = take_cert;
	return 0;
}

static int
unreadable(struct err *err, const char *what)
{
	ERR_clear_error();
	return err_set(err, ERR_BAD_DATA, "%s cannot be read", what);
}

/* --- PKCS#12 (RFC 7292) -------------------------------------------------- */

struct p12 {
	struct sign_import *im;
	const char *password;
	size_t bags; /* seen so far */
};

static int bags(struct p12 *p, const STACK_OF(PKCS12_SAFEBAG) * list,
    unsigned depth, struct err *err);

static int
plain_key(struct p12 *p, const PKCS8_PRIV_KEY_INFO *info, struct err *err)
{
	EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;

	if (!key)
		return unreadable(err, "a key of the PKCS#12 file");
	return add_key(p->im, key, err);
}

static int
bag(struct p12 *p, const PKCS12_SAFEBAG *b, unsigned depth, struct err *err)
{
	AUTO_OF(PKCS8_PRIV_KEY_INFO) info = NULL;
	X509 *cert;

	switch (PKCS12_SAFEBAG_get_nid(b)) {
	case NID_keyBag:
		return plain_key(p, PKCS12_SAFEBAG_get0_p8inf(b), err);
	case NID_pkcs8ShroudedKeyBag:
		info = PKCS12_decrypt_skey(b, p->password, -1);
		return plain_key(p, info, err);
	case NID_certBag:
		cert = PKCS12_SAFEBAG_get1_cert(b);
		if (!cert)
			return unreadable(
			    err, "a certificate of the PKCS#12 file");
		return add_cert(p->im, cert, err);
	case NID_safeContentsBag:
		return bags(p, PKCS12_SAFEBAG_get0_safes(b), depth + 1, err);
	default: /* CRLs and secrets are nothing of ours */
		return 0;
	}
}

static int
bags(struct p12 *p, const STACK_OF(PKCS12_SAFEBAG) * list, unsigned depth,
    struct err *err)
{
	if (depth > DEPTH_MAX)
		return err_set(err, ERR_BAD_DATA,
		    "the PKCS#12 file is nested deeper than %d", DEPTH_MAX);
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(list); i++) {
		if (++p->bags > BAGS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "the PKCS#12 file has more than %d parts",
			    BAGS_MAX);
		if (bag(p, sk_PKCS12_SAFEBAG_value(list, i), depth, err) < 0)
			return -1;
	}
	return 0;
}

static int
safe(struct p12 *p, PKCS7 *part, struct err *err)
{
	STACK_OF(PKCS12_SAFEBAG) *list = NULL;
	int rc;

	switch (OBJ_obj2nid(part->type)) {
	case NID_pkcs7_data:
		list = PKCS12_unpack_p7data(part);
		break;
	case NID_pkcs7_encrypted:
		list = PKCS12_unpack_p7encdata(part, p->password, -1);
		break;
	default:
		break;
	}
	if (!list)
		return unreadable(err, "a part of the PKCS#12 file");
	rc = bags(p, list, 0, err);
	sk_PKCS12_SAFEBAG_pop_free(list, PKCS12_SAFEBAG_free);
	return rc;
}

static int
check_password(struct p12 *p, PKCS12 *file, struct err *err)
{
	if (PKCS12_verify_mac(file, p->password, -1))
		return 0;
	ERR_clear_error();
	/* No password at all, and an empty one, are written differently. */
	if (!*p->password && PKCS12_verify_mac(file, NULL, 0)) {
		p->password = NULL;
		return 0;
	}
	ERR_clear_error();
	return err_set(err, ERR_UNAUTHENTICATED,
	    "the password does not open the PKCS#12 file (or the file is "
	    "damaged). Nothing was taken");
}

static int
read_pkcs12(struct sign_import *im, const char *password, struct bytes file,
    struct err *err)
{
	struct p12 p = { .im = im, .password = password };
	const unsigned char *at = file.p;
	AUTO_OF(PKCS12) p12 = d2i_PKCS12(NULL, &at, (long)file.n);
	STACK_OF(PKCS7) * parts;
	int rc = 0;

	if (!p12)
		return unreadable(
		    err, "the file: it is neither PKCS#12 nor PEM, and");
	if (check_password(&p, p12, err) < 0)
		return -1;
	parts = PKCS12_unpack_authsafes(p12);
	if (!parts)
		return unreadable(err, "the content of the PKCS#12 file");
	for (int i = 0; rc == 0 && i < sk_PKCS7_num(parts); i++)
		rc = safe(&p, sk_PKCS7_value(parts, i), err);
	sk_PKCS7_pop_free(parts, PKCS7_free);
	return rc;
}

/* --- PEM ------------------------------------------------------------------ */

static int
give_password(char *dst, int size, int writing, void *ctx)
{
	size_t n = strlen(ctx);

	(void)writing;
	if (size < 0 || n == 0 || n > (size_t)size)
		return -1;
	memcpy(dst, ctx, n);
	return (int)n;
}

static int
pem_block(struct sign_import *im, char *password, const char *label, size_t n,
    BIO *block, struct err *err)
{
	const size_t suffix = strlen("PRIVATE KEY");
	EVP_PKEY *key;
	X509 *cert;

	if (n >= suffix &&
	    memcmp(label + n - suffix, "PRIVATE KEY", suffix) == 0) {
		key = PEM_read_bio_PrivateKey(
		    block, NULL, give_password, password);
		if (key)
			return add_key(im, key, err);
		ERR_clear_error();
		return err_set(err, ERR_UNAUTHENTICATED,
		    "a private key of the PEM file cannot be read: it is "
		    "damaged, or the password is missing or wrong. Nothing "
		    "was taken");
	}
	if (n != strlen("CERTIFICATE") || memcmp(label, "CERTIFICATE", n) != 0)
		return 0; /* parameters, a CRL, a request */
	cert = PEM_read_bio_X509(block, NULL, NULL, NULL);
	if (!cert)
		return unreadable(err, "a certificate of the PEM file");
	return add_cert(im, cert, err);
}

/* One block after the other, so that what is no key and no certificate does
 * not hide those behind it. */
static int
read_pem(
    struct sign_import *im, char *password, struct bytes file, struct err *err)
{
	static const char begin[] = DASHES "BEGIN ", end[] = DASHES "END ";
	const char *at = (const char *)file.p, *stop = at + file.n;

	while ((at = memmem(at, (size_t)(stop - at), begin, strlen(begin)))) {
		const char *label = at + strlen(begin);
		const char *close = memmem(
		    label, (size_t)(stop - label), DASHES, strlen(DASHES));
		const char *last =
		    memmem(label, (size_t)(stop - label), end, strlen(end));
		const char *line;
		AUTO_OF(BIO) block = NULL;

		if (!close || !last || close > last)
			return unreadable(err, "a block of the PEM file");
		line = memchr(last, '\n', (size_t)(stop - last));
		line = line ? line + 1 : stop;
		block = BIO_new_mem_buf(at, (int)(line - at));
		if (!block)
			return err_set(err, ERR_NO_MEMORY, "reading PEM");
		if (pem_block(im, password, label, (size_t)(close - label),
			block, err) < 0)
			return -1;
		at = line;
	}
	return 0;
}

int
sign_import_file(struct sign_import *im, struct bytes password,
    struct bytes file, struct err *err)
{
	char text[PASSWORD_MAX + 1];
	int rc;

	if (password.n > PASSWORD_MAX ||
	    (password.n && memchr(password.p, 0, password.n)))
		return err_set(err, ERR_INVALID,
		    "a password has at most %d bytes, none of them zero",
		    PASSWORD_MAX);
	if (file.n == 0)
		return err_set(err, ERR_BAD_DATA, "the file is empty");
	if (password.n)
		memcpy(text, password.p, password.n);
	text[password.n] = '\0';
	if (file.p[0] == 0x30)
		rc = read_pkcs12(im, text, file, err);
	else
		rc = read_pem(im, text, file, err);
	secret_wipe(text, sizeof(text));
	return rc;
}
