#include "supervise/supervise.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/folder.h"
#include "cli/nginx.h"
#include "supervise/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A program that ends is noticed at once. One that takes long is the CA when a
 * new version makes indexes over millions of rows: half a minute for ten. */
#define START_SECONDS 600
#define STOP_SECONDS  20
#define TICK_US       10000000ULL   /* sizes of logs */
#define RENEW_US      3600000000ULL /* look at the site's certificate */
#define RENEW_SOON_US 60000000ULL   /* after a failure */
#define DELIVER_US    60000000ULL   /* after a failure; then twice as long */
#define DELIVER_MAX   600000000ULL
#define POLL_READY_MS 20 /* nginx cannot tell that it is ready */

struct supervisor {
	const struct cli_config *config;
	struct cli_accounts accounts;
	struct supervise_child children[CLI_PROGRAM_COUNT];
	int lock_fd, signal_fd;
	bool stopping;
	pid_t renewing; /* the process that looks at the certificate, or 0 */
	int renew_status;
	uint64_t renew_us, tick_us;
	pid_t delivering; /* the process that hands lists on, or 0 */
	uint64_t deliver_us, deliver_pause_us; /* try again; UINT64_MAX: no */
	struct timespec published; /* of the folder, when it last began */
};

/* --- the file that `status` reads --------------------------------------- */

static void
write_state(const struct supervisor *s)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	size_t i;

	for (i = 0; i < CLI_PROGRAM_COUNT; i++) {
		const struct supervise_child *c = &s->children[i];

		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %d %u\n",
		    cli_program_name(c->program), (int)c->process.pid,
		    c->restarts);
	}
	/* Our number stays the first line at every moment. */
	if (pwrite(s->lock_fd, text, (size_t)n, 0) != n ||
	    ftruncate(s->lock_fd, n) < 0)
		log_warn("the file run/supervise.pid could not be written");
}

/* --- files of nginx ------------------------------------------------------ */

static int
write_page(const struct supervisor *s, const char *page_name, struct err *err)
{
	AUTO_BUF page = BUF_WITH_LIMIT(65536);
	AUTO_BUF out = BUF_WITH_LIMIT(65536);
	char name[64];

	(void)snprintf(name, sizeof(name), "www/pages/%s.html", page_name);
	if (cli_folder_read(s->config->folder, name, &page, err) < 0 ||
	    cli_nginx_page(s->config, buf_bytes(&page), &out, err) < 0)
		return -1;
	return cli_folder_write(
	    s->config->folder, name, buf_bytes(&out), 0644, NULL, err);
}

static int
write_nginx(const struct supervisor *s, struct err *err)
{
	static const char *const pages[] = { "400", "404", "405", "408", "413",
		"429", "431", "503", "https-required", "unknown-host" };
	const struct cli_account *a = &s->accounts.of[CLI_PROGRAM_NGINX];
	char user[2 * CLI_ACCOUNT_NAME_MAX + 2], data[PATH_MAX];
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_NGINX_MAX);
	size_t i;

	(void)snprintf(user, sizeof(user), "%s %s", a->name, a->group);
	if (s->accounts.switch_user && !a->name[0])
		return err_set(err, ERR_CONFIG,
		    "The owner of %s has no name on this machine.",
		    s->config->folder);
	if (cli_program_data(data, sizeof(data), err) < 0 ||
	    cli_folder_copy_www(data, s->config->folder, err) < 0)
		return -1;
	for (i = 0; i < ARRAY_LEN(pages); i++)
		if (write_page(s, pages[i], err) < 0)
			return -1;
	if (cli_nginx_config(s->config, s->accounts.switch_user ? user : NULL,
		&text, err) < 0)
		return -1;
	return cli_folder_write(
	    s->config->folder, "nginx.conf", buf_bytes(&text), 0644, NULL, err);
}

/* --- the site's certificate ---------------------------------------------- */

