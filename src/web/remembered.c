#include "web/remembered.h"

#include "base/str.h"
#include "fcgi/cookie.h"

#define COOKIE      "Requests"
#define DAY         86400
#define PRESET_DAYS 10

struct entry {
	uint64_t id;
	uint32_t store; /* TargetStoreFlags */
	char label[REMEMBERED_LABEL];
};

struct remembered {
	struct entry entries[REMEMBERED_MAX]; /* oldest first */
	size_t n;
};

/* --- reading ------------------------------------------------------------- */

static void
decode(const char *s, struct buf *out)
{
	uint8_t byte;
	char hex[3];
	size_t n;

	for (; *s; s++) {
		hex[0] = s[1];
		hex[1] = s[1] ? s[2] : '\0';
		hex[2] = '\0';
		if (*s == '%' && str_unhex(&byte, 1, hex, &n) && n == 1) {
			buf_add_char(out, (char)byte);
			s += 2;
		} else {
			buf_add_char(out, *s == '+' ? ' ' : *s);
		}
	}
}

static void
add(struct remembered *r, uint64_t id, uint32_t store, const char *label)
{
	if (r->n == REMEMBERED_MAX) {
		memmove(r->entries, r->entries + 1,
		    (REMEMBERED_MAX - 1) * sizeof(r->entries[0]));
		r->n--;
	}
	r->entries[r->n].id = id;
	r->entries[r->n].store = store;
	(void)snprintf(r->entries[r->n].label, REMEMBERED_LABEL, "%s", label);
	r->n++;
}

static void
take_off(struct remembered *r, uint64_t id)
{
	size_t i, kept = 0;

	for (i = 0; i < r->n; i++)
		if (r->entries[i].id != id)
			r->entries[kept++] = r->entries[i];
	r->n = kept;
}

/* The number up to the next comma; *p moves behind it. */
static bool
read_number(const uint8_t **p, const uint8_t *end, uint64_t max, uint64_t *ret)
{
	const uint8_t *comma = memchr(*p, ',', (size_t)(end - *p));
	char digits[24];
	bool good;

	if (!comma)
		return false;
	good = str_from_bytes(digits, sizeof(digits),
		   bytes_of(*p, (size_t)(comma - *p))) &&
	       str_u64(digits, max, ret);
	*p = comma + 1;
	return good;
}

/* The label is what follows the third comma. */
static void
read_group(struct remembered *r, struct bytes group)
{
	const uint8_t *p = group.p, *end = group.p + group.n, *comma;
	char label[REMEMBERED_LABEL];
	uint64_t id, store = 0;
	struct bytes rest;

	if (!read_number(&p, end, INT64_MAX, &id) || id == 0)
		return;
	(void)read_number(&p, end, UINT32_MAX, &store);
	comma = memchr(p, ',', (size_t)(end - p));
	if (!comma)
		return;
	rest = bytes_of(comma + 1, (size_t)(end - comma - 1));
	if (!str_is_printable(rest) ||
	    !str_from_bytes(label, sizeof(label), rest))
		label[0] = '\0';
	take_off(r, id);
	add(r, id, (uint32_t)store, label);
}

static void
read_cookie(const struct web_ask *ask, struct remembered *r)
{
	AUTO_BUF text = BUF_WITH_LIMIT(FCGI_COOKIE_MAX);
	char value[FCGI_COOKIE_MAX];
	const uint8_t *p, *end, *open, *close;

	r->n = 0;
	if (!fcgi_cookie_find(
		ask->request->cookie, COOKIE, value, sizeof(value)))
		return;
	decode(value, &text);
	if (buf_failed(&text) || text.n == 0)
		return;
	p = text.p;
	end = text.p + text.n;
	while ((open = memchr(p, '[', (size_t)(end - p))) != NULL &&
	       (close = memchr(open, ']', (size_t)(end - open))) != NULL) {
		read_group(r, bytes_of(open + 1, (size_t)(close - open - 1)));
		p = close + 1;
	}
}

/* --- writing ------------------------------------------------------------- */

static void
encode(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9'))
			buf_add_char(out, *s);
		else if (c == ' ')
			buf_add_char(out, '+');
		else
			buf_addf(out, "%%%02X", c);
	}
}

static void
write_groups(const struct remembered *r, size_t first, struct buf *out)
{
	char text[REMEMBERED_LABEL + 48];
	size_t i;

	for (i = first; i < r->n; i++) {
		(void)snprintf(text, sizeof(text), "[%ju,%u,yes,%s]",
		    (uintmax_t)r->entries[i].id, r->entries[i].store,
		    r->entries[i].label);
		encode(out, text);
	}
}

static void
set_cookie(struct web_ask *ask, const struct remembered *r)
{
	AUTO_BUF value = BUF_WITH_LIMIT(REMEMBERED_BYTES);
	uint32_t days = ask->web->site->remember_days
			    ? ask->web->site->remember_days
			: ask->ca ? ask->ca->info.pending_days
				  : 0;
	struct fcgi_cookie cookie = {
		.name = COOKIE,
		.max_age = (int64_t)(days ? days : PRESET_DAYS) * DAY,
		.same_site = COOKIE_LAX,
	};
	size_t first = 0;

	do {
		buf_clear(&value);
		write_groups(r, first++, &value);
	} while (buf_failed(&value));
	cookie.value = buf_str(&value);
	if (r->n == 0)
		cookie.max_age = 0;
	fcgi_cookie_set(ask->reply, &cookie);
}

void
web_remember(
    struct web_ask *ask, uint64_t id, uint32_t store, const char *label)
{
	struct remembered r;

	read_cookie(ask, &r);
	take_off(&r, id);
	add(&r, id, store, label);
	set_cookie(ask, &r);
}

void
web_forget(struct web_ask *ask, uint64_t id)
{
	struct remembered r;
	size_t n;

	read_cookie(ask, &r);
	n = r.n;
	take_off(&r, id);
	if (r.n != n)
		set_cookie(ask, &r);
}

const char *
web_remembered(struct web_ask *ask, uint64_t id, uint32_t *ret_store)
{
	struct remembered r;
	size_t i;

	*ret_store = 0;
	read_cookie(ask, &r);
	for (i = 0; i < r.n; i++)
		if (r.entries[i].id == id) {
			*ret_store = r.entries[i].store;
			return web_text(ask, "%s", r.entries[i].label);
		}
	return "";
}
