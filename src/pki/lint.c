#include "pki/lint.h"
#include "pki/lint_rules.h"
#include "pki/name.h"

#include <stdarg.h>
#include <stdio.h>

#define SERIAL_MAX 20

bool
pki_lint_say(struct pki_lint *l, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(l->fault->text, sizeof(l->fault->text), fmt, args);
	va_end(args);
	return false;
}

const struct pki_ext *
pki_lint_find(const struct pki_lint *l, enum pki_oid oid)
{
	for (size_t i = 0; i < l->ext_n; i++)
		if (pki_oid_is(l->exts[i].oid, oid))
			return &l->exts[i];
	return NULL;
}

/* --- taking it apart ---------------------------------------------------- */

static bool
take(struct der *in, uint8_t tag, struct bytes *ret)
{
	struct der all;

	if (der_next(in, tag, &all, NULL) < 0)
		return false;
	*ret = der_bytes(all);
	return true;
}

static bool
take_extensions(struct pki_lint *l, struct der *in)
{
	struct der wrap, list;

	if (der_done(in))
		return true;
	if (der_next(in, DER_CONTEXT(3), NULL, &wrap) < 0 ||
	    der_next(&wrap, DER_SEQUENCE, NULL, &list) < 0 ||
	    !der_done(&wrap) || der_done(&list))
		return pki_lint_say(l, "the extensions cannot be read");
	for (; !der_done(&list); l->ext_n++) {
		if (l->ext_n == PKI_EXT_LIST_MAX)
			return pki_lint_say(l, "it has more than %d extensions",
			    PKI_EXT_LIST_MAX);
		if (!pki_ext_next(&list, &l->exts[l->ext_n]))
			return pki_lint_say(
			    l, "extension %zu cannot be read", l->ext_n + 1);
	}
	return true;
}

static bool
take_key(struct pki_lint *l)
{
	struct der in;

	return der_sole(l->spki, DER_SEQUENCE, &in) == 0 &&
	       der_next(&in, DER_SEQUENCE, NULL, NULL) == 0 &&
	       der_bits(&in, &l->key_bits) == 0 && der_done(&in);
}

static bool
take_apart(struct pki_lint *l)
{
	struct der in;

	if (der_sole(l->ask->tbs, DER_SEQUENCE, &in) < 0)
		return pki_lint_say(l, "it is cut off, or no certificate");
	if (!take(&in, DER_CONTEXT(0), &l->version))
		return pki_lint_say(l, "it has no version");
	if (!take(&in, DER_INTEGER, &l->serial) ||
	    !take(&in, DER_SEQUENCE, &l->alg) ||
	    !take(&in, DER_SEQUENCE, &l->issuer) ||
	    !take(&in, DER_SEQUENCE, &l->validity) ||
	    !take(&in, DER_SEQUENCE, &l->subject) ||
	    !take(&in, DER_SEQUENCE, &l->spki) || !take_key(l))
		return pki_lint_say(l, "its fields are not those of a "
				       "certificate");
	if (!take_extensions(l, &in))
		return false;
	return der_done(&in) ||
	       pki_lint_say(l, "something stands behind the extensions");
}

/* --- fields ------------------------------------------------------------- */

static bool
version(struct pki_lint *l)
{
	return bytes_eq(l->version, BYTES_LIT("\xa0\x03\x02\x01\x02")) ||
	       pki_lint_say(l, "it is not of version 3");
}

static bool
serial(struct pki_lint *l)
{
	struct der in = der_of(l->serial), content;
	struct bytes magnitude;

	if (der_positive(&in, &magnitude) < 0)
		return pki_lint_say(l, "the serial number is not positive, or "
				       "not in its shortest form");
	in = der_of(l->serial);
	if (der_next(&in, DER_INTEGER, NULL, &content) < 0 ||
	    der_bytes(content).n > SERIAL_MAX)
		return pki_lint_say(
		    l, "the serial number has more than %d bytes", SERIAL_MAX);
	return true;
}

static bool
algorithm(struct pki_lint *l)
{
	return bytes_eq(l->alg, l->ask->alg) ||
	       pki_lint_say(l, "the signature algorithm is not that of the "
			       "CA");
}

static bool
issuer(struct pki_lint *l)
{
	if (pki_name_is_empty(l->issuer))
		return pki_lint_say(l, "the issuer's name is empty");
	return bytes_eq(l->issuer, l->ask->issuer) ||
	       pki_lint_say(l, "the issuer is not the subject of the CA's "
			       "certificate");
}

