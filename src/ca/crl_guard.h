/* crl_guard.h - the last look before a list goes out.
 *
 * A database that was put back from an old copy, or a configuration that was
 * edited, can make a list that is well formed and wrong. No list goes out
 *
 *   - whose number is not above the newest known for its key,
 *   - that lacks a serial which the published list has and which has not
 *     expired, unless the database records its release, or
 *   - under another file name than the certificates name that were issued.
 *
 * What is published counts only when this key signed it: a file that somebody
 * put there stops nothing.
 *
 * The rows of a base CRL come in the order of the published one, so both are
 * walked side by side; only serials that the new one lacks cost a look into
 * the database. Every entry of a published delta is looked up.
 */
#pragma once
#include "ca/ca.h"

struct ca_crl_guard;
struct ca_generation;
struct pki_crl;

/* Checks the name. row: of the new list, complete but for its entries; what:
 * which rows it lists. Both must outlive the guard. */
MUST_CHECK int ca_crl_guard_new(struct ca_worker *w,
    const struct ca_generation *gen, const struct store_crl *row,
    const struct store_revoked_filter *what, struct ca_crl_guard **ret,
    struct err *err);
void ca_crl_guard_free(struct ca_crl_guard *g); /* NULL is fine */
AUTO_DEFINE(ca_crl_guard);
/* For each row of the new list, within the snapshot it is read from. */
MUST_CHECK int ca_crl_guard_listed(
    struct ca_crl_guard *g, struct bytes serial, struct err *err);
/* After the last one, within the snapshot. */
MUST_CHECK int ca_crl_guard_complete(struct ca_crl_guard *g, struct err *err);
/* Directly before it is published: its number, and the published one again. */
MUST_CHECK int ca_crl_guard_number(
    struct ca_crl_guard *g, const struct pki_crl *crl, struct err *err);

/* The number of the published list of this name when it is above this one and
 * this key signed it; else 0. */
uint64_t ca_crl_guard_published(struct ca_worker *w,
    const struct ca_generation *gen, const char *name, uint64_t above);
