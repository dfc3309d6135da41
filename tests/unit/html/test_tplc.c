#include "../unit.h"
#include "base/str.h"
#include "html/tplc.h"

/* Files that exist only here. */
static const struct {
	const char *path;
	const char *content;
} files[] = {
	{ "t/frame.html", "<html><body>" },
	{ "t/end.html", "</body></html>" },
	{ "t/part/in.html", "{{> deep}}" },
	{ "t/part/deep.html", "{{name}}" },
	{ "t/self.html", "{{> self}}" },
	{ "t/half.html", "<p" },
	{ "t/open_block.html", "{{?a}}" },
	{ "t/bad.html", "\n\n<p style=\"x\">" },
};

static int
read_file(void *ctx, const char *path, struct buf *out, struct err *err)
{
	size_t i;

	if (str_eq(path, "t/page.html")) {
		buf_add_str(out, ctx);
		return 0;
	}
	for (i = 0; i < ARRAY_LEN(files); i++)
		if (str_eq(path, files[i].path)) {
			buf_add_str(out, files[i].content);
			return 0;
		}
	return err_set(err, ERR_NOT_FOUND, "%s does not exist", path);
}

static const char catalogue[] =
    "msgid \"\"\n"
    "msgstr \"Language: xx\\nX-Name: Xx\\n\"\n"
    "\"Plural-Forms: nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 "
    ": 2;\\n\"\n"
    "msgid \"Home\"\nmsgstr \"Zuhause\"\n"
    "msgid \"Sly\"\nmsgstr \">'&\\\"\"\n"
    "#, fuzzy\nmsgid \"Unknown\"\nmsgstr \"Unbekannt\"\n"
    "msgid \"Request {id} of <1>{who}</1>\"\n"
    "msgstr \"<1>{who}</1>, Antrag {id}\"\n"
    "msgid \"One waits.\"\nmsgid_plural \"{n} wait.\"\n"
    "msgstr[0] \"Eins.\"\nmsgstr[1] \"Zwei.\"\nmsgstr[2] \"{n}.\"\n"
    "msgid \"Bad plural\"\nmsgid_plural \"other\"\n"
    "msgstr[0] \"a\"\nmsgstr[1] \"b\"\nmsgstr[2] \"c\"\n"
    "msgid \"Bad <1>tag</1>\"\nmsgstr \"<1>a<2>\"\n"
    "msgid \"Bad {value}\"\nmsgstr \"{other}\"\n"
    "msgid \"Bad lack {value}\"\nmsgstr \"a\"\n"
    "msgid \"Bad markup\"\nmsgstr \"a {value}\"\n"
    "msgid \"Bad <1>order</1> <2>x</2>\"\nmsgstr \"<1><2>a</1></2>\"\n";

static int
compile(const char *content, struct buf *out, struct buf *read, struct err *err)
{
	char copy[4096];
	struct po po;
	const struct tplc_options options = { .include = "web/pages.h",
		.read = read_file,
		.ctx = copy,
		.languages = &po,
		.n_languages = 1 };
	int r;

	assert_true(str_copy(copy, sizeof(copy), content));
	*err = (struct err){ 0 };
	if (po_read("t/xx.po", bytes_str(catalogue), &po, err) < 0)
		fail_msg("%s", err->text);
	r = tplc_compile("t/page.html", &options, out, read, err);
	po_clear(&po);
	return r;
}

struct example {
	const char *content;
	const char *want; /* in the message, or in the code */
};