static bool
validity(struct pki_lint *l)
{
	int64_t from, to;
	struct der in;

	if (der_sole(l->validity, DER_SEQUENCE, &in) < 0 ||
	    der_time(&in, &from) < 0 || der_time(&in, &to) < 0 ||
	    !der_done(&in))
		return pki_lint_say(l, "the dates are not UTCTime until 2049 "
				       "and GeneralizedTime from 2050");
	if (from >= to)
		return pki_lint_say(l, "it ends before it begins");
	if (from < l->ask->not_before)
		return pki_lint_say(l, "it begins before the CA's certificate "
				       "does");
	return to <= l->ask->not_after ||
	       pki_lint_say(l, "it ends after the CA's certificate does");
}

static bool
subject_present(struct pki_lint *l)
{
	const struct pki_ext *san = pki_lint_find(l, PKI_OID_SAN);

	if (!pki_name_is_empty(l->subject))
		return true;
	if (!san)
		return pki_lint_say(l, "it has neither a subject nor another "
				       "name");
	return san->critical ||
	       pki_lint_say(l, "without a subject its other names must be "
			       "critical");
}

static bool
extensions_once(struct pki_lint *l)
{
	char text[PKI_OID_TEXT_MAX];

	for (size_t i = 1; i < l->ext_n; i++)
		for (size_t k = 0; k < i; k++)
			if (bytes_eq(l->exts[i].oid, l->exts[k].oid))
				return pki_lint_say(l,
				    "the extension %.100s is there twice",
				    pki_oid_name(l->exts[i].oid, text));
	return true;
}

/* --- the rules ---------------------------------------------------------- */

/* Later ones rely on earlier ones. */
static const struct {
	const char *name;
	const char *section; /* of RFC 5280 unless it says otherwise */
	bool (*holds)(struct pki_lint *l);
} rules[] = {
	{ "structure", "4.1", take_apart },
	{ "version", "4.1.2.1", version },
	{ "serial", "4.1.2.2", serial },
	{ "algorithm", "4.1.2.3", algorithm },
	{ "issuer", "4.1.2.4", issuer },
	{ "validity", "4.1.2.5", validity },
	{ "subject", "4.1.2.6", pki_lint_subject },
	{ "subject-limits", "A.1", pki_lint_subject_limits },
	{ "subject-present", "4.1.2.6", subject_present },
	{ "extension-once", "4.2", extensions_once },
	{ "extension-value", "4.2", pki_lint_values },
	{ "critical", "4.2", pki_lint_critical },
	{ "basic-constraints", "4.2.1.9", pki_lint_basic },
	{ "key-usage", "4.2.1.3", pki_lint_key_usage },
	{ "key-usage-kind", "RFC 3279, 5480, 8410", pki_lint_key_kind },
	{ "purpose", "4.2.1.12", pki_lint_eku },
	{ "purpose-usage", "4.2.1.12", pki_lint_eku_usage },
	{ "other-name", "4.2.1.6", pki_lint_san },
	{ "subject-key-id", "4.2.1.2", pki_lint_ski },
	{ "authority-key-id", "4.2.1.1", pki_lint_aki },
	{ "crl-locations", "4.2.1.13", pki_lint_cdp },
	{ "ca-access", "4.2.2.1", pki_lint_aia },
	{ "policies", "4.2.1.4", pki_lint_policies },
	{ "ca-only", "4.2.1.10", pki_lint_ca_only },
};

const char *
pki_lint_rule(size_t i)
{
	return i < ARRAY_LEN(rules) ? rules[i].name : NULL;
}

int
pki_lint(struct pki_tools *t, const struct pki_lint_ask *ask,
    struct pki_lint_fault *ret, struct err *err)
{
	struct pki_lint l;

	/* The list of extensions is written before it is read. */
	memset(&l, 0, offsetof(struct pki_lint, exts));
	l.path = -1;
	l.ask = ask;
	l.fault = ret;
	ret->rule = NULL;
	ret->section = NULL;
	ret->text[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (!rules[i].holds(&l)) {
			ret->rule = rules[i].name;
			ret->section = rules[i].section;
			return 0;
		}
		if (i == 0 && pki_tools_hash(t, PKI_HASH_SHA1, l.key_bits,
				  l.key_id, NULL, err) < 0)
			return -1;
	}
	return 0;
}
