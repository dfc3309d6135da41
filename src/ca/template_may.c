#include "ca/template.h"

#include "base/str.h"

#include <stdio.h>

struct entries {
	const struct ca_permission_entry *list;
	size_t n;
};

/* Those of the file, and those of the database. */
static void
gather(const struct ca_template *t, const struct ca_picture *picture,
    struct entries ret[2])
{
	char scope[CA_TEMPLATE_NAME_MAX + 1];

	ret[0] = (struct entries){ t->permissions, t->permission_n };
	ret[1] = (struct entries){ NULL, 0 };
	if (picture && str_lower(scope, sizeof(scope), t->name))
		ret[1].list = ca_picture_entries(picture, scope, &ret[1].n);
}

/* Allowed by either and denied by none. */
static uint32_t
judge(const struct ca_principal *p, const struct entries e[2])
{
	uint32_t allowed = 0, left = CA_TEMPLATE_RIGHTS_ALL;

	for (size_t i = 0; i < 2; i++) {
		allowed |= ca_permission_evaluate(p, 0, e[i].list, e[i].n);
		left =
		    ca_permission_evaluate(p, left, e[i].list, e[i].n) & left;
	}
	return allowed & left;
}

static const struct ca_permission_entry *
find_deny(
    const struct ca_principal *p, const struct entries e[2], uint32_t right)
{
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < e[i].n; k++) {
			const struct ca_permission_entry *x = &e[i].list[k];

			if (x->deny && x->rights & right &&
			    ca_principal_is(p, x->is_group, x->principal))
				return x;
		}
	return NULL;
}

static void
say(const struct ca_template *t, const struct ca_principal *p,
    const struct entries e[2], uint32_t right, char *why)
{
	const struct ca_permission_entry *deny = find_deny(p, e, right);
	char word[CA_RIGHTS_TEXT_MAX];

	ca_rights_list(right, true, word);
	if (deny)
		(void)snprintf(why, ERR_TEXT_MAX,
		    "On the template %s the right %s is denied to the %s %s.",
		    t->name, word, deny->is_group ? "group" : "account",
		    ca_principal_display(deny->principal));
	else
		(void)snprintf(why, ERR_TEXT_MAX,
		    "On the template %s the right %s is given neither to %s "
		    "nor to a group of that account.",
		    t->name, word, ca_principal_display(p->account));
}

bool
ca_template_may(const struct ca_template *t, const struct ca_picture *picture,
    const struct ca_principal *p, uint32_t rights, enum ca_template_right right,
    char ret_why[ERR_TEXT_MAX])
{
	struct ca_principal full = *p;
	const char *keys[CA_ROLE_GROUPS_MAX];
	struct entries entries[2];
	size_t n = ca_role_groups(rights, keys);

	full.groups[3] = (struct ca_group_list){ keys, n };
	gather(t, picture, entries);
	if (judge(&full, entries) & (uint32_t)right)
		return true;
	if (ret_why)
		say(t, &full, entries, right, ret_why);
	return false;
}
