/* A SignedData. What our reader accepts OpenSSL must accept too, and with the
 * same type, content, number of certificates and of signers. */
#include "fuzz.h"
#include "pki/cms.h"

#include <openssl/cms.h>

static void
same_for_openssl(const struct pki_cms *cms)
{
	const unsigned char *p = cms->der.p;
	CMS_ContentInfo *judge =
	    d2i_CMS_ContentInfo(NULL, &p, (long)cms->der.n);
	ASN1_OCTET_STRING **content;

	/* It reads certificates too, which we only pass over. */
	if (judge) {
		expect(p == cms->der.p + cms->der.n);
		content = CMS_get0_content(judge);
		expect(
		    content && (*content != NULL) == (cms->content.p != NULL));
		if (*content)
			expect(bytes_eq(cms->content,
			    bytes_of(ASN1_STRING_get0_data(*content),
				(size_t)ASN1_STRING_length(*content))));
		expect(sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(judge)) ==
		       (int)cms->n_signers);
	} else {
		expect(cms->n_certs > 0 || cms->crls.n > 0);
	}
	CMS_ContentInfo_free(judge);
}

static void
look_at(struct pki_tools *tools, const struct pki_cms *cms,
    const struct pki_cms_signer *s)
{
	struct der in = der_of(s->attrs);
	struct err err = { 0 };
	struct pki_cms_attr a;
	struct pki_cert cert;
	struct pki_key key;
	bool found = false;

	while (pki_cms_attr_next(&in, &a))
		expect(a.values.n > 0);
	expect(der_done(&in));
	if (pki_cms_signer_cert(cms, s, &cert, &found, &err) < 0)
		expect(err.text[0] != '\0');
	else if (found && pki_key_parse(cert.spki, &key, &err) == 0 &&
		 pki_cms_verify(tools, cms, s, &key, &err) < 0)
		expect(err.text[0] != '\0');
	if (pki_cms_verify_no_signature(tools, cms, s, &err) < 0)
		expect(err.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pki_tools *tools;
	struct err err = { 0 };
	struct pki_cms cms;
	unsigned i;

	if (!tools)
		expect(pki_tools_new(&tools, &err) == 0);
	if (pki_cms_parse(bytes_of(data, size), &cms, &err) < 0) {
		expect(err.text[0] != '\0');
		return 0;
	}
	same_for_openssl(&cms);
	for (i = 0; i < cms.n_signers; i++)
		look_at(tools, &cms, &cms.signers[i]);
	return 0;
}
