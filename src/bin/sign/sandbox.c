#include "bin/sign/sandbox.h"

#include "common/sandbox.h"

int
sign_sandbox_enter(const struct sign_config *c, bool init,
    const char **ret_text, struct err *err)
{
	AUTO_MEM char *run = common_sandbox_folder(c->socket);
	AUTO_MEM char *log_folder = common_sandbox_folder(c->log);
	const unsigned write = COMMON_SANDBOX_READ | COMMON_SANDBOX_WRITE;
	const struct common_sandbox_path paths[] = {
		/* A renewal puts keys and certificates there. */
		{ c->keys, write },
		/* The log is made with --init; later only it is written. */
		{ init ? log_folder : c->log, write },
		{ run, COMMON_SANDBOX_SOCKET },
	};
	const struct common_sandbox sandbox = {
		.paths = paths,
		.path_count = ARRAY_LEN(paths),
	};
	unsigned fences;

	if (!run || !log_folder)
		return err_set(err, ERR_NO_MEMORY, "sandbox");
	if (common_sandbox_enter(&sandbox, &fences, err) < 0)
		return -1;
	*ret_text = common_sandbox_text(fences);
	return 0;
}
