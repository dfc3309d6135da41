/* inf_ext.h - the section [Extensions] of an INF file.
 *
 * A line is OID = value; the value is "{text}..." for alternative names,
 * purposes, application policies and basic constraints, "{hex}..." or Base64
 * for the DER of any extension. Critical = OID,OID may stand before or behind
 * what it speaks of, so extensions are put into the request at the end.
 *
 * Trust: part of inf.h. Ownership: cli_inf_ext_clear().
 */
#pragma once
#include "cli/csr.h"
#include "cli/inf_lines.h"

#define CLI_INF_EXT_MAX 32768

struct cli_inf_ext {
	struct buf raw;      /* OID, OCTET STRING, OID, ... */
	struct buf critical; /* OIDs */
};

void cli_inf_ext_init(struct cli_inf_ext *x);
void cli_inf_ext_clear(struct cli_inf_ext *x);
MUST_CHECK int cli_inf_extension(struct cli_inf_ext *x, struct cli_csr *csr,
    const struct cli_inf_line *l, struct err *err);
MUST_CHECK int cli_inf_ext_end(
    struct cli_inf_ext *x, struct cli_csr *csr, struct err *err);
/* "OID,OID" */
MUST_CHECK int cli_inf_purposes(
    struct cli_csr *csr, const struct cli_inf_line *l, struct err *err);

/* What inf.c says in the same way: -1 with the line. */
int cli_inf_bad(const struct cli_inf_line *l, const char *why, struct err *err);
bool cli_inf_bool(const char *text, bool *ret);
