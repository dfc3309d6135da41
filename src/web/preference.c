#include "web/preference.h"

#include "base/str.h"
#include "fcgi/cookie.h"
#include "rpc/ca.h"

#define YEAR     ((int64_t)365 * 86400)
#define LOOK_MAX 24

const uint32_t web_look_rows[] = { 20, WEB_ROWS, 100, RPC_LIST_MAX };
const size_t web_look_rows_n = ARRAY_LEN(web_look_rows);

/* "dark.100" */
static bool
parse(const char *theme, const char *rows, struct web_look *ret)
{
	uint64_t n;

	ret->light = str_eq(theme, "light");
	ret->dark = str_eq(theme, "dark");
	if ((!ret->light && !ret->dark && !str_eq(theme, "system")) ||
	    !str_u64(rows, RPC_LIST_MAX, &n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(web_look_rows); i++)
		if (n == web_look_rows[i]) {
			ret->rows = (uint32_t)n;
			return true;
		}
	return false;
}

struct web_look
web_look(const struct web_ask *ask)
{
	struct web_look look = { 0 };
	char text[LOOK_MAX], *dot;

	if (fcgi_cookie_find(
		ask->request->cookie, WEB_LOOK_COOKIE, text, sizeof(text)) &&
	    (dot = strchr(text, '.')) != NULL) {
		*dot = '\0';
		if (parse(text, dot + 1, &look))
			return look;
	}
	return (struct web_look){ .rows = WEB_ROWS };
}

bool
web_look_set(struct web_ask *ask, const char *theme, const char *rows)
{
	struct fcgi_cookie cookie = {
		.name = WEB_LOOK_COOKIE,
		.max_age = YEAR,
		.same_site = COOKIE_LAX,
	};
	struct web_look look;

	if (!parse(theme, rows, &look))
		return false;
	cookie.value = web_text(ask, "%s.%u", theme, look.rows);
	fcgi_cookie_set(ask->reply, &cookie);
	return true;
}
