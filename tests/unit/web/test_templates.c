/* The pages of an enterprise CA: what they offer of its templates, what they
 * keep of a choice, and what they say when the CA does not answer. */
#include "../unit.h"

#include "base/str.h"
#include "fake_ca.h"

#define MOZILLA "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"
#define HOSTILE "<img src=x onerror=alert(1)>\"'&"
#define RSA     1U /* 1 << PKI_KEY_RSA, and so on */
#define P256    2U
#define P384    4U

static struct rpc_template_row rows[] = {
	{ .name = "User",
	    .display_name = "User " HOSTILE,
	    .description = HOSTILE,
	    .oid = "1.2.3",
	    .major = 3,
	    .minor = 7,
	    .usable = true,
	    .keys = P256 | P384,
	    .validity = 365 * 86400 },
	{ .name = "Web",
	    .display_name = "Web server",
	    .description = "",
	    .oid = "1.2.4",
	    .usable = true,
	    .subject_from_request = true,
	    .keys = RSA,
	    .rsa_min = 3072,
	    .approvals = 1,
	    .renew_same_key = true,
	    .validity = 42 * 86400 },
	{ .name = "Card",
	    .display_name = "",
	    .description = "",
	    .oid = "1.2.5",
	    .usable = true,
	    .keys = P256,
	    .agent_signatures = 1,
	    .on_behalf_of = true,
	    .validity = 3600 },
	{ .name = "Hidden",
	    .display_name = "",
	    .description = "",
	    .oid = "1.2.6",
	    .keys = P256 },
};

static int
setup(void **state)
{
	(void)fake_setup(state);
	fake.info.type = "enterprise";
	fake.templates = (struct rpc_template_list){ .rows = rows,
		.row_count = ARRAY_LEN(rows) };
	return 0;
}

/* The page, which has no markup of anybody's texts. */
static const char *
page(struct web *w, int status, const struct fake_http *h)
{
	const struct fcgi_reply *r = fake_ask(w, h);
	const char *text = buf_str(&r->body);

	assert_int_equal(r->status, status);
	assert_null(strstr(text, "<img src=x"));
	return text;
}

static const char *
get(struct web *w, int status, const char *path, const char *query)
{
	return page(w, status,
	    &(struct fake_http){ .user = "alice",
		.path = path,
		.query = query,
		.agent = MOZILLA });
}

static const char *
post(struct web *w, int status, const char *agent, const char *body)
{
	return page(w, status,
	    &(struct fake_http){ .method = HTTP_POST,
		.user = "alice",
		.path = "/certsrv/certfnsh.asp",
		.body = body,
		.agent = agent });
}

static void
has(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("not on the page: %s", words);
}

static void
has_not(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("on the page: %s", words);
}

static void
test_tiles(void **state)
{
	const char *text = get(*state, 200, "/certsrv/certrqus.asp", "");

	has(text, "/certsrv/certrqbi.asp?template=User");
	has(text, "/certsrv/certrqma.asp?template=Web");
	has(text, "/certsrv/certsces.asp?template=Card");
	has_not(text, "Hidden");
	has_not(text, "You may not ask");
	has(text, "1 year");
	has(text, "6 weeks");
	has(text, "1 hour");
	has(text, "An officer approves it.");
}

static void
test_simple_page(void **state)
{
	const char *text =
	    get(*state, 200, "/certsrv/certrqbi.asp", "template=user");

	has(text, "data-major=\"3\" data-minor=\"7\"");
	has(text, "data-kind=\"p-256\"");
	has(text, ">P-256<");
	has_not(text, "RSA");
	has(text, "/certsrv/certrqma.asp?template=User");
	has(get(*state, 200, "/certsrv/certrqbi.asp", "template=Web"),
	    "There is no such template");
}

static void
test_advanced_page(void **state)
{
	const char *text =
	    get(*state, 200, "/certsrv/certrqma.asp", "template=web");

	has(text, "data-keys=\"rsa-3072 rsa-4096\" selected>Web server<");
	has_not(text, "Type of certificate needed");
}

