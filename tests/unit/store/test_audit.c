#include "fixture.h"

#include "base/buf.h"

#define HASH "0123456789abcdef0123456789abcdef"

static void
append(struct fixture *f, const char *node, uint64_t sequence, uint64_t request)
{
	struct store_audit a = { .node = node,
		.sequence = sequence,
		.time = 5,
		.event = "issue",
		.actor = "olga",
		.peer = "web uid 998",
		.request_id = request,
		.detail = "why",
		.serial = BYTES_LIT("serial"),
		.digest = BYTES_LIT(HASH),
		.prev = BYTES_LIT(HASH),
		.hash = BYTES_LIT(HASH) };

	assert_ok(store_append_audit(f->w, &a, err));
}

static bool
see(void *ctx, const struct store_audit *a)
{
	assert_int_equal(a->time, 5);
	assert_string_equal(a->event, "issue");
	assert_string_equal(a->actor, "olga");
	assert_string_equal(a->peer, "web uid 998");
	assert_string_equal(a->detail, "why");
	assert_true(bytes_eq(a->serial, BYTES_LIT("serial")));
	assert_true(bytes_eq(a->digest, BYTES_LIT(HASH)));
	assert_true(bytes_eq(a->prev, BYTES_LIT(HASH)));
	assert_true(bytes_eq(a->hash, BYTES_LIT(HASH)));
	buf_addf(ctx, "%s%u:%u ", a->node, (unsigned)a->sequence,
	    (unsigned)a->request_id);
	return true;
}

#define assert_audit(expected, ...)                                          \
	do {                                                                 \
		struct store_audit_filter filter = { __VA_ARGS__ };          \
		AUTO_BUF seen = BUF_WITH_LIMIT(4000);                        \
		assert_ok(store_list_audit(f->r, &filter, see, &seen, err)); \
		assert_string_equal(buf_str(&seen), expected);               \
	} while (0)

static void
records_are_listed_oldest_first(void **state)
{
	struct fixture *f = *state;

	fixture_begin(f);
	append(f, "b", 1, 0);
	append(f, "a", 1, 0);
	append(f, "a", 2, 9);
	append(f, "a", 3, 8);
	append(f, "b", 2, 9);
	append(f, "a", 4, 9);
	fixture_commit(f);
	assert_audit("a1:0 a2:9 a3:8 a4:9 b1:0 b2:9 ", .limit = 0);
	assert_audit("a3:8 a4:9 ", .node = "a", .after = 2);
	assert_audit("a3:8 ", .node = "a", .after = 2, .limit = 1);
	assert_audit("a2:9 a4:9 b2:9 ", .request_id = 9);
	assert_audit("a4:9 ", .request_id = 9, .node = "a", .after = 2);
	assert_audit("", .request_id = 7);
	assert_audit("", .node = "c");
}

static void
a_sequence_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct store_audit a = { .node = "a", .sequence = 1 };

	fixture_begin(f);
	append(f, "a", 1, 0);
	assert_err(ERR_EXISTS, store_append_audit(f->w, &a, err));
	store_rollback(f->w);
}

static void
the_head_is_the_newest(void **state)
{
	struct fixture *f = *state;
	static const uint8_t zero[32];
	uint8_t hash[32];
	uint64_t sequence;

	memset(hash, 1, sizeof(hash));
	assert_ok(store_audit_head(f->r, "a", &sequence, hash, err));
	assert_int_equal(sequence, 0);
	assert_memory_equal(hash, zero, 32);
	fixture_begin(f);
	append(f, "a", 1, 0);
	append(f, "a", 2, 0);
	append(f, "b", 9, 0);
	fixture_commit(f);
	assert_ok(store_audit_head(f->r, "a", &sequence, hash, err));
	assert_int_equal(sequence, 2);
	assert_memory_equal(hash, HASH, 32);
}

static void
a_named_value_is_the_last_one_set(void **state)
{
	struct fixture *f = *state;
	char *none;
	AUTO_MEM char *value = NULL;
	AUTO_MEM char *empty = NULL;

	assert_ok(store_value(f->r, "node", &none, err));
	assert_null(none);
	fixture_begin(f);
	assert_ok(store_set_value(f->w, "node", "first", err));
	assert_ok(store_set_value(f->w, "node", "second", err));
	assert_ok(store_set_value(f->w, "empty", "", err));
	fixture_commit(f);
	assert_ok(store_value(f->r, "node", &value, err));
	assert_string_equal(value, "second");
	assert_ok(store_value(f->r, "empty", &empty, err));
	assert_string_equal(empty, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_are_listed_oldest_first),
		TEST(a_sequence_is_used_once),
		TEST(the_head_is_the_newest),
		TEST(a_named_value_is_the_last_one_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
