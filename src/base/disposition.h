/* disposition.h - the states of a request, from disposition.def.
 *
 * The numbers are those of the database (MS-CSRA 3.1.1.1) and travel over
 * rpc. Who may move a request from which to which is ca/request.h's business.
 */
#pragma once
#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

enum disposition {
#define DISPOSITION(sym, db, api, word, people) DISPOSITION_##sym = (db),
#include "base/disposition.def"
#undef DISPOSITION
};

bool disposition_known(uint32_t value);
uint32_t disposition_api(enum disposition d);       /* CR_DISP_... */
const char *disposition_word(enum disposition d);   /* "pending" */
const char *disposition_people(enum disposition d); /* "Waiting for approval" */
MUST_CHECK bool disposition_from_word(const char *word, enum disposition *ret);
