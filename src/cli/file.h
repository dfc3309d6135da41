/* file.h - a requester's files: read with a maximum, written whole or not at
 * all, never over something that is there unless the caller says so.
 *
 * Writing makes a new file beside the target, forces it to the disk and
 * renames it, so that a reader sees the old file or the new one.
 */
#pragma once
#include "base/buf.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define CLI_FILE_MAX (1024 * 1024)

/* Appends; out has the limit. */
MUST_CHECK int cli_file_read(
    const char *path, struct buf *out, struct err *err);
/* ERR_EXISTS when something of that name is there. */
MUST_CHECK int cli_file_write_new(
    const char *path, struct bytes content, mode_t mode, struct err *err);
MUST_CHECK int cli_file_replace(
    const char *path, struct bytes content, mode_t mode, struct err *err);
/* Rename and force the folder to the disk. */
MUST_CHECK int cli_file_rename(
    const char *from, const char *to, struct err *err);
bool cli_file_exists(const char *path);

/* dst of PATH_MAX bytes. The file's path with another ending: "a/www.csr" and
 * ".key" give "a/www.key". */
MUST_CHECK int cli_file_ending(
    char *dst, const char *path, const char *ending, struct err *err);
/* The absolute path of a file that may not be there yet. */
MUST_CHECK int cli_file_absolute(char *dst, const char *path, struct err *err);
/* The folder of a path, "." when it names none. */
MUST_CHECK int cli_file_folder(char *dst, const char *path, struct err *err);
