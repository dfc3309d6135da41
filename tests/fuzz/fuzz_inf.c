/* The input is an INF file; what was read must make a request's parts. */
#include "fuzz.h"

#include "cli/inf.h"
#include "pki/name.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli_inf inf;
	struct err err = { 0 };
	struct pki_gname g;
	struct der names, extensions;
	struct pki_ext e;
	int got;

	cli_inf_init(&inf);
	if (cli_inf_read(bytes_of(data, size), &inf, &err) < 0) {
		expect(err.text[0]);
	} else {
		names = der_of(buf_bytes(&inf.csr.names));
		while ((got = pki_gname_next(&names, &g, NULL)) == 1)
			;
		expect(got == 0);
		extensions = der_of(buf_bytes(&inf.csr.extensions));
		while (pki_ext_next(&extensions, &e))
			expect(e.value.n > 0);
		expect(der_done(&extensions));
		expect(inf.csr.subject.n == 0 ||
		       pki_name_check(buf_bytes(&inf.csr.subject), NULL) == 0);
		expect(!inf.key[0] || cli_key_sort(inf.key));
	}
	cli_inf_clear(&inf);
	return 0;
}
