/* Every message against its table: each limit, once exceeded, refuses the
 * message, when it is read and when it is written. */
#include "../unit.h"
#include "base/buf.h"
#include "base/str.h"
#include "messages.h"
#include "rpc/ca_convert.h"
#include "rpc/sign_convert.h"

#define WIRE_MAX (MESSAGES_MEMORY / 2)

/* --- messages by hand -------------------------------------------------- */

static void
add_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_add_char(b, (char)(v | 0x80));
	buf_add_char(b, (char)v);
}

static void
add_tag(struct buf *b, const struct rpc_convert *c,
    const struct rpc_convert_field *f, unsigned type)
{
	add_varint(b, (uint64_t)messages_descriptor(c, f)->id << 3 | type);
}

static void
add_number(struct buf *b, const struct rpc_convert *c,
    const struct rpc_convert_field *f, uint64_t v)
{
	add_tag(b, c, f, 0);
	add_varint(b, v);
}

static void
add_run(struct buf *b, const struct rpc_convert *c,
    const struct rpc_convert_field *f, struct bytes s)
{
	add_tag(b, c, f, 2);
	add_varint(b, s.n);
	buf_add_bytes(b, s);
}

/* The shortest valid message, without one field. */
static void
add_least(struct buf *b, const struct rpc_convert *c,
    const struct rpc_convert_field *without)
{
	size_t i;

	for (i = 0; i < c->field_count; i++) {
		const struct rpc_convert_field *f = &c->fields[i];

		if (f == without)
			continue;
		if (f->known && !f->known(0))
			add_number(b, c, f, messages_any_known(f));
		if (f->kind == RPC_CONVERT_MESSAGE) {
			AUTO_BUF sub = BUF_WITH_LIMIT(WIRE_MAX);

			add_least(&sub, f->sub, NULL);
			add_run(b, c, f, buf_bytes(&sub));
		}
	}
}

static bool
reads(const struct rpc_convert *c, const struct buf *b)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, 2 * MESSAGES_MEMORY);
	struct err err = { 0 };
	const void *plain;

	assert_false(buf_failed(b));
	if (rpc_convert_decode(c, buf_bytes(b), a, &plain, &err) == 0)
		return true;
	assert_int_not_equal(err.code, ERR_OK);
	assert_int_not_equal(err.text[0], 0);
	return false;
}

static bool
reads_run(const struct rpc_convert *c, const struct rpc_convert_field *f,
    struct bytes s)
{
	AUTO_BUF b = BUF_WITH_LIMIT(WIRE_MAX);

	add_least(&b, c, f);
	add_run(&b, c, f, s);
	return reads(c, &b);
}

static bool
reads_number(
    const struct rpc_convert *c, const struct rpc_convert_field *f, uint64_t v)
{
	AUTO_BUF b = BUF_WITH_LIMIT(WIRE_MAX);

	add_least(&b, c, f);
	add_number(&b, c, f, v);
	return reads(c, &b);
}

static bool
reads_list(
    const struct rpc_convert *c, const struct rpc_convert_field *f, size_t n)
{
	AUTO_BUF b = BUF_WITH_LIMIT(WIRE_MAX);
	AUTO_BUF sub = BUF_WITH_LIMIT(WIRE_MAX);
	size_t i;

	add_least(&sub, f->sub, NULL);
	add_least(&b, c, f);
	for (i = 0; i < n; i++)
		add_run(&b, c, f, buf_bytes(&sub));
	return reads(c, &b);
}

