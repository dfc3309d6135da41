#include "sign/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define NAME_MAX_HERE 64

int
sign_disk_folder(const char *path, int *ret_fd, struct err *err)
{
	AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, "the folder of the keys, %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(err, ERR_DENIED,
		    "the folder of the keys, %s, must belong to the signer's "
		    "account (uid %u) with mode 0700; it belongs to uid %u "
		    "with mode %04o",
		    path, geteuid(), st.st_uid, st.st_mode & 07777U);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int
check_file(
    int fd, const char *name, size_t max, size_t *ret_size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_DENIED, "%s is no file", name);
	if (st.st_uid != geteuid() || (st.st_mode & 0177) != 0)
		return err_set(err, ERR_DENIED,
		    "%s must belong to the signer's account (uid %u) with "
		    "mode 0600; it belongs to uid %u with mode %04o",
		    name, geteuid(), st.st_uid, st.st_mode & 07777U);
	if (st.st_size <= 0 || (size_t)st.st_size > max)
		return err_set(err, ERR_BAD_DATA,
		    "%s is empty or larger than %zu bytes", name, max);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int
read_all(int fd, uint8_t *p, size_t n, const char *name, struct err *err)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fd, p + done, n - done);

		if (r == 0)
			return err_set(err, ERR_BAD_DATA,
			    "%s became shorter while it was read", name);
		if (r < 0 && errno != EINTR)
			return err_errno(err, "%s", name);
		if (r > 0)
			done += (size_t)r;
	}
	return 0;
}

int
sign_disk_read(int folder, const char *name, size_t max, struct secret **ret,
    struct err *err)
{
	AUTO_FD fd = openat(
	    folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	AUTO(secret) s = NULL;
	size_t n = 0;

	*ret = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_errno(err, "%s", name);
	if (check_file(fd, name, max, &n, err) < 0 ||
	    secret_new(n, &s, err) < 0 ||
	    read_all(fd, secret_mem(s), n, name, err) < 0)
		return -1;
	*ret = TAKE(s);
	return 0;
}

static int
write_all(int fd, struct bytes content)
{
	while (content.n > 0) {
		ssize_t w = write(fd, content.p, content.n);

		if (w < 0 && errno != EINTR)
			return -1;
		if (w > 0)
			content =
			    bytes_of(content.p + w, content.n - (size_t)w);
	}
	return fsync(fd);
}

int
sign_disk_write(
    int folder, const char *name, struct bytes content, struct err *err)
{
	char temp[NAME_MAX_HERE];
	AUTO_FD fd = -1;
	int n = snprintf(temp, sizeof(temp), "%s.new", name);

	if (n < 0 || (size_t)n >= sizeof(temp))
		return err_set(err, ERR_INVALID, "the name %s is long", name);
	/* One that a crash left behind. */
	(void)unlinkat(folder, temp, 0);
	fd = openat(folder, temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, "making %s", name);
	if (write_all(fd, content) < 0 ||
	    renameat(folder, temp, folder, name) < 0) {
		(void)err_errno(err, "writing %s", name);
		(void)unlinkat(folder, temp, 0);
		return -1;
	}
	if (fsync(folder) < 0)
		return err_errno(err, "writing %s", name);
	return 0;
}
