#include "cli/cli.h"

#include "base/str.h"

#include <inttypes.h>

static const struct cli_command *const nouns[] = {
	cli_quickstart_commands,
	cli_status_commands,
	cli_request_commands,
	cli_certificate_commands,
	cli_crl_commands,
	cli_template_commands,
	cli_user_commands,
	cli_role_commands,
	cli_group_commands,
	cli_permission_commands,
	cli_restriction_commands,
	cli_ca_commands,
	cli_audit_commands,
	cli_enroll_commands,
};

/* clang-format off */
static const struct cli_option common_options[] = {
	{ "dir", "DIR", NULL, "folder of the installation" },
	{ "config", "FILE", NULL, "its configuration file" },
	{ "as", "NAME", NULL, "account to act as" },
	{ "password-file", "FILE", NULL, "file with that account's password" },
	{ "json", NULL, NULL, "write JSON" },
	{ "help", NULL, NULL, "explain this command" },
	{ NULL, NULL, NULL, NULL },
};
/* clang-format on */

#define NAME_COLUMN    28
#define CONFIG_DEFAULT "/etc/opencertsrv/opencertsrv.yaml"

/* A walk through all rows of all tables. */
static const struct cli_command *
next_command(const struct cli_command *row, size_t *noun)
{
	if (row)
		row++;
	while (!row || !row->noun) {
		if (row)
			(*noun)++;
		if (*noun == ARRAY_LEN(nouns))
			return NULL;
		row = nouns[*noun];
	}
	return row;
}

static const struct cli_command *
find_command(char *const argv[], size_t *ret_used)
{
	const struct cli_command *row = NULL;
	size_t noun = 0;

	while ((row = next_command(row, &noun)) != NULL) {
		if (!argv[0] || !str_eq(row->noun, argv[0]))
			continue;
		if (!row->verb || (argv[1] && str_eq(row->verb, argv[1]))) {
			*ret_used = row->verb ? 2 : 1;
			return row;
		}
	}
	return NULL;
}

/* One that is longer than its column has a line of its own. */
static void
print_name(FILE *out, const char *name)
{
	if (strlen(name) > NAME_COLUMN)
		(void)fprintf(out, "  %s\n  %*s ", name, NAME_COLUMN, "");
	else
		(void)fprintf(out, "  %-*s ", NAME_COLUMN, name);
}

static void
print_usage_line(const struct cli_command *r, FILE *out)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%s%s%s%s", r->noun,
	    r->verb ? " " : "", r->verb ? r->verb : "", *r->words ? " " : "",
	    r->words);
	print_name(out, name);
	(void)fprintf(out, "%s\n", r->help);
}

/* All commands, or those of one noun. */
static void
print_help(const char *noun, FILE *out)
{
	const struct cli_command *row = NULL;
	size_t i = 0;

	(void)fprintf(out, "usage: opencertsrv COMMAND [OPTIONS]\n\n");
	while ((row = next_command(row, &i)) != NULL)
		if (row->help && (!noun || str_eq(row->noun, noun)))
			print_usage_line(row, out);
	(void)fprintf(
	    out, "\n`opencertsrv COMMAND --help` explains one command.\n");
}

static void
print_options(const struct cli_option *o, FILE *out)
{
	char name[80];

	for (; o && o->name; o++) {
		(void)snprintf(name, sizeof(name), "--%s%s%s", o->name,
		    o->value ? " " : "", o->value ? o->value : "");
		print_name(out, name);
		(void)fprintf(out, "%s%s%s%s\n", o->help, o->words ? " (" : "",
		    o->words ? o->words : "", o->words ? ")" : "");
	}
}

static void
print_command_help(const struct cli_command *r, FILE *out)
{
	(void)fprintf(out, "usage: opencertsrv %s%s%s%s%s [OPTIONS]\n\n%s\n\n",
	    r->noun, r->verb ? " " : "", r->verb ? r->verb : "",
	    *r->words ? " " : "", r->words, r->help ? r->help : "");
	print_options(r->options, out);
	print_options(common_options, out);
}

/* One noun is known but not this verb: help about that noun. */
static bool
is_noun(const char *word)
{
	const struct cli_command *row = NULL;
	size_t i = 0;

	while ((row = next_command(row, &i)) != NULL)
		if (str_eq(row->noun, word))
			return true;
	return false;
}