/* clang-format off */
static const struct example refused[] = {
	/* positions where no value may stand */
	{ "<p title={{v}}>", "double quotes" },
	{ "<p title=x>", "double quotes" },
	{ "<p title='x'>", "double quotes" },
	{ "<p title={{?v}}\"x\"{{/v}}>", "double quotes" },
	{ "<p {{v}}>", "name of an attribute" },
	{ "<p {{v}}=\"x\">", "name of an attribute" },
	{ "<p {{=v}}>", "name of an attribute" },
	{ "<p {{_ v}}>", "name of an attribute" },
	{ "<p a{{v}}=\"x\">", "name of an attribute" },
	{ "<p a=\"x\"{{v}}>", "name of an attribute" },
	{ "<h{{v}}>", "name of a tag" },
	{ "<h{{=v}}>", "name of a tag" },
	{ "<p></{{v}}>", "begins no tag" },
	{ "<p></p{{v}}>", "name of a tag" },
	{ "<{{v}}>", "begins no tag" },
	{ "<!-- {{v}} -->", "comment" },
	{ "<!-- a", "comment does not end" },
	{ "<!--> {{v}} -->", "comment" },
	/* scripts and styles */
	{ "<p onclick=\"x\">", "onclick= must not" },
	{ "<p ONCLICK=\"x\">", "onclick= must not" },
	{ "<p onclick>", "onclick= must not" },
	{ "<p{{?v}} on{{/v}}click=\"x\">", "on= must not" },
	{ "<p style=\"x\">", "style= must not" },
	{ "<p Style=\"{{v}}\">", "style= must not" },
	{ "<style>p{}</style>", "<style> must not" },
	{ "<style></style>", "<style> must not" },
	{ "<script>x</script>", "script text" },
	{ "<script>{{v}}</script>", "value in <script>" },
	{ "<script>{{=v}}</script>", "value in <script>" },
	{ "<script src=\"a\">x</script>", "script text" },
	{ "<script type=\"module\">x</script>", "script text" },
	{ "<script type=\"importmap\">{}</script>", "script text" },
	{ "<script type=\"application/json\">{}</script>", "script text" },
	{ "<script type=\"\" type=\"text/plain\">x</script>", "twice" },
	{ "<script{{?v}} type=\"text/plain\"{{/v}}>x</script>",
	  "block in <script>" },
	{ "<script {{?v}}type=\"text/plain\"{{/v}}>x</script>",
	  "block in <script>" },
	{ "<script type=\"{{?v}}text/plain{{/v}}\">x</script>",
	  "block in <script>" },
	{ "<script type=\"{{v}}\"></script>", "value in type= of <script>" },
	{ "<script src=\"{{v}}\"></script>", "value in src= of <script>" },
	{ "<script type=\"text/plain\">{{v}}</script>", "value in <script>" },
	{ "<script type=\"text/plain\">{{_ v}}</script>", "value in <script>" },
	{ "<script type=\"text/plain\">{{?v}}{{/v}}</script>",
	  "block in <script>" },
	{ "<script type=\"text/plain\">{{#v}}{{/v}}</script>", "not in text" },
	{ "<script type=\"text/plain\">{{> end}}</script>", "not in text" },
	{ "<script type=\"text/plain\"><!-- </script>", "< in <script>" },
	{ "<script type=\"text/plain\"></scriptx></script>", "< in <script>" },
	{ "<a href=\"javascript:x\">", "script as address" },
	{ "<a href=\" Java\tScript:x\">", "script as address" },
	/* attributes and elements that no value may enter */
	{ "<p srcdoc=\"{{v}}\">", "value in srcdoc=" },
	{ "<img srcset=\"{{v}}\">", "value in srcset=" },
	{ "<a ping=\"{{v}}\">", "value in ping=" },
	{ "<img srcset=\"{{?v}}x{{/v}}\">", "block in" },
	{ "<base href=\"{{v}}\">", "of <base>" },
	{ "<base target=\"{{v}}\">", "of <base>" },
	{ "<base {{?v}}href=\"/\"{{/v}}>", "block in <base>" },
	{ "<link href=\"{{v}}\">", "of <link>" },
	{ "<meta http-equiv=\"refresh\" content=\"0;{{v}}\">", "http-equiv" },
	{ "<meta content=\"0;{{v}}\" http-equiv=\"refresh\">", "http-equiv" },
	{ "<meta content=\"0;{{=v}}\" HTTP-EQUIV=\"refresh\">", "http-equiv" },
	{ "<meta http-equiv=\"{{v}}\">", "value in http-equiv=" },
	{ "<meta content=\"{{v}}\"{{?v}} http-equiv=\"refresh\"{{/v}}>",
	  "http-equiv" },
	{ "<iframe src=\"x\"></iframe>", "<iframe> must not" },
	{ "<object data=\"x\"></object>", "<object> must not" },
	{ "<embed src=\"x\">", "<embed> must not" },
	{ "<xmp>", "<xmp> must not" },
	{ "<plaintext>", "<plaintext> must not" },
	{ "<math></math>", "<math> must not" },
	/* addresses */
	{ "<a href=\"{{v}}:{{v}}\">", "could be a scheme" },
	{ "<a href=\"{{?v}}{{v}}{{/v}}:x\">", "could be a scheme" },
	{ "<a href=\"{{?v}}/{{/v}}{{v}}\">", "depends on a condition" },
	{ "<a href=\"{{?v}}{{v}}{{/v}}{{v}}\">", "depends on a condition" },
	{ "<a href=\"{{_ v}}\">", "in the address" },
	/* messages */
	{ "{{_}}a", "not closed" },
	{ "{{_}}{{/_}}", "without text" },
	{ "{{_}} a{{/_}}", "with a blank" },
	{ "{{_}}a\n{{/_}}", "with a blank" },
	{ "{{_ a < b}}", "in {{_ ...}}" },
	{ "{{_ {a}}}", "in {{_ ...}}" },
	{ "{{_}}a {b}{{/_}}", "in the text of a message" },
	{ "{{_}}&lt;b>{{/_}}", "entity" },
	{ "{{_}}a{{?v}}b{{/v}}{{/_}}", "no block" },
	{ "{{_}}a{{_ b}}{{/_}}", "no block" },
	{ "{{_}}a{{> end}}{{/_}}", "no block" },
	{ "{{_}}a{{@HASH}}{{/_}}", "no block" },
	{ "<p>{{_}}a</p>{{/_}}", "did not begin" },
	{ "{{_}}a<p>{{/_}}</p>", "does not end in its message" },
	{ "{{_}}a<!-- b -->{{/_}}", "comment in a message" },
	{ "{{_}}a<textarea></textarea>{{/_}}", "<textarea> in a message" },
	{ "<p title=\"{{_}}a\">{{/_}}", "in the text of a message" },
	{ "<p title=\"{{_}}a<b>{{/_}}\">", "in the text of a message" },
	{ "<a href=\"{{_}}a{{/_}}\">", "in the address" },
	{ "<script type=\"text/plain\">{{_}}a{{/_}}</script>",
	  "value in <script>" },
	{ "<p {{_}}a{{/_}}>", "name of an attribute" },
	{ "{{#l}}{{_}}{{=id}} {{=^id}}{{/_}}{{/l}}", "stands for two" },
	{ "{{_ #n}}one{{/_}}", "plural without" },
	{ "{{_}}a{{|}}b{{/_}}", "out of place" },
	{ "{{_ #n}}a{{|}}b{{|}}c{{/_}}", "out of place" },
	{ "{{_ #}}a{{|}}b{{/_}}", "without a name" },
	/* translations that do not fit */
	{ "{{_}}Bad <b>tag</b>{{/_}}", "t/xx.po:23: the translation of" },
	{ "{{_}}Bad {{value}}{{/_}}", "same {values}" },
	{ "{{_}}Bad <b>order</b> <i>x</i>{{/_}}", "same {values}" },
	{ "{{_}}Bad lack {{value}}{{/_}}", "same {values}" },
	{ "{{_ Bad markup}}", "same {values}" },
	{ "{{_ #n}}Bad plural{{|}}others{{/_}}", "another plural" },
	/* constants of the build */
	{ "{{@HASH}}", "not in the path" },
	{ "<p title=\"/{{@HASH}}\">", "not in the path" },
	{ "<script src=\"{{@HASH}}\"></script>", "not in the path" },
	{ "<a href=\"x{{@HASH}}\">", "not in the path" },
	{ "<script type=\"/{{@HASH}}\"></script>", "not in the path" },
	{ "<script src=\"/{{@hash}}\"></script>", "is no name" },
	{ "<script src=\"/{{@^HASH}}\"></script>", "is no name" },
	{ "<script src=\"/{{@HASH}}/{{v}}\"></script>", "of <script>" },
	/* foreign content */
	{ "<svg><div></div></svg>", "must not stand in <svg>" },
	{ "<svg><p/></svg>", "must not stand in <svg>" },
	{ "<svg><script/></svg>", "must not stand in <svg>" },
	{ "<svg><foreignObject></foreignObject></svg>", "must not stand in" },
	{ "<svg><set to=\"{{v}}\"/></svg>", "must not stand in <svg>" },
	{ "<svg><animate values=\"{{v}}\"/></svg>", "must not stand in <svg>" },
	{ "<svg><style></style></svg>", "<style> must not" },
	{ "<svg><use href=\"{{v}}\"/></svg>", "of <use>" },
	{ "<svg><a xlink:href=\"javascript:x\"></a></svg>", "script as" },
	{ "<svg><![CDATA[ {{v}} ]]></svg>", "begins no tag" },
	{ "<path/>", "outside <svg>" },
	{ "<div/>", "not an empty element" },
	{ "<script type=\"text/plain\"/>", "not an empty element" },
	/* text of its own kind */
	{ "<title>a<b></title>", "< in <title>" },
	{ "<textarea></title></textarea>", "< in <textarea>" },
	{ "<textarea>{{#v}}{{/v}}</textarea>", "not in text" },
	{ "<title>{{?v}}</title>{{/v}}", "outside the block" },
	/* markup that is not whole */
	{ "a < b", "begins no tag" },
	{ "<?xml?>", "begins no tag" },
	{ "<!doctype foo>", "begins no tag" },
	{ "<p", "ends inside a tag" },
	{ "<p ", "ends inside a tag" },
	{ "<p a", "ends inside a tag" },
	{ "<p a=", "ends inside a tag" },
	{ "<p a=\"x", "ends inside a tag" },
	{ "<p a=\"x><b>", "is a quote missing" },
	{ "<p></p", "ends inside a tag" },
	{ "<title>", "ends inside a tag" },
	{ "<script>", "ends inside a tag" },
	{ "<p a=\"x\"b=\"y\">", "white space is missing" },
	{ "<p \"x\">", "begins no attribute" },
	{ "<p>", "<p> is not closed" },
	{ "</p>", "closes nothing" },
	{ "<p><b></p></b>", "</p> where </b> is due" },
	{ "<br></br>", "closes nothing" },
	/* blocks */
	{ "{{?v}}", "not closed" },
	{ "{{#v}}", "not closed" },
	{ "{{/v}}", "closes nothing" },
	{ "{{?a}}{{!b}}{{/a}}{{/b}}", "{{/a}} where {{/b}}" },
	{ "{{?a}}<p>{{/a}}</p>", "another position" },
	{ "<p>{{?a}}</p>{{/a}}", "outside the block" },
	{ "<p>{{?a}}</p><p>{{/a}}</p>", "outside the block" },
	{ "{{?a}}<p {{/a}}>", "another position" },
	{ "<p{{?a}}>{{/a}}</p>", "inside the block" },
	{ "<p {{?a}}title=\"{{/a}}\">", "another position" },
	{ "<p title=\"{{?a}}\">{{/a}}", "inside the block" },
	{ "<p title=\"{{?a}}\" title=\"{{/a}}\">", "another position" },
	{ "<p {{?a}}class{{/a}}=\"x\">", "white space is missing" },
	{ "<p title=\"{{#a}}{{/a}}\">", "not in text" },
	{ "<p {{#a}}{{/a}}>", "not in text" },
	{ "{{#a}}{{#b}}{{#c}}{{#d}}{{/d}}{{/c}}{{/b}}{{/a}}", "too deeply" },
	/* names */
	{ "{{}}", "without a name" },
	{ "{{ }}", "without a name" },
	{ "{{a", "without }}" },
	{ "{{a\n}}", "without }}" },
	{ "{{a b}}", "is no name" },
	{ "{{A}}", "is no name" },
	{ "{{a.}}", "is no name" },
	{ "{{.a}}", "is no name" },
	{ "{{a->b}}", "is no name" },
	{ "{{a);x(}}", "is no name" },
	{ "{{{a}}}", "is no name" },
	{ "{{&a}}", "is no name" },
	{ "{{> ../x}}", "is no name" },
	{ "{{> /x}}", "is no name" },
	{ "{{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}",
	  "too long" },
	/* parts */
	{ "{{> none}}", "does not exist" },
	{ "{{> self}}", "nested too deeply" },
	{ "{{> half}}", "t/half.html:1: the file ends inside" },
	{ "{{> open_block}}{{/a}}", "t/open_block.html:1: {{?a}}" },
	{ "{{> bad}}", "t/bad.html:3: style=" },
	{ "{{> frame}}", "t/frame.html:1: <body> is not closed" },
	{ "<p>{{?a}}{{> end}}{{/a}}", "t/end.html:1: </body> where </p>" },
	{ "<p title=\"{{> frame}}\">", "not in text" },
	/* bytes */
	{ "a\001b", "control character" },
	{ "a\rb", "control character" },
	{ "\xFF", "not UTF-8" },
	{ "a\nb\n<p onx>", "t/page.html:3:" },
};

