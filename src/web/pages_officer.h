/* pages_officer.h - pages.h for officers; included by it, after what all pages
 * share.
 */
#pragma once

struct page_queue {
	struct web_frame f;
	const struct view_request *requests;
	uint64_t waiting;
	const char *search;
	const char *requester; /* all are his, or NULL */
	bool filtered;
	const char *oldest;              /* NULL: nothing waits */
	const struct view_request *held; /* on hold, on the first page */
	bool more_held;
	uint64_t before;
	bool more;
};

/* Refusing many at once: before, and what came of each. */
struct view_pick {
	const struct view_pick *next;
	uint64_t id;
	const char *name, *requester;
	bool good;
	const char *sentence;
};

struct page_refuse {
	struct web_frame f;
	const struct view_pick *picks;
	uint64_t count;
	const char *token;
	const char *problem; /* of the last try, or NULL */
};

struct page_refused {
	struct web_frame f;
	const struct view_pick *picks;
	uint64_t good, bad;
};

struct page_review {
	struct web_frame f;
	uint64_t id;
	const char *token;
	struct view_state state;
	const char *name;
	const char *subject, *requester, *caller, *kind, *key, *sent;
	const char *template; /* NULL: a stand-alone CA */
	const char *attributes;
	const char *sentence;
	const char *may_not;
	const char *approvals; /* "1 of 2 approvals: officer", or NULL */
	bool may_decide, is_pending, has_cert, can_revoke;
	const char *release_token; /* on hold: to release it; else NULL */
	const struct view_field *fields;
	const struct view_event *events;
	struct view_timeline timeline;
};

struct page_decided {
	struct web_frame f;
	uint64_t id;
	const char *heading;
	const char *sentence;
	bool good, has_cert;
	struct view_state state;
};

struct page_certificates {
	struct web_frame f;
	const struct view_request *requests;
	const char *search;
	uint64_t before;
	bool more;
	bool searched; /* only down to `before`: a search has a limit */
};

struct page_revoke {
	struct web_frame f;
	uint64_t id;
	const char *token;
	const char *name, *requester, *serial, *until;
	const char *problem; /* of the last try, or NULL */
	bool on_hold;        /* already: now for good */
};
