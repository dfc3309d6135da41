/* Texts that are translated. {{_ text}} is one string; {{_}}...{{/_}} may hold
 * values and tags. In the id of a message a value is {name}, a tag <1>, </1>
 * or <1/>, counted from the left; all of them are pieces, whose code is kept
 * until the pieces are written in the order that each language wants.
 * Everything between them is text and is escaped, so a translation cannot
 * hold markup of its own. */
#include "html/tplc_state.h"

#include "base/str.h"
#include "html/html.h"

#include <assert.h>

#define PIECES_MAX 16
#define OPEN_MAX   8
#define MARK_MAX   (TPLC_NAME_MAX + 4)
#define ID_MAX     4096

struct piece {
	char mark[MARK_MAX];
	struct buf code;
};

struct message {
	struct piece pieces[PIECES_MAX];
	size_t n;
	struct buf id[2]; /* one, many */
	bool plural, many;
	char number[TPLC_NAME_MAX + 8]; /* that chooses the form: in C */
	unsigned line;
	size_t depth;
	enum tplc_place place;
	unsigned tags;
	unsigned open[OPEN_MAX];
	size_t n_open;
};

/* ---- reading ------------------------------------------------------------ */

static bool
looking_at(const struct tplc *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, s, n) == 0;
}

/* Code that was written since `from` becomes a piece; the same mark must
 * stand for the same code. */
static int
add_piece(struct tplc *t, struct message *m, const char *mark, size_t from)
{
	struct bytes code = bytes_of(t->out->p + from, t->out->n - from);
	struct piece *p = m->pieces;
	size_t i;

	for (i = 0; i < m->n && !str_eq(p[i].mark, mark); i++)
		;
	if (i == PIECES_MAX)
		return tplc_fail(t, "more than %zu pieces in a message", i);
	if (i < m->n && !bytes_eq(buf_bytes(&p[i].code), code))
		return tplc_fail(t, "%s stands for two things", mark);
	if (i == m->n) {
		(void)snprintf(p[i].mark, sizeof(p[i].mark), "%s", mark);
		p[i].code = BUF_WITH_LIMIT(TPLC_FILE_MAX);
		buf_add_bytes(&p[i].code, code);
		m->n++;
	}
	t->out->n = from;
	buf_add_str(&m->id[m->many], mark);
	return buf_check(&p[i].code, "a piece of a message", t->err);
}

static int
read_value(struct tplc *t, struct message *m)
{
	char name[TPLC_NAME_MAX], mark[MARK_MAX];
	const char *p = t->p + 2;
	size_t n, from;

	p += strspn(p, "=^ ");
	n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_.");
	if (n == 0 || p[n + strspn(p + n, " ")] != '}')
		return tplc_fail(t,
		    "a message holds text, values and tags: no block, part or "
		    "message");
	if (!str_from_bytes(name, sizeof(name), bytes_of(p, n)))
		return tplc_fail(t, "the name in {{}} is too long");
	(void)snprintf(mark, sizeof(mark), "{%s}", name);
	from = t->out->n;
	if (tplc_block(t) < 0)
		return -1;
	tplc_emit_flush(t);
	return add_piece(t, m, mark, from);
}

static int
read_markup(struct tplc *t)
{
	do {
		if (t->p >= t->end)
			return tplc_fail(t, "the file ends inside a message");
		if ((looking_at(t, "{{") ? tplc_block(t) : tplc_markup(t)) < 0)
			return -1;
	} while (t->at.place != PLACE_TEXT && t->at.place != PLACE_RCDATA &&
		 t->at.place != PLACE_DATA);
	tplc_emit_flush(t);
	return 0;
}

