/* What our walker accepts, OpenSSL reads to the same fields: over every seed of
 * the fuzzers and every vector, and over 10,000 requests made up at random
 * (the same ones in every run). */
#include "../unit.h"
#include "make.h"
#include "pki/ext.h"
#include "pki/request.h"
#include "vectors.h"

#include <dirent.h>

/* ---- the judge -------------------------------------------------------- */

static bool
took(struct bytes ours, unsigned char *der, int n)
{
	bool same = n >= 0 && bytes_eq(ours, bytes_of(der, (size_t)n));

	OPENSSL_free(der);
	return same;
}

static bool
same_extension(const struct pki_ext *e, X509_EXTENSION *x)
{
	const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(x);
	ASN1_OBJECT *o = X509_EXTENSION_get_object(x);

	return bytes_eq(e->oid, bytes_of(OBJ_get0_data(o), OBJ_length(o))) &&
	       e->critical == (X509_EXTENSION_get_critical(x) > 0) &&
	       bytes_eq(e->value, bytes_of(ASN1_STRING_get0_data(v),
				      (size_t)ASN1_STRING_length(v)));
}

static bool
same_extensions(const struct pki_csr *csr, X509_REQ *judge)
{
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(judge);
	struct der in = der_of(csr->extensions);
	struct pki_ext e;
	bool same = true;
	int n = 0;

	while (pki_ext_next(&in, &e)) {
		X509_EXTENSION *x = sk_X509_EXTENSION_value(list, n++);

		same = same && x && same_extension(&e, x);
	}
	same = same && (n == 0 || sk_X509_EXTENSION_num(list) == n);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return same;
}

static bool
same_fields(const struct pki_csr *csr)
{
	const unsigned char *p = csr->der.p;
	X509_REQ *judge = d2i_X509_REQ(NULL, &p, (long)csr->der.n);
	const ASN1_BIT_STRING *sig;
	const X509_ALGOR *alg;
	unsigned char *a = NULL, *b = NULL, *c = NULL;
	bool same;
	int n;

	if (!judge)
		return false;
	X509_REQ_get0_signature(judge, &sig, &alg);
	same = p == csr->der.p + csr->der.n &&
	       X509_REQ_get_version(judge) == 0 &&
	       bytes_eq(csr->signature, bytes_of(ASN1_STRING_get0_data(sig),
					    (size_t)ASN1_STRING_length(sig)));
	n = i2d_X509_NAME(X509_REQ_get_subject_name(judge), &a);
	same = took(csr->subject, a, n) && same;
	n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(judge), &b);
	same = took(csr->spki, b, n) && same;
	n = i2d_X509_ALGOR(alg, &c);
	same = took(csr->alg, c, n) && same;
	same = same_extensions(csr, judge) && same;
	X509_REQ_free(judge);
	return same;
}

/* ---- requests at random ----------------------------------------------- */

static uint64_t seed = 88172645463325252U;

static unsigned
pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void
put_string(struct buf *out)
{
	static const uint8_t tags[] = { DER_UTF8, DER_PRINTABLE, DER_IA5,
		DER_BMP, DER_T61, DER_NUMERIC, DER_UNIVERSAL };
	uint8_t tag = tags[pick(20) ? pick(5) : pick(7)], text[64];
	size_t n = (pick(30) ? 1 : 0) + pick(20), i;

	for (i = 0; i < n; i++)
		text[i] = (uint8_t)(pick(60) ? 'a' + pick(26) : pick(256));
	if (tag == DER_BMP) {
		n &= ~1U;
		for (i = 0; i < n; i += 2)
			text[i] = 0;
	}
	make_tlv(out, tag, bytes_of(text, n));
}

static void
put_oid(struct buf *out)
{
	uint8_t any[12];
	size_t n = 1 + pick(10), i;

	if (pick(4)) {
		make_tlv(out, DER_OID, pki_oids[pick(PKI_OID_COUNT)].der);
		return;
	}
	for (i = 0; i < n; i++)
		any[i] = (uint8_t)(pick(8) ? pick(128) : pick(256));
	make_tlv(out, DER_OID, bytes_of(any, n));
}

static void
wrap(struct buf *out, uint8_t tag, const struct buf *content)
{
	make_tlv(out, tag, buf_bytes(content));
}

static void
put_name(struct buf *out)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_CSR_MAX);
	unsigned rdns = pick(5), i;

	for (i = 0; i < rdns; i++) {
		AUTO_BUF rdn = BUF_WITH_LIMIT(PKI_CSR_MAX);
		unsigned attrs = pick(10) ? 1 : pick(3);

		for (; attrs > 0; attrs--) {
			AUTO_BUF pair = BUF_WITH_LIMIT(PKI_CSR_MAX);

			make_tlv(&pair, DER_OID,
			    pki_oids[PKI_OID_CN + pick(PKI_OID_DC + 1)].der);
			put_string(&pair);
			wrap(&rdn, DER_SEQUENCE, &pair);
		}
		wrap(&name, DER_SET, &rdn);
	}
	wrap(out, DER_SEQUENCE, &name);
}

