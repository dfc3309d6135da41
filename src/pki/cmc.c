/* The reading half of cmc.h. */
#include "pki/cmc.h"
#include "base/str.h"
#include "pki/oid.h"
#include "pki/pair.h"

#include <stddef.h>

static int
malformed(const char *what, struct err *err)
{
	return err_set(err, ERR_BAD_DATA,
	    "the request is not a well-formed CMC request: %s", what);
}

/* ---- registration information ----------------------------------------- */

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
percent_decode(struct bytes s, struct buf *out)
{
	size_t i;

	buf_reset(out);
	for (i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			buf_add_char(out, (char)s.p[i]);
			continue;
		}
		if (s.n - i < 3)
			return -1;
		high = hex_digit(s.p[i + 1]);
		low = hex_digit(s.p[i + 2]);
		if (high < 0 || low < 0)
			return -1;
		buf_add_char(out, (char)(high << 4 | low));
		i += 2;
	}
	return buf_failed(out) ? -1 : 0;
}

/* Empty pieces, as a trailing & makes them, are passed over. */
static int
pair_next(struct der *in, struct buf *name, struct buf *value)
{
	const uint8_t *end, *equals;
	struct bytes s;

	while (der_peek(in, '&'))
		in->p++;
	s = der_bytes(*in);
	if (s.n == 0)
		return 0;
	end = memchr(s.p, '&', s.n);
	s.n = end ? (size_t)(end - s.p) : s.n;
	in->p += s.n;
	equals = memchr(s.p, '=', s.n);
	if (!equals || equals == s.p ||
	    percent_decode(bytes_of(s.p, (size_t)(equals - s.p)), name) < 0 ||
	    percent_decode(
		bytes_of(equals + 1, (size_t)(s.p + s.n - equals) - 1), value) <
		0 ||
	    !str_is_printable(buf_bytes(name)) ||
	    !str_is_printable(buf_bytes(value)))
		return -1;
	return 1;
}

bool
pki_cmc_pair_next(struct der *in, struct buf *name, struct buf *value)
{
	return pair_next(in, name, value) > 0;
}

static int
check_reg_info(struct bytes text, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	AUTO_BUF value = BUF_WITH_LIMIT(PKI_PAIR_MAX);
	struct der in = der_of(text);
	unsigned n = 0;
	int more;

	while ((more = pair_next(&in, &name, &value)) > 0)
		if (++n > PKI_PAIRS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "the registration information has more than %d "
			    "pairs",
			    PKI_PAIRS_MAX);
	if (more < 0)
		return malformed("the registration information is not text of "
				 "the form Name=Value&Name=Value",
		    err);
	return 0;
}

/* ---- controls --------------------------------------------------------- */

static int
reg_info(struct pki_cmc *c, struct bytes value, struct err *err)
{
	struct der text;

	if (der_sole(value, DER_OCTET_STRING, &text) < 0)
		return malformed("the registration information", err);
	c->reg_info = der_bytes(text);
	return check_reg_info(c->reg_info, err);
}

/* Of AddExtensions and the like: reference to this message, references to its
 * requests; ret is the list. */
static int
references(struct bytes value, uint8_t tag, struct der *ret, struct err *err)
{
	struct der in, refs;
	uint64_t id;

	if (der_sole(value, DER_SEQUENCE, &in) < 0 || der_uint(&in, &id) < 0 ||
	    der_next(&in, DER_SEQUENCE, NULL, &refs) < 0 ||
	    der_next(&in, tag, NULL, ret) < 0 || !der_done(&in))
		return malformed("a control that adds to the request", err);
	while (!der_done(&refs))
		if (der_uint(&refs, &id) < 0)
			return malformed(
			    "a control that adds to the request", err);
	return 0;
}

/* Whether they change anything shows when the PKCS#10 is read. */
static int
add_extensions(struct pki_cmc *c, struct bytes value, struct err *err)
{
	struct der list;

	if (references(value, DER_SEQUENCE, &list, err) < 0)
		return -1;
	c->add_extensions = der_bytes(list);
	return 0;
}

