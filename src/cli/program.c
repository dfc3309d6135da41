#include "cli/program.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define READY_FD "3"
#define ARGS_MAX 16

static const struct {
	const char *name;
	const char *file;
	const char *uid_option;
	enum cli_program caller; /* whose uid may connect */
} programs[CLI_PROGRAM_COUNT] = {
	[CLI_PROGRAM_SIGN] = { "sign", "opencertsrv-sign", "--caller-uid",
	    CLI_PROGRAM_CA },
	[CLI_PROGRAM_CA] = { "ca", "opencertsrv-ca", "--web-uid",
	    CLI_PROGRAM_WEB },
	[CLI_PROGRAM_WEB] = { "web", "opencertsrv-web", "--nginx-uid",
	    CLI_PROGRAM_NGINX },
	[CLI_PROGRAM_NGINX] = { "nginx", "nginx", NULL, CLI_PROGRAM_NGINX },
};

const char *
cli_program_name(enum cli_program p)
{
	return programs[p].name;
}

int
cli_program_folder(char *dst, size_t size, struct err *err)
{
	char path[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return err_errno(err, "Finding our own program failed");
	path[n] = 0;
	slash = strrchr(path, '/');
	if (slash)
		*slash = 0;
	if (!str_copy(dst, size, path))
		return err_set(err, ERR_INVALID, "The path is too long.");
	return 0;
}

/* Beside a build folder the sources have web/; installed, the files are where
 * the build was told. */
int
cli_program_data(char *dst, size_t size, struct err *err)
{
	static const char *const places[] = { "../web", "../../web",
		"../share/opencertsrv" };
	char folder[PATH_MAX], path[PATH_MAX + 64];
	size_t i;
	const char *told = secure_getenv("OPENCERTSRV_DATA");

	if (told && str_copy(dst, size, told))
		return 0;
	if (cli_program_folder(folder, sizeof(folder), err) < 0)
		return -1;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s/pages", folder, places[i]);
		if (access(path, R_OK) != 0)
			continue;
		path[strlen(path) - strlen("/pages")] = 0;
		if (str_copy(dst, size, path))
			return 0;
	}
	return err_set(err, ERR_NOT_FOUND,
	    "The files of the pages are not where the program expects them "
	    "(beside %s).",
	    folder);
}

static int
find_nginx(char *dst, size_t size, struct err *err)
{
	static const char *const places[] = { "/usr/sbin/nginx",
		"/usr/local/sbin/nginx", "/usr/bin/nginx",
		"/usr/local/bin/nginx" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++)
		if (access(places[i], X_OK) == 0 &&
		    str_copy(dst, size, places[i]))
			return 0;
	return err_set(err, ERR_NOT_FOUND,
	    "nginx is not installed: apt-get install nginx.");
}

/* What the child does before it becomes another program: only calls that are
 * safe after fork(). */
struct start {
	const char *path;
	char *const *argv;
	const char *cwd;
	const struct cli_account *become;
	int in_fd; /* 0: as ours */
	int out_fd, ready_fd;
	bool session;
};

static void NORETURN
child_main(const struct start *s, pid_t parent)
{
	const struct rlimit files = { 8192, 8192 };
	struct rlimit now;
	sigset_t none;

	(void)sigemptyset(&none);
	(void)pthread_sigmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (getrlimit(RLIMIT_NOFILE, &now) == 0 &&
	    now.rlim_cur < files.rlim_cur) {
		now.rlim_cur = now.rlim_max < files.rlim_cur ? now.rlim_max
							     : files.rlim_cur;
		(void)setrlimit(RLIMIT_NOFILE, &now);
	}
	/* A group of its own: Ctrl-C reaches only the supervisor, which then
	 * stops all in order, and what a child leaves behind can be ended. */
	(void)(s->session ? setsid() : setpgid(0, 0));
	if ((s->cwd && chdir(s->cwd) < 0) ||
	    (s->in_fd > 0 && dup2(s->in_fd, 0) < 0) || dup2(s->out_fd, 1) < 0 ||
	    dup2(s->out_fd, 2) < 0)
		_exit(126);
	if (s->ready_fd >= 0) {
		if (s->ready_fd == 3 ? fcntl(3, F_SETFD, 0) < 0
				     : dup2(s->ready_fd, 3) < 0)
			_exit(126);
	}
	if (s->become &&
	    (setgroups(0, NULL) < 0 || setgid(s->become->gid) < 0 ||
		setuid(s->become->uid) < 0))
		_exit(126);
	(void)umask(027);
	/* After setuid(), which forgets it. */
	if (!s->session && (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0 ||
			       getppid() != parent))
		_exit(126);
	(void)execv(s->path, s->argv);
	(void)dprintf(2, "%s cannot be started\n", s->path);
	_exit(127);
}

