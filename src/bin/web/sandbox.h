/* sandbox.h - the fences of opencertsrv-web. */
#pragma once
#include "config.h"

/* Before the first thread. */
MUST_CHECK int sandbox_enter(
    const struct settings *s, unsigned *ret_fences, struct err *err);
