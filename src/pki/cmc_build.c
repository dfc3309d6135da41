/* The writing half of cmc.h. */
#include "pki/cmc.h"
#include "base/str.h"
#include "pki/oid.h"

/* clang-format off */
static const struct { enum err_code code; enum pki_cmc_fail fail; } fails[] = {
	{ ERR_WEAK_KEY, PKI_CMC_BAD_ALG },
	{ ERR_BAD_SIGNATURE, PKI_CMC_BAD_MESSAGE_CHECK },
	{ ERR_NO_SIGNER, PKI_CMC_BAD_MESSAGE_CHECK },
	{ ERR_BAD_RENEWAL, PKI_CMC_BAD_CERT_ID },
	{ ERR_DENIED, PKI_CMC_BAD_IDENTITY },
	{ ERR_UNAUTHENTICATED, PKI_CMC_BAD_IDENTITY },
	{ ERR_ENROLL_DENIED, PKI_CMC_BAD_IDENTITY },
	{ ERR_TEMPLATE_DENIED, PKI_CMC_BAD_IDENTITY },
	{ ERR_INTERNAL, PKI_CMC_INTERNAL },
	{ ERR_SYSTEM, PKI_CMC_INTERNAL },
	{ ERR_NO_MEMORY, PKI_CMC_TRY_LATER },
	{ ERR_BUSY, PKI_CMC_TRY_LATER },
	{ ERR_TIMEOUT, PKI_CMC_TRY_LATER },
	{ ERR_UNAVAILABLE, PKI_CMC_TRY_LATER },
	{ ERR_LIMIT, PKI_CMC_TRY_LATER },
	{ ERR_NO_SPACE, PKI_CMC_TRY_LATER },
	{ ERR_READ_ONLY, PKI_CMC_TRY_LATER },
};
/* clang-format on */

enum pki_cmc_fail
pki_cmc_fail_of(enum err_code code)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(fails); i++)
		if (fails[i].code == code)
			return fails[i].fail;
	return PKI_CMC_BAD_REQUEST;
}

/* TaggedAttribute with one value: what was written since mark. */
static void
wrap_control(
    struct der_back *b, unsigned id, enum pki_oid oid, const uint8_t *mark)
{
	der_back_wrap(b, DER_SET, mark);
	der_back_prim(b, DER_OID, pki_oids[oid].der);
	der_back_uint(b, id);
	der_back_wrap(b, DER_SEQUENCE, mark);
}

/* GeneralizedTime in every year, unlike the dates of a certificate. */
static void
put_time(struct der_back *b, int64_t t)
{
	char text[STR_TIME_MAX], digits[16];
	size_t n = 0, i;

	if (t < 0 || t > DER_TIME_MAX) {
		b->failed = true;
		return;
	}
	str_time_iso(text, t); /* 2026-11-25T10:00:00Z */
	for (i = 0; text[i] && n < 15; i++)
		if (text[i] >= '0' && text[i] <= '9')
			digits[n++] = text[i];
	digits[n++] = 'Z';
	der_back_prim(b, DER_GENERAL_TIME, bytes_of(digits, n));
}

static void
put_body_list(struct der_back *b, const struct pki_cmc_reply *r)
{
	const uint8_t *mark = b->p;

	der_back_uint(b, r->asked ? r->asked->request_id : 1);
	der_back_wrap(b, DER_SEQUENCE, mark);
}

/* CMCStatusInfo, RFC 5272 6.1.1 */
static void
put_status(struct der_back *b, const struct pki_cmc_reply *r)
{
	const uint8_t *mark = b->p;

	if (r->status == PKI_CMC_FAILED) {
		der_back_uint(b, r->fail);
	} else if (r->status == PKI_CMC_PENDING) {
		put_time(b, r->pend_time);
		der_back_prim(b, DER_OCTET_STRING, r->pend_token);
		der_back_wrap(b, DER_SEQUENCE, mark);
	}
	if (r->text && *r->text)
		der_back_prim(b, DER_UTF8, bytes_str(r->text));
	put_body_list(b, r);
	der_back_uint(b, r->status);
	der_back_wrap(b, DER_SEQUENCE, mark);
	wrap_control(b, 1, PKI_OID_CMC_STATUS_INFO, mark);
}

/* CmcAddAttributes { 0, { request }, { issuedCertHash } } */
static int
put_issued_hash(struct pki_tools *t, struct der_back *b,
    const struct pki_cmc_reply *r, struct err *err)
{
	const uint8_t *mark = b->p;
	uint8_t sha1[PKI_DIGEST_MAX];
	size_t n;

	if (pki_tools_hash(t, PKI_HASH_SHA1, r->certificate, sha1, &n, err) < 0)
		return -1;
	der_back_prim(b, DER_OCTET_STRING, bytes_of(sha1, n));
	der_back_wrap(b, DER_SET, mark);
	der_back_prim(b, DER_OID, pki_oids[PKI_OID_MS_ISSUED_HASH].der);
	der_back_wrap(b, DER_SEQUENCE, mark);
	der_back_wrap(b, DER_SET, mark);
	put_body_list(b, r);
	der_back_uint(b, 0);
	der_back_wrap(b, DER_SEQUENCE, mark);
	wrap_control(b, 2, PKI_OID_CMC_ADD_ATTRIBUTES, mark);
	return 0;
}

static void
put_returned(
    struct der_back *b, unsigned id, enum pki_oid oid, struct bytes value)
{
	const uint8_t *mark = b->p;

	if (value.n == 0)
		return;
	der_back_bytes(b, value);
	wrap_control(b, id, oid, mark);
}

int
pki_cmc_reply_build(struct pki_tools *t, const struct pki_cmc_reply *r,
    struct buf *out, struct err *err)
{
	uint8_t space[PKI_CMC_RESPONSE_MAX];
	const struct pki_cmc *asked = r->asked;
	const uint8_t *mark;
	struct der_back b;

	if (r->text && strlen(r->text) > PKI_CMC_STATUS_MAX)
		return err_set(
		    err, ERR_TOO_LARGE, "the status text is too long");
	der_back_init(&b, space, sizeof(space), 0);
	der_back_head(&b, DER_SEQUENCE, 0); /* no other messages */
	der_back_head(&b, DER_SEQUENCE, 0); /* no CMS messages */
	mark = b.p;
	if (asked) {
		put_returned(&b, 5, PKI_OID_CMC_DATA_RETURN, asked->data);
		put_returned(&b, 4, PKI_OID_CMC_RECIPIENT_NONCE, asked->nonce);
		put_returned(
		    &b, 3, PKI_OID_CMC_TRANSACTION_ID, asked->transaction);
	}
	if (r->status == PKI_CMC_SUCCESS && put_issued_hash(t, &b, r, err) < 0)
		return -1;
	put_status(&b, r);
	der_back_wrap(&b, DER_SEQUENCE, mark);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	if (b.failed)
		return err_set(err, ERR_INTERNAL, "the reply does not fit");
	buf_add_bytes(out, der_back_done(&b));
	return buf_check(out, "the reply", err);
}
