#include "cli/hook.h"

#include "base/clock.h"
#include "base/str.h"
#include "cli/accounts.h"
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX 160

struct hook {
	char program[CLI_TEXT_MAX];
	char path[PATH_MAX];           /* of the list */
	const struct cli_account *who; /* NULL: we stay who we are */
	pid_t pid;
	int out_fd;
	char said[SAID_MAX]; /* the beginning of it */
	size_t said_n;
};

/* After fork(), in a program with threads: only what is safe there. */
static void
child(struct hook *h, int out_fd)
{
	char *argv[] = { h->program, h->path, NULL };
	char path[] = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";
	char locale[] = "LC_ALL=C.UTF-8";
	char *env[] = { path, locale, NULL };
	int null_fd = open("/dev/null", O_RDONLY);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setpgid(0, 0);
	if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(out_fd, 1) < 0 ||
	    dup2(out_fd, 2) < 0 || close_range(3, ~0U, 0) < 0)
		_exit(126);
	if (h->who && (setgroups(0, NULL) < 0 || setgid(h->who->gid) < 0 ||
			  setuid(h->who->uid) < 0))
		_exit(126);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)execve(h->program, argv, env);
	_exit(127);
}

static int
start(struct hook *h, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "starting the publish hook");
	h->pid = fork();
	if (h->pid == 0)
		child(h, ends[1]);
	(void)close(ends[1]);
	h->out_fd = ends[0];
	if (h->pid < 0) {
		(void)close(ends[0]);
		return err_errno(err, "starting the publish hook");
	}
	return 0;
}

/* What it says until it is silent for good; false when it takes too long. */
static bool
listen_to(struct hook *h)
{
	uint64_t end = clock_monotonic_us() + CLI_HOOK_SECONDS * 1000000ULL;
	char part[512];
	ssize_t n = 1;

	while (n != 0) {
		struct pollfd p = { .fd = h->out_fd, .events = POLLIN };
		uint64_t now = clock_monotonic_us();
		size_t room = sizeof(h->said) - 1 - h->said_n;

		if (now >= end)
			return false;
		if (poll(&p, 1, (int)((end - now) / 1000 + 1)) <= 0)
			continue;
		n = read(h->out_fd, part, sizeof(part));
		if (n < 0)
			break;
		if (room > (size_t)n)
			room = (size_t)n;
		memcpy(h->said + h->said_n, part, room);
		h->said_n += room;
	}
	return true;
}

static int
wait_for(struct hook *h, struct err *err)
{
	bool in_time = listen_to(h);
	int status = 0;
	char *p;

	(void)close(h->out_fd);
	if (!in_time)
		(void)kill(-h->pid, SIGKILL);
	while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	for (p = h->said; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	if (!in_time)
		return err_set(err, ERR_TIMEOUT,
		    "the publish hook took more than %d seconds",
		    CLI_HOOK_SECONDS);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return err_set(err, ERR_SYSTEM, "the publish hook %s %d%s%s",
	    WIFEXITED(status) ? "ended with" : "was ended by signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
	    h->said_n ? ": " : "", h->said);
}

int
cli_hook_run(const struct cli_config *config, const char *file, struct err *err)
{
	struct hook h = { .said_n = 0 };
	struct cli_accounts accounts;
	char programs[PATH_MAX];
	int n;

	if (!config->publish_hook[0])
		return 0;
	memcpy(h.program, config->publish_hook, sizeof(h.program));
	n = snprintf(h.path, sizeof(h.path), "%s/public/certenroll/%s",
	    config->folder, file);
	if (n < 0 || (size_t)n >= sizeof(h.path))
		return err_set(
		    err, ERR_CONFIG, "the path of %s is too long", file);
	if (cli_program_folder(programs, sizeof(programs), err) < 0 ||
	    cli_accounts_find(config->folder, programs, &accounts, err) < 0)
		return -1;
	if (accounts.switch_user)
		h.who = &accounts.of[CLI_PROGRAM_NGINX];
	if (start(&h, err) < 0)
		return -1;
	return wait_for(&h, err);
}
