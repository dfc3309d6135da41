#include "html/tplc_state.h"

#include "base/str.h"

#include <assert.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_name_char(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == ':' || c == '.';
}

static bool
append(char *name, char c)
{
	size_t n = strlen(name);

	if (n + 1 >= TPLC_NAME_MAX)
		return false;
	name[n] = str_lower_char(c);
	name[n + 1] = '\0';
	return true;
}

static bool
looking_at(const struct tplc *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->p) >= n && strncasecmp(t->p, s, n) == 0;
}

/* Write the next byte of the file as it stands. */
static int
pass(struct tplc *t)
{
	if (*t->p == '\n')
		t->line++;
	tplc_emit_literal(t, t->p++, 1);
	return 0;
}

static const struct tplc_element *
innermost(const struct tplc *t)
{
	return t->at.depth ? &t->elements[t->at.depth - 1] : NULL;
}

static bool
is_in_svg(const struct tplc *t)
{
	size_t i;

	for (i = 0; i < t->at.depth; i++)
		if (t->elements[i].flags & EL_SVG)
			return true;
	return false;
}

/* ---- tags ---- */

static int
skip_comment(struct tplc *t)
{
	const char *from = t->p + strlen("<!--");
	const char *to = memmem(from, (size_t)(t->end - from), "-->", 3);

	if (!to)
		return tplc_fail(t, "the comment does not end");
	if (memmem(from, (size_t)(to - from), "{{", 2))
		return tplc_fail(t, "a comment holds {{");
	for (; t->p < to + 3; t->p++)
		if (*t->p == '\n')
			t->line++;
	return 0;
}

static int
begin_tag(struct tplc *t)
{
	static const char doctype[] = "<!doctype html>";
	bool end;

	if (looking_at(t, "<!--"))
		return skip_comment(t);
	if (looking_at(t, doctype)) {
		tplc_emit_literal(t, t->p, strlen(doctype));
		t->p += strlen(doctype);
		return 0;
	}
	end = looking_at(t, "</");
	if (t->end - t->p < 2 + end || !is_letter(t->p[1 + end]))
		return tplc_fail(t, "< begins no tag here: write &lt;");
	(void)pass(t);
	if (end)
		(void)pass(t);
	t->tag = (struct tplc_tag){ 0 };
	t->at.tag++;
	t->at.place = end ? PLACE_END_TAG : PLACE_TAG;
	return 0;
}

static int
check_element(struct tplc *t)
{
	struct tplc_tag *tag = &t->tag;

	tag->flags = tplc_element_flags(tag->name);
	if (tag->flags & EL_REFUSED)
		return tplc_fail(t, "<%s> must not be used", tag->name);
	if (is_in_svg(t)) {
		if (!(tag->flags & EL_IN_SVG))
			return tplc_fail(
			    t, "<%s> must not stand in <svg>", tag->name);
		return 0;
	}
	if (tag->flags & EL_ONLY_SVG)
		return tplc_fail(t, "<%s> stands outside <svg>", tag->name);
	return 0;
}

/* Text of these elements is followed by the text rules of the browser: it
 * lasts until the end tag, whatever else it holds. */
static enum tplc_place
place_inside(unsigned flags)
{
	if (flags & EL_RCDATA)
		return PLACE_RCDATA;
	return flags & EL_SCRIPT ? PLACE_DATA : PLACE_TEXT;
}

static int
open_element(struct tplc *t)
{
	struct tplc_element *e = &t->elements[t->at.depth];

	if (t->at.depth == TPLC_ELEMENTS_MAX)
		return tplc_fail(t, "elements are nested too deeply");
	*e = (struct tplc_element){ .flags = t->tag.flags, .line = t->line };
	memcpy(e->name, t->tag.name, sizeof(e->name));
	(void)snprintf(e->path, sizeof(e->path), "%s", t->path);
	t->at.depth++;
	t->at.place = place_inside(e->flags);
	/* A value that begins with a line feed would lose it. */
	if ((e->flags & EL_EATS_LF) && looking_at(t, "{{"))
		tplc_emit_literal(t, "\n", 1);
	return 0;
}