static const struct example accepted[] = {
	{ "", "(void)p;" },
	{ "a {b} }}", "html_lit(o,\n\t    \"a {b} }}\", 8);" },
	{ "\"\\\?\?/\n\xC3\xA9",
	  "\"\\\"\\\\\\?\\?/\\n\"\n\t    \"\\303\\251\", 8" },
	{ "{{v}}", "html_text(o, p->v);" },
	{ "{{ a.b_1 }}", "html_text(o, p->a.b_1);" },
	{ "<p title=\"{{v}}\"></p>", "html_attr(o, p->v);" },
	{ "<script src=\"/a/{{@HASH}}/b\"></script>",
	  "html_lit(o, \"\" HASH, sizeof(HASH) - 1);" },
	{ "<a href=\"{{v}}\"></a>", "html_url_whole(o, p->v);" },
	{ "<A HREF=\"{{v}}\"></A>", "html_url_whole(o, p->v);" },
	{ "<a href=\"/{{v}}\"></a>", "html_url_part(o, p->v);" },
	{ "<a href=\"{{w}}{{v}}\"></a>", "html_url_part(o, p->v);" },
	{ "<a href=\"{{=n}}{{v}}\"></a>", "html_url_part(o, p->v);" },
	{ "<a href=\"https://{{v}}:8443/\"></a>", "html_url_part(o, p->v);" },
	{ "<a href=\"{{?a}}x{{/a}}{{!a}}y{{/a}}\"></a>", "if (!p->a) {" },
	{ "<form action=\"{{v}}\"></form>", "html_url_whole(" },
	{ "<button formaction=\"{{v}}\"></button>", "html_url_whole(" },
	{ "<blockquote cite=\"{{v}}\"></blockquote>", "html_url_whole(" },
	{ "<video poster=\"{{v}}\"></video>", "html_url_whole(" },
	{ "<img src=\"{{v}}\" alt=\"\">", "html_url_whole(" },
	{ "<p>{{=n}}</p>", "html_num(o, HTML_UNSIGNED(p->n));" },
	{ "<p title=\"{{=n}}\"></p>", "html_num(o, HTML_UNSIGNED(p->n));" },
	{ "<title>{{v}}</title>", "html_text(o, p->v);" },
	{ "<TITLE>a</Title>", "<TITLE>a</Title>" },
	{ "<textarea>{{v}}</textarea>", "<textarea>\\n\"" },
	/* translated texts: escaped when the page is compiled */
	{ "{{_ Say \"a\"}}", "Say &quot;a&quot;" },
	{ "{{_ Home}}", "switch (o->language) {\n\tcase 1:\n"
	  "\thtml_lit(o,\n\t    \"Zuhause\", 7);\n\tbreak;\n\tdefault:\n"
	  "\thtml_lit(o,\n\t    \"Home\", 4);\n\tbreak;\n\t}\n" },
	{ "<p title=\"{{_ Home}}\"></p>", "\"Zuhause\", 7" },
	{ "{{_ Sly}}", "\"&gt;&#39;&amp;&quot;\"" },
	{ "{{_ Unknown}}", "(void)p;\n\thtml_lit(o,\n\t    \"Unknown\", 7);\n}" },
	{ "{{_}}Request {{=id}} of <b>{{who}}</b>{{/_}}",
	  "case 1:\n\thtml_lit(o,\n\t    \"<b>\", 3);\n"
	  "\thtml_text(o, p->who);\n\thtml_lit(o,\n\t    \"</b>\", 4);\n"
	  "\thtml_lit(o,\n\t    \", Antrag \", 9);\n"
	  "\thtml_num(o, HTML_UNSIGNED(p->id));\n" },
	{ "{{#l}}{{_}}Request {{=^id}} of <i>{{who}}</i>{{/_}}{{/l}}",
	  "html_text(o, r1->who);" },
	{ "{{_}}a\n\t b&nbsp;&amp;<br>{{/_}}", "a b\\302\\240&amp;\"" },
	{ "{{_}}<a href=\"{{u}}\" title=\"{{_ Home}}\">x</a>{{/_}}",
	  "html_url_whole(o, p->u);" },
	{ "<p title=\"{{_}}Row {{=n}}{{/_}}\"></p>", "html_num(" },
	{ "<title>{{_}}Row {{=n}}{{/_}}</title>", "html_num(" },
	{ "{{_ #n}}One waits.{{|}}{{=n}} wait.{{/_}}",
	  "case 1:\n\tswitch (html_plural_form(HTML_PLURAL_CZECH, "
	  "HTML_UNSIGNED(p->n))) {\n\tcase 0:\n\thtml_lit(o,\n\t    "
	  "\"Eins.\", 5);\n\tbreak;\n\tcase 1:\n" },
	{ "{{_ #n}}One waits.{{|}}{{=n}} wait.{{/_}}",
	  "HTML_PLURAL_ONE_OTHER, HTML_UNSIGNED(p->n))) {\n\tcase 0:" },
	{ "<script type=\"text/plain\">a=\"{{=n}}&\";</script>",
	  "html_num(o, HTML_UNSIGNED(p->n));" },
	{ "<script type=\"module\" src=\"/a.js\"></script>", "/a.js" },
	{ "<template id=\"compat\">{{v}}</template>", "html_text(o, p->v);" },
	{ "<meta name=\"a\" content=\"{{v}}\">", "html_attr(o, p->v);" },
	{ "<svg><title>{{v}}</title><path d=\"{{v}}\"/></svg>", "html_attr(" },
	{ "<svg><text>{{v}}</text></svg>", "html_text(" },
	{ "a<!-- <b \" ' --!> -->b", "\"ab\"" },
	{ "<p{{?a}} hidden{{/a}}>x</p>", "if (p->a) {" },
	{ "<p {{?a}}hidden {{/a}}id=\"x\">x</p>", "hidden " },
	{ "<p class=\"a{{!b}} c{{/b}}\">x</p>", "if (!p->b) {" },
	{ "{{#l}}{{v}}{{^w}}{{/l}}{{v}}",
	  "\tfor (const __typeof__(*p->l) *r1 = p->l; r1; r1 = r1->next) {\n"
	  "\thtml_text(o, r1->v);\n\thtml_text(o, p->w);\n\t}\n"
	  "\thtml_text(o, p->v);\n" },
	{ "{{#l}}{{#m}}{{#n}}{{?v}}{{/v}}{{/n}}{{#^o}}{{/o}}{{/m}}{{/l}}",
	  "*r3 = p->o;" },
	{ "{{> frame}}{{v}}{{> end}}", "<html><body>" },
	{ "{{#l}}{{> part/in}}{{/l}}", "html_text(o, r1->name);" },
};
/* clang-format on */

