/* A PKIData, and the reply to what was read. */
#include "fuzz.h"
#include "pki/cmc.h"
#include "pki/pair.h"

static void
answer(struct pki_tools *tools, const struct pki_cmc *cmc)
{
	static const enum pki_cmc_status all[] = { PKI_CMC_SUCCESS,
		PKI_CMC_FAILED, PKI_CMC_PENDING };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		AUTO_BUF out = BUF_WITH_LIMIT(PKI_CMC_RESPONSE_MAX);
		const struct pki_cmc_reply r = { .status = all[i],
			.text = "text",
			.pend_token = cmc->nonce,
			.certificate = cmc->request,
			.asked = cmc };

		expect(pki_cmc_reply_build(tools, &r, &out, NULL) == 0);
		expect(der_is_well_formed(buf_bytes(&out), 16));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_tools *tools;
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct err err = { 0 };
	struct pki_cmc cmc;
	struct der in;

	if (!tools)
		expect(pki_tools_new(&tools, &err) == 0);
	if (pki_cmc_parse(bytes_of(data, size), &cmc, &err) < 0) {
		expect(err.text[0] != '\0');
		return 0;
	}
	in = der_of(cmc.reg_info);
	while (pki_cmc_pair_next(&in, &name, &value))
		expect(name.n > 0);
	expect(der_done(&in));
	answer(tools, &cmc);
	return 0;
}
