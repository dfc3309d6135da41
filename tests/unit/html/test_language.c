#include "../unit.h"
#include "base/str.h"
#include "html/po.h"

static const struct html_language languages[] = {
	{ "en", "English", HTML_PLURAL_ONE_OTHER },
	{ "de", "Deutsch", HTML_PLURAL_ONE_OTHER },
	{ "cs",
	    "\xC4\x8C"
	    "e\xC5\xA1tina",
	    HTML_PLURAL_CZECH },
};
static const char *const home[2 * HTML_FORMS_MAX] = { "Startseite" };
static const char *const days[2 * HTML_FORMS_MAX] = { "{0} Tag", "{0} Tage",
	NULL, NULL, "{0} den", "{0} dny", "{0} dni" };
static const struct html_message messages[] = {
	{ "Home", home },
	{ "{0} day", days },
};
static const struct html_catalogue catalogue = { languages,
	ARRAY_LEN(languages), messages, ARRAY_LEN(messages) };

static void
texts_are_found_by_the_english_one(void **state)
{
	(void)state;
	assert_string_equal(html_tr(&catalogue, 1, "Home"), "Startseite");
	assert_string_equal(html_tr(&catalogue, 0, "Home"), "Home");
	assert_string_equal(html_tr(&catalogue, 2, "Home"), "Home");
	assert_string_equal(html_tr(&catalogue, 1, "Unknown"), "Unknown");
	assert_string_equal(html_tr(&catalogue, 9, "Home"), "Home");
	assert_string_equal(
	    html_tr_n(&catalogue, 0, 1, "{0} day", "{0} days"), "{0} day");
	assert_string_equal(
	    html_tr_n(&catalogue, 0, 0, "{0} day", "{0} days"), "{0} days");
	assert_string_equal(
	    html_tr_n(&catalogue, 1, 2, "{0} day", "{0} days"), "{0} Tage");
	assert_string_equal(
	    html_tr_n(&catalogue, 2, 3, "{0} day", "{0} days"), "{0} dny");
	assert_string_equal(
	    html_tr_n(&catalogue, 2, 5, "{0} day", "{0} days"), "{0} dni");
}

/* The forms of 0, 1, 2, 4, 5, 11, 12, 21, 22, 25, 101, 112, 122 by the
 * expressions of the rules, worked out by hand. */
static void
plurals_follow_their_rule(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 2, 4, 5, 11, 12, 21, 22, 25,
		101, 112, 122 };
	static const char *const want[HTML_PLURAL_COUNT] = {
		[HTML_PLURAL_ONE_OTHER] = "1011111111111",
		[HTML_PLURAL_NONE] = "0000000000000",
		[HTML_PLURAL_UP_TO_ONE] = "0011111111111",
		[HTML_PLURAL_CZECH] = "2011222222222",
		[HTML_PLURAL_POLISH] = "2011222212221",
		[HTML_PLURAL_RUSSIAN] = "2011222012021",
	};
	unsigned rule, form;
	size_t i;

	(void)state;
	for (rule = 0; rule < HTML_PLURAL_COUNT; rule++)
		for (i = 0; i < ARRAY_LEN(numbers); i++) {
			form = html_plural_form(
			    (enum html_plural)rule, numbers[i]);
			if (form != (unsigned)(want[rule][i] - '0'))
				fail_msg("rule %u, %ju: %u", rule,
				    (uintmax_t)numbers[i], form);
		}
}

