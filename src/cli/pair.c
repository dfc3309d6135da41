#include "cli/pair.h"

#include "cli/folder.h"

#include <fcntl.h>
#include <limits.h>

#define INIT_SECONDS 120

/* The last words of a program that would not start. */
static int
blame(const struct cli_config *config, enum cli_program p, struct err *err)
{
	AUTO_BUF log = BUF_WITH_LIMIT(65536);
	char *end, *line;

	(void)err_wrap(err, "Starting opencertsrv-%s", cli_program_name(p));
	if (cli_folder_read(config->folder, "log/init.log", &log, NULL) < 0 ||
	    log.n == 0)
		return -1;
	end = (char *)log.p + log.n;
	while (end > (char *)log.p && end[-1] == '\n')
		*--end = 0;
	line = strrchr((char *)log.p, '\n');
	return err_set(err, ERR_SYSTEM, "opencertsrv-%s did not start: %s",
	    cli_program_name(p), line ? line + 1 : (char *)log.p);
}

static int
start_one(enum cli_program p, const struct cli_config *config,
    const struct cli_accounts *accounts, const char *mode, int log,
    struct cli_child *ret, struct err *err)
{
	if (cli_program_start(p, config, accounts, mode, log, ret, err) < 0)
		return -1;
	if (cli_program_wait_ready(ret, INIT_SECONDS, err) < 0)
		return blame(config, p, err);
	return 0;
}

void
cli_pair_stop(struct cli_pair *p)
{
	if (p->ca.pid > 0)
		cli_program_stop(p->ca.pid, 20);
	if (p->sign.pid > 0)
		cli_program_stop(p->sign.pid, 20);
	*p = (struct cli_pair){ 0 };
}

int
cli_pair_start(const struct cli_config *config, const char *sign_mode,
    const char *ca_mode, struct cli_pair *ret, struct err *err)
{
	struct cli_accounts accounts;
	char folder[PATH_MAX], path[PATH_MAX];
	AUTO_FD log = -1;

	*ret = (struct cli_pair){ 0 };
	if (cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_accounts_find(config->folder, folder, &accounts, err) < 0 ||
	    cli_folder_layout(config->folder, &accounts, err) < 0 ||
	    cli_folder_path(
		path, sizeof(path), config->folder, "log/init.log", err) < 0)
		return -1;
	log =
	    open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0640);
	if (log < 0)
		return err_errno(err, "Opening %s failed", path);
	if (start_one(CLI_PROGRAM_SIGN, config, &accounts, sign_mode, log,
		&ret->sign, err) == 0 &&
	    start_one(CLI_PROGRAM_CA, config, &accounts, ca_mode, log, &ret->ca,
		err) == 0)
		return 0;
	cli_pair_stop(ret);
	return -1;
}
