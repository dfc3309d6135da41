/* rows.h - lists and single rows of the request database, for the nouns
 * request and certificate, which are two views of the same rows. */
#pragma once
#include "cli/cli.h"

/* Reads the options of `request list`. */
MUST_CHECK int cli_rows_list(struct cli *c, bool certificates, struct err *err);
/* Reads --pem and --json. */
MUST_CHECK int cli_rows_show(
    struct cli *c, const struct rpc_retrieve *ask, struct err *err);