static int
start_renewal(struct supervisor *s, struct err *err)
{
	const char *const argv[] = { "opencertsrv", "site", "renew", "--config",
		s->config->file, NULL };
	char folder[PATH_MAX], self[PATH_MAX];

	s->renew_us = clock_monotonic_us() + RENEW_US;
	if (cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_folder_path(self, sizeof(self), folder, "opencertsrv", err) < 0)
		return -1;
	return cli_program_run(
	    self, argv, STDERR_FILENO, false, &s->renewing, err);
}

static void
renewal_ended(struct supervisor *s, int status)
{
	pid_t nginx = s->children[CLI_PROGRAM_NGINX].process.pid;

	s->renewing = 0;
	s->renew_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	if (s->renew_status == 0 && nginx > 0) {
		log_info("the site's certificate was renewed");
		(void)kill(nginx, SIGHUP);
	}
	/* 3: nothing to renew. */
	if (s->renew_status != 0 && s->renew_status != 3)
		s->renew_us = clock_monotonic_us() + RENEW_SOON_US;
}

/* --- published lists ------------------------------------------------------ */

/* Has the folder of published files another time than when it was looked at?
 * A rename into it changes that. */
static bool
was_published(struct supervisor *s)
{
	char path[PATH_MAX];
	struct stat st;

	if (cli_folder_path(path, sizeof(path), s->config->folder,
		"public/certenroll", NULL) < 0 ||
	    stat(path, &st) < 0 ||
	    (st.st_mtim.tv_sec == s->published.tv_sec &&
		st.st_mtim.tv_nsec == s->published.tv_nsec))
		return false;
	s->published = st.st_mtim;
	return true;
}

static int
start_delivery(struct supervisor *s, struct err *err)
{
	const char *const argv[] = { "opencertsrv", "crl", "deliver",
		"--config", s->config->file, NULL };
	char folder[PATH_MAX], self[PATH_MAX];

	s->deliver_us = UINT64_MAX;
	if (cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_folder_path(self, sizeof(self), folder, "opencertsrv", err) < 0)
		return -1;
	return cli_program_run(
	    self, argv, STDERR_FILENO, false, &s->delivering, err);
}

static void
delivery_ended(struct supervisor *s, int status)
{
	s->delivering = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		s->deliver_pause_us = 0;
		return;
	}
	s->deliver_pause_us =
	    s->deliver_pause_us ? 2 * s->deliver_pause_us : DELIVER_US;
	if (s->deliver_pause_us > DELIVER_MAX)
		s->deliver_pause_us = DELIVER_MAX;
	s->deliver_us = clock_monotonic_us() + s->deliver_pause_us;
}

/* Once nginx serves, and with each look at the logs. */
static void
look_at_lists(struct supervisor *s, uint64_t now)
{
	struct err err = { 0 };

	if (s->delivering || !s->children[CLI_PROGRAM_NGINX].ready)
		return;
	if (!was_published(s) && now < s->deliver_us)
		return;
	if (start_delivery(s, &err) < 0)
		log_error("%s", err.text);
}

/* --- logs ---------------------------------------------------------------- */

/* nginx writes its own two files, and we ours when we are detached. */
static void
bound_logs(const struct supervisor *s)
{
	static const char *const names[] = { "log/nginx-access.log",
		"log/nginx-error.log" };
	pid_t nginx = s->children[CLI_PROGRAM_NGINX].process.pid;
	char path[PATH_MAX + 32], old[PATH_MAX + 32];
	struct stat st;
	bool moved = false;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", s->config->folder, names[i]);
		(void)snprintf(
		    old, sizeof(old), "%s/%s.1", s->config->folder, names[i]);
		if (stat(path, &st) == 0 && st.st_size > SUPERVISE_LOG_MAX)
			moved |= rename(path, old) == 0;
	}
	if (moved && nginx > 0)
		(void)kill(nginx, SIGUSR1);
	if (fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > SUPERVISE_LOG_MAX && ftruncate(STDERR_FILENO, 0) < 0)
		log_warn("our own log could not be cut");
}

