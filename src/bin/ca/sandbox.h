/* sandbox.h - what opencertsrv-ca can still do once it serves: its database,
 * the published files, its sockets. */
#pragma once
#include "config.h"

MUST_CHECK int sandbox_enter(
    const struct settings *s, unsigned *ret_fences, struct err *err);
