#include "sandbox.h"

#include "base/str.h"
#include "common/sandbox.h"

/* The folder of a socket's path. */
static int
folder_of(const char *path, char *dst, size_t size, struct err *err)
{
	char *slash;

	if (!str_copy(dst, size, path))
		return err_set(err, ERR_CONFIG, "%s is too long", path);
	slash = strrchr(dst, '/');
	if (slash && slash != dst)
		*slash = '\0';
	return 0;
}

int
sandbox_enter(const struct settings *s, unsigned *ret_fences, struct err *err)
{
	/* libfcgi makes and reads its socket in its own old ways. */
	static const int calls[] = { SCMP_SYS(select), SCMP_SYS(pselect6),
		SCMP_SYS(getpeername), SCMP_SYS(getsockname),
		SCMP_SYS(setsockopt), SCMP_SYS(getsockopt) };
	char fcgi[128], ca[128];
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

	if (folder_of(s->fcgi_socket, fcgi, sizeof(fcgi), err) < 0 ||
	    folder_of(s->ca_socket, ca, sizeof(ca), err) < 0)
		return -1;
	return common_sandbox_enter(&fence, ret_fences, err);
}
