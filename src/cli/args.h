/* args.h - the words after noun and verb, read by a table.
 *
 * A command's options are a table of struct cli_option, ended by a row
 * without a name; the options that every command has (cli.h) come from a
 * second table. Options may stand before and after other words, as
 * `--name value` or `--name=value`; `--` ends them. An option whose value is
 * written with dots behind it ("NAME...") may be given several times.
 *
 * Ownership: texts point into argv.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_OPTIONS_MAX 32
#define CLI_WORDS_MAX   4
#define CLI_MANY_MAX    64 /* values of all options that may repeat */

struct cli_option {
	const char *name;  /* "ca-name", without dashes */
	const char *value; /* what stands for the value in help; NULL: a flag;
			      "NAME...": may be given several times */
	const char *words; /* "a|b|c": nothing else is accepted; NULL: any */
	const char *help;  /* a few words */
};

struct cli_args {
	const struct cli_option *tables[2];
	const char *values[2][CLI_OPTIONS_MAX];
	const char *words[CLI_WORDS_MAX];
	size_t word_count;
	struct {
		const struct cli_option *option;
		const char *value;
	} many[CLI_MANY_MAX];
	size_t many_count;
};

/* argv: the words to read, ended by NULL. Either table may be NULL. Errors
 * are ERR_INVALID. */
MUST_CHECK int cli_args_parse(struct cli_args *a, const struct cli_option *own,
    const struct cli_option *common, char *const *argv, struct err *err);
/* The value of an option, "" of a flag that is set; NULL when not given. The
 * name must stand in one of the tables. */
const char *cli_args_text(const struct cli_args *a, const char *name);
/* The values of an option that may repeat, one after the other: size_t at = 0;
 * NULL after the last. */
const char *cli_args_each(
    const struct cli_args *a, const char *name, size_t *at);
bool cli_args_flag(const struct cli_args *a, const char *name);
/* The value as a number of min..max, or `otherwise` when not given. */
MUST_CHECK int cli_args_number(const struct cli_args *a, const char *name,
    uint64_t min, uint64_t max, uint64_t otherwise, uint64_t *ret,
    struct err *err);
