/* role.h - the roles an account can hold, as a bit mask, from role.def. */
#pragma once
#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

enum role {
#define ROLE(sym, bit, word) ROLE_##sym = (bit),
#include "base/role.def"
#undef ROLE
};

#define ROLE_TEXT_MAX 64

/* The word of one role; "" for none or several. */
const char *role_word(uint32_t role);
MUST_CHECK bool role_from_word(const char *word, uint32_t *ret_role);
/* "officer, auditor" */
void role_list(uint32_t roles, char dst[ROLE_TEXT_MAX]);
bool role_mask_known(uint32_t roles);