static int
read_tag(struct tplc *t, struct message *m)
{
	size_t depth = t->at.depth, from = t->out->n;
	char mark[MARK_MAX];

	if (looking_at(t, "<!"))
		return tplc_fail(t, "a comment in a message");
	if (looking_at(t, "</") && depth == m->depth)
		return tplc_fail(
		    t, "the end of an element that the message did not begin");
	if (read_markup(t) < 0)
		return -1;
	if (t->at.place != PLACE_TEXT)
		return tplc_fail(t, "<%s> in a message", t->tag.name);
	if (t->at.depth < depth) {
		(void)snprintf(
		    mark, sizeof(mark), "</%u>", m->open[--m->n_open]);
	} else if (t->at.depth == depth) {
		(void)snprintf(mark, sizeof(mark), "<%u/>", ++m->tags);
	} else {
		if (m->n_open == OPEN_MAX)
			return tplc_fail(t, "a message is nested too deeply");
		m->open[m->n_open++] = ++m->tags;
		(void)snprintf(mark, sizeof(mark), "<%u>", m->tags);
	}
	return add_piece(t, m, mark, from);
}

static int
read_entity(struct tplc *t, struct buf *id)
{
	static const struct {
		const char *entity, *text;
	} known[] = { { "&amp;", "&" }, { "&gt;", ">" }, { "&quot;", "\"" },
		{ "&nbsp;", "\xC2\xA0" } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++)
		if (looking_at(t, known[i].entity)) {
			buf_add_str(id, known[i].text);
			t->p += strlen(known[i].entity);
			return 0;
		}
	return tplc_fail(t, "this entity must not stand in a message");
}

static int
read_char(struct tplc *t, struct message *m)
{
	struct buf *id = &m->id[m->many];
	char c = *t->p;

	if (c == '&')
		return read_entity(t, id);
	if (c == '{' || c == '}' || c == '<' ||
	    (c == '"' && m->place == PLACE_VALUE))
		return tplc_fail(t, "%c in the text of a message", c);
	t->p++;
	if (c == '\n')
		t->line++;
	if (c == '\n' || c == '\t')
		c = ' ';
	/* Blanks count as one, as in the page. */
	if (c != ' ' || id->n == 0 || id->p[id->n - 1] != ' ')
		buf_add_char(id, c);
	return 0;
}

static int
check_id(struct tplc *t, const struct message *m)
{
	const struct buf *id = &m->id[m->many];

	if (m->n_open)
		return tplc_fail(t, "an element does not end in its message");
	if (id->n == 0)
		return tplc_fail(t, "a message without text");
	if (id->p[0] == ' ' || id->p[id->n - 1] == ' ')
		return tplc_fail(t, "a message begins or ends with a blank");
	return buf_check(id, "a message", t->err);
}

/* Up to {{/_}}. */
static int
read_message(struct tplc *t, struct message *m)
{
	int r = 0;

	while (r == 0 && !looking_at(t, "{{/_}}")) {
		if (t->p >= t->end)
			return tplc_fail(t, "{{_}} is not closed");
		if (looking_at(t, "{{|}}")) {
			if (!m->plural || m->many || check_id(t, m) < 0)
				return tplc_fail(t, "{{|}} out of place");
			m->many = true;
			m->tags = 0;
			t->p += strlen("{{|}}");
		} else if (looking_at(t, "{{")) {
			r = read_value(t, m);
		} else if (*t->p == '<' && m->place == PLACE_TEXT) {
			r = read_tag(t, m);
		} else {
			r = read_char(t, m);
		}
	}
	if (r < 0 || check_id(t, m) < 0)
		return -1;
	if (m->plural && !m->many)
		return tplc_fail(t, "a plural without {{|}}");
	t->p += strlen("{{/_}}");
	return 0;
}

