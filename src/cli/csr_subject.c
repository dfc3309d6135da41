/* The subject of a request, from the text a person writes (RFC 4514 2.4, read
 * in the order in which it is written). */
#include "cli/csr.h"

#include "base/str.h"
#include "pki/name.h"

#define VALUE_MAX 1024

struct reader {
	const char *p;
	char label[64];
	char values[PKI_NAME_ATTRS_MAX][VALUE_MAX];
	struct pki_name_part parts[PKI_NAME_ATTRS_MAX];
	size_t n;
};

static void
skip_blanks(struct reader *r)
{
	while (*r->p == ' ' || *r->p == '\t')
		r->p++;
}

static int
bad(const struct reader *r, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID,
	    "The subject cannot be read at \"%.40s\": %s. It looks like "
	    "\"CN=www.example.com, O=Example\".",
	    r->p, why);
}

static int
read_label(struct reader *r, struct err *err)
{
	size_t n;

	skip_blanks(r);
	n = strcspn(r->p, "=,;+\" ");
	if (n == 0 || n >= sizeof(r->label) ||
	    r->p[n + strspn(r->p + n, " ")] != '=')
		return bad(r, "a part has no NAME=", err);
	(void)snprintf(r->label, sizeof(r->label), "%.*s", (int)n, r->p);
	r->parts[r->n].oid = pki_name_oid(r->label);
	if (r->parts[r->n].oid == PKI_OID_NONE) {
		uint8_t oid[PKI_OID_MAX];
		size_t oid_n;

		if (pki_oid_from_text(r->label, oid, &oid_n))
			r->parts[r->n].oid = pki_oid_find(bytes_of(oid, oid_n));
	}
	if (r->parts[r->n].oid == PKI_OID_NONE)
		return bad(r, "that kind of name is not known", err);
	r->p = strchr(r->p, '=') + 1;
	skip_blanks(r);
	return 0;
}

/* One character, with a backslash taken away; false at the end. */
static bool
read_char(struct reader *r, bool quoted, char *ret)
{
	uint8_t byte;
	size_t n;

	if (!*r->p || strchr(quoted ? "\"" : ",;+", *r->p))
		return false;
	if (*r->p == '\\' && r->p[1]) {
		char hex[3] = { r->p[1], r->p[2], 0 };

		if (hex[1] && str_unhex(&byte, 1, hex, &n) && n == 1) {
			*ret = (char)byte;
			r->p += 3;
			return true;
		}
		r->p++;
	}
	*ret = *r->p++;
	return true;
}

static int
read_value(struct reader *r, struct err *err)
{
	char *dst = r->values[r->n];
	bool quoted = *r->p == '"';
	size_t n = 0, kept = 0;
	char c;

	r->p += quoted;
	for (;;) {
		bool escaped = *r->p == '\\';

		if (!read_char(r, quoted, &c))
			break;
		if (n == VALUE_MAX - 1)
			return bad(r, "the value is too long", err);
		dst[n++] = c;
		if (c != ' ' || escaped || quoted)
			kept = n;
	}
	dst[kept] = 0;
	if (quoted && *r->p != '"')
		return bad(r, "a quotation mark is missing", err);
	r->p += quoted;
	skip_blanks(r);
	if (*r->p == '+')
		return bad(r, "parts joined by \"+\" are not made here", err);
	if (*r->p && *r->p != ',' && *r->p != ';')
		return bad(r, "a comma is missing", err);
	if (memchr(dst, 0, kept))
		return bad(r, "the value holds a zero byte", err);
	if (r->parts[r->n].oid == PKI_OID_COUNTRY && kept != 2)
		return bad(r, "a country is two letters, like DE", err);
	r->parts[r->n].text = dst;
	r->n++;
	return 0;
}

int
cli_csr_subject(struct cli_csr *csr, const char *text, struct err *err)
{
	AUTO_MEM struct reader *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	r->p = text;
	buf_reset(&csr->subject);
	skip_blanks(r);
	while (*r->p) {
		if (r->n == PKI_NAME_ATTRS_MAX)
			return bad(r, "there are too many parts", err);
		if (read_label(r, err) < 0 || read_value(r, err) < 0)
			return -1;
		if (*r->p && !*++r->p)
			return bad(r, "nothing follows the comma", err);
	}
	return pki_name_build(r->parts, r->n, &csr->subject, err);
}
