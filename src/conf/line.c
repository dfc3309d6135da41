/* line.c - where things stand in a YAML text, by libyaml's events. */
#include "conf/conf.h"

#include "base/str.h"

#include <stdio.h>
#include <yaml.h>

#define KEY_MAX   64
#define WHERE_MAX (CONF_DEPTH_MAX * (KEY_MAX + 1))

/* One collection that is open. */
struct level {
	bool mapping;
	bool value;     /* mapping: the next scalar is the value of key */
	unsigned items; /* sequence: how many came */
	char key[KEY_MAX];
};

struct walk {
	yaml_parser_t parser;
	const cyaml_schema_value_t *schema; /* NULL: values are not judged */
	struct level level[CONF_DEPTH_MAX];
	size_t depth;
	unsigned events, documents;
	unsigned line; /* of the newest event */
	/* The newest event is a key, or an item of a list. */
	bool key, item;
	const char *fault;
};

static void
open_level(struct walk *w, bool mapping)
{
	if (w->depth == CONF_DEPTH_MAX) {
		w->fault = "it is nested too deeply";
		return;
	}
	w->level[w->depth++] = (struct level){ .mapping = mapping };
}

/* A value has begun: of the open mapping's key, or one more item. */
static void
count(struct walk *w, const yaml_event_t *e)
{
	struct level *l;

	w->key = w->item = false;
	if (w->depth == 0)
		return;
	l = &w->level[w->depth - 1];
	if (!l->mapping) {
		l->items++;
		w->item = true;
	} else if (l->value) {
		l->value = false;
	} else if (e->type != YAML_SCALAR_EVENT) {
		w->fault = "a key must be a word";
	} else {
		(void)snprintf(l->key, sizeof(l->key), "%s",
		    (const char *)e->data.scalar.value);
		l->value = true;
		w->key = true;
	}
}

/* The schema of the value that comes next; NULL: unknown, or not ours. */
static const cyaml_schema_value_t *
expected(const struct walk *w)
{
	const cyaml_schema_value_t *s = w->schema;

	for (size_t i = 0; s && i < w->depth; i++) {
		const cyaml_schema_field_t *f = NULL;

		if (s->type == CYAML_SEQUENCE) {
			s = w->level[i].mapping ? NULL : s->sequence.entry;
			continue;
		}
		if (s->type == CYAML_MAPPING && w->level[i].mapping)
			f = s->mapping.fields;
		while (f && f->key && !str_eq(f->key, w->level[i].key))
			f++;
		s = f && f->key ? &f->value : NULL;
	}
	return s;
}

static void
judge(struct walk *w, const char *value)
{
	const cyaml_schema_value_t *s = expected(w);
	uint64_t n;

	if (s && s->type == CYAML_UINT && !str_u64(value, UINT64_MAX, &n))
		w->fault = "a number must be of digits only";
	if (s && s->type == CYAML_BOOL && !str_eq(value, "true") &&
	    !str_eq(value, "false"))
		w->fault = "it must be true or false";
}

static bool
has_anchor(const yaml_event_t *e)
{
	return (e->type == YAML_SCALAR_EVENT && e->data.scalar.anchor) ||
	       (e->type == YAML_MAPPING_START_EVENT &&
		   e->data.mapping_start.anchor) ||
	       (e->type == YAML_SEQUENCE_START_EVENT &&
		   e->data.sequence_start.anchor);
}

static void
take(struct walk *w, const yaml_event_t *e)
{
	w->key = w->item = false;
	switch ((int)e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++w->documents > 1)
			w->fault = "there is a second document in it";
		break;
	case YAML_ALIAS_EVENT:
		w->fault = "aliases are not used here";
		break;
	case YAML_SCALAR_EVENT:
		if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
			w->fault = "a text has a NUL in it";
		if (!w->depth || !w->level[w->depth - 1].mapping ||
		    w->level[w->depth - 1].value)
			judge(w, (const char *)e->data.scalar.value);
		count(w, e);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		count(w, e);
		open_level(w, e->type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		if (w->depth > 0)
			w->depth--;
		break;
	default:
		break;
	}
	if (has_anchor(e))
		w->fault = "anchors are not used here";
}