static int
start(const struct start *s, pid_t *ret, struct err *err)
{
	pid_t parent = getpid(), pid;

	if (access(s->path, X_OK) < 0)
		return err_errno(err, "The program %s", s->path);
	pid = fork();
	if (pid < 0)
		return err_errno(err, "Starting %s failed", s->path);
	if (pid == 0)
		child_main(s, parent);
	*ret = pid;
	return 0;
}

static char *
mutable_text(const char *s)
{
	return (char *)(uintptr_t)s; /* execv() reads only */
}

static int
start_nginx(const struct cli_config *config, int out_fd, struct cli_child *ret,
    struct err *err)
{
	char path[PATH_MAX];
	char *argv[] = { mutable_text("nginx"), mutable_text("-p"),
		mutable_text(config->folder), mutable_text("-e"),
		mutable_text("log/nginx-error.log"), mutable_text("-c"),
		mutable_text("nginx.conf"), NULL };
	const struct start s = { .path = path,
		.argv = argv,
		.cwd = config->folder,
		.out_fd = out_fd,
		.ready_fd = -1 };

	ret->ready_fd = -1;
	if (find_nginx(path, sizeof(path), err) < 0)
		return -1;
	/* As root: it opens ports and keys, its workers get the account. */
	return start(&s, &ret->pid, err);
}

static int
path_of(enum cli_program p, char dst[PATH_MAX], struct err *err)
{
	char folder[PATH_MAX];

	if (cli_program_folder(folder, sizeof(folder), err) < 0)
		return -1;
	if (snprintf(dst, PATH_MAX, "%s/%s", folder, programs[p].file) >=
	    PATH_MAX)
		return err_set(err, ERR_INVALID, "The path is too long.");
	return 0;
}

int
cli_program_start(enum cli_program p, const struct cli_config *config,
    const struct cli_accounts *accounts, const char *mode, int out_fd,
    struct cli_child *ret, struct err *err)
{
	char path[PATH_MAX], uid[16];
	char *argv[ARGS_MAX];
	struct start s = { .path = path,
		.argv = argv,
		.cwd = config->folder,
		.out_fd = out_fd };
	int ends[2], rc;
	size_t n = 0;

	if (p == CLI_PROGRAM_NGINX)
		return start_nginx(config, out_fd, ret, err);
	if (path_of(p, path, err) < 0)
		return -1;
	(void)snprintf(uid, sizeof(uid), "%u",
	    (unsigned)accounts->of[programs[p].caller].uid);
	argv[n++] = mutable_text(programs[p].file);
	argv[n++] = mutable_text("--config");
	argv[n++] = mutable_text(config->file);
	argv[n++] = mutable_text("--supervised");
	argv[n++] = mutable_text("--ready-fd");
	argv[n++] = mutable_text(READY_FD);
	argv[n++] = mutable_text(programs[p].uid_option);
	argv[n++] = uid;
	if (mode)
		argv[n++] = mutable_text(mode);
	argv[n] = NULL;
	if (accounts->switch_user)
		s.become = &accounts->of[p];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "Making a pipe failed");
	s.ready_fd = ends[1];
	rc = start(&s, &ret->pid, err);
	(void)close(ends[1]);
	if (rc < 0)
		(void)close(ends[0]);
	else
		ret->ready_fd = ends[0];
	return rc;
}

/* It reads all of its input before it says anything. */
static int
write_input(int fd, struct bytes input, struct err *err)
{
	while (input.n > 0) {
		ssize_t k = write(fd, input.p, input.n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && errno == EPIPE)
			return 0; /* what it says tells why */
		if (k < 0)
			return err_errno(err, "Writing to a program failed");
		input = bytes_of(input.p + k, input.n - (size_t)k);
	}
	return 0;
}

static void
read_output(int fd, struct buf *out)
{
	uint8_t part[4096];
	ssize_t k;

	do {
		k = read(fd, part, sizeof(part));
		if (k > 0)
			buf_add(out, part, (size_t)k);
	} while (k > 0 || (k < 0 && errno == EINTR));
}

