/* template_reading.c - what every part of a template's reading needs: a fault
 * with its line, words, lists.
 */
#include "ca/template_reading.h"

#include <stdarg.h>
#include <stdio.h>

void
ca_template_add(
    struct ca_template_findings *f, bool bad, unsigned line, const char *text)
{
	struct ca_template_finding *x;

	if (bad)
		f->bad++;
	if (f->n == CA_TEMPLATE_FINDINGS_MAX)
		return;
	x = &f->list[f->n++];
	*x = (struct ca_template_finding){
		.bad = bad, .line = line, .hole = ""
	};
	(void)snprintf(x->text, sizeof(x->text), "%s", text);
}

void
ca_template_say(struct ca_template_reading *r, bool bad, const char *path,
    const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ca_template_add(r->findings, bad, conf_line(r->text, path), text);
}

uint32_t
ca_template_mask(struct ca_template_reading *r, const struct raw_list *l,
    const char *path, const struct ca_word *table)
{
	uint32_t mask = 0, value;
	char at[128];

	for (unsigned i = 0; i < l->list_count; i++) {
		AUTO_BUF all = BUF_WITH_LIMIT(ERR_TEXT_MAX);

		if (ca_word_value(table, l->list[i], &value)) {
			mask |= value;
			continue;
		}
		ca_word_list(table, UINT32_MAX, &all);
		(void)snprintf(at, sizeof(at), "%s/%u", path, i);
		ca_template_say(r, true, at, "\"%.60s\" is none of: %s.",
		    l->list[i], buf_str(&all));
	}
	return mask;
}

void
ca_template_text_list(struct ca_template_reading *r, const struct raw_list *l,
    struct ca_template_texts *ret)
{
	const char **list =
	    ca_arena_alloc(r->arena, (l->list_count + 1) * sizeof(*list));

	for (unsigned i = 0; list && i < l->list_count; i++)
		list[ret->n++] = ca_arena_str(r->arena, l->list[i]);
	ret->list = list;
}
