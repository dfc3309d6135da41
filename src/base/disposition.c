#include "base/disposition.h"

#include "base/str.h"

#include <assert.h>

struct row {
	enum disposition value;
	uint32_t api;
	const char *word;
	const char *people;
};

static const struct row rows[] = {
#define DISPOSITION(sym, db, api, word, people) \
	{ DISPOSITION_##sym, api, word, people },
#include "base/disposition.def"
#undef DISPOSITION
};

static const struct row *
find(uint32_t value)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if ((uint32_t)rows[i].value == value)
			return &rows[i];
	return NULL;
}

bool
disposition_known(uint32_t value)
{
	return find(value) != NULL;
}

uint32_t
disposition_api(enum disposition d)
{
	const struct row *r = find((uint32_t)d);

	assert(r);
	return r->api;
}

const char *
disposition_word(enum disposition d)
{
	const struct row *r = find((uint32_t)d);

	return r ? r->word : "unknown";
}

const char *
disposition_people(enum disposition d)
{
	const struct row *r = find((uint32_t)d);

	return r ? r->people : "Unknown";
}

bool
disposition_from_word(const char *word, enum disposition *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].word, word)) {
			*ret = rows[i].value;
			return true;
		}
	return false;
}
