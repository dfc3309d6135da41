/* enterprise.h - what an enterprise CA grants: one pure decision from who asks,
 * the request, the template and the configuration to issue, pend or deny, with
 * the code and the sentence (MS-WCCE 3.2.2.6.2.1.4).
 *
 * enterprise.c          the steps in their order, one table
 * enterprise_find.c     which template: its four places
 * enterprise_look.c     what several steps find
 * enterprise_sign.c     other people's signatures: agents, renewal
 * enterprise_subject.c  the subject
 * enterprise_name.c     lists, alternative names, security identifier
 *
 * What a certificate says comes from the template, what it names from the
 * account, or from the request where the template says so. Whatever else a
 * request asks for is dropped, and said.
 */
#pragma once
#include "ca/facts.h"
#include "ca/policy.h"

struct ca_enterprise {
	const struct ca_policy_ask *ask;
	const struct ca_facts *facts;
	struct ca_policy_result *result;
	const struct ca_template_row *row;
	const struct ca_template *t; /* row->t */
	/* Somebody has to look at it: a name outside the lists, a signature
	 * of another day. The reason, a sentence; "" nobody has to. */
	char look[CA_POLICY_NOTE_MAX];
	bool empty_subject;
};

/* A step denies through ca_policy_deny(); -1 is lack of memory. After a denial
 * the rest is not asked. */
typedef int ca_enterprise_step(struct ca_enterprise *e, struct err *err);

MUST_CHECK int ca_enterprise_decide(const struct ca_policy_ask *ask,
    struct ca_policy_result *ret, struct err *err);

/* A name of the request that the template's lists do not have (name_list.h):
 * somebody looks at it, or it is denied. */
void ca_enterprise_outside(struct ca_enterprise *e, const char *name);
/* What the template wants, the account does not have. */
void ca_enterprise_missing(
    struct ca_enterprise *e, enum err_code code, const char *what);

/* An officer has to look at it; the first reason counts. */
void ca_enterprise_look(struct ca_enterprise *e, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

ca_enterprise_step ca_enterprise_find; /* the template, its version */
ca_enterprise_step ca_enterprise_renewal;
ca_enterprise_step ca_enterprise_agents;
ca_enterprise_step ca_enterprise_subject;
ca_enterprise_step ca_enterprise_names;
ca_enterprise_step ca_enterprise_same_names; /* of a renewal */

/* The approval of the old certificate suffices (3.3, flag 0x40): it is of the
 * same template, and had as many as the template wants today. */
bool ca_enterprise_approved_before(const struct ca_enterprise *e);
