/* child.h - one supervised program: its process, its output, its restarts. */
#pragma once
#include "cli/program.h"

#include <stdint.h>

#define SUPERVISE_LOG_MAX (10 * 1024 * 1024)

struct supervise_child {
	enum cli_program program;
	struct cli_child process; /* pid 0: does not run */
	bool ready;
	unsigned restarts;
	uint64_t started_us, again_us; /* monotonic */
	uint64_t pause_us;             /* before the next start */
	int out_fd;                    /* its output, -1: none */
	int log_fd;
	uint64_t log_size;
	char last[256]; /* last line of its output */
	size_t last_n;
};

void supervise_child_init(struct supervise_child *c, enum cli_program p);
MUST_CHECK int supervise_child_start(struct supervise_child *c,
    const struct cli_config *config, const struct cli_accounts *accounts,
    struct err *err);
/* Take what it wrote; closes at the end of file. */
void supervise_child_output(
    struct supervise_child *c, const struct cli_config *config);
/* It said that it serves, or closed the pipe without. */
void supervise_child_said(struct supervise_child *c);
/* nginx cannot say so; its own process file does. */
void supervise_child_look(
    struct supervise_child *c, const struct cli_config *config);
/* It ended: what is left of it is ended too, and the next start is planned. */
void supervise_child_ended(struct supervise_child *c, int status,
    const struct cli_config *config, bool stopping);
