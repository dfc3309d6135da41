#include "../unit.h"
#include "base/str.h"
#include "fcgi/cookie.h"

static void
the_first_of_the_name_is_found(void **state)
{
	/* clang-format off */
	static const struct {
		const char *header, *want; /* NULL: none */
	} t[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ "id", NULL },
		{ "id=", "" },
		{ "id=a", "a" },
		{ "x=1; id=a; id=b", "a" },
		{ "xid=1;id=a", "a" },
		{ "ID=1; id=a", "a" },
		{ "id=a=b", "a=b" },
		{ "id=\"a\"", "a" },
		{ "id=a ; x=1", "a" },
		{ "; ;; id=a", "a" },
		{ "x=id=1", NULL },
		{ "id=a b", NULL },
		{ "id=a\"b", NULL },
		{ "id=a\x7F", NULL },
		{ "id=12345678", NULL }, /* does not fit */
	};
	/* clang-format on */
	char v[8];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		bool found = fcgi_cookie_find(t[i].header, "id", v, sizeof(v));

		assert_int_equal(found, t[i].want != NULL);
		assert_string_equal(v, t[i].want ? t[i].want : "");
	}
}

static void
what_is_set_is_safe(void **state)
{
	struct fcgi_cookie c = { "__Host-id", "a", -1, COOKIE_STRICT, false };
	struct fcgi_reply r;

	(void)state;
	fcgi_reply_init(&r);
	fcgi_cookie_set(&r, &c);
	assert_string_equal(buf_str(&r.headers),
	    "Set-Cookie: __Host-id=a; Path=/; Secure; HttpOnly; "
	    "SameSite=Strict\r\n");
	fcgi_reply_reset(&r);
	c = (struct fcgi_cookie){ "Requests", "", 0, COOKIE_LAX, true };
	fcgi_cookie_set(&r, &c);
	assert_string_equal(buf_str(&r.headers),
	    "Set-Cookie: Requests=; Path=/; Secure; SameSite=Lax; "
	    "Max-Age=0\r\n");
	assert_false(fcgi_reply_failed(&r));
	fcgi_reply_clear(&r);
}

static void
what_could_break_out_is_refused(void **state)
{
	static const char *const bad[] = { "a;b", "a b", "a\r\nX: y", "a,b",
		"a\"b", "a\\b", "\xC3\xA9" };
	struct fcgi_reply r;
	size_t i;

	(void)state;
	fcgi_reply_init(&r);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		fcgi_reply_reset(&r);
		fcgi_cookie_set(
		    &r, &(struct fcgi_cookie){ .name = "a", .value = bad[i] });
		assert_true(fcgi_reply_failed(&r));
		fcgi_reply_reset(&r);
		fcgi_cookie_set(
		    &r, &(struct fcgi_cookie){ .name = bad[i], .value = "a" });
		assert_true(fcgi_reply_failed(&r));
		assert_int_equal(r.headers.n, 0);
	}
	fcgi_reply_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_the_name_is_found),
		cmocka_unit_test(what_is_set_is_safe),
		cmocka_unit_test(what_could_break_out_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
