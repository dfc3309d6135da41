#include "html/tplc_state.h"

#include "base/str.h"

/* What stands between {{ and }}. */
struct word {
	char kind; /* # ? ! / _ > = @ or 0 for a value */
	bool of_page;
	char text[TPLC_TEXT_MAX];
};

/* A member, or several joined by dots: [a-z][a-z0-9_]* */
static bool
is_member(const char *s)
{
	bool first = true;

	for (; *s; s++) {
		if (*s == '.' && !first) {
			first = true;
			continue;
		}
		if (!(*s >= 'a' && *s <= 'z') &&
		    (first || !((*s >= '0' && *s <= '9') || *s == '_')))
			return false;
		first = false;
	}
	return !first;
}

static bool
is_part(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-/");

	return n && !s[n] && s[0] != '/';
}

static bool
is_macro(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	return n && !s[n];
}

static bool
is_name(const struct word *w)
{
	if (w->kind == '>')
		return !w->of_page && is_part(w->text);
	if (w->kind == '@')
		return !w->of_page && is_macro(w->text);
	return is_member(w->text);
}

static int
check_word(struct tplc *t, const struct word *w)
{
	if (w->kind == '_') {
		if (w->of_page || !str_is_printable(bytes_str(w->text)))
			return tplc_fail(t, "{{_ ...}} holds no plain text");
		return 0;
	}
	if (strlen(w->text) >= TPLC_NAME_MAX)
		return tplc_fail(t, "the name %s is too long", w->text);
	return is_name(w) ? 0 : tplc_fail(t, "{{%s}} is no name", w->text);
}

static int
read_word(struct tplc *t, struct word *w)
{
	const char *from = t->p + 2;
	const char *to = memmem(from, (size_t)(t->end - from), "}}", 2);

	*w = (struct word){ 0 };
	if (!to || memchr(from, '\n', (size_t)(to - from)))
		return tplc_fail(t, "{{ without }} in the same line");
	t->p = to + 2;
	if (from < to && strchr("#?!/_>=@", *from))
		w->kind = *from++;
	if (from < to && *from == '^') {
		w->of_page = true;
		from++;
	}
	while (from < to && *from == ' ')
		from++;
	while (from < to && to[-1] == ' ')
		to--;
	if (from == to)
		return tplc_fail(t, "{{}} without a name");
	if (!str_from_bytes(
		w->text, sizeof(w->text), bytes_of(from, (size_t)(to - from))))
		return tplc_fail(t, "the name in {{}} is too long");
	return check_word(t, w);
}

const char *
tplc_owner(struct tplc *t, bool of_page)
{
	static const char *const rows[] = { "p", "r1", "r2", "r3" };

	if (of_page || t->loops == 0) {
		t->uses_page = true;
		return rows[0];
	}
	return rows[t->loops];
}

static const char *
owner(struct tplc *t, const struct word *w)
{
	return tplc_owner(t, w->of_page);
}

/* ---- values ---- */

static int
refuse_position(struct tplc *t)
{
	switch (t->at.place) {
	case PLACE_TAG:
	case PLACE_END_TAG:
		return tplc_fail(t, "a value in the name of a tag");
	case PLACE_EQUALS:
		return tplc_fail(
		    t, "the value of %s= is not in double quotes", t->tag.attr);
	case PLACE_DATA:
		return tplc_fail(t, "a value in <script>");
	case PLACE_BETWEEN:
	case PLACE_AFTER:
	case PLACE_ATTR:
		return tplc_fail(t, "a value as the name of an attribute");
	case PLACE_TEXT:
	case PLACE_RCDATA:
	case PLACE_VALUE:
		break;
	}
	return tplc_fail(t, "a value must not stand here");
}

