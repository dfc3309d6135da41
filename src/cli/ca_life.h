/* ca_life.h - opencertsrv ca init, ca renew and ca install.
 *
 * Certificates come as PEM (one or many), DER or PKCS#7, from the files that
 * the command line names.
 */
#pragma once
#include "base/buf.h"
#include "cli/cli.h"

cli_function cli_ca_init;
cli_function cli_ca_renew;
cli_function cli_ca_install;
cli_function cli_ca_sign; /* ca_sign.c */

/* All certificates of all files named, DER, one after the other. */
MUST_CHECK int cli_ca_read_certificates(
    const struct cli *c, struct buf *out, struct err *err);
/* What became of it; a request goes to --out or the standard output. */
MUST_CHECK int cli_ca_say(
    struct cli *c, const struct rpc_ca_renewed *r, struct err *err);
