/* restriction.h - for whom an enrolment agent may ask, and on whose requests
 * an officer may decide: pure (MS-CSRA 2.2.1.11, modelled as rows).
 *
 * A row says: this actor may (or may not) act with this template for this
 * target. A deny that fits wins; without an allow that fits the answer is no.
 *
 *   agents    always need a row: no rows, no request on behalf of anybody.
 *   officers  at an enterprise CA the same. At a stand-alone CA officers
 *             decide on everything while there is no officer row at all; the
 *             first one makes rows necessary for every officer.
 *
 * Trust:     no I/O, no clock, no globals. Ownership: all borrowed.
 */
#pragma once
#include "ca/permission_entry.h"

enum ca_restriction_kind { CA_RESTRICTION_AGENT, CA_RESTRICTION_OFFICER };
enum ca_restriction_target {
	CA_TARGET_ANY,
	CA_TARGET_USER,
	CA_TARGET_GROUP,
	CA_TARGET_COUNT
};
#define CA_TEMPLATE_ANY "*"

struct ca_restriction {
	enum ca_restriction_kind kind;
	bool deny;
	bool actor_is_group;
	const char *actor;    /* key */
	const char *template; /* name in any case, or CA_TEMPLATE_ANY */
	enum ca_restriction_target target_kind;
	const char *target; /* key; "" for CA_TARGET_ANY */
};

/* May the agent ask for a certificate of this template for the target? */
bool ca_restriction_agent(const struct ca_restriction *list, size_t n,
    const struct ca_principal *agent, const char *template,
    const struct ca_principal *target);
/* May the officer decide on a request of this template ("" none) of the
 * target? */
bool ca_restriction_officer(const struct ca_restriction *list, size_t n,
    bool enterprise, const struct ca_principal *officer, const char *template,
    const struct ca_principal *target);
