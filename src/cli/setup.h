/* setup.h - making a demo folder: configuration, key, certificate, accounts.
 *
 * The key and the database are made by the signer and the CA, started with
 * --init for this; nothing here touches either.
 */
#pragma once
#include "base/buf.h"
#include "cli/cli.h"

struct cli_setup {
	unsigned https, http;
	const char *listen;
	const char *ca_type;
	const char *ca_name;
	const char *key;
	bool issue_at_once;
	bool subordinate;
	bool offline;
};

/* The text of opencertsrv.yaml. */
MUST_CHECK int cli_setup_yaml(
    const struct cli_setup *s, struct buf *out, struct err *err);
/* Fill the folder, which holds the mark of folder.h; removes the mark at the
 * end. Leaves config loaded. Of a subordinate the request for its certificate
 * is in CLI_SETUP_REQUEST then; what else needs a certificate comes with it
 * (cli_setup_complete()). */
MUST_CHECK int cli_setup_folder(const struct cli_host *host,
    const struct cli_setup *s, const char *dir, struct cli_config *config,
    struct err *err);
#define CLI_SETUP_REQUEST "ca-request.pem"
/* ca.pem, and in a demo folder the certificate of the site. */
MUST_CHECK int cli_setup_complete(
    const struct cli_config *config, struct err *err);
/* Start signer and CA in init mode; with both serving, meanwhile(ctx) is called
 * (unless NULL); then they are stopped. */
MUST_CHECK int cli_setup_init(const struct cli_config *config,
    int (*meanwhile)(
	const struct cli_config *config, void *ctx, struct err *err),
    void *ctx, struct err *err);
/* The same with --import. */
MUST_CHECK int cli_setup_import(const struct cli_config *config,
    int (*meanwhile)(
	const struct cli_config *config, void *ctx, struct err *err),
    void *ctx, struct err *err);
/* What a demo folder has besides key and certificate, where it is missing:
 * accounts, the site's certificate. */
MUST_CHECK int cli_setup_demo(const struct cli_config *config, struct err *err);