static void
limit_holds(const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	AUTO_MEM char *s = calloc(1, f->max + 1);
	uint32_t v;

	memset(s, 'a', f->max + 1);
	switch (f->kind) {
	case RPC_CONVERT_ARRAY:
		assert_false(reads_run(c, f, BYTES_LIT("a\x01z")));
		assert_false(reads_run(c, f, BYTES_LIT("a\nz")));
		__attribute__((fallthrough));
	case RPC_CONVERT_TEXT:
	case RPC_CONVERT_PEOPLE:
		assert_false(reads_run(c, f, BYTES_LIT("a\0z")));
		assert_false(reads_run(c, f, BYTES_LIT("\0")));
		assert_false(reads_run(c, f, BYTES_LIT("\xff")));
		assert_false(reads_run(c, f, BYTES_LIT("\xc3")));
		assert_false(reads_run(c, f, BYTES_LIT("\xed\xa0\x80")));
		__attribute__((fallthrough));
	case RPC_CONVERT_BYTES:
		assert_true(reads_run(c, f, bytes_of(s, f->max)));
		assert_false(reads_run(c, f, bytes_of(s, f->max + 1)));
		break;
	case RPC_CONVERT_BOOL:
		assert_true(reads_number(c, f, 1));
		assert_false(reads_number(c, f, 2));
		break;
	case RPC_CONVERT_U32:
		assert_false(reads_number(c, f, UINT64_C(1) << 32));
		for (v = 0; f->known && v < 5000; v++)
			assert_int_equal(reads_number(c, f, v), f->known(v));
		if (f->known)
			assert_false(reads_number(c, f, UINT32_MAX));
		break;
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
		assert_true(reads_number(c, f, UINT64_MAX));
		break;
	case RPC_CONVERT_MESSAGE:
		assert_false(reads_run(c, f, BYTES_LIT("\x98\x3f\x01")));
		break;
	case RPC_CONVERT_LIST:
		assert_true(reads_list(c, f, f->max));
		assert_false(reads_list(c, f, f->max + 1));
		assert_false(reads_run(c, f, BYTES_LIT("\x98\x3f\x01")));
		break;
	}
}

static void
test_limits_hold_for_readers(void **state)
{
	(void)state;
	messages_each_field(limit_holds);
}

static void
nothing_twice(const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	AUTO_BUF b = BUF_WITH_LIMIT(WIRE_MAX);
	AUTO_BUF wrong = BUF_WITH_LIMIT(WIRE_MAX);
	bool run = f->kind <= RPC_CONVERT_BYTES;
	bool number =
	    f->kind >= RPC_CONVERT_BOOL && f->kind < RPC_CONVERT_MESSAGE;
	uint32_t v = number && f->known ? messages_any_known(f) : 1;

	add_least(&b, c, f);
	add_least(&wrong, c, f);
	add_tag(&wrong, c, f, number ? 1 : 0); /* 64 bits, a number */
	buf_add(&wrong, "\0\0\0\0\0\0\0\0", number ? 8 : 1);
	assert_false(reads(c, &wrong));
	if (!run && !number)
		return;
	if (run)
		add_run(&b, c, f, BYTES_LIT("a"));
	else
		add_number(&b, c, f, v);
	assert_true(reads(c, &b));
	if (run)
		add_run(&b, c, f, BYTES_LIT("a"));
	else
		add_number(&b, c, f, v);
	assert_false(reads(c, &b));
}

