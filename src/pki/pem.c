#include "pki/pem.h"
#include "base/secret.h"
#include "base/str.h"
#include "pki/der.h"
#include "pki/oid.h"

/* What unwrap() made of the input: text to search, bytes when it is DER. */
struct input {
	struct buf text; /* ASCII; wiped by input_clear() */
	bool is_der;
};

static void
input_clear(struct input *in)
{
	secret_wipe(in->text.p, in->text.n);
	buf_clear(&in->text);
}
#define AUTO_INPUT __attribute__((cleanup(input_clear))) struct input

/* ---- unwrapping ------------------------------------------------------- */

static void
add_utf16(struct buf *out, struct bytes s, bool big)
{
	size_t i;

	for (i = 0; i + 1 < s.n; i += 2) {
		uint8_t high = s.p[big ? i : i + 1], low = s.p[big ? i + 1 : i];

		/* Nothing beyond ASCII means anything here. */
		buf_add_char(out, high || low >= 0x80 ? '?' : (char)low);
	}
}

/* Byte order marks; UTF-16 without one shows by its zero bytes. */
static int
unwrap(struct bytes s, struct input *ret, struct err *err)
{
	buf_init(&ret->text, PKI_PEM_TEXT_MAX);
	ret->is_der = false;
	if (s.n > PKI_PEM_TEXT_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the input has %zu bytes; at most %d are allowed", s.n,
		    PKI_PEM_TEXT_MAX);
	/* A SEQUENCE, definite or (as some PKCS#12 files) not. "0" followed
	 * by a byte beyond ASCII cannot be base64. */
	if (s.n >= 2 && s.p[0] == DER_SEQUENCE &&
	    (s.p[1] >= 0x80 || s.n == (size_t)s.p[1] + 2)) {
		ret->is_der = true;
		buf_add_bytes(&ret->text, s);
	} else if (bytes_has_prefix(s, BYTES_LIT("\xff\xfe"))) {
		add_utf16(&ret->text, bytes_of(s.p + 2, s.n - 2), false);
	} else if (bytes_has_prefix(s, BYTES_LIT("\xfe\xff"))) {
		add_utf16(&ret->text, bytes_of(s.p + 2, s.n - 2), true);
	} else if (bytes_has_prefix(s, BYTES_LIT("\xef\xbb\xbf"))) {
		buf_add(&ret->text, s.p + 3, s.n - 3);
	} else if (s.n >= 2 && (s.p[0] == 0) != (s.p[1] == 0)) {
		add_utf16(&ret->text, s, s.p[0] == 0);
	} else {
		buf_add_bytes(&ret->text, s);
	}
	return buf_check(&ret->text, "the input", err);
}

/* ---- private keys ----------------------------------------------------- */

/* The head of an element, its content perhaps cut off: the beginning of a
 * private key is one too. */
static bool
peek_head(struct der *in, uint8_t tag)
{
	size_t n;

	if (in->end - in->p < 2 || *in->p != tag)
		return false;
	n = in->p[1] >= 0x80 ? in->p[1] & 0x7f : 0;
	if ((size_t)(in->end - in->p) < 2 + n)
		return false;
	in->p += 2 + n;
	return true;
}

/* PKCS#8, PKCS#1, SEC 1 and PKCS#12 all start with a version, which nothing
 * else does that may come here; encrypted PKCS#8 with a password-based
 * algorithm. */
