#include "common/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void
waited_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
}

/* A process that is not dumpable can also not be traced by its own account,
 * and its /proc/PID/mem belongs to root. */
static int
forbid_looking_inside(struct err *err)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_errno(err, "forbidding core dumps");
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return err_errno(err, "forbidding core files");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, "giving up new privileges");
	return 0;
}

int
common_process_begin(bool supervised, struct err *err)
{
	pid_t parent = getppid();
	sigset_t set;

	waited_signals(&set);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_errno(err, "setting up signals");
	if (supervised) {
		if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
			return err_errno(err, "following the parent");
		/* It may have died before the call above. (Died before this
		 * function, it does not read the ready word: an error too.) */
		if (getppid() != parent)
			return err_set(
			    err, ERR_SYSTEM, "the supervising process is gone");
	}
	(void)umask(027);
	return forbid_looking_inside(err);
}

int
common_process_ready(int fd, struct err *err)
{
	static const char word[] = "ready\n";
	ssize_t n;

	if (fd < 0)
		return 0;
	do {
		n = write(fd, word, sizeof(word) - 1);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(word) - 1)
		return err_errno(err, "saying ready on descriptor %d", fd);
	(void)close(fd);
	return 0;
}

int
common_process_wait(void)
{
	sigset_t set;
	int sig;

	waited_signals(&set);
	do {
		sig = sigwaitinfo(&set, NULL);
	} while (sig < 0); /* EINTR is all that can happen */
	return sig;
}
