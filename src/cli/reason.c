#include "cli/reason.h"

#include "base/cleanup.h"
#include "base/str.h"

static const struct {
	const char *word, *number;
	uint32_t reason;
} reasons[] = {
	{ "unspecified", "0", 0 },
	{ "key-compromise", "1", 1 },
	{ "ca-compromise", "2", 2 },
	{ "affiliation-changed", "3", 3 },
	{ "superseded", "4", 4 },
	{ "cessation-of-operation", "5", 5 },
	{ "certificate-hold", "6", 6 },
	{ "privilege-withdrawn", "9", 9 },
	{ "aa-compromise", "10", 10 },
};

bool
cli_reason(const char *text, uint32_t *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (str_eq(text, reasons[i].word) ||
		    str_eq(text, reasons[i].number)) {
			*ret = reasons[i].reason;
			return true;
		}
	return false;
}
