/* fake_ca.h - stands in for the CA behind rpc/client.h in tests of the pages.
 *
 * Defines rpc_call() and its companions; what it answers stands in `fake`.
 * Users: alice (enrollee) and officer (officer), password "secret" both.
 */
#pragma once
#include "fcgi/reply.h"
#include "web/web.h"

struct fake_ca {
	bool down;
	enum err_code fail; /* every call but sign-in and CA_INFO */
	const char *fail_text;
	struct rpc_result result;   /* SUBMIT, RETRIEVE, DECIDE, REVOKE */
	struct rpc_request request; /* SHOW */
	struct rpc_list list;       /* LIST */
	struct rpc_template_list templates;
	struct rpc_ca_info info;
	struct rpc_crl crl;
	/* what was asked last */
	unsigned calls[64];
	char submitted[4096];
	size_t submitted_n;
	char attributes[1024];
	uint8_t submission[32];
	size_t submission_n;
	uint64_t id;
	uint32_t disposition;
	uint64_t before;
	uint32_t decision;
	char reason[RPC_TEXT_MAX + 1];
	char owner[IDENTITY_OWNER_MAX];
};

extern struct fake_ca fake;

/* All back to an answering CA with one certificate and a CRL. */
void fake_reset(void);
/* Real DER, made with OpenSSL at start: a CA certificate, its CRL, a leaf. */
extern struct bytes fake_ca_cert, fake_crl, fake_leaf;

/* What a browser or a script sends. */
struct fake_http {
	enum http_method method;
	const char *path, *query;
	const char *body, *type;
	const char *user; /* NULL: nobody; "alice" or "officer" */
	const char *agent, *cookie, *accept_language;
	const char *sec_fetch_site, *origin;
	const char *host; /* NULL: pki.example */
	bool plain_http;
};

/* The reply lives until the next call or fake_stop(). */
const struct fcgi_reply *fake_ask(struct web *w, const struct fake_http *h);
struct web *fake_web(const char *cache); /* cache may be NULL */

/* Set-up and tear-down of a test whose state is the web role. */
int fake_setup(void **state);
int fake_teardown(void **state);
bool fake_has_header(const struct fcgi_reply *r, const char *line);
bool fake_says(const struct fcgi_reply *r, const char *text);
