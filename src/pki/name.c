#include "pki/name.h"
#include "base/str.h"

#include <assert.h>

/* clang-format off */
static const struct label {
	enum pki_oid oid;
	uint8_t tag;       /* string type we write */
	const char *text;
} labels[] = {
	{ PKI_OID_CN,              DER_UTF8,      "CN" },
	{ PKI_OID_SURNAME,         DER_UTF8,      "SN" },
	{ PKI_OID_SERIAL_NUMBER,   DER_PRINTABLE, "serialNumber" },
	{ PKI_OID_COUNTRY,         DER_PRINTABLE, "C" },
	{ PKI_OID_LOCALITY,        DER_UTF8,      "L" },
	{ PKI_OID_STATE,           DER_UTF8,      "ST" },
	{ PKI_OID_STREET,          DER_UTF8,      "STREET" },
	{ PKI_OID_ORGANIZATION,    DER_UTF8,      "O" },
	{ PKI_OID_ORG_UNIT,        DER_UTF8,      "OU" },
	{ PKI_OID_TITLE,           DER_UTF8,      "T" },
	{ PKI_OID_GIVEN_NAME,      DER_UTF8,      "G" },
	{ PKI_OID_INITIALS,        DER_UTF8,      "I" },
	{ PKI_OID_DN_QUALIFIER,    DER_PRINTABLE, "dnQualifier" },
	{ PKI_OID_EMAIL,           DER_IA5,       "E" },
	{ PKI_OID_UID,             DER_UTF8,      "UID" },
	{ PKI_OID_DC,              DER_IA5,       "DC" },
};
/* clang-format on */

static const struct label *
label_of(struct bytes oid)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(labels); i++)
		if (pki_oid_is(oid, labels[i].oid))
			return &labels[i];
	return NULL;
}

const char *
pki_name_label(struct bytes oid)
{
	const struct label *l = label_of(oid);

	return l ? l->text : NULL;
}

enum pki_oid
pki_name_oid(const char *label)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(labels); i++)
		if (str_eq_ci(label, labels[i].text))
			return labels[i].oid;
	return PKI_OID_NONE;
}

/* ---- strings ---------------------------------------------------------- */

static void
put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
	} else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xe0 | c >> 12));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

static bool
is_printable_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr(" '()+,-./:=?", c));
}

/* Real PrintableStrings carry some characters that X.520 does not allow but
 * every implementation writes and reads. */
static bool
is_nearly_printable_char(uint8_t c)
{
	return is_printable_char(c) || (c && strchr("*@_&", c));
}

static bool
bmp_string(struct bytes v, struct buf *out)
{
	size_t i;

	if (v.n % 2 != 0)
		return false;
	for (i = 0; i < v.n; i += 2) {
		uint32_t c = (uint32_t)v.p[i] << 8 | v.p[i + 1];

		if (c >= 0xd800 && c <= 0xdfff) /* BMP has no surrogates */
			return false;
		put_utf8(out, c);
	}
	return true;
}

bool
pki_name_string(uint8_t tag, struct bytes v, struct buf *out)
{
	size_t i;

	if (tag == DER_BMP)
		return bmp_string(v, out);
	if (tag == DER_UTF8) {
		buf_add_bytes(out, v);
		return str_is_utf8(v) || !v.n;
	}
	for (i = 0; i < v.n; i++) {
		uint8_t c = v.p[i];

		if ((tag == DER_PRINTABLE && !is_nearly_printable_char(c)) ||
		    (tag == DER_NUMERIC && c != ' ' && (c < '0' || c > '9')) ||
		    (tag == DER_IA5 && c >= 0x80))
			return false;
		put_utf8(out, c); /* T61: read as Latin-1, like everyone */
	}
	return tag == DER_PRINTABLE || tag == DER_NUMERIC || tag == DER_IA5 ||
	       tag == DER_T61;
}

static size_t
utf8_chars(struct bytes s)
{
	size_t n = 0, i;

	for (i = 0; i < s.n; i++)
		n += (s.p[i] & 0xc0) != 0x80;
	return n;
}

/* ---- walking ---------------------------------------------------------- */

bool
pki_name_next(
    struct bytes name, struct pki_name_walk *w, struct pki_name_attr *ret)
{
	struct der pair, value;

