/* bulk.h - revoking what a file lists.
 *
 * One certificate a line: a request number, or "serial:" and hexadecimal
 * digits (colons between them are fine), then a reason for this one if it
 * differs. What follows a # is a comment. The file is read and checked as a
 * whole before anything is asked; then each line is asked for by itself, and
 * one that is refused keeps no other from being revoked. Asking again with
 * the same file is harmless: what is revoked already is said to be so.
 *
 * Limits: CLI_BULK_MAX certificates.
 */
#pragma once
#include "cli/cli.h"

#define CLI_BULK_MAX 1000000

/* The options --from, --dry-run, --reason, --comment, --json. Returns
 * CLI_EXIT_FAILED when a line was refused. */
MUST_CHECK int cli_bulk_revoke(struct cli *c, struct err *err);
