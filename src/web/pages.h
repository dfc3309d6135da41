/* pages.h - what each page shows: one struct per template.
 *
 * web/templates/NAME.html becomes page_NAME() at build time (html/tplc.h); a
 * name in it that the struct lacks does not compile. Handlers fill a struct
 * and nothing else; escaping is the template's business.
 *
 * Ownership: texts are borrowed for the call; NULL writes nothing. Lists are
 * linked by `next`.
 */
#pragma once
#include "html/html.h"
#include "html/static_hash.h" /* {{@HTML_STATIC_HASH}} */

#include <stdbool.h>
#include <stdint.h>

/* A language to choose: foot.html. */
struct view_language {
	const struct view_language *next;
	const char *tag, *name;
	bool current;
};

/* Around every page: web/templates/head.html and foot.html. */
struct web_frame {
	const char *title;
	const char *ca_name;
	const char *target;  /* host\name, where requests go */
	const char *user;    /* NULL: nobody is signed in */
	const char *contact; /* mail address or NULL */
	const char *contact_url;
	bool logo, style;      /* there is one of the site's own */
	const char *text;      /* what the site says on this page */
	const char *copy_time; /* the CA is silent: what we know is of then */
	const char *language;  /* tag for lang= */
	bool translated;       /* it is not English */
	const struct view_language *languages; /* to choose from, or NULL */
	const char *here;                      /* come back to, afterwards */
	bool light, dark, by_system; /* the preferred colours, one of them */
	bool waits;                  /* waiting.js looks again by itself */
	bool officer;
	bool demo;
	bool single_person;
	bool at_home, at_request, at_mine, at_ca, at_help, at_officer;
};

/* The state of a request by word, sign and colour: state.html. */
struct view_state {
	const char *words;
	const char *icon;
	const char *css;
};

/* A life drawn as a bar, 320 wide: bar.html. */
struct view_bar {
	const char *sentence; /* the picture in words */
	const char *id;       /* unique in the page */
	uint32_t now;         /* where today is */
	uint32_t left;        /* how much is left from there */
	const char *from, *middle, *to;
};

/* A certificate in the picture of its chain, root first: chain.html. */
struct view_link {
	const struct view_link *next;
	const char *name, *until;
	bool leaf, joined; /* joined: to the one above */
	uint32_t y, y_name, y_until, y_join;
};

struct view_chain {
	const struct view_link *links; /* NULL: it is not known */
	uint32_t height;
	const char *sentence; /* the picture in words */
};

/* A step in the picture of a request's way: timeline.html. */
struct view_step {
	const struct view_step *next;
	const char *what, *when; /* when: NULL: it is not known */
	bool coming, bad;        /* neither: it was, and is well */
	bool joined;             /* to the one before */
	uint32_t x, x_join;
};

struct view_timeline {
	const struct view_step *steps;
	const char *sentence; /* the picture in words */
};

struct view_request {
	const struct view_request *next;
	uint64_t id;
	const char *name;
	const char *requester;
	const char *kind;
	const char *sent, *sent_iso;
	const char *until; /* end of the certificate, or NULL */
	const char *step;  /* what can be done now */
	const char *serial;
	bool can_revoke;
	struct view_state state;
	/* in the queue: on the first row of a requester with several */
	bool leads;
	uint64_t group_size;
	bool picked; /* its box is ticked */
};

struct view_field {
	const struct view_field *next;
	const char *label, *asked, *granted, *note;
	bool differs, dropped, added;
};

struct view_event {
	const struct view_event *next;
	const char *when, *when_iso, *what, *who, *detail;
};

/* A text in pieces between which a line may break. */
struct view_piece {
	const struct view_piece *next;
	const char *text;
};

/* A revocation list; number NULL: there is none. */
struct view_list {
	const char *number, *from, *until;
	bool late;
};

/* A cross certificate: the key of one certificate of the CA, certified by that
 * of another. */
struct view_cross {
	const struct view_cross *next;
	uint32_t from, to;
};

struct view_generation {
	const struct view_generation *next;
	uint32_t index;     /* of the certificate: Renewal= */
	uint32_t backwards; /* counted from the newest: lbCaInstance */
	const char *label;  /* "Current [Name]" */
	const char *subject;
	const char *from, *until;
	const struct view_piece *sha256;
	const char *sha1;
	bool current;
	struct view_bar bar;
	struct view_list base, delta; /* of a key that is no longer used */
};

