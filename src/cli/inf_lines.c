#include "cli/inf_lines.h"

#include "base/str.h"
#include "cli/inf.h"

#define NAME_MAX_INF 128

struct string {
	char name[NAME_MAX_INF];
	char value[1024];
};

struct reader {
	struct bytes rest;
	unsigned line;
	char section[NAME_MAX_INF];
	struct string strings[CLI_INF_STRINGS_MAX];
	size_t string_count;
	/* The key that waits for lines that go on with it. */
	char key[NAME_MAX_INF];
	struct buf value;
	unsigned key_line;
	bool waits;
	bool collecting; /* the first of two walks: only the strings */
	cli_inf_take *take;
	void *ctx;
};

static int
bad(const struct reader *r, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "line %u: %s", r->line, why);
}

/* --- characters
 * ------------------------------------------------------------------ */

static void
add_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
	} else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_add_char(out, (char)(0xe0 | c >> 12));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xf0 | c >> 18));
		buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* What a text editor of Windows saves as "Unicode": UTF-16, low byte first. */
static void
from_utf16(struct bytes in, struct buf *out)
{
	size_t i;

	for (i = 0; i + 1 < in.n; i += 2) {
		uint32_t c = in.p[i] | (uint32_t)in.p[i + 1] << 8;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < in.n) {
			uint32_t low = in.p[i + 2] | (uint32_t)in.p[i + 3] << 8;

			c = 0x10000 + ((c - 0xd800) << 10) +
			    ((low - 0xdc00) & 0x3ff);
			i += 2;
		}
		add_utf8(out, c);
	}
}

static int
decode(struct bytes in, struct buf *out, struct err *err)
{
	if (bytes_has_prefix(in, BYTES_LIT("\xff\xfe")))
		from_utf16(bytes_of(in.p + 2, in.n - 2), out);
	else if (bytes_has_prefix(in, BYTES_LIT("\xef\xbb\xbf")))
		buf_add(out, in.p + 3, in.n - 3);
	else
		buf_add_bytes(out, in);
	if (buf_check(out, "the INF file", err) < 0)
		return -1;
	if (!str_is_utf8(buf_bytes(out)))
		return err_set(err, ERR_INVALID,
		    "the file is neither UTF-8 nor UTF-16 text");
	return 0;
}

/* --- lines
 * ------------------------------------------------------------------------ */

/* The next line without its end, as a text; false after the last. */
static int
next_line(struct reader *r, char *dst, struct err *err)
{
	const uint8_t *end;
	size_t n;

	if (r->rest.n == 0)
		return 0;
	end = memchr(r->rest.p, '\n', r->rest.n);
	n = end ? (size_t)(end - r->rest.p) : r->rest.n;
	r->line++;
	if (n >= CLI_INF_LINE_MAX)
		return bad(r, "the line is too long", err);
	memcpy(dst, r->rest.p, n);
	while (n > 0 && strchr(" \t\r", dst[n - 1]) && dst[n - 1])
		n--;
	dst[n] = 0;
	n = end ? (size_t)(end - r->rest.p) + 1 : r->rest.n;
	r->rest = bytes_of(r->rest.p + n, r->rest.n - n);
	return 1;
}

static const struct string *
find_string(const struct reader *r, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < r->string_count; i++) {
		char given[NAME_MAX_INF];

		if (n < sizeof(given) &&
		    str_from_bytes(given, sizeof(given), bytes_of(name, n)) &&
		    str_eq_ci(given, r->strings[i].name))
			return &r->strings[i];
	}
	return NULL;
}

/* %name% becomes its string, %% a percent sign. */
static void
add_percent(struct reader *r, const char **p, struct buf *out)
{
	const char *end = strchr(*p + 1, '%');
	const struct string *s =
	    end ? find_string(r, *p + 1, (size_t)(end - *p) - 1) : NULL;

	if (s) {
		buf_add_str(out, s->value);
		*p = end + 1;
		return;
	}
	buf_add_char(out, '%');
	*p += (*p)[1] == '%' ? 2 : 1;
}

/* Read up to a character outside of quotation marks, or a comment. */
static int
read_text(struct reader *r, const char **at, char until, struct buf *out,
    struct err *err)
{
	bool quoted = false;
	size_t kept = out->n;
	const char *p = *at + strspn(*at, " \t");