static int
not_understood(char *const argv[])
{
	const char *noun = argv[0] && is_noun(argv[0]) ? argv[0] : NULL;
	const char *word = noun ? argv[1] : argv[0];
	char clean[64];

	if (argv[0] && str_eq(argv[0], "--version")) {
		printf("opencertsrv %s\n", OCS_VERSION);
		return CLI_EXIT_OK;
	}
	if (word && (str_eq(word, "--help") || str_eq(word, "help"))) {
		print_help(noun, stdout);
		return CLI_EXIT_OK;
	}
	if (word && !noun) {
		(void)cli_column_clean(clean, sizeof(clean), word);
		(void)fprintf(stderr,
		    "There is no command \"%s\"; `opencertsrv --help` lists "
		    "them.\n",
		    clean);
		return CLI_EXIT_USAGE;
	}
	if (word && word[0] != '-') {
		(void)cli_column_clean(clean, sizeof(clean), word);
		(void)fprintf(
		    stderr, "There is no command \"%s %s\".\n\n", noun, clean);
	}
	print_help(noun, stderr);
	return CLI_EXIT_USAGE;
}

static int
parse(struct cli *c, char *const argv[], struct err *err)
{
	const struct cli_command *r = c->command;

	if (cli_args_parse(&c->args, r->options, common_options, argv, err) < 0)
		return -1;
	if (cli_args_flag(&c->args, "help"))
		return 0;
	if (c->args.word_count < r->word_min)
		return err_set(err, ERR_INVALID,
		    "The command needs more words: %s.", r->words);
	if (c->args.word_count > r->word_max)
		return err_set(err, ERR_INVALID,
		    "The word \"%.60s\" is one too many.",
		    c->args.words[r->word_max]);
	return 0;
}

/* A sentence on one line, whatever a library or a peer put into it. */
static void
complain(const struct err *err)
{
	char clean[2 * ERR_TEXT_MAX];
	size_t n;

	(void)cli_column_clean(clean, sizeof(clean), err->text);
	n = strlen(clean);
	(void)fprintf(stderr, "opencertsrv: %s%s\n", clean,
	    n > 0 && strchr(".?!:", clean[n - 1]) ? "" : ".");
}

int
cli_main(const struct cli_host *host, int argc, char *const argv[])
{
	struct cli c = { .host = host, .out = stdout };
	struct err err = { 0 };
	size_t used = 0;
	int rc;

	argv += argc > 0;
	c.command = find_command(argv, &used);
	if (!c.command)
		return not_understood(argv);
	if (parse(&c, argv + used, &err) < 0) {
		complain(&err);
		(void)fprintf(stderr,
		    "`opencertsrv %s%s%s --help` tells more.\n",
		    c.command->noun, c.command->verb ? " " : "",
		    c.command->verb ? c.command->verb : "");
		return CLI_EXIT_USAGE;
	}
	if (cli_args_flag(&c.args, "help")) {
		print_command_help(c.command, stdout);
		return CLI_EXIT_OK;
	}
	rc = c.command->run(&c, &err);
	cli_pair_stop(&c.pair);
	if (rc >= 0 && fflush(c.out) == EOF)
		rc = err_errno(&err, "Writing the output failed");
	if (rc >= 0)
		return rc;
	complain(&err);
	return c.failed                      ? c.failed
	       : err.code == ERR_INVALID     ? CLI_EXIT_USAGE
	       : err.code == ERR_UNAVAILABLE ? CLI_EXIT_STATE
					     : CLI_EXIT_FAILED;
}

int
cli_load(struct cli *c, struct err *err)
{
	const char *dir = cli_args_text(&c->args, "dir");
	const char *file = cli_args_text(&c->args, "config");
	char path[PATH_MAX];
	int n;

	if (dir && file)
		return err_set(
		    err, ERR_INVALID, "Give --dir or --config, not both.");
	if (dir) {
		n = snprintf(path, sizeof(path), "%s/opencertsrv.yaml", dir);
		if (n < 0 || (size_t)n >= sizeof(path))
			return err_set(
			    err, ERR_INVALID, "The path is too long.");
		file = path;
	}
	if (!file)
		file = CONFIG_DEFAULT;
	if (access(file, F_OK) < 0)
		return err_set(err, ERR_CONFIG,
		    "There is no configuration %s; name the installation with "
		    "--dir DIR or --config FILE.",
		    file);
	return c->host->load_config(file, &c->config, err);
}

int
cli_word_id(const struct cli *c, size_t word, uint64_t *ret, struct err *err)
{
	if (word < c->args.word_count &&
	    str_u64(c->args.words[word], INT64_MAX, ret) && *ret > 0)
		return 0;
	return err_set(err, ERR_INVALID,
	    "A request number is a whole number above zero, not \"%.40s\".",
	    word < c->args.word_count ? c->args.words[word] : "");
}
