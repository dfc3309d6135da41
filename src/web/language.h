/* language.h - which language a page is in, and texts in it.
 *
 * From the cookie of the preferences, then Accept-Language, else English.
 * Programs that read the old addresses (a User-Agent without "Mozilla") always
 * get English, which they look for; a page for people in another language
 * carries those phrases in an inert block.
 *
 * What the CA says (sentences of refusals, labels, events) arrives here in
 * English, as it is recorded; what said.c lists is translated where it is
 * shown, the rest stays English.
 *
 * Ownership: web_tr() borrows its argument or a constant; the others are
 * memory of the request.
 */
#pragma once
#include "base/msg.h"
#include "html/language.h"
#include "web/ask.h"

#define WEB_LANGUAGE_COOKIE "lang" /* a tag of web_catalogue */

/* Made at build time from web/lang/. */
extern const struct html_catalogue web_catalogue;

/* Index into web_catalogue.languages; whether it was the cookie that said so
 * into *ret_chosen, unless that is NULL. */
unsigned web_language(const struct fcgi_request *request, bool *ret_chosen);
/* Into the reply: remember this tag for a year; false when there is no such
 * language. */
MUST_CHECK bool web_language_set(struct web_ask *ask, const char *tag);

/* The text in the language of the page; NULL for NULL. */
const char *web_tr(const struct web_ask *ask, const char *english);
/* The same for what the CA said, whose values are found by its patterns. */
const char *web_said(struct web_ask *ask, const char *text);
/* A list of words like "digital signature, key agreement (critical)"; as it
 * stands unless it knows them all. */
const char *web_said_words(struct web_ask *ask, const char *text);
/* WEB_SAY(ask, MSG("Request {0} of {1}"), number, name): the values are
 * strings, at most ten, and are put in as they are. */
const char *web_say(struct web_ask *ask, const char *english,
    const char *const *values, size_t n);
#define WEB_SAY(ask, english, ...)                                      \
	web_say((ask), (english), (const char *const[]){ __VA_ARGS__ }, \
	    ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))
/* web_say_n(ask, n, MSG_N("{0} day", "{0} days")): {0} is n. */
const char *web_say_n(
    struct web_ask *ask, uint64_t n, const char *one, const char *many);
const char *web_num(struct web_ask *ask, uint64_t n);
