/* folder.h - the folder of an installation: what state it is in, what lies in
 * it, and whether its programs run.
 *
 * A folder being initialised holds the mark ".initialising" until the last
 * step is done; with the mark, an interrupted initialisation is known and is
 * started again from nothing (no request can have been answered yet).
 *
 * The supervisor holds a lock on run/supervise.pid as long as it lives, so a
 * number left behind by a power cut never means anything.
 */
#pragma once
#include "base/buf.h"
#include "cli/accounts.h"

enum cli_folder_state {
	CLI_FOLDER_EMPTY, /* or not there */
	CLI_FOLDER_HALF,  /* an initialisation was interrupted */
	CLI_FOLDER_READY,
	CLI_FOLDER_FOREIGN /* something else lies there */
};

MUST_CHECK int cli_folder_state(
    const char *dir, enum cli_folder_state *ret, struct err *err);
/* Make the folder itself (its parents too) and put the mark into it. */
MUST_CHECK int cli_folder_begin(const char *dir, struct err *err);
/* Remove what an interrupted initialisation left, but not the mark. */
MUST_CHECK int cli_folder_clear(const char *dir, struct err *err);
/* Make the folders inside, or mend their owners and modes. */
MUST_CHECK int cli_folder_layout(
    const char *dir, const struct cli_accounts *a, struct err *err);
/* Remove the mark: the folder is ready. */
MUST_CHECK int cli_folder_finish(const char *dir, struct err *err);

/* "dir/name"; ERR_INVALID when too long. */
MUST_CHECK int cli_folder_path(
    char *dst, size_t size, const char *dir, const char *name, struct err *err);
/* Write a file whole or not at all (a new file, fsync, rename). who: its
 * owner when we are root, or NULL. */
MUST_CHECK int cli_folder_write(const char *dir, const char *name,
    struct bytes content, mode_t mode, const struct cli_account *who,
    struct err *err);
MUST_CHECK int cli_folder_read(
    const char *dir, const char *name, struct buf *out, struct err *err);
/* Copy the static files from `data` (the folder web/ of the sources, or the
 * installed one) into www/. */
MUST_CHECK int cli_folder_copy_www(
    const char *data, const char *dir, struct err *err);

/* The supervisor's number, 0 when nothing runs. */
MUST_CHECK int cli_folder_running(
    const char *dir, pid_t *ret_pid, struct err *err);
/* Become the one who runs it: a locked descriptor, kept open for life.
 * ERR_EXISTS when somebody is. */
MUST_CHECK int cli_folder_lock(const char *dir, int *ret_fd, struct err *err);
