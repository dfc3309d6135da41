/* inf_lines.h - an INF file as a run of "key = value" in sections: comments,
 * quotation marks, %strings%, lines that go on. Says nothing about what the
 * keys mean (inf.h does). */
#pragma once
#include "base/buf.h"

#define CLI_INF_STRINGS_MAX 64
#define CLI_INF_VALUE_MAX   16384 /* with what _continue_ adds */

struct cli_inf_line {
	const char *section, *key, *value;
	unsigned line;
};

/* 0, or -1 with the error. */
typedef int cli_inf_take(
    void *ctx, const struct cli_inf_line *line, struct err *err);

/* Calls take() for every key outside of [Strings]. Errors name the line. */
MUST_CHECK int cli_inf_lines(
    struct bytes text, cli_inf_take *take, void *ctx, struct err *err);
