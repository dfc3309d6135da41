#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

char
str_lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
str_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
str_eq_ci(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (str_lower_char(*a) != str_lower_char(*b))
			return false;
	return *a == *b;
}

bool
str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_has_suffix_ci(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && str_eq_ci(s + n - m, suffix);
}

bool
str_lower(char *dst, size_t size, const char *src)
{
	size_t i;

	if (!str_copy(dst, size, src))
		return false;
	for (i = 0; dst[i]; i++)
		dst[i] = str_lower_char(dst[i]);
	return true;
}

bool
str_copy(char *dst, size_t size, const char *src)
{
	return str_from_bytes(dst, size, bytes_str(src));
}

bool
str_from_bytes(char *dst, size_t size, struct bytes src)
{
	assert(size > 0);
	dst[0] = 0;
	if (src.n >= size || (src.n && memchr(src.p, 0, src.n)))
		return false;
	if (src.n)
		memcpy(dst, src.p, src.n);
	dst[src.n] = 0;
	return true;
}

/* One code point, or 0 for anything that RFC 3629 does not allow. */
static uint32_t
utf8_next(struct bytes *s)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t c = s->p[0];
	size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	uint32_t v = more == 0 ? c : c & (0x3fU >> more);
	size_t i;

	if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || s->n <= more)
		return 0;
	for (i = 1; i <= more; i++) {
		if ((s->p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s->p[i] & 0x3f);
	}
	if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	s->p += more + 1;
	s->n -= more + 1;
	return v;
}

bool
str_is_utf8(struct bytes s)
{
	while (s.n > 0)
		if (utf8_next(&s) == 0)
			return false;
	return true;
}

bool
str_is_printable(struct bytes s)
{
	while (s.n > 0) {
		uint32_t c = utf8_next(&s);

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) ||
		    (c >= 0x202a && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069))
			return false;
	}
	return true;
}

bool
str_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		uint64_t d = (uint64_t)(*s - '0');

		if (*s < '0' || *s > '9' || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

bool
str_i64(const char *s, int64_t *ret)
{
	bool negative = *s == '-';
	uint64_t v;

	if (!str_u64(s + negative, INT64_MAX, &v))
		return false;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

void
str_hex(char *dst, struct bytes src)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < src.n; i++) {
		*dst++ = digits[src.p[i] >> 4];
		*dst++ = digits[src.p[i] & 15];
	}
	*dst = 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
str_unhex(uint8_t *dst, size_t max, const char *s, size_t *ret_n)
{
	size_t n;

	for (n = 0; s[0]; s += 2, n++) {
		int hi = hex_digit(s[0]);
		int lo = hi < 0 ? -1 : hex_digit(s[1]);

		if (lo < 0 || n == max)
			return false;
		dst[n] = (uint8_t)(hi << 4 | lo);
	}
	*ret_n = n;
	return true;
}

size_t
str_base64_size(size_t n)
{
	return (n + 2) / 3 * 4 + 1;
}

static const char b64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
str_base64(char *dst, struct bytes src)
{
	size_t i;

	for (i = 0; i < src.n; i += 3) {
		size_t left = src.n - i;
		uint32_t v = (uint32_t)src.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)src.p[i + 1] << 8;
		if (left > 2)
			v |= src.p[i + 2];
		*dst++ = b64[v >> 18];
		*dst++ = b64[v >> 12 & 63];
		*dst++ = left > 1 ? b64[v >> 6 & 63] : '=';
		*dst++ = left > 2 ? b64[v & 63] : '=';
	}
	*dst = 0;
}

int
str_base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
str_unbase64(uint8_t *dst, size_t max, struct bytes src, size_t *ret_n)
{
	size_t pad = 0, n = 0, i;

	if (src.n % 4)
		return false;
	while (pad < 2 && pad < src.n && src.p[src.n - 1 - pad] == '=')
		pad++;
	if (src.n / 4 * 3 - pad > max)
		return false;
	for (i = 0; i < src.n; i += 4) {
		size_t skip = i + 4 == src.n ? pad : 0;
		uint32_t v = 0;
		size_t k;

		for (k = 0; k < 4; k++) {
			int d =
			    k >= 4 - skip ? 0 : str_base64_value(src.p[i + k]);

			if (d < 0)
				return false;
			v = v << 6 | (uint32_t)d;
		}
		if ((skip == 1 && v & 0xff) || (skip == 2 && v & 0xffff))
			return false;
		for (k = 0; k < 3 - skip; k++)
			dst[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*ret_n = n;
	return true;
}

static bool
time_parts(int64_t t, struct tm *ret_tm)
{
	time_t tt = t;

	return gmtime_r(&tt, ret_tm) != NULL && ret_tm->tm_year < 8100;
}

void
str_time_iso(char *dst, int64_t t)
{
	struct tm tm;

	if (!time_parts(t, &tm) ||
	    strftime(dst, STR_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		dst[0] = 0;
}

void
str_time_human(char *dst, int64_t t)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;

	dst[0] = 0;
	if (time_parts(t, &tm))
		(void)snprintf(dst, STR_TIME_MAX, "%d %s %d, %02d:%02d UTC",
		    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		    tm.tm_hour, tm.tm_min);
}
