#include "web/language.h"

#include "base/str.h"
#include "fcgi/cookie.h"
#include "web/routes.h"

#define YEAR       ((int64_t)365 * 86400)
#define TAG_MAX    36
#define DIGITS_MAX 20
#define OLD_PAGES  "/certsrv/cert" /* what the old addresses begin with */

static bool
is_program(const struct fcgi_request *r)
{
	return str_has_prefix(r->route, OLD_PAGES) &&
	       (!r->user_agent || !strstr(r->user_agent, "Mozilla"));
}

unsigned
web_language(const struct fcgi_request *r, bool *ret_chosen)
{
	char tag[TAG_MAX];
	unsigned language;
	bool chosen;

	chosen = fcgi_cookie_find(
		     r->cookie, WEB_LANGUAGE_COOKIE, tag, sizeof(tag)) &&
		 html_language_find(&web_catalogue, tag, &language);
	if (ret_chosen)
		*ret_chosen = chosen;
	if (is_program(r))
		return 0;
	return chosen
		   ? language
		   : html_language_accept(&web_catalogue, r->accept_language);
}

bool
web_language_set(struct web_ask *ask, const char *tag)
{
	struct fcgi_cookie cookie = {
		.name = WEB_LANGUAGE_COOKIE,
		.max_age = YEAR,
		.same_site = COOKIE_LAX,
	};
	unsigned language;

	if (!html_language_find(&web_catalogue, tag, &language))
		return false;
	cookie.value = web_catalogue.languages[language].tag;
	fcgi_cookie_set(ask->reply, &cookie);
	return true;
}

const char *
web_tr(const struct web_ask *ask, const char *english)
{
	return english ? html_tr(&web_catalogue, ask->language, english) : NULL;
}

const char *
web_num(struct web_ask *ask, uint64_t n)
{
	char digits[DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return web_text_of(ask, bytes_of(digits + at, sizeof(digits) - at));
}

/* The next piece of a text with {0} to {9} in it, *text behind it; a number
 * that has no value is nothing. */
static struct bytes
next_piece(const char **text, const char *const *values, size_t n)
{
	const char *p = *text;
	size_t run = strcspn(p + 1, "{") + 1, i;

	if (p[0] != '{' || p[1] < '0' || p[1] > '9' || p[2] != '}') {
		*text += run;
		return bytes_of(p, run);
	}
	*text += 3;
	i = (size_t)(p[1] - '0');
	return bytes_str(i < n && values[i] ? values[i] : "");
}

static const char *
fill_in(
    struct web_ask *ask, const char *text, const char *const *values, size_t n)
{
	const char *p;
	struct bytes piece;
	size_t length = 0;
	char *out, *to;

	for (p = text; *p;)
		length += next_piece(&p, values, n).n;
	out = to = web_alloc(ask, length + 1);
	if (!out)
		return "";
	for (p = text; *p;) {
		piece = next_piece(&p, values, n);
		if (piece.n)
			memcpy(to, piece.p, piece.n);
		to += piece.n;
	}
	return out;
}

const char *
web_say(struct web_ask *ask, const char *english, const char *const *values,
    size_t n)
{
	const char *text = web_tr(ask, english);

	return text ? fill_in(ask, text, values, n) : "";
}

const char *
web_say_n(struct web_ask *ask, uint64_t n, const char *one, const char *many)
{
	const char *const value = web_num(ask, n);

	return fill_in(ask,
	    html_tr_n(&web_catalogue, ask->language, n, one, many), &value, 1);
}

/* --- language.asp: what the form at the foot of each page sends ----------- */

/* Back to a page of ours, and nowhere else. */
static bool
is_ours(const char *path)
{
	const char *p;

	for (p = path; *p; p++)
		if (*p <= 0x20 || *p >= 0x7F || *p == '\\')
			return false;
	return str_has_prefix(path, "/certsrv/");
}

void
web_page_language(struct web_ask *ask)
{
	const char *back = web_field(ask, "Back");

	if (!web_language_set(ask, web_field(ask, "Language"))) {
		web_notice(ask,
		    &(struct web_notice){ 400,
			MSG("These pages do not know that language"),
			MSG("What was sent names a language that is not "
			    "installed here."),
			MSG("Nothing was changed."),
			MSG("Choose one of those at the foot of the page."),
			"/certsrv/", MSG("Home") });
		return;
	}
	fcgi_reply_header(
	    ask->reply, "Location", is_ours(back) ? back : "/certsrv/");
	web_send_nothing(ask);
	ask->reply->status = 303;
}
