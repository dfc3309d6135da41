/* ca_life.c - opencertsrv ca renew, ca install: the CA's next certificate. */
#include "cli/ca_life.h"

#include "base/str.h"
#include "cli/file.h"
#include "cli/folder.h"
#include "cli/setup.h"
#include "cli/site.h"
#include "pki/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>

AUTO_FOREIGN(X509, X509_free);
AUTO_FOREIGN(PKCS7, PKCS7_free);
AUTO_FOREIGN(BIO, BIO_free_all);

/* --- files with certificates ---------------------------------------------- */

static int
add_x509(X509 *cert, struct buf *out, struct err *err)
{
	uint8_t *der = NULL;
	int n = i2d_X509(cert, &der);

	if (n > 0)
		buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	if (n <= 0)
		return err_set(err, ERR_INTERNAL, "encoding a certificate");
	return buf_check(out, "the certificates", err);
}

/* How many PEM certificates it holds; a chain has the label too. */
static int
add_pem(struct bytes text, struct buf *out, struct err *err)
{
	AUTO_OF(BIO) bio = BIO_new_mem_buf(text.p, (int)text.n);
	int n = 0;

	while (bio) {
		AUTO_OF(X509) cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

		if (!cert)
			break;
		if (add_x509(cert, out, err) < 0)
			return -1;
		n++;
	}
	ERR_clear_error();
	return n;
}

static int
add_chain(struct bytes der, struct buf *out, struct err *err)
{
	const uint8_t *p = der.p;
	AUTO_OF(PKCS7) p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	const STACK_OF(X509) *list =
	    p7 && PKCS7_type_is_signed(p7) ? p7->d.sign->cert : NULL;

	ERR_clear_error();
	if (sk_X509_num(list) <= 0)
		return err_set(err, ERR_BAD_DATA, "it holds no certificates");
	for (int i = 0; i < sk_X509_num(list); i++)
		if (add_x509(sk_X509_value(list, i), out, err) < 0)
			return -1;
	return 0;
}

static int
add_file(const char *path, struct buf *out, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	enum pki_pem_kind kind;
	int n;

	if (cli_file_read(path, &text, err) < 0)
		return -1;
	if (pki_pem_is_private(buf_bytes(&text)))
		return err_set(err, ERR_PRIVATE_KEY,
		    "This is a private key, which is not needed and was not "
		    "sent.");
	n = add_pem(buf_bytes(&text), out, err);
	if (n != 0)
		return n < 0 ? -1 : 0;
	if (pki_pem_read(buf_bytes(&text), &der, &kind, err) < 0)
		return -1;
	if (kind == PKI_PEM_CMS)
		return add_chain(buf_bytes(&der), out, err);
	if (kind != PKI_PEM_CERTIFICATE)
		return err_set(err, ERR_BAD_DATA, "it holds no certificates");
	buf_add_bytes(out, buf_bytes(&der));
	return buf_check(out, "the certificates", err);
}

int
cli_ca_read_certificates(const struct cli *c, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < c->args.word_count; i++)
		if (add_file(c->args.words[i], out, err) < 0)
			return err_wrap(err, "%s", c->args.words[i]);
	return 0;
}

/* --- saying what became of it --------------------------------------------- */

static int
write_request(struct cli *c, struct bytes der, struct err *err)
{
	const char *path = cli_args_text(&c->args, "out");
	AUTO_BUF pem = BUF_WITH_LIMIT(2 * RPC_REQUEST_MAX);

	if (!path)
		return cli_output_pem(c, "CERTIFICATE REQUEST", der, err);
	pki_pem_write(&pem, "CERTIFICATE REQUEST", der, PKI_PEM_LF);
	if (buf_check(&pem, "the request", err) < 0)
		return -1;
	return cli_file_replace(path, buf_bytes(&pem), 0644, err);
}

static int
say_json(struct cli *c, const struct rpc_ca_renewed *r, struct err *err)
{
	json_t *o = json_pack("{s:i,s:i,s:s,s:s}", "index", (int)r->index,
	    "key", (int)r->key_index, "sentence", r->sentence, "warning",
	    r->warning);

	if (o && r->cert.n)
		(void)json_object_set_new(o, "certificate",
		    cli_output_json_pem("CERTIFICATE", r->cert));
	if (o && r->request.n)
		(void)json_object_set_new(o, "request",
		    cli_output_json_pem("CERTIFICATE REQUEST", r->request));
	return cli_output_json(c, o, err);
}

