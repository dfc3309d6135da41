#include "fcgi/form_state.h"

#include "base/str.h"

#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */

/* A cursor over the body, which is changed in place. */
struct parts {
	struct fcgi_form *form;
	char *p, *end;
	char delimiter[BOUNDARY_MAX + 5]; /* CRLF -- boundary */
	struct err *err;
};

static int
refuse(struct parts *s, const char *why)
{
	return err_set(
	    s->err, ERR_BAD_DATA, "the multipart form cannot be read: %s", why);
}

/* ---- parameters of a header ---- */

/* A quoted string in place. Browsers write a quote as %22 and a backslash
 * bare (old ones send whole paths); others escape with a backslash. Returns
 * what follows, or NULL. */
static char *
unquote(char *s, char **ret)
{
	char *to = s + 1, *from = s + 1;

	*ret = to;
	for (; *from && *from != '"'; from++) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	if (!*from)
		return NULL;
	*to = '\0';
	return from + 1;
}

/* Takes the next "; name=value" off s; 1 when there was one, 0 at the end,
 * -1 when it cannot be read. Both strings are ended in place. */
static int
next_param(char **s, char **ret_name, char **ret_value)
{
	char *p = *s + strspn(*s, " \t;"), *equals;

	if (!*p)
		return 0;
	equals = p + strcspn(p, "=;");
	if (*equals != '=')
		return -1;
	*ret_name = p;
	p = equals + 1;
	if (*p == '"') {
		p = unquote(p, ret_value);
		if (!p)
			return -1;
		p += strspn(p, " \t");
		if (*p && *p != ';')
			return -1;
	} else {
		*ret_value = p;
		p += strcspn(p, "; \t");
	}
	*equals = '\0';
	if (*p)
		*p++ = '\0';
	*s = p;
	return 1;
}

static bool
is_boundary(const char *s)
{
	static const char allowed[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "'()+_,-./:=? ";
	size_t n = strlen(s);

	return n && n <= BOUNDARY_MAX && strspn(s, allowed) == n &&
	       s[n - 1] != ' ';
}

static int
read_boundary(struct parts *s, const char *content_type)
{
	char copy[512], *p = copy, *name, *value;
	int more;

	content_type += strcspn(content_type, ";");
	if (!str_copy(copy, sizeof(copy), content_type))
		return refuse(s, "its content type is too long");
	while ((more = next_param(&p, &name, &value)) > 0) {
		if (!str_eq_ci(name, "boundary"))
			continue;
		if (!is_boundary(value))
			return refuse(s, "its boundary is not valid");
		(void)snprintf(
		    s->delimiter, sizeof(s->delimiter), "\r\n--%s", value);
		return 0;
	}
	return refuse(s, "it has no boundary");
}

/* ---- headers of a part ---- */

/* Old browsers send the whole path; the name is what comes last. */
static const char *
base_name(const char *path)
{
	const char *p, *base = path;

	for (p = path; *p; p++)
		if (*p == '/' || *p == '\\')
			base = p + 1;
	return base;
}

static int
read_disposition(struct parts *s, char *p, struct fcgi_form_item *item)
{
	char *name, *value;
	size_t n = strcspn(p, "; \t");
	int more;

	if (n != strlen("form-data") || strncasecmp(p, "form-data", n) != 0)
		return refuse(s, "a part is not form-data");
	p += n;
	while ((more = next_param(&p, &name, &value)) > 0) {
		if (str_eq_ci(name, "name") && !item->name)
			item->name = value;
		else if (str_eq_ci(name, "filename") && !item->filename)
			item->filename = base_name(value);
	}
	return more < 0 ? refuse(s, "a part's Content-Disposition is not valid")
			: 0;
}

/* RFC 7578 section 4.7: transfer encodings are deprecated; those that change
 * nothing are harmless. */
static bool
is_identity(const char *encoding)
{
	return str_eq_ci(encoding, "binary") || str_eq_ci(encoding, "8bit") ||
	       str_eq_ci(encoding, "7bit");
}

static int
read_header(struct parts *s, char *line, struct fcgi_form_item *item)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (!colon || colon == line)
		return refuse(s, "a part has a header without a name");
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	for (end = value + strlen(value); end > value && strchr(" \t", end[-1]);
	     end--)
		end[-1] = '\0';
	if (str_eq_ci(line, "Content-Disposition"))
		return read_disposition(s, value, item);
	if (str_eq_ci(line, "Content-Transfer-Encoding") && !is_identity(value))
		return refuse(s, "a part has a transfer encoding");
	return 0;
}

