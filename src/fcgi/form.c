#include "fcgi/form_state.h"

#include "base/str.h"

#include <inttypes.h>

/* ---- reading ---- */

int
fcgi_form_add(struct fcgi_form *f, struct fcgi_form_item item, struct err *err)
{
	if (f->n == FCGI_FORM_FIELDS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the form has more than %d fields", FCGI_FORM_FIELDS_MAX);
	if (item.value.n > FCGI_FORM_FIELD_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "a field of the form is larger than %d bytes",
		    FCGI_FORM_FIELD_MAX);
	f->items[f->n++] = item;
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* application/x-www-form-urlencoded, in place. A percent sign without two
 * digits stands for itself, as in the URL standard. */
static size_t
decode(char *s, size_t n)
{
	size_t i, to = 0;

	for (i = 0; i < n; i++) {
		int hi, lo;

		if (s[i] == '+') {
			s[to++] = ' ';
			continue;
		}
		hi = s[i] == '%' && n - i > 2 ? hex_digit(s[i + 1]) : -1;
		lo = hi < 0 ? -1 : hex_digit(s[i + 2]);
		if (lo < 0) {
			s[to++] = s[i];
			continue;
		}
		s[to++] = (char)(hi << 4 | lo);
		i += 2;
	}
	return to;
}

static int
add_pair(struct fcgi_form *f, char *s, size_t n, struct err *err)
{
	char *equals = memchr(s, '=', n);
	size_t name_n = equals ? (size_t)(equals - s) : n;
	char *value = equals ? equals + 1 : s + n;
	size_t value_n = decode(value, n - (size_t)(value - s));

	value[value_n] = '\0';
	name_n = decode(s, name_n);
	if (name_n == 0 || name_n > FCGI_FORM_NAME_MAX || memchr(s, 0, name_n))
		return 0; /* no name that any table knows */
	/* Without "=" the name ends where the empty value stands. */
	s[name_n] = '\0';
	return fcgi_form_add(f,
	    (struct fcgi_form_item){ s, bytes_of(value, value_n), NULL }, err);
}

/* s has room for a NUL behind its n bytes. */
static int
parse_urlencoded(struct fcgi_form *f, char *s, size_t n, struct err *err)
{
	while (n) {
		char *amp = memchr(s, '&', n);
		size_t len = amp ? (size_t)(amp - s) : n;

		if (len && add_pair(f, s, len, err) < 0)
			return -1;
		s += len + (amp != NULL);
		n -= len + (amp != NULL);
	}
	return 0;
}

static int
copy(struct bytes from, const char *what, char **ret, struct err *err)
{
	if (from.n > FCGI_FORM_INPUT_MAX)
		return err_set(err, ERR_TOO_LARGE, "%s is larger than %d bytes",
		    what, FCGI_FORM_INPUT_MAX);
	*ret = malloc(from.n + 1);
	if (!*ret)
		return err_set(err, ERR_NO_MEMORY, "no memory for %s", what);
	if (from.n)
		memcpy(*ret, from.p, from.n);
	(*ret)[from.n] = '\0';
	return 0;
}

/* The media type is followed by its end, white space or a parameter. */
static bool
is_type(const char *content_type, const char *type)
{
	size_t n = strlen(type);

	return strncasecmp(content_type, type, n) == 0 &&
	       strchr("; \t", content_type[n]);
}

static int
read_body(struct fcgi_form *f, const char *content_type, struct bytes body,
    struct err *err)
{
	if (body.n == 0)
		return 0;
	if (copy(body, "what was sent", &f->body, err) < 0)
		return -1;
	if (!content_type ||
	    is_type(content_type, "application/x-www-form-urlencoded"))
		return parse_urlencoded(f, f->body, body.n, err);
	if (is_type(content_type, "multipart/form-data"))
		return fcgi_multipart_parse(f, content_type, body.n, err);
	return err_set(err, ERR_INVALID,
	    "what was sent is neither application/x-www-form-urlencoded nor "
	    "multipart/form-data");
}

int
fcgi_form_read(const char *query, const char *content_type, struct bytes body,
    struct fcgi_form **ret, struct err *err)
{
	AUTO(fcgi_form) f = calloc(1, sizeof(*f));
	struct bytes q = bytes_str(query);

	if (!f)
		return err_set(err, ERR_NO_MEMORY, "no memory for the form");
	if (read_body(f, content_type, body, err) < 0)
		return -1;
	if (q.n && (copy(q, "the query", &f->query, err) < 0 ||
		       parse_urlencoded(f, f->query, q.n, err) < 0))
		return -1;
	*ret = TAKE(f);
	return 0;
}

void
fcgi_form_free(struct fcgi_form *f)
{
	if (!f)
		return;
	free(f->query);
	free(f->body);
	free(f);
}

const struct fcgi_form_item *
fcgi_form_next(const struct fcgi_form *f, const char *name,
    const struct fcgi_form_item *before)
{
	size_t i = before ? (size_t)(before - f->items) + 1 : 0;

	for (; i < f->n; i++)
		if (str_eq_ci(f->items[i].name, name))
			return &f->items[i];
	return NULL;
}

const struct fcgi_form_item *
fcgi_form_find(const struct fcgi_form *f, const char *name)
{
	return fcgi_form_next(f, name, NULL);
}

/* ---- filling a struct ---- */

typedef int store_fn(const struct form_field *field,
    const struct fcgi_form_item *item, void *to, struct err *err);

static int
refuse(const struct form_field *field, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "the field %s %s", field->name, why);
}

static int
check_size(const struct form_field *field, const struct fcgi_form_item *item,
    struct err *err)
{
	if (item->value.n <= field->limit)
		return 0;
	return err_set(err, ERR_TOO_LARGE,
	    "the field %s is larger than %" PRIu64 " bytes", field->name,
	    field->limit);
}

static int
store_text(const struct form_field *field, const struct fcgi_form_item *item,
    void *to, struct err *err)
{
	const char *s = (const char *)item->value.p;
	size_t i;

	if (check_size(field, item, err) < 0)
		return -1;
	for (i = 0; i < item->value.n; i++)
		if (((uint8_t)s[i] < 0x20 && !strchr("\t\r\n", s[i])) ||
		    s[i] == 0x7F || s[i] == 0)
			return refuse(field, "holds a control character", err);
	if (!str_is_utf8(item->value))
		return refuse(field, "is not text in UTF-8", err);
	memcpy(to, &s, sizeof(s));
	return 0;
}

/* The value without white space around it; false when it holds a NUL or is
 * longer than any number or word. */
static bool
trimmed(const struct fcgi_form_item *item, char *dst, size_t size)
{
	struct bytes v = item->value;

	while (v.n && strchr(" \t\r\n", *v.p) && *v.p) {
		v.p++;
		v.n--;
	}
	while (v.n && strchr(" \t\r\n", v.p[v.n - 1]) && v.p[v.n - 1])
		v.n--;
	return str_from_bytes(dst, size, v);
}

static int
store_uint(const struct form_field *field, const struct fcgi_form_item *item,
    void *to, struct err *err)
{
	char text[32];
	uint64_t n;

	if (!trimmed(item, text, sizeof(text)))
		return refuse(field, "is not a number", err);
	if (!text[0])
		return 0;
	if (!str_u64(text, UINT64_MAX, &n))
		return refuse(field, "is not a number", err);
	if (n > field->limit)
		return err_set(err, ERR_INVALID,
		    "the field %s is greater than %" PRIu64, field->name,
		    field->limit);
	memcpy(to, &n, sizeof(n));
	return 0;
}

static int
store_int(const struct form_field *field, const struct fcgi_form_item *item,
    void *to, struct err *err)
{
	char text[32];
	int64_t n;

	if (!trimmed(item, text, sizeof(text)))
		return refuse(field, "is not a number", err);
	if (!text[0])
		return 0;
	if (!str_i64(text, &n))
		return refuse(field, "is not a number", err);
	memcpy(to, &n, sizeof(n));
	return 0;
}

static int
store_bool(const struct form_field *field, const struct fcgi_form_item *item,
    void *to, struct err *err)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "yes", true },
		{ "on", true },
		{ "true", true },
		{ "1", true },
		{ "no", false },
		{ "off", false },
		{ "false", false },
		{ "0", false },
		{ "", false },
	};
	char text[8];
	size_t i;

	if (!trimmed(item, text, sizeof(text)))
		return refuse(field, "is neither yes nor no", err);
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_ci(words[i].word, text)) {
			memcpy(to, &words[i].value, sizeof(bool));
			return 0;
		}
	return refuse(field, "is neither yes nor no", err);
}

