/* load.h - reading the parts of opencertsrv.yaml that the command line and
 * the supervisor need; the other keys are checked by the programs whose they
 * are. */
#pragma once
#include "cli/config.h"

MUST_CHECK int load_config(
    const char *file, struct cli_config *ret, struct err *err);
