#include "pki/attrs.h"
#include "base/str.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes
trim(struct bytes s, bool minus)
{
	while (s.n > 0 && (is_blank(s.p[0]) || (minus && s.p[0] == '-'))) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 &&
	       (is_blank(s.p[s.n - 1]) || (minus && s.p[s.n - 1] == '-')))
		s.n--;
	return s;
}

static int
add_line(struct pki_attrs *a, struct bytes line, struct err *err)
{
	const uint8_t *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
	struct pki_attr attr;
	size_t left;

	if (!colon)
		return 0;
	left = (size_t)(colon - line.p);
	attr.name = trim(bytes_of(line.p, left), true);
	attr.value = trim(bytes_of(colon + 1, line.n - left - 1), false);
	if (attr.name.n == 0)
		return 0;
	if (!str_is_printable(attr.name) || !str_is_printable(attr.value))
		return err_set(err, ERR_BAD_DATA,
		    "attribute %zu contains a NUL, a control character or "
		    "bytes that are no UTF-8 text",
		    a->n + 1);
	if (a->n == PKI_ATTRS_PAIRS)
		return err_set(err, ERR_TOO_LARGE,
		    "there are more than %d attributes", PKI_ATTRS_PAIRS);
	a->list[a->n++] = attr;
	return 0;
}

int
pki_attrs_parse(struct bytes text, struct pki_attrs *ret, struct err *err)
{
	ret->n = 0;
	if (text.n > PKI_ATTRS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the attributes have %zu bytes; at most %d are allowed",
		    text.n, PKI_ATTRS_MAX);
	while (text.n > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		if (add_line(ret, bytes_of(text.p, n), err) < 0)
			return -1;
		n += end != NULL;
		text = bytes_of(text.p + n, text.n - n);
	}
	return 0;
}

static bool
eq_ci(struct bytes a, const char *b, size_t n)
{
	size_t i;

	for (i = 0; a.n == n && i < n; i++)
		if (str_lower_char((char)a.p[i]) != str_lower_char(b[i]))
			return false;
	return a.n == n;
}

bool
pki_attrs_find(const struct pki_attrs *a, const char *name, struct bytes *ret)
{
	size_t n = strlen(name), i;

	for (i = 0; i < a->n; i++)
		if (eq_ci(a->list[i].name, name, n)) {
			*ret = a->list[i].value;
			return true;
		}
	return false;
}
