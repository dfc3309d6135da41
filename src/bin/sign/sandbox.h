/* sandbox.h - what the signer can still do once it serves.
 *
 * Read its keys (write them too with --init), write its log, bind its socket.
 * No other file, no network, no other program.
 */
#pragma once
#include "bin/sign/config.h"

#include <stdbool.h>

/* Before the first thread. *ret_text says what stands. */
MUST_CHECK int sign_sandbox_enter(const struct sign_config *c, bool init,
    const char **ret_text, struct err *err);
