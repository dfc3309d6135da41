/* password.h - passwords from a file or from the terminal, never from the
 * command line, where everybody on the machine could read them. */
#pragma once
#include "base/secret.h"

#define CLI_PASSWORD_MAX 1024

/* The first line of a file. */
MUST_CHECK int cli_password_from_file(
    const char *file, struct secret **ret, struct err *err);
/* Ask on the terminal without echo; ERR_INVALID when there is none. */
MUST_CHECK int cli_password_ask(
    const char *prompt, struct secret **ret, struct err *err);
/* size - 1 printable characters from the kernel's random source. */
#define CLI_PASSWORD_MADE 20
MUST_CHECK int cli_password_make(
    char dst[CLI_PASSWORD_MADE + 1], struct err *err);