/* {{_}} or {{_ #name}}. */
static int
read_head(struct tplc *t, struct message *m)
{
	char name[TPLC_NAME_MAX];
	const char *p = t->p + strlen("{{_");
	size_t n;

	p += strspn(p, " ");
	if (*p == '#') {
		m->plural = true;
		n = strspn(++p, "abcdefghijklmnopqrstuvwxyz0123456789_.");
		if (n == 0 ||
		    !str_from_bytes(name, sizeof(name), bytes_of(p, n)))
			return tplc_fail(t, "{{_ #}} without a name");
		(void)snprintf(m->number, sizeof(m->number), "%s->%s",
		    tplc_owner(t, false), name);
		p += n;
	}
	if (strncmp(p, "}}", 2) != 0)
		return tplc_fail(t, "{{_ is followed by neither text nor }}");
	t->p = p + 2;
	return 0;
}

/* ---- writing ------------------------------------------------------------ */

/* The next mark of a text: its length, 0 when there is none; *text is moved
 * to it. */
static size_t
next_mark(const char **text)
{
	const char *end;

	*text += strcspn(*text, "{<");
	if (!**text)
		return 0;
	end = strchr(*text, **text == '{' ? '}' : '>');
	return end ? (size_t)(end - *text) + 1 : strlen(*text);
}

static size_t
find_piece(const struct message *m, const char *mark, size_t n)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strlen(m->pieces[i].mark) == n &&
		    memcmp(m->pieces[i].mark, mark, n) == 0)
			break;
	return i;
}

/* Count the pieces of a text; false for an unknown one, or when elements do
 * not end in their order. */
static bool
count_pieces(const struct message *m, const char *text, size_t used[PIECES_MAX])
{
	const char *open[OPEN_MAX];
	size_t i, n, n_open = 0;

	memset(used, 0, PIECES_MAX * sizeof(*used));
	for (; (n = next_mark(&text)) > 0; text += n) {
		if ((i = find_piece(m, text, n)) == m->n)
			return false;
		used[i]++;
		if (text[0] != '<' || text[n - 2] == '/')
			continue;
		if (text[1] != '/') {
			if (n_open == OPEN_MAX)
				return false;
			open[n_open++] = text + 1;
		} else if (n_open == 0 ||
			   memcmp(open[--n_open], text + 2, n - 2) != 0) {
			return false;
		}
	}
	return n_open == 0;
}

/* Has it the pieces of the English text? A form of a plural may leave values
 * out. */
static bool
has_pieces(const struct message *m, const char *text)
{
	size_t want[PIECES_MAX], used[PIECES_MAX], i;

	if (!count_pieces(m, buf_str(&m->id[m->many]), want) ||
	    !count_pieces(m, text, used))
		return false;
	for (i = 0; i < m->n; i++) {
		bool value = m->pieces[i].mark[0] == '{';

		if (used[i] > want[i] ||
		    (used[i] < want[i] && !(m->plural && value)))
			return false;
	}
	return true;
}

static void
emit_text(struct tplc *t, const struct message *m, const char *text)
{
	AUTO_HTML h;
	const char *from;
	size_t n;

	assert(text); /* a catalogue has all forms or none */
	html_init(&h, 0);
	do {
		char run[PO_TEXT_MAX];

		from = text;
		n = next_mark(&text);
		if (str_from_bytes(run, sizeof(run),
			bytes_of(from, (size_t)(text - from))))
			html_text(&h, run);
		else
			t->out->failed = true;
		tplc_emit_literal(t, buf_str(&h.out), h.out.n);
		tplc_emit_flush(t);
		buf_reset(&h.out);
		if (n)
			buf_add_bytes(t->out,
			    buf_bytes(&m->pieces[find_piece(m, text, n)].code));
		text += n;
	} while (n);
}

static void
emit_forms(struct tplc *t, const struct message *m, enum html_plural rule,
    const char *const *texts)
{
	unsigned i, n = html_plural_rules[rule].forms;

	if (!m->plural) {
		emit_text(t, m, texts[0]);
		return;
	}
	tplc_emit_line(t, "switch (html_plural_form(%s, HTML_UNSIGNED(%s))) {",
	    html_plural_rules[rule].symbol, m->number);
	for (i = 0; i < n; i++) {
		if (i + 1 < n)
			tplc_emit_line(t, "case %u:", i);
		else
			tplc_emit_line(t, "default:");
		emit_text(t, m, texts[i]);
		tplc_emit_line(t, "break;");
	}
	tplc_emit_line(t, "}");
}

