#include "cli/site.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/folder.h"
#include "pki/der.h"
#include "pki/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

AUTO_FOREIGN(EVP_PKEY, EVP_PKEY_free);
AUTO_FOREIGN(X509, X509_free);
AUTO_FOREIGN(X509_REQ, X509_REQ_free);
AUTO_FOREIGN(X509_EXTENSION, X509_EXTENSION_free);
AUTO_FOREIGN(BIO, BIO_free_all);

#define FILE_MAX    65536
#define CA_FILE_MAX 1048576 /* of all generations */

static int
openssl_failed(const char *what, struct err *err)
{
	char reason[160];

	ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
	ERR_clear_error();
	return err_set(err, ERR_INTERNAL, "%s failed: %s", what, reason);
}

static bool
is_address(const char *name)
{
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);

	ASN1_OCTET_STRING_free(ip);
	return ip != NULL;
}

/* "DNS:localhost,IP:127.0.0.1,..." */
static int
alternative_names(
    const struct cli_config *config, struct buf *out, struct err *err)
{
	size_t i;

	for (i = 0; i < config->site_name_count; i++)
		buf_addf(out, "%s%s:%s", i ? "," : "",
		    is_address(config->site_names[i]) ? "IP" : "DNS",
		    config->site_names[i]);
	return buf_check(out, "the site's names", err);
}

static int
add_names(X509_REQ *req, const struct cli_config *config, struct err *err)
{
	AUTO_BUF names = BUF_WITH_LIMIT(CLI_NAMES_MAX * (CLI_TEXT_MAX + 8));
	AUTO_OF(X509_EXTENSION) san = NULL;
	STACK_OF(X509_EXTENSION) * list;
	int rc;

	if (alternative_names(config, &names, err) < 0)
		return -1;
	san = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_subject_alt_name, buf_str(&names));
	list = sk_X509_EXTENSION_new_null();
	rc = san && list && sk_X509_EXTENSION_push(list, san) > 0 &&
	     X509_REQ_add_extensions(req, list) == 1;
	sk_X509_EXTENSION_free(list);
	return rc ? 0 : openssl_failed("Naming the site", err);
}

static int
make_request(const struct cli_config *config, EVP_PKEY *key,
    struct buf *ret_der, struct err *err)
{
	AUTO_OF(X509_REQ) req = X509_REQ_new();
	X509_NAME *subject;
	uint8_t *der = NULL;
	int n;

	if (!req || config->site_name_count == 0)
		return err_set(err, ERR_CONFIG,
		    "The configuration names no host for the site "
		    "(site_names).");
	subject = X509_REQ_get_subject_name(req);
	if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		(const uint8_t *)config->site_names[0], -1, -1, 0) != 1 ||
	    X509_REQ_set_pubkey(req, key) != 1)
		return openssl_failed("Making the site's request", err);
	if (add_names(req, config, err) < 0)
		return -1;
	if (X509_REQ_sign(req, key, EVP_sha256()) <= 0 ||
	    (n = i2d_X509_REQ(req, &der)) <= 0)
		return openssl_failed("Signing the site's request", err);
	buf_add(ret_der, der, (size_t)n);
	OPENSSL_free(der);
	return buf_check(ret_der, "the site's request", err);
}

static int
write_key(const struct cli_config *config, EVP_PKEY *key, struct err *err)
{
	AUTO_OF(BIO) mem = BIO_new(BIO_s_secmem());
	char *text;
	long n;

	if (!mem || PEM_write_bio_PKCS8PrivateKey(
			mem, key, NULL, NULL, 0, NULL, NULL) != 1)
		return openssl_failed("Writing the site's key", err);
	n = BIO_get_mem_data(mem, &text);
	return cli_folder_write(config->folder, "tls/web.key",
	    bytes_of(text, (size_t)n), 0600, NULL, err);
}

/* With what is above it. */
static void
add_generation(struct buf *pem, const struct rpc_generation *g)
{
	struct der list = der_of(g->issuers);
	struct der all;

	pki_pem_write(pem, "CERTIFICATE", g->cert, PKI_PEM_LF);
	while (
	    !der_done(&list) && der_next(&list, DER_SEQUENCE, &all, NULL) == 0)
		pki_pem_write(pem, "CERTIFICATE", der_bytes(all), PKI_PEM_LF);
}

int
cli_site_add_ca(struct rpc_client *client, uint32_t generation, struct buf *pem,
    struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_info *info;

	if (rpc_do_CA_INFO(client, &ask, &msg, &info, err) < 0)
		return -1;
	for (size_t i = info->generation_count; i-- > 0;)
		if (info->generations[i].index == generation) {
			add_generation(pem, &info->generations[i]);
			return 0;
		}
	return err_set(
	    err, ERR_NOT_FOUND, "The CA has no certificate of its own yet.");
}

