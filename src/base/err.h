/* err.h - the one error type.
 *
 * Functions return 0 or -1; the detail is in struct err, always the last
 * parameter. The first failure sets code and text, callers put context in
 * front of it (outermost first). Codes live in err.def with the HRESULT shown
 * to Windows clients and the default HTTP status; they are translated only at
 * the edge (rpc, pages, command line).
 *
 * A struct err is a plain value: nothing to free. It may be NULL where the
 * caller does not care.
 */
#pragma once
#include "base/cleanup.h"

#include <stddef.h>
#include <stdint.h>

enum err_code {
#define ERR(sym, hresult, http, text) ERR_##sym,
#include "base/err.def"
#undef ERR
	ERR_COUNT
};

#define ERR_TEXT_MAX 512

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX];
};

/* Set code and text; always -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Put context in front of an error that is set; always -1. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ERR_SYSTEM with strerror(errno) after the text; always -1. */
int err_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#if defined(__clang_analyzer__) || defined(OCS_ANALYZE)
/* Analysers do not read "always -1" and would follow paths that are not. */
#define err_set(...)   (err_set(__VA_ARGS__), -1)
#define err_wrap(...)  (err_wrap(__VA_ARGS__), -1)
#define err_errno(...) (err_errno(__VA_ARGS__), -1)
#endif

uint32_t err_hresult(enum err_code code);
int err_http(enum err_code code);
const char *err_text(enum err_code code); /* fallback sentence */
const char *err_name(enum err_code code); /* "DENIED" */
/* The code for a number that came over a wire; ERR_INTERNAL if unknown. */
enum err_code err_code_from(uint32_t number);
