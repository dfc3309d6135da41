/* The input is a table; every row keeps what csv.h says of it. */
#include "fuzz.h"

#include "base/str.h"
#include "cli/csv.h"

#include <assert.h>

static void
check(const struct cli_csv_row *row, size_t line)
{
	assert(row->line >= line);
	assert(row->n >= 1 && row->n <= CLI_CSV_CELLS_MAX);
	for (size_t i = 0; i < row->n; i++) {
		const struct bytes c = row->cells[i];

		assert(c.n < CLI_CSV_ROW_MAX && c.p[c.n] == 0);
		assert(strlen((const char *)c.p) == c.n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[65536];
	struct cli_csv_row row = { 0 };
	AUTO(cli_csv) csv = NULL;
	struct err err = { 0 };
	size_t line = 0;
	FILE *f;
	int rc;

	if (size == 0 || size > sizeof(copy))
		return 0;
	memcpy(copy, data, size);
	f = fmemopen(copy, size, "r");
	assert(f && cli_csv_of(f, &csv, &err) == 0);
	while ((rc = cli_csv_next(csv, &row, &err)) > 0) {
		check(&row, line);
		line = row.line;
	}
	assert(rc == 0 || err.text[0]);
	return 0;
}
