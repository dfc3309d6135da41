/* action_group.c - changes of groups and their members. */
#include "base/str.h"
#include "ca/action_rule.h"

int
ca_action_judge_group_make(struct ca_action *a, struct err *err)
{
	static const char bad[] = "\\/,*\"";

	CA_ACTION_SAY(a, "the group %s is made", a->what.name);
	if (strpbrk(a->what.name, bad) || a->what.name[0] == '-' ||
	    strlen(a->what.name) > 64 || ca_group_is_reserved(a->what.subject))
		return err_set(err, ERR_INVALID,
		    "A group's name has 1 to 64 characters without \\ / , * "
		    "or quotes, does not begin with a hyphen and is neither "
		    "\"everyone\" nor that of a role (\"officers\").");
	if (ca_picture_has_group(a->picture, a->what.subject))
		return err_set(err, ERR_EXISTS,
		    "There is a group %s already. Nothing was changed.",
		    a->what.name);
	return ca_action_check_room(
	    a->picture->group_n, STORE_GROUPS_MAX, "groups", err);
}

int
ca_action_apply_group_make(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct store_group g = { .group_key = a->what.subject,
		.name = a->what.name,
		.description = a->description ? a->description : "" };

	return store_put_group(w, &g, NULL, err);
}

/* A group that rights or restrictions name would leave a hole. */
static bool
is_named(const struct ca_picture *p, const char *key)
{
	for (size_t i = 0; i < p->entry_n; i++)
		if (p->entries[i].is_group &&
		    str_eq(p->entries[i].principal, key))
			return true;
	for (size_t i = 0; i < p->restriction_n; i++)
		if ((p->restrictions[i].actor_is_group &&
			str_eq(p->restrictions[i].actor, key)) ||
		    (p->restrictions[i].target_kind == CA_TARGET_GROUP &&
			str_eq(p->restrictions[i].target, key)))
			return true;
	return false;
}

int
ca_action_judge_group_delete(struct ca_action *a, struct err *err)
{
	CA_ACTION_SAY(a, "the group %s is removed", ca_action_subject(a));
	if (!ca_picture_has_group(a->picture, a->what.subject))
		return ca_action_check_principal(
			   a, true, a->what.subject, err) < 0
			   ? -1
			   : err_set(err, ERR_INVALID,
				 "This group is not kept here.");
	return is_named(a->picture, a->what.subject)
		   ? err_set(err, ERR_POLICY,
			 "Permissions or restrictions name the group %s; "
			 "remove those first. Nothing was changed.",
			 ca_action_subject(a))
		   : 0;
}

int
ca_action_apply_group_delete(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct store_group g = { .group_key = a->what.subject };

	if (store_drop_group(w, &g, err) < 0)
		return -1;
	return store_clear_members(w, a->what.subject, err) < 0
		   ? ca_txn_spoilt(err)
		   : 0;
}

/* An entry about a role that waits for its second person, who saw who is in
 * the group. */
static bool
names_group(void *ctx, const struct store_waiting *s)
{
	const char **group = ctx;

	if (s->is_group && s->rights & CA_RIGHTS_OF_ROLES &&
	    str_eq(s->object, STORE_SCOPE_CA) && str_eq(s->subject, *group))
		*group = NULL;
	return *group != NULL;
}

/* Does any entry of the CA about a role name the group, or will one? */
bool
ca_action_waits_for_group(const struct ca_action *a)
{
	const struct ca_permission_entry *entries;
	const char *group = a->what.object;
	size_t n;

	if (ca_action_list(a->w, names_group, &group, NULL) < 0 || !group)
		return true;
	entries = ca_picture_entries(a->picture, STORE_SCOPE_CA, &n);
	for (size_t i = 0; i < n; i++)
		if (entries[i].is_group &&
		    entries[i].rights & CA_RIGHTS_OF_ROLES &&
		    str_eq(entries[i].principal, a->what.object))
			return true;
	return false;
}

static int
judge_member(struct ca_action *a, bool join, struct err *err)
{
	bool is;

	CA_ACTION_SAY(a, "%s %s the group %s", ca_action_subject(a),
	    join ? "joins" : "leaves", ca_action_object(a));
	if (!ca_picture_has_group(a->picture, a->what.object))
		return err_set(err, ERR_NOT_FOUND,
		    "There is no group %s at this CA. Nothing was changed.",
		    ca_action_object(a));
	is = ca_picture_is_member(a->picture, a->what.subject, a->what.object);
	if (is == join)
		return err_set(err, join ? ERR_EXISTS : ERR_NOT_FOUND,
		    "%s is %s the group %s. Nothing was changed.",
		    ca_action_subject(a), join ? "in" : "not in",
		    ca_action_object(a));
	if (join &&
	    (ca_action_check_principal(a, false, a->what.subject, err) < 0 ||
		ca_action_check_room(a->picture->member_n, STORE_MEMBERS_MAX,
		    "members of groups", err) < 0))
		return -1;
	return ca_action_waits_for_group(a) ? ca_action_keep_admin(a, err) : 0;
}

int
ca_action_judge_join(struct ca_action *a, struct err *err)
{
	return judge_member(a, true, err);
}

int
ca_action_judge_leave(struct ca_action *a, struct err *err)
{
	return judge_member(a, false, err);
}

int
ca_action_apply_join(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct store_member m = { .group_key = a->what.object,
		.principal = a->what.subject,
		.name = a->what.name };

	return store_put_member(w, &m, NULL, err);
}

int
ca_action_apply_leave(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct store_member m = { .group_key = a->what.object,
		.principal = a->what.subject };

	return store_drop_member(w, &m, err);
}
