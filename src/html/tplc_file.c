#include "html/tplc_state.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

int
tplc_fail(struct tplc *t, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(
	    t->err, ERR_INVALID, "%s:%u: %s", t->path, t->line, text);
}

static int
check_bytes(struct tplc *t, struct bytes content)
{
	size_t i;

	if (!str_is_utf8(content))
		return tplc_fail(t, "the file is not UTF-8");
	for (i = 0; i < content.n; i++) {
		uint8_t c = content.p[i];

		t->line += c == '\n';
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
			return tplc_fail(t, "a control character");
	}
	t->line = 1;
	return 0;
}

static int
scan(struct tplc *t)
{
	size_t blocks = t->n_blocks;

	while (t->p < t->end) {
		bool block = t->end - t->p >= 2 && memcmp(t->p, "{{", 2) == 0;

		if ((block ? tplc_block(t) : tplc_markup(t)) < 0)
			return -1;
	}
	if (t->at.place != PLACE_TEXT)
		return tplc_fail(t, "the file ends inside a tag or its text");
	if (t->n_blocks != blocks)
		return tplc_fail(t, "{{%c%s}} of line %u is not closed",
		    t->blocks[t->n_blocks - 1].kind,
		    t->blocks[t->n_blocks - 1].name,
		    t->blocks[t->n_blocks - 1].line);
	return 0;
}

/* Compile one file in the position where the last one stopped. */
int
tplc_part(struct tplc *t, const char *path)
{
	AUTO_BUF content = BUF_WITH_LIMIT(TPLC_FILE_MAX);
	struct tplc outer = {
		.path = t->path, .line = t->line, .p = t->p, .end = t->end
	};

	if (t->options->read(t->options->ctx, path, &content, t->err) < 0)
		return -1;
	buf_add_str(t->files, path);
	buf_add_char(t->files, '\n');
	t->path = path;
	t->line = 1;
	t->p = buf_str(&content);
	t->end = t->p + content.n;
	t->part++;
	if (check_bytes(t, buf_bytes(&content)) < 0 || scan(t) < 0)
		return -1;
	t->part--;
	t->path = outer.path;
	t->line = outer.line;
	t->p = outer.p;
	t->end = outer.end;
	return 0;
}

/* The page's name: that of the file, without folder and ending. */
static int
page_name(struct tplc *t, char *name, size_t size)
{
	const char *slash = strrchr(t->path, '/');
	const char *base = slash ? slash + 1 : t->path;
	size_t n = strspn(base, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (!str_eq(base + n, ".html") || n == 0)
		return tplc_fail(
		    t, "the file's name is not a-z, 0-9 and _, then .html");
	if (!str_from_bytes(name, size, bytes_of(base, n)))
		return tplc_fail(t, "the file's name is too long");
	return 0;
}

static int
compile(struct tplc *t, const char *path, struct buf *body)
{
	if (tplc_part(t, path) < 0)
		return -1;
	tplc_emit_flush(t);
	if (t->at.depth) {
		const struct tplc_element *e = &t->elements[t->at.depth - 1];

		t->path = e->path;
		t->line = e->line;
		return tplc_fail(t, "<%s> is not closed", e->name);
	}
	return buf_check(body, "the compiled page", t->err);
}

static void
write_source(
    struct tplc *t, const char *name, const struct buf *body, struct buf *out)
{
	buf_addf(out, "/* Made by tplc from %s.html; do not edit. */\n", name);
	if (t->options->include)
		buf_addf(out, "#include \"%s\"\n", t->options->include);
	/* A value of another type must not be converted in silence. */
	buf_add_str(out,
	    "#include \"html/html.h\"\n\n"
	    "#pragma GCC diagnostic error \"-Wint-conversion\"\n"
	    "#pragma GCC diagnostic error \"-Wincompatible-pointer-types\"\n"
	    "#pragma GCC diagnostic error \"-Wpointer-sign\"\n\n");
	buf_addf(out,
	    "void\npage_%s(struct html *o, const struct page_%s *p)\n{\n", name,
	    name);
	if (!t->uses_page)
		buf_add_str(out, "\t(void)p;\n");
	buf_add_bytes(out, buf_bytes(body));
	buf_add_str(out, "}\n");
}

int
tplc_compile(const char *path, const struct tplc_options *options,
    struct buf *out, struct buf *files, struct err *err)
{
	AUTO_BUF body = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	AUTO_MEM struct tplc *t = calloc(1, sizeof(*t));
	char name[TPLC_NAME_MAX];
	int r;

	if (!t)
		return err_set(err, ERR_NO_MEMORY, "%s: no memory", path);
	*t = (struct tplc){ .options = options,
		.path = path,
		.line = 1,
		.literal = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX),
		.out = &body,
		.files = files,
		.err = err };
	r = page_name(t, name, sizeof(name));
	if (r == 0)
		r = compile(t, path, &body);
	buf_clear(&t->literal);
	if (r < 0)
		return -1;
	write_source(t, name, &body, out);
	return buf_check(out, "the compiled page", err);
}
