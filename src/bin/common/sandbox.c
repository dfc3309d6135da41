#include "common/sandbox.h"

#include "base/bytes.h"

#include <string.h>

char *
common_sandbox_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(path);
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *
common_sandbox_text(unsigned fences)
{
	switch (fences) {
	case COMMON_SANDBOX_SECCOMP:
		return "seccomp only, this kernel has no Landlock";
	case COMMON_SANDBOX_SECCOMP | COMMON_SANDBOX_LANDLOCK:
		return "seccomp and Landlock";
	default:
		return "none, this build has no sandbox";
	}
}

#ifndef OCS_SANDBOX

int
common_sandbox_enter(
    const struct common_sandbox *s, unsigned *ret_fences, struct err *err)
{
	(void)s;
	(void)err;
	*ret_fences = COMMON_SANDBOX_NONE;
	return 0;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- Landlock ---------------------------------------------------------- */

/* Newer than the headers of Debian 12; handled from ABI 3 on. */
#define FS_TRUNCATE (UINT64_C(1) << 14)

#define FS_FILE_READ LANDLOCK_ACCESS_FS_READ_FILE
#define FS_READ      (FS_FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_FILE_WRITE \
	(FS_FILE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FS_WRITE                                                 \
	(FS_READ | FS_FILE_WRITE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define FS_SOCKET \
	(LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* Everything of ABI 1: bits 0 to 12. */
#define FS_ALL ((UINT64_C(1) << 13) - 1)

static uint64_t
path_rights(unsigned access, bool folder)
{
	uint64_t rights = 0;

	if (access & COMMON_SANDBOX_READ)
		rights |= folder ? FS_READ : FS_FILE_READ;
	if (access & COMMON_SANDBOX_WRITE)
		rights |= folder ? FS_WRITE : FS_FILE_WRITE;
	if (access & COMMON_SANDBOX_SOCKET && folder)
		rights |= FS_SOCKET;
	return rights;
}

static int
landlock_allow(int ruleset, uint64_t handled,
    const struct common_sandbox_path *p, struct err *err)
{
	struct landlock_path_beneath_attr rule = { 0 };
	AUTO_FD fd = open(p->path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, "sandbox: %s", p->path);
	rule.parent_fd = fd;
	rule.allowed_access =
	    path_rights(p->access, S_ISDIR(st.st_mode)) & handled;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) < 0)
		return err_errno(err, "sandbox: Landlock rule for %s", p->path);
	return 0;
}

static int
landlock_enter(
    const struct common_sandbox *s, unsigned *fences, struct err *err)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = FS_ALL };
	AUTO_FD ruleset = -1;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	size_t i;

	if (abi < 0) /* not built in, or not switched on */
		return 0;
	if (abi >= 3)
		attr.handled_access_fs |= FS_TRUNCATE;
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_errno(err, "sandbox: Landlock");
	for (i = 0; i < s->path_count; i++)
		if (landlock_allow(
			ruleset, attr.handled_access_fs, &s->paths[i], err) < 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return err_errno(err, "sandbox: Landlock");
	*fences |= COMMON_SANDBOX_LANDLOCK;
	return 0;
}

/* --- seccomp ----------------------------------------------------------- */

/* clang-format off */
static const int base_syscalls[] = {
	/* files and descriptors (Landlock says which) */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(lseek),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(fcntl),
	SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(flock), SCMP_SYS(chmod),
	SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(umask),
	SCMP_SYS(getdents64), SCMP_SYS(dup), SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2),
	/* waiting */
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
	SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(futex),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield),
	/* sockets; socket() itself is below */
	SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
	SCMP_SYS(connect), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
	SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	/* memory; mmap() and mprotect() are below */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(mincore),
	/* itself, its threads, time, chance */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(tgkill), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(membarrier), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
	SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(getrusage), SCMP_SYS(getcwd), SCMP_SYS(prlimit64),
};

/* Calls allowed when (argument & mask) == value. */
static const struct argument_rule {
	int syscall;
	struct scmp_arg_cmp arg;
} argument_rules[] = {
	{ SCMP_SYS(clone),
	    { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD } },
	{ SCMP_SYS(mmap), { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	{ SCMP_SYS(mprotect), { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	{ SCMP_SYS(socket), { 0, SCMP_CMP_EQ, AF_UNIX, 0 } },
	{ SCMP_SYS(socketpair), { 0, SCMP_CMP_EQ, AF_UNIX, 0 } },
	{ SCMP_SYS(prctl), { 0, SCMP_CMP_EQ, 15 /* PR_SET_NAME */, 0 } },
};

static const struct argument_rule inet_rules[] = {
	{ SCMP_SYS(socket), { 0, SCMP_CMP_EQ, AF_INET, 0 } },
	{ SCMP_SYS(socket), { 0, SCMP_CMP_EQ, AF_INET6, 0 } },
	{ SCMP_SYS(socket), { 0, SCMP_CMP_EQ, AF_NETLINK, 0 } },
};
/* clang-format on */

static int
allow_syscalls(scmp_filter_ctx ctx, const int *list, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, list[i], 0);
	return rc;
}

static int
allow_arguments(scmp_filter_ctx ctx, const struct argument_rule *list, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ALLOW, list[i].syscall, 1, &list[i].arg);
	return rc;
}

static int
seccomp_enter(const struct common_sandbox *s, unsigned *fences, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (!ctx)
		return err_set(err, ERR_NO_MEMORY, "sandbox: seccomp");
	rc = allow_syscalls(ctx, base_syscalls, ARRAY_LEN(base_syscalls));
	if (rc == 0)
		rc = allow_syscalls(ctx, s->syscalls, s->syscall_count);
	if (rc == 0)
		rc = allow_arguments(
		    ctx, argument_rules, ARRAY_LEN(argument_rules));
	if (rc == 0 && s->inet)
		rc = allow_arguments(ctx, inet_rules, ARRAY_LEN(inet_rules));
	/* Its flags are behind a pointer that a filter cannot follow; the C
	 * library then falls back to clone(). */
	if (rc == 0)
		rc = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc < 0) {
		errno = -rc;
		return err_errno(err, "sandbox: seccomp");
	}
	*fences |= COMMON_SANDBOX_SECCOMP;
	return 0;
}

int
common_sandbox_enter(
    const struct common_sandbox *s, unsigned *ret_fences, struct err *err)
{
	*ret_fences = COMMON_SANDBOX_NONE;
	if (landlock_enter(s, ret_fences, err) < 0)
		return -1;
	return seccomp_enter(s, ret_fences, err);
}
#endif
