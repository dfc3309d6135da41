/* reply.h - the answer to one request, as plain data.
 *
 * Starts as 200 without body. A header that could break out of its line (CR,
 * LF, NUL, other controls; a name that is no token) spoils the whole reply:
 * the server then sends a bare 500 instead, so that calls need no check each.
 *
 * Ownership: everything is copied. Limits: FCGI_REPLY_MAX for the body,
 * FCGI_HEADERS_MAX for all headers.
 */
#pragma once
#include "base/buf.h"
#include "base/cleanup.h"

#define FCGI_REPLY_MAX   (16 * 1024 * 1024)
#define FCGI_HEADERS_MAX (24 * 1024)

struct fcgi_reply {
	int status;
	struct buf type;    /* Content-Type */
	struct buf headers; /* all others, as "Name: value\r\n" */
	struct buf body;
	bool spoilt;
};

void fcgi_reply_init(struct fcgi_reply *r);
void fcgi_reply_clear(struct fcgi_reply *r);
void fcgi_reply_reset(struct fcgi_reply *r); /* to begin again */

void fcgi_reply_type(struct fcgi_reply *r, const char *content_type);
void fcgi_reply_header(
    struct fcgi_reply *r, const char *name, const char *value);
/* True when what was built cannot be sent. */
bool fcgi_reply_failed(const struct fcgi_reply *r);
/* Status line and headers for the FastCGI stream, with Content-Length and
 * the empty line. The body follows unless the method was HEAD or
 * fcgi_reply_has_body() is false (1xx, 204, 304). */
void fcgi_reply_head(const struct fcgi_reply *r, struct buf *out);
bool fcgi_reply_has_body(const struct fcgi_reply *r);
