/* The lists of keys: what was added is read again, in order, and belongs to
 * its transaction. */
#include "fixture.h"

#include "store/key.h"

struct seen {
	size_t n, stop;
	uint64_t request[8];
	uint8_t hash[8][32];
	size_t size[8];
};

static bool
take(void *ctx, uint64_t request, struct bytes hash)
{
	struct seen *s = ctx;

	s->request[s->n] = request;
	s->size[s->n] = hash.n;
	memcpy(s->hash[s->n], hash.p, hash.n);
	return ++s->n != s->stop;
}

static struct bytes
hash_of(uint8_t dst[32], uint8_t n)
{
	memset(dst, n, 32);
	dst[8] = 0xee;
	return bytes_of(dst, 32);
}

static uint64_t
request(struct fixture *f, unsigned n)
{
	struct store_request q =
	    fixture_request(DISPOSITION_ISSUED, "local\\alice");
	uint8_t serial[19];

	q.serial = fixture_serial(serial, n);
	return fixture_insert(f, &q);
}

static void
keys_are_listed(void **state)
{
	struct fixture *f = *state;
	struct seen issued = { 0 }, blocked = { 0 }, first = { .stop = 1 };
	uint64_t a = request(f, 1), b = request(f, 2);
	uint8_t hash[32];

	fixture_begin(f);
	assert_ok(store_add_key(f->w, b, hash_of(hash, 2), err));
	assert_ok(store_add_key(f->w, a, hash_of(hash, 1), err));
	assert_ok(store_block_key(f->w, b, hash_of(hash, 2), err));
	fixture_commit(f);
	fixture_reopen(f);
	assert_ok(store_list_keys(f->r, take, &issued, err));
	assert_int_equal(issued.n, 2);
	assert_int_equal(issued.request[0], a);
	assert_int_equal(issued.request[1], b);
	assert_int_equal(issued.size[0], STORE_KEY_PREFIX);
	assert_memory_equal(issued.hash[0], hash_of(hash, 1).p, 8);
	assert_ok(store_list_keys(f->r, take, &first, err));
	assert_int_equal(first.n, 1);
	assert_ok(store_list_blocked_keys(f->r, take, &blocked, err));
	assert_int_equal(blocked.n, 1);
	assert_int_equal(blocked.request[0], b);
	assert_int_equal(blocked.size[0], 32);
	assert_memory_equal(blocked.hash[0], hash_of(hash, 2).p, 32);
}

static void
a_key_has_an_owner(void **state)
{
	struct fixture *f = *state;
	struct store_request q =
	    fixture_request(DISPOSITION_PENDING, "local\\bob");
	uint64_t id = fixture_insert(f, &q), none;
	struct store_key key;

	assert_ok(store_find_key(f->r, id, &key, err));
	assert_string_equal(key.owner, "local\\bob");
	assert_int_equal(key.flags, STORE_REQUEST_RENEWAL);
	assert_memory_equal(key.hash, q.key_hash.p, 32);
	q.key_hash = BYTES_NONE;
	none = fixture_insert(f, &q);
	assert_err(ERR_NOT_FOUND, store_find_key(f->r, none, &key, err));
	assert_err(ERR_NOT_FOUND, store_find_key(f->r, none + 1, &key, err));
}

static void
a_key_belongs_to_its_transaction(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { 0 };
	uint64_t id = request(f, 1);
	uint8_t hash[32];

	fixture_begin(f);
	assert_ok(store_add_key(f->w, id, hash_of(hash, 1), err));
	assert_err(
	    ERR_INVALID, store_add_key(f->w, id, bytes_of(hash, 20), err));
	assert_err(ERR_NOT_FOUND,
	    store_block_key(f->w, id + 1, hash_of(hash, 1), err));
	store_rollback(f->w);
	assert_ok(store_list_keys(f->r, take, &seen, err));
	assert_ok(store_list_blocked_keys(f->r, take, &seen, err));
	assert_int_equal(seen.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_listed),
		TEST(a_key_has_an_owner),
		TEST(a_key_belongs_to_its_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
