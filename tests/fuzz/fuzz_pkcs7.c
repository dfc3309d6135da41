/* What a client sends as PKCS#7, from the door on: text or DER, then a renewal
 * or a request in a SignedData. OpenSSL's PKCS#7 reader, which is another one
 * than its CMS reader, must see the same; and the certificates of the message
 * must come out of a chain (certnew.p7b) as they went in. */
#include "fuzz.h"
#include "pki/pem.h"
#include "pki/pkcs7.h"
#include "pki/request.h"

#include <openssl/pkcs7.h>

static void
same_for_openssl(const struct pki_request *r)
{
	const unsigned char *p = r->cms.der.p;
	PKCS7 *judge = d2i_PKCS7(NULL, &p, (long)r->cms.der.n);
	const ASN1_OCTET_STRING *data;

	/* It knows no signers by key identifier, and reads certificates. */
	if (!judge)
		return;
	expect(p == r->cms.der.p + r->cms.der.n && PKCS7_type_is_signed(judge));
	expect(PKCS7_type_is_data(judge->d.sign->contents));
	data = judge->d.sign->contents->d.data;
	expect(data &&
	       bytes_eq(r->csr.der, bytes_of(ASN1_STRING_get0_data(data),
					(size_t)ASN1_STRING_length(data))));
	expect(sk_PKCS7_SIGNER_INFO_num(PKCS7_get_signer_info(judge)) ==
	       (int)r->n_signers);
	PKCS7_free(judge);
}

static void
chain_comes_back(const struct pki_cms *cms)
{
	AUTO_BUF out = BUF_WITH_LIMIT(2 * PKI_CMS_MAX);
	struct pki_cms again;
	struct err err = { 0 };

	expect(pki_pkcs7_build(cms->certs, cms->n_certs, NULL, 0, &out, &err) ==
	       0);
	if (out.n > PKI_CMS_MAX)
		return;
	expect(pki_cms_parse(buf_bytes(&out), &again, &err) == 0);
	expect(again.n_certs == cms->n_certs && again.n_signers == 0);
	for (unsigned i = 0; i < cms->n_certs; i++)
		expect(bytes_eq(again.certs[i], cms->certs[i]));
}

static void
verified_well(const struct pki_request *r)
{
	if (r->purpose == PKI_PURPOSE_RENEWAL) {
		expect(r->signers[0].kind == PKI_SIGNER_OLD_CERT);
		expect(r->signers[0].verified);
		expect(bytes_eq(r->signers[0].cert.der, r->csr.renewal));
	}
	if (r->purpose == PKI_PURPOSE_ON_BEHALF)
		expect(r->signers[0].names_requester);
	for (unsigned i = 0; i < r->n_signers; i++)
		expect(r->signers[i].verified);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_tools *tools;
	static struct pki_request r;
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	enum pki_pem_kind kind;
	struct err err = { 0 };

	if (!tools)
		expect(pki_tools_new(&tools, &err) == 0);
	if (pki_pem_read_request(bytes_of(data, size), &der, &kind, &err) < 0 ||
	    pki_request_parse(buf_bytes(&der), &r, &err) < 0) {
		expect(err.text[0] != '\0');
		return 0;
	}
	if (r.kind != PKI_REQUEST_PKCS7)
		return 0;
	expect(kind == PKI_PEM_CMS);
	same_for_openssl(&r);
	chain_comes_back(&r.cms);
	if (pki_request_verify(tools, &r, &err) == 0)
		verified_well(&r);
	return 0;
}
