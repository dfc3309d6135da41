/* tplc.h - the template compiler: an HTML file in, a C function out.
 *
 * Follows the position in the markup, chooses the escaper for each value by
 * that position, and refuses what cannot be made safe. A name that the page's
 * struct lacks, or of another type, does not compile. Runs at build time
 * only; nothing of it is in an installed program.
 *
 * NAME.html becomes   void page_NAME(struct html *, const struct page_NAME *)
 *
 *   {{name}}                  a const char * of the page; {{a.b}} of a struct
 *                             within it; NULL writes nothing
 *   {{=name}}                 an unsigned number (uint64_t, uint32_t,
 *                             uint16_t), as decimal digits
 *   {{#list}}...{{/list}}     for each row of a linked list (member "next");
 *                             names inside belong to the row; three deep
 *   {{?flag}}...{{/flag}}     when true (bool, or a pointer that is not NULL)
 *   {{!flag}}...{{/flag}}     when false
 *   {{^name}}                 a name of the page inside a row; also {{?^name}},
 *                             {{=^name}} and so on
 *   {{_ text}}                translated text; the English is its id
 *   {{_}}...{{/_}}            the same with values and tags in it, which a
 *                             translation may put into another order: write
 *                             whole sentences
 *   {{_ #n}}one{{|}}many{{/_}}  the form for the number n of the page
 *   {{@NAME}}                 a C macro that is a string literal, written as it
 *                             stands: a constant of the build, no value. Only
 *                             in an address, behind the beginning of its path
 *   {{> part}}                the file part.html beside the page; its names
 *                             are those of the place it stands in
 *
 * There is no raw form. Comments are left out of the page.
 *
 * Refused, with file and line: values in tag and attribute names, in unquoted
 * attributes, comments, srcdoc, srcset and ping; in any attribute of base,
 * link, script and the animations of SVG, and of meta with http-equiv;
 * on...=, style=, <style>, script text, javascript: addresses; frames,
 * plug-ins, MathML; in SVG all but plain drawing; blocks that end in another
 * position than they began in or close an element they did not open; loops
 * anywhere but in text; elements left open; a file that ends inside a tag.
 *
 * One kind of script text is allowed: <script type="text/plain"> is data that
 * no browser executes. It is for markers that programs look for in the bytes
 * of a page and that text could not spell (" and & are escaped there). It
 * holds literal text and {{=number}}, no other value and no block.
 */
#pragma once
#include "base/buf.h"
#include "base/cleanup.h"
#include "html/po.h"

#define TPLC_FILE_MAX   (256 * 1024)
#define TPLC_OUTPUT_MAX (4 * 1024 * 1024)

/* Adds the file's content to out, or fails saying why. */
typedef int tplc_read_fn(
    void *ctx, const char *path, struct buf *out, struct err *err);

struct tplc_options {
	const char *include; /* header that declares struct page_NAME */
	tplc_read_fn *read;
	void *ctx;
	const struct po *languages; /* the first is language 1 */
	size_t n_languages;
	/* NULL, or: each message as "file:line, tab, id, tab, plural" */
	struct buf *messages;
};

/* C source into out; every file read, one a line, into files. */
MUST_CHECK int tplc_compile(const char *path,
    const struct tplc_options *options, struct buf *out, struct buf *files,
    struct err *err);
/* The table of all languages for struct html_catalogue NAME, as C source. */
MUST_CHECK int tplc_table(const struct po *languages, size_t n,
    const char *include, const char *name, struct buf *out, struct err *err);
