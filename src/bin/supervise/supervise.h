/* supervise.h - one parent for the four programs of a folder.
 *
 * Starts signer, CA, web role and nginx in this order, each when the one
 * before says that it serves; starts one that died again, later and later
 * (0.2 s to 10 s, from the beginning after 30 s of life), while the others go
 * on; stops them in reverse on SIGTERM and SIGINT. They end when it dies.
 *
 * Keeps their output in log/NAME.log (bounded), the site's certificate fresh
 * and nginx.conf equal to the configuration. One thread, one loop.
 */
#pragma once
#include "cli/config.h"

/* Returns when it was told to stop (0) or the start failed (-1). ready may be
 * NULL; when it fails, all is stopped. ERR_EXISTS: runs already. */
MUST_CHECK int supervise_run(const struct cli_config *config,
    int (*ready)(void *ctx, struct err *err), void *ctx, struct err *err);
