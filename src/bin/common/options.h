/* options.h - the command line of the three daemons.
 *
 * All take the same options, so that bin/supervise and the units start them
 * the same way; only the name of the option that lists who may connect
 * differs. The command line tool (nouns and verbs) is not parsed here.
 *
 *   --config FILE   needed
 *   --init          make what is missing (keys, root); where the program can
 *   --import        take over a CA that was made elsewhere; where it can
 *   --dry-run       with --import, a program that reads what is imported: only
 *                   say what would be taken
 *   --sign-ca=HASH  sign a certificate for the CA whose public key has this
 *                   SHA-256, and for no other; the signer
 *   --supervised    end when the parent ends
 *   --ready-fd N    write "ready\n" to N once the program serves
 *   --XXX-uid N     may connect, besides the own uid and root; repeatable
 *   --help, --version
 *
 * Ownership: texts point into argv.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

#define COMMON_UIDS_MAX 16

/* Exit statuses of every daemon. */
enum { COMMON_EXIT_OK = 0, COMMON_EXIT_FAILED = 1, COMMON_EXIT_CONFIG = 2 };

struct common_options {
	const char *config;
	bool init;
	bool import;
	bool dry_run;
	const char *sign_ca; /* or NULL */
	bool supervised;
	int ready_fd; /* -1: none */
	uid_t uids[COMMON_UIDS_MAX];
	size_t uid_count;
	bool done; /* --help or --version: said it, exit 0 */
};

struct common_program {
	const char *name;       /* "opencertsrv-sign" */
	const char *uid_option; /* "--caller-uid" */
	bool has_init;          /* and --import */
	bool has_sign_ca;
	const char *about; /* one sentence for --help */
};

MUST_CHECK int common_options_parse(const struct common_program *program,
    int argc, char *const argv[], struct common_options *ret, struct err *err);
