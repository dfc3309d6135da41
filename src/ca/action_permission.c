/* action_permission.c - changes of permissions, of the CA and of templates. */
#include "base/str.h"
#include "ca/action_rule.h"

/* The rights of the entry with this key, 0 without one. */
static uint32_t
rights_of(const struct ca_action *a, bool deny)
{
	const struct store_waiting *what = &a->what;
	const struct ca_permission_entry *list;
	size_t n;

	list = ca_picture_entries(a->picture, what->object, &n);
	for (size_t i = 0; i < n; i++)
		if (list[i].deny == deny &&
		    list[i].is_group == what->is_group &&
		    str_eq(list[i].principal, what->subject))
			return list[i].rights;
	return 0;
}

static bool
of_template(const struct ca_action *a)
{
	return !str_eq(a->what.object, STORE_SCOPE_CA);
}

bool
ca_action_waits_for_permission(const struct ca_action *a)
{
	return !of_template(a) && a->what.rights & CA_RIGHTS_OF_ROLES;
}

static void
say_permission(struct ca_action *a, const char *how)
{
	char rights[CA_RIGHTS_TEXT_MAX], size[32] = "";

	ca_rights_list(a->what.rights, of_template(a), rights);
	if (a->what.is_group &&
	    ca_picture_has_group(a->picture, a->what.subject))
		(void)snprintf(size, sizeof(size), " (members: %zu)",
		    ca_picture_group_size(a->picture, a->what.subject));
	CA_ACTION_SAY(a, "%s%s%s %s %s%s%s",
	    a->what.is_group ? "the group " : "", ca_action_subject(a), size,
	    how, rights, of_template(a) ? " template " : "",
	    of_template(a) ? a->what.object : "");
}

static int
judge_entry(struct ca_action *a, bool deny, struct err *err)
{
	say_permission(a, deny ? "is denied" : "may");
	if (!a->what.rights)
		return err_set(err, ERR_INVALID, "No right was named.");
	if (!deny && ca_action_waits_for_permission(a) && a->what.is_group &&
	    str_eq(ca_action_subject(a), CA_GROUP_EVERYONE))
		return err_set(err, ERR_POLICY,
		    "Everybody cannot hold the rights of a role. Nothing was "
		    "changed.");
	if (ca_action_check_principal(
		a, a->what.is_group, a->what.subject, err) < 0 ||
	    ca_action_check_room(a->picture->entry_n, STORE_PERMISSIONS_MAX,
		"permissions", err) < 0)
		return -1;
	if ((rights_of(a, deny) & a->what.rights) == a->what.rights)
		return err_set(err, ERR_EXISTS,
		    "That is so already. Nothing was changed.");
	return ca_action_waits_for_permission(a) ? ca_action_keep_admin(a, err)
						 : 0;
}

int
ca_action_judge_allow(struct ca_action *a, struct err *err)
{
	return judge_entry(a, false, err);
}

int
ca_action_judge_deny(struct ca_action *a, struct err *err)
{
	return judge_entry(a, true, err);
}

int
ca_action_judge_unset(struct ca_action *a, struct err *err)
{
	say_permission(a, "has no entry any more about");
	if (!((rights_of(a, false) | rights_of(a, true)) & a->what.rights))
		return err_set(err, ERR_NOT_FOUND,
		    "There is no such permission. Nothing was changed.");
	return ca_action_waits_for_permission(a) ? ca_action_keep_admin(a, err)
						 : 0;
}

/* Write the entry with these rights instead of what there is. */
static int
replace(struct ca_action *a, bool deny, uint32_t rights, bool *wrote,
    struct store_writer *w, struct err *err)
{
	const struct store_permission p = { .scope = a->what.object,
		.deny = deny,
		.is_group = a->what.is_group,
		.principal = a->what.subject,
		.name = a->what.name,
		.rights = rights };

	if (rights_of(a, deny)) {
		if (store_drop_permission(w, &p, err) < 0)
			return *wrote ? ca_txn_spoilt(err) : -1;
		*wrote = true;
	}
	if (!rights)
		return 0;
	if (store_put_permission(w, &p, NULL, err) < 0)
		return *wrote ? ca_txn_spoilt(err) : -1;
	*wrote = true;
	return 0;
}

int
ca_action_apply_entry(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	bool deny = a->what.kind == CA_ACTION_DENY, wrote = false;

	return replace(
	    a, deny, rights_of(a, deny) | a->what.rights, &wrote, w, err);
}

int
ca_action_apply_unset(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	bool wrote = false;

	for (int deny = 0; deny < 2; deny++) {
		uint32_t now = rights_of(a, deny);

		if (now & a->what.rights &&
		    replace(a, deny, now & ~a->what.rights, &wrote, w, err) < 0)
			return -1;
	}
	return 0;
}
