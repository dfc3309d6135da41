#include "pki/der.h"

static int
take(struct der *in, int max_length_bytes, struct der *ret_all,
    struct der *ret_in)
{
	const uint8_t *p = in->p;
	size_t len;

	if (in->end - p < 2 || (*p & 0x1f) == 0x1f)
		return -1;
	p++;
	len = *p++;
	if (len >= 0x80) {
		int n = len & 0x7f;

		if (n < 1 || n > max_length_bytes || in->end - p < n || *p == 0)
			return -1;
		for (len = 0; n > 0; n--)
			len = len << 8 | *p++;
		if (len < 0x80)
			return -1;
	}
	if ((size_t)(in->end - p) < len)
		return -1;
	if (ret_all)
		*ret_all = (struct der){ in->p, p + len };
	if (ret_in)
		*ret_in = (struct der){ p, p + len };
	in->p = p + len;
	return 0;
}

int
der_next(struct der *in, uint8_t tag, struct der *ret_all, struct der *ret_in)
{
	return der_peek(in, tag) ? take(in, 3, ret_all, ret_in) : -1;
}

int
der_next_big(
    struct der *in, uint8_t tag, struct der *ret_all, struct der *ret_in)
{
	return der_peek(in, tag) ? take(in, 4, ret_all, ret_in) : -1;
}

int
der_any(
    struct der *in, uint8_t *ret_tag, struct der *ret_all, struct der *ret_in)
{
	const uint8_t *p = in->p;

	if (take(in, 3, ret_all, ret_in) < 0)
		return -1;
	*ret_tag = *p;
	return 0;
}

int
der_sole(struct bytes all, uint8_t tag, struct der *ret_in)
{
	struct der in = der_of(all), content;

	if (der_next(&in, tag, NULL, &content) < 0 || !der_done(&in))
		return -1;
	*ret_in = content;
	return 0;
}

static bool
primitive_is_valid(uint8_t tag, struct bytes x)
{
	struct der in = der_of(x);
	const uint8_t *p = x.p;

	switch (tag) {
	case DER_BOOLEAN:
		return x.n == 1 && (*p == 0 || *p == 0xff);
	case DER_INTEGER:
	case DER_ENUMERATED:
		return x.n == 1 || (x.n > 1 && !(p[0] == 0 && p[1] < 0x80) &&
				       !(p[0] == 0xff && p[1] >= 0x80));
	case DER_BIT_STRING:
		return x.n >= 1 && *p <= 7 && (x.n > 1 || *p == 0) &&
		       (x.p[x.n - 1] & ((1U << *p) - 1)) == 0;
	case DER_NULL:
		return der_done(&in);
	case DER_OID:
		return der_oid_is_valid(x);
	case DER_BMP:
		return x.n % 2 == 0;
	case DER_UNIVERSAL:
		return x.n % 4 == 0;
	default:
		/* A universal constructed type must have its constructed bit
		 * (X.690 8.9, 8.11), a string must not (10.2). */
		return tag != 0x10 && tag != 0x11 && tag != 0;
	}
}

static bool
run_is_well_formed(struct der in, unsigned depth)
{
	while (!der_done(&in)) {
		struct der content;
		uint8_t tag;

		if (depth == 0 || der_any(&in, &tag, NULL, &content) < 0)
			return false;
		if (!(tag & 0x20)) {
			if (tag < 0x40 &&
			    !primitive_is_valid(tag, der_bytes(content)))
				return false;
			continue;
		}
		if (tag < 0x40 && tag != DER_SEQUENCE && tag != DER_SET)
			return false;
		if (!run_is_well_formed(content, depth - 1))
			return false;
	}
	return true;
}

bool
der_is_well_formed(struct bytes all, unsigned depth)
{
	struct der in = der_of(all);
	uint8_t tag;

	return der_any(&in, &tag, NULL, NULL) == 0 && der_done(&in) &&
	       run_is_well_formed(der_of(all), depth);
}

int
der_bool(struct der *in, bool *ret)
{
	struct der at = *in, v;

	if (der_next(&at, DER_BOOLEAN, NULL, &v) < 0 ||
	    !primitive_is_valid(DER_BOOLEAN, der_bytes(v)))
		return -1;
	*ret = *v.p != 0;
	*in = at;
	return 0;
}

int
der_null(struct der *in)
{
	struct der at = *in, v;

	if (der_next(&at, DER_NULL, NULL, &v) < 0 || !der_done(&v))
		return -1;
	*in = at;
	return 0;
}

/* Content of a minimal INTEGER >= 0, without a leading zero byte. */
static int
unsigned_integer(struct der *in, struct bytes *ret)
{
	struct der at = *in, v;

	if (der_next(&at, DER_INTEGER, NULL, &v) < 0 ||
	    !primitive_is_valid(DER_INTEGER, der_bytes(v)) || *v.p >= 0x80)
		return -1;
	if (*v.p == 0)
		v.p++;
	*ret = der_bytes(v);
	*in = at;
	return 0;
}

int
der_uint(struct der *in, uint64_t *ret)
{
	struct der at = *in;
	struct bytes x;
	uint64_t v = 0;
	size_t i;

	if (unsigned_integer(&at, &x) < 0 || x.n > 8 ||
	    (x.n == 8 && x.p[0] >= 0x80))
		return -1;
	for (i = 0; i < x.n; i++)
		v = v << 8 | x.p[i];
	*ret = v;
	*in = at;
	return 0;
}