static void
the_best_language_is_chosen(void **state)
{
	static const struct {
		const char *header;
		unsigned want;
	} cases[] = {
		{ NULL, 0 },
		{ "", 0 },
		{ "de", 1 },
		{ "DE", 1 },
		{ "de-AT", 1 },
		{ "de-Latn-DE-1996", 1 },
		{ "en-US,en;q=0.9,de;q=0.8", 0 },
		{ "de;q=0.8, en-GB;q=0.9", 0 },
		{ "en;q=0.5, de ; q=0.7 ,cs;q=0.6", 1 },
		{ "fr-CH, fr;q=0.9, de;q=0.7, *;q=0.5", 1 },
		{ "fr, *", 0 },
		{ "fr", 0 },
		{ "de;q=0, cs;q=0.1", 2 },
		{ "de;q=0.001", 1 },
		{ "de;q=1.000,en", 1 },
		/* nonsense is not heard */
		{ "de;q=2, cs;q=0.5", 2 },
		{ "de;q=0.1234, cs", 2 },
		{ "de;q=, cs", 2 },
		{ "de;x=1, cs", 2 },
		{ ",,,de,,", 1 },
		{ "deutsch-und-ein-sehr-langer-name-der-nicht-passt, cs", 2 },
		{ "-de", 0 },
		{ "\xFF\xFF;;q==", 0 },
		/* too many to be read */
		{ "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,de", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (html_language_accept(&catalogue, cases[i].header) !=
		    cases[i].want)
			fail_msg("%s", cases[i].header);
}

/* ---- catalogues --------------------------------------------------------- */

#define HEADER                                                \
	"msgid \"\"\nmsgstr \"\"\n"                           \
	"\"Language: de\\n\"\n\"X-Name: Deutsch (Sie)\\n\"\n" \
	"\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n\n"

static void
a_catalogue_is_read(void **state)
{
	static const char text[] =
	    HEADER "#: a comment\nmsgid \"b\"\nmsgstr \"B \\\"\\\\\\n\\t\"\n\n"
		   "#, c-format, fuzzy\nmsgid \"c\"\nmsgstr \"C\"\n"
		   "msgid \"\"\n\"a\"\n\" d\"\nmsgstr \"\"\n"
		   "\"A\"\n\"D\"\n"
		   "msgid \"e\"\nmsgstr \"\"\n"
		   "msgid \"1\"\nmsgid_plural \"n\"\nmsgstr[0] \"x\"\n"
		   "msgstr[1] \"y\"\n#~ msgid \"old\"";
	struct po po;
	struct err err = { 0 };

	(void)state;
	if (po_read("de.po", bytes_str(text), &po, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(po.tag, "de");
	assert_string_equal(po.name, "Deutsch (Sie)");
	assert_int_equal(po.rule, HTML_PLURAL_ONE_OTHER);
	assert_int_equal(po.n, 5);
	assert_string_equal(po_find(&po, "b")->text[0], "B \"\\\n\t");
	assert_string_equal(po_find(&po, "a d")->text[0], "AD");
	assert_string_equal(po_find(&po, "1")->plural, "n");
	assert_string_equal(po_find(&po, "1")->text[1], "y");
	assert_int_equal(po_find(&po, "b")->line, 8);
	assert_null(po_find(&po, "c"));
	assert_null(po_find(&po, "e"));
	assert_null(po_find(&po, "f"));
	po_clear(&po);
}

static void
a_wrong_catalogue_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "has no header" },
		{ "msgid \"a\"\nmsgstr \"b\"\n", "begin with its header" },
		{ "msgid \"\"\nmsgstr \"Language: de\\n\"\n", "says not each" },
		{ "msgid \"\"\nmsgstr \"Language: de\\nX-Name: D\\n"
		  "Plural-Forms: nplurals=9; plural=n;\\n\"\n",
		    "rule" },
		{ HEADER "msgid \"a\"\nmsgstr \"b\"\nmsgid \"a\"\nmsgstr \"\"",
		    "de.po:9: an entry that is there already" },
		{ HEADER "msgid \"a\"\n", "without msgstr" },
		{ HEADER "msgid \"a\"\nmsgid \"b\"\nmsgstr \"\"\n",
		    "without msgstr" },
		{ HEADER "msgid \"a\"\nmsgstr \"b\"\nmsgstr \"c\"\n", "order" },
		{ HEADER "msgid \"a\"\nmsgstr[1] \"b\"\n", "order" },
		{ HEADER "msgid \"a\"\nmsgstr[0] \"b\"\nmsgstr[1] \"c\"\n",
		    "too many" },
		{ HEADER "msgid \"a\"\nmsgid_plural \"b\"\nmsgstr[0] \"c\"\n",
		    "is missing" },
		{ HEADER "msgid \"a\nmsgstr \"\"", "double quotes" },
		{ HEADER "msgid \"a\"b\"\nmsgstr \"\"", "without backslash" },
		{ HEADER "msgid \"a\\x\"\nmsgstr \"\"", "escape" },
		{ HEADER "msgctxt \"a\"\n", "de.po:7: this line" },
		{ "\"a\"\n", "belongs to nothing" },
		{ HEADER "msgid \"\xFF\"\n", "UTF-8" },
	};
	struct err err;
	struct po po;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		err = (struct err){ 0 };
		if (po_read("de.po", bytes_str(cases[i].text), &po, &err) == 0)
			fail_msg("read: %s", cases[i].text);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s: %s", cases[i].why, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_found_by_the_english_one),
		cmocka_unit_test(plurals_follow_their_rule),
		cmocka_unit_test(the_best_language_is_chosen),
		cmocka_unit_test(a_catalogue_is_read),
		cmocka_unit_test(a_wrong_catalogue_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
