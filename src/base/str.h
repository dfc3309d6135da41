/* str.h - text helpers that the C library lacks or gets wrong (locale).
 *
 * All character classes are ASCII. Nothing here allocates unless it says so.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char str_lower_char(char c);
bool str_eq(const char *a, const char *b);    /* NULL equals only NULL */
bool str_eq_ci(const char *a, const char *b); /* ASCII case-insensitive */
bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix_ci(const char *s, const char *suffix);
/* Copy with ASCII letters in lower case; false when dst is too small. */
MUST_CHECK bool str_lower(char *dst, size_t size, const char *src);
/* Copy; false (and an empty dst) when it does not fit. */
MUST_CHECK bool str_copy(char *dst, size_t size, const char *src);
/* Copy bytes that came from outside: false when too long or with a NUL. */
MUST_CHECK bool str_from_bytes(char *dst, size_t size, struct bytes src);
/* Strict UTF-8 (RFC 3629): no surrogates, nothing overlong, no NUL. */
bool str_is_utf8(struct bytes s);
/* UTF-8 without control characters (C0, C1, DEL) and without the characters
 * that change the direction of text (U+202A..E, U+2066..9). */
bool str_is_printable(struct bytes s);
/* Whole-string decimal numbers; false on anything else or out of range. */
MUST_CHECK bool str_u64(const char *s, uint64_t max, uint64_t *ret);
MUST_CHECK bool str_i64(const char *s, int64_t *ret);

/* Lower-case hexadecimal; dst needs 2 * n + 1 bytes. */
void str_hex(char *dst, struct bytes src);
/* Strict: even number of digits, at most max bytes; false otherwise. */
MUST_CHECK bool str_unhex(
    uint8_t *dst, size_t max, const char *s, size_t *ret_n);

/* Base64 (RFC 4648 section 4). The encoder writes no line ends; dst needs
 * str_base64_size(n) bytes with the NUL. */
size_t str_base64_size(size_t n);
void str_base64(char *dst, struct bytes src);
/* Of one digit, 0 to 63; -1: it is none. */
int str_base64_value(uint8_t c);
/* Strict: no white space, right padding, no stray bits; false otherwise. */
MUST_CHECK bool str_unbase64(
    uint8_t *dst, size_t max, struct bytes src, size_t *ret_n);

/* Time as text, UTC. dst of at least STR_TIME_MAX bytes. */
#define STR_TIME_MAX 32
void str_time_iso(char *dst, int64_t t);   /* 2026-11-25T10:00:00Z */
void str_time_human(char *dst, int64_t t); /* 25 Nov 2026, 10:00 UTC */
