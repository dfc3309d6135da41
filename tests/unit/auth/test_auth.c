#include "../unit.h"

#include "auth/auth.h"
#include "base/role.h"
#include "base/str.h"

struct verifier {
	unsigned calls;
	enum err_code answer; /* ERR_OK: it fits */
};

static int
verify(void *ctx, const struct auth_basic *b, const char *address,
    struct auth_account *ret, struct err *err)
{
	struct verifier *v = ctx;

	v->calls++;
	assert_string_equal(address, "192.0.2.1");
	if (v->answer != ERR_OK)
		return err_set(err, v->answer, "no");
	assert_true(str_copy(ret->name, sizeof(ret->name), b->name));
	ret->roles = ROLE_ENROLLEE | 0x80000000u;
	ret->user_version = 5;
	return 0;
}

static const struct fcgi_request alice = {
	.remote_addr = "192.0.2.1",
	.authorization = "Basic YWxpY2U6c2VjcmV0",
};

static struct auth *
start(struct verifier *v)
{
	const struct auth_options options = { verify, v, ROLE_ENROLLEE };
	struct auth *a = NULL;

	assert_int_equal(auth_new(&options, &a, NULL), 0);
	return a;
}

static void
test_who(void **state)
{
	struct verifier v = { .answer = ERR_OK };
	AUTO(auth) a = start(&v);
	struct auth_answer got;
	char owner[IDENTITY_OWNER_MAX];

	(void)state;
	auth_identify(a, &alice, &got);
	assert_int_equal(got.status, AUTH_OK);
	assert_int_equal(got.roles, ROLE_ENROLLEE); /* unknown bits dropped */
	assert_true(got.per_request);
	identity_owner(&got.identity, owner);
	assert_string_equal(owner, "local\\alice");
	assert_int_equal(got.identity.method, IDENTITY_BASIC);
	/* Not asked again, until an account changes. */
	auth_identify(a, &alice, &got);
	assert_int_equal(got.status, AUTH_OK);
	assert_int_equal(v.calls, 1);
	auth_user_version(a, 6);
	auth_identify(a, &alice, &got);
	assert_int_equal(v.calls, 2);
}

static void
test_nobody(void **state)
{
	const struct fcgi_request none = { .remote_addr = "192.0.2.1" };
	const struct fcgi_request foreign = { .remote_addr = "192.0.2.1",
		/* CORP\alice:x */
		.authorization = "Basic Q09SUFxhbGljZTp4" };
	struct verifier v = { .answer = ERR_OK };
	AUTO(auth) a = start(&v);
	struct auth_answer got;

	(void)state;
	auth_identify(a, &none, &got);
	assert_int_equal(got.status, AUTH_NOBODY);
	auth_identify(a, &foreign, &got);
	assert_int_equal(got.status, AUTH_WRONG);
	assert_int_equal(v.calls, 0);
}

static void
test_never_weaker(void **state)
{
	static const enum err_code silent[] = { ERR_UNAVAILABLE, ERR_BUSY,
		ERR_TIMEOUT, ERR_INTERNAL, ERR_DENIED };
	struct auth_answer got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(silent); i++) {
		struct verifier v = { .answer = silent[i] };
		AUTO(auth) a = start(&v);

		auth_identify(a, &alice, &got);
		assert_int_equal(got.status, AUTH_UNAVAILABLE);
		/* Neither a failure nor a success was remembered. */
		v.answer = ERR_OK;
		auth_identify(a, &alice, &got);
		assert_int_equal(got.status, AUTH_OK);
	}
}

static void
test_guessing_is_slowed(void **state)
{
	struct verifier v = { .answer = ERR_UNAUTHENTICATED };
	AUTO(auth) a = start(&v);
	struct auth_answer got;
	unsigned i;

	(void)state;
	for (i = 0; i <= AUTH_LIMIT_BURST; i++) {
		auth_identify(a, &alice, &got);
		assert_int_equal(got.status, AUTH_WRONG);
	}
	auth_identify(a, &alice, &got);
	assert_int_equal(got.status, AUTH_SLOW_DOWN);
	assert_int_equal(got.retry_after, 1);
	assert_int_equal(v.calls, AUTH_LIMIT_BURST + 1);
}

/* Somebody guesses at alice's password; she goes on working. */
static void
test_the_owner_is_not_kept_out(void **state)
{
	const struct fcgi_request guess = { .remote_addr = "192.0.2.1",
		.authorization = "Basic YWxpY2U6d3Jvbmc=" };
	struct verifier v = { .answer = ERR_OK };
	AUTO(auth) a = start(&v);
	struct auth_answer got;
	unsigned i;

	(void)state;
	auth_identify(a, &alice, &got);
	v.answer = ERR_UNAUTHENTICATED;
	for (i = 0; i < 3 * AUTH_LIMIT_BURST; i++)
		auth_identify(a, &guess, &got);
	assert_int_equal(got.status, AUTH_SLOW_DOWN);
	auth_identify(a, &alice, &got);
	assert_int_equal(got.status, AUTH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_never_weaker),
		cmocka_unit_test(test_guessing_is_slowed),
		cmocka_unit_test(test_the_owner_is_not_kept_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
