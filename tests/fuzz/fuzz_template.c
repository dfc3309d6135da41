/* A template's file. What is refused is explained; what is taken can be read
 * again to the same findings. */
#include "fuzz.h"
#include "ca/template.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ca_template_findings first, again;
	AUTO(ca_template) t = NULL;
	AUTO(ca_template) copy = NULL;
	struct err err = { 0 };

	expect(ca_template_read(
		   bytes_of(data, size), "x.yaml", &t, &first, &err) == 0);
	expect((t == NULL) == (first.bad > 0));
	for (size_t i = 0; i < first.n; i++)
		expect(first.list[i].text[0] != '\0');
	if (!t)
		return 0;
	expect(t->name[0] && t->validity > t->renewal_overlap);
	expect(ca_template_read(t->text, "x.yaml", &copy, &again, &err) == 0 &&
	       copy && again.n == first.n);
	return 0;
}
