/* Every message against its table: what fits comes back as it was, and each
 * limit, once exceeded, refuses the message. */
#include "../unit.h"
#include "base/buf.h"
#include "base/str.h"
#include "rpc/ca_convert.h"
#include "rpc/scan.h"
#include "rpc/sign_convert.h"

#include <protobuf-c/protobuf-c.h>

#define MEMORY       RPC_CA_REPLY_MEMORY_MAX
#define MESSAGES_MAX 128
#define WIRE_MAX     (MEMORY / 2)

/* --- which messages there are ------------------------------------------ */

static const struct rpc_convert *messages[MESSAGES_MAX];
static size_t message_count;

static void
collect(const struct rpc_convert *c)
{
	size_t i;

	for (i = 0; i < message_count; i++)
		if (messages[i] == c)
			return;
	assert_true(message_count < MESSAGES_MAX);
	messages[message_count++] = c;
	for (i = 0; i < c->field_count; i++)
		if (c->fields[i].sub)
			collect(c->fields[i].sub);
}

static int
collect_all(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 256; i++) {
		const struct rpc_ca_convert *c = rpc_ca_convert_find(i);

		if (c) {
			collect(c->ask);
			collect(c->reply);
		}
	}
	collect(&rpc_sign_convert_status_ask);
	collect(&rpc_sign_convert_status);
	collect(&rpc_sign_convert_make_key);
	collect(&rpc_sign_convert_key);
	collect(&rpc_sign_convert_ask);
	collect(&rpc_sign_convert_reply);
	collect(&rpc_sign_convert_log_ask);
	collect(&rpc_sign_convert_log);
	collect(&rpc_sign_convert_install);
	return 0;
}

static void
each_message(void (*check)(const struct rpc_convert *c))
{
	size_t i;

	for (i = 0; i < message_count; i++)
		check(messages[i]);
}

static void
each_field(void (*check)(
    const struct rpc_convert *c, const struct rpc_convert_field *f))
{
	size_t i, j;

	for (i = 0; i < message_count; i++)
		for (j = 0; j < messages[i]->field_count; j++)
			check(messages[i], &messages[i]->fields[j]);
}

/* --- tables cover the definitions -------------------------------------- */

static const ProtobufCFieldDescriptor *
descriptor(const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	const ProtobufCFieldDescriptor *d =
	    protobuf_c_message_descriptor_get_field_by_name(
		c->descriptor, f->name);

	if (!d)
		fail_msg("%s has no field %s", c->name, f->name);
	return d;
}

static void
row_is_bound_rightly(
    const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	static const ProtobufCType types[] = {
		[RPC_CONVERT_TEXT] = PROTOBUF_C_TYPE_BYTES,
		[RPC_CONVERT_PEOPLE] = PROTOBUF_C_TYPE_BYTES,
		[RPC_CONVERT_ARRAY] = PROTOBUF_C_TYPE_BYTES,
		[RPC_CONVERT_BYTES] = PROTOBUF_C_TYPE_BYTES,
		[RPC_CONVERT_BOOL] = PROTOBUF_C_TYPE_BOOL,
		[RPC_CONVERT_U32] = PROTOBUF_C_TYPE_UINT32,
		[RPC_CONVERT_U64] = PROTOBUF_C_TYPE_UINT64,
		[RPC_CONVERT_I64] = PROTOBUF_C_TYPE_INT64,
		[RPC_CONVERT_MESSAGE] = PROTOBUF_C_TYPE_MESSAGE,
		[RPC_CONVERT_LIST] = PROTOBUF_C_TYPE_MESSAGE,
	};
	const ProtobufCFieldDescriptor *d = descriptor(c, f);

	assert_int_equal(d->type, types[f->kind]);
	assert_int_equal(d->offset, f->pb);
	assert_int_equal(
	    d->label == PROTOBUF_C_LABEL_REPEATED, f->kind == RPC_CONVERT_LIST);
	if (f->kind == RPC_CONVERT_LIST)
		assert_int_equal(d->quantifier_offset, f->pb_count);
	if (f->sub)
		assert_ptr_equal(d->descriptor, f->sub->descriptor);
}

static void
message_is_covered(const struct rpc_convert *c)
{
	size_t i, j;

	assert_int_equal(c->field_count, c->descriptor->n_fields);
	for (i = 0; i < c->field_count; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    c->fields[i].name, c->fields[j].name);
}

static void
test_tables_cover_the_messages(void **state)
{
	(void)state;
	assert_true(message_count >= 40);
	each_message(message_is_covered);
	each_field(row_is_bound_rightly);
}

