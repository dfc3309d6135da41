/* certsces.asp: the enrolment station, where an agent asks for certificates on
 * behalf of others. He signs in his browser (web/static/page-station.js); what
 * is sent arrives at certfnsh.asp, and the CA decides whether he may
 * (ca/enterprise_sign.c). */
#include "web/view.h"

#include "base/msg.h"

/* Those that are for others, in a list of their own. */
static const struct view_template *
for_others(struct web_ask *ask, const struct view_template *t)
{
	struct view_template *first = NULL, *last = NULL, *v;

	for (; t; t = t->next) {
		if (!t->for_others)
			continue;
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		*v = *t;
		v->next = NULL;
		if (last)
			last->next = v;
		else
			first = v;
		last = v;
	}
	return first;
}

void
web_page_station(struct web_ask *ask)
{
	struct page_station p = { .number = view_number(ask),
		.enterprise = view_is_enterprise(ask) };
	const struct view_template *all;
	struct err err;

	if (view_templates(ask, web_field(ask, "template"), &all, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	p.templates = for_others(ask, all);
	web_frame(ask, MSG("Enrol on behalf of somebody"), &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, station, &p);
}
