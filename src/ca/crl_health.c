/* crl_health.c - how the lists are, in sentences for STATUS. */
#include "base/clock.h"
#include "ca/arena.h"
#include "ca/crl.h"
#include "ca/crl_other.h"
#include "ca/crl_word.h"
#include "ca/generation.h"
#include "ca/publish.h"
#include "rpc/ca.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A list that is late by this much did not come by itself. */
#define LATE_S   900
#define SPAN_MAX 64
/* The next list of another CA is late in the last part of this many. */
#define OTHER_LATE 5

struct health {
	struct ca_worker *w;
	struct ca_arena *arena;
	struct rpc_finding *list;
	size_t n, max;
	int64_t now;
};

static void say(struct health *h, bool bad, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void
say(struct health *h, bool bad, const char *fmt, ...)
{
	char text[RPC_TEXT_MAX];
	va_list ap;

	if (h->n == h->max)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->list[h->n++] =
	    (struct rpc_finding){ bad, ca_arena_str(h->arena, text) };
}

/* "6 days 23 hours", "3 hours 5 minutes", "less than a minute" */
static const char *
span(int64_t seconds, char dst[SPAN_MAX])
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = { { 86400, "day", "days" }, { 3600, "hour", "hours" },
		{ 60, "minute", "minutes" } };
	int parts = 0, at = 0;

	dst[0] = '\0';
	if (seconds < 0)
		seconds = -seconds;
	for (size_t i = 0; i < ARRAY_LEN(units) && parts < 2; i++) {
		int64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (n == 0 && parts == 0)
			continue;
		parts++;
		if (n == 0)
			continue;
		at += snprintf(dst + at, SPAN_MAX - (size_t)at,
		    "%s%" PRId64 " %s", at ? " " : "", n,
		    n == 1 ? units[i].one : units[i].many);
	}
	if (parts == 0)
		(void)snprintf(dst, SPAN_MAX, "less than a minute");
	return dst;
}

static void
say_list(struct health *h, const struct store_crl *c, const char *what)
{
	char one[SPAN_MAX], two[SPAN_MAX];
	bool gone = c->next_update <= h->now;
	bool late = c->next_publish + LATE_S < h->now;

	if (!ca_publish_exists(h->w->ca->config, c->file))
		say(h, true,
		    "%s %" PRIu64 " is not in its place: %s is missing.", what,
		    c->number, c->file);
	if (gone)
		say(h, true,
		    "%s %" PRIu64 " (%s) expired %s ago: nobody can tell "
		    "whether a certificate was revoked.",
		    what, c->number, c->file,
		    span(c->next_update - h->now, one));
	else if (late)
		say(h, true,
		    "%s %" PRIu64 " (%s) expires in %s; the next one is %s "
		    "late.",
		    what, c->number, c->file,
		    span(c->next_update - h->now, one),
		    span(c->next_publish - h->now, two));
	else
		say(h, false,
		    "%s %" PRIu64 " (%s) expires in %s; the next one is made "
		    "in %s.",
		    what, c->number, c->file,
		    span(c->next_update - h->now, one),
		    span(c->next_publish - h->now, two));
	if (*c->delivery)
		say(h, true, "%s %" PRIu64 " (%s) did not reach everybody: %s",
		    what, c->number, c->file, c->delivery);
}

static int
say_type(struct health *h, uint32_t key_index, bool delta, struct err *err)
{
	AUTO(store_crl) c = NULL;

	if (store_newest_crl(h->w->reader, key_index, delta, &c, err) == 0) {
		say_list(h, c, delta ? "Delta CRL" : "CRL");
		return 0;
	}
	if (err->code != ERR_NOT_FOUND)
		return -1;
	*err = (struct err){ 0 };
	say(h, true, "No %s of key %" PRIu32 " was published yet.",
	    delta ? "delta CRL" : "CRL", key_index);
	return 0;
}

static int
say_keys(struct health *h, const struct ca_generations *g, struct err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		uint32_t key = g->list[i].key_index;

		if (i + 1 < g->n && (g->list[i + 1].key_index == key ||
					g->list[i].cert.not_after < h->now))
			continue;
		if (say_type(h, key, false, err) < 0 ||
		    (ca_crl_has_delta(h->w->ca->config) &&
			say_type(h, key, true, err) < 0))
			return -1;
	}
	return 0;
}

static void
say_failure(struct health *h)
{
	struct ca_crl_state state;
	char one[SPAN_MAX], two[SPAN_MAX];

	ca_crl_state(h->w->ca, &state);
	if (!state.failed)
		return;
	say(h, true, "Publishing failed %s ago: %s It is tried again in %s.",
	    span(h->now - state.failed, one), state.text,
	    span(state.again > h->now ? state.again - h->now : 0, two));
}

/* What failed when a file of another CA was handed on. */
static void
say_word(void *ctx, const char *name, const struct pki_crl *crl,
    struct bytes content)
{
	struct health *h = ctx;
	struct ca_crl_word word;
	uint8_t hash[32];
	size_t n;

	(void)crl;
	if (pki_tools_hash(
		h->w->tools, PKI_HASH_SHA256, content, hash, &n, NULL) == 0 &&
	    ca_crl_word_find(h->w->ca->words, name, hash, &word) && *word.text)
		say(h, true, "%s of another CA did not reach everybody: %s",
		    name, word.text);
}

/* Of another CA; nobody here can make the next one. */
static void
say_other(void *ctx, const char *name, const struct pki_crl *crl,
    struct bytes content)
{
	struct health *h = ctx;
	char one[SPAN_MAX];
	int64_t left = crl ? crl->next_update - h->now : 0;
	int64_t life = crl ? crl->next_update - crl->this_update : 0;

	say_word(ctx, name, crl, content);
	if (!crl)
		say(h, true, "%s, which is no file of this CA, is no CRL.",
		    name);
	else if (left <= 0)
		say(h, true,
		    "CRL %" PRIu64 " of another CA (%s) expired %s ago: bring "
		    "the next one (opencertsrv crl add).",
		    crl->number, name, span(left, one));
	else
		say(h, left < life / OTHER_LATE,
		    "CRL %" PRIu64 " of another CA (%s) expires in %s%s",
		    crl->number, name, span(left, one),
		    left < life / OTHER_LATE
			? ": bring the next one (opencertsrv crl add)."
			: ".");
}

int
ca_crl_health(struct ca_worker *w, struct ca_arena *a, struct rpc_finding *ret,
    size_t max, size_t *ret_n, struct err *err)
{
	const struct ca_generations *g = ca_generations_take(w->ca);
	struct health h = {
		.w = w, .arena = a, .list = ret, .max = max, .now = clock_now()
	};
	int rc = g ? say_keys(&h, g, err) : 0;

	if (g)
		ca_generations_release(w->ca, g);
	ca_crl_others(w->ca, ".crl", say_other, &h);
	ca_crl_others(w->ca, ".crt", say_word, &h);
	say_failure(&h);
	*ret_n = h.n;
	return rc < 0 ? -1 : ca_arena_check(a, err);
}
