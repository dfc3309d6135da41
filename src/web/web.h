/* web.h - the pages under /certsrv: one HTTP request in, one reply out.
 *
 * Finds the route, finds out who is asking, checks that a POST is ours, reads
 * the form, lets one page_*.c do the work. Holds no key and no database; all
 * it knows it asks the CA through rpc, and all it keeps can be lost.
 *
 * Trust:   the request is hostile, but for the facts of the connection
 *          (fcgi/request.h). What an account may do the CA decides again.
 * Threads: any number at the same time; a struct web is immutable but for the
 *          caches it holds, which lock themselves.
 */
#pragma once
#include "auth/auth.h"
#include "auth/origin.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "rpc/client.h"
#include "web/site.h"

struct web_options {
	struct rpc_client *ca;  /* borrowed */
	const char *cache;      /* folder of the copy of CA data */
	const char *public_url; /* https://host:port */
	const char *const *aliases;
	size_t n_aliases;
	const char *http_url;        /* where CRL and CA files are */
	const struct web_site *site; /* borrowed; NULL: nothing is said */
};

struct web;

MUST_CHECK int web_new(
    const struct web_options *options, struct web **ret, struct err *err);
void web_free(struct web *w); /* NULL is fine */
AUTO_DEFINE(web);

/* A fcgi_handler; ctx is the struct web. */
void web_handle(
    void *ctx, const struct fcgi_request *request, struct fcgi_reply *reply);
/* Take a fresh copy of the CA's certificates and CRL, for when it is silent.
 * To be called now and then; an error is that it is silent. */
MUST_CHECK int web_refresh(struct web *w, struct err *err);