static bool
is_private_der(struct bytes der)
{
	struct der in = der_of(der), version;

	if (!peek_head(&in, DER_SEQUENCE))
		return false;
	version = in;
	if (peek_head(&version, DER_INTEGER) && in.p[1] == 1 &&
	    !der_done(&version) && *version.p <= 3) {
		version.p++;
		return der_done(&version) || der_peek(&version, DER_SEQUENCE) ||
		       der_peek(&version, DER_INTEGER) ||
		       der_peek(&version, DER_OCTET_STRING);
	}
	if (!peek_head(&in, DER_SEQUENCE) || !peek_head(&in, DER_OID))
		return false;
	return bytes_has_prefix(der_bytes(in),
		   BYTES_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x05")) ||
	       bytes_has_prefix(der_bytes(in),
		   BYTES_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x0c"));
}

static bool
has_private_words(struct bytes text)
{
	static const struct bytes words[] = {
		BYTES_INIT("PRIVATE KEY"),
		BYTES_INIT("PRIVATE+KEY"),
		BYTES_INIT("BEGIN OPENSSH"),
		BYTES_INIT("openssh-key-v1"),
		BYTES_INIT("PuTTY-User-Key-File"),
		BYTES_INIT("<RSAKeyValue>"),
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (bytes_find(text, words[i]))
			return true;
	return bytes_find(text, BYTES_LIT("\"kty\"")) &&
	       bytes_find(text, BYTES_LIT("\"d\""));
}

/* ---- base64 ----------------------------------------------------------- */

static bool
is_line_end(uint8_t c)
{
	return c == '\r' || c == '\n' || c == '\t' || c == 0;
}

/* What to make of blanks: white space, or plus signs that a form decoded
 * once too often; then those inside a line, or (a plus may also end or begin
 * one) all of them. The first reading whose length fits is right. */
enum blanks { BLANKS_SKIP, BLANKS_INNER, BLANKS_ALL, BLANKS_COUNT };

static bool
is_plus(struct bytes s, size_t i, enum blanks blanks)
{
	if (s.p[i] != ' ' || blanks == BLANKS_SKIP)
		return false;
	return blanks == BLANKS_ALL ||
	       (i > 0 && i + 1 < s.n && !is_line_end(s.p[i - 1]) &&
		   !is_line_end(s.p[i + 1]));
}

/* Decode up to the first thing that is no base64; true when there was none.
 * Missing padding is forgiven. */
static bool
decode(struct bytes s, enum blanks blanks, struct buf *out)
{
	uint32_t bits = 0;
	unsigned n = 0, pad = 0;
	size_t i;

	for (i = 0; i < s.n; i++) {
		int v = str_base64_value(s.p[i]);

		if (is_plus(s, i, blanks))
			v = 62;
		if (v < 0 && (is_line_end(s.p[i]) || s.p[i] == ' '))
			continue;
		if (s.p[i] == '=' && pad < 2) {
			pad++;
			continue;
		}
		if (v < 0 || pad)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (++n % 4 == 0) {
			buf_add_char(out, (char)(bits >> 16));
			buf_add_char(out, (char)(bits >> 8));
			buf_add_char(out, (char)bits);
		}
	}
	if (n % 4 == 3) {
		buf_add_char(out, (char)(bits >> 10));
		buf_add_char(out, (char)(bits >> 2));
	} else if (n % 4 == 2) {
		buf_add_char(out, (char)(bits >> 4));
	}
	return n % 4 != 1 && out->n > 0;
}

/* The bytes an outer SEQUENCE says it has, or 0. */
static size_t
announced(struct bytes der)
{
	struct der in = der_of(der), at = in;
	size_t len = 0, i;

	if (!peek_head(&at, DER_SEQUENCE))
		return 0;
	if (in.p[1] < 0x80)
		return (size_t)in.p[1] + 2;
	if (in.p[1] == 0x80 || in.p[1] > 0x84)
		return 0;
	for (i = 0; i < (in.p[1] & 0x7fU); i++)
		len = len << 8 | in.p[2 + i];
	return len + (size_t)(at.p - in.p);
}

/* What stands between the first BEGIN and its END, or everything. */
static struct bytes
body_of(struct bytes text)
{
	static const struct bytes dashes = BYTES_INIT("-----");
	const uint8_t *p = bytes_find(text, BYTES_LIT("-----BEGIN"));
	const uint8_t *end = text.p + text.n;

	if (!p)
		return text;
	p = bytes_find(
	    bytes_of(p + 5, (size_t)(end - p) - 5), dashes); /* of the label */
	if (!p)
		return BYTES_NONE;
	p += dashes.n;
	text = bytes_of(p, (size_t)(end - p));
	end = bytes_find(text, dashes);
	return end ? bytes_of(p, (size_t)(end - p)) : text;
}

static int
decode_text(struct bytes text, struct buf *out, struct err *err)
{
	struct bytes body = body_of(text);
	size_t start = out->n;
	unsigned blanks;
	bool ok;

	for (blanks = 0; blanks < BLANKS_COUNT; blanks++) {
		out->n = start;
		if (decode(body, (enum blanks)blanks, out) &&
		    announced(bytes_of(out->p + start, out->n - start)) ==
			out->n - start)
			return 0;
	}
	out->n = start;
	ok = decode(body, BLANKS_SKIP, out); /* for the best message */
	if (!ok)
		return err_set(err, ERR_BAD_DATA,
		    "the text is not a request in Base64: it has characters "
		    "that do not belong there, or is empty");
	return 0;
}

/* ---- what is it? ------------------------------------------------------ */

/* The first element of the outer SEQUENCE is a SEQUENCE; look inside. */
static enum pki_pem_kind
kind_of_body(struct der in)
{
	struct der third;

	if (der_peek(&in, DER_CONTEXT(0)))
		return PKI_PEM_CERTIFICATE;
	if (der_peek(&in, DER_SEQUENCE))
		return der_next(&in, DER_SEQUENCE, NULL, NULL) == 0 &&
			       der_peek(&in, DER_IA5)
			   ? PKI_PEM_SPKAC
			   : PKI_PEM_OTHER;
	if (der_next(&in, DER_INTEGER, NULL, NULL) < 0)
		return PKI_PEM_OTHER;
	/* CRL: algorithm, issuer, time. Old certificate: algorithm, issuer,
	 * validity. Request: name, key, attributes. */
	if (der_next(&in, DER_SEQUENCE, NULL, NULL) < 0 ||
	    der_next(&in, DER_SEQUENCE, NULL, &third) < 0)
		return PKI_PEM_PKCS10;
	if (der_peek(&in, DER_UTC_TIME) || der_peek(&in, DER_GENERAL_TIME))
		return PKI_PEM_CRL;
	if (der_next(&in, DER_SEQUENCE, NULL, &third) == 0 &&
	    (der_peek(&third, DER_UTC_TIME) ||
		der_peek(&third, DER_GENERAL_TIME)))
		return PKI_PEM_CERTIFICATE;
	return PKI_PEM_PKCS10;
}

static enum pki_pem_kind
kind_of(struct bytes der)
{
	struct der all = der_of(der), in, first;
	struct bytes oid;

	if (der_next_big(&all, DER_SEQUENCE, NULL, &in) < 0)
		return PKI_PEM_OTHER;
	if (der_peek(&in, DER_OID))
		return der_oid(&in, &oid) == 0 &&
			       pki_oid_is(oid, PKI_OID_PKCS7_SIGNED)
			   ? PKI_PEM_CMS
			   : PKI_PEM_OTHER;
	if (der_next_big(&in, DER_SEQUENCE, NULL, &first) < 0)
		return PKI_PEM_OTHER;
	return kind_of_body(first);
}

/* ---- the interface ---------------------------------------------------- */

bool
pki_pem_is_private(struct bytes s)
{
	AUTO_INPUT in = { 0 };
	unsigned blanks;
	bool is;

	if (unwrap(s, &in, NULL) < 0) /* too large: look at what fits */
		s.n = s.n < PKI_PEM_TEXT_MAX ? s.n : PKI_PEM_TEXT_MAX;
	else
		s = buf_bytes(&in.text);
	is = is_private_der(s) || has_private_words(s);
	for (blanks = 0; blanks < BLANKS_COUNT && !is; blanks++) {
		AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);

		(void)decode(body_of(s), (enum blanks)blanks, &der);
		is = is_private_der(buf_bytes(&der));
		secret_wipe(der.p, der.n);
	}
	return is;
}

int
pki_pem_read(struct bytes s, struct buf *out, enum pki_pem_kind *ret_kind,
    struct err *err)
{
	AUTO_INPUT in = { 0 };
	struct bytes der;
	size_t start = out->n, size;

	if (pki_pem_is_private(s))
		return err_set(err, ERR_PRIVATE_KEY,
		    "this is, or contains, a private key: it must stay with "
		    "its owner and was not kept; send the certificate "
		    "request instead, and consider the key exposed");
	if (unwrap(s, &in, err) < 0)
		return -1;
	if (in.is_der)
		buf_add_bytes(out, buf_bytes(&in.text));
	else if (decode_text(buf_bytes(&in.text), out, err) < 0)
		return -1;
	if (buf_check(out, "the request", err) < 0)
		return -1;
	der = bytes_of(out->p + start, out->n - start);
	size = announced(der);
	if (bytes_has_prefix(der, BYTES_LIT("\x30\x80")))
		return err_set(err, ERR_BAD_DATA,
		    "the message is written in BER with indefinite lengths, "
		    "and only DER is read; OpenSSL makes one from the other: "
		    "cms -cmsout -inform DER -outform DER");
	if (size == 0)
		return err_set(err, ERR_BAD_DATA,
		    "this is not a certificate request: it does not decode "
		    "to DER");
	if (size > der.n)
		return err_set(err, ERR_BAD_DATA,
		    "the request is incomplete: it should have %zu bytes and "
		    "has %zu; copy it again from the first to the last line",
		    size, der.n);
	if (size < der.n)
		return err_set(err, ERR_BAD_DATA,
		    "the request is followed by %zu bytes that do not belong "
		    "to it",
		    der.n - size);
	*ret_kind = kind_of(der);
	return 0;
}

int
pki_pem_read_request(struct bytes s, struct buf *out,
    enum pki_pem_kind *ret_kind, struct err *err)
{
	static const char *const others[] = {
		[PKI_PEM_SPKAC] = "this is a key with a challenge (SPKAC), "
				  "which is not supported; send a PKCS#10 "
				  "certificate request",
		[PKI_PEM_CERTIFICATE] =
		    "this is a certificate, not a certificate request; send "
		    "the request that was made together with the key (its "
		    "first line is BEGIN CERTIFICATE REQUEST)",
		[PKI_PEM_CRL] = "this is a certificate revocation list, not "
				"a certificate request",
		[PKI_PEM_OTHER] = "this is neither a PKCS#10 nor a signed "
				  "CMS certificate request",
	};
	size_t start = out->n;
	enum pki_pem_kind kind;

	if (pki_pem_read(s, out, &kind, err) < 0)
		return -1;
	if (kind != PKI_PEM_PKCS10 && kind != PKI_PEM_CMS) {
		out->n = start;
		return err_set(err, ERR_BAD_MESSAGE_TYPE, "%s", others[kind]);
	}
	*ret_kind = kind;
	return 0;
}

void
pki_pem_write(struct buf *out, const char *label, struct bytes der,
    enum pki_pem_lines lines)
{
	const char *eol = lines == PKI_PEM_CRLF ? "\r\n" : "\n";
	char line[64 + 1];
	size_t i;

	buf_addf(out, "-----BEGIN %s-----%s", label, eol);
	for (i = 0; i < der.n; i += 48) {
		str_base64(
		    line, bytes_of(der.p + i, der.n - i < 48 ? der.n - i : 48));
		buf_addf(out, "%s%s", line, eol);
	}
	buf_addf(out, "-----END %s-----%s", label, eol);
}
