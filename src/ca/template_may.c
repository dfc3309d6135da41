#include "ca/template.h"

#include "base/str.h"

#include <stdio.h>

static void
say(const struct ca_template *t, const struct ca_principal *p,
    enum ca_template_right right, char *why)
{
	char word[CA_RIGHTS_TEXT_MAX];

	ca_rights_list(right, true, word);
	for (size_t i = 0; i < t->permission_n; i++) {
		const struct ca_permission_entry *e = &t->permissions[i];

		if (!e->deny || !(e->rights & (uint32_t)right) ||
		    !ca_principal_is(p, e->is_group, e->principal))
			continue;
		(void)snprintf(why, ERR_TEXT_MAX,
		    "The template %s denies the right %s to the %s %s.",
		    t->name, word, e->is_group ? "group" : "account",
		    ca_principal_display(e->principal));
		return;
	}
	(void)snprintf(why, ERR_TEXT_MAX,
	    "The template %s gives the right %s neither to %s nor to a group "
	    "of that account.",
	    t->name, word, ca_principal_display(p->account));
}

bool
ca_template_may(const struct ca_template *t, const struct ca_principal *p,
    uint32_t roles, enum ca_template_right right, char ret_why[ERR_TEXT_MAX])
{
	struct ca_principal full = *p;
	const char *keys[CA_ROLE_GROUPS_MAX];
	size_t n = ca_role_groups(roles, keys);

	full.groups[3] = (struct ca_group_list){ keys, n };
	if (ca_permission_template(
		&full, t->permissions, t->permission_n, right))
		return true;
	if (ret_why)
		say(t, &full, right, ret_why);
	return false;
}
