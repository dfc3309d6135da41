/* preference.h - how somebody likes the pages: theme and rows of a list, from a
 * cookie of the browser. The language has a cookie of its own (language.h).
 */
#pragma once
#include "web/ask.h"

#define WEB_LOOK_COOKIE "look" /* "dark.100" */
#define WEB_ROWS        50     /* of a list, when nothing is said */

struct web_look {
	bool light, dark; /* neither: as the system is set */
	uint32_t rows;    /* one of web_look_rows */
};

extern const uint32_t web_look_rows[];
extern const size_t web_look_rows_n;

/* What is no look is as if nothing was said. */
struct web_look web_look(const struct web_ask *ask);
/* Into the reply: remember it for a year; false when it is none. */
MUST_CHECK bool web_look_set(
    struct web_ask *ask, const char *theme, const char *rows);
