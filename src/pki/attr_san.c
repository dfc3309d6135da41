#include "pki/attr_san.h"

#include "base/str.h"
#include "pki/gname.h"

#include <string.h>

static const struct {
	const char *type;
	enum pki_gname_kind kind;
} types[] = {
	{ "dns", PKI_GNAME_DNS },
	{ "email", PKI_GNAME_EMAIL },
	{ "ipaddress", PKI_GNAME_IP },
	{ "url", PKI_GNAME_URI },
	{ "upn", PKI_GNAME_OTHER },
};

/* Up to the next '&'; rest: what comes after it. */
static struct bytes
cut(struct bytes *rest, char at)
{
	const uint8_t *end = rest->n ? memchr(rest->p, at, rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;
	struct bytes head = bytes_of(rest->p, n);

	n += end != NULL;
	*rest = bytes_of(rest->p + n, rest->n - n);
	return head;
}

bool
pki_attr_san_has(struct bytes names, struct bytes element)
{
	struct der list = der_of(names);
	struct pki_gname g;
	struct err ignored = { 0 };

	while (pki_gname_next(&list, &g, &ignored) == 1)
		if (bytes_eq(g.all, element))
			return true;
	return false;
}

static int
refuse(const char *why, struct err *err)
{
	return err_set(
	    err, ERR_BAD_SUBJECT, "The attribute SAN cannot be used: %s.", why);
}

static int
add_name(enum pki_gname_kind kind, struct bytes value, struct buf *names,
    struct err *err)
{
	char text[PKI_ATTR_SAN_VALUE_MAX];
	struct err why = { 0 };

	if (!str_from_bytes(text, sizeof(text), value))
		return refuse("a name in it is too long", err);
	if (pki_gname_build(kind, text, names, &why) == 0)
		return 0;
	return why.code == ERR_NO_MEMORY
		   ? err_set(err, why.code, "%s", why.text)
		   : refuse(why.text, err);
}

int
pki_attr_san(struct bytes value, struct buf *names,
    char ret_other[PKI_ATTR_SAN_TYPE_MAX], struct err *err)
{
	unsigned n = 0;

	ret_other[0] = '\0';
	while (value.n > 0) {
		struct bytes text = cut(&value, '&');
		char type[PKI_ATTR_SAN_TYPE_MAX];
		size_t i = 0;

		if (text.n == 0)
			continue;
		if (++n > PKI_GNAME_LIST_MAX)
			return refuse("it has too many names", err);
		if (!memchr(text.p, '=', text.n))
			return refuse("one of its parts is not TYPE=NAME", err);
		if (!str_from_bytes(type, sizeof(type), cut(&text, '=')))
			return refuse("the type of a name is too long", err);
		if (!str_is_printable(bytes_str(type)))
			return refuse(
			    "the type of a name cannot be shown", err);
		while (i < ARRAY_LEN(types) && !str_eq_ci(type, types[i].type))
			i++;
		if (i == ARRAY_LEN(types)) {
			if (!ret_other[0])
				memcpy(ret_other, type, sizeof(type));
			continue;
		}
		if (add_name(types[i].kind, text, names, err) < 0)
			return -1;
	}
	return 0;
}
