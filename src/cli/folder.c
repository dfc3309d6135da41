#include "cli/folder.h"

#include "base/clock.h"
#include "base/str.h"
#include "cli/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#define MARK     ".initialising"
#define PID_FILE "run/supervise.pid"
#define FILE_MAX (4 * 1024 * 1024)

/* Whose a folder is: an account of a program, or the folder's owner. */
enum { OWNER = -1 };

/* The listener owns the folder of its socket, the caller's group may pass; the
 * set-group-id bit hands that group on to the socket. */
static const struct {
	const char *path;
	int owner, group;
	mode_t mode;
} folders[] = {
	{ "run", OWNER, OWNER, 0755 },
	{ "run/sign", CLI_PROGRAM_SIGN, CLI_PROGRAM_CA, 02750 },
	{ "run/web", CLI_PROGRAM_CA, CLI_PROGRAM_WEB, 02750 },
	{ "run/admin", CLI_PROGRAM_CA, OWNER, 02750 },
	{ "run/fcgi", CLI_PROGRAM_WEB, CLI_PROGRAM_NGINX, 02750 },
	{ "sign", CLI_PROGRAM_SIGN, CLI_PROGRAM_SIGN, 0700 },
	{ "sign/keys", CLI_PROGRAM_SIGN, CLI_PROGRAM_SIGN, 0700 },
	{ "ca", CLI_PROGRAM_CA, CLI_PROGRAM_CA, 0700 },
	{ "web", CLI_PROGRAM_WEB, CLI_PROGRAM_WEB, 0700 },
	{ "web/cache", CLI_PROGRAM_WEB, CLI_PROGRAM_WEB, 0700 },
	{ "public", OWNER, OWNER, 0755 },
	{ "public/certenroll", CLI_PROGRAM_CA, CLI_PROGRAM_NGINX, 02755 },
	{ "www", OWNER, OWNER, 0755 },
	{ "www/static", OWNER, OWNER, 0755 },
	{ "www/pages", OWNER, OWNER, 0755 },
	{ "tls", OWNER, OWNER, 0700 },
	{ "tmp", CLI_PROGRAM_NGINX, CLI_PROGRAM_NGINX, 0700 },
	{ "log", OWNER, OWNER, 0750 },
};

/* Everything that an initialisation makes, for starting again. */
static const char *const made[] = { "run", "sign", "ca", "web", "public", "www",
	"tls", "tmp", "log", "templates", "opencertsrv.yaml", "ca.pem",
	"credentials", "nginx.conf" };

int
cli_folder_path(
    char *dst, size_t size, const char *dir, const char *name, struct err *err)
{
	int n = snprintf(dst, size, "%s/%s", dir, name);

	if (n < 0 || (size_t)n >= size)
		return err_set(
		    err, ERR_INVALID, "The path of %s is too long.", name);
	return 0;
}

static bool
has(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return cli_folder_path(path, sizeof(path), dir, name, NULL) == 0 &&
	       access(path, F_OK) == 0;
}

static int
is_empty(const char *dir, bool *ret, struct err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	*ret = true;
	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return err_errno(err, "Reading the folder %s failed", dir);
	while (*ret && (e = readdir(d)) != NULL)
		*ret = str_eq(e->d_name, ".") || str_eq(e->d_name, "..");
	(void)closedir(d);
	return 0;
}

int
cli_folder_state(const char *dir, enum cli_folder_state *ret, struct err *err)
{
	bool empty;

	if (is_empty(dir, &empty, err) < 0)
		return -1;
	if (empty)
		*ret = CLI_FOLDER_EMPTY;
	else if (has(dir, MARK))
		*ret = CLI_FOLDER_HALF;
	else if (has(dir, "opencertsrv.yaml") && has(dir, "ca") &&
		 has(dir, "run"))
		*ret = CLI_FOLDER_READY;
	else
		*ret = CLI_FOLDER_FOREIGN;
	return 0;
}

int
cli_folder_begin(const char *dir, struct err *err)
{
	char path[PATH_MAX];
	size_t i;

	if (!str_copy(path, sizeof(path), dir))
		return err_set(err, ERR_INVALID, "The path is too long.");
	for (i = 1; path[i]; i++)
		if (path[i] == '/') {
			path[i] = 0;
			if (mkdir(path, 0755) < 0 && errno != EEXIST)
				return err_errno(
				    err, "Making the folder %s failed", path);
			path[i] = '/';
		}
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_errno(err, "Making the folder %s failed", path);
	return cli_folder_write(dir, MARK, BYTES_NONE, 0600, NULL, err);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

int
cli_folder_clear(const char *dir, struct err *err)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_LEN(made); i++) {
		if (cli_folder_path(path, sizeof(path), dir, made[i], err) < 0)
			return -1;
		if (nftw(path, remove_one, 16,
			FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 &&
		    errno != ENOENT)
			return err_errno(err, "Removing %s failed", path);
	}
	return 0;
}

static const struct cli_account *
account(const struct cli_accounts *a, int who)
{
	return who == OWNER ? &a->owner : &a->of[who];
}

int
cli_folder_layout(
    const char *dir, const struct cli_accounts *a, struct err *err)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_LEN(folders); i++) {
		if (cli_folder_path(
			path, sizeof(path), dir, folders[i].path, err) < 0)
			return -1;
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return err_errno(
			    err, "Making the folder %s failed", path);
		/* Owner first: chown takes the set-group-id bit away. */
		if (a->switch_user &&
		    lchown(path, account(a, folders[i].owner)->uid,
			account(a, folders[i].group)->gid) < 0)
			return err_errno(err, "Giving %s away failed", path);
		if (chmod(path, folders[i].mode) < 0)
			return err_errno(
			    err, "Setting the mode of %s failed", path);
	}
	return 0;
}

