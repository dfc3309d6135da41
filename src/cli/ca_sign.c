/* ca_sign.c - opencertsrv ca sign: the certificate of a CA below this one.
 *
 * The signer is started for the key of this very request (--sign-ca), by
 * whoever runs this command: the CA, which reads the request too, could not
 * have a certificate made for another key. */
#include "cli/ca_life.h"

#include "base/str.h"
#include "cli/file.h"
#include "cli/site.h"
#include "pki/csr.h"
#include "pki/name.h"
#include "pki/pem.h"

#include <openssl/sha.h>
#include <stdio.h>

#define DAYS     1825
#define DAYS_MAX 36500
#define HASH     "--sign-ca="

static int
read_request(
    const char *path, struct buf *der, struct pki_csr *csr, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	enum pki_pem_kind kind;

	if (cli_file_read(path, &text, err) < 0 ||
	    pki_pem_read_request(buf_bytes(&text), der, &kind, err) < 0)
		return -1;
	if (kind != PKI_PEM_PKCS10)
		return err_set(
		    err, ERR_BAD_MESSAGE_TYPE, "%s is no PKCS#10.", path);
	return pki_csr_parse(buf_bytes(der), csr, err);
}

static int
start(struct cli *c, const struct pki_csr *csr, struct err *err)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	char mode[sizeof(HASH) + 2 * sizeof(hash)] = HASH;

	(void)SHA256(csr->spki.p, csr->spki.n, hash);
	str_hex(mode + strlen(HASH), BYTES_OF(hash));
	if (cli_session_runs(&c->config))
		return err_set(err, ERR_BAD_STATE,
		    "The CA is running. Stop it first: the signer signs for "
		    "another CA only when it was started for it.");
	return cli_pair_start(&c->config, mode, mode, &c->pair, err);
}

/* With what is above it, as the other CA needs it. */
static int
give(struct cli *c, struct rpc_client *client, const struct rpc_result *r,
    struct err *err)
{
	const char *path = cli_args_text(&c->args, "out");
	AUTO_BUF pem = BUF_WITH_LIMIT(CLI_FILE_MAX);

	pki_pem_write(&pem, "CERTIFICATE", r->cert, PKI_PEM_LF);
	if (cli_site_add_ca(client, r->generation, &pem, err) < 0 ||
	    buf_check(&pem, "the certificates", err) < 0)
		return -1;
	if (path)
		return cli_file_replace(path, buf_bytes(&pem), 0644, err);
	(void)fwrite(pem.p, 1, pem.n, c->out);
	return 0;
}

int
cli_ca_sign(struct cli *c, struct err *err)
{
	struct rpc_ca_sign ask = { .path_length = RPC_NO_PATH_LENGTH };
	AUTO_BUF der = BUF_WITH_LIMIT(RPC_REQUEST_MAX);
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_result *r;
	struct pki_csr csr;
	uint64_t days, length;

	if (cli_args_number(&c->args, "days", 1, DAYS_MAX, DAYS, &days, err) <
		0 ||
	    cli_args_number(
		&c->args, "path-length", 0, 16, UINT32_MAX, &length, err) < 0 ||
	    cli_load(c, err) < 0 ||
	    read_request(c->args.words[0], &der, &csr, err) < 0 ||
	    start(c, &csr, err) < 0 || cli_session_open(c, &client, err) < 0)
		return -1;
	ask.request = buf_bytes(&der);
	ask.days = (uint32_t)days;
	ask.path_length = (uint32_t)length;
	if (rpc_do_CA_SIGN(client, &ask, &msg, &r, err) < 0)
		return -1;
	if (r->cert.n == 0)
		return err_set(err, ERR_POLICY, "%s",
		    *r->sentence ? r->sentence : r->message);
	(void)fprintf(
	    stderr, "Request %ju: %s\n", (uintmax_t)r->id, r->message);
	return give(c, client, r, err);
}
