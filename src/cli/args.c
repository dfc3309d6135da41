#include "cli/args.h"

#include "base/str.h"

#include <assert.h>
#include <string.h>

struct place {
	size_t table, row;
};

/* The row of an option whose name is the first n bytes of text. */
static const struct cli_option *
find(const struct cli_args *a, const char *text, size_t n, struct place *ret)
{
	size_t t, i;

	for (t = 0; t < 2; t++) {
		const struct cli_option *o = a->tables[t];

		for (i = 0; o && o[i].name; i++) {
			assert(i < CLI_OPTIONS_MAX);
			if (strlen(o[i].name) != n ||
			    memcmp(o[i].name, text, n) != 0)
				continue;
			*ret = (struct place){ t, i };
			return &o[i];
		}
	}
	return NULL;
}

static bool
is_one_of(const char *words, const char *value)
{
	size_t n = strlen(value), part;

	for (;; words += part + 1) {
		part = strcspn(words, "|");
		if (part == n && memcmp(words, value, n) == 0)
			return true;
		if (!words[part])
			return false;
	}
}

static bool
repeats(const struct cli_option *o)
{
	return o->value && str_has_suffix_ci(o->value, "...");
}

/* *arg is an option; moves to its value when that is a word of its own. */
static int
take_option(struct cli_args *a, char *const **arg, struct err *err)
{
	const char *text = **arg + 2, *value = NULL;
	size_t n = strcspn(text, "=");
	const struct cli_option *o;
	const char **slot;
	struct place at;

	o = find(a, text, n, &at);
	if (!o)
		return err_set(err, ERR_INVALID, "There is no option --%.*s.",
		    n > 60 ? 60 : (int)n, text);
	slot = &a->values[at.table][at.row];
	if (*slot && !repeats(o))
		return err_set(err, ERR_INVALID,
		    "The option --%s is given twice.", o->name);
	if (text[n] == '=')
		value = text + n + 1;
	if (!o->value) {
		if (value)
			return err_set(err, ERR_INVALID,
			    "The option --%s takes no value.", o->name);
		*slot = "";
		return 0;
	}
	if (!value && (*arg)[1])
		value = *++*arg;
	if (!value)
		return err_set(err, ERR_INVALID,
		    "The option --%s needs a value (%s).", o->name, o->value);
	if (o->words && !is_one_of(o->words, value))
		return err_set(err, ERR_INVALID,
		    "The option --%s is one of %s, not \"%.60s\".", o->name,
		    o->words, value);
	if (repeats(o)) {
		if (a->many_count == CLI_MANY_MAX)
			return err_set(err, ERR_INVALID,
			    "The option --%s is one too many: %d values at "
			    "most.",
			    o->name, CLI_MANY_MAX);
		a->many[a->many_count].option = o;
		a->many[a->many_count++].value = value;
	}
	*slot = value;
	return 0;
}

int
cli_args_parse(struct cli_args *a, const struct cli_option *own,
    const struct cli_option *common, char *const *argv, struct err *err)
{
	bool options = true;

	*a = (struct cli_args){ .tables = { own, common } };
	for (; *argv; argv++) {
		if (options && str_eq(*argv, "--")) {
			options = false;
		} else if (options && str_has_prefix(*argv, "--")) {
			if (take_option(a, &argv, err) < 0)
				return -1;
		} else if (a->word_count == CLI_WORDS_MAX) {
			return err_set(err, ERR_INVALID,
			    "There are too many words: \"%.60s\".", *argv);
		} else {
			a->words[a->word_count++] = *argv;
		}
	}
	return 0;
}

const char *
cli_args_text(const struct cli_args *a, const char *name)
{
	struct place at = { 0, 0 };
	const struct cli_option *o = find(a, name, strlen(name), &at);

	assert(o);
	return o ? a->values[at.table][at.row] : NULL;
}

const char *
cli_args_each(const struct cli_args *a, const char *name, size_t *at)
{
	while (*at < a->many_count) {
		size_t i = (*at)++;

		if (str_eq(a->many[i].option->name, name))
			return a->many[i].value;
	}
	return NULL;
}

bool
cli_args_flag(const struct cli_args *a, const char *name)
{
	return cli_args_text(a, name) != NULL;
}

int
cli_args_number(const struct cli_args *a, const char *name, uint64_t min,
    uint64_t max, uint64_t otherwise, uint64_t *ret, struct err *err)
{
	const char *text = cli_args_text(a, name);

	*ret = otherwise;
	if (!text)
		return 0;
	if (!str_u64(text, max, ret) || *ret < min)
		return err_set(err, ERR_INVALID,
		    "The option --%s is a number from %ju to %ju, not "
		    "\"%.40s\".",
		    name, (uintmax_t)min, (uintmax_t)max, text);
	return 0;
}
