/* sandbox.h - giving up what a program does not need, for its sandbox.c.
 *
 * Two fences, both only narrowing and both inherited by later threads, so
 * common_sandbox_enter() is called before the first thread:
 *
 *   Landlock  which folders and files can still be opened, and how. A kernel
 *             without it is no error: *ret says so, the program logs it.
 *   seccomp   which system calls work: a base list that every program of ours
 *             needs, plus the program's own; all others fail with EPERM. No
 *             new programs, no new executable memory, threads but no
 *             processes, sockets of the unix family only (unless inet).
 *
 * Compiled in only with OCS_SANDBOX (not in sanitizer builds): without it
 * common_sandbox_enter() does nothing and says COMMON_SANDBOX_NONE.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <seccomp.h> /* SCMP_SYS() for the lists */

/* The folder of a socket's or file's path; malloc, NULL: no memory. */
char *common_sandbox_folder(const char *path);

enum common_sandbox_access {
	COMMON_SANDBOX_READ = 1,  /* files and folders */
	COMMON_SANDBOX_WRITE = 2, /* write, make, rename, remove files */
	COMMON_SANDBOX_SOCKET = 4 /* bind and remove sockets here */
};

struct common_sandbox_path {
	const char *path; /* a folder with all below it, or a file */
	unsigned access;
};

struct common_sandbox {
	const struct common_sandbox_path *paths;
	size_t path_count;
	const int *syscalls; /* SCMP_SYS(x), on top of the base list */
	size_t syscall_count;
	bool inet; /* may make IPv4 and IPv6 sockets */
};

/* Fences that now stand, as bits. */
enum common_sandbox_fence {
	COMMON_SANDBOX_NONE = 0,
	COMMON_SANDBOX_SECCOMP = 1,
	COMMON_SANDBOX_LANDLOCK = 2
};

MUST_CHECK int common_sandbox_enter(
    const struct common_sandbox *s, unsigned *ret_fences, struct err *err);
/* "seccomp and Landlock", ... */
const char *common_sandbox_text(unsigned fences);
