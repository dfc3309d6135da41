/* setup.h - making a demo folder: configuration, key, certificate, accounts.
 *
 * The key and the database are made by the signer and the CA, started with
 * --init for this; nothing here touches either.
 */
#pragma once
#include "base/buf.h"
#include "cli/accounts.h"
#include "cli/cli.h"

struct cli_setup {
	unsigned https, http;
	const char *listen;
	const char *ca_type;
	const char *ca_name;
	const char *key;
	bool issue_at_once;
};

/* The text of opencertsrv.yaml. */
MUST_CHECK int cli_setup_yaml(
    const struct cli_setup *s, struct buf *out, struct err *err);
/* Fill the folder, which holds the mark of folder.h; removes the mark at the
 * end. Leaves config loaded. */
MUST_CHECK int cli_setup_folder(const struct cli_host *host,
    const struct cli_setup *s, const char *dir, struct cli_config *config,
    struct err *err);
/* Start signer and CA in init mode; with both serving, meanwhile() is called
 * (unless NULL); then they are stopped. */
MUST_CHECK int cli_setup_init(const struct cli_config *config,
    const struct cli_accounts *accounts,
    int (*meanwhile)(const struct cli_config *config, struct err *err),
    struct err *err);