	if (!w->started) {
		w->started = true;
		if (der_sole(name, DER_SEQUENCE, &w->rdns) < 0)
			w->rdns = der_of(BYTES_NONE);
		w->rdn = (struct der){ w->rdns.p, w->rdns.p };
	}
	ret->same_rdn = !der_done(&w->rdn);
	if (der_done(&w->rdn) && der_next(&w->rdns, DER_SET, NULL, &w->rdn) < 0)
		return false;
	if (der_next(&w->rdn, DER_SEQUENCE, NULL, &pair) < 0 ||
	    der_oid(&pair, &ret->oid) < 0 ||
	    der_any(&pair, &ret->tag, NULL, &value) < 0 || !der_done(&pair))
		return false;
	ret->value = der_bytes(value);
	return true;
}

bool
pki_name_is_empty(struct bytes name)
{
	return bytes_eq(name, BYTES_LIT("\x30\x00"));
}

bool
pki_name_value(struct bytes name, enum pki_oid oid, struct buf *out)
{
	struct pki_name_walk w = { 0 };
	struct pki_name_attr a;

	while (pki_name_next(name, &w, &a))
		if (pki_oid_is(a.oid, oid)) {
			size_t start = out->n;

			if (pki_name_string(a.tag, a.value, out))
				return true;
			if (out->p)
				out->p[out->n = start] = 0;
			return false;
		}
	return false;
}

/* ---- checking --------------------------------------------------------- */

/* The usual case, told without a buffer. */
static bool
is_plain_ascii(const struct pki_name_attr *a)
{
	size_t i;

	if (a->value.n > PKI_NAME_VALUE_MAX ||
	    (a->tag != DER_UTF8 && a->tag != DER_IA5 &&
		a->tag != DER_PRINTABLE))
		return false;
	for (i = 0; i < a->value.n; i++)
		if (a->tag == DER_PRINTABLE
			? !is_nearly_printable_char(a->value.p[i])
			: a->value.p[i] < 0x20 || a->value.p[i] > 0x7e)
			return false;
	return true;
}

static int
check_value(const struct pki_name_attr *a, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(4 * PKI_NAME_VALUE_MAX);
	char oid[PKI_OID_TEXT_MAX];
	const char *what;
	bool valid, nul;

	if (a->value.n > 0 && is_plain_ascii(a))
		return 0;
	what = pki_oid_name(a->oid, oid);
	if (a->value.n == 0)
		return err_set(
		    err, ERR_BAD_SUBJECT, "the subject has an empty %s", what);
	if (a->value.n > 4 * PKI_NAME_VALUE_MAX)
		return err_set(err, ERR_BAD_SUBJECT,
		    "the %s in the subject is longer than %d characters", what,
		    PKI_NAME_VALUE_MAX);
	valid = pki_name_string(a->tag, a->value, &text);
	nul = a->tag != DER_BMP && memchr(a->value.p, 0, a->value.n);
	if (!valid && !nul && !buf_failed(&text))
		return err_set(err, ERR_BAD_SUBJECT,
		    "the %s in the subject is not a valid text of its type",
		    what);
	if (buf_failed(&text) ||
	    utf8_chars(buf_bytes(&text)) > PKI_NAME_VALUE_MAX)
		return err_set(err, ERR_BAD_SUBJECT,
		    "the %s in the subject is longer than %d characters", what,
		    PKI_NAME_VALUE_MAX);
	if (nul || !str_is_printable(buf_bytes(&text)))
		return err_set(err, ERR_BAD_SUBJECT,
		    "the %s in the subject contains a NUL, a control "
		    "character or a character that changes the direction "
		    "of text",
		    what);
	return 0;
}

/* One RDN: a SET OF pairs, in ascending order of their bytes (X.690 11.6);
 * two equal attributes are refused by the same comparison. */
static int
check_rdn(struct der rdn, unsigned *count, struct err *err)
{
	struct der before = { NULL, NULL }, pair, all, value;
	struct pki_name_attr a = { 0 };

	if (der_done(&rdn))
		return err_set(
		    err, ERR_BAD_SUBJECT, "the subject has an empty part");
	while (!der_done(&rdn)) {
		size_t n;

		if (der_next(&rdn, DER_SEQUENCE, &all, &pair) < 0 ||
		    der_oid(&pair, &a.oid) < 0 || a.oid.n > PKI_OID_MAX ||
		    der_any(&pair, &a.tag, NULL, &value) < 0 ||
		    !der_done(&pair))
			return err_set(err, ERR_BAD_SUBJECT,
			    "the subject is not a well-formed name");
		a.value = der_bytes(value);
		if (++*count > PKI_NAME_ATTRS_MAX)
			return err_set(err, ERR_BAD_SUBJECT,
			    "the subject has more than %d parts",
			    PKI_NAME_ATTRS_MAX);
		if (check_value(&a, err) < 0)
			return -1;
		n = (size_t)(before.end - before.p);
		if (n > (size_t)(all.end - all.p))
			n = (size_t)(all.end - all.p);
		if (before.p && memcmp(before.p, all.p, n) >= 0)
			return err_set(err, ERR_BAD_SUBJECT,
			    "the parts of the subject that belong together "
			    "are not in the order DER demands");
		before = all;
	}
	return 0;
}

