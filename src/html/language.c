#include "html/language.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TAG_MAX 36 /* longer ones than RFC 5646 asks for are not read */

/* clang-format off */
const struct html_plural_rule html_plural_rules[HTML_PLURAL_COUNT] = {
	[HTML_PLURAL_ONE_OTHER] = { "HTML_PLURAL_ONE_OTHER",
	  "nplurals=2;plural=(n!=1);", 2 },
	[HTML_PLURAL_NONE] = { "HTML_PLURAL_NONE",
	  "nplurals=1;plural=0;", 1 },
	[HTML_PLURAL_UP_TO_ONE] = { "HTML_PLURAL_UP_TO_ONE",
	  "nplurals=2;plural=(n>1);", 2 },
	[HTML_PLURAL_CZECH] = { "HTML_PLURAL_CZECH",
	  "nplurals=3;plural=(n==1)?0:(n>=2&&n<=4)?1:2;", 3 },
	[HTML_PLURAL_POLISH] = { "HTML_PLURAL_POLISH",
	  "nplurals=3;plural=(n==1?0:n%10>=2&&n%10<=4&&"
	  "(n%100<10||n%100>=20)?1:2);", 3 },
	[HTML_PLURAL_RUSSIAN] = { "HTML_PLURAL_RUSSIAN",
	  "nplurals=3;plural=(n%10==1&&n%100!=11?0:n%10>=2&&n%10<=4&&"
	  "(n%100<10||n%100>=20)?1:2);", 3 },
};
/* clang-format on */

static bool
is_few(uint64_t n)
{
	return n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 10 || n % 100 >= 20);
}

unsigned
html_plural_form(enum html_plural rule, uint64_t n)
{
	switch (rule) {
	case HTML_PLURAL_ONE_OTHER:
		return n != 1;
	case HTML_PLURAL_UP_TO_ONE:
		return n > 1;
	case HTML_PLURAL_CZECH:
		if (n == 1)
			return 0;
		return n >= 2 && n <= 4 ? 1 : 2;
	case HTML_PLURAL_POLISH:
		if (n == 1)
			return 0;
		return is_few(n) ? 1 : 2;
	case HTML_PLURAL_RUSSIAN:
		if (n % 10 == 1 && n % 100 != 11)
			return 0;
		return is_few(n) ? 1 : 2;
	case HTML_PLURAL_NONE:
	case HTML_PLURAL_COUNT:
		break;
	}
	return 0;
}

static int
by_id(const void *id, const void *message)
{
	return strcmp(id, ((const struct html_message *)message)->id);
}

/* The forms of id in this language; NULL when it has none. */
static const char *const *
forms(const struct html_catalogue *c, unsigned language, const char *id)
{
	const struct html_message *m;

	if (language == 0 || language >= c->n_languages || !c->n_messages)
		return NULL;
	m = bsearch(id, c->messages, c->n_messages, sizeof(*m), by_id);
	return m ? m->texts + (size_t)(language - 1) * HTML_FORMS_MAX : NULL;
}

const char *
html_tr(const struct html_catalogue *c, unsigned language, const char *id)
{
	const char *const *f = forms(c, language, id);

	return f && f[0] ? f[0] : id;
}

const char *
html_tr_n(const struct html_catalogue *c, unsigned language, uint64_t n,
    const char *id, const char *many)
{
	const char *const *f = forms(c, language, id);
	unsigned form;

	if (!f || !f[0])
		return n == 1 ? id : many;
	form = html_plural_form(c->languages[language].rule, n);
	return f[form] ? f[form] : many;
}

bool
html_language_find(
    const struct html_catalogue *c, const char *tag, unsigned *ret)
{
	size_t i;

	for (i = 0; i < c->n_languages; i++)
		if (strcasecmp(c->languages[i].tag, tag) == 0) {
			*ret = (unsigned)i;
			return true;
		}
	return false;
}

/* ---- Accept-Language ---------------------------------------------------- */

/* A weight in thousandths; what is none counts as 0, so the range is not
 * heard. */
static unsigned
weight(const char *s, size_t n)
{
	unsigned q, scale = 100;
	size_t i;

	if (n == 0 || (s[0] != '0' && s[0] != '1') || (n > 1 && s[1] != '.') ||
	    n > 5)
		return 0;
	q = s[0] == '1' ? 1000 : 0;
	for (i = 2; i < n; i++, scale /= 10) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		q += (unsigned)(s[i] - '0') * scale;
	}
	return q > 1000 ? 0 : q;
}

static size_t
skip_blanks(const char *s)
{
	return strspn(s, " \t");
}

/* "de-AT ; q=0.8" from *s up to the comma: the tag and its weight. */
static unsigned
read_range(const char **s, char tag[TAG_MAX])
{
	const char *p = *s + skip_blanks(*s), *end = *s + strcspn(*s, ",");
	size_t n = strcspn(p, " \t;,");
	unsigned q = 1000;

	*s = *end ? end + 1 : end;
	if (!str_from_bytes(tag, TAG_MAX, bytes_of(p, n)))
		return 0;
	p += n;
	p += skip_blanks(p);
	if (*p == ';') {
		p++;
		p += skip_blanks(p);
		if (strncasecmp(p, "q=", 2) != 0)
			return 0;
		p += 2;
		q = weight(p, strcspn(p, " \t,"));
	}
	return q;
}

/* Lookup: the tag, then without its last subtag, and so on. */
static bool
look_up(const struct html_catalogue *c, char *tag, unsigned *ret)
{
	for (;;) {
		char *dash = strrchr(tag, '-');

		if (html_language_find(c, tag, ret))
			return true;
		if (!dash)
			return false;
		*dash = '\0';
	}
}

unsigned
html_language_accept(const struct html_catalogue *c, const char *header)
{
	unsigned best = 0, best_q = 0, language, q, i;
	char tag[TAG_MAX];

	for (i = 0; header && *header && i < HTML_ACCEPT_MAX; i++) {
		q = read_range(&header, tag);
		/* "*" is anything, and so English. */
		if (q <= best_q)
			continue;
		if (str_eq(tag, "*"))
			language = 0;
		else if (!look_up(c, tag, &language))
			continue;
		best = language;
		best_q = q;
	}
	return best;
}
