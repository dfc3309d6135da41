/* main.c - opencertsrv: the command line, and the supervisor it contains. */
#include "base/log.h"
#include "cli/cli.h"
#include "load.h"
#include "supervise/supervise.h"

int
main(int argc, char *argv[])
{
	static const struct cli_host host = {
		.load_config = load_config,
		.supervise = supervise_run,
	};

	log_start("opencertsrv");
	return cli_main(&host, argc, argv);
}
