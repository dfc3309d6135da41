/* shipped.h - the templates that come with the program, for a new folder.
 */
#pragma once
#include "cli/cli.h"

/* Copy them to DIR/templates; host: an own name that WebServer may issue for,
 * or "". They belong to whoever runs this: nobody else decides what a CA
 * issues. */
MUST_CHECK int cli_shipped_copy(
    const char *dir, const char *host, struct err *err);
/* Enable what a demo's enrollees use, as the account `admin`. */
MUST_CHECK int cli_shipped_enable(
    const struct cli_config *config, const char *admin, struct err *err);
