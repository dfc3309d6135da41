#include "supervise/child.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PAUSE_MIN_US   200000
#define PAUSE_MAX_US   10000000
#define LIFE_US        30000000
#define LOG_PATH_MAX   (PATH_MAX + 32)
#define OUTPUT_AT_ONCE 64 /* reads of one turn of the loop */

void
supervise_child_init(struct supervise_child *c, enum cli_program p)
{
	*c = (struct supervise_child){ .program = p,
		.pause_us = PAUSE_MIN_US,
		.process = { .ready_fd = -1 },
		.out_fd = -1,
		.log_fd = -1 };
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void
open_log(struct supervise_child *c, const struct cli_config *config)
{
	char path[LOG_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/log/%s.log", config->folder,
	    cli_program_name(c->program));
	c->log_fd = open(
	    path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	c->log_size = c->log_fd >= 0 && fstat(c->log_fd, &st) == 0
			  ? (uint64_t)st.st_size
			  : 0;
}

static void
rotate_log(struct supervise_child *c, const struct cli_config *config)
{
	char path[LOG_PATH_MAX], old[LOG_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/log/%s.log", config->folder,
	    cli_program_name(c->program));
	(void)snprintf(old, sizeof(old), "%s/log/%s.log.1", config->folder,
	    cli_program_name(c->program));
	close_fd(&c->log_fd);
	(void)rename(path, old);
	open_log(c, config);
}

/* Remember the last line, for whoever asks why it ended. */
static void
remember(struct supervise_child *c, const char *p, size_t n)
{
	for (; n > 0; p++, n--) {
		if (c->last_n > 0 && c->last[c->last_n - 1] == '\n')
			c->last_n = 0;
		if (c->last_n + 1 < sizeof(c->last) || *p == '\n')
			c->last[c->last_n < sizeof(c->last) - 1
				    ? c->last_n++
				    : sizeof(c->last) - 2] = *p;
	}
	c->last[c->last_n] = 0;
}

void
supervise_child_output(
    struct supervise_child *c, const struct cli_config *config)
{
	char part[8192];
	ssize_t n = -1;
	int i;

	for (i = 0; i < OUTPUT_AT_ONCE && c->out_fd >= 0; i++) {
		n = read(c->out_fd, part, sizeof(part));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close_fd(&c->out_fd);
			return;
		}
		remember(c, part, (size_t)n);
		if (c->log_size + (uint64_t)n > SUPERVISE_LOG_MAX)
			rotate_log(c, config);
		/* A full disk must not stop the programs: the line is lost. */
		if (c->log_fd >= 0 && write(c->log_fd, part, (size_t)n) == n)
			c->log_size += (uint64_t)n;
	}
}

int
supervise_child_start(struct supervise_child *c,
    const struct cli_config *config, const struct cli_accounts *accounts,
    struct err *err)
{
	int ends[2], rc;

	supervise_child_output(c, config);
	close_fd(&c->out_fd);
	close_fd(&c->process.ready_fd);
	if (c->log_fd < 0)
		open_log(c, config);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "Making a pipe failed");
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	c->last_n = 0;
	c->last[0] = 0;
	c->ready = false;
	c->started_us = clock_monotonic_us();
	rc = cli_program_start(
	    c->program, config, accounts, NULL, ends[1], &c->process, err);
	(void)close(ends[1]);
	if (rc < 0) {
		(void)close(ends[0]);
		c->process = (struct cli_child){ .ready_fd = -1 };
		return -1;
	}
	c->out_fd = ends[0];
	return 0;
}

void
supervise_child_said(struct supervise_child *c)
{
	char word[8];
	ssize_t n = read(c->process.ready_fd, word, sizeof(word));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->ready = n > 0;
	close_fd(&c->process.ready_fd);
}

void
supervise_child_look(struct supervise_child *c, const struct cli_config *config)
{
	AUTO_BUF text = BUF_WITH_LIMIT(64);
	char number[32];
	size_t n;

	if (c->program != CLI_PROGRAM_NGINX || c->ready || !c->process.pid ||
	    cli_folder_read(config->folder, "run/nginx.pid", &text, NULL) < 0)
		return;
	/* Written after the ports are open; an old file has another number. */
	(void)snprintf(number, sizeof(number), "%d", (int)c->process.pid);
	n = strlen(number);
	c->ready = text.n >= n && memcmp(text.p, number, n) == 0 &&
		   (text.n == n || text.p[n] == '\n');
}

static void
say_why(const struct supervise_child *c, int status)
{
	char how[64];

	if (WIFSIGNALED(status))
		(void)snprintf(
		    how, sizeof(how), "by signal %d", WTERMSIG(status));
	else
		(void)snprintf(
		    how, sizeof(how), "with status %d", WEXITSTATUS(status));
	log_warn("%s ended %s, starting it again in %u ms: %s",
	    cli_program_name(c->program), how, (unsigned)(c->pause_us / 1000),
	    c->last);
}

void
supervise_child_ended(struct supervise_child *c, int status,
    const struct cli_config *config, bool stopping)
{
	uint64_t now = clock_monotonic_us();

	/* Workers of an nginx that was killed would hold its ports. */
	(void)kill(-c->process.pid, SIGKILL);
	supervise_child_output(c, config);
	c->process.pid = 0;
	c->ready = false;
	close_fd(&c->process.ready_fd);
	if (stopping)
		return;
	if (now - c->started_us >= LIFE_US)
		c->pause_us = PAUSE_MIN_US;
	c->again_us = now + c->pause_us;
	say_why(c, status);
	c->pause_us *= 2;
	if (c->pause_us > PAUSE_MAX_US)
		c->pause_us = PAUSE_MAX_US;
	c->restarts++;
}