static bool
walk_begin(struct walk *w, struct bytes text)
{
	*w = (struct walk){ .line = 1 };
	if (!yaml_parser_initialize(&w->parser))
		return false;
	yaml_parser_set_input_string(
	    &w->parser, text.n ? text.p : (const uint8_t *)"", text.n);
	yaml_parser_set_encoding(&w->parser, YAML_UTF8_ENCODING);
	return true;
}

/* false: the end, or a fault. */
static bool
walk_next(struct walk *w)
{
	yaml_event_t e;
	bool end;

	if (w->fault)
		return false;
	if (!yaml_parser_parse(&w->parser, &e)) {
		w->line = (unsigned)w->parser.problem_mark.line + 1;
		w->fault =
		    w->parser.problem ? w->parser.problem : "it cannot be read";
		return false;
	}
	w->line = (unsigned)e.start_mark.line + 1;
	end = e.type == YAML_STREAM_END_EVENT;
	take(w, &e);
	yaml_event_delete(&e);
	if (++w->events > CONF_EVENTS_MAX)
		w->fault = "there is too much in it";
	return !end && !w->fault;
}

int
conf_scan(struct bytes text, const cyaml_schema_value_t *schema,
    unsigned *ret_line, char *ret_what, size_t size)
{
	struct walk w;
	int rc = 0;

	if (!walk_begin(&w, text)) {
		(void)snprintf(ret_what, size, "there is no memory left");
		return -1;
	}
	w.schema = schema;
	while (walk_next(&w))
		;
	if (w.fault) {
		*ret_line = w.line;
		(void)snprintf(ret_what, size, "%s", w.fault);
		rc = -1;
	}
	yaml_parser_delete(&w.parser);
	return rc;
}

unsigned
conf_key_line(struct bytes text, const char *key, unsigned from, bool last)
{
	struct walk w;
	unsigned found = 0;

	if (!walk_begin(&w, text))
		return 0;
	while (walk_next(&w)) {
		if (!w.key || w.line < from ||
		    strcmp(w.level[w.depth - 1].key, key) != 0)
			continue;
		found = w.line;
		if (!last)
			break;
	}
	yaml_parser_delete(&w.parser);
	return found;
}

/* "a/b/2" of what the walk stands at. */
static void
say_path(const struct walk *w, size_t depth, char dst[WHERE_MAX])
{
	size_t n = 0;
	int k;

	dst[0] = 0;
	for (size_t i = 0; i < depth; i++) {
		const struct level *l = &w->level[i];

		if (l->mapping)
			k = snprintf(dst + n, WHERE_MAX - n, "%s%s",
			    i ? "/" : "", l->key);
		else
			k = snprintf(dst + n, WHERE_MAX - n, "%s%u",
			    i ? "/" : "", l->items - 1);
		if (k > 0 && (size_t)k < WHERE_MAX - n)
			n += (size_t)k;
	}
}

/* How much of `path` the first n bytes of it are: whole components only. */
static size_t
common(const char *path, const char *at)
{
	size_t n = strlen(at);

	if (n == 0 || strncmp(path, at, n) != 0 ||
	    (path[n] != 0 && path[n] != '/'))
		return 0;
	return n;
}

unsigned
conf_line(struct bytes text, const char *path)
{
	char at[WHERE_MAX];
	struct walk w;
	unsigned best = 1;
	size_t best_n = 0, n, depth;

	if (!walk_begin(&w, text))
		return 1;
	while (walk_next(&w)) {
		if (!w.key && !w.item)
			continue;
		/* An item that is a collection has opened its level. */
		depth = w.depth;
		if (w.item && depth > 0 && w.level[depth - 1].items == 0)
			depth--;
		say_path(&w, depth, at);
		n = common(path, at);
		if (n > best_n) {
			best_n = n;
			best = w.line;
		}
	}
	yaml_parser_delete(&w.parser);
	return best;
}
