/* accounts.h - under which system account each program runs.
 *
 * Started by root, with the service accounts of the package there and the
 * folder within their reach, each program gets its own; started by root
 * otherwise, all run as the folder's owner; started by anybody else, all run
 * as he does (DESIGN 3).
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum cli_program {
	CLI_PROGRAM_SIGN,
	CLI_PROGRAM_CA,
	CLI_PROGRAM_WEB,
	CLI_PROGRAM_NGINX,
	CLI_PROGRAM_COUNT
};

#define CLI_ACCOUNT_NAME_MAX 64

struct cli_account {
	uid_t uid;
	gid_t gid;
	char name[CLI_ACCOUNT_NAME_MAX];
	char group[CLI_ACCOUNT_NAME_MAX];
};

struct cli_accounts {
	bool separate;
	bool switch_user;         /* we are root and must become the accounts */
	struct cli_account owner; /* of the folder */
	struct cli_account of[CLI_PROGRAM_COUNT];
};

/* folder exists; programs: the folder with the programs. */
MUST_CHECK int cli_accounts_find(const char *folder, const char *programs,
    struct cli_accounts *ret, struct err *err);