/* --- there and back ---------------------------------------------------- */

static uint64_t seed = 1;

static uint64_t
any(void)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return seed >> 16;
}

static char *
any_text(struct rpc_arena *a, size_t max)
{
	size_t i, n = any() % ((max < 300 ? max : 300) + 1);
	char *s = rpc_arena_alloc(a, n + 1);

	for (i = 0; i < n; i++)
		s[i] = (char)(' ' + any() % 95);
	if (n >= 2 && any() % 2)
		memcpy(s, "\xc3\xa9", 2);
	s[n] = 0;
	return s;
}

static uint32_t
any_known(const struct rpc_convert_field *f)
{
	uint32_t v;

	if (!f->known)
		return (uint32_t)any();
	do
		v = (uint32_t)(any() % 1100);
	while (!f->known(v));
	return v;
}

static void invent(const struct rpc_convert *c, void *plain,
    struct rpc_arena *a, size_t list_max);

static void
invent_field(const struct rpc_convert_field *f, void *plain,
    struct rpc_arena *a, size_t list_max)
{
	void *at = (uint8_t *)plain + f->plain;
	void *count_at = (uint8_t *)plain + f->plain_count;
	size_t i, n;
	uint8_t *p;

	switch (f->kind) {
	case RPC_CONVERT_TEXT:
	case RPC_CONVERT_PEOPLE:
		*(char **)at = any_text(a, f->max);
		break;
	case RPC_CONVERT_ARRAY:
		assert_true(str_copy(at, f->max + 1, any_text(a, f->max)));
		break;
	case RPC_CONVERT_BYTES:
		n = any() % ((f->max < 300 ? f->max : 300) + 1);
		p = rpc_arena_alloc(a, n);
		for (i = 0; i < n; i++)
			p[i] = (uint8_t)any();
		*(struct bytes *)at = bytes_of(p, n);
		break;
	case RPC_CONVERT_BOOL:
		*(bool *)at = any() % 2;
		break;
	case RPC_CONVERT_U32:
		*(uint32_t *)at = any_known(f);
		break;
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
		*(uint64_t *)at = any() << (any() % 32);
		break;
	case RPC_CONVERT_MESSAGE:
		invent(f->sub, at, a, list_max);
		break;
	case RPC_CONVERT_LIST:
		n = any() % (list_max + 1);
		p = rpc_arena_zalloc(a, n * f->sub->plain_size + 1);
		for (i = 0; i < n; i++)
			invent(f->sub, p + i * f->sub->plain_size, a, list_max);
		*(void **)at = p;
		*(size_t *)count_at = n;
		break;
	}
}

static void
invent(const struct rpc_convert *c, void *plain, struct rpc_arena *a,
    size_t list_max)
{
	size_t i;

	for (i = 0; i < c->field_count; i++)
		invent_field(&c->fields[i], plain, a, list_max);
}

static void same(const struct rpc_convert *c, const void *x, const void *y);

static void
same_field(const struct rpc_convert_field *f, const void *x, const void *y)
{
	const void *px = (const uint8_t *)x + f->plain;
	const void *py = (const uint8_t *)y + f->plain;
	const uint8_t *lx, *ly;
	size_t i, n;

	switch (f->kind) {
	case RPC_CONVERT_TEXT:
	case RPC_CONVERT_PEOPLE:
		assert_string_equal(
		    *(const char *const *)px, *(const char *const *)py);
		break;
	case RPC_CONVERT_ARRAY:
		assert_string_equal(px, py);
		break;
	case RPC_CONVERT_BYTES:
		assert_true(bytes_eq(
		    *(const struct bytes *)px, *(const struct bytes *)py));
		break;
	case RPC_CONVERT_BOOL:
		assert_int_equal(*(const bool *)px, *(const bool *)py);
		break;
	case RPC_CONVERT_U32:
		assert_memory_equal(px, py, 4);
		break;
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
		assert_memory_equal(px, py, 8);
		break;
	case RPC_CONVERT_MESSAGE:
		same(f->sub, px, py);
		break;
	case RPC_CONVERT_LIST:
		n = *(const size_t *)(const void *)((const uint8_t *)x +
						    f->plain_count);
		assert_memory_equal((const uint8_t *)x + f->plain_count,
		    (const uint8_t *)y + f->plain_count, sizeof(n));
		lx = *(const uint8_t *const *)px;
		ly = *(const uint8_t *const *)py;
		for (i = 0; i < n; i++)
			same(f->sub, lx + i * f->sub->plain_size,
			    ly + i * f->sub->plain_size);
		break;
	}
}

