#include "html/po.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

enum part { PART_NONE, PART_ID, PART_PLURAL, PART_TEXT };

struct reader {
	struct po *po;
	const char *p, *end;
	unsigned line;
	struct err *err;
	/* the entry being read */
	struct buf id, plural, text[HTML_FORMS_MAX];
	enum part part;
	size_t form;
	bool has_plural, fuzzy, next_fuzzy;
	unsigned entry_line;
};

static int fail(struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int
fail(struct reader *r, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(
	    r->err, ERR_INVALID, "%s:%u: %s", r->po->path, r->line, text);
}

/* ---- the header --------------------------------------------------------- */

/* The value of "Name: value\n" in the header, without blanks. */
static bool
header(const char *text, const char *name, bool keep_blanks, char *dst,
    size_t size)
{
	const char *at = text;
	size_t n = strlen(name), i = 0;

	while (at && (strncmp(at, name, n) != 0 || at[n] != ':')) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return false;
	at += n + 1;
	at += strspn(at, " ");
	for (; *at && *at != '\n'; at++)
		if (keep_blanks || *at != ' ') {
			if (i + 1 >= size)
				return false;
			dst[i++] = *at;
		}
	dst[i] = '\0';
	return i > 0;
}

static int
read_header(struct reader *r, const char *text)
{
	char rule[256];
	size_t i;

	if (!header(text, "Language", false, r->po->tag, sizeof(r->po->tag)) ||
	    !header(text, "X-Name", true, r->po->name, sizeof(r->po->name)) ||
	    !header(text, "Plural-Forms", false, rule, sizeof(rule)))
		return fail(r,
		    "the header says not each of Language, X-Name and "
		    "Plural-Forms");
	for (i = 0; i < HTML_PLURAL_COUNT; i++)
		if (str_eq(html_plural_rules[i].words, rule)) {
			r->po->rule = (enum html_plural)i;
			return 0;
		}
	return fail(r, "the rule of Plural-Forms is none of those known");
}

/* ---- entries ------------------------------------------------------------ */

static char *
take_text(struct buf *b)
{
	return b->n ? strdup(buf_str(b)) : NULL;
}

static size_t
forms_of(const struct reader *r)
{
	return r->has_plural ? html_plural_rules[r->po->rule].forms : 1;
}

static int
check_forms(struct reader *r)
{
	size_t i, n = forms_of(r), filled = 0;

	for (i = 0; i < HTML_FORMS_MAX; i++) {
		if (r->text[i].n && i >= n)
			return fail(r, "msgstr[%zu] is one form too many", i);
		filled += r->text[i].n > 0;
	}
	if (filled && filled != n)
		return fail(r, "a form of the plural is missing");
	return 0;
}

static int
add_entry(struct reader *r)
{
	struct po *po = r->po;
	struct po_message *m;
	size_t i;

	if (po->tag[0] == '\0')
		return fail(r, "the file does not begin with its header");
	if (check_forms(r) < 0)
		return -1;
	m = realloc(po->messages, (po->n + 1) * sizeof(*m));
	if (!m)
		return err_set(r->err, ERR_NO_MEMORY, "no memory");
	po->messages = m;
	m += po->n++;
	*m = (struct po_message){ .id = take_text(&r->id),
		.plural = r->has_plural ? take_text(&r->plural) : NULL,
		.line = r->entry_line };
	for (i = 0; !r->fuzzy && i < HTML_FORMS_MAX; i++)
		m->text[i] = take_text(&r->text[i]);
	return 0;
}

static int
end_entry(struct reader *r)
{
	bool failed = buf_failed(&r->id) || buf_failed(&r->plural);
	size_t i;
	int result;

	for (i = 0; i < HTML_FORMS_MAX; i++)
		failed |= buf_failed(&r->text[i]);
	if (r->part == PART_NONE)
		return 0;
	if (r->part != PART_TEXT)
		return fail(r, "an entry without msgstr");
	if (failed)
		return fail(r, "a text longer than %d bytes", PO_TEXT_MAX);
	if (r->id.n == 0)
		result = read_header(r, buf_str(&r->text[0]));
	else
		result = add_entry(r);
	buf_reset(&r->id);
	buf_reset(&r->plural);
	for (i = 0; i < HTML_FORMS_MAX; i++)
		buf_reset(&r->text[i]);
	r->part = PART_NONE;
	r->has_plural = r->fuzzy = false;
	return result;
}

/* ---- lines -------------------------------------------------------------- */

static struct buf *
target(struct reader *r)
{
	if (r->part == PART_ID)
		return &r->id;
	return r->part == PART_PLURAL ? &r->plural : &r->text[r->form];
}

static int
read_string(struct reader *r, const char *s, const char *end)
{
	static const char escapes[][2] = { { 'n', '\n' }, { 't', '\t' },
		{ '"', '"' }, { '\\', '\\' } };
	struct buf *out = target(r);
	size_t i;

	if (end - s < 2 || *s != '"' || end[-1] != '"')
		return fail(r, "a string is not in double quotes");
	for (s++, end--; s < end; s++) {
		if (*s == '"')
			return fail(r, "a double quote without backslash");
		if (*s != '\\') {
			buf_add_char(out, *s);
			continue;
		}
		s++;
		for (i = 0; i < ARRAY_LEN(escapes); i++)
			if (s < end && *s == escapes[i][0])
				break;
		if (i == ARRAY_LEN(escapes))
			return fail(r, "an unknown escape");
		buf_add_char(out, escapes[i][1]);
	}
	return 0;
}

static int
begin_part(struct reader *r, enum part part, size_t form)
{
	bool right = part == PART_ID       ? true
		     : part == PART_PLURAL ? r->part == PART_ID
		     : form == 0 ? r->part == PART_ID || r->part == PART_PLURAL
				 : r->part == PART_TEXT && form == r->form + 1;

	if (part == PART_ID && end_entry(r) < 0)
		return -1;
	if (!right)
		return fail(r, "msgid, msgid_plural and msgstr are not in "
			       "their order");
	if (part == PART_ID) {
		r->entry_line = r->line;
		r->fuzzy = r->next_fuzzy;
		r->next_fuzzy = false;
	}
	r->has_plural |= part == PART_PLURAL;
	r->part = part;
	r->form = form;
	return 0;
}

static const struct {
	const char *word;
	enum part part;
	size_t form;
} words[] = {
	{ "msgid ", PART_ID, 0 },
	{ "msgid_plural ", PART_PLURAL, 0 },
	{ "msgstr ", PART_TEXT, 0 },
	{ "msgstr[0] ", PART_TEXT, 0 },
	{ "msgstr[1] ", PART_TEXT, 1 },
	{ "msgstr[2] ", PART_TEXT, 2 },
	{ "msgstr[3] ", PART_TEXT, 3 },
};

static int
read_line(struct reader *r, const char *s, const char *end)
{
	size_t i, n, left = (size_t)(end - s);

	if (left == 0)
		return 0;
	if (*s == '#') {
		if (left > 1 && s[1] == ',' &&
		    memmem(s, left, "fuzzy", strlen("fuzzy")))
			r->next_fuzzy = true;
		return 0;
	}
	if (*s == '"') {
		if (r->part == PART_NONE)
			return fail(r, "a string that belongs to nothing");
		return read_string(r, s, end);
	}
	for (i = 0; i < ARRAY_LEN(words); i++) {
		n = strlen(words[i].word);
		if (left < n || strncmp(s, words[i].word, n) != 0)
			continue;
		if (begin_part(r, words[i].part, words[i].form) < 0)
			return -1;
		return read_string(r, s + n, end);
	}
	return fail(r, "this line is none of a catalogue");
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct po_message *)a)->id,
	    ((const struct po_message *)b)->id);
}

