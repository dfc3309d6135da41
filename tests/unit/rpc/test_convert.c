/* Every message has a table that covers it, and what fits comes back as it was
 * (test_convert_limits.c: what does not fit). */
#include "../unit.h"
#include "messages.h"
#include "rpc/ca_convert.h"

/* --- tables cover the definitions -------------------------------------- */

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
	const ProtobufCFieldDescriptor *d = messages_descriptor(c, f);

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
	assert_true(messages_number() >= 40);
	messages_each(message_is_covered);
	messages_each_field(row_is_bound_rightly);
}

/* --- there and back ---------------------------------------------------- */

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
		AUTO(rpc_arena) a = rpc_arena_new(0, MESSAGES_MEMORY);
		void *plain = rpc_arena_zalloc(a, c->plain_size);
		struct err err = { 0 };
		struct bytes wire;
		const void *back;
		size_t n;

		messages_invent(c, plain, a, 5);
		if (rpc_convert_encode(c, plain, a, &wire, &err) < 0 ||
		    rpc_convert_decode(c, wire, a, &back, &err) < 0)
			fail_msg("%s: %s", c->name, err.text);
		same(c, plain, back);
		/* Cut short anywhere: an error or a message, no harm. */
		for (n = 0; n < wire.n && n < 400; n++) {
			AUTO(rpc_arena) b = rpc_arena_new(0, MESSAGES_MEMORY);

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
	messages_each(goes_there_and_back);
}

/* --- memory ------------------------------------------------------------ */

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
		cmocka_unit_test(test_the_largest_lists_fit),
	};

	return cmocka_run_group_tests(tests, messages_collect, NULL);
}
