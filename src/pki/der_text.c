#include "pki/der_text.h"

#include "base/str.h"
#include "pki/der.h"
#include "pki/oid.h"

#define VALUE_MAX 48 /* bytes that are shown of a value */

struct walk {
	const uint8_t *start;
	struct buf *out;
	unsigned lines;
};

/* clang-format off */
static const struct {
	uint8_t tag;
	const char *name;
} names[] = {
	{ DER_BOOLEAN, "BOOLEAN" },
	{ DER_INTEGER, "INTEGER" },
	{ DER_BIT_STRING, "BIT STRING" },
	{ DER_OCTET_STRING, "OCTET STRING" },
	{ DER_NULL, "NULL" },
	{ DER_OID, "OBJECT IDENTIFIER" },
	{ DER_ENUMERATED, "ENUMERATED" },
	{ DER_UTF8, "UTF8String" },
	{ DER_NUMERIC, "NumericString" },
	{ DER_PRINTABLE, "PrintableString" },
	{ DER_T61, "T61String" },
	{ DER_IA5, "IA5String" },
	{ DER_UTC_TIME, "UTCTime" },
	{ DER_GENERAL_TIME, "GeneralizedTime" },
	{ DER_UNIVERSAL, "UniversalString" },
	{ DER_BMP, "BMPString" },
	{ DER_SEQUENCE, "SEQUENCE" },
	{ DER_SET, "SET" },
};
/* clang-format on */

static void
put_name(struct buf *out, uint8_t tag)
{
	static const char *const classes[] = { "UNIVERSAL ", "APPLICATION ", "",
		"PRIVATE " };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].tag == tag) {
			buf_add_str(out, names[i].name);
			return;
		}
	buf_addf(out, "[%s%u]", classes[tag >> 6], tag & 0x1fU);
}

static void
put_hex(struct buf *out, struct bytes v)
{
	char hex[2 * VALUE_MAX + 1];

	str_hex(hex, bytes_of(v.p, v.n < VALUE_MAX ? v.n : VALUE_MAX));
	buf_addf(out, " %s", hex);
	if (v.n > VALUE_MAX)
		buf_addf(out, "... %zu bytes", v.n);
}

static void
put_value(struct buf *out, uint8_t tag, struct bytes v)
{
	char oid[PKI_OID_TEXT_MAX];

	if (tag == DER_OID && der_oid_is_valid(v))
		buf_addf(out, " %s", pki_oid_name(v, oid));
	else if (tag == DER_BOOLEAN && v.n == 1)
		buf_add_str(out, v.p[0] ? " true" : " false");
	else if (v.n > 0 && v.n <= 2 * VALUE_MAX && tag != DER_INTEGER &&
		 tag != DER_BIT_STRING && tag != DER_OCTET_STRING &&
		 str_is_printable(v))
		buf_addf(out, " \"%.*s\"", (int)v.n, (const char *)v.p);
	else if (v.n > 0)
		put_hex(out, v);
}

static void put_run(struct walk *w, struct der in, unsigned depth);

/* Constructed ones and those that hold an element as their value. */
static bool
is_opened(uint8_t tag, struct bytes v, unsigned depth)
{
	return tag & 0x20 || (tag == DER_OCTET_STRING && v.n >= 2 &&
				 der_is_well_formed(v, depth));
}

static void
put_one(
    struct walk *w, uint8_t tag, struct der all, struct der in, unsigned depth)
{
	unsigned left = PKI_DER_TEXT_DEPTH - depth;
	bool opened = is_opened(tag, der_bytes(in), left);

	buf_addf(w->out, "%5zu: %*s", (size_t)(all.p - w->start),
	    (int)(2 * depth), "");
	put_name(w->out, tag);
	if (opened)
		buf_addf(w->out, ", %zu bytes", der_bytes(in).n);
	else
		put_value(w->out, tag, der_bytes(in));
	buf_add_char(w->out, '\n');
	w->lines++;
	if (opened && left > 1)
		put_run(w, in, depth + 1);
}

static void
put_run(struct walk *w, struct der in, unsigned depth)
{
	struct der all, content;
	uint8_t tag;

	while (!der_done(&in)) {
		if (w->lines >= PKI_DER_TEXT_LINES) {
			if (w->lines++ == PKI_DER_TEXT_LINES)
				buf_add_str(w->out, "...\n");
			return;
		}
		if (der_any(&in, &tag, &all, &content) < 0) {
			buf_addf(w->out, "%5zu: %*snot DER\n",
			    (size_t)(in.p - w->start), (int)(2 * depth), "");
			w->lines++;
			return;
		}
		put_one(w, tag, all, content, depth);
	}
}

void
pki_der_text(struct bytes all, struct buf *out)
{
	struct walk w = { .start = all.p, .out = out };

	put_run(&w, der_of(all), 0);
}