int
pki_name_check(struct bytes name, struct err *err)
{
	struct der rdns, rdn;
	unsigned count = 0;

	if (name.n > PKI_NAME_MAX)
		return err_set(err, ERR_BAD_SUBJECT,
		    "the subject has %zu bytes; at most %d are allowed", name.n,
		    PKI_NAME_MAX);
	if (der_sole(name, DER_SEQUENCE, &rdns) < 0)
		return err_set(err, ERR_BAD_SUBJECT,
		    "the subject is not a well-formed name");
	while (!der_done(&rdns)) {
		if (der_next(&rdns, DER_SET, NULL, &rdn) < 0)
			return err_set(err, ERR_BAD_SUBJECT,
			    "the subject is not a well-formed name");
		if (check_rdn(rdn, &count, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- text ------------------------------------------------------------- */

static void
put_escaped(struct buf *out, struct bytes s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c < 0x20 || c == 0x7f) {
			buf_addf(out, "\\%02x", c);
			continue;
		}
		if (strchr(",+\"\\<>;", c) || (i == 0 && c == '#') ||
		    (c == ' ' && (i == 0 || i + 1 == s.n)))
			buf_add_char(out, '\\');
		buf_add_char(out, (char)c);
	}
}

static void
put_attr(struct buf *out, const struct pki_name_attr *a)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
	char oid[PKI_OID_TEXT_MAX];
	const char *label = pki_name_label(a->oid);
	size_t i;

	if (!label)
		label = pki_oid_to_text(a->oid, oid) ? oid : "?";
	buf_addf(out, "%s=", label);
	if (pki_name_string(a->tag, a->value, &text) && !buf_failed(&text)) {
		put_escaped(out, buf_bytes(&text));
		return;
	}
	buf_add_char(out, '#');
	for (i = 0; i < a->value.n && i < PKI_NAME_VALUE_MAX; i++)
		buf_addf(out, "%02x", a->value.p[i]);
}

void
pki_name_text(struct bytes name, struct buf *out)
{
	struct pki_name_walk w = { 0 };
	struct pki_name_attr a;
	bool first = true;

	while (pki_name_next(name, &w, &a)) {
		if (!first)
			buf_add_str(out, a.same_rdn ? " + " : ", ");
		first = false;
		put_attr(out, &a);
	}
}

/* ---- building --------------------------------------------------------- */

static int
put_part(struct der_back *b, const struct pki_name_part *part, struct err *err)
{
	struct bytes oid = pki_oids[part->oid].der;
	struct bytes text = bytes_str(part->text);
	const struct label *l = label_of(oid);
	uint8_t tag = l ? l->tag : DER_UTF8;
	const uint8_t *mark = b->p;
	size_t i;

	assert(part->oid < PKI_OID_COUNT);
	for (i = 0; tag == DER_PRINTABLE && i < text.n; i++)
		if (!is_printable_char(text.p[i]))
			return err_set(err, ERR_BAD_SUBJECT,
			    "the %s may have only letters, digits and "
			    "simple punctuation",
			    pki_oids[part->oid].name);
	der_back_prim(b, tag, text);
	der_back_prim(b, DER_OID, oid);
	der_back_wrap(b, DER_SEQUENCE, mark);
	der_back_wrap(b, DER_SET, mark);
	return 0;
}

int
pki_name_build(const struct pki_name_part *parts, size_t n, struct buf *out,
    struct err *err)
{
	uint8_t space[PKI_NAME_MAX];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	while (n > 0)
		if (put_part(&b, &parts[--n], err) < 0)
			return -1;
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	if (b.failed)
		return err_set(err, ERR_BAD_SUBJECT,
		    "the name has more than %d bytes", PKI_NAME_MAX);
	if (pki_name_check(der_back_done(&b), err) < 0)
		return -1;
	buf_add_bytes(out, der_back_done(&b));
	return buf_check(out, "the name", err);
}