/* A key that is to ask for a passphrase is made where one can be given. */
static void
test_strong(void **state)
{
	rows[0].strong_protection = true;
	has(get(*state, 200, "/certsrv/certrqus.asp", ""),
	    "/certsrv/certrqma.asp?template=User");
	has(get(*state, 200, "/certsrv/certrqma.asp", "template=User"),
	    "data-strong=\"yes\" selected>User");
	rows[0].strong_protection = false;
	has(get(*state, 200, "/certsrv/certrqus.asp", ""),
	    "/certsrv/certrqbi.asp?template=User");
}

static void
test_only_for_others(void **state)
{
	const char *text = get(*state, 200, "/certsrv/certsces.asp", "");

	has(text, "value=\"Card\"");
	has_not(text, "value=\"User\"");
	fake.templates.row_count = 2;
	has(get(*state, 200, "/certsrv/certsces.asp", ""),
	    "No certificate template lets you ask");
}

static void
test_renewal(void **state)
{
	const char *text = get(*state, 200, "/certsrv/renew.asp", "ReqID=7");

	has(text, "data-id=\"7\"");
	has(text, "data-keys=\"rsa-3072 rsa-4096\" data-same=\"yes\"");
	has(text, "data-keys=\"p-256 p-384\">");
}

/* Programs look for exactly this, and nothing else in the tag. */
static void
test_options_of_the_form(void **state)
{
	const char *text = get(*state, 200, "/certsrv/certrqxt.asp", "");

	has(text, "<Option Value=\"O;Web;1;0;0;0;0;0;;1.2.4;0;0;0;Web server\">"
		  "Web server</Option>");
	has(text, "<option value=\"\">As the request says</option>");
	has_not(text, " selected");
	has(get(*state, 200, "/certsrv/certrqxt.asp", "template=Web"),
	    ";Web server\" selected>");
}

#define NOTHING "Mode=newreq&CertRequest=+&lbCertTemplate="

static void
test_choice_after_an_error(void **state)
{
	has(post(*state, 200, MOZILLA, NOTHING "O%3BWeb%3B1"),
	    ";Web server\" selected>");
	has(post(*state, 200, MOZILLA, NOTHING),
	    "<option value=\"\" selected>");
	has_not(post(*state, 200, MOZILLA, "CertRequest=+"), " selected");
}

static void
test_two_templates(void **state)
{
	fake.result = (struct rpc_result){ .id = 8,
		.disposition = DISPOSITION_DENIED,
		.hresult = err_hresult(ERR_TEMPLATE_CONFLICT),
		.message = "",
		.sentence = "Two.",
		.requester = "alice" };
	has(post(*state, 200, MOZILLA, "CertRequest=x&lbCertTemplate=O%3BWeb"),
	    "<option value=\"\" selected>");
	has_not(post(*state, 200, "curl", "CertRequest=x"), "<form");
	fake.result.hresult = err_hresult(ERR_POLICY);
	has_not(post(*state, 200, MOZILLA, "CertRequest=x"), "<select");
}

static void
test_no_template(void **state)
{
	fake.templates.row_count = 0;
	has(get(*state, 200, "/certsrv/certrqus.asp", ""), "You may not ask");
	has(get(*state, 200, "/certsrv/certrqma.asp", ""), "You may not ask");
	has_not(get(*state, 200, "/certsrv/certrqxt.asp", ""), "<select");
}

/* The CA is there, and does not answer this. */
static void
test_silent(void **state)
{
	static const char *const paths[] = { "/certsrv/certrqus.asp",
		"/certsrv/certrqma.asp", "/certsrv/certrqbi.asp",
		"/certsrv/certsces.asp", "/certsrv/renew.asp" };
	const char *text;

	(void)get(*state, 200, "/certsrv/certrqus.asp", "");
	fake.fail = ERR_UNAVAILABLE;
	fake.fail_text = "the certification authority cannot be reached";
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		text = get(*state, 503, paths[i], "");
		has(text, "The certification authority is not answering");
		has_not(text, "may not");
		has_not(text, "Type of certificate");
	}
	text = get(*state, 200, "/certsrv/certrqxt.asp", "");
	has(text, "cannot be shown now");
	has(post(*state, 503, MOZILLA, "CertRequest=x&lbCertTemplate=O%3BWeb"),
	    "<input type=\"hidden\" name=\"lbCertTemplate\" value=\"O;Web\">");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_tiles, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_simple_page, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_advanced_page, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_strong, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_only_for_others, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_renewal, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_options_of_the_form, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_choice_after_an_error, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_two_templates, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_template, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
		    test_silent, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