/* The call for a value of an attribute; NULL when none may stand here. */
static const char *
attr_call(struct tplc *t)
{
	struct tplc_tag *tag = &t->tag;
	enum tplc_url url = t->at.url;

	if (tag->kind == ATTR_NO_VALUES) {
		(void)tplc_fail(
		    t, "a value in %s= of <%s>", tag->attr, tag->name);
		return NULL;
	}
	if (tag->kind != ATTR_URL)
		return "html_attr";
	if (url == URL_UNSURE) {
		(void)tplc_fail(t,
		    "whether this value begins the address in %s= depends on "
		    "a condition",
		    tag->attr);
		return NULL;
	}
	if (!tag->attr_has_value)
		tag->anchored = tag->slash;
	t->at.url = URL_LATER;
	return url == URL_START ? "html_url_whole" : "html_url_part";
}

static const char *
value_call(struct tplc *t)
{
	const char *call;

	if (t->at.place == PLACE_TEXT || t->at.place == PLACE_RCDATA)
		return "html_text";
	if (t->at.place != PLACE_VALUE) {
		(void)refuse_position(t);
		return NULL;
	}
	call = attr_call(t);
	t->tag.has_value = t->tag.attr_has_value = true;
	return call;
}

static int
value(struct tplc *t, const struct word *w)
{
	const char *call = value_call(t);

	if (!call)
		return -1;
	tplc_emit_line(t, "%s(o, %s->%s);", call, owner(t, w), w->text);
	return 0;
}

static int
number(struct tplc *t, const struct word *w)
{
	if (t->at.place == PLACE_DATA) {
		if (!str_eq(t->tag.type, "text/plain"))
			return refuse_position(t);
	} else if (!value_call(t)) {
		return -1;
	}
	tplc_emit_line(
	    t, "html_num(o, HTML_UNSIGNED(%s->%s));", owner(t, w), w->text);
	return 0;
}

/* Not a value: "" in front makes anything but a string literal an error of
 * the C compiler. So it may stand in the address of a script as well. */
static int
constant(struct tplc *t, const struct word *w)
{
	if (t->at.place != PLACE_VALUE || !t->tag.slash ||
	    tplc_attr_kind(t->tag.attr) != ATTR_URL)
		return tplc_fail(
		    t, "{{@%s}} is not in the path of an address", w->text);
	tplc_emit_line(
	    t, "html_lit(o, \"\" %s, sizeof(%s) - 1);", w->text, w->text);
	return 0;
}

int
tplc_may_translate(struct tplc *t)
{
	if (t->at.place == PLACE_VALUE && t->tag.kind == ATTR_URL)
		return tplc_fail(
		    t, "{{_ ...}} in the address %s=", t->tag.attr);
	return value_call(t) ? 0 : -1;
}

/* ---- blocks ---- */

static bool
is_in_tag(enum tplc_place place)
{
	return place == PLACE_BETWEEN || place == PLACE_AFTER;
}

static int
check_block_position(struct tplc *t, const struct word *w)
{
	if (w->kind == '#' && t->at.place != PLACE_TEXT)
		return tplc_fail(t, "the loop {{#%s}} is not in text", w->text);
	if (t->at.place == PLACE_DATA)
		return tplc_fail(t, "a block in <script>");
	if (t->at.place == PLACE_EQUALS || t->at.place == PLACE_END_TAG)
		return refuse_position(t);
	if ((is_in_tag(t->at.place) || t->at.place == PLACE_VALUE) &&
	    ((t->tag.flags & EL_NO_VALUES) ||
		(t->at.place == PLACE_VALUE && t->tag.kind == ATTR_NO_VALUES)))
		return tplc_fail(t, "a block in <%s>", t->tag.name);
	return 0;
}

static int
open_block(struct tplc *t, const struct word *w)
{
	struct tplc_block *b = &t->blocks[t->n_blocks];
	const char *o;

	if (check_block_position(t, w) < 0)
		return -1;
	if (t->n_blocks == TPLC_BLOCKS_MAX)
		return tplc_fail(t, "blocks are nested too deeply");
	if (w->kind == '#' && t->loops == TPLC_LOOPS_MAX)
		return tplc_fail(t, "loops are nested too deeply");
	o = owner(t, w);
	if (w->kind == '#') {
		t->loops++;
		tplc_emit_line(t,
		    "for (const __typeof__(*%s->%s) *r%u = %s->%s; r%u; "
		    "r%u = r%u->next) {",
		    o, w->text, t->loops, o, w->text, t->loops, t->loops,
		    t->loops);
	} else {
		tplc_emit_line(t, "if (%s%s->%s) {", w->kind == '!' ? "!" : "",
		    o, w->text);
	}
	*b = (struct tplc_block){
		.kind = w->kind, .line = t->line, .part = t->part, .at = t->at
	};
	memcpy(b->name, w->text, sizeof(b->name));
	t->n_blocks++;
	t->tag.has_block |= t->at.place != PLACE_TEXT;
	return 0;
}

