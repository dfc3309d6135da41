#include "web/language.h"
#include "web/view.h"

#include "base/clock.h"

#define RECENT 5

/* The newest own requests; *ret_known is false when the CA is silent. */
static const struct view_request *
recent(struct web_ask *ask, bool *ret_known)
{
	const struct rpc_list_ask list_ask = {
		.identity = ask->auth.identity,
		.requester = "",
		.search = "",
		.mine_only = true,
		.limit = RECENT,
	};
	const struct view_request *rows;
	const struct rpc_list *list;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	*ret_known = false;
	if (!ask->ca_answers ||
	    rpc_do_LIST(ask->web->ca, &list_ask, &msg, &list, &err) < 0)
		return NULL;
	*ret_known = true;
	rows = view_requests(ask, list, VIEW_FOR_OWNER);
	web_keep(ask, TAKE(msg));
	return rows;
}

/* What waits for an officer; nothing is said when the CA is silent. */
static void
for_officer(struct web_ask *ask, struct page_home *p)
{
	const struct rpc_list *list;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!p->known || !p->f.officer || view_held(ask, &msg, &list, &err) < 0)
		return;
	p->decides = true;
	p->waiting = list->pending;
	p->held = list->row_count;
	p->more_held = list->next != 0;
	p->oldest = list->oldest ? view_time(ask, list->oldest) : NULL;
}

void
web_page_home(struct web_ask *ask)
{
	const struct rpc_generation *g =
	    ask->ca ? web_ca_generation(ask->ca, -1) : NULL;
	struct page_home p = { 0 };

	p.requests = recent(ask, &p.known);
	if (g) {
		p.bar = view_bar(
		    ask, "ca-life", g->not_before, g->not_after, clock_now());
		p.has_bar = true;
		p.ca_until = view_date(ask, g->not_after);
		p.at_once = view_at_once(ask);
		if (ask->ca->info.crl_number) {
			p.crl_until =
			    view_time(ask, ask->ca->info.crl_next_update);
			p.crl_late =
			    ask->ca->info.crl_next_update < clock_now();
		}
	}
	web_frame(ask, MSG("Home"), &p.f);
	p.f.at_home = true;
	for_officer(ask, &p);
	WEB_SEND(ask, 200, home, &p);
}

void
web_page_kinds(struct web_ask *ask)
{
	struct page_kinds p = {
		.enterprise = view_is_enterprise(ask),
	};
	struct err err;

	if (view_templates(ask, "", &p.templates, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	if (!p.enterprise)
		p.kinds = view_kinds(ask);
	p.none = p.enterprise && !p.templates;
	web_frame(ask, MSG("Request a certificate"), &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, kinds, &p);
}

void
web_page_help(struct web_ask *ask)
{
	struct page_help p = {
		.base = web_text(ask, "%s/certsrv", ask->web->public_url),
	};

	web_frame(ask, MSG("Help"), &p.f);
	p.f.at_help = true;
	WEB_SEND(ask, 200, help, &p);
}
