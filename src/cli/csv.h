/* csv.h - tables as other programs write them: RFC 4180, with the separators
 * and encodings that are met in practice.
 *
 * Comma, semicolon or tab, whichever the first line has; quoted cells may hold
 * line ends; UTF-8 or UTF-16 with or without a byte order mark (UTF-16 needs
 * one). Row after row, so that a table of any length takes the same memory.
 *
 * Trust:     hostile. A row has at most CLI_CSV_ROW_MAX bytes and
 *            CLI_CSV_CELLS_MAX cells; a zero byte is an error.
 * Ownership: cells live until the next row.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <stdio.h>

#define CLI_CSV_ROW_MAX   1048576
#define CLI_CSV_CELLS_MAX 256

struct cli_csv;

struct cli_csv_row {
	size_t line; /* where it begins, 1, 2, ... */
	size_t n;
	struct bytes cells[CLI_CSV_CELLS_MAX]; /* followed by a NUL */
};

MUST_CHECK int cli_csv_open(
    const char *path, struct cli_csv **ret, struct err *err);
/* Takes f over, also when it fails; it must be one that can seek. */
MUST_CHECK int cli_csv_of(FILE *take_f, struct cli_csv **ret, struct err *err);
void cli_csv_free(struct cli_csv *c); /* NULL is fine */
AUTO_DEFINE(cli_csv);
/* 1: the next row; 0: the end; -1. Lines without anything are left out. */
MUST_CHECK int cli_csv_next(
    struct cli_csv *c, struct cli_csv_row *ret, struct err *err);