static int
store_bytes(const struct form_field *field, const struct fcgi_form_item *item,
    void *to, struct err *err)
{
	if (check_size(field, item, err) < 0)
		return -1;
	memcpy(to, &item->value, sizeof(item->value));
	return 0;
}

static int
store_file(const struct form_field *field, const struct fcgi_form_item *item,
    void *to, struct err *err)
{
	const struct form_file file = { item->value, item->filename };

	if (check_size(field, item, err) < 0)
		return -1;
	if (item->value.n)
		memcpy(to, &file, sizeof(file));
	return 0;
}

int
fcgi_form_fill(const struct fcgi_form *f, const struct form_field *fields,
    size_t n, void *dst, struct err *err)
{
	static store_fn *const stores[] = {
		[FORM_TEXT] = store_text,
		[FORM_UINT] = store_uint,
		[FORM_INT] = store_int,
		[FORM_BOOL] = store_bool,
		[FORM_BYTES] = store_bytes,
		[FORM_FILE] = store_file,
	};
	size_t i;

	for (i = 0; i < n; i++) {
		const struct form_field *field = &fields[i];
		const struct fcgi_form_item *item =
		    fcgi_form_find(f, field->name);

		if (field->required && (!item || item->value.n == 0))
			return refuse(field, "is missing", err);
		if (item && stores[field->kind](field, item,
				(char *)dst + field->offset, err) < 0)
			return -1;
	}
	return 0;
}