int
cli_folder_finish(const char *dir, struct err *err)
{
	char path[PATH_MAX];
	AUTO_FD fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* All of it is on the disk before the mark goes. */
	if (fd < 0 || syncfs(fd) < 0)
		return err_errno(err, "Writing %s to the disk failed", dir);
	if (cli_folder_path(path, sizeof(path), dir, MARK, err) < 0)
		return -1;
	if (unlink(path) < 0 || fsync(fd) < 0)
		return err_errno(err, "Removing %s failed", path);
	return 0;
}

static int
write_all(int fd, struct bytes content)
{
	ssize_t n;

	while (content.n > 0) {
		n = write(fd, content.p, content.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		content = bytes_of(content.p + n, content.n - (size_t)n);
	}
	return fsync(fd);
}

int
cli_folder_write(const char *dir, const char *name, struct bytes content,
    mode_t mode, const struct cli_account *who, struct err *err)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	AUTO_FD fd = -1;

	if (cli_folder_path(path, sizeof(path), dir, name, err) < 0)
		return -1;
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	(void)unlink(fresh);
	fd = open(
	    fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, "Making the file %s failed", path);
	if (write_all(fd, content) < 0 ||
	    (who && geteuid() == 0 && fchown(fd, who->uid, who->gid) < 0) ||
	    fchmod(fd, mode) < 0 || rename(fresh, path) < 0) {
		(void)err_errno(err, "Writing the file %s failed", path);
		(void)unlink(fresh);
		return -1;
	}
	return 0;
}

int
cli_folder_read(
    const char *dir, const char *name, struct buf *out, struct err *err)
{
	char path[PATH_MAX];

	if (cli_folder_path(path, sizeof(path), dir, name, err) < 0)
		return -1;
	return cli_file_read(path, out, err);
}

/* Copy the regular files of one folder, and of the folders in it. */
static int
copy_tree(const char *from, const char *dir, const char *to, int depth,
    struct err *err)
{
	char source[PATH_MAX], name[PATH_MAX], path[PATH_MAX];
	DIR *d = opendir(from);
	struct dirent *e;
	struct stat st;
	int rc = 0;

	if (!d)
		return err_errno(err, "Reading the folder %s failed", from);
	while (rc == 0 && (e = readdir(d)) != NULL) {
		AUTO_BUF content = BUF_WITH_LIMIT(FILE_MAX);

		if (e->d_name[0] == '.')
			continue;
		rc = cli_folder_path(
		    source, sizeof(source), from, e->d_name, err);
		if (rc == 0)
			rc = cli_folder_path(
			    name, sizeof(name), to, e->d_name, err);
		if (rc == 0)
			rc =
			    cli_folder_path(path, sizeof(path), dir, name, err);
		if (rc < 0 || stat(source, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth > 0) {
			(void)mkdir(path, 0755);
			rc = copy_tree(source, dir, name, depth - 1, err);
		} else if (S_ISREG(st.st_mode)) {
			rc = cli_file_read(source, &content, err);
			if (rc == 0)
				rc = cli_folder_write(dir, name,
				    buf_bytes(&content), 0644, NULL, err);
		}
	}
	(void)closedir(d);
	return rc;
}

int
cli_folder_copy_www(const char *data, const char *dir, struct err *err)
{
	char from[PATH_MAX];

	if (cli_folder_path(from, sizeof(from), data, "static", err) < 0 ||
	    copy_tree(from, dir, "www/static", 4, err) < 0 ||
	    cli_folder_path(from, sizeof(from), data, "pages", err) < 0)
		return -1;
	return copy_tree(from, dir, "www/pages", 0, err);
}

/* The first number of the file. */
static pid_t
read_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid = 0;

	if (n <= 0)
		return 0;
	text[n] = 0;
	text[strcspn(text, " \n")] = 0;
	return str_u64(text, INT_MAX, &pid) ? (pid_t)pid : 0;
}

int
cli_folder_running(const char *dir, pid_t *ret_pid, struct err *err)
{
	char path[PATH_MAX];
	AUTO_FD fd = -1;

	*ret_pid = 0;
	if (cli_folder_path(path, sizeof(path), dir, PID_FILE, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_errno(err, "Opening %s failed", path);
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0; /* nobody holds it: closing releases it */
	if (errno != EWOULDBLOCK)
		return err_errno(err, "Looking at the lock of %s failed", path);
	/* A moment may pass between its lock and its number. */
	for (int i = 0; i < 100 && (*ret_pid = read_pid(fd)) == 0; i++)
		clock_sleep_us(10000);
	return *ret_pid ? 0
			: err_set(err, ERR_BUSY,
			      "%s is just being started or stopped.", dir);
}

int
cli_folder_lock(const char *dir, int *ret_fd, struct err *err)
{
	char path[PATH_MAX], text[32];
	AUTO_FD fd = -1;
	int n;

	if (cli_folder_path(path, sizeof(path), dir, PID_FILE, err) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(err, "Opening %s failed", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return err_errno(err, "Locking %s failed", path);
		return err_set(err, ERR_EXISTS, "%s is running already.", dir);
	}
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return err_errno(err, "Writing %s failed", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}
