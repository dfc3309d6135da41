/* A request, as it is and as pasted text. What our walker accepts OpenSSL
 * must accept too, with the same subject, key and signed bytes. */
#include "fuzz.h"
#include "base/buf.h"
#include "pki/csr.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/pem.h"

#include <openssl/x509.h>

static void
same_for_openssl(const struct pki_csr *csr)
{
	const unsigned char *p = csr->der.p;
	X509_REQ *judge = d2i_X509_REQ(NULL, &p, (long)csr->der.n);
	unsigned char *out = NULL;
	int n;

	expect(judge && p == csr->der.p + csr->der.n);
	n = i2d_re_X509_REQ_tbs(judge, &out);
	expect(n > 0);
	/* OpenSSL sorts the SETs that it writes again: lengths agree. */
	expect((size_t)n == csr->info.n);
	OPENSSL_free(out);
	X509_REQ_free(judge);
}

static void
look_at(struct pki_tools *tools, const struct pki_csr *csr)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_CSR_PAIR_MAX);
	AUTO_BUF text = BUF_WITH_LIMIT(1 << 20);
	struct pki_csr_pairs w = { 0 };
	struct err err = { 0 };
	struct pki_ext e;
	struct der list = der_of(csr->extensions);
	unsigned pairs = 0;

	pki_name_text(csr->subject, &text);
	while (pki_ext_next(&list, &e))
		pki_ext_text(&e, &text);
	expect(der_done(&list));
	while (pki_csr_pair_next(csr, &w, &name, &value))
		pairs++;
	expect(pairs == csr->pairs);
	if (pki_csr_verify(tools, csr, &err) < 0)
		expect(err.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_tools *tools;
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	struct err err = { 0 };
	enum pki_pem_kind kind;
	struct pki_csr csr;

	if (!tools)
		expect(pki_tools_new(&tools, &err) == 0);
	if (pki_csr_parse(bytes_of(data, size), &csr, &err) == 0) {
		same_for_openssl(&csr);
		look_at(tools, &csr);
	} else {
		expect(err.text[0] != '\0');
	}
	if (pki_pem_read_request(bytes_of(data, size), &der, &kind, &err) ==
		0 &&
	    pki_csr_parse(buf_bytes(&der), &csr, &err) == 0)
		look_at(tools, &csr);
	return 0;
}
