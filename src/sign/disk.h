/* disk.h - small files of the signer's folder: checked when read, whole or
 * not there at all when written.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"

/* Open a folder that only this account may look into (0700, its own). */
MUST_CHECK int sign_disk_folder(const char *path, int *ret_fd, struct err *err);
/* Read a regular file of this account with mode 0600 (or 0400) and at most
 * max bytes. *ret NULL: there is no such file. */
MUST_CHECK int sign_disk_read(int folder, const char *name, size_t max,
    struct secret **ret, struct err *err);
/* Temporary file, fsync, rename, fsync of the folder. */
MUST_CHECK int sign_disk_write(
    int folder, const char *name, struct bytes content, struct err *err);
