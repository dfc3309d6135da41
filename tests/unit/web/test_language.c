/* Which language a page is in, the form that chooses it, and what programs
 * find whatever it is. */
#include "../unit.h"

#include "base/str.h"
#include "fake_ca.h"

#include <stdio.h>

#define MOZILLA "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"

static void
cookie_then_header_then_english(void **state)
{
	static const struct {
		const char *cookie, *accept, *want;
	} cases[] = {
		{ NULL, NULL, "en" },
		{ NULL, "de-DE,de;q=0.9,en;q=0.8", "de" },
		{ NULL, "en,de", "en" },
		{ NULL, "fr", "en" },
		{ "lang=de", NULL, "de" },
		{ "a=b; lang=de; c=d", "en", "de" },
		{ "lang=en", "de", "en" },
		{ "lang=xx", "de", "de" },
		{ "lang=", "de", "de" },
		{ "lang=<script>", NULL, "en" },
	};
	char line[64];
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fcgi_reply *r =
		    fake_ask(*state, &(struct fake_http){ .user = "alice",
					 .path = "/certsrv/",
					 .agent = MOZILLA,
					 .cookie = cases[i].cookie,
					 .accept_language = cases[i].accept });

		(void)snprintf(
		    line, sizeof(line), "<html lang=\"%s\">", cases[i].want);
		if (!fake_says(r, line))
			fail_msg("%s, %s: not %s", cases[i].cookie,
			    cases[i].accept, cases[i].want);
		assert_int_equal(
		    fake_says(r, ">Startseite<"), str_eq(cases[i].want, "de"));
		(void)snprintf(line, sizeof(line), "Content-Language: %s\r\n",
		    cases[i].want);
		assert_true(fake_has_header(r, line));
		assert_true(
		    fake_has_header(r, "Vary: Accept-Language, Cookie"));
	}
}

/* Signed in or not, the refusal is in the language, too. */
static void
refusals_are_translated(void **state)
{
	const struct fcgi_reply *r;

	r = fake_ask(*state, &(struct fake_http){ .path = "/certsrv/",
				 .agent = MOZILLA,
				 .accept_language = "de" });
	assert_int_equal(r->status, 401);
	assert_true(fake_says(r, "<html lang=\"de\">"));
	assert_true(fake_says(r, "401 - Unauthorized: Access is denied due to "
				 "invalid credentials."));
}

static const struct fcgi_reply *
choose(struct web *w, const char *body)
{
	return fake_ask(w, &(struct fake_http){ .method = HTTP_POST,
			       .path = "/certsrv/language.asp",
			       .agent = MOZILLA,
			       .body = body,
			       .sec_fetch_site = "same-origin" });
}

static void
the_form_sets_the_cookie(void **state)
{
	static const char *const elsewhere[] = { "https://evil.example/",
		"//evil.example/certsrv/", "/other", "", "/certsrv/\\evil",
		"/certsrv/a%0D%0ASet-Cookie:x", "javascript:x" };
	const struct fcgi_reply *r;
	char body[256];
	size_t i;

	r = choose(*state,
	    "Language=de&Back=/certsrv/request.asp%3FReqID%3D4%26a%3Db");
	assert_int_equal(r->status, 303);
	assert_true(fake_has_header(
	    r, "Location: /certsrv/request.asp?ReqID=4&a=b\r\n"));
	assert_true(fake_has_header(r, "Set-Cookie: lang=de; "));
	assert_true(fake_has_header(r, "Secure"));
	for (i = 0; i < ARRAY_LEN(elsewhere); i++) {
		(void)snprintf(
		    body, sizeof(body), "Language=en&Back=%s", elsewhere[i]);
		r = choose(*state, body);
		assert_int_equal(r->status, 303);
		assert_true(fake_has_header(r, "Location: /certsrv/\r\n"));
		assert_true(fake_has_header(r, "Set-Cookie: lang=en; "));
	}
	r = choose(*state, "Language=xx");
	assert_int_equal(r->status, 400);
	assert_false(fake_has_header(r, "Set-Cookie: lang"));
	r = fake_ask(*state, &(struct fake_http){ .method = HTTP_POST,
				 .path = "/certsrv/language.asp",
				 .body = "Language=de",
				 .sec_fetch_site = "cross-site" });
	assert_int_equal(r->status, 403);
	assert_false(fake_has_header(r, "Set-Cookie: lang"));
}

static const struct fcgi_reply *
send(struct web *w, const char *agent, enum disposition d)
{
	fake.result = (struct rpc_result){ .id = 1042,
		.disposition = d,
		.message = "",
		.sentence = "",
		.requester = "alice",
		.mine = true };
	if (d == DISPOSITION_ISSUED)
		fake.result.cert = fake_leaf;
	return fake_ask(w, &(struct fake_http){ .method = HTTP_POST,
			       .user = "alice",
			       .path = "/certsrv/certfnsh.asp",
			       .body = "Mode=newreq&CertRequest=AAAA",
			       .agent = agent,
			       .accept_language = "de" });
}

/* Whatever the language, what programs look for is in the bytes; and who is
 * not a browser gets English. */