static int
end_start_tag(struct tplc *t, bool self_closing)
{
	const struct tplc_tag *tag = &t->tag;

	if (t->n_blocks && t->blocks[t->n_blocks - 1].at.tag == t->at.tag)
		return tplc_fail(t,
		    "the tag ends inside the block {{%c%s}} that began in it",
		    t->blocks[t->n_blocks - 1].kind,
		    t->blocks[t->n_blocks - 1].name);
	if (tag->has_http_equiv && (tag->has_value || tag->has_block))
		return tplc_fail(t, "a value in <meta http-equiv>");
	if (self_closing) {
		if (!(tag->flags & (EL_VOID | EL_SVG)) && !is_in_svg(t))
			return tplc_fail(t,
			    "<%s/> is not an empty element in HTML", tag->name);
		t->at.place = PLACE_TEXT;
		return 0;
	}
	if ((tag->flags & EL_VOID) && !is_in_svg(t)) {
		t->at.place = PLACE_TEXT;
		return 0;
	}
	return open_element(t);
}

static int
end_end_tag(struct tplc *t)
{
	const struct tplc_element *e = innermost(t);

	if (!e)
		return tplc_fail(t, "</%s> closes nothing", t->tag.name);
	if (!str_eq(e->name, t->tag.name))
		return tplc_fail(t, "</%s> where </%s> is due (%s:%u)",
		    t->tag.name, e->name, e->path, e->line);
	if (t->n_blocks && t->at.depth <= t->blocks[t->n_blocks - 1].at.depth)
		return tplc_fail(t,
		    "</%s> closes an element that was opened outside the "
		    "block {{%c%s}}",
		    e->name, t->blocks[t->n_blocks - 1].kind,
		    t->blocks[t->n_blocks - 1].name);
	t->at.depth--;
	t->at.place = PLACE_TEXT;
	return 0;
}

/* ---- attributes ---- */

static int
begin_attr(struct tplc *t)
{
	struct tplc_tag *tag = &t->tag;

	t->at.attr++;
	t->at.place = PLACE_ATTR;
	t->at.url = URL_START;
	tag->attr[0] = tag->literal[0] = '\0';
	tag->slash = tag->anchored = tag->attr_has_value = false;
	return 0;
}

static int
check_attr(struct tplc *t)
{
	struct tplc_tag *tag = &t->tag;

	tag->kind = tplc_attr_kind(tag->attr);
	if (tag->kind == ATTR_REFUSED)
		return tplc_fail(t, "%s= must not be used", tag->attr);
	if (tag->flags & EL_NO_VALUES)
		tag->kind = ATTR_NO_VALUES;
	if (str_eq(tag->attr, "type")) {
		/* Browsers heed the first, so the last must not count here. */
		if (tag->has_type)
			return tplc_fail(t, "type= twice in one tag");
		tag->has_type = true;
	}
	if (str_eq(tag->attr, "http-equiv"))
		tag->has_http_equiv = true;
	return 0;
}

static int
end_value(struct tplc *t)
{
	struct tplc_tag *tag = &t->tag;

	if (str_eq(tag->attr, "type"))
		memcpy(tag->type, tag->literal, sizeof(tag->type));
	if (tplc_attr_kind(tag->attr) == ATTR_URL)
		if (str_has_prefix(tag->literal, "javascript:") ||
		    str_has_prefix(tag->literal, "vbscript:"))
			return tplc_fail(
			    t, "a script as address in %s=", tag->attr);
	t->at.place = PLACE_AFTER;
	return 0;
}

static int
value_char(struct tplc *t, char c)
{
	struct tplc_tag *tag = &t->tag;

	if (c == '"') {
		if (end_value(t) < 0)
			return -1;
		return pass(t);
	}
	if (c == '<')
		return tplc_fail(t,
		    "< in the value of %s=: write &lt; (is a quote missing?)",
		    tag->attr);
	/* A value before the colon would be a scheme. */
	if (c == ':' && tag->kind == ATTR_URL && tag->attr_has_value &&
	    !tag->anchored)
		return tplc_fail(
		    t, "a value before : in %s= could be a scheme", tag->attr);
	if (c == '/' || c == '?' || c == '#')
		tag->slash = true;
	if (t->at.url == URL_START)
		t->at.url = URL_LATER;
	/* Only its beginning matters; browsers drop white space there. */
	if (!is_space(c))
		(void)append(tag->literal, c);
	return pass(t);
}

