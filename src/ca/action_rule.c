/* action_rule.c - what several kinds of change ask, and the table of all. */
#include "ca/action_rule.h"

#include "base/str.h"
#include "ca/audit.h"
#include "ca/user.h"

const char *
ca_action_subject(const struct ca_action *a)
{
	return ca_principal_display(a->what.subject);
}

const char *
ca_action_object(const struct ca_action *a)
{
	return ca_principal_display(a->what.object);
}

uint32_t
ca_action_allowed(const struct ca_action *a)
{
	const struct ca_permission_entry *list;
	struct ca_principal principal;
	uint32_t rights = 0;
	size_t n;

	ca_picture_principal(
	    a->picture, a->what.subject, a->what.subject, &principal);
	list = ca_picture_entries(a->picture, STORE_SCOPE_CA, &n);
	for (size_t i = 0; i < n; i++)
		if (!list[i].deny && ca_principal_is(&principal,
					 list[i].is_group, list[i].principal))
			rights |= list[i].rights;
	return rights;
}

int
ca_action_check_roles(
    const struct ca_config *config, uint32_t roles, struct err *err)
{
	uint32_t admin = roles & CA_RIGHTS_OF_ROLES;

	if (!role_mask_known(roles))
		return err_set(err, ERR_INVALID, "There is no such role.");
	if (!config->single_person && (admin & (admin - 1)))
		return err_set(err, ERR_POLICY,
		    "One account cannot hold several of the roles officer, "
		    "admin, auditor and operator: they are separated at this "
		    "CA (separation: roles).");
	return 0;
}

/* Counts those with one of the rights whom the change does not touch and who
 * are not that person. */
struct others {
	const struct ca_action *a;
	uint32_t rights;
	const char *person; /* an account of his, or NULL */
	bool separated;
	unsigned n;
};

static bool
other_holder(void *ctx, const struct store_user *u)
{
	struct others *o = ctx;
	const struct ca_picture *picture = o->a->picture;
	const struct store_waiting *what = &o->a->what;
	const struct ca_permission_entry *entries;
	struct ca_principal principal;
	char key[CA_KEY_MAX];
	bool mixed;
	size_t n;

	if (u->disabled || ca_principal_key(u->name, key, NULL) < 0)
		return true;
	ca_picture_principal(picture, key, key, &principal);
	if (ca_principal_is(&principal, what->is_group, what->subject) ||
	    (o->person && ca_picture_same(picture, key, o->person)))
		return true;
	entries = ca_picture_entries(picture, STORE_SCOPE_CA, &n);
	if (ca_permission_rights(
		&principal, u->roles, entries, n, o->separated, &mixed) &
	    o->rights)
		o->n++;
	return true;
}

int
ca_action_keep_admin(const struct ca_action *a, struct err *err)
{
	struct others o = { .a = a,
		.rights = CA_RIGHT_MANAGE,
		.separated = !a->w->ca->config->single_person };

	if (store_list_users(a->w->reader, other_holder, &o, err) < 0)
		return -1;
	return o.n > 0 ? 0
		       : err_set(err, ERR_POLICY,
			     "%s is the last administrator, or all of them, "
			     "and stays one. Make another one first. Nothing "
			     "was changed.",
			     ca_action_subject(a));
}

int
ca_action_keep_confirmer(const struct ca_action *a, struct err *err)
{
	const char *asker =
	    a->confirm ? a->what.asker_owner : a->call->who.owner;
	struct others o = { .a = a,
		.rights = CA_RIGHTS_TO_CONFIRM,
		.person = asker,
		.separated = true };

	if (a->w->ca->config->single_person ||
	    ca_user_sets_up(a->w->ca, rpc_call_peer(a->call->rpc)) ||
	    ca_picture_same(a->picture, asker, a->what.subject))
		return 0;
	if (store_list_users(a->w->reader, other_holder, &o, err) < 0)
		return -1;
	return o.n > 0 ? 0
		       : err_set(err, ERR_POLICY,
			     "%s is the last who could confirm what you ask "
			     "for, and stays so. Make another administrator "
			     "or auditor first. Nothing was changed.",
			     ca_action_subject(a));
}

