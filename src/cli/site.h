/* site.h - the web site's own TLS key and certificate.
 *
 * The key is made here (P-256) and never leaves the folder tls/; the
 * certificate is an ordinary audited row of the CA. A pair that is missing,
 * does not fit together, names other hosts than the configuration or is in
 * the last third of its life is replaced.
 */
#pragma once
#include "base/buf.h"
#include "cli/accounts.h"
#include "cli/config.h"
#include "rpc/client.h"

#include <stdbool.h>

/* The CA's admin socket answers. *ret_renewed: a new pair was written. */
MUST_CHECK int cli_site_ensure(
    const struct cli_config *config, bool *ret_renewed, struct err *err);
/* ca.pem from the CA: its newest certificate, what is above it, and older
 * ones that have not expired; and of the first the SHA-256 as "AB:CD:..." (96
 * bytes with NUL). */
#define CLI_SITE_FINGERPRINT_MAX 96
MUST_CHECK int cli_site_write_ca(
    const struct cli_config *config, struct err *err);
MUST_CHECK int cli_site_write_ca_from(const struct cli_config *config,
    struct rpc_client *client, struct err *err);
/* A certificate of the CA and those above it, appended as PEM. */
MUST_CHECK int cli_site_add_ca(struct rpc_client *client, uint32_t generation,
    struct buf *pem, struct err *err);
MUST_CHECK int cli_site_fingerprint(const struct cli_config *config,
    char dst[CLI_SITE_FINGERPRINT_MAX], struct err *err);