/* ---- one function for each place ---- */

static int
in_text(struct tplc *t, char c)
{
	return c == '<' ? begin_tag(t) : pass(t);
}

static int
in_rcdata(struct tplc *t, char c)
{
	const struct tplc_element *e = innermost(t);
	const char *name = t->p + 2;
	size_t n;

	assert(e); /* only within one */
	n = strlen(e->name);
	if (c != '<')
		return pass(t);
	if (looking_at(t, "</") && (size_t)(t->end - name) > n &&
	    strncasecmp(name, e->name, n) == 0 && !is_name_char(name[n]))
		return begin_tag(t);
	return tplc_fail(t, "< in <%s>: write &lt;", e->name);
}

static int
in_data(struct tplc *t, char c)
{
	if (c == '<') {
		if (looking_at(t, "</script>"))
			return begin_tag(t);
		return tplc_fail(t, "< in <script>");
	}
	if (!is_space(c) && !str_eq(t->tag.type, "text/plain"))
		return tplc_fail(t, "script text in the page");
	return pass(t);
}

static int
in_tag_name(struct tplc *t, char c)
{
	if (is_name_char(c)) {
		if (!append(t->tag.name, c))
			return tplc_fail(t, "the tag's name is too long");
		return pass(t);
	}
	t->at.place = PLACE_AFTER;
	return check_element(t);
}

static int
in_end_tag(struct tplc *t, char c)
{
	if (c == '>') {
		if (end_end_tag(t) < 0)
			return -1;
		return pass(t);
	}
	if (!is_name_char(c))
		return tplc_fail(t, "</%s is not followed by >", t->tag.name);
	if (!append(t->tag.name, c))
		return tplc_fail(t, "the tag's name is too long");
	return pass(t);
}

static int
in_tag(struct tplc *t, char c)
{
	bool slash = looking_at(t, "/>");

	if (is_space(c)) {
		t->at.place = PLACE_BETWEEN;
		return pass(t);
	}
	if (c == '>' || slash) {
		if (slash)
			(void)pass(t);
		(void)pass(t);
		return end_start_tag(t, slash);
	}
	if (t->at.place == PLACE_AFTER)
		return tplc_fail(
		    t, "white space is missing in <%s>", t->tag.name);
	if (!is_letter(c))
		return tplc_fail(
		    t, "%c begins no attribute in <%s>", c, t->tag.name);
	return begin_attr(t);
}

static int
in_attr_name(struct tplc *t, char c)
{
	if (is_name_char(c)) {
		if (!append(t->tag.attr, c))
			return tplc_fail(t, "the attribute's name is too long");
		return pass(t);
	}
	if (check_attr(t) < 0)
		return -1;
	t->at.place = c == '=' ? PLACE_EQUALS : PLACE_AFTER;
	return c == '=' ? pass(t) : 0;
}

static int
after_equals(struct tplc *t, char c)
{
	if (c != '"')
		return tplc_fail(
		    t, "the value of %s= is not in double quotes", t->tag.attr);
	t->at.place = PLACE_VALUE;
	return pass(t);
}

int
tplc_markup(struct tplc *t)
{
	static int (*const at_place[])(struct tplc *, char) = {
		[PLACE_TEXT] = in_text,
		[PLACE_RCDATA] = in_rcdata,
		[PLACE_DATA] = in_data,
		[PLACE_TAG] = in_tag_name,
		[PLACE_END_TAG] = in_end_tag,
		[PLACE_BETWEEN] = in_tag,
		[PLACE_AFTER] = in_tag,
		[PLACE_ATTR] = in_attr_name,
		[PLACE_EQUALS] = after_equals,
		[PLACE_VALUE] = value_char,
	};

	return at_place[t->at.place](t, *t->p);
}

int
tplc_markup_break(struct tplc *t)
{
	if (t->at.place == PLACE_TAG) {
		t->at.place = PLACE_AFTER;
		return check_element(t);
	}
	if (t->at.place == PLACE_ATTR) {
		t->at.place = PLACE_AFTER;
		return check_attr(t);
	}
	return 0;
}
