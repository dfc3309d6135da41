/* The four public downloads with the CA stopped, from memory and, after the
 * web role has started anew, from the folder. */
#include "../unit.h"

#include "base/str.h"
#include "fake_ca.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
	struct fake_http h;
	const struct bytes *der; /* NULL: not compared */
	const char *type;
} downloads[] = {
	{ { .path = "/certsrv/certnew.cer", .query = "ReqID=CACert&Enc=bin" },
	    &fake_ca_cert, "application/pkix-cert" },
	{ { .path = "/certsrv/certnew.p7b", .query = "ReqID=CACert&Enc=bin" },
	    NULL, "application/x-pkcs7-certificates" },
	{ { .path = "/certsrv/certcrl.crl" }, &fake_crl,
	    "application/pkix-crl" },
	{ { .path = "/certsrv/certcrl.crl", .query = "Type=base&Enc=bin" },
	    &fake_crl, "application/pkix-crl" },
};

static char folder[64];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	(void)snprintf(folder, sizeof(folder), "/tmp/web_copy.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
check_downloads(struct web *w, bool copy)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(downloads); i++) {
		const struct fcgi_reply *r = fake_ask(w, &downloads[i].h);

		assert_int_equal(r->status, 200);
		assert_string_equal(buf_str(&r->type), downloads[i].type);
		if (downloads[i].der)
			assert_true(
			    bytes_eq(buf_bytes(&r->body), *downloads[i].der));
		assert_int_equal(strstr(buf_str(&r->headers),
				     "OpenCertSrv-Copy-Of: ") != NULL,
		    copy);
		assert_int_equal(
		    strstr(buf_str(&r->headers), "Age: ") != NULL, copy);
	}
}

static void
test_ca_stopped(void **state)
{
	AUTO(web) w = NULL;
	AUTO(web) anew = NULL;
	const struct fcgi_reply *r;

	(void)state;
	w = fake_web(folder);
	check_downloads(w, false);
	fake.down = true;
	/* Another process begins with the folder alone. */
	anew = fake_web(folder);
	check_downloads(anew, true);
	/* Everything that needs the CA says so, and that nothing was kept. */
	r = fake_ask(
	    anew, &(struct fake_http){ .path = "/certsrv/", .user = "alice" });
	assert_int_equal(r->status, 503);
	assert_non_null(strstr(buf_str(&r->body), "nothing was kept"));
	assert_non_null(strstr(buf_str(&r->body), "Test &amp; &lt;CA&gt;"));
	assert_non_null(strstr(buf_str(&r->headers), "Retry-After: "));
}

static void
test_stopped_while_signed_in(void **state)
{
	const struct fake_http submit = { .method = HTTP_POST,
		.path = "/certsrv/certfnsh.asp",
		.user = "alice",
		.body = "Mode=newreq&CertRequest=x" };
	AUTO(web) w = NULL;
	const struct fcgi_reply *r;

	(void)state;
	w = fake_web(folder);
	r = fake_ask(
	    w, &(struct fake_http){ .path = "/certsrv/", .user = "alice" });
	assert_int_equal(r->status, 200);
	fake.down = true;
	r = fake_ask(w, &submit);
	assert_int_equal(r->status, 503);
	assert_non_null(strstr(
	    buf_str(&r->body), "Nothing was changed and nothing was kept."));
	/* An answer that was lost is another thing. */
	fake.down = false;
	fake.fail = ERR_LOST;
	fake.fail_text = "the connection was lost";
	r = fake_ask(w, &submit);
	assert_int_equal(r->status, 503);
	assert_null(strstr(buf_str(&r->body), "nothing was kept"));
	assert_non_null(
	    strstr(buf_str(&r->body), "We do not know whether it was kept."));
}

/* No copy, or a damaged one: a page that says so, and no harm. */
static void
test_nothing_to_give(void **state)
{
	static const char *const files[] = { "ca.txt", "ca-0.cer",
		"crl-0.crl" };
	AUTO(web) w = NULL;
	char path[128];
	size_t i, j;

	(void)state;
	w = fake_web(folder);
	check_downloads(w, false);
	fake.down = true;
	for (i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(web) anew = NULL;
		FILE *f;

		(void)snprintf(
		    path, sizeof(path), "%s/%s", folder, files[2 - i]);
		f = fopen(path, "w");
		assert_non_null(f);
		(void)fputs("damaged\n", f);
		assert_int_equal(fclose(f), 0);
		anew = fake_web(folder);
		for (j = 2; j < ARRAY_LEN(downloads); j++) {
			const struct fcgi_reply *r =
			    fake_ask(anew, &downloads[j].h);

			assert_int_equal(r->status, 503);
			assert_non_null(
			    strstr(buf_str(&r->body), "nothing was kept"));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_ca_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_stopped_while_signed_in, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_nothing_to_give, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
