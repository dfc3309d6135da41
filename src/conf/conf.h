/* conf.h - YAML text to C structs: libcyaml's typed schemas, made strict.
 *
 * Unknown keys, wrong types, keys given twice, aliases, several documents and
 * NUL bytes are errors, with the name of the text and the line; so are numbers
 * that are none ("12abc") and truths other than true and false, all of which
 * libcyaml would take. It forgets where a value stood: conf_line() finds that
 * again.
 *
 * Trust:     the text may be hostile (`template check` takes any bytes);
 *            bounded by CONF_TEXT_MAX, CONF_DEPTH_MAX and CONF_EVENTS_MAX.
 *            No I/O.
 * Ownership: conf_load() gives memory of libcyaml; conf_free() releases it,
 *            with the same schema.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <cyaml/cyaml.h>

#define CONF_TEXT_MAX   262144
#define CONF_DEPTH_MAX  16
#define CONF_EVENTS_MAX 20000

/* ERR_CONFIG: "NAME:LINE: what". *ret_line (NULL is fine) is that line, 0 when
 * there is none. */
MUST_CHECK int conf_load(struct bytes text, const char *name,
    const cyaml_schema_value_t *schema, void **ret, unsigned *ret_line,
    struct err *err);
void conf_free(const cyaml_schema_value_t *schema, void *loaded);

/* The line, from 1, of a key or an item of a list: "san/dns_suffixes/2"; of
 * the nearest one above it that exists otherwise. */
unsigned conf_line(struct bytes text, const char *path);

/* line.c, for conf.c: what libcyaml lets through, with the line. */
MUST_CHECK int conf_scan(struct bytes text, const cyaml_schema_value_t *schema,
    unsigned *ret_line, char *ret_what, size_t size);
/* The line of a key of this name at or below `from`; the last of them, or the
 * first. 0: none. */
unsigned conf_key_line(
    struct bytes text, const char *key, unsigned from, bool last);
