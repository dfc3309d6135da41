/* program.h - starting one of the four programs, for quickstart (the two that
 * initialise) and for the supervisor.
 *
 * A child gets its account, the folder as working folder, nothing of our
 * descriptors, and SIGTERM when we die.
 */
#pragma once
#include "base/buf.h"
#include "cli/accounts.h"
#include "cli/config.h"

#include <sys/types.h>

const char *cli_program_name(enum cli_program p); /* "sign", "nginx" */

/* The folder of the running program, where its siblings are. */
MUST_CHECK int cli_program_folder(char *dst, size_t size, struct err *err);
/* The folder with the static files: beside the build tree or installed, or
 * what OPENCERTSRV_DATA in the environment says. */
MUST_CHECK int cli_program_data(char *dst, size_t size, struct err *err);

struct cli_child {
	pid_t pid;
	int ready_fd; /* becomes readable: "ready\n" or, when it died, end of
			 file; -1: it cannot tell (nginx) */
};

/* mode: "--init", "--import" or NULL. out_fd: what it writes to standard output
 * and error. */
MUST_CHECK int cli_program_start(enum cli_program p,
    const struct cli_config *config, const struct cli_accounts *accounts,
    const char *mode, int out_fd, struct cli_child *ret, struct err *err);
/* Run it to its end with this on its standard input; out: what it said on
 * standard output and error, also when it failed. options: ended by NULL. */
MUST_CHECK int cli_program_feed(enum cli_program p,
    const struct cli_config *config, const struct cli_accounts *accounts,
    const char *const *options, struct bytes input, struct buf *out,
    struct err *err);
/* Start any program under our own account; it inherits nothing but out_fd. */
MUST_CHECK int cli_program_run(const char *path, const char *const argv[],
    int out_fd, bool session, pid_t *ret, struct err *err);
/* Wait for the word "ready"; ERR_UNAVAILABLE when it ended or took too long. */
MUST_CHECK int cli_program_wait_ready(
    struct cli_child *child, unsigned seconds, struct err *err);
/* SIGTERM, then after so many seconds SIGKILL; waits for the end. */
void cli_program_stop(pid_t pid, unsigned seconds);
/* Can both ports be listened on? The error names the one that cannot. */
MUST_CHECK int cli_program_check_ports(
    const char *listen, unsigned https, unsigned http, struct err *err);
