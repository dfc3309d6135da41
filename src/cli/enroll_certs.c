/* What comes back: certificates, judged before anything is written. */
#include "cli/enroll.h"

#include "base/clock.h"
#include "base/str.h"
#include "pki/cert.h"
#include "pki/pem.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

AUTO_FOREIGN(X509, X509_free);
AUTO_FOREIGN(PKCS7, PKCS7_free);
AUTO_FOREIGN(PKCS12, PKCS12_free);
AUTO_FOREIGN(X509_STORE, X509_STORE_free);
AUTO_FOREIGN(X509_STORE_CTX, X509_STORE_CTX_free);
/* The stack's own macros declare more than one name of a type. */
typedef STACK_OF(X509) enroll_stack;

static void
stack_free(enroll_stack *s)
{
	sk_X509_pop_free(s, X509_free);
}
AUTO_FOREIGN(enroll_stack, stack_free);

#define PBES2_ROUNDS  100000
#define LEGACY_ROUNDS 2048
#define MAC_ROUNDS    2048
#define MAC_SALT      8 /* longer ones are refused by some systems */

void
enroll_certs_clear(struct enroll_certs *c)
{
	while (c->n > 0)
		buf_clear(&c->der[--c->n]);
}

static int
add(struct enroll_certs *c, struct bytes der, struct err *err)
{
	if (c->n == ENROLL_CERTS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "The chain has more than %d certificates.",
		    ENROLL_CERTS_MAX);
	buf_init(&c->der[c->n], PKI_CERT_MAX);
	buf_add_bytes(&c->der[c->n++], der);
	return buf_check(&c->der[c->n - 1], "a certificate", err);
}

static X509 *
decode(const struct buf *der)
{
	const uint8_t *p = der->p;

	return d2i_X509(NULL, &p, (long)der->n);
}

/* --- fetching
 * ------------------------------------------------------------------ */

static int
not_issued(struct bytes body, struct err *err)
{
	struct enroll_page page;

	enroll_page_read(body, &page);
	if (page.kind == ENROLL_PAGE_UNKNOWN)
		return err_set(err, ERR_PROTOCOL,
		    "The server sent something that is no certificate.");
	return err_set(err, ERR_NOT_FOUND,
	    "There is no certificate under that number (%.200s).",
	    page.message[0] ? page.message : "the server gives no reason");
}

static int
fetch_leaf(struct enroll_http *h, uint64_t id, struct enroll_certs *ret,
    struct err *err)
{
	AUTO_BUF body = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	enum pki_pem_kind kind;
	char what[64];

	(void)snprintf(
	    what, sizeof(what), "certnew.cer?ReqID=%ju&Enc=b64", (uintmax_t)id);
	if (enroll_http_get(h, what, &body, err) < 0)
		return -1;
	if (pki_pem_read(buf_bytes(&body), &der, &kind, NULL) < 0 ||
	    kind != PKI_PEM_CERTIFICATE)
		return not_issued(buf_bytes(&body), err);
	return add(ret, buf_bytes(&der), err);
}

static int
add_chain(PKCS7 *p7, struct enroll_certs *ret, struct err *err)
{
	const STACK_OF(X509) *list =
	    PKCS7_type_is_signed(p7) ? p7->d.sign->cert : NULL;
	int i;

	for (i = 0; i < sk_X509_num(list); i++) {
		uint8_t *der = NULL;
		int n = i2d_X509(sk_X509_value(list, i), &der);
		struct bytes one = bytes_of(der, n > 0 ? (size_t)n : 0);
		int rc = 0;

		if (n > 0 && !bytes_eq(one, buf_bytes(&ret->der[0])))
			rc = add(ret, one, err);
		OPENSSL_free(der);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int
fetch_chain(struct enroll_http *h, uint64_t id, struct enroll_certs *ret,
    struct err *err)
{
	AUTO_BUF body = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	AUTO_OF(PKCS7) p7 = NULL;
	enum pki_pem_kind kind;
	const uint8_t *p;
	char what[64];

	(void)snprintf(
	    what, sizeof(what), "certnew.p7b?ReqID=%ju&Enc=b64", (uintmax_t)id);
	if (enroll_http_get(h, what, &body, err) < 0)
		return -1;
	if (pki_pem_read(buf_bytes(&body), &der, &kind, NULL) == 0 &&
	    kind == PKI_PEM_CMS) {
		p = der.p;
		p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	}
	ERR_clear_error();
	if (!p7)
		return err_set(err, ERR_PROTOCOL,
		    "The server sent no readable chain for the certificate.");
	return add_chain(p7, ret, err);
}

/* --- judging
 * ------------------------------------------------------------------- */

static int
check_key(const struct enroll_certs *c, struct bytes spki, struct err *err)
{
	struct pki_cert cert;

	if (pki_cert_parse(buf_bytes(&c->der[0]), &cert, err) < 0)
		return err_wrap(err, "the certificate that came");
	if (bytes_eq(cert.spki, spki))
		return 0;
	return err_set(err, ERR_BAD_DATA,
	    "The certificate that came is for another key than this one. "
	    "Nothing was written; is the request number the right one?");
}

static int
not_trusted(X509_STORE_CTX *ctx, const char *ca_file, struct err *err)
{
	return err_set(err, ERR_DENIED,
	    "The certificate that came does not lead to a CA of %.100s "
	    "(%.120s). "
	    "Nothing was written.%s",
	    ca_file[0] ? ca_file : "this system",
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)),
	    ca_file[0] ? "" : " Name the CA with --ca-file PEM.");
}

