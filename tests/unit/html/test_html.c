#include "../unit.h"
#include "base/cleanup.h"
#include "html/html.h"

#define BAD "\xEF\xBF\xBD"

typedef void write_fn(struct html *o, const char *s);

static void
check(write_fn *write, const char *in, const char *want)
{
	AUTO_HTML o;

	html_init(&o, 0);
	write(&o, in);
	assert_string_equal(buf_str(&o.out), want);
}

struct example {
	const char *in;
	const char *want;
};

static void
text_is_escaped(void **state)
{
	/* clang-format off */
	static const struct example t[] = {
		{ NULL, "" },
		{ "", "" },
		{ "a & <b> \"c\" 'd'",
		  "a &amp; &lt;b&gt; &quot;c&quot; &#39;d&#39;" },
		{ "a\tb\nc", "a\tb\nc" },
		{ "a\r\nb", "a\nb" },
		{ "a\rb", "a" BAD "b" },
		{ "\r", BAD },
		{ "\001\037\177", BAD BAD BAD },
		{ "\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x94\x92",
		  "\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x94\x92" },
		{ "\xC2\x85", BAD },             /* C1 */
		{ "\xE2\x80\xAE" "x", BAD "x" }, /* right-to-left override */
		{ "\x80", BAD },
		{ "\xC3", BAD },
		{ "\xC3<", BAD "&lt;" },         /* must not eat the < */
		{ "\xE2\x82<", BAD BAD "&lt;" },
		{ "\xF0\x9F\x94", BAD BAD BAD },
		{ "\xC0\xBC", BAD BAD },         /* overlong < */
		{ "\xED\xA0\x80", BAD BAD BAD }, /* a surrogate */
		{ "\xF4\x90\x80\x80", BAD BAD BAD BAD },
		{ "\xFF\xFE", BAD BAD },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++) {
		check(html_text, t[i].in, t[i].want);
		check(html_attr, t[i].in, t[i].want);
	}
}

static void
only_our_addresses_are_whole(void **state)
{
	/* clang-format off */
	static const struct example t[] = {
		{ NULL, "" },
		{ "", "" },
		{ "https://a/?b=c&d#e", "https://a/?b=c&amp;d#e" },
		{ "HTTPS://a", "HTTPS://a" },
		{ "mailto:a@b", "mailto:a@b" },
		{ "certnew.cer?ReqID=5", "certnew.cer?ReqID=5" },
		{ "/a:b", "/a:b" },
		{ "?a:b", "?a:b" },
		{ "#a:b", "#a:b" },
		{ "\"'<", "&quot;&#39;&lt;" },
		{ "http://a", "#" },
		{ "javascript:x", "#" },
		{ "JAVASCRIPT:x", "#" },
		{ " javascript:x", "#" },
		{ "\001javascript:x", "#" },
		{ "java\tscript:x", "#" },
		{ "java\nscript:x", "#" },
		{ "data:text/html,x", "#" },
		{ "vbscript:x", "#" },
		{ ":x", "#" },
		{ "//host", "#" },
		{ "/\\host", "#" },
		{ "\\\\host", "#" },
		{ "httpsx://a", "#" },
		{ "http\x7Fs:", "#" },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(t); i++)
		check(html_url_whole, t[i].in, t[i].want);
}

static void
parts_of_addresses_are_encoded(void **state)
{
	(void)state;
	check(html_url_part, NULL, "");
	check(html_url_part, "AZaz09-._~", "AZaz09-._~");
	check(html_url_part, "a b&c=/?#%:\"<>'",
	    "a%20b%26c%3D%2F%3F%23%25%3A"
	    "%22%3C%3E%27");
	check(html_url_part, "\xC3\xA9\xFF\n", "%C3%A9%FF%0A");
}

static void
a_page_has_a_limit(void **state)
{
	char big[4096];
	struct err err = { 0 };
	AUTO_HTML o;
	int i;

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	html_init(&o, 0);
	for (i = 0; i < 200; i++)
		html_text(&o, big);
	html_num(&o, UINT64_MAX);
	assert_int_equal(html_check(&o, &err), 0);
	for (i = 0; i < 100; i++)
		html_text(&o, big);
	assert_int_equal(html_check(&o, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(only_our_addresses_are_whole),
		cmocka_unit_test(parts_of_addresses_are_encoded),
		cmocka_unit_test(a_page_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
