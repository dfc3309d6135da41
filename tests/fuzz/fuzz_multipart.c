/* The first line of the input is the content type behind
 * "multipart/form-data;", the rest is the body. */
#include "fuzz.h"
#include "fuzz_fill.h"

#include <stdio.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	size_t n = line ? (size_t)(line - data) : size;
	struct bytes body =
	    line ? bytes_of(line + 1, size - n - 1) : BYTES_NONE;
	AUTO(fcgi_form) f = NULL;
	struct err err = { 0 };
	char type[600];

	(void)snprintf(type, sizeof(type), "multipart/form-data;%.*s",
	    n > 550 ? 550 : (int)n, size ? (const char *)data : "");
	if (fcgi_form_read(NULL, type, body, &f, &err) < 0)
		expect(err.text[0] != '\0');
	else
		fuzz_fill(f);
	return 0;
}
