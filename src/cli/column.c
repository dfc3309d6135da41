#include "cli/column.h"

#include "base/str.h"

#include <assert.h>

struct cell {
	char *text;
	size_t width;
};

struct cli_column {
	const char *const *titles;
	size_t columns;
	struct cell *cells;
	size_t rows, room;
	size_t widest[CLI_COLUMN_MAX];
};

/* Bytes of the UTF-8 character at p, as its first byte says. */
static size_t
char_bytes(const char *p)
{
	unsigned char c = (unsigned char)*p;
	size_t want = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, n = 1;

	while (n < want && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

size_t
cli_column_clean(char *dst, size_t size, const char *src)
{
	size_t used = 0, width = 0, n;

	assert(size > 0);
	for (; *src; src += n, width++) {
		n = char_bytes(src);
		if (used + n >= size)
			break;
		if (str_is_printable(bytes_of(src, n))) {
			memcpy(dst + used, src, n);
			used += n;
		} else {
			dst[used++] = '?';
		}
	}
	dst[used] = 0;
	return width;
}

int
cli_column_new(const char *const *titles, size_t count, struct cli_column **ret,
    struct err *err)
{
	struct cli_column *t = calloc(1, sizeof(*t));
	size_t i;

	assert(count > 0 && count <= CLI_COLUMN_MAX);
	if (!t)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	t->titles = titles;
	t->columns = count;
	for (i = 0; i < count; i++)
		t->widest[i] = strlen(titles[i]);
	*ret = t;
	return 0;
}

void
cli_column_free(struct cli_column *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->rows * t->columns; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

static int
make_room(struct cli_column *t, struct err *err)
{
	size_t room = t->room ? t->room * 2 : 32;
	struct cell *cells;

	if (t->rows == CLI_COLUMN_ROWS_MAX)
		return err_set(
		    err, ERR_TOO_LARGE, "The list has too many rows to show.");
	if (t->rows < t->room)
		return 0;
	cells = reallocarray(t->cells, room * t->columns, sizeof(*cells));
	if (!cells)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	t->cells = cells;
	t->room = room;
	return 0;
}

int
cli_column_add(struct cli_column *t, const char *const *cells, struct err *err)
{
	char clean[CLI_COLUMN_CELL_MAX];
	struct cell *row;
	size_t i;

	if (make_room(t, err) < 0)
		return -1;
	row = t->cells + t->rows * t->columns;
	for (i = 0; i < t->columns; i++) {
		row[i].width = cli_column_clean(
		    clean, sizeof(clean), cells[i] ? cells[i] : "");
		row[i].text = strdup(clean);
		if (!row[i].text) {
			while (i > 0)
				free(row[--i].text);
			return err_set(
			    err, ERR_NO_MEMORY, "There is no memory left.");
		}
	}
	for (i = 0; i < t->columns; i++)
		if (row[i].width > t->widest[i])
			t->widest[i] = row[i].width;
	t->rows++;
	return 0;
}

size_t
cli_column_rows(const struct cli_column *t)
{
	return t->rows;
}

static void
print_cell(const struct cli_column *t, size_t i, const char *text, size_t width,
    FILE *out)
{
	size_t gap = t->widest[i] - width + 2;

	(void)fputs(text, out);
	if (i + 1 == t->columns)
		(void)fputc('\n', out);
	else
		(void)fprintf(out, "%*s", (int)gap, "");
}

void
cli_column_print(const struct cli_column *t, FILE *out)
{
	size_t i, r;

	for (i = 0; i < t->columns; i++)
		print_cell(t, i, t->titles[i], strlen(t->titles[i]), out);
	for (r = 0; r < t->rows; r++)
		for (i = 0; i < t->columns; i++) {
			const struct cell *c = &t->cells[r * t->columns + i];

			print_cell(t, i, c->text, c->width, out);
		}
}
