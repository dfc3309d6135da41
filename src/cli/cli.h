/* cli.h - the command line: a noun, a verb, a table row.
 *
 * Every command is a row of struct cli_command; each noun has a file with its
 * rows and functions. Commands that ask the CA do so through the admin socket
 * and act as one account (DESIGN 7): --as NAME with its password, or the one
 * bound to the caller's uid; in a demo folder its owner acts as an account
 * that holds the role the row names.
 *
 * Exit statuses: 0 done, 1 refused or failed, 2 not understood, 3 running
 * already, or not running. `enroll` has more (enroll.h).
 *
 * Ownership: struct cli lives for one run of the program.
 */
#pragma once
#include "cli/args.h"
#include "cli/column.h"
#include "cli/config.h"
#include "cli/pair.h"
#include "rpc/client.h"

#include <jansson.h>
#include <stdio.h>

enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_STATE = 3
};

struct cli;

/* An exit status, or -1 with the error. */
typedef int cli_function(struct cli *c, struct err *err);

struct cli_command {
	const char *noun;
	const char *verb;  /* NULL: the noun is the whole command */
	const char *words; /* what stands for other words in help, or "" */
	size_t word_min, word_max;
	uint32_t role; /* enum role: what a demo folder's owner acts as */
	const struct cli_option *options; /* or NULL */
	cli_function *run;
	const char *help; /* NULL: not listed */
};

/* What the program around it provides (bin/cli). */
struct cli_host {
	int (*load_config)(
	    const char *file, struct cli_config *ret, struct err *err);
	/* Start and watch the four programs until told to stop; calls
	 * ready(ctx) once all of them serve. */
	int (*supervise)(const struct cli_config *config,
	    int (*ready)(void *ctx, struct err *err), void *ctx,
	    struct err *err);
};

struct cli {
	const struct cli_host *host;
	const struct cli_command *command;
	struct cli_args args;
	FILE *out;
	int failed;               /* exit status of an error, 0: by its code */
	struct cli_config config; /* loaded by cli_load() */
	/* Started for this command (an offline CA), stopped at its end. */
	struct cli_pair pair;
};

/* The whole program; returns the exit status. */
int cli_main(const struct cli_host *host, int argc, char *const argv[]);

/* Tables of the nouns, each ended by a row without a noun. */
extern const struct cli_command cli_quickstart_commands[];
extern const struct cli_command cli_status_commands[];
extern const struct cli_command cli_request_commands[];
extern const struct cli_command cli_certificate_commands[];
extern const struct cli_command cli_crl_commands[];
extern const struct cli_command cli_user_commands[];
extern const struct cli_command cli_role_commands[];
extern const struct cli_command cli_group_commands[];
extern const struct cli_command cli_permission_commands[];
extern const struct cli_command cli_restriction_commands[];
extern const struct cli_command cli_ca_commands[];
extern const struct cli_command cli_audit_commands[];
extern const struct cli_command cli_enroll_commands[];
extern const struct cli_command cli_template_commands[];

/* Load the configuration that --dir or --config names. */
MUST_CHECK int cli_load(struct cli *c, struct err *err);
/* Is signer or CA there? Under a supervisor or not. */
bool cli_session_runs(const struct cli_config *config);
/* Connect to the CA as the account this command acts as (session.c); an offline
 * CA is started for it. */
MUST_CHECK int cli_session_open(
    struct cli *c, struct rpc_client **ret, struct err *err);
/* Connect by a configuration alone, as an account or a role. */
MUST_CHECK int cli_session_to(const struct cli_config *config, const char *as,
    uint32_t as_role, struct rpc_client **ret, struct err *err);

/* The number of a request among the words; ERR_INVALID otherwise. */
MUST_CHECK int cli_word_id(
    const struct cli *c, size_t word, uint64_t *ret, struct err *err);

/* Output (output.c). Takes the reference; NULL is out of memory. */
MUST_CHECK int cli_output_json(struct cli *c, json_t *take, struct err *err);
/* "Label:        value" with hostile text made safe; nothing when empty. */
void cli_output_field(struct cli *c, const char *label, const char *value);
void cli_output_time(struct cli *c, const char *label, int64_t t);
/* An ISO time, or null for 0. */
json_t *cli_output_json_time(int64_t t);
json_t *cli_output_json_bytes(struct bytes b); /* hexadecimal */
json_t *cli_output_json_pem(const char *label, struct bytes der);
/* A certificate request or certificate as PEM. */
MUST_CHECK int cli_output_pem(
    struct cli *c, const char *label, struct bytes der, struct err *err);
/* What became of a decision: the sentence; exit status by its HRESULT. */
MUST_CHECK int cli_output_result(
    struct cli *c, const struct rpc_result *r, struct err *err);
/* What became of a change: done, or waiting for a second person. */
MUST_CHECK int cli_output_acted(
    struct cli *c, const struct rpc_acted *a, struct err *err);
