/* A to-be-signed certificate of any bytes: judged, and a fault has words. The
 * seeds are vectors of tests/vectors/lint.txt, and what they agree with. */
#include "fuzz.h"
#include "pki/lint.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_tools *tools;
	const struct pki_lint_ask ask = { .tbs = bytes_of(data, size),
		.issuer = BYTES_LIT(
		    "\x30\x21\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02\x44"
		    "\x45\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09\x56\x65"
		    "\x63\x74\x6f\x72\x20\x43\x41"),
		.alg = BYTES_LIT(
		    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
		.issuer_key_id = BYTES_LIT(
		    "\xe6\x6b\x24\xb0\x0f\x65\x74\x78\x31\x47\x5d\x59\xa6\x87"
		    "\x99\xc1\xf5\xc7\xa0\xc1"),
		.not_before = INT64_MIN,
		.not_after = INT64_MAX };
	struct pki_lint_fault fault;
	struct err err = { 0 };

	if (!tools)
		expect(pki_tools_new(&tools, &err) == 0);
	if (pki_lint(tools, &ask, &fault, &err) < 0 ||
	    !fault.rule != !fault.text[0])
		abort();
	return 0;
}
