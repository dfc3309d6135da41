/* form.h - what a form sent, read through a table.
 *
 * Reads a query string and a body, application/x-www-form-urlencoded or
 * multipart/form-data (RFC 7578). A body without content type is taken as
 * urlencoded. A page then has its fields put into its own struct through a
 * table of struct form_field.
 *
 * Tolerance: names match without regard to case; unknown names are ignored;
 * the first occurrence of a name wins, the body's before the query's; a
 * broken percent escape stands for itself. A missing field leaves the member
 * as the caller preset it, and so does an empty one of the kinds UINT, INT
 * and FILE.
 *
 * Trust:     input is hostile; fuzzed by tests/fuzz/fuzz_form.c and
 *            fuzz_multipart.c.
 * Ownership: fcgi_form_read() copies; text, bytes and files that
 *            fcgi_form_fill() stores borrow from the form.
 * Limits:    below. Errors are sentences that name the field.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#define FCGI_FORM_FIELDS_MAX       256
#define FCGI_FORM_FIELD_MAX        (128 * 1024)
#define FCGI_FORM_INPUT_MAX        (256 * 1024) /* query or body */
#define FCGI_FORM_PARTS_MAX        64
#define FCGI_FORM_PART_HEADERS_MAX 4096
#define FCGI_FORM_NAME_MAX         128

enum form_kind {    /* stored as       limit is          */
	FORM_TEXT,  /* const char *    bytes; UTF-8, no control characters
		     *                 but tab and line ends */
	FORM_UINT,  /* uint64_t        the greatest value */
	FORM_INT,   /* int64_t         unused; str_i64() */
	FORM_BOOL,  /* bool            unused; yes on true 1, no off false 0 */
	FORM_BYTES, /* struct bytes    bytes; any, NUL included */
	FORM_FILE,  /* struct form_file  bytes */
};

struct form_file {
	struct bytes data;
	const char *name; /* without folders; NULL when not sent as a file */
};

struct form_field {
	const char *name;
	enum form_kind kind;
	uint64_t limit;
	bool required; /* and not empty */
	size_t offset;
};

/* One field as it came; value is followed by a NUL that does not count. */
struct fcgi_form_item {
	const char *name;
	struct bytes value;
	const char *filename; /* NULL when the part was no file */
};

struct fcgi_form;

MUST_CHECK int fcgi_form_read(const char *query, const char *content_type,
    struct bytes body, struct fcgi_form **ret, struct err *err);
void fcgi_form_free(struct fcgi_form *f); /* NULL is fine */
AUTO_DEFINE(fcgi_form);

/* The first field of that name, or NULL. */
const struct fcgi_form_item *fcgi_form_find(
    const struct fcgi_form *f, const char *name);
/* The next one of that name: boxes that are ticked have the same. */
const struct fcgi_form_item *fcgi_form_next(const struct fcgi_form *f,
    const char *name, const struct fcgi_form_item *before);
MUST_CHECK int fcgi_form_fill(const struct fcgi_form *f,
    const struct form_field *fields, size_t n, void *dst, struct err *err);