/* Is there such an account or group? Others than ours cannot be looked up. */
int
ca_action_check_principal(
    const struct ca_action *a, bool is_group, const char *key, struct err *err)
{
	AUTO(store_user) user = NULL;
	const char *name = ca_principal_display(key);

	if (!ca_principal_is_local(key))
		return 0;
	if (is_group) {
		if (str_eq(name, CA_GROUP_EVERYONE) ||
		    (ca_group_is_reserved(key) &&
			!str_eq(a->what.object, STORE_SCOPE_CA)) ||
		    ca_picture_has_group(a->picture, key))
			return 0;
		return err_set(err, ERR_NOT_FOUND,
		    "There is no group %s at this CA. Nothing was changed.",
		    name);
	}
	if (store_find_user(a->w->reader, name, &user, err) == 0)
		return 0;
	return err->code != ERR_NOT_FOUND
		   ? -1
		   : err_set(err, ERR_NOT_FOUND,
			 "There is no account %s at this CA. Nothing was "
			 "changed.",
			 name);
}

int
ca_action_check_room(size_t n, size_t max, const char *what, struct err *err)
{
	return n < max ? 0
		       : err_set(err, ERR_LIMIT,
			     "This CA keeps at most %zu %s. Nothing was "
			     "changed.",
			     max, what);
}

/* clang-format off */
const struct ca_action_rule ca_action_rules[CA_ACTION_KIND_COUNT] = {
	[CA_ACTION_GRANT] = { CA_EVENT_ROLE, ca_action_judge_grant,
	    ca_action_waits_for_role, ca_action_apply_user, true },
	[CA_ACTION_REVOKE] = { CA_EVENT_ROLE, ca_action_judge_revoke,
	    ca_action_waits_for_role, ca_action_apply_user, true },
	[CA_ACTION_PASSWORD] = { CA_EVENT_USER, ca_action_judge_password,
	    ca_action_waits_for_password, ca_action_apply_user, true },
	[CA_ACTION_ENABLE] = { CA_EVENT_USER, ca_action_judge_enable,
	    ca_action_waits_for_account, ca_action_apply_user, true },
	[CA_ACTION_DISABLE] = { CA_EVENT_USER, ca_action_judge_disable,
	    ca_action_waits_for_disable, ca_action_apply_user, true },
	[CA_ACTION_EDIT] = { CA_EVENT_USER, ca_action_judge_edit,
	    ca_action_waits_for_account, ca_action_apply_user, true },
	[CA_ACTION_ALLOW] = { CA_EVENT_PERMISSION, ca_action_judge_allow,
	    ca_action_waits_for_permission, ca_action_apply_entry, false },
	[CA_ACTION_DENY] = { CA_EVENT_PERMISSION, ca_action_judge_deny,
	    ca_action_waits_for_permission, ca_action_apply_entry, false },
	[CA_ACTION_UNSET] = { CA_EVENT_PERMISSION, ca_action_judge_unset,
	    ca_action_waits_for_permission, ca_action_apply_unset, false },
	[CA_ACTION_GROUP_MAKE] = { CA_EVENT_GROUP, ca_action_judge_group_make,
	    NULL, ca_action_apply_group_make, false },
	[CA_ACTION_GROUP_DELETE] = { CA_EVENT_GROUP,
	    ca_action_judge_group_delete, NULL, ca_action_apply_group_delete,
	    false },
	[CA_ACTION_JOIN] = { CA_EVENT_GROUP, ca_action_judge_join,
	    ca_action_waits_for_group, ca_action_apply_join, false },
	[CA_ACTION_LEAVE] = { CA_EVENT_GROUP, ca_action_judge_leave,
	    ca_action_waits_for_group, ca_action_apply_leave, false },
	[CA_ACTION_LINK] = { CA_EVENT_PERSON, ca_action_judge_link,
	    ca_action_waits_always, ca_action_apply_link, false },
	[CA_ACTION_UNLINK] = { CA_EVENT_PERSON, ca_action_judge_unlink,
	    ca_action_waits_always, ca_action_apply_unlink, false },
	[CA_ACTION_RESTRICT] = { CA_EVENT_RESTRICTION,
	    ca_action_judge_restrict, NULL, ca_action_apply_restrict, false },
	[CA_ACTION_UNRESTRICT] = { CA_EVENT_RESTRICTION,
	    ca_action_judge_unrestrict, NULL, ca_action_apply_unrestrict,
	    false },
};
/* clang-format on */
