/* import.h - opencertsrv-sign --import: keep the keys that come on standard
 * input (sign/import.h), say on standard output what they belong to, end.
 */
#pragma once
#include "bin/sign/config.h"

#include <stdbool.h>

MUST_CHECK int sign_main_import(
    const struct sign_config *c, bool dry_run, struct err *err);
