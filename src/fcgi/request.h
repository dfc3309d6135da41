/* request.h - one HTTP request, as plain data.
 *
 * Filled from the parameters of the FastCGI connection (server.c), or by a
 * test without any socket. Only what is named here reaches the application;
 * nginx passes nothing else.
 *
 * Trust:     path, query, headers and body are hostile. The facts of the
 *            connection (https, remote_*, server_*, tls_name, conn,
 *            client_cert, client_ok) are nginx's and as good as the socket's
 *            permissions. client_ok says what nginx thinks of the client's
 *            certificate; whether that is a sign-in is auth's business.
 * Ownership: borrows; valid until the handler returns.
 * Limits:    FCGI_BODY_MAX, checked before anything is allocated;
 *            FCGI_ROUTE_MAX; all parameters together 65,535 bytes (nginx).
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#define FCGI_BODY_MAX  (256 * 1024)
#define FCGI_ROUTE_MAX 256

enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OPTIONS };

struct fcgi_request {
	enum http_method method;
	const char *method_name; /* as sent */
	const char *uri;         /* as sent, with the query: for records */
	/* For routing: decoded and cleaned by nginx, in lower case. */
	char route[FCGI_ROUTE_MAX];
	const char *query; /* raw, without "?" */

	/* Headers: NULL when absent or empty. */
	const char *host; /* lower case, no port */
	const char *origin;
	const char *sec_fetch_site;
	const char *sec_fetch_mode;
	const char *cookie;
	const char *authorization;
	const char *user_agent;
	const char *accept;
	const char *accept_language;
	const char *if_none_match;
	const char *content_type;

	/* Facts of the connection. */
	bool https;
	const char *remote_addr;
	uint16_t remote_port;
	const char *server_name;
	uint16_t server_port;
	const char *tls_name;    /* SNI */
	uint64_t conn;           /* number of the client's connection */
	const char *client_cert; /* percent-encoded PEM */
	const char *client_ok;   /* SUCCESS, NONE or FAILED:why */

	size_t content_length;
	struct bytes body;
};

/* Read "NAME=value" strings, ended by NULL, into a request without body.
 * Fails when a value cannot be: a length that is no number (ERR_INVALID) or
 * beyond FCGI_BODY_MAX (ERR_TOO_LARGE), a path longer than FCGI_ROUTE_MAX. */
MUST_CHECK int fcgi_request_parse(
    char *const *params, struct fcgi_request *ret, struct err *err);