/* After a block the position is what both ways through it allow. */
static int
join(struct tplc *t, const struct tplc_block *b)
{
	const struct tplc_position *at = &b->at;
	bool in_tag = is_in_tag(at->place) && is_in_tag(t->at.place);

	if (!in_tag && at->place != t->at.place)
		return -1;
	if (at->depth != t->at.depth)
		return -1;
	if ((in_tag || at->place == PLACE_VALUE) && at->tag != t->at.tag)
		return -1;
	if (at->place == PLACE_VALUE && at->attr != t->at.attr)
		return -1;
	if (in_tag && at->place == PLACE_AFTER)
		t->at.place = PLACE_AFTER;
	if (at->place == PLACE_VALUE && at->url != t->at.url)
		t->at.url = URL_UNSURE;
	return 0;
}

static int
close_block(struct tplc *t, const struct word *w)
{
	const struct tplc_block *b;

	if (!t->n_blocks)
		return tplc_fail(t, "{{/%s}} closes nothing", w->text);
	b = &t->blocks[t->n_blocks - 1];
	if (!str_eq(b->name, w->text) || b->part != t->part)
		return tplc_fail(t, "{{/%s}} where {{/%s}} of line %u is due",
		    w->text, b->name, b->line);
	if (join(t, b) < 0)
		return tplc_fail(t,
		    "{{/%s}} stands in another position of the markup than "
		    "{{%c%s}} in line %u",
		    w->text, b->kind, b->name, b->line);
	tplc_emit_line(t, "}");
	t->loops -= b->kind == '#';
	t->n_blocks--;
	return 0;
}

/* ---- parts ---- */

static int
include(struct tplc *t, const struct word *w)
{
	char path[TPLC_PATH_MAX];
	const char *slash = strrchr(t->path, '/');
	int dir = slash ? (int)(slash - t->path) + 1 : 0;
	int n;

	if (t->at.place != PLACE_TEXT)
		return tplc_fail(t, "{{> %s}} is not in text", w->text);
	if (t->part == TPLC_PARTS_MAX)
		return tplc_fail(t, "parts are nested too deeply");
	n = snprintf(path, sizeof(path), "%.*s%s.html", dir, t->path, w->text);
	if (n < 0 || (size_t)n >= sizeof(path))
		return tplc_fail(
		    t, "the path of {{> %s}} is too long", w->text);
	return tplc_part(t, path);
}

/* {{_}} or {{_ #name}}: a message with an end of its own. */
static bool
begins_message(const struct tplc *t)
{
	const char *p = t->p + 2;

	if (p >= t->end || *p != '_')
		return false;
	p += 1 + strspn(p + 1, " ");
	return *p == '}' || *p == '#';
}

int
tplc_block(struct tplc *t)
{
	struct word w;

	if (t->at.place == PLACE_TAG || t->at.place == PLACE_ATTR) {
		/* A value here would become part of the name. */
		const char *kind = t->p + 2;

		if (kind < t->end && !strchr("#?!/", *kind))
			return refuse_position(t);
	}
	if (tplc_markup_break(t) < 0)
		return -1;
	if (begins_message(t))
		return tplc_message(t);
	if (read_word(t, &w) < 0)
		return -1;
	switch (w.kind) {
	case '#':
	case '?':
	case '!':
		return open_block(t, &w);
	case '/':
		return close_block(t, &w);
	case '_':
		return tplc_translation(t, w.text);
	case '>':
		return include(t, &w);
	case '=':
		return number(t, &w);
	case '@':
		return constant(t, &w);
	default:
		return value(t, &w);
	}
}
