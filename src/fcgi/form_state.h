/* form_state.h - what form.c and multipart.c share; for no other file. */
#pragma once
#include "fcgi/form.h"

struct fcgi_form {
	struct fcgi_form_item items[FCGI_FORM_FIELDS_MAX];
	size_t n;
	char *query; /* copies, decoded in place */
	char *body;
};

/* Add a field; name and value are in f->query or f->body, each followed by a
 * NUL. */
MUST_CHECK int fcgi_form_add(
    struct fcgi_form *f, struct fcgi_form_item item, struct err *err);

/* Take the n bytes of f->body apart at the boundary in content_type. */
MUST_CHECK int fcgi_multipart_parse(
    struct fcgi_form *f, const char *content_type, size_t n, struct err *err);
