/* ask.h - one request on its way through a page: what was asked, by whom, and
 * where the answer goes.
 *
 * Memory for the texts and rows of a page comes from here and is released
 * with the request; when it runs out (WEB_MEMORY_MAX) the page is replaced by
 * a refusal. So allocation needs no check for texts, and one for rows.
 */
#pragma once
#include "auth/auth.h"
#include "auth/token.h"
#include "fcgi/form.h"
#include "web/copy.h"
#include "web/pages.h"
#include "web/web.h"

#define WEB_MEMORY_MAX (2 * 1024 * 1024)
#define WEB_KEEP_MAX   4

struct web {
	struct auth_site origins;
	const struct web_site *site;
	struct auth *auth;
	struct auth_tokens *tokens;
	struct web_copy *copy;
	struct rpc_client *ca;
	char *public_url;
	char *http_url;
};

struct web_block;

struct web_ask {
	struct web *web;
	const struct fcgi_request *request;
	struct fcgi_reply *reply;
	struct fcgi_form *form; /* query and body */
	struct auth_answer auth;
	struct web_ca *ca; /* NULL: nothing is known yet */
	bool ca_answers;
	bool signed_in;
	unsigned language; /* of the page (web/language.h) */
	struct web_block *blocks;
	size_t used;
	bool out_of_memory;
	struct rpc_msg *kept[WEB_KEEP_MAX];
	size_t n_kept;
};

/* Zeroed, or NULL. */
void *web_alloc(struct web_ask *ask, size_t n);
/* Never NULL: "" when memory is out. */
const char *web_text(struct web_ask *ask, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
const char *web_text_of(struct web_ask *ask, struct bytes x);
/* A reply of the CA that the page borrows from lives as long as the page. At
 * most WEB_KEEP_MAX of them. */
void web_keep(struct web_ask *ask, struct rpc_msg *take_msg);
void web_ask_clear(struct web_ask *ask);

/* A field of query or form as text; "" when absent, binary or too long. */
const char *web_field(const struct web_ask *ask, const char *name);

/* The title is translated, when it is a fixed text. */
void web_frame(struct web_ask *ask, const char *title, struct web_frame *f);

/* What the site says for a page at the address that was asked for, or NULL. */
const char *web_site_text(const struct web_ask *ask);

/* The page that was written becomes the reply, with its security headers and
 * with the line ends of the original (CRLF). */
void web_send_page(struct web_ask *ask, int status, const struct html *page);
#define WEB_SEND(ask, status, name, page)              \
	do {                                           \
		AUTO_HTML out_;                        \
		html_init(&out_, (ask)->language);     \
		page_##name(&out_, (page));            \
		web_send_page((ask), (status), &out_); \
	} while (0)
/* A file for downloading; type exactly as given. */
void web_send_file(struct web_ask *ask, const char *type, const char *name,
    struct bytes content);
/* A file of the site's own, to be shown and kept for ten minutes. */
void web_send_asset(
    struct web_ask *ask, const char *type, struct bytes content);
/* 204, with the headers of a page. */
void web_send_nothing(struct web_ask *ask);
/* In an extra header and Age: the CA is silent, this is a copy. */
void web_mark_copy(struct web_ask *ask);

/* --- refusals (page_error.c) ------------------------------------------- */

/* Fixed texts are translated: write MSG("..."). */
struct web_notice {
	int status;
	const char *heading, *sentence, *changed, *todo;
	const char *link, *link_words;
};
void web_notice(struct web_ask *ask, const struct web_notice *n);
void web_sign_in(struct web_ask *ask); /* the 401 page */

/* What the error page of certsrv-http 4.5 is about. */
enum web_mode {
	WEB_MODE_FETCH, /* certnew.cer, .p7b, .crl */
	WEB_MODE_SUBMIT,
	WEB_MODE_CHECK,
	WEB_MODE_OTHER, /* it says nothing we know */
	WEB_MODE_SHOW,  /* a page of ours: 404 instead of 200 */
	WEB_MODE_DECIDE,
	WEB_MODE_REPORT /* the key of a certificate is lost */
};
/* The CA (or we) refused: err says what. */
void web_error(struct web_ask *ask, enum web_mode mode, const struct err *err);
/* There is a row, but not what was asked for. */
void web_error_result(
    struct web_ask *ask, enum web_mode mode, const struct rpc_result *result);
/* The number is not one, or nobody's business of the asker. */
void web_error_unknown(struct web_ask *ask, enum web_mode mode);

/* --- pages -------------------------------------------------------------- */

typedef void web_page(struct web_ask *ask);

web_page web_page_home, web_page_kinds, web_page_help, web_page_language;
web_page web_page_basic, web_page_advanced_choice, web_page_advanced;
web_page web_page_keys, web_page_renew;
web_page web_page_lost_form, web_page_lost, web_page_station;
web_page web_page_preferences, web_page_prefer;
web_page web_page_logo, web_page_style;
web_page web_page_refuse_form, web_page_refuse;
web_page web_page_submit, web_page_finish, web_page_finish_form;
web_page web_page_waiting, web_page_remove;
web_page web_page_requests, web_page_request, web_page_certificate;
web_page web_page_ca, web_page_cer, web_page_p7b, web_page_crl;
web_page web_page_queue, web_page_review, web_page_decide;
web_page web_page_certificates, web_page_revoke_form, web_page_revoke;