static void
what_is_unsafe_is_refused(void **state)
{
	size_t i, wrong = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(refused); i++) {
		AUTO_BUF out = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
		AUTO_BUF read = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
		struct err err;

		if (compile(refused[i].content, &out, &read, &err) < 0 &&
		    strstr(err.text, refused[i].want) &&
		    str_has_prefix(err.text, "t/"))
			continue;
		print_error("%s: %s\n", refused[i].content, err.text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void
what_is_safe_is_compiled(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(accepted); i++) {
		AUTO_BUF out = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
		AUTO_BUF read = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
		struct err err;

		if (compile(accepted[i].content, &out, &read, &err) < 0)
			fail_msg("%s: %s", accepted[i].content, err.text);
		if (!strstr(buf_str(&out), accepted[i].want))
			fail_msg("%s: %s", accepted[i].content, buf_str(&out));
		assert_non_null(
		    strstr(buf_str(&out), "#include \"web/pages.h"));
		assert_non_null(strstr(buf_str(&out),
		    "page_page(struct html *o, const struct page_page *p)"));
	}
}

static void
every_file_read_is_listed(void **state)
{
	AUTO_BUF out = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	AUTO_BUF read = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	struct err err;

	(void)state;
	assert_int_equal(compile("{{> part/in}}", &out, &read, &err), 0);
	assert_string_equal(
	    buf_str(&read), "t/page.html\nt/part/in.html\nt/part/deep.html\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_unsafe_is_refused),
		cmocka_unit_test(what_is_safe_is_compiled),
		cmocka_unit_test(every_file_read_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