/* The translation, when it is there and fits; NULL without one. */
static int
find_text(struct tplc *t, const struct message *m, const struct po *po,
    const struct po_message **ret)
{
	const struct po_message *e = po_find(po, buf_str(&m->id[0]));
	size_t i;

	*ret = e;
	if (!e)
		return 0;
	if (m->plural != (e->plural != NULL) ||
	    (m->plural && !str_eq(e->plural, buf_str(&m->id[1]))))
		return tplc_fail(t, "%s:%u: has another plural than \"%s\"",
		    po->path, e->line, e->id);
	for (i = 0; i < HTML_FORMS_MAX && e->text[i]; i++)
		if (!has_pieces(m, e->text[i]))
			return tplc_fail(t,
			    "%s:%u: the translation of \"%s\" has not the "
			    "same {values} and <tags>",
			    po->path, e->line, e->id);
	return 0;
}

static int
emit_message(struct tplc *t, const struct message *m)
{
	const struct tplc_options *o = t->options;
	const char *english[HTML_FORMS_MAX] = { buf_str(&m->id[0]),
		buf_str(&m->id[1]) };
	const struct po_message *e;
	bool switched = false;
	size_t i;

	for (i = 0; i < o->n_languages; i++) {
		if (find_text(t, m, &o->languages[i], &e) < 0)
			return -1;
		if (!e)
			continue;
		if (!switched)
			tplc_emit_line(t, "switch (o->language) {");
		switched = true;
		tplc_emit_line(t, "case %zu:", i + 1);
		emit_forms(
		    t, m, o->languages[i].rule, (const char *const *)e->text);
		tplc_emit_line(t, "break;");
	}
	if (switched)
		tplc_emit_line(t, "default:");
	emit_forms(t, m, HTML_PLURAL_ONE_OTHER, english);
	if (switched) {
		tplc_emit_line(t, "break;");
		tplc_emit_line(t, "}");
	}
	return 0;
}

static void
list(struct tplc *t, const struct message *m)
{
	if (t->options->messages)
		buf_addf(t->options->messages, "%s:%u\t%s\t%s\n", t->path,
		    m->line, buf_str(&m->id[0]), buf_str(&m->id[1]));
}

static struct message
new_message(const struct tplc *t)
{
	return (struct message){
		.id = { BUF_WITH_LIMIT(ID_MAX), BUF_WITH_LIMIT(ID_MAX) },
		.line = t->line,
		.depth = t->at.depth,
		.place = t->at.place,
	};
}

static void
clear(struct message *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		buf_clear(&m->pieces[i].code);
	buf_clear(&m->id[0]);
	buf_clear(&m->id[1]);
}

int
tplc_message(struct tplc *t)
{
	struct message m = new_message(t);
	int r = -1;

	if (tplc_may_translate(t) < 0)
		return -1;
	tplc_emit_flush(t);
	if (read_head(t, &m) == 0 && read_message(t, &m) == 0) {
		list(t, &m);
		r = emit_message(t, &m);
	}
	clear(&m);
	return r;
}

int
tplc_translation(struct tplc *t, const char *text)
{
	struct message m = new_message(t);
	int r = -1;

	if (tplc_may_translate(t) < 0)
		return -1;
	tplc_emit_flush(t);
	buf_add_str(&m.id[0], text);
	if (strpbrk(text, "{}<")) {
		(void)tplc_fail(t, "{, } or < in {{_ ...}}: write "
				   "{{_}}...{{/_}}");
	} else {
		list(t, &m);
		r = emit_message(t, &m);
	}
	clear(&m);
	return r;
}