static int
sort(struct reader *r)
{
	struct po *po = r->po;
	size_t i;

	for (i = 0; i < po->n; i++)
		if (!po->messages[i].id)
			return err_set(r->err, ERR_NO_MEMORY, "no memory");
	if (po->n)
		qsort(po->messages, po->n, sizeof(*po->messages), by_id);
	for (i = 1; i < po->n; i++)
		if (str_eq(po->messages[i - 1].id, po->messages[i].id)) {
			r->line =
			    po->messages[i].line > po->messages[i - 1].line
				? po->messages[i].line
				: po->messages[i - 1].line;
			return fail(r, "an entry that is there already");
		}
	return 0;
}

static int
read_lines(struct reader *r)
{
	for (; r->p < r->end; r->line++) {
		const char *lf = memchr(r->p, '\n', (size_t)(r->end - r->p));
		const char *end = lf ? lf : r->end;

		if (read_line(r, r->p, end) < 0)
			return -1;
		r->p = lf ? lf + 1 : r->end;
	}
	if (end_entry(r) < 0)
		return -1;
	if (r->po->tag[0] == '\0')
		return fail(r, "the file has no header");
	return sort(r);
}

int
po_read(const char *path, struct bytes content, struct po *ret, struct err *err)
{
	struct reader r = { .po = ret,
		.p = (const char *)content.p,
		.end = (const char *)content.p + content.n,
		.line = 1,
		.err = err,
		.id = BUF_WITH_LIMIT(PO_TEXT_MAX),
		.plural = BUF_WITH_LIMIT(PO_TEXT_MAX) };
	size_t i;
	int result;

	*ret = (struct po){ .path = path };
	for (i = 0; i < HTML_FORMS_MAX; i++)
		r.text[i] = BUF_WITH_LIMIT(PO_TEXT_MAX);
	result = str_is_utf8(content) ? read_lines(&r)
				      : fail(&r, "the file is not UTF-8");
	buf_clear(&r.id);
	buf_clear(&r.plural);
	for (i = 0; i < HTML_FORMS_MAX; i++)
		buf_clear(&r.text[i]);
	if (result < 0)
		po_clear(ret);
	return result;
}

void
po_clear(struct po *po)
{
	size_t i, form;

	for (i = 0; i < po->n; i++) {
		free(po->messages[i].id);
		free(po->messages[i].plural);
		for (form = 0; form < HTML_FORMS_MAX; form++)
			free(po->messages[i].text[form]);
	}
	free(po->messages);
	po->messages = NULL;
	po->n = 0;
}

static int
find(const void *id, const void *message)
{
	return strcmp(id, ((const struct po_message *)message)->id);
}

const struct po_message *
po_find(const struct po *po, const char *id)
{
	const struct po_message *m = NULL;

	if (po->n)
		m = bsearch(id, po->messages, po->n, sizeof(*m), find);
	return m && m->text[0] ? m : NULL;
}
