/* fixture.h - a database in a folder of its own, with a writer and a reader.
 */
#pragma once
#include "../unit.h"
#include "store/store.h"

struct fixture {
	char folder[64];
	char url[128]; /* "sqlite:FOLDER/ca.db" */
	struct store *store;
	struct store_writer *w;
	struct store_reader *r;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
const char *fixture_path(const struct fixture *f);
/* Close and open everything again. */
void fixture_reopen(struct fixture *f);

void fixture_begin(struct fixture *f);
void fixture_commit(struct fixture *f);
/* A request whose texts and bytes all differ; serial from n, 19 bytes. */
struct store_request fixture_request(enum disposition d, const char *owner);
struct bytes fixture_serial(uint8_t dst[19], unsigned n);
/* Insert in a transaction of its own; the number. */
uint64_t fixture_insert(struct fixture *f, const struct store_request *q);

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

#define assert_ok(call)                                          \
	do {                                                     \
		struct err ok_err_ = { 0 };                      \
		struct err *err = &ok_err_;                      \
		if ((call) != 0)                                 \
			fail_msg("%s: %s", #call, ok_err_.text); \
	} while (0)
#define assert_err(expected, call)                                   \
	do {                                                         \
		struct err bad_err_ = { 0 };                         \
		struct err *err = &bad_err_;                         \
		assert_int_equal((call), -1);                        \
		if (bad_err_.code != (expected))                     \
			fail_msg("%s: got %s: %s", #call,            \
			    err_name(bad_err_.code), bad_err_.text); \
		assert_true(bad_err_.text[0]);                       \
	} while (0)
