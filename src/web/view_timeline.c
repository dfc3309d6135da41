/* The way of a request as a picture: when it was sent, what was decided, and
 * what its certificate comes to. What is still to come is drawn empty. */
#include "web/language.h"
#include "web/view.h"

#include "base/clock.h"

#define STEPS_MAX 3
#define FIRST     50 /* of 320; so that a date fits on either side */
#define DISTANCE  110

struct builder {
	struct web_ask *ask;
	struct view_step *steps[STEPS_MAX];
	const char *sentence;
	unsigned n;
};

/* when 0: no day is known. */
static void
add(struct builder *b, const char *what, int64_t when, enum view_step_kind kind)
{
	struct view_step *v = web_alloc(b->ask, sizeof(*v));
	const char *said;

	if (!v || b->n == STEPS_MAX)
		return;
	*v = (struct view_step){ .what = web_tr(b->ask, what),
		.when = when ? view_date(b->ask, when) : NULL,
		.coming = kind == VIEW_STEP_COMING,
		.bad = kind == VIEW_STEP_BAD,
		.x = FIRST + b->n * DISTANCE };
	if (b->n > 0) {
		b->steps[b->n - 1]->next = v;
		v->joined = true;
		v->x_join = v->x - DISTANCE;
	}
	said = when ? WEB_SAY(b->ask, MSG("{0}: {1}"), v->what, v->when)
		    : WEB_SAY(b->ask, MSG("{0}: not yet"), v->what);
	b->sentence =
	    b->n ? web_text(b->ask, "%s; %s", b->sentence, said) : said;
	b->steps[b->n++] = v;
}

static void
add_certificate(struct builder *b, const struct rpc_request *r)
{
	const struct rpc_row *row = &r->row;

	add(b, MSG("Issued"), row->resolved, VIEW_STEP_DONE);
	if (view_on_hold(row))
		add(b, MSG("On hold"), r->revoked_at, VIEW_STEP_BAD);
	else if (row->disposition == DISPOSITION_REVOKED)
		add(b, MSG("Revoked"), r->revoked_at, VIEW_STEP_BAD);
	else if (row->not_after < clock_now())
		add(b, MSG("Expired"), row->not_after, VIEW_STEP_BAD);
	else
		add(b, MSG("Valid until"), row->not_after, VIEW_STEP_COMING);
}

struct view_timeline
view_timeline(struct web_ask *ask, const struct rpc_request *r)
{
	struct builder b = { .ask = ask };
	const struct rpc_row *row = &r->row;

	add(&b, MSG("Sent"), row->submitted, VIEW_STEP_DONE);
	if (r->cert.n) {
		add_certificate(&b, r);
	} else if (row->disposition == DISPOSITION_PENDING) {
		add(&b, MSG("Decision"), 0, VIEW_STEP_COMING);
		add(&b, MSG("Certificate"), 0, VIEW_STEP_COMING);
	} else {
		add(&b, MSG("Refused"), row->resolved, VIEW_STEP_BAD);
	}
	return (struct view_timeline){ .steps = b.n ? b.steps[0] : NULL,
		.sentence = b.sentence };
}
