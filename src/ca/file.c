/* file.c - names of the published files, and their addresses. */
#include "ca/file.h"

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
ca_file_sanitise(const char *name, char *dst, size_t size)
{
	AUTO_BUF b = BUF_WITH_LIMIT(CA_URL_MAX);
	const unsigned char *s = (const unsigned char *)name;

	while (*s)
		put_point(&b, next_point(&s));
	return !buf_failed(&b) && str_copy(dst, size, buf_str(&b));
}

/* PREFIX NAME (n) SUFFIX; false when it is too long for a file name. */
static bool
compose(const char *host, const char *name, uint32_t n, const char *suffix,
    char dst[CA_FILE_MAX])
{
	char clean[CA_FILE_MAX], number[16] = "";
	int len;

	dst[0] = '\0';
	if (!ca_file_sanitise(name, clean, sizeof(clean)))
		return false;
	if (n > 0)
		snprintf(number, sizeof(number), "(%u)", n);
	len = snprintf(dst, CA_FILE_MAX, "%s%s%s%s%s", host, *host ? "_" : "",
	    clean, number, suffix);
	return len > 0 && len < CA_FILE_MAX;
}

void
ca_file_crl(
    const struct ca_config *c, uint32_t key_index, char dst[CA_FILE_MAX])
{
	(void)compose("", c->name, key_index, ".crl", dst);
}

void
ca_file_delta(
    const struct ca_config *c, uint32_t key_index, char dst[CA_FILE_MAX])
{
	(void)compose("", c->name, key_index, "+.crl", dst);
}

void
ca_file_cert(const struct ca_config *c, uint32_t index, char dst[CA_FILE_MAX])
{
	(void)compose(c->host, c->name, index, ".crt", dst);
}

void
ca_file_cross(const struct ca_config *c, uint32_t from, uint32_t to,
    char dst[CA_FILE_MAX])
{
	char suffix[40];

	(void)snprintf(suffix, sizeof(suffix), "(%u-%u).crt", from, to);
	(void)compose(c->host, c->name, 0, suffix, dst);
}

int
ca_file_check(const struct ca_config *c, struct err *err)
{
	char file[CA_FILE_MAX], url[CA_URL_MAX];

	if (!compose(c->host, c->name, UINT32_MAX, "-4294967295).crt", file))
		return err_set(err, ERR_CONFIG,
		    "The name of the CA is too long for the names of its "
		    "files. Choose a shorter one.");
	return ca_file_url(c, file, url, err);
}

int
ca_file_url(const struct ca_config *c, const char *file, char dst[CA_URL_MAX],
    struct err *err)
{
	AUTO_BUF b = BUF_WITH_LIMIT(CA_URL_MAX - 1);

	buf_addf(&b, "%s/", c->url);
	for (; *file; file++) {
		bool plain = (*file >= 'a' && *file <= 'z') ||
			     (*file >= 'A' && *file <= 'Z') ||
			     (*file >= '0' && *file <= '9') ||
			     strchr("-._~()!", *file);

		if (plain)
			buf_add_char(&b, *file);
		else
			buf_addf(&b, "%%%02X", (unsigned char)*file);
	}
	if (buf_failed(&b) || !str_copy(dst, CA_URL_MAX, buf_str(&b)))
		return err_set(err, ERR_CONFIG,
		    "The address of the published files is too long.");
	return 0;
}
