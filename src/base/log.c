#include "base/log.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

static const char *log_program = "opencertsrv";

void
log_start(const char *program)
{
	log_program = program;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info" };
	char when[STR_TIME_MAX], text[1024], line[1280];
	va_list ap;
	char *c;
	int n;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	str_time_iso(when, clock_now());
	n = snprintf(line, sizeof(line), "%s %s %s: %s\n", when, log_program,
	    names[level], text);
	/* One write, so that lines of threads and programs do not mix. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}
