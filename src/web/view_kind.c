/* Kinds of request of a stand-alone CA: ours, or those of the site. */
#include "web/language.h"
#include "web/view.h"

#include "base/str.h"

/* clang-format off */
/* certsrv-http 3: type 0 and 1. */
static const struct web_site_kind basic[] = {
	{ MSG("Web browser certificate"),
	  MSG("For signing in and proving who you are. The key is made in this browser."),
	  "1.3.6.1.5.5.7.3.2", "rsa-3072", false, false },
	{ MSG("E-mail protection certificate"),
	  MSG("For signing and encrypting mail. The key is made in this browser."),
	  "1.3.6.1.5.5.7.3.4", "rsa-3072", true, false },
};

#define SERVER "1.3.6.1.5.5.7.3.1"
static const struct web_site_kind advanced[] = {
	{ .name = MSG("Client authentication"), .purposes = "1.3.6.1.5.5.7.3.2" },
	{ .name = MSG("E-mail protection"), .purposes = "1.3.6.1.5.5.7.3.4" },
	{ .name = MSG("Server authentication"), .purposes = SERVER },
	{ .name = MSG("Server and client authentication"),
	  .purposes = SERVER " 1.3.6.1.5.5.7.3.2" },
	{ .name = MSG("Code signing"), .purposes = "1.3.6.1.5.5.7.3.3" },
	{ .name = MSG("Time stamp signing"), .purposes = "1.3.6.1.5.5.7.3.8" },
	{ .name = MSG("IPsec"), .purposes = "1.3.6.1.5.5.7.3.17" },
};
/* clang-format on */

static const struct view_kind *
view(struct web_ask *ask, const struct web_site_kind *kinds, size_t n)
{
	struct view_kind *first = NULL, *v;

	while (n-- > 0) {
		v = web_alloc(ask, sizeof(*v));
		if (!v)
			return NULL;
		*v = (struct view_kind){ .next = first,
			.number = n,
			.title = web_tr(ask, kinds[n].name),
			.words =
			    kinds[n].words ? web_tr(ask, kinds[n].words) : "",
			.purposes = kinds[n].purposes,
			.mail = kinds[n].mail,
			.chosen = str_eq(kinds[n].purposes, SERVER) };
		first = v;
	}
	return first;
}

const struct view_kind *
view_kinds(struct web_ask *ask)
{
	const struct web_site *s = ask->web->site;

	return s->kind_n ? view(ask, s->kinds, s->kind_n)
			 : view(ask, basic, ARRAY_LEN(basic));
}

const struct view_kind *
view_advanced_kinds(struct web_ask *ask)
{
	const struct web_site *s = ask->web->site;

	return s->advanced_n ? view(ask, s->advanced, s->advanced_n)
			     : view(ask, advanced, ARRAY_LEN(advanced));
}

const struct web_site_kind *
view_kind(const struct web_ask *ask, const char *type)
{
	const struct web_site *s = ask->web->site;
	const struct web_site_kind *kinds = s->kind_n ? s->kinds : basic;
	size_t n = s->kind_n ? s->kind_n : ARRAY_LEN(basic);
	uint64_t number;

	return str_u64(type, WEB_SITE_KINDS_MAX, &number) && number < n
		   ? &kinds[number]
		   : &kinds[0];
}

struct view_place
view_place(const struct web_ask *ask)
{
	const struct web_site_defaults *d = &ask->web->site->defaults;

	return (struct view_place){ d->company, d->department, d->city,
		d->state, d->country };
}
