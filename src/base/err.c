#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef err_set
#undef err_wrap
#undef err_errno

struct err_row {
	uint32_t hresult;
	int http;
	const char *text;
	const char *name;
};

static const struct err_row rows[] = {
#define ERR(sym, hresult, http, text) { hresult, http, text, #sym },
#include "base/err.def"
#undef ERR
};

static const struct err_row *
row(enum err_code code)
{
	assert((unsigned)code < ERR_COUNT);
	return &rows[code];
}

uint32_t
err_hresult(enum err_code code)
{
	return row(code)->hresult;
}

int
err_http(enum err_code code)
{
	return row(code)->http;
}

const char *
err_text(enum err_code code)
{
	return row(code)->text;
}

const char *
err_name(enum err_code code)
{
	return row(code)->name;
}

enum err_code
err_code_from(uint32_t number)
{
	return number < ERR_COUNT ? (enum err_code)number : ERR_INTERNAL;
}

int
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[ERR_TEXT_MAX];
	va_list ap;
	size_t n;

	if (!err)
		return -1;
	assert(err->code != ERR_OK);
	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", inner);
	return -1;
}

int
err_errno(struct err *err, const char *fmt, ...)
{
	int saved = errno;
	enum err_code code = ERR_SYSTEM;
	char reason[128];
	va_list ap;
	size_t n;

	if (!err)
		return -1;
	if (saved == ENOSPC || saved == EDQUOT)
		code = ERR_NO_SPACE;
	else if (saved == ENOMEM)
		code = ERR_NO_MEMORY;
	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s",
	    strerror_r(saved, reason, sizeof(reason)));
	return -1;
}