static int
read_headers(struct parts *s, struct fcgi_form_item *item)
{
	const char *limit = s->end - s->p > FCGI_FORM_PART_HEADERS_MAX
				? s->p + FCGI_FORM_PART_HEADERS_MAX
				: s->end;

	for (;;) {
		char *line = s->p;
		char *cr = memmem(line, (size_t)(limit - line), "\r\n", 2);

		if (!cr)
			return refuse(s, "the headers of a part do not end");
		s->p = cr + 2;
		if (cr == line)
			return 0;
		if (memchr(line, 0, (size_t)(cr - line)))
			return refuse(s, "a part has a NUL in its headers");
		*cr = '\0';
		if (read_header(s, line, item) < 0)
			return -1;
	}
}

/* ---- parts ---- */

static char *
find(struct parts *s, char *from, const char *what)
{
	return memmem(from, (size_t)(s->end - from), what, strlen(what));
}

/* To the first part; what stands before it is ignored. */
static int
skip_preamble(struct parts *s)
{
	const char *first = s->delimiter + 2; /* without CRLF */
	size_t n = strlen(first);
	char *at;

	if ((size_t)(s->end - s->p) >= n && memcmp(s->p, first, n) == 0) {
		s->p += n;
		return 0;
	}
	at = find(s, s->p, s->delimiter);
	if (!at)
		return refuse(s, "its boundary does not occur");
	s->p = at + strlen(s->delimiter);
	return 0;
}

/* Behind a boundary: 1 when a part follows, 0 when it was the last. */
static int
after_boundary(struct parts *s)
{
	if (s->end - s->p >= 2 && memcmp(s->p, "--", 2) == 0)
		return 0;
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	if (s->end - s->p < 2 || memcmp(s->p, "\r\n", 2) != 0)
		return refuse(s, "a boundary is not followed by a line end");
	s->p += 2;
	return 1;
}

static int
read_part(struct parts *s)
{
	struct fcgi_form_item item = { 0 };
	char *to;

	if (read_headers(s, &item) < 0)
		return -1;
	if (!item.name)
		return refuse(s, "a part has no name");
	/* An empty part's delimiter begins with the end of its headers. */
	to = find(s, s->p - 2, s->delimiter);
	if (!to)
		return refuse(s, "its last boundary is missing");
	item.value =
	    to < s->p ? bytes_of(s->p, 0) : bytes_of(s->p, (size_t)(to - s->p));
	s->p = to + strlen(s->delimiter);
	if (strlen(item.name) > FCGI_FORM_NAME_MAX)
		return 0; /* no name that any table knows */
	to[0] = '\0';
	if (item.value.n == 0)
		item.value = bytes_of("", 0);
	return fcgi_form_add(s->form, item, s->err);
}

int
fcgi_multipart_parse(
    struct fcgi_form *f, const char *content_type, size_t n, struct err *err)
{
	struct parts s = {
		.form = f, .p = f->body, .end = f->body + n, .err = err
	};
	unsigned count = 0;
	int more;

	if (read_boundary(&s, content_type) < 0 || skip_preamble(&s) < 0)
		return -1;
	while ((more = after_boundary(&s)) > 0) {
		if (count++ == FCGI_FORM_PARTS_MAX)
			return refuse(&s, "it has too many parts");
		if (read_part(&s) < 0)
			return -1;
	}
	return more;
}