static int
obtain(const struct cli_config *config, struct err *err)
{
	AUTO_OF(EVP_PKEY) key = EVP_EC_gen("P-256");
	AUTO_BUF request = BUF_WITH_LIMIT(RPC_REQUEST_MAX);
	AUTO_BUF chain = BUF_WITH_LIMIT(FILE_MAX);
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_result *result;
	struct rpc_submit ask = { .target_ca = "",
		.attributes = "",
		.address = "",
		.agent = "opencertsrv" };

	if (!key)
		return openssl_failed("Making the site's key", err);
	if (make_request(config, key, &request, err) < 0 ||
	    cli_session_to(config, "", ROLE_OPERATOR, &client, err) < 0)
		return -1;
	ask.request = buf_bytes(&request);
	if (rpc_do_SITE_CERTIFICATE(client, &ask, &msg, &result, err) < 0)
		return -1;
	if (result->cert.n == 0)
		return err_set(err, ERR_POLICY, "%s",
		    *result->sentence ? result->sentence : result->message);
	pki_pem_write(&chain, "CERTIFICATE", result->cert, PKI_PEM_LF);
	if (cli_site_add_ca(client, result->generation, &chain, err) < 0)
		return -1;
	if (buf_check(&chain, "the site's certificate", err) < 0 ||
	    write_key(config, key, err) < 0)
		return -1;
	return cli_folder_write(
	    config->folder, "tls/web.pem", buf_bytes(&chain), 0644, NULL, err);
}

static X509 *
load_certificate(const struct cli_config *config, const char *name)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(CA_FILE_MAX);
	AUTO_OF(BIO) mem = NULL;

	if (cli_folder_read(config->folder, name, &pem, NULL) < 0)
		return NULL;
	mem = BIO_new_mem_buf(pem.p, (int)pem.n);
	return mem ? PEM_read_bio_X509(mem, NULL, NULL, NULL) : NULL;
}

static EVP_PKEY *
load_key(const struct cli_config *config)
{
	char path[PATH_MAX];
	AUTO_OF(BIO) file = NULL;

	if (cli_folder_path(
		path, sizeof(path), config->folder, "tls/web.key", NULL) < 0)
		return NULL;
	file = BIO_new_file(path, "r");
	return file ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
}

static bool
names_fit(const struct cli_config *config, X509 *cert)
{
	size_t i;

	for (i = 0; i < config->site_name_count; i++) {
		const char *name = config->site_names[i];

		if (X509_check_ip_asc(cert, name, 0) != 1 &&
		    X509_check_host(cert, name, 0, 0, NULL) != 1)
			return false;
	}
	return true;
}

/* Less than a third of its life is left (or it has not begun: the clock of
 * the machine was set back). */
static bool
is_old(X509 *cert)
{
	time_t now = (time_t)clock_now();
	int days, seconds, left_days, left_seconds;
	ASN1_TIME *at = ASN1_TIME_set(NULL, now);
	bool old = true;

	if (at &&
	    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(cert),
		X509_get0_notAfter(cert)) == 1 &&
	    ASN1_TIME_diff(
		&left_days, &left_seconds, at, X509_get0_notAfter(cert)) == 1) {
		int64_t life = (int64_t)days * 86400 + seconds;
		int64_t left = (int64_t)left_days * 86400 + left_seconds;

		old = left * 3 < life || left > life;
	}
	ASN1_TIME_free(at);
	return old;
}

int
cli_site_ensure(
    const struct cli_config *config, bool *ret_renewed, struct err *err)
{
	AUTO_OF(X509) cert = load_certificate(config, "tls/web.pem");
	AUTO_OF(EVP_PKEY) key = load_key(config);

	ERR_clear_error();
	*ret_renewed = !cert || !key ||
		       X509_check_private_key(cert, key) != 1 || is_old(cert) ||
		       !names_fit(config, cert);
	ERR_clear_error();
	if (!*ret_renewed)
		return 0;
	if (obtain(config, err) < 0)
		return err_wrap(err, "The certificate of the web site");
	return 0;
}

int
cli_site_write_ca_from(
    const struct cli_config *config, struct rpc_client *client, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO_BUF pem = BUF_WITH_LIMIT(CA_FILE_MAX);
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_info *info;
	int64_t now = clock_now();

	if (rpc_do_CA_INFO(client, &ask, &msg, &info, err) < 0)
		return -1;
	if (info->generation_count == 0)
		return err_set(err, ERR_NOT_FOUND,
		    "The CA has no certificate of its own yet.");
	for (size_t i = info->generation_count; i-- > 0;)
		if (i + 1 == info->generation_count ||
		    info->generations[i].not_after > now)
			add_generation(&pem, &info->generations[i]);
	if (buf_check(&pem, "ca.pem", err) < 0)
		return -1;
	return cli_folder_write(
	    config->folder, "ca.pem", buf_bytes(&pem), 0644, NULL, err);
}

int
cli_site_write_ca(const struct cli_config *config, struct err *err)
{
	AUTO(rpc_client) client = NULL;

	if (cli_session_to(config, "", ROLE_ADMIN, &client, err) < 0)
		return -1;
	return cli_site_write_ca_from(config, client, err);
}

int
cli_site_fingerprint(const struct cli_config *config,
    char dst[CLI_SITE_FINGERPRINT_MAX], struct err *err)
{
	AUTO_OF(X509) cert = load_certificate(config, "ca.pem");
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;

	if (!cert || X509_digest(cert, EVP_sha256(), digest, &n) != 1)
		return err_set(err, ERR_BAD_DATA,
		    "%s/ca.pem is not a certificate.", config->folder);
	for (i = 0; i < n; i++)
		(void)snprintf(dst + (size_t)i * 3, 4,
		    i + 1 < n ? "%02X:" : "%02X", digest[i]);
	return 0;
}