int
der_positive(struct der *in, struct bytes *ret)
{
	struct der at = *in;
	struct bytes x;

	if (unsigned_integer(&at, &x) < 0 || x.n == 0)
		return -1;
	*ret = x;
	*in = at;
	return 0;
}

bool
der_oid_is_valid(struct bytes x)
{
	bool first = true; /* of an arc: must not be 0x80 (X.690 8.19.2) */
	size_t i;

	for (i = 0; i < x.n; i++) {
		if (first && x.p[i] == 0x80)
			return false;
		first = x.p[i] < 0x80;
	}
	return x.n > 0 && first;
}

int
der_oid(struct der *in, struct bytes *ret)
{
	struct der at = *in, v;

	if (der_next(&at, DER_OID, NULL, &v) < 0 ||
	    !der_oid_is_valid(der_bytes(v)))
		return -1;
	*ret = der_bytes(v);
	*in = at;
	return 0;
}

int
der_bits(struct der *in, struct bytes *ret)
{
	struct der at = *in, v;

	if (der_next(&at, DER_BIT_STRING, NULL, &v) < 0 || der_done(&v) ||
	    *v.p != 0)
		return -1;
	v.p++;
	*ret = der_bytes(v);
	*in = at;
	return 0;
}

int
der_named_bits(struct der *in, uint16_t *ret)
{
	struct der at = *in, v;
	struct bytes x;
	unsigned i, n, set = 0;

	if (der_next(&at, DER_BIT_STRING, NULL, &v) < 0)
		return -1;
	x = der_bytes(v);
	if (x.n > 3 || !primitive_is_valid(DER_BIT_STRING, x))
		return -1;
	n = (unsigned)(x.n - 1) * 8 - x.p[0];
	for (i = 0; i < n; i++)
		if (x.p[1 + i / 8] & (0x80 >> i % 8))
			set |= 1U << i;
	if (n > 0 && !(set & 1U << (n - 1)))
		return -1;
	*ret = (uint16_t)set;
	*in = at;
	return 0;
}

bool
der_is_algorithm(struct bytes all)
{
	struct der in;
	struct bytes oid;
	uint8_t tag;

	return der_is_well_formed(all, 16) &&
	       der_sole(all, DER_SEQUENCE, &in) == 0 &&
	       der_oid(&in, &oid) == 0 &&
	       (der_done(&in) ||
		   (der_any(&in, &tag, NULL, NULL) == 0 && der_done(&in)));
}

bool
der_is_spki(struct bytes all)
{
	struct der in, alg;
	struct bytes bits;

	return der_sole(all, DER_SEQUENCE, &in) == 0 &&
	       der_next(&in, DER_SEQUENCE, &alg, NULL) == 0 &&
	       der_is_algorithm(der_bytes(alg)) && der_bits(&in, &bits) == 0 &&
	       der_done(&in);
}

/* ---- time ------------------------------------------------------------- */

/* Days since 1970-01-01; years counted from March, so that the leap day is
 * the last of its year. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

void
der_date_of(int64_t t, struct der_date *ret)
{
	int64_t days = t / 86400, rest = t % 86400;
	int64_t z, era, of_era, y, of_year, m;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	z = days + 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	of_era = z - era * 146097;
	y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * y + y / 4 - y / 100);
	m = (5 * of_year + 2) / 153;
	ret->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	ret->month = (int)(m < 10 ? m + 3 : m - 9);
	ret->year = (int)(y + era * 400 + (ret->month <= 2));
	ret->hour = (int)(rest / 3600);
	ret->minute = (int)(rest / 60 % 60);
	ret->second = (int)(rest % 60);
}

int64_t
der_date_seconds(const struct der_date *d)
{
	return days_of(d->year, d->month, d->day) * 86400 + d->hour * 3600 +
	       d->minute * 60 + d->second;
}

static bool
two_digits(const uint8_t *p, int *ret)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*ret = (p[0] - '0') * 10 + p[1] - '0';
	return true;
}

/* MMDDhhmmssZ; the calendar decides what is a date by its round trip. */
static int
rest_of_time(const uint8_t *p, int year, int64_t *ret)
{
	struct der_date d = { .year = year }, back;

	if (!two_digits(p, &d.month) || !two_digits(p + 2, &d.day) ||
	    !two_digits(p + 4, &d.hour) || !two_digits(p + 6, &d.minute) ||
	    !two_digits(p + 8, &d.second) || p[10] != 'Z')
		return -1;
	if (d.month < 1 || d.month > 12 || d.hour > 23 || d.minute > 59 ||
	    d.second > 59)
		return -1;
	*ret = der_date_seconds(&d);
	der_date_of(*ret, &back);
	return back.day == d.day && back.month == d.month ? 0 : -1;
}

int
der_time(struct der *in, int64_t *ret)
{
	struct der at = *in, v;
	int64_t t;
	int high, low;

	if (der_next(&at, DER_UTC_TIME, NULL, &v) == 0) {
		if (v.end - v.p != 13 || !two_digits(v.p, &low) ||
		    rest_of_time(v.p + 2, low + (low < 50 ? 2000 : 1900), &t) <
			0)
			return -1;
	} else if (der_next(&at, DER_GENERAL_TIME, NULL, &v) == 0) {
		if (v.end - v.p != 15 || !two_digits(v.p, &high) ||
		    !two_digits(v.p + 2, &low) ||
		    rest_of_time(v.p + 4, high * 100 + low, &t) < 0 ||
		    t < DER_TIME_2050)
			return -1;
	} else {
		return -1;
	}
	*ret = t;
	*in = at;
	return 0;
}
