#include "pki/pkcs7.h"
#include "pki/der.h"
#include "pki/oid.h"

static void
put_head(struct buf *out, uint8_t tag, size_t len)
{
	uint8_t space[8];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_head(&b, tag, len);
	buf_add_bytes(out, der_back_done(&b));
}

static size_t
total(const struct bytes *list, size_t n)
{
	size_t sum = 0, i;

	for (i = 0; i < n; i++)
		sum += list[i].n;
	return sum;
}

static void
put_list(struct buf *out, uint8_t tag, const struct bytes *list, size_t n)
{
	size_t i;

	if (n == 0)
		return;
	put_head(out, tag, total(list, n));
	for (i = 0; i < n; i++)
		buf_add_bytes(out, list[i]);
}

static size_t
list_size(const struct bytes *list, size_t n)
{
	size_t len = total(list, n);

	return n == 0 ? 0 : der_head_size(len) + len;
}

int
pki_pkcs7_build(const struct bytes *certs, size_t n_certs,
    const struct bytes *crls, size_t n_crls, struct buf *out, struct err *err)
{
	/* version 1, no digest algorithms, content type data without data */
	static const uint8_t start[] = { 0x02, 0x01, 0x01, 0x31, 0x00, 0x30,
		0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
		0x07, 0x01 };
	static const uint8_t no_signers[] = { DER_SET, 0x00 };
	struct bytes type = pki_oids[PKI_OID_PKCS7_SIGNED].der;
	size_t inner, outer;

	if (n_certs > PKI_PKCS7_CERTS_MAX || n_crls > PKI_PKCS7_CERTS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "a chain has at most %d certificates", PKI_PKCS7_CERTS_MAX);
	inner = sizeof(start) + list_size(certs, n_certs) +
		list_size(crls, n_crls) + sizeof(no_signers);
	outer = der_head_size(inner) + inner;
	put_head(out, DER_SEQUENCE, 2 + type.n + der_head_size(outer) + outer);
	put_head(out, DER_OID, type.n);
	buf_add_bytes(out, type);
	put_head(out, DER_CONTEXT(0), outer);
	put_head(out, DER_SEQUENCE, inner);
	buf_add(out, start, sizeof(start));
	put_list(out, DER_CONTEXT(0), certs, n_certs);
	put_list(out, DER_CONTEXT(1), crls, n_crls);
	buf_add(out, no_signers, sizeof(no_signers));
	return buf_check(out, "the chain", err);
}
