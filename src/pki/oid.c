#include "pki/oid.h"
#include "pki/der.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

const struct pki_oid_row pki_oids[PKI_OID_COUNT] = {
#define OID(sym, dotted, der, name)                                      \
	[PKI_OID_##sym] = { { (const uint8_t *)(der), sizeof(der) - 1 }, \
		dotted, name },
#include "pki/oids.def"
#undef OID
};

enum pki_oid
pki_oid_find(struct bytes oid)
{
	unsigned i;

	for (i = 0; i < PKI_OID_COUNT; i++)
		if (bytes_eq(oid, pki_oids[i].der))
			return (enum pki_oid)i;
	return PKI_OID_NONE;
}

const char *
pki_oid_name(struct bytes oid, char dst[PKI_OID_TEXT_MAX])
{
	enum pki_oid id = pki_oid_find(oid);

	if (id != PKI_OID_NONE)
		return pki_oids[id].name;
	if (!pki_oid_to_text(oid, dst))
		(void)snprintf(dst, PKI_OID_TEXT_MAX, "an unreadable OID");
	return dst;
}

bool
pki_oid_to_text(struct bytes oid, char dst[PKI_OID_TEXT_MAX])
{
	uint64_t arc = 0;
	size_t at = 0, i;
	int n;

	dst[0] = 0;
	if (oid.n > PKI_OID_MAX || !der_oid_is_valid(oid))
		return false;
	for (i = 0; i < oid.n; i++) {
		if (arc >> 56)
			return false;
		arc = arc << 7 | (oid.p[i] & 0x7f);
		if (oid.p[i] & 0x80)
			continue;
		if (at == 0) { /* the first two arcs share one number */
			unsigned top = arc < 80 ? (unsigned)(arc / 40) : 2;

			n = snprintf(dst, PKI_OID_TEXT_MAX, "%u.%" PRIu64, top,
			    arc - 40 * top);
		} else {
			n = snprintf(
			    dst + at, PKI_OID_TEXT_MAX - at, ".%" PRIu64, arc);
		}
		/* 64 bytes make at most 4 characters each. */
		assert(n > 0 && at + (size_t)n < PKI_OID_TEXT_MAX);
		at += (size_t)n;
		arc = 0;
	}
	return true;
}

/* One decimal arc without leading zeros; *s moves behind it. */
static bool
read_arc(const char **s, uint64_t *ret)
{
	const char *p = *s;
	uint64_t v = 0;

	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (v > (INT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*s = p;
	*ret = v;
	return true;
}

static bool
put_arc(uint64_t v, uint8_t dst[PKI_OID_MAX], size_t *n)
{
	size_t len = 1, i;

	while (len < 10 && v >> 7 * len)
		len++;
	if (*n + len > PKI_OID_MAX)
		return false;
	for (i = len; i > 0; i--)
		dst[(*n)++] =
		    (uint8_t)((v >> 7 * (i - 1) & 0x7f) | (i > 1 ? 0x80 : 0));
	return true;
}

bool
pki_oid_from_text(const char *dotted, uint8_t dst[PKI_OID_MAX], size_t *ret_n)
{
	uint64_t top, arc;
	size_t n = 0;

	if (!read_arc(&dotted, &top) || top > 2 || *dotted++ != '.' ||
	    !read_arc(&dotted, &arc) || (top < 2 && arc > 39) ||
	    arc > INT64_MAX - 80 || !put_arc(top * 40 + arc, dst, &n))
		return false;
	while (*dotted)
		if (*dotted++ != '.' || !read_arc(&dotted, &arc) ||
		    !put_arc(arc, dst, &n))
			return false;
	*ret_n = n;
	return true;
}
