#include "sign/record.h"

#include "base/str.h"

/* clang-format off */
static const char *const outcomes[SIGN_OUTCOME_COUNT] = {
	[SIGN_SIGNED] = "signed",
	[SIGN_REFUSED] = "refused",
	[SIGN_REMARK] = "remark",
};

static const char *const whats[SIGN_WHAT_COUNT] = {
	[0] = "",
	[SIGN_CERTIFICATE] = "certificate",
	[SIGN_CRL] = "crl",
	[SIGN_CMC_RESPONSE] = "cmc-response",
	[SIGN_CA_REQUEST] = "ca-request",
	[SIGN_CA_CERTIFICATE] = "ca-certificate",
	[SIGN_WHAT_KEY] = "key",
	[SIGN_WHAT_TORN] = "torn",
	[SIGN_WHAT_OTHER] = "unknown",
	[SIGN_WHAT_INSTALLED] = "installed",
};
/* clang-format on */

/* --- writing ----------------------------------------------------------- */

static char *
put_text(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	p[n] = '\t';
	return p + n + 1;
}

static char *
put_u64(char *p, uint64_t v)
{
	char backwards[20];
	size_t n = 0;

	do {
		backwards[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	while (n > 0)
		*p++ = backwards[--n];
	*p++ = '\t';
	return p;
}

static char *
put_hex(char *p, const uint8_t *x, size_t n)
{
	if (n == 0)
		return put_text(p, "-");
	str_hex(p, bytes_of(x, n));
	p += 2 * n;
	*p++ = '\t';
	return p;
}

static bool
has_number(enum sign_what what)
{
	return what == SIGN_CRL || what == SIGN_WHAT_TORN;
}

size_t
sign_record_text(const struct sign_record *r, char *dst)
{
	const struct sign_facts *f = &r->facts;
	char when[STR_TIME_MAX];
	char *p = dst;

	str_time_iso(when, r->time);
	p = put_u64(p, r->sequence);
	p = put_text(p, when);
	p = put_text(p, outcomes[r->outcome]);
	p = put_text(p, whats[r->what]);
	p = put_u64(p, r->key_index);
	if (has_number(r->what))
		p = put_u64(p, f->number);
	else
		p = put_hex(p, f->serial, f->serial_n);
	p = put_hex(p, f->digest, f->digest_n);
	p = put_u64(p, r->audit_sequence);
	p = put_hex(p, r->audit_hash, r->has_audit ? SIGN_HASH_SIZE : 0);
	p = put_hex(p, r->prev, SIGN_HASH_SIZE);
	return (size_t)(p - dst);
}

size_t
sign_record_end(const struct sign_record *r, char *dst, size_t n)
{
	char *p = put_hex(dst + n, r->hash, SIGN_HASH_SIZE);

	p[-1] = '\n';
	return (size_t)(p - dst);
}

/* --- reading ----------------------------------------------------------- */

static bool
take_field(struct bytes *line, struct bytes *ret)
{
	const uint8_t *tab = line->n ? memchr(line->p, '\t', line->n) : NULL;

	if (!tab)
		return false;
	*ret = bytes_of(line->p, (size_t)(tab - line->p));
	*line = bytes_of(tab + 1, line->n - ret->n - 1);
	return true;
}

static bool
take_u64(struct bytes *line, uint64_t *ret)
{
	struct bytes f;
	uint64_t v = 0;
	size_t i;

	if (!take_field(line, &f) || f.n == 0 || (f.n > 1 && f.p[0] == '0'))
		return false;
	for (i = 0; i < f.n; i++) {
		unsigned digit = (unsigned)f.p[i] - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

/* A table, because the processor cannot foresee whether a digit is a letter: to
 * ask each takes four times as long as to hash the line. */
#define DIGIT 0x10
#define D(c)  [(c)] = DIGIT | ((c) - '0')
#define H(c)  [(c)] = DIGIT | ((c) - 'a' + 10)
static const uint8_t nibbles[256] = { D('0'), D('1'), D('2'), D('3'), D('4'),
	D('5'), D('6'), D('7'), D('8'), D('9'), H('a'), H('b'), H('c'), H('d'),
	H('e'), H('f') };

/* "-" is nothing. */
static bool
unhex(struct bytes f, uint8_t *dst, size_t max, size_t *ret_n)
{
	unsigned good = DIGIT;
	size_t i;

	*ret_n = f.n / 2;
	if (f.n == 1 && f.p[0] == '-')
		return true;
	if (f.n == 0 || f.n % 2 || f.n / 2 > max)
		return false;
	for (i = 0; i < f.n / 2; i++) {
		unsigned hi = nibbles[f.p[2 * i]], lo = nibbles[f.p[2 * i + 1]];

		good &= hi & lo;
		dst[i] = (uint8_t)(hi << 4 | (lo & 0xf));
	}
	return good != 0;
}

static bool
take_hex(struct bytes *line, uint8_t *dst, size_t max, size_t *ret_n)
{
	struct bytes f;

	return take_field(line, &f) && unhex(f, dst, max, ret_n);
}

static bool
take_hash(struct bytes *line, uint8_t dst[SIGN_HASH_SIZE])
{
	size_t n;

	return take_hex(line, dst, SIGN_HASH_SIZE, &n) && n == SIGN_HASH_SIZE;
}

/* The place of the field in a list of words. */
static bool
take_word(
    struct bytes *line, const char *const *words, size_t count, size_t *ret)
{
	struct bytes f;

	if (!take_field(line, &f) || f.n == 0)
		return false;
	for (*ret = 0; *ret < count; ++*ret)
		if (bytes_eq(f, bytes_str(words[*ret])))
			return true;
	return false;
}

static bool
digits(const uint8_t *p, size_t n, int *ret)
{
	*ret = 0;
	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*ret = *ret * 10 + (*p - '0');
	}
	return true;
}

/* 2026-11-25T10:00:00Z; the years with four digits. */
static bool
take_time(struct bytes *line, int64_t *ret)
{
	struct bytes f;
	struct tm tm = { 0 };

	if (!take_field(line, &f) || f.n != 20 || f.p[4] != '-' ||
	    f.p[7] != '-' || f.p[10] != 'T' || f.p[13] != ':' ||
	    f.p[16] != ':' || f.p[19] != 'Z')
		return false;
	if (!digits(f.p, 4, &tm.tm_year) || !digits(f.p + 5, 2, &tm.tm_mon) ||
	    !digits(f.p + 8, 2, &tm.tm_mday) ||
	    !digits(f.p + 11, 2, &tm.tm_hour) ||
	    !digits(f.p + 14, 2, &tm.tm_min) ||
	    !digits(f.p + 17, 2, &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ret = timegm(&tm);
	return true;
}

static bool
take_number(struct bytes *line, enum sign_what what, struct sign_facts *f)
{
	if (has_number(what))
		return take_u64(line, &f->number);
	return take_hex(line, f->serial, SIGN_SERIAL_MAX, &f->serial_n);
}

bool
sign_record_parse(
    struct bytes line, struct sign_record *ret, struct bytes *ret_hashed)
{
	struct sign_record r = { 0 };
	struct bytes rest = line;
	size_t outcome, what, audit_n, hash_n;
	uint64_t key;

	if (!take_u64(&rest, &r.sequence) || !take_time(&rest, &r.time) ||
	    !take_word(&rest, outcomes, SIGN_OUTCOME_COUNT, &outcome) ||
	    !take_word(&rest, whats, SIGN_WHAT_COUNT, &what) ||
	    !take_u64(&rest, &key) || key > UINT32_MAX)
		return false;
	r.outcome = (enum sign_outcome)outcome;
	r.what = (enum sign_what)what;
	r.key_index = (uint32_t)key;
	if (!take_number(&rest, r.what, &r.facts) ||
	    !take_hex(
		&rest, r.facts.digest, SIGN_DIGEST_MAX, &r.facts.digest_n) ||
	    !take_u64(&rest, &r.audit_sequence) ||
	    !take_hex(&rest, r.audit_hash, SIGN_HASH_SIZE, &audit_n) ||
	    !take_hash(&rest, r.prev) ||
	    !unhex(rest, r.hash, SIGN_HASH_SIZE, &hash_n) ||
	    hash_n != SIGN_HASH_SIZE ||
	    (audit_n != 0 && audit_n != SIGN_HASH_SIZE))
		return false;
	r.has_audit = audit_n != 0;
	*ret_hashed = bytes_of(line.p, line.n - rest.n);
	*ret = r;
	return true;
}
