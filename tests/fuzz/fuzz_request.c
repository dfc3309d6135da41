/* A request in any envelope. What is accepted must hold what request.h says
 * of it, and OpenSSL must read the same PKCS#10 in it. */
#include "fuzz.h"
#include "pki/request.h"

#include <openssl/x509.h>

static void
same_for_openssl(const struct pki_csr *csr)
{
	const unsigned char *p = csr->der.p;
	X509_REQ *judge = d2i_X509_REQ(NULL, &p, (long)csr->der.n);
	unsigned char *out = NULL;
	int n;

	expect(judge && p == csr->der.p + csr->der.n);
	n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(judge), &out);
	expect(n > 0 && bytes_eq(csr->spki, bytes_of(out, (size_t)n)));
	OPENSSL_free(out);
	X509_REQ_free(judge);
}

static void
read_well(const struct pki_request *r)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct pki_request_pairs w = { 0 };

	same_for_openssl(&r->csr);
	expect((r->kind == PKI_REQUEST_PKCS10) == (r->n_signers == 0));
	expect((r->purpose == PKI_PURPOSE_ON_BEHALF) == !!r->requester[0]);
	expect(r->kind != PKI_REQUEST_PKCS10 || r->purpose == PKI_PURPOSE_NEW);
	expect(r->purpose != PKI_PURPOSE_RENEWAL ||
	       bytes_eq(r->old.der, r->csr.renewal));
	while (pki_request_pair_next(r, &w, &name, &value))
		expect(name.n > 0);
}

static void
verified_well(const struct pki_request *r)
{
	bool agent = false, old = false;
	unsigned i;

	expect(r->proof != PKI_PROOF_NONE);
	expect(r->proof != PKI_PROOF_SIGNER ||
	       (r->signers[r->proof_signer].verified &&
		   r->signers[r->proof_signer].same_key));
	for (i = 0; i < r->n_signers; i++) {
		const struct pki_request_signer *s = &r->signers[i];

		expect(s->verified || s->kind == PKI_SIGNER_NO_SIGNATURE);
		agent |= s->kind == PKI_SIGNER_AGENT && s->has_cert;
		old |= s->kind == PKI_SIGNER_OLD_CERT && s->has_cert;
	}
	expect(r->purpose != PKI_PURPOSE_ON_BEHALF || agent);
	expect(r->purpose != PKI_PURPOSE_RENEWAL || old);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_tools *tools;
	struct err err = { 0 };
	struct pki_request r;

	if (!tools)
		expect(pki_tools_new(&tools, &err) == 0);
	if (pki_request_parse(bytes_of(data, size), &r, &err) < 0) {
		expect(err.text[0] != '\0');
		return 0;
	}
	read_well(&r);
	if (pki_request_verify(tools, &r, &err) == 0)
		verified_well(&r);
	else
		expect(err.text[0] != '\0');
	return 0;
}