	while (*p && (quoted || (*p != until && *p != ';'))) {
		if (*p == '"' && quoted && p[1] == '"') {
			buf_add_char(out, '"');
			p += 2;
			kept = out->n;
		} else if (*p == '"') {
			quoted = !quoted;
			p++;
			kept = out->n;
		} else if (*p == '%') {
			add_percent(r, &p, out);
			kept = out->n;
		} else {
			buf_add_char(out, *p);
			if (quoted || (*p != ' ' && *p != '\t'))
				kept = out->n;
			p++;
		}
	}
	if (quoted)
		return bad(r, "a quotation mark is missing", err);
	if (!buf_failed(out) && out->p) {
		out->n = kept;
		out->p[kept] = 0;
	}
	*at = p;
	return buf_failed(out) ? bad(r, "the value is too long", err) : 0;
}

static int
flush(struct reader *r, struct err *err)
{
	struct cli_inf_line line = { r->section, r->key, buf_str(&r->value),
		r->key_line };

	if (!r->waits)
		return 0;
	r->waits = false;
	if (str_eq_ci(r->section, "Strings")) {
		struct string *s = &r->strings[r->string_count];

		if (!r->collecting)
			return 0;
		if (r->string_count == CLI_INF_STRINGS_MAX ||
		    !str_copy(s->name, sizeof(s->name), r->key) ||
		    !str_copy(s->value, sizeof(s->value), line.value))
			return err_set(err, ERR_INVALID,
			    "line %u: there are too many strings, or one is "
			    "too long",
			    r->key_line);
		r->string_count++;
		return 0;
	}
	return r->collecting ? 0 : r->take(r->ctx, &line, err);
}

static int
take_section(struct reader *r, const char *p, struct err *err)
{
	const char *end = strchr(p, ']');

	if (flush(r, err) < 0)
		return -1;
	if (!end || !str_from_bytes(r->section, sizeof(r->section),
			bytes_of(p + 1, (size_t)(end - p) - 1)))
		return bad(r, "the name of the section has no end", err);
	return 0;
}

static int
take_key(struct reader *r, const char *p, struct err *err)
{
	AUTO_BUF key = BUF_WITH_LIMIT(NAME_MAX_INF - 1);

	if (read_text(r, &p, '=', &key, err) < 0)
		return -1;
	if (*p != '=' || key.n == 0)
		return bad(r, "it is neither [Section] nor Key = Value", err);
	p++;
	if (str_eq_ci(buf_str(&key), "_continue_")) {
		if (!r->waits)
			return bad(r, "there is nothing to continue", err);
		return read_text(r, &p, ';', &r->value, err);
	}
	if (flush(r, err) < 0)
		return -1;
	buf_reset(&r->value);
	if (read_text(r, &p, ';', &r->value, err) < 0)
		return -1;
	if (!str_copy(r->key, sizeof(r->key), buf_str(&key)))
		return bad(r, "the key is too long", err);
	r->key_line = r->line;
	r->waits = true;
	return 0;
}

static int
walk(struct reader *r, struct bytes text, bool collecting, struct err *err)
{
	char line[CLI_INF_LINE_MAX];
	int got;

	r->rest = text;
	r->line = 0;
	r->section[0] = 0;
	r->collecting = collecting;
	while ((got = next_line(r, line, err)) > 0) {
		const char *p = line + strspn(line, " \t");
		int rc = 0;

		if (*p == '[')
			rc = take_section(r, p, err);
		else if (*p && *p != ';')
			rc = take_key(r, p, err);
		if (rc < 0)
			return -1;
	}
	return got < 0 ? -1 : flush(r, err);
}

int
cli_inf_lines(struct bytes text, cli_inf_take *take, void *ctx, struct err *err)
{
	AUTO_BUF utf8 = BUF_WITH_LIMIT(2 * CLI_INF_MAX);
	AUTO_MEM struct reader *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	r->take = take;
	r->ctx = ctx;
	buf_init(&r->value, CLI_INF_VALUE_MAX);
	rc = decode(text, &utf8, err);
	if (rc == 0)
		rc = walk(r, buf_bytes(&utf8), true, err);
	if (rc == 0)
		rc = walk(r, buf_bytes(&utf8), false, err);
	buf_clear(&r->value);
	return rc;
}
