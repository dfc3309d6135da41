#include "ca/template_word.h"

#include "base/str.h"

#include <stdio.h>

/* "enrollees" for the role enrollee. */
static bool
is_role_group(const char *group, uint32_t roles)
{
	char word[32];
	uint32_t role;
	size_t n;

	if (!str_lower(word, sizeof(word), group))
		return false;
	n = strlen(word);
	if (n == 0 || word[n - 1] != 's')
		return false;
	word[n - 1] = 0;
	return role_from_word(word, &role) && (roles & role);
}

bool
ca_template_names_has(
    const struct ca_template_name *name, const struct ca_template_who *who)
{
	if (!name->group)
		return str_eq_ci(name->name, who->name);
	for (size_t i = 0; i < who->group_n; i++)
		if (str_eq_ci(name->name, who->groups[i]))
			return true;
	return is_role_group(name->name, who->roles);
}

static const struct ca_template_entry *
find_entry(const struct ca_template *t, const struct ca_template_who *who,
    enum ca_template_right right, bool deny)
{
	for (size_t i = 0; i < t->permission_n; i++) {
		const struct ca_template_entry *e = &t->permissions[i];

		if (e->deny == deny && e->rights & (uint32_t)right &&
		    ca_template_names_has(&e->who, who))
			return e;
	}
	return NULL;
}

bool
ca_template_may(const struct ca_template *t, const struct ca_template_who *who,
    enum ca_template_right right, char ret_why[ERR_TEXT_MAX])
{
	const struct ca_template_entry *denied =
	    find_entry(t, who, right, true);
	const char *word = ca_word_of(ca_words_right, right);

	if (!denied && find_entry(t, who, right, false))
		return true;
	if (ret_why && denied)
		(void)snprintf(ret_why, ERR_TEXT_MAX,
		    "The template %s denies the right %s to the %s %s.",
		    t->name, word, denied->who.group ? "group" : "account",
		    denied->who.name);
	else if (ret_why)
		(void)snprintf(ret_why, ERR_TEXT_MAX,
		    "The template %s gives the right %s neither to %s nor to a "
		    "group of that account.",
		    t->name, word, who->name);
	return false;
}