/* --- the loop --------------------------------------------------------------
 */

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->renewing)
			renewal_ended(s, status);
		if (pid == s->delivering)
			delivery_ended(s, status);
		for (i = 0; i < CLI_PROGRAM_COUNT; i++)
			if (s->children[i].process.pid == pid)
				supervise_child_ended(&s->children[i], status,
				    s->config, s->stopping);
		write_state(s);
	}
}

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			s->stopping = true;
	reap(s);
}

/* Milliseconds until something is to be done without being told. */
static int
patience(const struct supervisor *s, uint64_t now)
{
	uint64_t next = s->tick_us < s->renew_us ? s->tick_us : s->renew_us;
	const struct supervise_child *nginx = &s->children[CLI_PROGRAM_NGINX];
	size_t i;

	if (nginx->process.pid && !nginx->ready)
		return POLL_READY_MS;
	for (i = 0; i < CLI_PROGRAM_COUNT; i++) {
		const struct supervise_child *c = &s->children[i];

		if (!c->process.pid && c->again_us && c->again_us < next)
			next = c->again_us;
	}
	return next <= now ? 0 : (int)((next - now) / 1000 + 1);
}

static void
do_what_is_due(struct supervisor *s, uint64_t now)
{
	struct err err = { 0 };
	size_t i;

	if (now >= s->tick_us) {
		bound_logs(s);
		if (!s->stopping)
			look_at_lists(s, now);
		s->tick_us = now + TICK_US;
	}
	if (s->stopping)
		return;
	if (now >= s->renew_us && !s->renewing && start_renewal(s, &err) < 0)
		log_error("%s", err.text);
	for (i = 0; i < CLI_PROGRAM_COUNT; i++) {
		struct supervise_child *c = &s->children[i];

		if (c->process.pid || !c->again_us || now < c->again_us)
			continue;
		if (supervise_child_start(c, s->config, &s->accounts, &err) <
		    0) {
			log_error("%s", err.text);
			c->again_us = now + c->pause_us;
		}
		write_state(s);
	}
}

/* One turn: wait for signals, output and ready words; do what is due. */
static void
turn(struct supervisor *s, int limit_ms)
{
	struct pollfd fds[1 + 2 * CLI_PROGRAM_COUNT];
	int wait = patience(s, clock_monotonic_us());
	size_t i;

	fds[0] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	for (i = 0; i < CLI_PROGRAM_COUNT; i++) {
		const struct supervise_child *c = &s->children[i];

		fds[1 + 2 * i] =
		    (struct pollfd){ .fd = c->out_fd, .events = POLLIN };
		fds[2 + 2 * i] = (struct pollfd){ .fd = c->process.ready_fd,
			.events = POLLIN };
	}
	if (poll(fds, ARRAY_LEN(fds), wait < limit_ms ? wait : limit_ms) > 0) {
		for (i = 0; i < CLI_PROGRAM_COUNT; i++) {
			struct supervise_child *c = &s->children[i];

			if (fds[1 + 2 * i].revents)
				supervise_child_output(c, s->config);
			if (fds[2 + 2 * i].revents)
				supervise_child_said(c);
		}
		if (fds[0].revents)
			take_signals(s);
	}
	supervise_child_look(&s->children[CLI_PROGRAM_NGINX], s->config);
	do_what_is_due(s, clock_monotonic_us());
}

/* --- start and stop ------------------------------------------------------ */

static int
start_child(struct supervisor *s, enum cli_program p, struct err *err)
{
	struct supervise_child *c = &s->children[p];
	uint64_t end = clock_monotonic_us() + START_SECONDS * 1000000ULL;

	if (supervise_child_start(c, s->config, &s->accounts, err) < 0)
		return -1;
	write_state(s);
	while (!c->ready && !s->stopping) {
		turn(s, 1000);
		if (c->restarts > 0)
			return err_set(err, ERR_SYSTEM, "%s did not start: %s",
			    cli_program_name(p), c->last);
		if (clock_monotonic_us() > end)
			return err_set(err, ERR_TIMEOUT,
			    "%s was not ready after %d seconds.",
			    cli_program_name(p), START_SECONDS);
	}
	return 0;
}

