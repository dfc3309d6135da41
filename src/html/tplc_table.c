/* The catalogues as one table of C, for texts that no template holds. */
#include "html/tplc_state.h"

#include "base/str.h"

#define LANGUAGES_MAX 16

/* {0} to {9}: the values of web_say() (web/language.h). A form of a plural may
 * leave some out. */
static int
check_values(const struct po *po, const struct po_message *m, struct err *err)
{
	char mark[] = "{0}";
	size_t i;

	for (i = 0; i < HTML_FORMS_MAX && m->text[i]; i++)
		for (mark[1] = '0'; mark[1] <= '9'; mark[1]++) {
			bool want = strstr(m->id, mark) ||
				    (m->plural && strstr(m->plural, mark));
			bool has = strstr(m->text[i], mark) != NULL;

			if ((has && !want) || (want && !has && !m->plural))
				return err_set(err, ERR_INVALID,
				    "%s:%u: the translation of \"%s\" has not "
				    "the same values: %s",
				    po->path, m->line, m->id, mark);
		}
	return 0;
}

/* The least id that no language has passed; NULL at the end. */
static const char *
next_id(const struct po *languages, size_t n, const size_t *at)
{
	const char *least = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (at[i] < languages[i].n) {
			const char *id = languages[i].messages[at[i]].id;

			if (!least || strcmp(id, least) < 0)
				least = id;
		}
	return least;
}

static void
add_string(struct buf *out, const char *s)
{
	if (s)
		tplc_emit_string(out, s, strlen(s));
	else
		buf_add_str(out, "NULL");
}

static int
add_row(const struct po *languages, size_t n, size_t *at, const char *id,
    struct buf *out, struct err *err)
{
	size_t i, form;

	buf_add_str(out, "\t{ ");
	for (i = 0; i < n; i++) {
		const struct po *po = &languages[i];
		const struct po_message *m = NULL;

		if (at[i] < po->n && str_eq(po->messages[at[i]].id, id))
			m = &po->messages[at[i]++];
		if (m && check_values(po, m, err) < 0)
			return -1;
		for (form = 0; form < HTML_FORMS_MAX; form++) {
			add_string(out, m ? m->text[form] : NULL);
			buf_add_str(out, ", ");
		}
	}
	buf_add_str(out, "},\n");
	return 0;
}

static void
add_languages(const struct po *languages, size_t n, struct buf *out)
{
	size_t i;

	buf_add_str(out, "static const struct html_language languages[] = {\n"
			 "\t{ \"en\", \"English\", HTML_PLURAL_ONE_OTHER },\n");
	for (i = 0; i < n; i++) {
		buf_add_str(out, "\t{ ");
		add_string(out, languages[i].tag);
		buf_add_str(out, ", ");
		add_string(out, languages[i].name);
		buf_addf(out, ", %s },\n",
		    html_plural_rules[languages[i].rule].symbol);
	}
	buf_add_str(out, "};\n");
}

int
tplc_table(const struct po *languages, size_t n, const char *include,
    const char *name, struct buf *out, struct err *err)
{
	AUTO_BUF messages = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	AUTO_BUF texts = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	size_t at[LANGUAGES_MAX] = { 0 }, rows = 0;
	const char *id;

	if (n > LANGUAGES_MAX)
		return err_set(err, ERR_TOO_LARGE, "too many languages");
	while ((id = next_id(languages, n, at)) != NULL) {
		buf_add_str(&messages, "\t{ ");
		add_string(&messages, id);
		buf_addf(&messages, ", texts[%zu] },\n", rows++);
		if (add_row(languages, n, at, id, &texts, err) < 0)
			return -1;
	}
	buf_addf(out,
	    "/* Made by tplc from the catalogues; do not edit. */\n"
	    "#include \"%s\"\n\n",
	    include);
	add_languages(languages, n, out);
	if (rows) {
		buf_addf(out,
		    "static const char *const texts[][%zu * HTML_FORMS_MAX] = "
		    "{\n%s};\n"
		    "static const struct html_message messages[] = {\n%s};\n",
		    n, buf_str(&texts), buf_str(&messages));
	}
	buf_addf(out,
	    "const struct html_catalogue %s = { languages, %zu, %s, %zu };\n",
	    name, n + 1, rows ? "messages" : "NULL", rows);
	return buf_check(out, "the table of texts", err);
}
