/* pair.h - signer and CA for as long as one command takes.
 *
 * For setting a CA up, and for an offline CA, of which nothing runs between
 * commands. What they say goes to log/init.log, which begins anew each time.
 */
#pragma once
#include "cli/accounts.h"
#include "cli/config.h"
#include "cli/program.h"

struct cli_pair {
	struct cli_child sign, ca;
};

/* Both serve when it returns 0; otherwise neither runs. Modes: an option of
 * the program, "--init" for example, or NULL. */
MUST_CHECK int cli_pair_start(const struct cli_config *config,
    const char *sign_mode, const char *ca_mode, struct cli_pair *ret,
    struct err *err);
/* In reverse; waits for both. */
void cli_pair_stop(struct cli_pair *p);