static void
put_extension(struct buf *out)
{
	static const uint8_t yes = 0xff, no = 0x00;
	AUTO_BUF ext = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_CSR_MAX);

	put_oid(&ext);
	if (pick(3) == 0)
		make_tlv(&ext, DER_BOOLEAN, bytes_of(pick(20) ? &yes : &no, 1));
	put_string(&value);
	wrap(&ext, DER_OCTET_STRING, &value);
	wrap(out, DER_SEQUENCE, &ext);
}

static void
put_attribute(struct buf *out)
{
	AUTO_BUF attr = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF values = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF list = BUF_WITH_LIMIT(PKI_CSR_MAX);
	unsigned n = pick(5);

	if (pick(3)) {
		make_tlv(&attr, DER_OID,
		    pki_oids[pick(3) ? PKI_OID_EXTENSION_REQUEST
				     : PKI_OID_MS_CERT_EXTENSIONS]
			.der);
		for (; n > 0; n--)
			put_extension(&list);
		wrap(&values, DER_SEQUENCE, &list);
	} else {
		put_oid(&attr);
		put_string(&values);
	}
	wrap(&attr, DER_SET, &values);
	wrap(out, DER_SEQUENCE, &attr);
}

static void
put_request(struct buf *out)
{
	static const char *const algs[] = {
		"\x30\x05\x06\x03\x2b\x65\x70",
		"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
		"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01",
	};
	AUTO_BUF info = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF attrs = BUF_WITH_LIMIT(PKI_CSR_MAX);
	AUTO_BUF all = BUF_WITH_LIMIT(PKI_CSR_MAX);
	uint8_t sig[65] = { 0 };
	unsigned n = pick(4);

	buf_add(&info, "\x02\x01\x00", 3);
	put_name(&info);
	make_spki(make_key((enum make_key)pick(MAKE_KEYS)), &info);
	for (; n > 0; n--)
		put_attribute(&attrs);
	if (attrs.n > 0 || pick(4))
		wrap(&info, DER_CONTEXT(0), &attrs);
	wrap(&all, DER_SEQUENCE, &info);
	buf_add_str(&all, algs[pick(3)]);
	sig[pick(64) + 1] = (uint8_t)pick(256);
	make_tlv(&all, DER_BIT_STRING, bytes_of(sig, 1 + pick(64)));
	wrap(out, DER_SEQUENCE, &all);
	while (pick(4) == 0)
		out->p[pick((unsigned)out->n)] ^= (uint8_t)(1 << pick(8));
}

static void
requests_made_up_are_read_alike(void **state)
{
	unsigned accepted = 0, with_extensions = 0, i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		AUTO_BUF der = BUF_WITH_LIMIT(PKI_CSR_MAX);
		struct pki_csr csr;

		put_request(&der);
		if (pki_csr_parse(buf_bytes(&der), &csr, NULL) < 0)
			continue;
		if (!same_fields(&csr))
			fail_msg("request %u is read in another way", i);
		accepted++;
		with_extensions += csr.extensions.n > 0;
	}
	/* A test that refuses everything would see nothing. */
	assert_true(accepted > 1000);
	assert_true(with_extensions > 200);
}

/* ---- files ------------------------------------------------------------ */

static unsigned
read_folder(const char *folder)
{
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	char path[512];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", VECTORS, folder);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct pki_request r;

		if (e->d_name[0] == '.')
			continue;
		vectors_read(folder, e->d_name, &der);
		if (pki_request_parse(buf_bytes(&der), &r, NULL) < 0)
			continue;
		if (!same_fields(&r.csr))
			fail_msg("%s is read in another way", e->d_name);
		n++;
	}
	(void)closedir(d);
	return n;
}

static void
files_are_read_alike(void **state)
{
	(void)state;
	assert_true(read_folder("good") > 30);
	assert_true(read_folder("hostile") > 30);
	assert_true(read_folder("../fuzz/corpus/csr") > 2);
	assert_true(read_folder("../fuzz/corpus/request") > 2);
	assert_true(read_folder("../fuzz/corpus/pkcs7") > 5);
	assert_true(read_folder("../fuzz/corpus/cms") > 3);
	(void)read_folder("../fuzz/corpus/der");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_made_up_are_read_alike),
		cmocka_unit_test(files_are_read_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
