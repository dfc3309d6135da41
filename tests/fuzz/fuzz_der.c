/* Any bytes, given to every reader of DER. What counts as strict DER must be
 * its own only encoding: written again from its parts it is the same. */
#include "fuzz.h"
#include "base/buf.h"
#include "pki/attrs.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/ext.h"
#include "pki/gname.h"
#include "pki/name.h"

#include <openssl/x509.h>

#define DEPTH 32

/* Write the elements of a run backwards: the last first. */
static void
write_again(struct der_back *b, struct der in)
{
	const uint8_t *mark;
	struct der content;
	uint8_t tag;

	if (der_done(&in))
		return;
	expect(der_any(&in, &tag, NULL, &content) == 0);
	write_again(b, in);
	mark = b->p;
	if (tag & 0x20)
		write_again(b, content);
	else
		der_back_bytes(b, der_bytes(content));
	der_back_wrap(b, tag, mark);
}

static void
der(struct bytes x)
{
	static uint8_t space[1 << 16];
	struct der_back b;

	if (!der_is_well_formed(x, DEPTH))
		return;
	der_back_init(&b, space, sizeof(space), 0);
	write_again(&b, der_of(x));
	expect(b.failed || bytes_eq(x, der_back_done(&b)));
}

static void
names(struct bytes x)
{
	AUTO_BUF text = BUF_WITH_LIMIT(1 << 20);
	struct der list = der_of(x);
	struct pki_gname g;
	const unsigned char *p = x.p;

	if (pki_name_check(x, NULL) == 0) {
		X509_NAME *judge = d2i_X509_NAME(NULL, &p, (long)x.n);

		expect(judge && p == x.p + x.n);
		X509_NAME_free(judge);
	}
	pki_name_text(x, &text);
	while (pki_gname_next(&list, &g, NULL) > 0)
		pki_gname_text(&g, &text);
}

static void
certificates(struct bytes x)
{
	struct pki_cert cert;
	struct pki_crl crl;
	struct pki_crl_entry e;
	struct pki_key key;
	struct err err = { 0 };
	struct der list;
	const unsigned char *p = x.p;

	(void)!pki_key_parse(x, &key, &err);
	if (pki_cert_parse(x, &cert, &err) == 0) {
		X509 *judge = d2i_X509(NULL, &p, (long)x.n);

		expect(judge && p == x.p + x.n);
		X509_free(judge);
	}
	if (pki_crl_parse(x, &crl, &err) < 0)
		return;
	list = der_of(crl.entries);
	while (pki_crl_next(&list, &e, &err) > 0)
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes x = bytes_of(data, size);
	static struct pki_attrs attrs;
	AUTO_BUF text = BUF_WITH_LIMIT(1 << 20);
	struct der list = der_of(x);
	struct err err = { 0 };
	struct pki_ext e;

	der(x);
	names(x);
	certificates(x);
	if (pki_ext_check(x, &err) == 0)
		while (pki_ext_next(&list, &e))
			pki_ext_text(&e, &text);
	(void)!pki_attrs_parse(x, &attrs, &err);
	return 0;
}