static void
nothing_unknown(const struct rpc_convert *c)
{
	AUTO_BUF b = BUF_WITH_LIMIT(WIRE_MAX);
	size_t n;

	add_least(&b, c, NULL);
	assert_true(reads(c, &b));
	n = b.n;
	add_varint(&b, 63 << 3);
	add_varint(&b, 1);
	assert_false(reads(c, &b));
	b.n = n;
	add_varint(&b, 0); /* field 0 */
	add_varint(&b, 0);
	assert_false(reads(c, &b));
	b.n = n;
	add_varint(&b, 1 << 3 | 3); /* a group */
	assert_false(reads(c, &b));
	b.n = n;
	buf_add(&b, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
	assert_false(reads(c, &b));
}

static void
test_nothing_twice_nothing_unknown(void **state)
{
	(void)state;
	messages_each_field(nothing_twice);
	messages_each(nothing_unknown);
}

/* --- the sender is held to the same ------------------------------------ */

static bool
writes(const struct rpc_convert *c, const void *plain, struct rpc_arena *a,
    struct bytes *ret)
{
	struct err err = { 0 };

	if (rpc_convert_encode(c, plain, a, ret, &err) == 0)
		return true;
	assert_non_null(strstr(err.text, c->name));
	return false;
}

static void
limit_holds_for_writer(
    const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, 2 * MESSAGES_MEMORY);
	void *plain = rpc_arena_zalloc(a, c->plain_size);
	void *at = (uint8_t *)plain + f->plain;
	void *count_at = (uint8_t *)plain + f->plain_count;
	AUTO_MEM char *s = calloc(1, f->max + 2);
	struct bytes wire;
	const void *back;
	const char *cut;

	memset(s, 'a', f->max + 1);
	messages_invent(c, plain, a, 2);
	switch (f->kind) {
	case RPC_CONVERT_TEXT:
		s[f->max + 1] = 0;
		*(const char **)at = s;
		assert_false(writes(c, plain, a, &wire));
		*(const char **)at = "\xff";
		assert_false(writes(c, plain, a, &wire));
		break;
	case RPC_CONVERT_PEOPLE:
		/* A character of two bytes lies across the cut. */
		memcpy(s + f->max - 4, "\xc3\xa9", 2);
		s[f->max + 1] = 0;
		*(const char **)at = s;
		assert_true(writes(c, plain, a, &wire));
		assert_int_equal(
		    rpc_convert_decode(c, wire, a, &back, NULL), 0);
		cut =
		    *(const char *const *)(const void *)((const uint8_t *)back +
							 f->plain);
		assert_int_equal(strlen(cut), f->max - 1);
		assert_true(str_has_suffix_ci(cut, "a\xe2\x80\xa6"));
		*(const char **)at = "\xff";
		assert_true(writes(c, plain, a, &wire));
		assert_int_equal(
		    rpc_convert_decode(c, wire, a, &back, NULL), 0);
		break;
	case RPC_CONVERT_BYTES:
		*(struct bytes *)at = bytes_of(s, f->max + 1);
		assert_false(writes(c, plain, a, &wire));
		break;
	case RPC_CONVERT_U32:
		*(uint32_t *)at = UINT32_MAX;
		assert_int_equal(writes(c, plain, a, &wire), !f->known);
		break;
	case RPC_CONVERT_LIST:
		*(size_t *)count_at = f->max + 1;
		assert_false(writes(c, plain, a, &wire));
		break;
	case RPC_CONVERT_ARRAY:
	case RPC_CONVERT_BOOL:
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
	case RPC_CONVERT_MESSAGE:
		break;
	}
}

static void
test_limits_hold_for_writers(void **state)
{
	(void)state;
	messages_each_field(limit_holds_for_writer);
}

/* --- memory ------------------------------------------------------------ */

/* Two bytes on the wire, a hundred in memory, as often as a frame has room. */
static void
test_memory_is_capped(void **state)
{
	AUTO_BUF b = BUF_WITH_LIMIT(RPC_SIGN_FRAME_MAX);
	AUTO(rpc_arena) a = rpc_arena_new(0, RPC_SIGN_MEMORY_MAX);
	const struct rpc_convert *c = &rpc_sign_convert_ask;
	struct err err = { 0 };
	const void *plain;

	(void)state;
	while (b.n + 2 <= RPC_SIGN_FRAME_MAX)
		add_run(&b, c, &c->fields[c->field_count - 1], BYTES_NONE);
	assert_int_equal(
	    rpc_convert_decode(c, buf_bytes(&b), a, &plain, &err), -1);
	assert_non_null(strstr(err.text, "memory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_hold_for_readers),
		cmocka_unit_test(test_nothing_twice_nothing_unknown),
		cmocka_unit_test(test_limits_hold_for_writers),
		cmocka_unit_test(test_memory_is_capped),
	};

	return cmocka_run_group_tests(tests, messages_collect, NULL);
}
