/* crl_time.c - when a list is made again, and until when it is good
 * (enrolment protocols 4.1).
 *
 * A list is good for longer than its period: for the overlap, in which the
 * next one reaches everybody, and for the skew of clocks at either end.
 */
#include "ca/crl.h"

#define HALF_DAY (12 * INT64_C(3600))

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is not configured follows from the period. */
static int64_t
overlap(const struct ca_config *c, bool delta)
{
	int64_t configured = delta ? c->crl_delta_overlap : c->crl_overlap;
	int64_t part = delta ? c->crl_delta_period : c->crl_period / 10;

	if (configured >= 0)
		return configured;
	part = most(least(part, HALF_DAY), c->clock_skew * 3 / 2);
	return least(part, c->crl_period);
}

void
ca_crl_times(const struct ca_config *c, bool delta, int64_t now,
    int64_t not_before, struct store_crl *ret)
{
	int64_t extra = overlap(c, delta);

	/* The last delta is good for as long as its base. */
	ret->next_publish =
	    now + (delta && ca_crl_has_delta(c) ? c->crl_delta_period
						: c->crl_period);
	ret->next_update = ret->next_publish + extra + c->clock_skew;
	ret->propagated = now + extra;
	ret->this_update = most(now - c->clock_skew, not_before);
}
