/* column.h - rows for people, in aligned columns.
 *
 * Trust:     cells may hold hostile text (subjects, reasons): what could move
 *            the cursor, colour the terminal or turn the direction of text is
 *            replaced by '?', and so is what is not UTF-8.
 * Ownership: cells are copied. At most CLI_COLUMN_ROWS_MAX rows.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdio.h>

#define CLI_COLUMN_MAX      12
#define CLI_COLUMN_ROWS_MAX 10001
#define CLI_COLUMN_CELL_MAX 1024 /* bytes of one cell, cut beyond */

struct cli_column;

/* titles: count of them, static texts. */
MUST_CHECK int cli_column_new(const char *const *titles, size_t count,
    struct cli_column **ret, struct err *err);
void cli_column_free(struct cli_column *t); /* NULL is fine */
AUTO_DEFINE(cli_column);

/* One row; cells: as many as titles, NULL is "". */
MUST_CHECK int cli_column_add(
    struct cli_column *t, const char *const *cells, struct err *err);
size_t cli_column_rows(const struct cli_column *t);
void cli_column_print(const struct cli_column *t, FILE *out);

/* Text that may be hostile, made safe for a terminal; cut to size. Returns
 * the number of characters (not bytes). */
size_t cli_column_clean(char *dst, size_t size, const char *src);
