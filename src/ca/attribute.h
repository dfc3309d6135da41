/* attribute.h - what the attributes beside a request ask for: names (SAN),
 * purposes (CertificateUsage), validity (ValidityPeriod and its Units,
 * ExpirationDate) (MS-WCCE 2.2.2.7.10).
 *
 * They come as lines of the form and as name-value pairs in the request; the
 * first of a name counts. Each kind has a switch of its own in the
 * configuration (ca: attributes), off unless somebody wrote it there; what is
 * not taken is said in the result, for the officer. What is taken is no grant:
 * names go through the checks of a subject alternative name, purposes through
 * those of an extended key usage, and validity only ever gets shorter.
 *
 * A template takes names only where it says so (san: attributes, hole ESC6) and
 * takes its subject from the request; its purposes are its own.
 *
 * Trust: pure, no clock but the one of the question. An attribute that cannot
 * be read denies the request; -1 is lack of memory.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct ca_policy_ask;
struct ca_policy_result;
struct ca_template;

struct ca_attributes {
	struct buf names;    /* GeneralName elements; empty: none taken */
	struct buf purposes; /* value of an extended key usage */
	int64_t validity;    /* seconds; 0: not asked for */
	int64_t not_after;   /* not later than this; 0: not asked for */
};

void ca_attributes_init(struct ca_attributes *a);
void ca_attributes_clear(struct ca_attributes *a);
/* Fills ret->taken. t: NULL for a stand-alone CA. */
MUST_CHECK int ca_attributes_read(const struct ca_policy_ask *ask,
    const struct ca_template *t, struct ca_policy_result *ret, struct err *err);
/* Sets the validity of the result, of at most `longest` seconds. */
void ca_attributes_shorten(const struct ca_policy_ask *ask, int64_t longest,
    struct ca_policy_result *ret);
