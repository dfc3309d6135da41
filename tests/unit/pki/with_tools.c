#include "with_tools.h"

struct pki_tools *tools;

int
with_tools(void **state)
{
	(void)state;
	return pki_tools_new(&tools, NULL);
}

int
without_tools(void **state)
{
	(void)state;
	pki_tools_free(tools);
	return 0;
}
