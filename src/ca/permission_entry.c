#include "ca/permission_entry.h"

#include "base/str.h"

#include <stdio.h>

#define LOCAL_PREFIX IDENTITY_REALM_LOCAL "\\"

static const struct {
	bool of_template;
	uint32_t right;
	const char *word;
} words[] = {
	/* clang-format off */
	{ false, CA_RIGHT_READ, "read" },
	{ false, CA_RIGHT_ENROLL, "enroll" },
	{ false, CA_RIGHT_ISSUE, "issue" },
	{ false, CA_RIGHT_MANAGE, "manage" },
	{ false, CA_RIGHT_AUDIT, "audit" },
	{ false, CA_RIGHT_OPERATE, "operate" },
	{ true, CA_TEMPLATE_READ, "read" },
	{ true, CA_TEMPLATE_ENROLL, "enroll" },
	{ true, CA_TEMPLATE_AUTOENROLL, "autoenroll" },
	{ true, CA_TEMPLATE_WRITE, "write" },
	/* clang-format on */
};

bool
ca_right_from_word(const char *word, bool of_template, uint32_t *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].of_template == of_template &&
		    str_eq_ci(words[i].word, word)) {
			*ret = words[i].right;
			return true;
		}
	return false;
}

void
ca_rights_list(uint32_t rights, bool of_template, char dst[CA_RIGHTS_TEXT_MAX])
{
	size_t n = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].of_template == of_template &&
		    rights & words[i].right)
			n += (size_t)snprintf(dst + n, CA_RIGHTS_TEXT_MAX - n,
			    "%s%s", n ? ", " : "", words[i].word);
}

int
ca_principal_key(const char *text, char dst[CA_KEY_MAX], struct err *err)
{
	const char *slash = strchr(text, '\\');
	size_t realm = slash ? (size_t)(slash - text) : 0;
	bool sid = !slash && str_has_prefix(text, "S-1-");
	const char *name = slash ? slash + 1 : text;
	char *c;

	if (!*name || strlen(name) >= IDENTITY_NAME_MAX || strchr(name, '\\') ||
	    (slash && realm == 0) || realm >= IDENTITY_REALM_MAX ||
	    !str_is_printable(bytes_str(text)))
		return err_set(err, ERR_INVALID,
		    "\"%.60s\" is not the name of an account or group: NAME, "
		    "REALM\\NAME or a SID. Nothing was changed.",
		    str_is_printable(bytes_str(text)) ? text : "?");
	(void)snprintf(
	    dst, CA_KEY_MAX, "%s%s", slash || sid ? "" : LOCAL_PREFIX, text);
	for (c = dst; *c && !sid; c++)
		*c = str_lower_char(*c);
	return 0;
}

static const struct {
	uint32_t role;
	const char *group;
} role_groups[] = {
#define ROLE(sym, bit, word) { bit, LOCAL_PREFIX word "s" },
#include "base/role.def"
#undef ROLE
};
_Static_assert(ARRAY_LEN(role_groups) <= CA_ROLE_GROUPS_MAX, "all have room");

size_t
ca_role_groups(uint32_t roles, const char *keys[CA_ROLE_GROUPS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(role_groups); i++)
		if (roles & role_groups[i].role)
			keys[n++] = role_groups[i].group;
	return n;
}

bool
ca_group_is_reserved(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(role_groups); i++)
		if (str_eq(role_groups[i].group, key))
			return true;
	return str_eq(key, LOCAL_PREFIX CA_GROUP_EVERYONE);
}

bool
ca_principal_is_local(const char *key)
{
	return str_has_prefix(key, LOCAL_PREFIX);
}

const char *
ca_principal_display(const char *key)
{
	return ca_principal_is_local(key) ? key + strlen(LOCAL_PREFIX) : key;
}

bool
ca_principal_is(const struct ca_principal *p, bool is_group, const char *key)
{
	if (!is_group)
		return str_eq(key, p->owner) || str_eq(key, p->account);
	if (str_eq(key, LOCAL_PREFIX CA_GROUP_EVERYONE))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(p->groups); i++)
		for (size_t k = 0; k < p->groups[i].n; k++)
			if (str_eq(p->groups[i].keys[k], key))
				return true;
	return false;
}

void
ca_permission_collect(const struct ca_principal *p,
    const struct ca_permission_entry *list, size_t n, uint32_t *allowed,
    uint32_t *denied)
{
	for (size_t i = 0; i < n; i++)
		if (ca_principal_is(p, list[i].is_group, list[i].principal))
			*(list[i].deny ? denied : allowed) |= list[i].rights;
}

uint32_t
ca_permission_evaluate(const struct ca_principal *p, uint32_t base,
    const struct ca_permission_entry *list, size_t n)
{
	uint32_t allowed = base, denied = 0;

	ca_permission_collect(p, list, n, &allowed, &denied);
	return allowed & ~denied;
}

uint32_t
ca_permission_rights(const struct ca_principal *p, uint32_t roles,
    const struct ca_permission_entry *list, size_t n, bool separated,
    bool *ret_mixed)
{
	uint32_t allowed = roles, denied = 0, of_roles;

	ca_permission_collect(p, list, n, &allowed, &denied);
	if (allowed & (CA_RIGHT_ISSUE | CA_RIGHT_MANAGE | CA_RIGHT_AUDIT))
		allowed |= CA_RIGHT_READ;
	allowed &= ~denied;
	of_roles = allowed & CA_RIGHTS_OF_ROLES;
	*ret_mixed = separated && (of_roles & (of_roles - 1)) != 0;
	if (*ret_mixed)
		allowed &= ~(uint32_t)(CA_RIGHTS_OF_ROLES | CA_RIGHT_READ);
	return allowed & CA_RIGHTS_ALL;
}

bool
ca_permission_template(const struct ca_principal *p,
    const struct ca_permission_entry *list, size_t n, uint32_t rights)
{
	return (ca_permission_evaluate(p, 0, list, n) & rights) == rights;
}