static void
same(const struct rpc_convert *c, const void *x, const void *y)
{
	size_t i;

	for (i = 0; i < c->field_count; i++)
		same_field(&c->fields[i], x, y);
}

static void
goes_there_and_back(const struct rpc_convert *c)
{
	int round;

	for (round = 0; round < 20; round++) {
		AUTO(rpc_arena) a = rpc_arena_new(0, MEMORY);
		void *plain = rpc_arena_zalloc(a, c->plain_size);
		struct err err = { 0 };
		struct bytes wire;
		const void *back;
		size_t n;

		invent(c, plain, a, 5);
		if (rpc_convert_encode(c, plain, a, &wire, &err) < 0 ||
		    rpc_convert_decode(c, wire, a, &back, &err) < 0)
			fail_msg("%s: %s", c->name, err.text);
		same(c, plain, back);
		/* Cut short anywhere: an error or a message, no harm. */
		for (n = 0; n < wire.n && n < 400; n++) {
			AUTO(rpc_arena) b = rpc_arena_new(0, MEMORY);

			if (rpc_convert_decode(
				c, bytes_of(wire.p, n), b, &back, &err) < 0)
				assert_int_not_equal(err.code, ERR_OK);
		}
	}
}

static void
test_there_and_back(void **state)
{
	(void)state;
	each_message(goes_there_and_back);
}

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
	add_varint(b, (uint64_t)descriptor(c, f)->id << 3 | type);
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
			add_number(b, c, f, any_known(f));
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
	AUTO(rpc_arena) a = rpc_arena_new(0, 2 * MEMORY);
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
	each_field(limit_holds);
}

static void
nothing_twice(const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	AUTO_BUF b = BUF_WITH_LIMIT(WIRE_MAX);
	AUTO_BUF wrong = BUF_WITH_LIMIT(WIRE_MAX);
	bool run = f->kind <= RPC_CONVERT_BYTES;
	bool number =
	    f->kind >= RPC_CONVERT_BOOL && f->kind < RPC_CONVERT_MESSAGE;
	uint32_t v = number && f->known ? any_known(f) : 1;

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
	each_field(nothing_twice);
	each_message(nothing_unknown);
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
	AUTO(rpc_arena) a = rpc_arena_new(0, 2 * MEMORY);
	void *plain = rpc_arena_zalloc(a, c->plain_size);
	void *at = (uint8_t *)plain + f->plain;
	void *count_at = (uint8_t *)plain + f->plain_count;
	AUTO_MEM char *s = calloc(1, f->max + 2);
	struct bytes wire;
	const void *back;
	const char *cut;

	memset(s, 'a', f->max + 1);
	invent(c, plain, a, 2);
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
	each_field(limit_holds_for_writer);
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

/* The largest answer within the limits fits its frame and its memory. */
static void
test_the_largest_lists_fit(void **state)
{
	AUTO(rpc_arena) a = rpc_arena_new(0, RPC_CA_REPLY_MEMORY_MAX);
	AUTO(rpc_arena) b = rpc_arena_new(0, RPC_CA_REPLY_MEMORY_MAX);
	const struct rpc_convert *c = rpc_ca_convert_find(RPC_USER_LIST)->reply;
	AUTO_MEM struct rpc_user *users = calloc(RPC_USERS_MAX, sizeof(*users));
	const struct rpc_user_list list = { users, RPC_USERS_MAX };
	char name[IDENTITY_NAME_MAX] = { 0 }, mail[257] = { 0 };
	const void *back;
	struct bytes wire;
	size_t i;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	memset(mail, 'a', sizeof(mail) - 1);
	for (i = 0; i < RPC_USERS_MAX; i++)
		users[i] = (struct rpc_user){ name, 0x20f, mail, mail, -1, true,
			true, INT64_MAX, 0 };
	assert_int_equal(rpc_convert_encode(c, &list, a, &wire, NULL), 0);
	assert_true(wire.n < RPC_CA_REPLY_FRAME_MAX - 100);
	assert_int_equal(rpc_convert_decode(c, wire, b, &back, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_cover_the_messages),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_limits_hold_for_readers),
		cmocka_unit_test(test_nothing_twice_nothing_unknown),
		cmocka_unit_test(test_limits_hold_for_writers),
		cmocka_unit_test(test_memory_is_capped),
		cmocka_unit_test(test_the_largest_lists_fit),
	};

	return cmocka_run_group_tests(tests, collect_all, NULL);
}
