/* Attributes beside a request: the lines of CertAttrib, then a NUL, then the
 * value of a name-value pair in the request. What a stand-alone CA with all
 * switches on makes of them is well formed, bounded, and never issued at once
 * for a name that came from them. */
#include "fuzz_decide.h"
#include "pki/gname.h"

#define VALIDITY (365 * INT64_C(86400))

static const struct ca_config config = { FUZZ_CONFIG, .validity = VALIDITY,
	.issue_at_once = true, .issue_override = "erin" };

static void
check_lines(const struct pki_attrs *a)
{
	expect(a->n <= PKI_ATTRS_PAIRS);
	for (size_t i = 0; i < a->n; i++) {
		expect(a->list[i].name.n > 0);
		expect(str_is_printable(a->list[i].name));
		expect(str_is_printable(a->list[i].value));
	}
}

/* The attribute with this value, when it is one of pairs. */
static void
put_pairs(struct bytes value, struct der_back *b, struct pki_csr *csr)
{
	static const uint8_t type[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
		0x37, 0x0d, 0x02, 0x01 };
	struct err err = { 0 };

	if (pki_pair_check(value, &csr->pairs, &err) < 0) {
		csr->pairs = 0;
		return;
	}
	der_back_bytes(b, value);
	der_back_wrap(b, DER_SET, b->end);
	der_back_prim(b, DER_OID, BYTES_OF(type));
	der_back_wrap(b, DER_SEQUENCE, b->end);
	csr->attributes = der_back_done(b);
}

static void
check_result(const struct ca_policy_result *r)
{
	struct der list = der_of(buf_bytes(&r->taken.names));
	struct err err = { 0 };
	struct pki_gname g;
	int more;

	if (r->code != ERR_OK)
		return;
	while ((more = pki_gname_next(&list, &g, &err)) > 0)
		;
	expect(more == 0);
	expect(r->taken.names.n == 0 || r->verdict == CA_VERDICT_PEND);
	expect(r->validity > 0 && r->validity <= VALIDITY);
	expect(r->not_after == 0 || (r->not_after > FUZZ_NOW &&
					r->not_after <= FUZZ_NOW + VALIDITY));
}

static void
decide(const struct pki_attrs *attrs, struct pki_request *request)
{
	static const uint8_t subject[] = { 0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08,
		0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'x' };
	const struct ca_policy_ask ask = { .config = &config,
		.request = request,
		.csr = &request->csr,
		.attrs = attrs,
		.now = FUZZ_NOW };
	struct ca_policy_result result;

	request->csr.subject = BYTES_OF(subject);
	request->csr.key.kind = PKI_KEY_P256;
	fuzz_decide(&ask, &result);
	check_result(&result);
	ca_policy_clear(&result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_request request;
	static struct pki_attrs attrs;
	static uint8_t space[16384];
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t n = nul ? (size_t)(nul - data) : size;
	struct err err = { 0 };
	struct der_back b;

	memset(&request, 0, sizeof(request));
	if (pki_attrs_parse(bytes_of(data, n), &attrs, &err) < 0) {
		expect(err.text[0] != '\0');
		return 0;
	}
	check_lines(&attrs);
	der_back_init(&b, space, sizeof(space), 0);
	if (nul)
		put_pairs(bytes_of(nul + 1, size - n - 1), &b, &request.csr);
	decide(&attrs, &request);
	return 0;
}
