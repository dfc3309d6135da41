#include "base/identity.h"

#include "base/str.h"

#include <assert.h>
#include <stdio.h>

bool
identity_set(struct identity *id, const char *realm, const char *name,
    enum identity_method method, int64_t time)
{
	*id = (struct identity){ .method = method, .time = time };
	return *realm && *name && str_is_printable(bytes_str(realm)) &&
	       str_is_printable(bytes_str(name)) &&
	       str_copy(id->realm, sizeof(id->realm), realm) &&
	       str_copy(id->name, sizeof(id->name), name);
}

void
identity_owner(const struct identity *id, char dst[IDENTITY_OWNER_MAX])
{
	char *c;

	if (id->sid[0]) {
		(void)snprintf(dst, IDENTITY_OWNER_MAX, "%s", id->sid);
		return;
	}
	(void)snprintf(dst, IDENTITY_OWNER_MAX, "%s\\%s", id->realm, id->name);
	for (c = dst; *c; c++)
		*c = str_lower_char(*c);
}

void
identity_display(const struct identity *id, char dst[IDENTITY_OWNER_MAX])
{
	if (str_eq(id->realm, IDENTITY_REALM_LOCAL))
		(void)snprintf(dst, IDENTITY_OWNER_MAX, "%s", id->name);
	else
		(void)snprintf(
		    dst, IDENTITY_OWNER_MAX, "%s\\%s", id->realm, id->name);
}

const char *
identity_method_word(enum identity_method m)
{
	static const char *const words[] = { "none", "basic", "session",
		"negotiate", "certificate", "uid" };

	assert((unsigned)m < ARRAY_LEN(words));
	return words[m];
}
