#include "rpc/socket.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* *ret_dir is -1, or a folder that must stay open while *ret is used. */
static int
address(
    const char *path, struct sockaddr_un *ret, int *ret_dir, struct err *err)
{
	char folder[PATH_MAX];
	const char *name = strrchr(path, '/');
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*ret_dir = -1;
	if (str_copy(ret->sun_path, sizeof(ret->sun_path), path))
		return 0;
	if (!name || !str_copy(folder, sizeof(folder), path))
		return err_set(
		    err, ERR_CONFIG, "socket %s: the path is too long", path);
	folder[name - path] = 0;
	*ret_dir =
	    open(folder[0] ? folder : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return err_errno(err, "folder of socket %s", path);
	n = snprintf(ret->sun_path, sizeof(ret->sun_path),
	    "/proc/self/fd/%d/%s", *ret_dir, name + 1);
	if (n < 0 || (size_t)n >= sizeof(ret->sun_path))
		return err_set(
		    err, ERR_CONFIG, "socket %s: the name is too long", path);
	return 0;
}

static int
new_socket(int *ret_fd, struct err *err)
{
	*ret_fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *ret_fd < 0 ? err_errno(err, "socket") : 0;
}

/* Remove what a server that was killed left behind. */
static int
remove_stale(
    const char *path, const struct sockaddr_un *address_, struct err *err)
{
	AUTO_FD fd = -1;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(err, "socket %s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_EXISTS,
		    "socket %s: a file that is not a socket is in its place",
		    path);
	if (new_socket(&fd, err) < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)address_, sizeof(*address_)) ==
		0 ||
	    errno == EAGAIN)
		return err_set(err, ERR_EXISTS,
		    "socket %s: another program is serving it", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, "socket %s: remove", path);
	return 0;
}

int
rpc_socket_listen(const char *path, mode_t mode, int *ret_fd, struct err *err)
{
	struct sockaddr_un a;
	AUTO_FD dir = -1;
	AUTO_FD fd = -1;

	if (address(path, &a, &dir, err) < 0 ||
	    remove_stale(path, &a, err) < 0 || new_socket(&fd, err) < 0)
		return -1;
	/* Linux makes the file with the mode of the socket: nobody else can
	 * come in before chmod(), and no umask is changed under threads. */
	if (fchmod(fd, S_IRUSR | S_IWUSR) < 0 ||
	    bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, RPC_SOCKET_BACKLOG) < 0 || chmod(path, mode) < 0)
		return err_errno(err, "socket %s", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int
rpc_socket_connect(const char *path, int *ret_fd, struct err *err)
{
	struct sockaddr_un a;
	AUTO_FD dir = -1;
	AUTO_FD fd = -1;

	if (address(path, &a, &dir, err) < 0 || new_socket(&fd, err) < 0)
		return -1;
	/* Never in progress: a full backlog is EAGAIN at once. */
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
		/* Without the path: the text may reach a requester's page. */
		(void)err_errno(err, "the other program is not answering");
		if (err)
			err->code = ERR_UNAVAILABLE;
		return -1;
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int
rpc_socket_peer(int fd, uid_t *ret_uid, pid_t *ret_pid, struct err *err)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0 ||
	    n != sizeof(cred))
		return err_errno(err, "who is at the other end of a socket");
	*ret_uid = cred.uid;
	*ret_pid = cred.pid;
	return 0;
}
