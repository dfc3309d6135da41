/* canary.h - the struct behind canary.html: a value for every position. */
#pragma once
#include "html/html.h"

struct canary_cell {
	const struct canary_cell *next;
	const char *name;
	uint32_t n;
};

struct canary_row {
	const struct canary_row *next;
	const char *name;
	const char *link;
	bool marked;
	const struct canary_cell *cells;
};

struct canary_frame {
	const char *title;
	const char *user;
};

struct page_canary {
	struct canary_frame frame;
	const char *v;
	const char *url;
	uint64_t id;
	bool yes;
	bool no;
	char fixed[16];
	const struct canary_row *rows;
};

HTML_PAGE(canary);
