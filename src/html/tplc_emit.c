#include "html/tplc_state.h"

#include <stdarg.h>
#include <stdio.h>

/* Compilers need accept no longer string than this (C17 5.2.4.1), escapes
 * counted as one. */
#define STRING_MAX 2000

void
tplc_emit_literal(struct tplc *t, const char *s, size_t n)
{
	buf_add(&t->literal, s, n);
}

static void
emit_char(struct buf *out, uint8_t c)
{
	if (c == '"' || c == '\\' || c == '?') /* ?: no trigraph */
		buf_addf(out, "\\%c", c);
	else if (c == '\n')
		buf_add_str(out, "\\n");
	else if (c < 0x20 || c >= 0x7F)
		buf_addf(out, "\\%03o", (unsigned)c);
	else
		buf_add_char(out, (char)c);
}

void
tplc_emit_string(struct buf *out, const char *s, size_t n)
{
	size_t i;

	buf_add_char(out, '"');
	for (i = 0; i < n; i++) {
		emit_char(out, (uint8_t)s[i]);
		if (s[i] == '\n' && i + 1 < n)
			buf_add_str(out, "\"\n\t    \"");
	}
	buf_add_char(out, '"');
}

void
tplc_emit_flush(struct tplc *t)
{
	const char *s = buf_str(&t->literal);
	size_t left = t->literal.n;

	while (left) {
		size_t n = left < STRING_MAX ? left : STRING_MAX;

		buf_add_str(t->out, "\thtml_lit(o,\n\t    ");
		tplc_emit_string(t->out, s, n);
		buf_addf(t->out, ", %zu);\n", n);
		s += n;
		left -= n;
	}
	buf_reset(&t->literal);
}

void
tplc_emit_line(struct tplc *t, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	tplc_emit_flush(t);
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		t->out->failed = true;
	else
		buf_addf(t->out, "\t%s\n", line);
}