/* Hints about the client change nothing; everything else might. */
static int
add_attributes(struct pki_cmc *c, struct bytes value, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];
	struct der list, attr;
	struct bytes oid;

	(void)c;
	if (references(value, DER_SET, &list, err) < 0)
		return -1;
	while (!der_done(&list)) {
		if (der_next(&list, DER_SEQUENCE, NULL, &attr) < 0 ||
		    der_oid(&attr, &oid) < 0 ||
		    der_next(&attr, DER_SET, NULL, NULL) < 0 ||
		    !der_done(&attr))
			return malformed("an attribute to add", err);
		if (!pki_oid_is(oid, PKI_OID_MS_CLIENT_INFO) &&
		    !pki_oid_is(oid, PKI_OID_MS_OS_VERSION) &&
		    !pki_oid_is(oid, PKI_OID_MS_CSP))
			return err_set(err, ERR_BAD_MESSAGE_TYPE,
			    "the CMC message adds the attribute \"%s\" to the "
			    "request in it, which is not supported: put it "
			    "into the PKCS#10 itself",
			    pki_oid_name(oid, text));
	}
	return 0;
}

/* clang-format off */
static const struct control {
	enum pki_oid oid;
	/* one of: read it, keep its value, refuse with this sentence */
	int (*read)(struct pki_cmc *c, struct bytes value, struct err *err);
	size_t keep; /* offset of a struct bytes */
	const char *refusal;
	uint8_t tag; /* of what is kept */
} controls[] = {
	{ PKI_OID_CMC_REG_INFO, reg_info, 0, NULL, 0 },
	{ PKI_OID_CMC_ADD_EXTENSIONS, add_extensions, 0, NULL, 0 },
	{ PKI_OID_CMC_ADD_ATTRIBUTES, add_attributes, 0, NULL, 0 },
	{ PKI_OID_CMC_TRANSACTION_ID, NULL,
	    offsetof(struct pki_cmc, transaction), NULL, DER_INTEGER },
	{ PKI_OID_CMC_SENDER_NONCE, NULL,
	    offsetof(struct pki_cmc, nonce), NULL, DER_OCTET_STRING },
	{ PKI_OID_CMC_DATA_RETURN, NULL,
	    offsetof(struct pki_cmc, data), NULL, DER_OCTET_STRING },
#define NOT(what) NULL, 0, what, 0
#define NO_SECRET NOT("proves an identity with a shared secret; this CA " \
		      "keeps none: sign in instead")
	{ PKI_OID_CMC_IDENTITY_PROOF, NO_SECRET },
	{ PKI_OID_CMC_IDENTITY_PROOF2, NO_SECRET },
	{ PKI_OID_CMC_POP_LINK_WITNESS, NO_SECRET },
	{ PKI_OID_CMC_POP_LINK_WITNESS2, NO_SECRET },
	{ PKI_OID_CMC_ENCRYPTED_POP, NOT("asks for an encrypted proof of "
	      "possession, which is not supported") },
	{ PKI_OID_CMC_DECRYPTED_POP, NOT("answers an encrypted proof of "
	      "possession, which is not supported") },
	{ PKI_OID_CMC_LRA_POP_WITNESS, NOT("says that another authority saw "
	      "the proof of possession; it must be in the request itself") },
	{ PKI_OID_CMC_MOD_TEMPLATE, NOT("changes the request in it, which is "
	      "not supported: make a new request") },
	{ PKI_OID_CMC_REVOKE, NOT("asks for a revocation, which cannot be "
	      "done this way: an officer revokes") },
	{ PKI_OID_CMC_GET_CERT, NOT("asks for a certificate, which cannot be "
	      "done this way") },
	{ PKI_OID_CMC_GET_CRL, NOT("asks for a revocation list, which cannot "
	      "be done this way") },
	{ PKI_OID_CMC_QUERY_PENDING, NOT("asks for a pending request, which "
	      "cannot be done this way: use its number") },
	{ PKI_OID_CMC_CONFIRM, NOT("asks for or gives a confirmation, which "
	      "is not supported") },
	{ PKI_OID_CMC_PUBLISH_CERT, NOT("asks for a publication, which is "
	      "not supported") },
	{ PKI_OID_CMC_AUTH_DATA, NOT("carries authenticated data, which is "
	      "not supported") },
	{ PKI_OID_CMC_BATCH_REQUESTS, NOT("holds more than one request; send "
	      "them one by one") },
#undef NO_SECRET
#undef NOT
};
/* clang-format on */

static int
known_control(struct pki_cmc *c, const struct control *k, struct bytes value,
    struct err *err)
{
	struct der in;

