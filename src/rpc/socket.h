/* socket.h - unix stream sockets by path, and who is at the other end.
 *
 * Paths longer than sun_path allows are reached through their folder's file
 * descriptor. All sockets are non-blocking and close-on-exec.
 */
#pragma once
#include "base/err.h"

#include <sys/types.h>

#define RPC_SOCKET_BACKLOG 64

/* A stale socket file is replaced; one that is being served, or a file of
 * another kind, is an error. There is no moment at which the file's mode is
 * wider than `mode`. */
MUST_CHECK int rpc_socket_listen(
    const char *path, mode_t mode, int *ret_fd, struct err *err);
/* ERR_UNAVAILABLE when nobody listens. */
MUST_CHECK int rpc_socket_connect(
    const char *path, int *ret_fd, struct err *err);
MUST_CHECK int rpc_socket_peer(
    int fd, uid_t *ret_uid, pid_t *ret_pid, struct err *err);
