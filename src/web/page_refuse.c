/* refuse.asp: an officer refuses several requests with one reason: the list
 * again to look at, then each refusal on its own, with what came of it. The CA
 * decides about each as if it had come alone. */
#include "web/view.h"

#include "base/msg.h"
#include "base/str.h"
#include "web/language.h"

#define PATH "/certsrv/officer/refuse.asp"
#define MOST RPC_LIST_MAX /* rows of a page of the queue */

/* The numbers that are ticked, each once; how many. */
static size_t
picked(const struct web_ask *ask, uint64_t ids[MOST])
{
	const struct fcgi_form_item *item = NULL;
	size_t n = 0, i;
	uint64_t id;

	while (ask->form && n < MOST &&
	       (item = fcgi_form_next(ask->form, "Pick", item)) != NULL) {
		if (strlen((const char *)item->value.p) != item->value.n ||
		    !view_req_id((const char *)item->value.p, &id))
			continue;
		for (i = 0; i < n && ids[i] != id; i++)
			;
		if (i == n)
			ids[n++] = id;
	}
	return n;
}

/* With what the CA says about it; a number that is nobody's, too. */
static struct view_pick *
look(struct web_ask *ask, uint64_t id)
{
	struct rpc_retrieve what = {
		.identity = ask->auth.identity,
		.id = id,
		.reason = "",
	};
	struct view_pick *pick = web_alloc(ask, sizeof(*pick));
	const struct rpc_request *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!pick)
		return NULL;
	*pick = (struct view_pick){ .id = id, .name = "", .requester = "" };
	if (rpc_do_SHOW(ask->web->ca, &what, &msg, &r, &err) < 0) {
		pick->sentence = web_text(ask, "%s", err.text);
		return pick;
	}
	/* Copies: there may be more of them than answers can be kept. */
	pick->name = web_text(ask, "%s",
	    r->row.common_name[0] ? r->row.common_name : r->row.subject);
	pick->requester = web_text(ask, "%s", r->row.requester);
	pick->good = r->row.disposition == DISPOSITION_PENDING;
	if (!pick->good)
		pick->sentence =
		    web_tr(ask, MSG("This request waits no longer."));
	else if (!r->may_decide)
		pick->sentence = view_sentence(ask, r->may_not);
	return pick;
}

static void
show_form(struct web_ask *ask, const char *problem)
{
	struct page_refuse p = { .problem = problem };
	uint64_t ids[MOST];
	size_t n = picked(ask, ids);

	p.count = n;
	while (n-- > 0) {
		struct view_pick *pick = look(ask, ids[n]);

		if (!pick)
			break;
		pick->next = p.picks;
		p.picks = pick;
	}
	p.token = view_token(ask, PATH);
	web_frame(ask, MSG("Refuse several requests"), &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, problem ? 400 : 200, refuse, &p);
}

void
web_page_refuse_form(struct web_ask *ask)
{
	show_form(ask, NULL);
}

static void
refuse(struct web_ask *ask, struct view_pick *pick)
{
	struct rpc_decide what = {
		.identity = ask->auth.identity,
		.id = pick->id,
		.decision = RPC_DECISION_DENY,
		.reason = web_field(ask, "Reason"),
	};
	const struct rpc_result *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (rpc_do_DECIDE(ask->web->ca, &what, &msg, &r, &err) < 0) {
		pick->good = false;
		pick->sentence = web_text(ask, "%s", err.text);
		return;
	}
	pick->good = r->disposition == DISPOSITION_DENIED;
	pick->sentence = pick->good ? web_tr(ask, MSG("Refused."))
				    : web_text(ask, "%s", r->sentence);
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

void
web_page_refuse(struct web_ask *ask)
{
	struct page_refused p = { 0 };
	uint64_t ids[MOST];
	size_t n = picked(ask, ids);

	if (n == 0 || is_blank(web_field(ask, "Reason")) ||
	    strlen(web_field(ask, "Reason")) > RPC_TEXT_MAX) {
		show_form(ask,
		    web_tr(ask,
			MSG("A refusal needs a reason of at most 1000 "
			    "characters: the requesters read it. Nothing was "
			    "refused.")));
		return;
	}
	while (n-- > 0) {
		struct view_pick *pick = look(ask, ids[n]);

		if (!pick)
			break;
		refuse(ask, pick);
		*(pick->good ? &p.good : &p.bad) += 1;
		pick->next = p.picks;
		p.picks = pick;
	}
	web_frame(ask, MSG("Several requests refused"), &p.f);
	p.f.at_officer = true;
	WEB_SEND(ask, 200, refused, &p);
}