/* For whom the result pages of certfnsh.asp are written: exactly one set of
 * links is in the bytes (certsrv-http 1.1). */
struct view_compat {
	bool script; /* User-Agent has "Mozilla" */
	uint64_t id;
};

struct page_home {
	struct web_frame f;
	const struct view_request *requests;
	struct view_bar bar;
	bool has_bar;
	const char *ca_until;
	const char *crl_until;
	bool crl_late;
	bool at_once;
	bool known; /* the CA was asked for `requests` */
	/* For officers: what waits for them. */
	bool decides;
	uint64_t waiting, held;
	bool more_held;     /* than that */
	const char *oldest; /* NULL: nothing waits */
};

/* A certificate template that may be asked for. */
struct view_template {
	const struct view_template *next;
	const char *name, *title, *words;
	const char *oid;
	uint32_t major, minor;
	const char *subject; /* "account" or "request" */
	const char *keys;    /* "rsa-2048 p-256 ...": what it takes */
	bool chosen, simple; /* simple: nothing has to be filled in */
	bool movable;        /* its key may be saved to a file */
	bool strong;         /* its key is to ask for a passphrase */
	bool waits;          /* for the approval of an officer */
	bool same_key;       /* a renewal may keep its key */
	bool for_others;     /* an agent may ask on behalf of others */
	const char *page;    /* where it is asked for, without ".asp" */
	const char *life;    /* "1 year" */
	const char *value;   /* of lbCertTemplate (certsrv-http 5) */
};

/* A kind of request of a stand-alone CA: kinds.html, advanced.html. */
struct view_kind {
	const struct view_kind *next;
	uint64_t number;
	const char *title, *words, *purposes;
	bool mail, chosen;
};

struct page_kinds {
	struct web_frame f;
	const struct view_template *templates;
	const struct view_kind *kinds; /* NULL: an enterprise CA */
	bool enterprise, none;         /* none: there is no template for him */
};

/* The form for a request, with what was typed before: submit_form.html. */
struct view_submit {
	const char *number; /* one-time: a double click is one request */
	const char *request, *attributes;      /* or NULL */
	const struct view_template *templates; /* NULL: a stand-alone CA */
	bool own_template;   /* what the request names itself, no other */
	bool silent;         /* there may be templates, the CA does not say */
	const char *earlier; /* silent: what was chosen before, or NULL */
};

/* certrqma.asp: every choice. */
/* What fields are filled with: place_fields.html. NULL: nothing. */
struct view_place {
	const char *company, *department, *city, *state, *country;
};

struct page_advanced {
	struct web_frame f;
	struct view_place place;
	const struct view_kind *kinds;
	const char *number;
	const struct view_template *templates; /* NULL: a stand-alone CA */
	bool at_once;
};

struct page_advanced_choice {
	struct web_frame f;
	bool enterprise;
};

/* certrqbi.asp: a name and a button. */
struct page_basic {
	struct web_frame f;
	struct view_place place;
	const char *number, *title, *words;
	bool from_account;
	const char *template, *oid, *purposes, *kind, *exportable;
	const char *key_title; /* kind, for people */
	uint32_t major, minor;
	const char *mail_needed; /* "yes" or NULL */
};

struct page_keys {
	struct web_frame f;
};

/* renew.asp: signed with the present key, in the browser. */
struct page_renew {
	struct web_frame f;
	const char *number;
	uint64_t id; /* of the request whose certificate it is; 0: any */
	bool enterprise;
	const struct view_template *templates;
};

/* certsces.asp: an enrolment agent asks on behalf of somebody. */
struct page_station {
	struct web_frame f;
	const char *number;
	const struct view_template *templates; /* for others only */
	bool enterprise;
};

/* lost.asp: nothing is done before it is confirmed here. */
struct page_lost {
	struct web_frame f;
	uint64_t id;
	const char *token;
	const char *name, *serial, *until;
};

struct page_submit {
	struct web_frame f;
	struct view_submit form;
	bool at_once;
};

struct page_finish {
	struct web_frame f;
};

struct page_issued {
	struct web_frame f;
	struct view_compat compat;
	uint64_t id;
	uint32_t generation;
	bool machine; /* for the store of the computer, not of a person */
	bool station; /* asked for by an agent: to be handed out */
};

