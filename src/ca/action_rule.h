/* action_rule.h - the inside of action.c: the rules of each kind of change.
 *
 * judge   may it be done as things stand? Fills a->text, and a->user with
 *         what the account will be. Runs again when it is confirmed.
 * waits   must a second person confirm it?
 * apply   does it, on the committer's thread. The statement that may be
 *         refused comes first.
 */
#pragma once
#include "ca/action.h"

#include <stdio.h>

#define CA_ACTION_SAY(a, ...) \
	((void)snprintf((a)->text, sizeof((a)->text), __VA_ARGS__))

typedef int ca_action_judge(struct ca_action *a, struct err *err);
typedef bool ca_action_waits(const struct ca_action *a);
typedef int ca_action_apply(
    struct ca_action *a, struct store_writer *w, struct err *err);

/* Subject and object for people. */
const char *ca_action_subject(const struct ca_action *a);
const char *ca_action_object(const struct ca_action *a);
/* Some administrator whom the change does not touch must be left. */
MUST_CHECK int ca_action_keep_admin(const struct ca_action *a, struct err *err);
/* So must somebody who can confirm what the asker asks for, or nothing could
 * be confirmed any more. */
#define CA_RIGHTS_TO_CONFIRM (CA_RIGHT_MANAGE | CA_RIGHT_AUDIT)
MUST_CHECK int ca_action_keep_confirmer(
    const struct ca_action *a, struct err *err);
/* What the entries of the CA allow the subject, without his roles. */
uint32_t ca_action_allowed(const struct ca_action *a);
/* Is there such an account or group? Others than ours cannot be looked up. */
MUST_CHECK int ca_action_check_principal(
    const struct ca_action *a, bool is_group, const char *key, struct err *err);
MUST_CHECK int ca_action_check_room(
    size_t n, size_t max, const char *what, struct err *err);

/* action_user.c */
ca_action_judge ca_action_judge_grant, ca_action_judge_revoke,
    ca_action_judge_password, ca_action_judge_enable, ca_action_judge_disable,
    ca_action_judge_edit;
ca_action_waits ca_action_waits_for_role, ca_action_waits_for_account,
    ca_action_waits_for_password, ca_action_waits_for_disable;
ca_action_apply ca_action_apply_user;
/* action_group.c */
ca_action_judge ca_action_judge_group_make, ca_action_judge_group_delete,
    ca_action_judge_join, ca_action_judge_leave;
ca_action_waits ca_action_waits_for_group;
ca_action_apply ca_action_apply_group_make, ca_action_apply_group_delete,
    ca_action_apply_join, ca_action_apply_leave;
/* action_permission.c */
ca_action_judge ca_action_judge_allow, ca_action_judge_deny,
    ca_action_judge_unset;
ca_action_waits ca_action_waits_for_permission;
ca_action_apply ca_action_apply_entry, ca_action_apply_unset;
/* action_person.c */
ca_action_judge ca_action_judge_link, ca_action_judge_unlink;
ca_action_waits ca_action_waits_always;
ca_action_apply ca_action_apply_link, ca_action_apply_unlink;
/* action_restriction.c */
ca_action_judge ca_action_judge_restrict, ca_action_judge_unrestrict;
ca_action_apply ca_action_apply_restrict, ca_action_apply_unrestrict;