static int
check_chain(const struct enroll_certs *c, const char *ca_file, struct err *err)
{
	AUTO_OF(X509_STORE) store = X509_STORE_new();
	AUTO_OF(X509_STORE_CTX) ctx = X509_STORE_CTX_new();
	AUTO_OF(enroll_stack) others = sk_X509_new_null();
	AUTO_OF(X509) leaf = decode(&c->der[0]);
	size_t i;

	for (i = 1; others && i < c->n; i++) {
		X509 *x = decode(&c->der[i]);

		if (!x || sk_X509_push(others, x) <= 0)
			X509_free(x);
	}
	if (!store || !ctx || !others || !leaf ||
	    (ca_file[0] ? X509_STORE_load_file(store, ca_file)
			: X509_STORE_set_default_paths(store)) != 1)
		return err_set(err, ERR_INVALID,
		    "The CA certificates of %.200s cannot be read.",
		    ca_file[0] ? ca_file : "this system");
	X509_VERIFY_PARAM_set_time(
	    X509_STORE_get0_param(store), (time_t)clock_now());
	if (X509_STORE_CTX_init(ctx, store, leaf, others) != 1 ||
	    X509_verify_cert(ctx) != 1) {
		ERR_clear_error();
		return not_trusted(ctx, ca_file, err);
	}
	return 0;
}

int
enroll_certs_fetch(struct enroll_http *h, uint64_t id, struct bytes spki,
    const char *ca_file, struct enroll_certs *ret, struct err *err)
{
	if (fetch_leaf(h, id, ret, err) < 0 ||
	    fetch_chain(h, id, ret, err) < 0 ||
	    (spki.n && check_key(ret, spki, err) < 0))
		return -1;
	return check_chain(ret, ca_file, err);
}

/* --- writing
 * -------------------------------------------------------------------- */

static bool
is_root(const struct buf *der)
{
	struct pki_cert cert;

	return pki_cert_parse(buf_bytes(der), &cert, NULL) == 0 &&
	       bytes_eq(cert.issuer, cert.subject);
}

int
enroll_certs_pem(const struct enroll_certs *c, struct buf *out, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (i == 0 || !is_root(&c->der[i]))
			pki_pem_write(out, "CERTIFICATE", buf_bytes(&c->der[i]),
			    PKI_PEM_LF);
	return buf_check(out, "the certificates", err);
}

int
enroll_certs_read_leaf(const char *path, struct buf *ret_der, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_FILE_MAX);
	const char end[] = "-----END CERTIFICATE-----";
	enum pki_pem_kind kind;
	const uint8_t *at;

	if (cli_file_read(path, &text, err) < 0)
		return -1;
	at = bytes_find(buf_bytes(&text), BYTES_LIT("-----END CERTIFICATE-"));
	if (at) /* the leaf is the first of several */
		text.n = (size_t)(at - text.p) + sizeof(end) - 1;
	if (pki_pem_read(buf_bytes(&text), ret_der, &kind, NULL) < 0 ||
	    kind != PKI_PEM_CERTIFICATE)
		return err_set(
		    err, ERR_BAD_DATA, "There is no certificate in %s.", path);
	return 0;
}

/* The MAC is added apart, because its hash is chosen here. */
static PKCS12 *
make_pkcs12(const char *password, const char *name, EVP_PKEY *pkey, X509 *leaf,
    enroll_stack *others, bool legacy)
{
	int nid =
	    legacy ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
	PKCS12 *p = PKCS12_create(password, name, pkey, leaf, others, nid, nid,
	    legacy ? LEGACY_ROUNDS : PBES2_ROUNDS, -1, 0);

	if (p && PKCS12_set_mac(p, password, -1, NULL, MAC_SALT, MAC_ROUNDS,
		     legacy ? EVP_sha1() : EVP_sha256()) != 1) {
		PKCS12_free(p);
		p = NULL;
	}
	return p;
}

static int
build_pkcs12(const struct enroll_certs *c, const struct enroll_state *s,
    struct cli_key *key, const struct secret *password, struct buf *out,
    struct err *err)
{
	const char *name = s->friendly_name[0] ? s->friendly_name : NULL;
	AUTO_OF(X509) leaf = decode(&c->der[0]);
	AUTO_OF(enroll_stack) others = sk_X509_new_null();
	AUTO_OF(PKCS12) p12 = NULL;
	uint8_t *der = NULL;
	size_t i;
	int n;

	if (!cli_key_pkey(key))
		return err_set(err, ERR_INVALID,
		    "The key is on a token and cannot be put into a PKCS#12 "
		    "file.");
	for (i = 1; others && i < c->n; i++) {
		X509 *x = decode(&c->der[i]);

		if (!x || sk_X509_push(others, x) <= 0)
			X509_free(x);
	}
	if (leaf && others)
		p12 = make_pkcs12((const char *)secret_bytes(password).p, name,
		    cli_key_pkey(key), leaf, others, s->pkcs12_legacy);
	n = p12 ? i2d_PKCS12(p12, &der) : -1;
	if (n <= 0)
		return pki_tools_failed(err, "Making the PKCS#12 file failed");
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	return buf_check(out, "the PKCS#12 file", err);
}

int
enroll_certs_pkcs12(const struct enroll_certs *c, const struct enroll_state *s,
    struct cli_key *key, const char *path, struct err *err)
{
	const char *file = s->pkcs12_password_file;
	AUTO_BUF der = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO(secret) password = NULL;

	if (cli_key_new_passphrase(file[0] ? file : NULL, &password, err) < 0 ||
	    build_pkcs12(c, s, key, password, &der, err) < 0)
		return -1;
	return cli_file_replace(path, buf_bytes(&der), 0600, err);
}
