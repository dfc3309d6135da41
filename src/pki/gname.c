#include "pki/gname.h"
#include "base/str.h"
#include "pki/name.h"
#include "pki/oid.h"

#include <arpa/inet.h>
#include <assert.h>

#define GNAME_TEXT_MAX 2048

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* RFC 1034 3.5 with underscores, which directories use; RFC 6125 wildcard. */
bool
pki_gname_is_dns(struct bytes s)
{
	size_t label = 0, i;

	if (s.n == 0 || s.n > 253)
		return false;
	for (i = s.n > 2 && s.p[0] == '*' && s.p[1] == '.' ? 2 : 0; i < s.n;
	     i++) {
		uint8_t c = s.p[i];

		if (c == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_alnum(c) && c != '_' && (c != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0 && s.p[s.n - 1] != '-';
}

/* RFC 5321 Mailbox with an unquoted local part. */
bool
pki_gname_is_email(struct bytes s)
{
	const uint8_t *at = s.n ? memchr(s.p, '@', s.n) : NULL;
	struct bytes domain;
	size_t local, i;

	if (!at || s.n > 254)
		return false;
	local = (size_t)(at - s.p);
	domain = bytes_of(at + 1, s.n - local - 1);
	for (i = 0; i < local; i++)
		if (!is_alnum(s.p[i]) &&
		    (!s.p[i] || !strchr("!#$%&'*+-./=?^_`{|}~", s.p[i])))
			return false;
	return local > 0 && local <= 64 && domain.n > 0 && domain.p[0] != '*' &&
	       pki_gname_is_dns(domain);
}

static bool
is_uri(struct bytes s)
{
	bool scheme = false;
	size_t i;

	if (s.n < 3 || s.n > GNAME_TEXT_MAX || !is_alnum(s.p[0]))
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '"' ||
		    s.p[i] == '<' || s.p[i] == '>')
			return false;
		if (s.p[i] == ':')
			scheme = true;
		else if (!scheme && !is_alnum(s.p[i]) && !strchr("+-.", s.p[i]))
			return false;
	}
	return scheme;
}

static int
refuse(const char *what, struct err *err)
{
	return err_set(err, ERR_BAD_DATA,
	    "the subject alternative name has an invalid entry: %s", what);
}

static int
other_name(struct der in, struct pki_gname *g, struct err *err)
{
	struct der value, all, text;
	uint8_t tag;

	if (der_oid(&in, &g->oid) < 0 || g->oid.n > PKI_OID_MAX ||
	    der_next(&in, DER_CONTEXT(0), NULL, &value) < 0 || !der_done(&in) ||
	    der_any(&value, &tag, &all, &text) < 0 || !der_done(&value) ||
	    !der_is_well_formed(der_bytes(all), 16))
		return refuse("an other name is not well formed", err);
	g->value = der_bytes(all);
	if (pki_oid_is(g->oid, PKI_OID_UPN) &&
	    (tag != DER_UTF8 || der_done(&text) ||
		text.end - text.p > GNAME_TEXT_MAX ||
		!str_is_printable(der_bytes(text))))
		return refuse("the user principal name must be a UTF-8 text "
			      "without control characters",
		    err);
	if (pki_oid_is(g->oid, PKI_OID_NTDS_GUID) &&
	    (tag != DER_OCTET_STRING || text.end - text.p != 16))
		return refuse("an object GUID must have 16 bytes", err);
	return 0;
}

static int
dir_name(struct der in, struct pki_gname *g, struct err *err)
{
	g->value = der_bytes(in);
	if (pki_name_is_empty(g->value) || pki_name_check(g->value, NULL) < 0)
		return refuse("a directory name is not a valid name", err);
	return 0;
}

static int
check_simple(const struct pki_gname *g, struct err *err)
{
	switch (g->kind) {
	case PKI_GNAME_EMAIL:
		return pki_gname_is_email(g->value)
			   ? 0
			   : refuse("not an e-mail address", err);
	case PKI_GNAME_DNS:
		return pki_gname_is_dns(g->value)
			   ? 0
			   : refuse("not a DNS name", err);
	case PKI_GNAME_URI:
		return is_uri(g->value) ? 0 : refuse("not a URI", err);
	case PKI_GNAME_IP:
		return g->value.n == 4 || g->value.n == 16
			   ? 0
			   : refuse("an IP address has 4 or 16 bytes", err);
	case PKI_GNAME_RID:
		return der_oid_is_valid(g->value) && g->value.n <= PKI_OID_MAX
			   ? 0
			   : refuse("not a registered identifier", err);
	case PKI_GNAME_OTHER:
	case PKI_GNAME_DIR:
	default:
		return refuse("a kind of name that is not supported", err);
	}
}

int
pki_gname_next(struct der *list, struct pki_gname *ret, struct err *err)
{
	struct pki_gname g = { 0 };
	struct der all, in;
	uint8_t tag;
	int r;

	if (der_done(list))
		return 0;
	if (der_any(list, &tag, &all, &in) < 0)
		return refuse("it is not well formed", err);
	g.all = der_bytes(all);
	g.value = der_bytes(in);
	g.kind = (enum pki_gname_kind)(tag & 0x1f);
	if (tag == DER_CONTEXT(PKI_GNAME_OTHER))
		r = other_name(in, &g, err);
	else if (tag == DER_CONTEXT(PKI_GNAME_DIR))
		r = dir_name(in, &g, err);
	else if ((tag & 0xe0) == 0x80)
		r = check_simple(&g, err);
	else
		r = refuse("a kind of name that is not supported", err);
	if (r < 0)
		return -1;
	*ret = g;
	return 1;
}

int
pki_gname_check(struct bytes general_names, struct err *err)
{
	struct pki_gname g;
	struct der list;
	unsigned n = 0;
	int r;

	if (der_sole(general_names, DER_SEQUENCE, &list) < 0 || der_done(&list))
		return refuse("it is empty or not well formed", err);
	while ((r = pki_gname_next(&list, &g, err)) > 0)
		if (++n > PKI_GNAME_LIST_MAX)
			return err_set(err, ERR_BAD_DATA,
			    "the subject alternative name has more than %d "
			    "entries",
			    PKI_GNAME_LIST_MAX);
	return r;
}

bool
pki_gname_is_upn(const struct pki_gname *g)
{
	return g->kind == PKI_GNAME_OTHER && pki_oid_is(g->oid, PKI_OID_UPN);
}

/* ---- text ------------------------------------------------------------- */

static void
other_text(const struct pki_gname *g, struct buf *out)
{
	char oid[PKI_OID_TEXT_MAX];
	struct der all = der_of(g->value), in;
	size_t i;
	uint8_t tag;

	if (pki_gname_is_upn(g) && der_any(&all, &tag, NULL, &in) == 0) {
		buf_add_str(out, "UPN: ");
		buf_add_bytes(out, der_bytes(in));
		return;
	}
	buf_addf(out, "%s: #", pki_oid_name(g->oid, oid));
	for (i = 0; i < g->value.n && i < 64; i++)
		buf_addf(out, "%02x", g->value.p[i]);
}

void
pki_gname_text(const struct pki_gname *g, struct buf *out)
{
	char text[PKI_OID_TEXT_MAX];

	switch (g->kind) {
	case PKI_GNAME_OTHER:
		other_text(g, out);
		break;
	case PKI_GNAME_EMAIL:
		buf_add_str(out, "e-mail: ");
		buf_add_bytes(out, g->value);
		break;
	case PKI_GNAME_DNS:
		buf_add_str(out, "DNS: ");
		buf_add_bytes(out, g->value);
		break;
	case PKI_GNAME_URI:
		buf_add_str(out, "URI: ");
		buf_add_bytes(out, g->value);
		break;
	case PKI_GNAME_DIR:
		buf_add_str(out, "directory name: ");
		pki_name_text(g->value, out);
		break;
	case PKI_GNAME_IP:
		buf_addf(out, "IP: %s",
		    inet_ntop(g->value.n == 4 ? AF_INET : AF_INET6, g->value.p,
			text, sizeof(text)));
		break;
	case PKI_GNAME_RID:
		buf_addf(out, "registered identifier: %s",
		    pki_oid_to_text(g->value, text) ? text : "?");
		break;
	default:
		assert(false); /* pki_gname_next() returns no other kind */
	}
}

/* ---- building --------------------------------------------------------- */

static bool
put_address(struct der_back *b, const char *text)
{
	uint8_t a[16];
	size_t n = 4;

	if (inet_pton(AF_INET, text, a) != 1) {
		if (inet_pton(AF_INET6, text, a) != 1)
			return false;
		n = 16;
	}
	der_back_prim(b, DER_CONTEXT_P(PKI_GNAME_IP), bytes_of(a, n));
	return true;
}

static bool
put_rid(struct der_back *b, const char *text)
{
	uint8_t oid[PKI_OID_MAX];
	size_t n;

	if (!pki_oid_from_text(text, oid, &n))
		return false;
	der_back_prim(b, DER_CONTEXT_P(PKI_GNAME_RID), bytes_of(oid, n));
	return true;
}

static void
put_upn(struct der_back *b, const char *text)
{
	der_back_prim(b, DER_UTF8, bytes_str(text));
	der_back_wrap(b, DER_CONTEXT(0), b->end);
	der_back_prim(b, DER_OID, pki_oids[PKI_OID_UPN].der);
	der_back_wrap(b, DER_CONTEXT(PKI_GNAME_OTHER), b->end);
}

int
pki_gname_build(enum pki_gname_kind kind, const char *text, struct buf *out,
    struct err *err)
{
	uint8_t space[GNAME_TEXT_MAX + 64];
	struct pki_gname g;
	struct der_back b;
	struct der list;

	der_back_init(&b, space, sizeof(space), 0);
	if (kind == PKI_GNAME_IP) {
		if (!put_address(&b, text))
			return refuse("not an IP address", err);
	} else if (kind == PKI_GNAME_RID) {
		if (!put_rid(&b, text))
			return refuse("not a dotted identifier", err);
	} else if (kind == PKI_GNAME_OTHER) {
		put_upn(&b, text);
	} else {
		der_back_prim(&b, DER_CONTEXT_P(kind), bytes_str(text));
	}
	if (b.failed)
		return refuse("it is too long", err);
	list = der_of(der_back_done(&b));
	if (pki_gname_next(&list, &g, err) != 1)
		return -1;
	buf_add_bytes(out, der_back_done(&b));
	return buf_check(out, "the subject alternative name", err);
}
