#include "base/role.h"

#include "base/str.h"

#include <stdio.h>

struct row {
	uint32_t bit;
	const char *word;
};

static const struct row rows[] = {
#define ROLE(sym, bit, word) { bit, word },
#include "base/role.def"
#undef ROLE
};

const char *
role_word(uint32_t role)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].bit == role)
			return rows[i].word;
	return "";
}

bool
role_from_word(const char *word, uint32_t *ret_role)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].word, word)) {
			*ret_role = rows[i].bit;
			return true;
		}
	return false;
}

void
role_list(uint32_t roles, char dst[ROLE_TEXT_MAX])
{
	size_t i, n = 0;

	dst[0] = 0;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (roles & rows[i].bit)
			n += (size_t)snprintf(dst + n, ROLE_TEXT_MAX - n,
			    "%s%s", n ? ", " : "", rows[i].word);
}

bool
role_mask_known(uint32_t roles)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		roles &= ~rows[i].bit;
	return roles == 0;
}
