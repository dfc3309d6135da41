/* certfnsh.asp: what reaches the CA of what was sent, and the cookie. */
#include "../unit.h"

#include "base/str.h"
#include "fake_ca.h"

#include <stdio.h>

static int
setup(void **state)
{
	(void)fake_setup(state);
	fake.result.id = 7;
	fake.result.disposition = DISPOSITION_PENDING;
	return 0;
}

static const struct fcgi_reply *
post(struct web *w, const char *type, const char *body, const char *cookie)
{
	return fake_ask(w, &(struct fake_http){ .method = HTTP_POST,
			       .path = "/certsrv/certfnsh.asp",
			       .user = "alice",
			       .type = type,
			       .body = body,
			       .cookie = cookie });
}

static void
assert_submitted(const char *text)
{
	assert_int_equal(fake.submitted_n, strlen(text));
	assert_memory_equal(fake.submitted, text, strlen(text));
}

static void
test_fields(void **state)
{
	/* The fewest fields, and names in another case. */
	(void)post(*state, "application/x-www-form-urlencoded",
	    "mode=NewReq&certRequest=AB%2BC%3D&certattrib=a:b%0D%0Ac:d", NULL);
	assert_submitted("AB+C=");
	assert_string_equal(fake.attributes, "a:b\r\nc:d");
	assert_int_equal(fake.submission_n, 0);
	assert_string_equal(fake.owner, "local\\alice");
	/* No Mode at all. */
	(void)post(*state, NULL, "CertRequest=x", NULL);
	assert_submitted("x");
	/* The number of a form. */
	(void)post(*state, NULL,
	    "CertRequest=x&Submission=000102030405060708090a0b0c0d0e0f", NULL);
	assert_int_equal(fake.submission_n, 16);
	assert_int_equal(fake.submission[15], 15);
	/* One that is none is taken for a script's. */
	(void)post(*state, NULL, "CertRequest=x&Submission=zz", NULL);
	assert_int_equal(fake.submission_n, 0);
}

static void
test_template_of_the_form(void **state)
{
#define FORM "CertRequest=x&lbCertTemplate=E%3BUser%3B1&CertAttrib="
	static const char *const sent[][2] = {
		{ FORM, "CertificateTemplate:User\r\n" },
		{ FORM "a:CertificateTemplate:no",
		    "CertificateTemplate:User\r\na:CertificateTemplate:no" },
		{ FORM "CertificateTemplates:no",
		    "CertificateTemplate:User\r\nCertificateTemplates:no" },
		/* Named in the attributes, it counts before the form's. */
		{ FORM "a:b%0D%0A+certificatetemplate%3A+Web",
		    "a:b\r\n certificatetemplate: Web" },
		{ "CertRequest=x&lbCertTemplate=&CertAttrib=a:b", "a:b" },
	};

	for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
		(void)post(*state, NULL, sent[i][0], NULL);
		assert_string_equal(fake.attributes, sent[i][1]);
	}
}

static void
test_a_file_counts_first(void **state)
{
	static const char body[] =
	    "--b\r\nContent-Disposition: form-data; name=\"CertRequest\"\r\n"
	    "\r\npasted\r\n"
	    "--b\r\nContent-Disposition: form-data; name=\"RequestFile\"; "
	    "filename=\"r.csr\"\r\n\r\nfrom the file\r\n--b--\r\n";
	static const char no_file[] =
	    "--b\r\nContent-Disposition: form-data; name=\"CertRequest\"\r\n"
	    "\r\npasted\r\n"
	    "--b\r\nContent-Disposition: form-data; name=\"RequestFile\"; "
	    "filename=\"\"\r\n\r\n\r\n--b--\r\n";

	(void)post(*state, "multipart/form-data; boundary=b", body, NULL);
	assert_submitted("from the file");
	(void)post(*state, "multipart/form-data; boundary=b", no_file, NULL);
	assert_submitted("pasted");
}

