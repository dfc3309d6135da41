/* Limits of requesters and of all of them. */
#include "base/clock.h"
#include "ca/limit.h"
#include "fixture.h"

static struct store *store;
static struct store_writer *writer;
static struct store_reader *reader;

static void
open_store(struct fixture *f)
{
	struct err err = { 0 };

	assert_int_equal(store_open(f->database, &store, &err), 0);
	assert_int_equal(store_writer_open(store, &writer, &err), 0);
	assert_int_equal(store_reader_open(store, &reader, &err), 0);
}

static void
close_store(void)
{
	store_reader_close(reader);
	store_writer_close(writer);
	store_close(store);
}

static void
insert(const char *owner, uint32_t disposition)
{
	const struct store_request r = { .disposition = disposition,
		.kind = "pkcs10",
		.attributes = "",
		.message = "",
		.sentence = "",
		.submitted = clock_now(),
		.owner = owner,
		.requester = owner,
		.caller_owner = owner,
		.caller = owner,
		.peer = "",
		.address = "",
		.officer = "",
		.request_subject = "",
		.subject = "",
		.common_name = "",
		.template_name = "",
		.key_kind = "" };
	struct err err = { 0 };
	uint64_t id;

	assert_int_equal(store_begin(writer, &err), 0);
	if (store_insert_request(writer, &r, &id, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_commit(writer, &err), 0);
}

/* As a submission does: enter, row, leave. */
static int
submit(struct ca_limit *l, const char *owner, uint32_t disposition,
    struct err *err)
{
	struct ca_limit_ticket t = { 0 };

	if (ca_limit_enter(l, reader, owner, &t, err) < 0)
		return -1;
	insert(owner, disposition);
	ca_limit_leave(l, &t, true, disposition == DISPOSITION_PENDING);
	return 0;
}

static void
pending_are_limited_per_requester(void **state)
{
	struct fixture *f = *state;
	struct ca_limit *l = NULL;
	struct err err = { 0 };

	f->config.pending_per_requester = 3;
	open_store(f);
	assert_int_equal(ca_limit_new(&f->config, &l, &err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    submit(l, "local\\alice", DISPOSITION_PENDING, &err), 0);
	assert_int_equal(
	    submit(l, "local\\alice", DISPOSITION_PENDING, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.text, "3 requests"));
	/* Others are not concerned. */
	assert_int_equal(submit(l, "local\\bob", DISPOSITION_PENDING, &err), 0);
	ca_limit_free(l);
	/* A restart does not forget. */
	assert_int_equal(ca_limit_new(&f->config, &l, &err), 0);
	assert_int_equal(
	    submit(l, "local\\alice", DISPOSITION_PENDING, &err), -1);
	ca_limit_free(l);
	close_store();
}

static void
failed_ones_count_for_the_day(void **state)
{
	struct fixture *f = *state;
	struct ca_limit *l = NULL;
	struct err err = { 0 };

	f->config.daily_per_requester = 4;
	open_store(f);
	assert_int_equal(ca_limit_new(&f->config, &l, &err), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    submit(l, "local\\alice", DISPOSITION_FAILED, &err), 0);
	assert_int_equal(
	    submit(l, "local\\alice", DISPOSITION_FAILED, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	ca_limit_free(l);
	close_store();
}

static void
decided_ones_make_room(void **state)
{
	struct fixture *f = *state;
	struct ca_limit *l = NULL;
	struct err err = { 0 };
	struct store_request row = { .id = 1,
		.disposition = DISPOSITION_DENIED,
		.message = "",
		.sentence = "",
		.officer = "",
		.subject = "",
		.common_name = "" };

	f->config.pending_per_requester = 1;
	open_store(f);
	assert_int_equal(ca_limit_new(&f->config, &l, &err), 0);
	assert_int_equal(
	    submit(l, "local\\alice", DISPOSITION_PENDING, &err), 0);
	assert_int_equal(
	    submit(l, "local\\alice", DISPOSITION_PENDING, &err), -1);
	assert_int_equal(store_begin(writer, &err), 0);
	if (store_decide_request(writer, &row, DISPOSITION_PENDING, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_commit(writer, &err), 0);
	assert_int_equal(
	    submit(l, "local\\alice", DISPOSITION_PENDING, &err), 0);
	ca_limit_free(l);
	close_store();
}

static void
what_is_on_its_way_counts(void **state)
{
	struct fixture *f = *state;
	struct ca_limit_ticket t[4] = { 0 };
	struct ca_limit *l = NULL;
	struct err err = { 0 };

	f->config.pending_per_requester = 2;
	f->config.pending_total = 3;
	open_store(f);
	assert_int_equal(ca_limit_new(&f->config, &l, &err), 0);
	assert_int_equal(ca_limit_enter(l, reader, "a", &t[0], &err), 0);
	assert_int_equal(ca_limit_enter(l, reader, "a", &t[1], &err), 0);
	assert_int_equal(ca_limit_enter(l, reader, "a", &t[2], &err), -1);
	assert_int_equal(ca_limit_enter(l, reader, "b", &t[2], &err), 0);
	assert_int_equal(ca_limit_enter(l, reader, "c", &t[3], &err), -1);
	ca_limit_leave(l, &t[0], false, false);
	assert_int_equal(ca_limit_enter(l, reader, "c", &t[3], &err), 0);
	/* What is granted at once cannot come to wait: room for another. */
	ca_limit_granted(l, &t[1]);
	assert_int_equal(ca_limit_enter(l, reader, "a", &t[0], &err), 0);
	for (size_t k = 0; k < ARRAY_LEN(t); k++)
		ca_limit_leave(l, &t[k], false, false);
	ca_limit_free(l);
	close_store();
}

static void
full_disk_stops_submissions(void **state)
{
	struct fixture *f = *state;
	struct ca_limit_ticket t = { 0 };
	struct ca_limit *l = NULL;
	struct err err = { 0 };

	f->config.free_space = UINT64_MAX;
	open_store(f);
	assert_int_equal(ca_limit_new(&f->config, &l, &err), 0);
	assert_int_equal(ca_limit_enter(l, reader, "a", &t, &err), -1);
	assert_int_equal(err.code, ERR_NO_SPACE);
	ca_limit_free(l);
	close_store();
}

#define WITH(test)                       \
	cmocka_unit_test_setup_teardown( \
	    test, fixture_setup_stopped, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(pending_are_limited_per_requester),
		WITH(failed_ones_count_for_the_day),
		WITH(decided_ones_make_room),
		WITH(what_is_on_its_way_counts),
		WITH(full_disk_stops_submissions),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