int
cli_ca_say(struct cli *c, const struct rpc_ca_renewed *r, struct err *err)
{
	bool json = cli_args_flag(&c->args, "json");

	if (r->request.n && (!json || cli_args_text(&c->args, "out") != NULL) &&
	    write_request(c, r->request, err) < 0)
		return -1;
	if (json)
		return say_json(c, r, err);
	/* The request itself may be what goes to the standard output. */
	(void)fprintf(r->request.n ? stderr : c->out, "%s\n", r->sentence);
	if (*r->warning)
		(void)fprintf(stderr, "opencertsrv: %s\n", r->warning);
	return 0;
}

/* The folder's copy for those who trust this CA. */
static int
renew_copy(struct cli *c, struct rpc_client *client, struct err *err)
{
	char path[PATH_MAX];

	if (cli_folder_path(
		path, sizeof(path), c->config.folder, "ca.pem", err) < 0)
		return -1;
	if (!cli_file_exists(path))
		return 0;
	if (cli_site_write_ca_from(&c->config, client, err) < 0)
		return err_wrap(err, "The CA has its new certificate, but the "
				     "copy was not written");
	return 0;
}

/* --- commands ------------------------------------------------------------- */

int
cli_ca_renew(struct cli *c, struct err *err)
{
	const char *kind = cli_args_text(&c->args, "key");
	struct rpc_ca_renew ask = {
		.new_key = kind || cli_args_flag(&c->args, "new-key"),
		.kind = kind ? kind : "",
	};
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_renewed *r;

	if (!ask.new_key && !cli_args_flag(&c->args, "same-key"))
		return err_set(err, ERR_INVALID,
		    "Say --same-key or --new-key. Nothing was changed.");
	if (ask.new_key && cli_args_flag(&c->args, "same-key"))
		return err_set(err, ERR_INVALID,
		    "--same-key and --new-key exclude each other. Nothing was "
		    "changed.");
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CA_RENEW(client, &ask, &msg, &r, err) < 0 ||
	    cli_ca_say(c, r, err) < 0)
		return -1;
	return r->cert.n ? renew_copy(c, client, err) : 0;
}

static int
ask_for_request(const struct cli_config *config, void *ctx, struct err *err)
{
	const struct rpc_ca_renew ask = { .kind = "" };
	struct cli *c = ctx;
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_renewed *r;

	(void)config;
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CA_RENEW(client, &ask, &msg, &r, err) < 0)
		return -1;
	return cli_ca_say(c, r, err);
}

/* Key, root certificate and base CRL of a configuration that has none yet; or
 * key and request. */
int
cli_ca_init(struct cli *c, struct err *err)
{
	bool sub = cli_args_flag(&c->args, "subordinate");

	if (cli_load(c, err) < 0)
		return -1;
	if (cli_session_runs(&c->config)) {
		(void)fprintf(stderr,
		    "opencertsrv: %s is running; it has its key already.\n",
		    c->config.folder);
		return CLI_EXIT_STATE;
	}
	if (sub != c->config.subordinate)
		return err_set(err, ERR_CONFIG,
		    sub ? "The configuration says that this CA is a root. For "
			  "a subordinate write `subordinate: true` into its "
			  "section ca. Nothing was made."
			: "The configuration says `subordinate: true`: use "
			  "ca init --subordinate. Nothing was made.");
	return cli_setup_init(&c->config, sub ? ask_for_request : NULL, c, err);
}

static int
install(struct cli *c, bool first, struct err *err)
{
	AUTO_BUF certs = BUF_WITH_LIMIT(RPC_CHAIN_MAX);
	struct rpc_ca_install ask;
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_renewed *r;

	if (cli_ca_read_certificates(c, &certs, err) < 0 ||
	    cli_session_open(c, &client, err) < 0)
		return -1;
	ask.certs = buf_bytes(&certs);
	if (rpc_do_CA_INSTALL(client, &ask, &msg, &r, err) < 0 ||
	    cli_ca_say(c, r, err) < 0)
		return -1;
	return first ? 0 : renew_copy(c, client, err);
}

static int
install_meanwhile(const struct cli_config *config, void *ctx, struct err *err)
{
	if (install(ctx, true, err) < 0)
		return -1;
	return cli_setup_complete(config, err);
}

int
cli_ca_install(struct cli *c, struct err *err)
{
	if (cli_load(c, err) < 0)
		return -1;
	return cli_session_runs(&c->config)
		   ? install(c, false, err)
		   : cli_setup_init(&c->config, install_meanwhile, c, err);
}