	if (k->refusal)
		return err_set(err, ERR_BAD_MESSAGE_TYPE, "the CMC message %s",
		    k->refusal);
	if (k->read)
		return k->read(c, value, err);
	if (der_sole(value, k->tag, &in) < 0 || value.n > PKI_CMC_KEEP_MAX)
		return malformed("what is to be returned in the reply is too "
				 "long or of the wrong type",
		    err);
	*(struct bytes *)(void *)((char *)c + k->keep) = value;
	return 0;
}

/* One TaggedAttribute. *seen has a bit for each row of the table. */
static int
control(struct pki_cmc *c, struct der *list, uint32_t *seen, struct err *err)
{
	struct der in, values, value;
	struct bytes oid;
	uint64_t id;
	uint8_t tag;
	size_t i;

	if (der_next(list, DER_SEQUENCE, NULL, &in) < 0 ||
	    der_uint(&in, &id) < 0 || id > UINT32_MAX ||
	    der_oid(&in, &oid) < 0 ||
	    der_next(&in, DER_SET, NULL, &values) < 0 || !der_done(&in))
		return malformed("a control", err);
	for (i = 0; i < ARRAY_LEN(controls); i++)
		if (pki_oid_is(oid, controls[i].oid))
			break;
	if (i == ARRAY_LEN(controls))
		return 0;
	if (*seen & 1U << i)
		return malformed("a control is there twice", err);
	*seen |= 1U << i;
	if (der_any(&values, &tag, &value, NULL) < 0 || !der_done(&values))
		return malformed("a control has not exactly one value", err);
	return known_control(c, &controls[i], der_bytes(value), err);
}

/* ---- the message ------------------------------------------------------ */

static int
read_controls(struct pki_cmc *c, struct der *in, struct err *err)
{
	struct der list;
	uint32_t seen = 0;
	unsigned n;

	_Static_assert(ARRAY_LEN(controls) <= 32, "seen has 32 bits");
	if (der_next(in, DER_SEQUENCE, NULL, &list) < 0)
		return malformed("the controls", err);
	for (n = 0; !der_done(&list); n++) {
		if (n == PKI_CMC_CONTROLS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "the CMC message has more than %d controls",
			    PKI_CMC_CONTROLS_MAX);
		if (control(c, &list, &seen, err) < 0)
			return -1;
	}
	return 0;
}

static int
read_requests(struct pki_cmc *c, struct der *in, struct err *err)
{
	struct der list, tagged, request;
	uint64_t id;

	if (der_next(in, DER_SEQUENCE, NULL, &list) < 0)
		return malformed("the requests", err);
	if (der_done(&list))
		return err_set(err, ERR_BAD_DATA,
		    "the CMC message holds no certificate request");
	if (!der_peek(&list, DER_CONTEXT(0)))
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "the CMC message holds a request that is not a PKCS#10 "
		    "(CRMF, for example), which is not supported");
	if (der_next(&list, DER_CONTEXT(0), NULL, &tagged) < 0 ||
	    der_uint(&tagged, &id) < 0 || id > UINT32_MAX ||
	    der_next(&tagged, DER_SEQUENCE, &request, NULL) < 0 ||
	    !der_done(&tagged))
		return malformed("the request in it", err);
	if (!der_done(&list))
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "the CMC message holds more than one certificate request; "
		    "send them one by one");
	c->request = der_bytes(request);
	c->request_id = (uint32_t)id;
	return 0;
}

static int
read_empty(struct der *in, const char *what, struct err *err)
{
	struct der list;

	if (der_next(in, DER_SEQUENCE, NULL, &list) < 0)
		return malformed(what, err);
	if (!der_done(&list))
		return err_set(err, ERR_BAD_MESSAGE_TYPE,
		    "the CMC message holds %s, which is not supported", what);
	return 0;
}

int
pki_cmc_parse(struct bytes content, struct pki_cmc *ret, struct err *err)
{
	struct pki_cmc c = { 0 };
	struct der in;

	/* One level of CMS lies around it. */
	if (!der_is_well_formed(content, 32) ||
	    der_sole(content, DER_SEQUENCE, &in) < 0)
		return malformed("it is cut off, not DER, nested too deeply, "
				 "or something follows it",
		    err);
	if (read_controls(&c, &in, err) < 0 ||
	    read_requests(&c, &in, err) < 0 ||
	    read_empty(&in, "another signed message", err) < 0 ||
	    read_empty(&in, "a message of another kind", err) < 0)
		return -1;
	if (!der_done(&in))
		return malformed("something follows it", err);
	*ret = c;
	return 0;
}
