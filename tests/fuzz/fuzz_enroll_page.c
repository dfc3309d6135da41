/* The input is a page of a server that may be anybody. */
#include "fuzz.h"

#include "cli/enroll.h"

#include <assert.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct enroll_page page;

	enroll_page_read(bytes_of(data, size), &page);
	assert(page.kind != ENROLL_PAGE_ISSUED || page.id > 0);
	assert(strlen(page.message) < sizeof(page.message));
	return 0;
}
