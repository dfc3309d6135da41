#include "sandbox.h"

#include "common/sandbox.h"

int
sandbox_enter(const struct settings *s, unsigned *ret_fences, struct err *err)
{
	/* libfcgi makes and reads its socket in its own old ways. */
	static const int calls[] = { SCMP_SYS(select), SCMP_SYS(pselect6),
		SCMP_SYS(getpeername), SCMP_SYS(getsockname),
		SCMP_SYS(setsockopt), SCMP_SYS(getsockopt) };
	AUTO_MEM char *fcgi = common_sandbox_folder(s->fcgi_socket);
	AUTO_MEM char *ca = common_sandbox_folder(s->ca_socket);
	const struct common_sandbox_path paths[] = {
		{ s->web.cache, COMMON_SANDBOX_READ | COMMON_SANDBOX_WRITE },
		{ fcgi, COMMON_SANDBOX_READ | COMMON_SANDBOX_SOCKET },
		{ ca, COMMON_SANDBOX_READ },
		{ "/dev/urandom", COMMON_SANDBOX_READ },
	};
	const struct common_sandbox fence = { .paths = paths,
		.path_count = ARRAY_LEN(paths),
		.syscalls = calls,
		.syscall_count = ARRAY_LEN(calls) };

	if (!fcgi || !ca)
		return err_set(err, ERR_NO_MEMORY, "sandbox");
	return common_sandbox_enter(&fence, ret_fences, err);
}