/* Before nginx starts it has a certificate that is good for some time. */
static int
check_site(struct supervisor *s, struct err *err)
{
	if (s->stopping)
		return 0;
	if (start_renewal(s, err) < 0)
		return -1;
	while (s->renewing)
		turn(s, 1000);
	if (s->stopping || s->renew_status == 0 || s->renew_status == 3)
		return 0;
	/* An old one is better than no pages. */
	log_warn("the certificate of the web site could not be renewed");
	return 0;
}

static int
start_all(struct supervisor *s, struct err *err)
{
	size_t i;

	for (i = 0; i < CLI_PROGRAM_COUNT && !s->stopping; i++) {
		if (i == CLI_PROGRAM_NGINX && check_site(s, err) < 0)
			return -1;
		if (!s->stopping &&
		    start_child(s, (enum cli_program)i, err) < 0)
			return -1;
	}
	return 0;
}

static void
stop_all(struct supervisor *s)
{
	size_t i;

	s->stopping = true;
	for (i = CLI_PROGRAM_COUNT; i-- > 0;) {
		struct supervise_child *c = &s->children[i];
		uint64_t end = clock_monotonic_us() + STOP_SECONDS * 1000000ULL;

		if (c->process.pid)
			(void)kill(c->process.pid, SIGTERM);
		while (c->process.pid) {
			turn(s, 100);
			if (c->process.pid && clock_monotonic_us() > end)
				(void)kill(-c->process.pid, SIGKILL);
		}
	}
	if (s->renewing)
		(void)kill(s->renewing, SIGTERM);
	if (s->delivering)
		(void)kill(s->delivering, SIGTERM);
}

static int
prepare(struct supervisor *s, struct err *err)
{
	char folder[PATH_MAX];
	sigset_t set;
	size_t i;

	for (i = 0; i < CLI_PROGRAM_COUNT; i++)
		supervise_child_init(&s->children[i], (enum cli_program)i);
	s->renew_us = UINT64_MAX;
	s->deliver_us = UINT64_MAX;
	if (cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_accounts_find(s->config->folder, folder, &s->accounts, err) <
		0 ||
	    cli_folder_layout(s->config->folder, &s->accounts, err) < 0 ||
	    cli_folder_lock(s->config->folder, &s->lock_fd, err) < 0 ||
	    cli_program_check_ports(s->config->listen, s->config->https,
		s->config->http, err) < 0 ||
	    write_nginx(s, err) < 0)
		return -1;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	/* What an nginx that was killed leaves behind becomes our child. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
	    pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return err_errno(err, "Setting up the supervisor failed");
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? err_errno(err, "Taking signals failed") : 0;
}

int
supervise_run(const struct cli_config *config,
    int (*ready)(void *ctx, struct err *err), void *ctx, struct err *err)
{
	struct supervisor s = {
		.config = config, .lock_fd = -1, .signal_fd = -1
	};
	int rc = prepare(&s, err);

	if (rc == 0)
		rc = start_all(&s, err);
	if (rc == 0 && !s.stopping) {
		log_info("all programs of %s serve", config->folder);
		if (ready)
			rc = ready(ctx, err);
	}
	while (rc == 0 && !s.stopping)
		turn(&s, 60000);
	if (s.signal_fd >= 0)
		stop_all(&s);
	/* Closing releases the lock: only now does it not run any more. */
	if (s.lock_fd >= 0)
		(void)close(s.lock_fd);
	if (s.signal_fd >= 0)
		(void)close(s.signal_fd);
	return rc;
}
