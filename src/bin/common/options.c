#include "common/options.h"

#include "base/str.h"

#include <stdio.h>

/* A step takes what it needs from *arg on and moves it to its last word. */
typedef int option_step(const struct common_program *program,
    struct common_options *o, char *const **arg, struct err *err);

static int
take_value(char *const **arg, const char **ret, struct err *err)
{
	const char *name = **arg;

	if (!(*arg)[1] || !*(*arg)[1])
		return err_set(err, ERR_CONFIG, "%s needs a value", name);
	(*arg)++;
	*ret = **arg;
	return 0;
}

static int
take_number(char *const **arg, uint64_t max, uint64_t *ret, struct err *err)
{
	const char *name = **arg, *text;

	if (take_value(arg, &text, err) < 0)
		return -1;
	if (!str_u64(text, max, ret))
		return err_set(err, ERR_CONFIG,
		    "%s needs a number up to %ju, not \"%.40s\"", name,
		    (uintmax_t)max, text);
	return 0;
}

static int
step_config(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)program;
	return take_value(arg, &o->config, err);
}

static int
step_init(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)arg;
	if (!program->has_init)
		return err_set(
		    err, ERR_CONFIG, "%s has no --init", program->name);
	o->init = true;
	return 0;
}

#define SIGN_CA "--sign-ca="

static int
step_sign_ca(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	if (!program->has_sign_ca)
		return err_set(
		    err, ERR_CONFIG, "%s has no %s", program->name, SIGN_CA);
	o->sign_ca = **arg + strlen(SIGN_CA);
	return 0;
}

static int
step_import(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)arg;
	if (!program->has_init)
		return err_set(
		    err, ERR_CONFIG, "%s has no --import", program->name);
	o->import = true;
	return 0;
}

static int
step_dry_run(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)arg;
	if (!program->has_init)
		return err_set(
		    err, ERR_CONFIG, "%s has no --dry-run", program->name);
	o->dry_run = true;
	return 0;
}

static int
step_supervised(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)program;
	(void)arg;
	(void)err;
	o->supervised = true;
	return 0;
}

static int
step_ready_fd(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	uint64_t n;

	(void)program;
	if (take_number(arg, 1023, &n, err) < 0)
		return -1;
	o->ready_fd = (int)n;
	return 0;
}

static int
step_uid(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	uint64_t n;

	/* The largest uid_t stands for "none" in the kernel's calls. */
	if (take_number(arg, UINT32_MAX - 1, &n, err) < 0)
		return -1;
	if (o->uid_count == COMMON_UIDS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d times %s",
		    COMMON_UIDS_MAX, program->uid_option);
	o->uids[o->uid_count++] = (uid_t)n;
	return 0;
}

static int
step_help(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)arg;
	(void)err;
	printf("%s - %s\n\n"
	       "usage: %s --config FILE%s [--supervised] [--ready-fd N] "
	       "[%s N]...\n",
	    program->name, program->about, program->name,
	    program->has_init ? " [--init|--import]" : "", program->uid_option);
	o->done = true;
	return 0;
}

static int
step_version(const struct common_program *program, struct common_options *o,
    char *const **arg, struct err *err)
{
	(void)arg;
	(void)err;
	printf("%s %s\n", program->name, OCS_VERSION);
	o->done = true;
	return 0;
}

static const struct {
	const char
	    *name; /* NULL: the program's uid option; NAME=: with value */
	option_step *step;
} steps[] = {
	{ "--config", step_config },
	{ "--init", step_init },
	{ "--import", step_import },
	{ "--dry-run", step_dry_run },
	{ SIGN_CA, step_sign_ca },
	{ "--supervised", step_supervised },
	{ "--ready-fd", step_ready_fd },
	{ NULL, step_uid },
	{ "--help", step_help },
	{ "--version", step_version },
};

static bool
is_option(const char *arg, const char *name)
{
	return str_has_suffix_ci(name, "=") ? str_has_prefix(arg, name)
					    : str_eq(arg, name);
}

int
common_options_parse(const struct common_program *program, int argc,
    char *const argv[], struct common_options *ret, struct err *err)
{
	struct common_options o = { .ready_fd = -1 };
	char *const *arg;
	size_t i;

	for (arg = argv + (argc > 0); *arg && !o.done; arg++) {
		for (i = 0; i < ARRAY_LEN(steps); i++)
			if (is_option(*arg, steps[i].name
						? steps[i].name
						: program->uid_option))
				break;
		if (i == ARRAY_LEN(steps))
			return err_set(err, ERR_CONFIG,
			    "unknown argument \"%.80s\", see %s --help", *arg,
			    program->name);
		if (steps[i].step(program, &o, &arg, err) < 0)
			return -1;
	}
	if (!o.done && !o.config)
		return err_set(err, ERR_CONFIG,
		    "--config FILE is missing, see %s --help", program->name);
	*ret = o;
	return 0;
}
