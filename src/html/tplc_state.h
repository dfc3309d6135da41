/* tplc_state.h - what the parts of the template compiler share.
 *
 * tplc_file.c reads files and takes them apart, tplc_markup.c follows the
 * HTML position, tplc_block.c handles {{...}}, tplc_message.c what is
 * translated, tplc_emit.c writes C, tplc_rules.c holds the tables of elements
 * and attributes.
 */
#pragma once
#include "html/tplc.h"

#define TPLC_NAME_MAX     64
#define TPLC_PATH_MAX     512
#define TPLC_TEXT_MAX     240 /* between {{ and }} */
#define TPLC_ELEMENTS_MAX 64
#define TPLC_BLOCKS_MAX   16
#define TPLC_LOOPS_MAX    3
#define TPLC_PARTS_MAX    8 /* includes within includes */

/* Where in the markup the next byte stands. */
enum tplc_place {
	PLACE_TEXT,
	PLACE_RCDATA,  /* <title>, <textarea> */
	PLACE_DATA,    /* <script> */
	PLACE_TAG,     /* in the name of a start tag */
	PLACE_END_TAG, /* in the name of an end tag */
	PLACE_BETWEEN, /* in a tag, an attribute may begin */
	PLACE_AFTER,   /* in a tag, white space must come first */
	PLACE_ATTR,    /* in an attribute's name */
	PLACE_EQUALS,  /* behind = */
	PLACE_VALUE,   /* between double quotes */
};

/* How much of an address has been written. */
enum tplc_url { URL_START, URL_LATER, URL_UNSURE };

enum tplc_attr_kind { ATTR_PLAIN, ATTR_URL, ATTR_NO_VALUES, ATTR_REFUSED };

enum tplc_element_flag {
	EL_VOID = 1,
	EL_RCDATA = 2,
	EL_SCRIPT = 4,
	EL_NO_VALUES = 8, /* no value in any attribute */
	EL_REFUSED = 16,
	EL_SVG = 32,      /* begins foreign content */
	EL_IN_SVG = 64,   /* may stand there */
	EL_EATS_LF = 128, /* a line feed behind the start tag is dropped */
	EL_ONLY_SVG = 256,
};

struct tplc_position {
	enum tplc_place place;
	enum tplc_url url;
	unsigned tag;  /* which tag, counted from the start of the page */
	unsigned attr; /* which attribute */
	size_t depth;  /* open elements */
};

struct tplc_element {
	char name[TPLC_NAME_MAX];
	unsigned flags;
	char path[TPLC_PATH_MAX];
	unsigned line;
};

struct tplc_block {
	char kind; /* # ? ! */
	char name[TPLC_NAME_MAX];
	unsigned line;
	unsigned part; /* the include it stands in */
	struct tplc_position at;
};

/* The tag being read. */
struct tplc_tag {
	char name[TPLC_NAME_MAX];
	unsigned flags;
	bool has_value;
	bool has_block;
	bool has_type;
	bool has_http_equiv;
	char type[TPLC_NAME_MAX];
	char attr[TPLC_NAME_MAX];
	enum tplc_attr_kind kind;
	bool attr_has_value;
	bool slash;                  /* the address so far holds one of / ? # */
	bool anchored;               /* it did when the first value came */
	char literal[TPLC_NAME_MAX]; /* the attribute's first bytes */
};

struct tplc {
	const struct tplc_options *options;
	const char *path;
	unsigned line;
	const char *p, *end; /* what is left of the file */
	unsigned part;
	struct tplc_position at;
	struct tplc_tag tag;
	struct tplc_element elements[TPLC_ELEMENTS_MAX];
	struct tplc_block blocks[TPLC_BLOCKS_MAX];
	size_t n_blocks;
	unsigned loops;
	bool uses_page;
	struct buf literal; /* not yet written */
	struct buf *out;
	struct buf *files;
	struct err *err;
};

/* ERR_INVALID with file and line; always -1. */
int tplc_fail(struct tplc *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
MUST_CHECK int tplc_part(struct tplc *t, const char *path);

/* One byte of markup, or as many as belong together; moves t->p. */
MUST_CHECK int tplc_markup(struct tplc *t);
/* Before {{: a name that was being read ends here. */
MUST_CHECK int tplc_markup_break(struct tplc *t);
MUST_CHECK int tplc_block(struct tplc *t);
/* "p" or the row of the innermost loop. */
const char *tplc_owner(struct tplc *t, bool of_page);
/* May a translated text stand here? */
MUST_CHECK int tplc_may_translate(struct tplc *t);
MUST_CHECK int tplc_translation(struct tplc *t, const char *text);
/* From {{_}} to behind {{/_}}. */
MUST_CHECK int tplc_message(struct tplc *t);

void tplc_emit_literal(struct tplc *t, const char *s, size_t n);
void tplc_emit_flush(struct tplc *t);
void tplc_emit_line(struct tplc *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void tplc_emit_string(struct buf *out, const char *s, size_t n);

unsigned tplc_element_flags(const char *name); /* 0 for an ordinary one */
enum tplc_attr_kind tplc_attr_kind(const char *name);
