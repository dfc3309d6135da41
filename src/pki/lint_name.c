/* lint_name.c - rules of lint.h about names: subject, other names, URIs. */
#include "pki/gname.h"
#include "pki/lint_rules.h"
#include "pki/name.h"

#include <arpa/inet.h>
#include <idn2.h>

/* --- subject ------------------------------------------------------------ */

/* Upper bounds of RFC 5280 A.1 (street and user identifier: X.520, RFC 4524),
 * in characters, and which string types the attribute may have. */
enum type { DIRECTORY, PRINTABLE, IA5 };

static const struct attr {
	enum pki_oid oid;
	unsigned max;
	enum type type;
} attrs[] = {
	{ PKI_OID_CN, 64, DIRECTORY },
	{ PKI_OID_SURNAME, 255, DIRECTORY },
	{ PKI_OID_SERIAL_NUMBER, 64, PRINTABLE },
	{ PKI_OID_COUNTRY, 2, PRINTABLE },
	{ PKI_OID_LOCALITY, 128, DIRECTORY },
	{ PKI_OID_STATE, 128, DIRECTORY },
	{ PKI_OID_STREET, 128, DIRECTORY },
	{ PKI_OID_ORGANIZATION, 64, DIRECTORY },
	{ PKI_OID_ORG_UNIT, 64, DIRECTORY },
	{ PKI_OID_TITLE, 64, DIRECTORY },
	{ PKI_OID_GIVEN_NAME, 255, DIRECTORY },
	{ PKI_OID_INITIALS, 255, DIRECTORY },
	{ PKI_OID_DN_QUALIFIER, 255, PRINTABLE },
	{ PKI_OID_EMAIL, 255, IA5 },
	{ PKI_OID_UID, 256, DIRECTORY },
	{ PKI_OID_DC, 63, IA5 },
};

static const struct attr *
attr_of(struct bytes oid)
{
	for (size_t i = 0; i < ARRAY_LEN(attrs); i++)
		if (pki_oid_is(oid, attrs[i].oid))
			return &attrs[i];
	return NULL;
}

static bool
type_fits(enum type type, uint8_t tag)
{
	switch (type) {
	case PRINTABLE:
		return tag == DER_PRINTABLE;
	case IA5:
		return tag == DER_IA5;
	case DIRECTORY:
	default:
		return tag == DER_PRINTABLE || tag == DER_UTF8 ||
		       tag == DER_BMP || tag == DER_T61;
	}
}

static bool
is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

bool
pki_lint_subject(struct pki_lint *l)
{
	struct pki_name_walk w = { 0 };
	struct pki_name_attr a;
	struct err err = { 0 };

	if (pki_name_check(l->subject, &err) < 0)
		return pki_lint_say(l, "%s", err.text);
	while (pki_name_next(l->subject, &w, &a)) {
		const struct attr *known = attr_of(a.oid);

		if (!known)
			continue;
		if (!type_fits(known->type, a.tag))
			return pki_lint_say(l,
			    "the %s in the subject is a string of a wrong type",
			    pki_oids[known->oid].name);
		if (known->oid == PKI_OID_COUNTRY &&
		    (a.value.n != 2 || !is_letter(a.value.p[0]) ||
			!is_letter(a.value.p[1])))
			return pki_lint_say(
			    l, "the country in the subject is not two letters");
		if (known->oid == PKI_OID_EMAIL && !pki_gname_is_email(a.value))
			return pki_lint_say(l, "the e-mail address in the "
					       "subject is none");
	}
	return true;
}

static size_t
characters(const struct pki_name_attr *a)
{
	size_t n = 0;

	if (a->tag == DER_BMP)
		return a->value.n / 2;
	if (a->tag != DER_UTF8)
		return a->value.n;
	for (size_t i = 0; i < a->value.n; i++)
		n += (a->value.p[i] & 0xc0) != 0x80;
	return n;
}

bool
pki_lint_subject_limits(struct pki_lint *l)
{
	struct pki_name_walk w = { 0 };
	struct pki_name_attr a;

	while (pki_name_next(l->subject, &w, &a)) {
		const struct attr *known = attr_of(a.oid);

		if (!known)
			continue;
		if (characters(&a) > known->max)
			return pki_lint_say(l,
			    "the %s in the subject has %zu characters; at most "
			    "%u are allowed",
			    pki_oids[known->oid].name, characters(&a),
			    known->max);
		if (a.value.n == 0)
			return pki_lint_say(l, "the %s in the subject is empty",
			    pki_oids[known->oid].name);
	}
	return true;
}

