/* The committer: order, isolation, failure. Real SQLite, no sockets. */
#include "base/thread.h"
#include "ca/audit.h"
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>

enum how { GOOD, REFUSED, SPOILT, SPOILT_LATE };

struct test_change {
	struct ca_change change;
	enum how how;
	unsigned number;
	unsigned applied;
	bool failed;
	struct err err;
	unsigned order; /* in which it was told, from 1 */
};

static atomic_uint told;

static int
apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct test_change *c = (struct test_change *)self;
	char name[32];

	c->applied++;
	snprintf(name, sizeof(name), "change-%u", c->number);
	if (c->how == REFUSED)
		return err_set(err, ERR_BAD_STATE, "refused");
	if (c->how == SPOILT)
		return err_set(err, ERR_INTERNAL, "spoilt");
	if (store_set_value(ca_txn_writer(t), name, "here", err) < 0)
		return -1;
	if (ca_audit_add(t,
		&(struct ca_audit_event){ .event = "test", .detail = name },
		err) < 0)
		return -1;
	if (c->how != SPOILT_LATE)
		return 0;
	(void)err_set(err, ERR_EXISTS, "looks like a refusal");
	return ca_txn_spoilt(err);
}

static void
done(struct ca_change *self, const struct err *err)
{
	struct test_change *c = (struct test_change *)self;

	c->failed = err != NULL;
	if (err)
		c->err = *err;
	c->order = atomic_fetch_add(&told, 1) + 1;
}

static bool
is_there(struct fixture *f, unsigned number)
{
	struct store_reader *r = NULL;
	char name[32], *value = NULL;
	struct err err = { 0 };
	bool there;

	snprintf(name, sizeof(name), "change-%u", number);
	assert_int_equal(store_reader_open(f->ca->store, &r, &err), 0);
	assert_int_equal(store_value(r, name, &value, &err), 0);
	there = value != NULL;
	free(value);
	store_reader_close(r);
	return there;
}

/* All in one transaction: the committer starts when they wait already. */
static void
run(struct fixture *f, struct test_change *list, unsigned n)
{
	struct err err = { 0 };

	atomic_store(&told, 0);
	assert_int_equal(ca_commit_start(f->ca, &f->ca->commit, &err), 0);
	for (int i = 0; i < (int)n + 1; i++)
		ca_commit_expect(f->ca->commit, 1);
	for (unsigned i = 0; i < n; i++) {
		list[i].change = (struct ca_change){ NULL, apply, done };
		list[i].number = i;
		ca_commit_submit(f->ca->commit, &list[i].change);
	}
	ca_commit_stop(f->ca->commit);
	f->ca->commit = NULL;
	assert_int_equal(atomic_load(&told), n);
}

static int
setup(void **state)
{
	struct fixture *f;
	struct err err = { 0 };

	if (fixture_setup_stopped(state) < 0)
		return -1;
	f = *state;
	return ca_open(&f->config, &f->ca, &err);
}

static uint64_t
audit_length(struct fixture *f)
{
	struct store_reader *r = NULL;
	uint64_t sequence = 0;
	uint8_t hash[32];
	struct err err = { 0 };

	assert_int_equal(store_reader_open(f->ca->store, &r, &err), 0);
	assert_int_equal(
	    store_audit_head(r, f->ca->node, &sequence, hash, &err), 0);
	store_reader_close(r);
	return sequence;
}

static void
all_are_kept_in_order(void **state)
{
	struct fixture *f = *state;
	struct test_change list[600] = { 0 };

	run(f, list, 600);
	for (unsigned i = 0; i < 600; i++) {
		assert_false(list[i].failed);
		assert_int_equal(list[i].order, i + 1);
	}
	assert_true(is_there(f, 0));
	assert_true(is_there(f, 599));
	assert_int_equal(audit_length(f), 600);
}

static void
refused_one_fails_alone(void **state)
{
	struct fixture *f = *state;
	struct test_change list[10] = { 0 };

	list[4].how = REFUSED;
	run(f, list, 10);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(list[i].failed, i == 4);
		assert_int_equal(is_there(f, i), i != 4);
	}
	assert_int_equal(list[4].err.code, ERR_BAD_STATE);
	assert_string_equal(list[4].err.text, "refused");
	assert_int_equal(audit_length(f), 9);
}

static void
spoilt_one_takes_no_other_with_it(void **state)
{
	struct fixture *f = *state;
	struct test_change list[10] = { 0 };

	list[0].how = SPOILT;
	list[5].how = SPOILT_LATE;
	run(f, list, 10);
	for (unsigned i = 0; i < 10; i++) {
		bool bad = i == 0 || i == 5;

		assert_int_equal(list[i].failed, bad);
		assert_int_equal(is_there(f, i), !bad);
	}
	assert_int_equal(list[5].err.code, ERR_INTERNAL);
	assert_int_equal(audit_length(f), 8);
}

/* The chain has no hole after a rollback, and goes on after a restart. */
static bool
check_link(void *ctx, const struct store_audit *a)
{
	uint8_t *last = ctx; /* 32 */
	struct pki_tools *t = NULL;
	uint8_t hash[32];

	assert_int_equal(pki_tools_new(&t, NULL), 0);
	assert_int_equal(ca_audit_hash(t, a, hash, NULL), 0);
	pki_tools_free(t);
	assert_memory_equal(a->prev.p, last, 32);
	assert_memory_equal(a->hash.p, hash, 32);
	memcpy(last, hash, 32);
	return true;
}

static void
chain_holds_over_failures(void **state)
{
	struct fixture *f = *state;
	struct test_change a[6] = { 0 }, b[6] = { 0 };
	struct store_audit_filter all = { .node = f->ca->node };
	struct store_reader *r = NULL;
	uint8_t last[32] = { 0 };
	struct err err = { 0 };

	a[2].how = SPOILT_LATE;
	b[3].how = REFUSED;
	run(f, a, 6);
	run(f, b, 6);
	assert_int_equal(store_reader_open(f->ca->store, &r, &err), 0);
	assert_int_equal(store_list_audit(r, &all, check_link, last, &err), 0);
	store_reader_close(r);
	assert_int_equal(audit_length(f), 10);
}

static void
waiting_thread_hears_the_end(void **state)
{
	struct fixture *f = *state;
	struct test_change good = { .change = { NULL, apply, NULL } };
	struct test_change bad = { .change = { NULL, apply, NULL },
		.how = REFUSED };
	struct err err = { 0 };

	assert_int_equal(ca_commit_start(f->ca, &f->ca->commit, &err), 0);
	assert_int_equal(ca_commit_wait(f->ca->commit, &good.change, &err), 0);
	assert_int_equal(ca_commit_wait(f->ca->commit, &bad.change, &err), -1);
	assert_int_equal(err.code, ERR_BAD_STATE);
	assert_int_equal(good.applied, 1);
}

#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(all_are_kept_in_order),
		WITH(refused_one_fails_alone),
		WITH(spoilt_one_takes_no_other_with_it),
		WITH(chain_holds_over_failures),
		WITH(waiting_thread_hears_the_end),
	};

	return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