static void
programs_find_english(void **state)
{
	static const struct {
		enum disposition d;
		const char *phrases[5];
	} cases[] = {
		{ DISPOSITION_ISSUED,
		    { "Certificate Issued",
			"The certificate you requested was issued to you",
			"function handleGetCert() {\r\n\tlocation=\"certnew."
			"cer?ReqID=1042&\"",
			"' nReqId = 1042" } },
		{ DISPOSITION_PENDING,
		    { "Certificate Pending", "Your Request Id is 1042.",
			"you must wait for an administrator to issue",
			"within 10 days" } },
		{ DISPOSITION_DENIED,
		    { "Certificate Request Denied",
			"Your certificate request was denied",
			"Your Request Id is 1042. The disposition message is "
			"\"Denied by",
			"Contact your administrator" } },
	};
	const struct fcgi_reply *r;
	size_t i, j, browser;

	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (browser = 0; browser < 2; browser++) {
			r = send(*state, browser ? MOZILLA : "curl/7.88.1",
			    cases[i].d);
			assert_int_equal(
			    fake_says(r, "<html lang=\"de\">"), browser);
			assert_int_equal(
			    fake_says(r, "<html lang=\"en\">"), !browser);
			for (j = 0; cases[i].phrases[j]; j++)
				if (!fake_says(r, cases[i].phrases[j]))
					fail_msg("%zu: %s", browser,
					    cases[i].phrases[j]);
		}
}

/* What the CA says in fixed words is translated with what stands in it; what
 * it says in others, and what somebody wrote, stays as it is. */
static void
the_ca_is_understood(void **state)
{
	static const struct {
		const char *said, *want;
	} cases[] = {
		{ "The subject is the name of the CA itself.",
		    "Der Inhaber hie\xC3\x9F"
		    "e wie die Zertifizierungsstelle selbst." },
		{ "The template Web wants RSA keys of 3072 bits or more; this "
		  "one has 2048.",
		    "Die Vorlage Web verlangt RSA-Schl\xC3\xBCssel von "
		    "mindestens 3072 Bit; dieser hat 2048." },
		{ "This key was found wanting.",
		    "This key was found wanting." },
		{ "An officer refused this request: The template {0} is <b>.",
		    "Ein Bearbeiter hat diesen Antrag abgelehnt: The template "
		    "{0} is &lt;b&gt;." },
		/* two sentences */
		{ "The name a.example is outside those that the template Web "
		  "issues by itself. The request waits for an officer of the "
		  "CA, who will issue or refuse it.",
		    "Den Namen a.example stellt die Vorlage Web nicht von "
		    "selbst aus. Der Antrag wartet auf einen Bearbeiter" },
		{ "", "Antrag 1042" },
	};
	const struct fcgi_reply *r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		fake.result = (struct rpc_result){ .id = 1042,
			.disposition = DISPOSITION_DENIED,
			.message = "",
			.sentence = cases[i].said,
			.requester = "alice",
			.mine = true };
		r = fake_ask(*state, &(struct fake_http){ .method = HTTP_POST,
					 .user = "alice",
					 .path = "/certsrv/certfnsh.asp",
					 .body = "Mode=newreq&CertRequest=AAAA",
					 .agent = MOZILLA,
					 .accept_language = "de" });
		if (!fake_says(r, cases[i].want))
			fail_msg("%s", cases[i].said);
	}
}

/* Names of extensions and what they hold; not what somebody chose. */
static void
fields_are_translated(void **state)
{
	static const struct rpc_field fields[] = {
		{ "Key usage", "digital signature, key agreement (critical)",
		    "digital signature", "The CA writes its own.", true },
		{ "Subject", "CN=code signing", "code signing, x", "", true },
	};
	static const char *const want[] = { ("Schl\xC3\xBCssel\xC2\xAD"
					     "verwendung"),
		">digitale Signatur, Schl\xC3\xBCsselvereinbarung (kritisch)<",
		">digitale Signatur ", "Die Zertifizierungsstelle schreibt",
		">Inhaber<", ">CN=code signing<", ">code signing, x " };
	const struct fcgi_reply *r;
	size_t i;

	fake.request.row = (struct rpc_row){ .id = 7,
		.disposition = DISPOSITION_PENDING,
		.requester = "alice",
		.subject = "",
		.common_name = "",
		.serial = "",
		.template_name = "",
		.message = "" };
	fake.request.sentence = fake.request.caller = "";
	fake.request.officer = fake.request.attributes = "";
	fake.request.key = fake.request.may_not = "";
	fake.request.kind = "PKCS #10";
	fake.request.fields = fields;
	fake.request.field_count = ARRAY_LEN(fields);
	r = fake_ask(*state, &(struct fake_http){ .user = "alice",
				 .path = "/certsrv/request.asp",
				 .query = "ReqID=7",
				 .agent = MOZILLA,
				 .cookie = "lang=de" });
	for (i = 0; i < ARRAY_LEN(want); i++)
		if (!fake_says(r, want[i]))
			fail_msg("%s", want[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    cookie_then_header_then_english, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    refusals_are_translated, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    the_form_sets_the_cookie, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    programs_find_english, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    the_ca_is_understood, fake_setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    fields_are_translated, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