/* --- DNS ---------------------------------------------------------------- */

/* An A-label of RFC 5891: it is what its own U-label is written as. */
static bool
is_a_label(struct bytes label)
{
	char text[64], *u = NULL, *again = NULL;
	bool good = false;

	if (label.n >= sizeof(text))
		return false;
	for (size_t i = 0; i < label.n; i++)
		text[i] = (char)(label.p[i] >= 'A' && label.p[i] <= 'Z'
				     ? label.p[i] | 0x20
				     : label.p[i]);
	text[label.n] = '\0';
	if (idn2_to_unicode_8z8z(text, &u, 0) == IDN2_OK &&
	    idn2_register_u8((const uint8_t *)u, (const uint8_t *)text,
		(uint8_t **)&again, 0) == IDN2_OK)
		good = strcmp(again, text) == 0;
	idn2_free(u);
	idn2_free(again);
	return good;
}

/* Labels of a name whose characters were checked before. */
static bool
check_labels(struct pki_lint *l, struct bytes name)
{
	size_t start = 0;

	for (size_t i = 0; i <= name.n; i++) {
		struct bytes label;

		if (i < name.n && name.p[i] == '_' && !l->ask->underscore)
			return pki_lint_say(l,
			    "the DNS name %.*s has an underscore",
			    (int)(name.n < 100 ? name.n : 100), name.p);
		if (i < name.n && name.p[i] != '.')
			continue;
		label = bytes_of(name.p + start, i - start);
		start = i + 1;
		if (label.n >= 4 &&
		    strncasecmp((const char *)label.p, "xn--", 4) == 0 &&
		    !is_a_label(label))
			return pki_lint_say(l,
			    "%.*s is no internationalised name of IDNA 2008",
			    (int)label.n, label.p);
	}
	return true;
}

/* --- e-mail, URI, UPN --------------------------------------------------- */

static bool
check_email(struct pki_lint *l, struct bytes mail)
{
	const uint8_t *at = memrchr(mail.p, '@', mail.n);

	return check_labels(
	    l, bytes_of(at + 1, (size_t)(mail.p + mail.n - at - 1)));
}

