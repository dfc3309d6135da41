/* The input is a body; what stands behind the first NUL is also the query. */
#include "fuzz.h"
#include "fuzz_fill.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	AUTO_MEM char *query = NULL;
	AUTO(fcgi_form) f = NULL;
	struct err err = { 0 };

	if (nul)
		query = strndup(
		    (const char *)nul + 1, size - 1 - (size_t)(nul - data));
	if (fcgi_form_read(query, NULL, bytes_of(data, size), &f, &err) < 0)
		expect(err.text[0] != '\0');
	else
		fuzz_fill(f);
	return 0;
}
