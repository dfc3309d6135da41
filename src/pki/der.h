/* der.h - strict DER (X.690) read as borrowed slices, written backwards.
 *
 * Reading copies nothing: a struct der is what is left of a run of elements.
 * Definite minimal lengths only, single-byte tags only, at most three length
 * bytes (16 MiB; der_next_big() takes four, for CRLs). The functions say -1
 * without a text, because only the caller knows what the element was.
 *
 * Writing goes from the end of a fixed buffer towards its start, because a
 * length stands in front of its content: no second pass, no copying. The
 * first write that does not fit marks the writer failed; check once.
 *
 * Trust: input is hostile. No allocation, no globals, no clock; fuzzed by
 * tests/fuzz/fuzz_der.c.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"

/* clang-format off */
enum {
	DER_BOOLEAN = 0x01, DER_INTEGER = 0x02, DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04, DER_NULL = 0x05, DER_OID = 0x06,
	DER_ENUMERATED = 0x0a, DER_UTF8 = 0x0c, DER_NUMERIC = 0x12,
	DER_PRINTABLE = 0x13, DER_T61 = 0x14, DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17, DER_GENERAL_TIME = 0x18, DER_UNIVERSAL = 0x1c,
	DER_BMP = 0x1e, DER_SEQUENCE = 0x30, DER_SET = 0x31,
};
/* clang-format on */
#define DER_CONTEXT(n)   ((uint8_t)(0xa0 | (n))) /* [n], constructed */
#define DER_CONTEXT_P(n) ((uint8_t)(0x80 | (n))) /* [n], primitive */

struct der {
	const uint8_t *p, *end;
};

static inline struct der
der_of(struct bytes b)
{
	return (struct der){ b.p, b.n ? b.p + b.n : b.p };
}

static inline struct bytes
der_bytes(struct der d)
{
	return (struct bytes){ d.p, (size_t)(d.end - d.p) };
}

static inline bool
der_done(const struct der *in)
{
	return in->p == in->end;
}

/* Is there a next element, and does it carry this tag? */
static inline bool
der_peek(const struct der *in, uint8_t tag)
{
	return in->p < in->end && *in->p == tag;
}

/* Take the next element, which must carry this tag. ret_all covers head and
 * content, ret_in the content; either may be NULL. On failure *in is
 * unchanged. */
MUST_CHECK int der_next(
    struct der *in, uint8_t tag, struct der *ret_all, struct der *ret_in);
MUST_CHECK int der_next_big(
    struct der *in, uint8_t tag, struct der *ret_all, struct der *ret_in);
/* The same, whatever the tag (of one byte). */
MUST_CHECK int der_any(
    struct der *in, uint8_t *ret_tag, struct der *ret_all, struct der *ret_in);
/* The one element of this tag that all is: nothing may follow it. */
MUST_CHECK int der_sole(struct bytes all, uint8_t tag, struct der *ret_in);
/* Strict DER all the way down, at most depth levels. */
bool der_is_well_formed(struct bytes all, unsigned depth);

MUST_CHECK int der_bool(struct der *in, bool *ret);
MUST_CHECK int der_null(struct der *in);
/* A non-negative INTEGER below 2^63. */
MUST_CHECK int der_uint(struct der *in, uint64_t *ret);
/* A minimal INTEGER > 0 of any length; ret without the leading zero byte. */
MUST_CHECK int der_positive(struct der *in, struct bytes *ret);
/* An OID; ret is its content, checked to be minimal. */
MUST_CHECK int der_oid(struct der *in, struct bytes *ret);
/* A BIT STRING without unused bits; ret is its content after that byte. */
MUST_CHECK int der_bits(struct der *in, struct bytes *ret);
/* A BIT STRING that is a list of named bits, trailing zeros trimmed (X.690
 * 11.2.2), at most 16; bit 0 of the type is 1 << 0 of *ret. */
MUST_CHECK int der_named_bits(struct der *in, uint16_t *ret);
/* UTCTime or GeneralizedTime, both to the second and with Z; each in its own
 * range of years (RFC 5280 4.1.2.5). Seconds since 1970. */
MUST_CHECK int der_time(struct der *in, int64_t *ret);
bool der_oid_is_valid(struct bytes content);
/* An AlgorithmIdentifier, a SubjectPublicKeyInfo: the shape only. */
bool der_is_algorithm(struct bytes all);
bool der_is_spki(struct bytes all);

/* ---- writing ---------------------------------------------------------- */

#define DER_TIME_2050 INT64_C(2524608000)   /* first second of 2050 */
#define DER_TIME_MAX  INT64_C(253402300799) /* last second of 9999 */
#define DER_TIME_MIN  INT64_C(-631152000)   /* first second of 1950 */

struct der_back {
	uint8_t *buf; /* nothing is written before this */
	uint8_t *p;   /* start of what has been written */
	uint8_t *end;
	bool failed;
};

/* Write into buf[0 .. size - tail); the tail stays free for an appendix. */
void der_back_init(struct der_back *b, uint8_t *buf, size_t size, size_t tail);
void der_back_put(struct der_back *b, const void *p, size_t n);
void der_back_bytes(struct der_back *b, struct bytes x);
void der_back_head(struct der_back *b, uint8_t tag, size_t len);
/* The head for everything written since mark (a former b->p). */
void der_back_wrap(struct der_back *b, uint8_t tag, const uint8_t *mark);
/* One whole element of primitive content. */
void der_back_prim(struct der_back *b, uint8_t tag, struct bytes content);
void der_back_bool(struct der_back *b, bool v); /* true is 0xff */
void der_back_null(struct der_back *b);
void der_back_uint(struct der_back *b, uint64_t v);
/* An INTEGER from unsigned big-endian bytes of any length. */
void der_back_positive(struct der_back *b, struct bytes x);
void der_back_bits(struct der_back *b, struct bytes bits);
void der_back_named_bits(struct der_back *b, uint16_t bits);
/* UTCTime to 2049, GeneralizedTime from 2050; fails outside 1950..9999. */
void der_back_time(struct der_back *b, int64_t t);
/* What has been written; valid while the buffer is. Empty after a failure. */
struct bytes der_back_done(const struct der_back *b);

/* Calendar of a UTC second, and back (proleptic Gregorian). */
struct der_date {
	int year, month, day, hour, minute, second;
};
void der_date_of(int64_t t, struct der_date *ret);
int64_t der_date_seconds(const struct der_date *d);

/* Size of a head (tag and length bytes) in front of len content bytes. */
static inline size_t
der_head_size(uint64_t len)
{
	return len < 0x80        ? 2
	       : len < 0x100     ? 3
	       : len < 0x10000   ? 4
	       : len < 0x1000000 ? 5
				 : 6;
}