static bool
is_address(struct bytes host)
{
	char text[64];
	uint8_t a[16];
	bool six = host.n > 2 && host.p[0] == '[';

	if (six && host.p[host.n - 1] != ']')
		return false;
	if (six)
		host = bytes_of(host.p + 1, host.n - 2);
	if (host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(six ? AF_INET6 : AF_INET, text, a) == 1;
}

static bool
is_port(struct bytes s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n <= 5;
}

/* The host of "//user@host:port"; its port is checked on the way. */
static bool
find_host(struct bytes authority, struct bytes *ret)
{
	const uint8_t *at = memrchr(authority.p, '@', authority.n);
	const uint8_t *end = authority.p + authority.n;
	const uint8_t *host = at ? at + 1 : authority.p, *colon;
	const uint8_t *from = host;

	if (host < end && *host == '[')
		from = memchr(host, ']', (size_t)(end - host));
	if (!from)
		return false;
	colon = memchr(from, ':', (size_t)(end - from));
	*ret = bytes_of(host, (size_t)((colon ? colon : end) - host));
	return !colon ||
	       is_port(bytes_of(colon + 1, (size_t)(end - colon - 1)));
}

/* Absolute; an authority, if there is one, has a host (RFC 5280 4.2.1.6).
 * *ret_scheme is what stands before the colon. */
static bool
check_uri(struct pki_lint *l, struct bytes uri, bool host_needed,
    struct bytes *ret_scheme)
{
	const uint8_t *end = uri.p + uri.n, *p;
	const uint8_t *colon =
	    uri.p && uri.n ? memchr(uri.p, ':', uri.n) : NULL;
	struct bytes authority, host;

	if (!colon || colon + 1 == end || !is_letter(uri.p[0]))
		return pki_lint_say(l, "a URI is not absolute");
	*ret_scheme = bytes_of(uri.p, (size_t)(colon - uri.p));
	if (end - colon < 3 || colon[1] != '/' || colon[2] != '/')
		return !host_needed || pki_lint_say(l, "a URI names no host");
	for (p = colon + 3; p < end && !strchr("/?#", *p);)
		p++;
	authority = bytes_of(colon + 3, (size_t)(p - colon - 3));
	if (authority.n == 0 && !host_needed)
		return true;
	if (authority.n == 0 || !find_host(authority, &host) || host.n == 0 ||
	    host.p[0] == '*' || (!is_address(host) && !pki_gname_is_dns(host)))
		return pki_lint_say(l, "the host of a URI is not valid");
	return is_address(host) || check_labels(l, host);
}

/* ldap:///... leaves the host to the client (RFC 5280 4.2.1.13). */
bool
pki_lint_location(struct pki_lint *l, struct bytes uri, const char *what)
{
	static const struct {
		struct bytes scheme;
		bool host;
	} schemes[] = { { BYTES_INIT("http"), true },
		{ BYTES_INIT("https"), true }, { BYTES_INIT("ldap"), false },
		{ BYTES_INIT("ldaps"), false } };
	bool ldap = bytes_has_prefix(uri, BYTES_LIT("ldap"));
	struct bytes scheme;

	if (!check_uri(l, uri, !ldap, &scheme))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (bytes_eq(scheme, schemes[i].scheme))
			return true;
	return pki_lint_say(l, "an address %s is neither http nor ldap", what);
}

/* name@suffix: one or more characters before, labels after (MS-ADTS: the
 * suffix need not be a DNS name, but has no empty part). */
static bool
check_upn(struct pki_lint *l, const struct pki_gname *g)
{
	struct der all = der_of(g->value), text;
	struct bytes s, suffix;
	const uint8_t *at;

	if (der_next(&all, DER_UTF8, NULL, &text) < 0)
		return pki_lint_say(l, "a user principal name is no text");
	s = der_bytes(text);
	at = memrchr(s.p, '@', s.n);
	if (!at || at == s.p)
		return pki_lint_say(
		    l, "a user principal name is not of the form name@domain");
	suffix = bytes_of(at + 1, (size_t)(s.p + s.n - at - 1));
	if (suffix.n == 0 || suffix.p[0] == '.' ||
	    suffix.p[suffix.n - 1] == '.' ||
	    bytes_find(suffix, BYTES_LIT("..")) || memchr(s.p, ' ', s.n))
		return pki_lint_say(
		    l, "a user principal name is not of the form name@domain");
	return true;
}

static bool
check_other(struct pki_lint *l, const struct pki_gname *g)
{
	struct bytes name = g->value, scheme;

	switch (g->kind) {
	case PKI_GNAME_DNS:
		if (bytes_has_prefix(name, BYTES_LIT("*.")))
			name = bytes_of(name.p + 2, name.n - 2);
		return check_labels(l, name);
	case PKI_GNAME_EMAIL:
		return check_email(l, name);
	case PKI_GNAME_URI:
		/* Without an authority there is no host to name: urn:. */
		return check_uri(l, name,
		    bytes_find(name, BYTES_LIT("://")) != NULL, &scheme);
	case PKI_GNAME_OTHER:
		return !pki_gname_is_upn(g) || check_upn(l, g);
	case PKI_GNAME_IP:
	case PKI_GNAME_DIR:
	case PKI_GNAME_RID:
	default:
		return true; /* pki_gname_next() has seen to it */
	}
}

bool
pki_lint_san(struct pki_lint *l)
{
	const struct pki_ext *san = pki_lint_find(l, PKI_OID_SAN);
	struct err err = { 0 };
	struct pki_gname g;
	struct der list;
	int more;

	if (!san)
		return true;
	if (der_sole(san->value, DER_SEQUENCE, &list) < 0 || der_done(&list))
		return pki_lint_say(l, "the list of other names is empty, or "
				       "cannot be read");
	while ((more = pki_gname_next(&list, &g, &err)) > 0)
		if (!check_other(l, &g))
			return false;
	return more == 0 || pki_lint_say(l, "%s", err.text);
}
