#include "cli/file.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int
cli_file_read(const char *path, struct buf *out, struct err *err)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "Opening %s failed", path);
	if (buf_add_fd(out, fd) < 0)
		return err_errno(err, "Reading %s failed", path);
	return buf_check(out, path, err);
}

static int
write_all(int fd, struct bytes x)
{
	while (x.n > 0) {
		ssize_t n = write(fd, x.p, x.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		x.p += n;
		x.n -= (size_t)n;
	}
	return fsync(fd);
}

/* A name is on the disk when its folder is. */
static int
sync_folder(const char *path, struct err *err)
{
	char folder[PATH_MAX];
	AUTO_FD fd = -1;

	if (cli_file_folder(folder, path, err) < 0)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_errno(
		    err, "Forcing the folder %s to the disk failed", folder);
	return 0;
}

static int
write_fresh(
    const char *path, struct bytes content, mode_t mode, struct err *err)
{
	AUTO_FD fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_EXISTS,
		    "There is a file %s already, and it is never overwritten. "
		    "Choose another name, or move it away.",
		    path);
	if (fd < 0)
		return err_errno(err, "Making the file %s failed", path);
	if (write_all(fd, content) == 0 && fchmod(fd, mode) == 0)
		return 0;
	(void)err_errno(err, "Writing the file %s failed", path);
	(void)unlink(path);
	return -1;
}

int
cli_file_write_new(
    const char *path, struct bytes content, mode_t mode, struct err *err)
{
	if (write_fresh(path, content, mode, err) < 0)
		return -1;
	return sync_folder(path, err);
}

int
cli_file_rename(const char *from, const char *to, struct err *err)
{
	if (rename(from, to) < 0)
		return err_errno(err, "Renaming %s to %s failed", from, to);
	return sync_folder(to, err);
}

int
cli_file_replace(
    const char *path, struct bytes content, mode_t mode, struct err *err)
{
	char fresh[PATH_MAX + 8];

	(void)snprintf(fresh, sizeof(fresh), "%s.tmp", path);
	(void)unlink(fresh);
	if (write_fresh(fresh, content, mode, err) < 0)
		return -1;
	if (cli_file_rename(fresh, path, err) < 0) {
		(void)unlink(fresh);
		return -1;
	}
	return 0;
}

bool
cli_file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int
too_long(const char *path, struct err *err)
{
	return err_set(
	    err, ERR_INVALID, "The path %.80s... is too long.", path);
}

int
cli_file_ending(
    char *dst, const char *path, const char *ending, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t n = dot && dot != name ? (size_t)(dot - path) : strlen(path);

	if (n + strlen(ending) >= PATH_MAX)
		return too_long(path, err);
	(void)snprintf(dst, PATH_MAX, "%.*s%s", (int)n, path, ending);
	return 0;
}

int
cli_file_folder(char *dst, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		return too_long(path, err);
	if (!slash)
		(void)snprintf(dst, PATH_MAX, ".");
	else
		(void)snprintf(dst, PATH_MAX, "%.*s", n ? (int)n : 1, path);
	return 0;
}

int
cli_file_absolute(char *dst, const char *path, struct err *err)
{
	char folder[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n;

	if (cli_file_folder(folder, path, err) < 0)
		return -1;
	if (!realpath(folder, real))
		return err_errno(err, "There is no folder %s", folder);
	n = snprintf(dst, PATH_MAX, "%s/%s", str_eq(real, "/") ? "" : real,
	    slash ? slash + 1 : path);
	return n < 0 || n >= PATH_MAX ? too_long(path, err) : 0;
}
