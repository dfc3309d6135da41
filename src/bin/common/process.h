/* process.h - what every program does to itself before it serves.
 *
 * Order in main():
 *   common_process_begin()   first of all: signals, no core dump, no ptrace
 *   (configuration, keys, database: while files may still be opened)
 *   the program's sandbox.c  before the first thread (Landlock is per thread)
 *   (start threads, servers)
 *   common_process_ready()
 *   common_process_wait()    until SIGTERM or SIGINT
 *
 * Privileges: no program changes its uid. Whoever starts them (systemd, or
 * bin/supervise running as root) gives each its account before exec; started
 * by an ordinary user all run under that one account.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>

/* PR_SET_DUMPABLE 0, RLIMIT_CORE 0, PR_SET_NO_NEW_PRIVS, umask 027; SIGTERM,
 * SIGINT and SIGHUP blocked for sigwait (threads inherit), SIGPIPE ignored.
 * supervised: get SIGTERM when the parent dies, now or already. */
MUST_CHECK int common_process_begin(bool supervised, struct err *err);
/* Tell whoever waits that the program serves; closes fd. fd -1: nobody. */
MUST_CHECK int common_process_ready(int fd, struct err *err);
/* Sleep until a signal of the above; says which. */
int common_process_wait(void);
