#include "pki/ca_name.h"

#include "base/buf.h"
#include "base/str.h"

/* MS-WCCE 3.1.1.4.1.1 */
static const char forbidden[] = "!\"#%&'()*+,/:;<=>?[\\]^`{|}";

/* The next code point of checked UTF-8. */
static uint32_t
next_point(const unsigned char **s)
{
	const unsigned char *p = *s;
	unsigned more = p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	uint32_t c = more ? p[0] & (0x3fU >> more) : p[0];

	for (p++; more > 0 && *p; more--, p++)
		c = c << 6 | (*p & 0x3f);
	*s = p;
	return c;
}

static void
put_unit(struct buf *out, uint32_t unit)
{
	buf_addf(out, "!%04x", unit & 0xffff);
}

static void
put_point(struct buf *out, uint32_t c)
{
	if (c >= 0x20 && c < 0x7f && !strchr(forbidden, (int)c)) {
		buf_add_char(out, (char)c);
	} else if (c < 0x10000) {
		put_unit(out, c);
	} else {
		put_unit(out, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

bool
pki_ca_name_sanitise(const char *name, char *dst, size_t size)
{
	AUTO_BUF b = BUF_WITH_LIMIT(PKI_CA_NAME_MAX);
	const unsigned char *s = (const unsigned char *)name;

	while (*s)
		put_point(&b, next_point(&s));
	return !buf_failed(&b) && str_copy(dst, size, buf_str(&b));
}
