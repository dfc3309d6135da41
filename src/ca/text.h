/* text.h - text of foreign origin that goes into a field of bounded size. */
#pragma once
#include "base/err.h"

#include <stddef.h>

/* Copy UTF-8; what does not fit is cut between characters and replaced by an
 * ellipsis. */
void ca_text_cut(char *dst, size_t size, const char *src);
/* Remove a character that was cut in the middle from the end. */
void ca_text_mend(char *s);
/* What a person wrote for a row and the audit (reason, comment): one line that
 * can be shown, and no private key, which is never stored. */
MUST_CHECK int ca_text_check(const char *s, const char *what, struct err *err);