struct page_pending {
	struct web_frame f;
	struct view_compat compat;
	uint64_t id;
	uint32_t days;
	bool still; /* asked again, not just sent */
	const char *label;
};

struct page_denied {
	struct web_frame f;
	struct view_compat compat;
	uint64_t id;
	const char *sentence;
	const char *message; /* what programs read */
	bool unreadable;     /* not understood, rather than not allowed */
	bool again;          /* the form stands on the page */
	struct view_submit form;
};

/* The error page of certsrv-http 4.5. */
struct page_error {
	struct web_frame f;
	const char *heading;
	const char *sentence;
	const char *changed; /* did anything change? */
	const char *todo;
	const char *mode;
	const char *disposition;
	const char *message;
	const char *result;
	const char *com_info;
	const char *last_status;
	const char *cause;
	const char *back, *back_words; /* where to go on */
	bool again;                    /* the form stands on the page */
	struct view_submit form;
};

/* Everything else that is to be told. */
struct page_notice {
	struct web_frame f;
	const char *heading;
	const char *sentence;
	const char *changed;
	const char *todo;
	const char *link, *link_words;
};

struct page_signin {
	struct web_frame f;
	bool wrong;
	const char *why;
	bool sent;                       /* something that is lost now */
	const struct view_piece *sha256; /* of the CA, or NULL */
};

struct page_waiting {
	struct web_frame f;
	const struct view_request *requests;
	const struct view_request *decided; /* and not looked at since */
	bool more;
};

struct page_requests {
	struct web_frame f;
	const struct view_request *requests;
	const char *state; /* word of the filter, "" all */
	bool all, pending, issued, denied, revoked;
	uint64_t before;
	bool more;
};

struct page_request {
	struct web_frame f;
	uint64_t id;
	struct view_state state;
	const char *sentence;
	const char *name;
	const char *subject;
	const char *kind, *key, *requester;
	const char *template; /* NULL: a stand-alone CA */
	const char *serial;
	const struct view_piece *sha256;
	struct view_bar bar;
	const struct view_field *fields;
	const struct view_event *events;
	const char *attributes;
	struct view_chain chain;
	struct view_timeline timeline;
	bool has_cert, is_pending, is_refused, is_revoked;
	bool in_force; /* and his own: to be renewed, or reported as lost */
};

/* A line of what a certificate says. */
struct view_fact {
	const struct view_fact *next;
	const char *label, *value;
	bool mono;
};

struct page_certificate {
	struct web_frame f;
	uint64_t id;
	const char *name;
	struct view_state state;
	const char *sentence;
	bool revoked;
	const struct view_fact *facts;
	const struct view_piece *sha256;
	struct view_bar bar;
	struct view_chain chain;
	const char *asn1;
};

struct page_ca {
	struct web_frame f;
	const struct view_generation *generations;
	uint32_t renewals;
	struct view_list base, delta; /* of the current key */
	const struct view_cross *crosses;
	const char *http_url;
};

struct page_help {
	struct web_frame f;
	const char *base; /* https://host:port/certsrv */
};

struct view_choice {
	const struct view_choice *next;
	uint64_t number;
	bool chosen;
};

struct page_preferences {
	struct web_frame f;
	const char *token;
	const struct view_choice *rows;
};

#include "web/pages_officer.h"

HTML_PAGE(home);
HTML_PAGE(kinds);
HTML_PAGE(advanced);
HTML_PAGE(advanced_choice);
HTML_PAGE(basic);
HTML_PAGE(keys);
HTML_PAGE(preferences);
HTML_PAGE(refuse);
HTML_PAGE(refused);
HTML_PAGE(renew);
HTML_PAGE(lost);
HTML_PAGE(station);
HTML_PAGE(submit);
HTML_PAGE(finish);
HTML_PAGE(issued);
HTML_PAGE(pending);
HTML_PAGE(denied);
HTML_PAGE(error);
HTML_PAGE(notice);
HTML_PAGE(signin);
HTML_PAGE(waiting);
HTML_PAGE(requests);
HTML_PAGE(request);
HTML_PAGE(ca);
HTML_PAGE(certificate);
HTML_PAGE(help);
HTML_PAGE(queue);
HTML_PAGE(review);
HTML_PAGE(decided);
HTML_PAGE(certificates);
HTML_PAGE(revoke);
