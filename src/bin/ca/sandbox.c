/* sandbox.c - the fences of opencertsrv-ca. */
#include "sandbox.h"

#include "common/sandbox.h"

int
sandbox_enter(const struct settings *s, unsigned *ret_fences, struct err *err)
{
	/* SQLite looks at links and free space, and gives its files to the
	 * database's owner when it runs as root. */
	static const int calls[] = { SCMP_SYS(statfs), SCMP_SYS(fstatfs),
		SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(fchown) };
	const struct ca_config *c = &s->config;
	AUTO_MEM char *web = common_sandbox_folder(c->web_socket);
	AUTO_MEM char *admin = common_sandbox_folder(c->admin_socket);
	AUTO_MEM char *sign = common_sandbox_folder(c->sign_socket);
	/* The last one is for an enterprise CA. */
	struct common_sandbox_path paths[] = {
		{ s->database_folder,
		    COMMON_SANDBOX_READ | COMMON_SANDBOX_WRITE },
		{ c->publish, COMMON_SANDBOX_READ | COMMON_SANDBOX_WRITE },
		{ web, COMMON_SANDBOX_READ | COMMON_SANDBOX_SOCKET },
		{ admin, COMMON_SANDBOX_READ | COMMON_SANDBOX_SOCKET },
		{ sign, COMMON_SANDBOX_READ },
		{ "/dev/urandom", COMMON_SANDBOX_READ },
		{ NULL, 0 }, /* room for those that */
		{ NULL, 0 }, /* not every CA has */
	};
	size_t n = ARRAY_LEN(paths) - 2;
	struct common_sandbox fence = { .paths = paths,
		.syscalls = calls,
		.syscall_count = ARRAY_LEN(calls) };

	if (!web || !admin || !sign)
		return err_set(err, ERR_NO_MEMORY, "sandbox");
	if (c->enterprise)
		paths[n++] = (struct common_sandbox_path){ c->templates,
			COMMON_SANDBOX_READ };
	if (s->compromised_folder)
		paths[n++] =
		    (struct common_sandbox_path){ s->compromised_folder,
			    COMMON_SANDBOX_READ };
	fence.path_count = n;
	return common_sandbox_enter(&fence, ret_fences, err);
}
