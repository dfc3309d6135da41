/* hook.h - the site's own program that is called for each published list.
 *
 * PROGRAM FILE: FILE is the absolute path of the list. It may copy it to
 * another server; exit status 0 says that it did. It has HOOK_SECONDS, no
 * input, none of our descriptors but a pipe that takes the beginning of what
 * it writes, and when we are root the account that serves the files.
 */
#pragma once
#include "cli/config.h"

#define CLI_HOOK_SECONDS 60

/* 0 when there is none. */
MUST_CHECK int cli_hook_run(
    const struct cli_config *config, const char *file, struct err *err);