static int
feed(struct start *s, struct bytes input, struct buf *out, struct err *err)
{
	int in[2] = { -1, -1 }, back[2] = { -1, -1 }, rc, status = 0;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0)
		return err_errno(err, "Making a pipe failed");
	s->in_fd = in[0];
	s->out_fd = back[1];
	rc = start(s, &pid, err);
	(void)close(in[0]);
	(void)close(back[1]);
	if (rc == 0)
		rc = write_input(in[1], input, err);
	(void)close(in[1]);
	if (rc == 0)
		read_output(back[0], out);
	(void)close(back[0]);
	if (rc < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return buf_check(out, "what a program said", err);
	return err_set(err, ERR_SYSTEM, "A program failed.");
}

int
cli_program_feed(enum cli_program p, const struct cli_config *config,
    const struct cli_accounts *accounts, const char *const *options,
    struct bytes input, struct buf *out, struct err *err)
{
	char path[PATH_MAX];
	char *argv[ARGS_MAX] = { mutable_text(programs[p].file),
		mutable_text("--config"), mutable_text(config->file) };
	struct start s = { .path = path,
		.argv = argv,
		.cwd = config->folder,
		.ready_fd = -1 };
	size_t n = 3;

	for (; *options && n + 1 < ARGS_MAX; options++)
		argv[n++] = mutable_text(*options);
	if (accounts->switch_user)
		s.become = &accounts->of[p];
	if (path_of(p, path, err) < 0)
		return -1;
	return feed(&s, input, out, err);
}

int
cli_program_run(const char *path, const char *const argv[], int out_fd,
    bool session, pid_t *ret, struct err *err)
{
	char *copy[ARGS_MAX];
	const struct start s = { .path = path,
		.argv = copy,
		.out_fd = out_fd,
		.ready_fd = -1,
		.session = session };
	size_t n;

	for (n = 0; n + 1 < ARGS_MAX && argv[n]; n++)
		copy[n] = mutable_text(argv[n]);
	copy[n] = NULL;
	return start(&s, ret, err);
}

int
cli_program_wait_ready(
    struct cli_child *child, unsigned seconds, struct err *err)
{
	struct pollfd p = { .fd = child->ready_fd, .events = POLLIN };
	char word[8];
	ssize_t n = 0;
	int rc;

	do {
		rc = poll(&p, 1, (int)seconds * 1000);
	} while (rc < 0 && errno == EINTR);
	if (rc > 0)
		n = read(child->ready_fd, word, sizeof(word));
	(void)close(child->ready_fd);
	child->ready_fd = -1;
	if (rc == 0)
		return err_set(err, ERR_TIMEOUT,
		    "A program was not ready after %u seconds.", seconds);
	if (n <= 0)
		return err_set(
		    err, ERR_SYSTEM, "A program ended while it was started.");
	return 0;
}

void
cli_program_stop(pid_t pid, unsigned seconds)
{
	uint64_t end = clock_monotonic_us() + (uint64_t)seconds * 1000000;

	(void)kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_monotonic_us() > end)
			(void)kill(pid, SIGKILL);
		clock_sleep_us(10000);
	}
}

static int
check_port(const char *address, unsigned port, struct err *err)
{
	const struct addrinfo hints = { .ai_flags =
					    AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *a = NULL;
	char host[64], service[8];
	const int on = 1;
	AUTO_FD fd = -1;
	int rc;

	/* "[::1]" is written with brackets, or without. */
	(void)snprintf(host, sizeof(host), "%.*s",
	    (int)strcspn(address + (*address == '['), "]"),
	    address + (*address == '['));
	(void)snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &a) != 0 || !a)
		return err_set(err, ERR_INVALID,
		    "\"%.60s\" is not an IP address to listen on.", address);
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd < 0 ||
	     setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	     bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, 1) < 0;
	freeaddrinfo(a);
	if (!rc)
		return 0;
	if (errno == EADDRINUSE)
		return err_set(err, ERR_SYSTEM,
		    "Port %u of %s is in use by another program.", port,
		    address);
	return err_errno(
	    err, "Listening on port %u of %s failed", port, address);
}

int
cli_program_check_ports(
    const char *listen, unsigned https, unsigned http, struct err *err)
{
	if (check_port(listen, https, err) < 0)
		return -1;
	return check_port(listen, http, err);
}
