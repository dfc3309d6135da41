#include "auth/basic.h"

#include "base/secret.h"
#include "base/str.h"

#include <strings.h>

#define SCHEME   "basic"
#define PAIR_MAX (IDENTITY_REALM_MAX + IDENTITY_NAME_MAX + AUTH_PASSWORD_MAX)

/* The base64 after the scheme word; false when it is another scheme. */
static bool
credentials(const char *header, struct bytes *ret)
{
	const char *p;

	if (!header || strncasecmp(header, SCHEME, sizeof(SCHEME) - 1) != 0)
		return false;
	p = header + sizeof(SCHEME) - 1;
	if (*p != ' ' && *p != '\0')
		return false;
	while (*p == ' ')
		p++;
	*ret = bytes_str(p);
	while (ret->n && ret->p[ret->n - 1] == ' ')
		ret->n--;
	return true;
}

static bool
is_local(struct bytes realm)
{
	return realm.n == sizeof(IDENTITY_REALM_LOCAL) - 1 &&
	       strncasecmp(
		   (const char *)realm.p, IDENTITY_REALM_LOCAL, realm.n) == 0;
}

/* Take the local realm off; false when the name carries any other. */
static bool
local_name(struct bytes name, struct bytes *ret)
{
	const uint8_t *cut = memchr(name.p, '\\', name.n);

	*ret = name;
	if (cut) {
		if (!is_local(bytes_of(name.p, (size_t)(cut - name.p))))
			return false;
		*ret = bytes_of(cut + 1, name.n - (size_t)(cut + 1 - name.p));
	} else if ((cut = memrchr(name.p, '@', name.n)) != NULL) {
		if (!is_local(
			bytes_of(cut + 1, name.n - (size_t)(cut + 1 - name.p))))
			return false;
		*ret = bytes_of(name.p, (size_t)(cut - name.p));
	}
	return ret->n > 0 && !memchr(ret->p, '\\', ret->n) &&
	       !memchr(ret->p, '@', ret->n);
}

static int
split(struct bytes pair, struct auth_basic *ret, struct err *err)
{
	const uint8_t *colon = memchr(pair.p, ':', pair.n);
	struct bytes name;

	if (!colon)
		return err_set(err, ERR_UNAUTHENTICATED,
		    "The sign-in data could not be read.");
	if (!local_name(bytes_of(pair.p, (size_t)(colon - pair.p)), &name))
		return err_set(err, ERR_UNAUTHENTICATED,
		    "Only accounts of this server can sign in with a "
		    "password, without a domain before or after the name.");
	ret->password_n = pair.n - (size_t)(colon + 1 - pair.p);
	if (ret->password_n == 0)
		return err_set(
		    err, ERR_UNAUTHENTICATED, "The password is empty.");
	if (ret->password_n > AUTH_PASSWORD_MAX || !str_is_printable(name) ||
	    !str_from_bytes(ret->name, sizeof(ret->name), name))
		return err_set(err, ERR_UNAUTHENTICATED,
		    "The name or the password is longer than allowed.");
	memcpy(ret->password, colon + 1, ret->password_n);
	return 0;
}

enum auth_basic_found
auth_basic_parse(const char *header, struct auth_basic *ret, struct err *err)
{
	uint8_t pair[PAIR_MAX];
	struct bytes base64;
	size_t n;
	int rc = -1;

	memset(ret, 0, sizeof(*ret));
	if (!credentials(header, &base64))
		return AUTH_BASIC_NONE;
	if (str_unbase64(pair, sizeof(pair), base64, &n))
		rc = split(bytes_of(pair, n), ret, err);
	else
		(void)err_set(err, ERR_UNAUTHENTICATED,
		    "The sign-in data could not be read.");
	secret_wipe(pair, sizeof(pair));
	return rc == 0 ? AUTH_BASIC_FOUND : AUTH_BASIC_REFUSED;
}

struct bytes
auth_basic_password(const struct auth_basic *b)
{
	return bytes_of(b->password, b->password_n);
}

void
auth_basic_wipe(struct auth_basic *b)
{
	secret_wipe(b, sizeof(*b));
}
