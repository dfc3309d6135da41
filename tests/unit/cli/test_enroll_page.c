#include "../unit.h"

#include "cli/enroll.h"

#include <string.h>

/* Pages as several servers write them: with ids, with phrases alone, with the
 * number in a link. */
/* clang-format off */
static const struct {
	const char *html;
	enum enroll_kind kind;
	uint64_t id;
	const char *message;
} pages[] = {
	{ "<h1 id=\"locPageTitle\">Certificate Issued</h1><p id=\"locInfo\">The certificate you requested was issued to you.</p>"
	  "<a id=\"locDerEnc1\" href=\"certnew.cer?ReqID=17&amp;Enc=bin\">DER</a>"
	  "<a href=\"certnew.cer?ReqID=CACert&amp;Renewal=0\">CA</a>",
	  ENROLL_PAGE_ISSUED, 17, "" },
	{ "<a href=\"certnew.cer?Enc=b64&amp;ReqID=9\">", ENROLL_PAGE_ISSUED, 9, "" },
	{ "function handleGetCert() {\r\n location=\"certnew.cer?ReqID=23&\"+getEncoding();\r\n}",
	  ENROLL_PAGE_ISSUED, 23, "" },
	{ "<p id=\"locInfoNewReq\">Your certificate request has been received.</p>"
	  "<p id=\"locInfoReqID\">Your Request Id is 4711.</p>",
	  ENROLL_PAGE_PENDING, 4711, "" },
	/* another language: only the ids stay */
	{ "<P ID=x><LocID id=\"locInfoReqID\">Die Nummer lautet 12.</LocID>",
	  ENROLL_PAGE_PENDING, 12, "" },
	{ "Certificate Pending ... Your Request Id is 5.", ENROLL_PAGE_PENDING, 5, "" },
	{ "is still pending. Your Request Id is 6.", ENROLL_PAGE_PENDING, 6, "" },
	{ "<p id=\"locDenied\">Your certificate request was denied.</p>"
	  "Your Request Id is 8. The disposition message is \"Denied by Policy Module  0x80094800, not &lt;supported&gt;: X.\r\n\".",
	  ENROLL_PAGE_DENIED, 8, "Denied by Policy Module 0x80094800, not <supported>: X." },
	{ "The disposition message is \"Who &quot;are&quot; \"you\" &amp; why\n\".", ENROLL_PAGE_DENIED, 0,
	  "Who \"are\" \"you\" & why" },
	{ "<dt id=\"locDispMsgLabel\">Disposition message:</dt><dd>\r\n\t\tTaken Under Submission\r\n",
	  ENROLL_PAGE_ERROR, 0, "Taken Under Submission" },
	{ "Disposition message:\n\t\t(none)\nResult:\n\t\tThe requested property value is empty. 0x80094004 (-1)\n",
	  ENROLL_PAGE_ERROR, 0, "The requested property value is empty. 0x80094004 (-1)" },
	/* a link to the CA's certificate is none to ours */
	{ "<a href=\"certnew.cer?ReqID=CACert&amp;Enc=b64\">", ENROLL_PAGE_UNKNOWN, 0, "" },
	{ "<a href=\"certnew.cer?ReqID=99999999999999999999\">", ENROLL_PAGE_UNKNOWN, 0, "" },
	{ "<a href=\"certnew.cer?ReqID=-1\">", ENROLL_PAGE_UNKNOWN, 0, "" },
	{ "", ENROLL_PAGE_UNKNOWN, 0, "" },
	{ "<html>It works!</html>", ENROLL_PAGE_UNKNOWN, 0, "" },
};
/* clang-format on */

static void
pages_are_read(void **state)
{
	struct enroll_page p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pages); i++) {
		enroll_page_read(bytes_str(pages[i].html), &p);
		assert_int_equal(p.kind, pages[i].kind);
		assert_int_equal(p.id, pages[i].id);
		assert_string_equal(p.message, pages[i].message);
	}
}

/* Cut anywhere, a page is at most not understood. */
static void
cut_pages_are_harmless(void **state)
{
	struct enroll_page p;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pages); i++)
		for (n = 0; n < strlen(pages[i].html); n++) {
			enroll_page_read(bytes_of(pages[i].html, n), &p);
			assert_true(strlen(p.message) < sizeof(p.message));
		}
}

static void
renewals_that_are_not_taken(void **state)
{
	struct enroll_page p;

	(void)state;
	enroll_page_read(BYTES_LIT("The disposition message is \"Error Parsing "
				   "Request  0x80091004, no\n\"."),
	    &p);
	assert_true(p.no_renewals);
	enroll_page_read(BYTES_LIT("The disposition message is \"Denied by "
				   "Policy Module  0x80094800, no\n\"."),
	    &p);
	assert_false(p.no_renewals);
}

static void
addresses(void **state)
{
	/* clang-format off */
	static const struct { const char *given, *made; } good[] = {
		{ "https://ca.example", "https://ca.example/certsrv/" },
		{ "https://ca.example/", "https://ca.example/certsrv/" },
		{ "https://ca.example/certsrv", "https://ca.example/certsrv/" },
		{ "https://ca.example:8443/certsrv/", "https://ca.example:8443/certsrv/" },
		{ "https://[::1]:8443/x/certsrv", "https://[::1]:8443/x/certsrv/" },
	};
	/* clang-format on */
	char url[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(
		    enroll_url(url, sizeof(url), good[i].given, NULL), 0);
		assert_string_equal(url, good[i].made);
	}
	assert_int_equal(
	    enroll_url(url, 20, "https://ca.example/certsrv/", NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_read),
		cmocka_unit_test(cut_pages_are_harmless),
		cmocka_unit_test(renewals_that_are_not_taken),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