static void
test_refused_before_the_ca(void **state)
{
	static const char *const bodies[] = { "Mode=newreq",
		"Mode=newreq&CertRequest=+%0D%0A+", "Mode=other&CertRequest=x",
		"Mode=chkpnd", "Mode=chkpnd&ReqID=0" };
	const struct fcgi_reply *r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		r = post(*state, NULL, bodies[i], NULL);
		assert_int_equal(r->status, 200);
		assert_non_null(
		    strstr(buf_str(&r->body), "Disposition message:</dt>"));
	}
	assert_int_equal(fake.calls[RPC_SUBMIT], 0);
	assert_int_equal(fake.calls[RPC_RETRIEVE], 0);
	r = post(*state, "multipart/form-data", "x", NULL);
	assert_int_equal(r->status, 400);
}

/* Value of the cookie set, or NULL. */
static const char *
cookie_of(const struct fcgi_reply *r)
{
	static char value[2048];
	const char *p = strstr(buf_str(&r->headers), "Set-Cookie: Requests=");

	if (!p)
		return NULL;
	p += strlen("Set-Cookie: Requests=");
	assert_true(
	    str_from_bytes(value, sizeof(value), bytes_of(p, strcspn(p, ";"))));
	return value;
}

static void
test_cookie(void **state)
{
	char header[4096];
	const char *value;
	int i;

	value = cookie_of(post(*state, NULL, "CertRequest=x", NULL));
	assert_string_equal(
	    value, "%5B7%2C0%2Cyes%2CSaved%2DRequest+Certificate%5D");
	/* A label with a comma, once more the same number. */
	(void)snprintf(header, sizeof(header), "a=b; Requests=%s", value);
	value = cookie_of(
	    post(*state, NULL, "CertRequest=x&FriendlyType=a%2Cb", header));
	assert_string_equal(value, "%5B7%2C0%2Cyes%2Ca%2Cb%5D");
	/* Never more than ten entries or 1 KiB. */
	for (i = 1; i < 30; i++) {
		fake.result.id = (uint64_t)i + 100;
		(void)snprintf(header, sizeof(header), "Requests=%s", value);
		value = cookie_of(post(*state, NULL,
		    "CertRequest=x&FriendlyType=%28%28%28%28%28%28%28%28%28",
		    header));
		assert_true(strlen(value) <= 1024);
	}
	assert_non_null(strstr(value, "%5B129%2C"));
	assert_null(strstr(value, "%5B119%2C"));
	assert_non_null(strstr(value, "%5B120%2C"));
	/* Issued: off the list. */
	fake.result.disposition = DISPOSITION_DENIED;
	fake.result.hresult = 0x80094014;
	(void)snprintf(header, sizeof(header), "Requests=%s", value);
	value = cookie_of(post(*state, NULL, "Mode=chkpnd&ReqID=129", header));
	assert_null(strstr(value, "%5B129%2C"));
	/* Rubbish is not believed, nor given back. */
	fake.result.disposition = DISPOSITION_PENDING;
	value = cookie_of(post(*state, NULL, "CertRequest=x",
	    "Requests=%5B-1%2C0%2Cyes%2Cx%5D%5B%5B%5D%5B1%2C%5D<script>"));
	assert_string_equal(
	    value, "%5B129%2C0%2Cyes%2CSaved%2DRequest+Certificate%5D");
}

/* Whatever a request ends with has a name that programs know. */
static void
test_every_code_has_a_name(void **state)
{
	char number[16];

	fake.result.disposition = DISPOSITION_DENIED;
	for (unsigned code = 1; code < ERR_COUNT; code++) {
		uint32_t hresult = err_hresult((enum err_code)code);
		const struct fcgi_reply *r;

		fake.result.hresult = hresult;
		r = fake_ask(
		    *state, &(struct fake_http){ .path = "/certsrv/certnew.cer",
				.query = "ReqID=7",
				.user = "alice" });
		(void)snprintf(number, sizeof(number), "0x%08x (", hresult);
		if (!strstr(buf_str(&r->body), number) ||
		    (code != ERR_SYSTEM && strstr(buf_str(&r->body), "E_FAIL")))
			fail_msg("0x%08X has no name", hresult);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_fields, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_template_of_the_form, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_a_file_counts_first, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_refused_before_the_ca, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_cookie, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_every_code_has_a_name, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
