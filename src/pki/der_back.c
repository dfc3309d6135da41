/* The writing half of der.h. */
#include "pki/der.h"

#include <assert.h>

void
der_back_init(struct der_back *b, uint8_t *buf, size_t size, size_t tail)
{
	assert(tail <= size);
	b->buf = buf;
	b->p = b->end = buf + size - tail;
	b->failed = false;
}

static inline uint8_t *
room(struct der_back *b, size_t n)
{
	if (b->failed || (size_t)(b->p - b->buf) < n) {
		b->failed = true;
		return NULL;
	}
	b->p -= n;
	return b->p;
}

void
der_back_put(struct der_back *b, const void *p, size_t n)
{
	uint8_t *to = room(b, n);

	if (to && n)
		memcpy(to, p, n);
}

void
der_back_bytes(struct der_back *b, struct bytes x)
{
	der_back_put(b, x.p, x.n);
}

void
der_back_head(struct der_back *b, uint8_t tag, size_t len)
{
	uint8_t *p = room(b, der_head_size(len));
	size_t n = der_head_size(len) - 2;

	if (!p)
		return;
	*p++ = tag;
	if (n > 0)
		*p++ = (uint8_t)(0x80 | n);
	else
		*p = (uint8_t)len;
	for (; n > 0; n--)
		*p++ = (uint8_t)(len >> 8 * (n - 1));
}

void
der_back_wrap(struct der_back *b, uint8_t tag, const uint8_t *mark)
{
	der_back_head(b, tag, (size_t)(mark - b->p));
}

void
der_back_prim(struct der_back *b, uint8_t tag, struct bytes content)
{
	der_back_bytes(b, content);
	der_back_head(b, tag, content.n);
}

void
der_back_bool(struct der_back *b, bool v)
{
	const uint8_t all[3] = { DER_BOOLEAN, 1, v ? 0xff : 0 };

	der_back_put(b, all, sizeof(all));
}

void
der_back_null(struct der_back *b)
{
	der_back_put(b, "\x05\x00", 2);
}

void
der_back_uint(struct der_back *b, uint64_t v)
{
	uint8_t be[8];
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		be[i] = (uint8_t)v;
	der_back_positive(b, BYTES_OF(be));
}

void
der_back_positive(struct der_back *b, struct bytes x)
{
	static const uint8_t zero = 0;
	size_t n;

	while (x.n > 0 && x.p[0] == 0) {
		x.p++;
		x.n--;
	}
	n = x.n;
	der_back_bytes(b, x);
	if (x.n == 0 || x.p[0] >= 0x80) {
		der_back_put(b, &zero, 1);
		n++;
	}
	der_back_head(b, DER_INTEGER, n);
}

void
der_back_bits(struct der_back *b, struct bytes bits)
{
	der_back_bytes(b, bits);
	der_back_put(b, "", 1);
	der_back_head(b, DER_BIT_STRING, bits.n + 1);
}

void
der_back_named_bits(struct der_back *b, uint16_t bits)
{
	uint8_t out[3] = { 0, 0, 0 };
	size_t n = 0;
	unsigned i;

	for (i = 0; i < 16; i++) {
		if (!(bits & 1U << i))
			continue;
		out[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
		out[0] = (uint8_t)(7 - i % 8);
		n = 1 + i / 8;
	}
	der_back_prim(b, DER_BIT_STRING, bytes_of(out, n + 1));
}

static void
put_two(uint8_t *p, int v)
{
	p[0] = (uint8_t)('0' + v / 10);
	p[1] = (uint8_t)('0' + v % 10);
}

void
der_back_time(struct der_back *b, int64_t t)
{
	struct der_date d;
	uint8_t text[14];

	if (t < DER_TIME_MIN || t > DER_TIME_MAX) {
		b->failed = true;
		return;
	}
	der_date_of(t, &d);
	put_two(text, d.year / 100);
	put_two(text + 2, d.year % 100);
	put_two(text + 4, d.month);
	put_two(text + 6, d.day);
	put_two(text + 8, d.hour);
	put_two(text + 10, d.minute);
	put_two(text + 12, d.second);
	der_back_put(b, "Z", 1);
	if (t < DER_TIME_2050) {
		der_back_put(b, text + 2, 12);
		der_back_head(b, DER_UTC_TIME, 13);
	} else {
		der_back_put(b, text, 14);
		der_back_head(b, DER_GENERAL_TIME, 15);
	}
}

struct bytes
der_back_done(const struct der_back *b)
{
	return b->failed ? BYTES_NONE : bytes_of(b->p, (size_t)(b->end - b->p));
}
