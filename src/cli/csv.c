#include "cli/csv.h"

#include "base/buf.h"

enum encoding { ENCODING_BYTES, ENCODING_UTF16_LE, ENCODING_UTF16_BE };

struct cli_csv {
	FILE *f;
	enum encoding encoding;
	uint8_t waiting[4]; /* bytes of a character that was read */
	size_t waiting_n, waiting_at;
	int pushed;     /* one that was read too far, or EOF */
	char separator; /* 0: not known yet */
	size_t line;
	struct buf text; /* cells of the row, each with a NUL */
};

/* --- characters ------------------------------------------------------------
 */

static int
read_unit(struct cli_csv *c, unsigned *ret)
{
	int a = getc(c->f), b = a == EOF ? EOF : getc(c->f);

	if (b == EOF)
		return -1;
	*ret = c->encoding == ENCODING_UTF16_LE ? (unsigned)(a | b << 8)
						: (unsigned)(a << 8 | b);
	return 0;
}

static void
put_point(struct cli_csv *c, unsigned p)
{
	uint8_t *w = c->waiting;

	c->waiting_at = 0;
	c->waiting_n = p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
	for (size_t i = c->waiting_n; i-- > 1; p >>= 6)
		w[i] = (uint8_t)(0x80 | (p & 0x3f));
	w[0] = (uint8_t)(c->waiting_n == 1   ? p
			 : c->waiting_n == 2 ? 0xc0 | p
			 : c->waiting_n == 3 ? 0xe0 | p
					     : 0xf0 | p);
}

/* The next byte of the text in UTF-8. Half a pair of UTF-16 becomes U+FFFD. */
static int
next_byte(struct cli_csv *c)
{
	unsigned u, low;

	if (c->pushed != EOF) {
		int b = c->pushed;

		c->pushed = EOF;
		return b;
	}
	if (c->waiting_at < c->waiting_n)
		return c->waiting[c->waiting_at++];
	if (c->encoding == ENCODING_BYTES)
		return getc(c->f);
	if (read_unit(c, &u) < 0)
		return EOF;
	if (u >= 0xd800 && u < 0xdc00 && read_unit(c, &low) == 0)
		u = low >= 0xdc00 && low < 0xe000
			? 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00)
			: 0xfffd;
	else if (u >= 0xd800 && u < 0xe000)
		u = 0xfffd;
	put_point(c, u);
	return c->waiting[c->waiting_at++];
}

static void
find_encoding(struct cli_csv *c)
{
	uint8_t b[3];
	size_t n = fread(b, 1, sizeof(b), c->f);

	if (n >= 2 && b[0] == 0xff && b[1] == 0xfe)
		c->encoding = ENCODING_UTF16_LE;
	else if (n >= 2 && b[0] == 0xfe && b[1] == 0xff)
		c->encoding = ENCODING_UTF16_BE;
	else if (n == 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf)
		return;
	rewind(c->f);
	if (c->encoding != ENCODING_BYTES)
		(void)fseek(c->f, 2, SEEK_SET);
}

int
cli_csv_of(FILE *take_f, struct cli_csv **ret, struct err *err)
{
	struct cli_csv *c = calloc(1, sizeof(*c));

	if (!c) {
		(void)fclose(take_f);
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	}
	c->f = take_f;
	c->pushed = EOF;
	c->line = 1;
	buf_init(&c->text, CLI_CSV_ROW_MAX);
	find_encoding(c);
	*ret = c;
	return 0;
}

int
cli_csv_open(const char *path, struct cli_csv **ret, struct err *err)
{
	FILE *f = fopen(path, "re");

	return f ? cli_csv_of(f, ret, err) : err_errno(err, "%s", path);
}

void
cli_csv_free(struct cli_csv *c)
{
	if (!c)
		return;
	if (c->f)
		(void)fclose(c->f);
	buf_clear(&c->text);
	free(c);
}

/* --- rows ------------------------------------------------------------------
 */

static bool
is_separator(struct cli_csv *c, int b)
{
	if (!c->separator && (b == ',' || b == ';' || b == '\t'))
		c->separator = (char)b;
	return c->separator && b == c->separator;
}

static int
too_long(const struct cli_csv *c, struct err *err)
{
	return err_set(err, ERR_TOO_LARGE,
	    "Line %zu: a row has at most %d bytes and %d cells.", c->line,
	    CLI_CSV_ROW_MAX, CLI_CSV_CELLS_MAX);
}

static int
add(struct cli_csv *c, int b, struct err *err)
{
	if (b == '\n')
		c->line++;
	if (b == 0)
		return err_set(err, ERR_BAD_DATA,
		    "Line %zu has a zero byte. Save the table as UTF-8.",
		    c->line);
	buf_add_char(&c->text, (char)b);
	return buf_failed(&c->text) ? too_long(c, err) : 0;
}

/* After the opening quote, up to behind the closing one. */
static int
quoted(struct cli_csv *c, struct err *err)
{
	for (;;) {
		int b = next_byte(c);

		if (b == EOF)
			return err_set(err, ERR_BAD_DATA,
			    "The table ends in the middle of a quoted cell.");
		if (b == '"') {
			int after = next_byte(c);

			if (after != '"') {
				c->pushed = after;
				return 0;
			}
		}
		if (add(c, b, err) < 0)
			return -1;
	}
}

enum ending { ENDS_CELL, ENDS_ROW, ENDS_FILE };

static int
cell(struct cli_csv *c, enum ending *ret, struct err *err)
{
	size_t start = c->text.n;

	for (;;) {
		int b = next_byte(c);

		if (b == EOF || b == '\n' || is_separator(c, b)) {
			*ret = b == EOF    ? ENDS_FILE
			       : b == '\n' ? ENDS_ROW
					   : ENDS_CELL;
			c->line += b == '\n';
			break;
		}
		if (b == '"' && c->text.n == start) {
			if (quoted(c, err) < 0)
				return -1;
		} else if (b != '\r' && add(c, b, err) < 0) {
			return -1;
		}
	}
	buf_add_char(&c->text, '\0');
	return buf_failed(&c->text) ? too_long(c, err) : 0;
}

static int
read_row(struct cli_csv *c, struct cli_csv_row *ret, enum ending *end,
    struct err *err)
{
	size_t starts[CLI_CSV_CELLS_MAX + 1] = { 0 };

	buf_reset(&c->text);
	ret->line = c->line;
	ret->n = 0;
	do {
		if (ret->n == CLI_CSV_CELLS_MAX)
			return too_long(c, err);
		if (cell(c, end, err) < 0)
			return -1;
		starts[++ret->n] = c->text.n;
	} while (*end == ENDS_CELL);
	for (size_t i = 0; i < ret->n; i++)
		ret->cells[i] = bytes_of(
		    c->text.p + starts[i], starts[i + 1] - starts[i] - 1);
	return 0;
}

int
cli_csv_next(struct cli_csv *c, struct cli_csv_row *ret, struct err *err)
{
	enum ending end;

	do {
		if (read_row(c, ret, &end, err) < 0)
			return -1;
		if (end == ENDS_FILE && ferror(c->f))
			return err_errno(err, "Reading the table failed");
		if (ret->n > 1 || ret->cells[0].n > 0)
			return 1;
	} while (end != ENDS_FILE);
	return 0;
}
