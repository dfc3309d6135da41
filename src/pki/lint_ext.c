/* lint_ext.c - rules of lint.h about extensions. */
#include "pki/key.h"
#include "pki/lint_rules.h"

#define VALUE_DEPTH  16
#define POLICIES_MAX 64

bool
pki_lint_values(struct pki_lint *l)
{
	char text[PKI_OID_TEXT_MAX];

	for (size_t i = 0; i < l->ext_n; i++)
		if (l->exts[i].oid.n > PKI_OID_MAX ||
		    !der_is_well_formed(l->exts[i].value, VALUE_DEPTH))
			return pki_lint_say(l,
			    "the content of the extension %.100s is not well "
			    "formed",
			    pki_oid_name(l->exts[i].oid, text));
	return true;
}

/* What RFC 5280 says MUST be critical or MUST NOT be; the others may be. */
static const struct {
	enum pki_oid oid;
	bool critical;
} criticals[] = {
	{ PKI_OID_SKI, false },
	{ PKI_OID_AKI, false },
	{ PKI_OID_AIA, false },
	{ PKI_OID_SIA, false },
	{ PKI_OID_FRESHEST_CRL, false },
	{ PKI_OID_NAME_CONSTRAINTS, true },
	{ PKI_OID_POLICY_CONSTRAINTS, true },
	{ PKI_OID_INHIBIT_ANY, true },
};

bool
pki_lint_critical(struct pki_lint *l)
{
	for (size_t i = 0; i < ARRAY_LEN(criticals); i++) {
		const struct pki_ext *e = pki_lint_find(l, criticals[i].oid);

		if (e && e->critical != criticals[i].critical)
			return pki_lint_say(l,
			    "the extension %s must%s be "
			    "critical",
			    pki_oids[criticals[i].oid].name,
			    criticals[i].critical ? "" : " not");
	}
	return true;
}

bool
pki_lint_basic(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_BASIC_CONSTRAINTS);
	struct err err = { 0 };

	if (e && pki_ext_basic(e->value, &l->ca, &l->path, &err) < 0)
		return pki_lint_say(l, "%s", err.text);
	if (l->ca != l->ask->ca)
		return pki_lint_say(l, l->ca ? "it would be a CA's certificate"
					     : "it would be no CA's "
					       "certificate");
	return !e || !l->ca || e->critical ||
	       pki_lint_say(l, "the basic constraints of a CA must be "
			       "critical");
}

bool
pki_lint_key_usage(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_KEY_USAGE);
	struct err err = { 0 };

	if (!e)
		return pki_lint_say(l, "it has no key usage");
	if (pki_ext_key_usage(e->value, &l->usage, &err) < 0)
		return pki_lint_say(l, "%s", err.text);
	if ((l->usage & PKI_KU_CERT_SIGN) && !l->ca)
		return pki_lint_say(l, "only a CA's key signs certificates");
	if (l->path >= 0 && !(l->usage & PKI_KU_CERT_SIGN))
		return pki_lint_say(l, "a path length is for keys that sign "
				       "certificates");
	if ((l->usage & (PKI_KU_ENCIPHER_ONLY | PKI_KU_DECIPHER_ONLY)) &&
	    !(l->usage & PKI_KU_KEY_AGREEMENT))
		return pki_lint_say(l, "encipher only and decipher only mean "
				       "nothing without key agreement");
	return true;
}

/* What a key of each algorithm can never be used for. */
static const struct {
	enum pki_oid key;
	uint16_t cannot;
} cannots[] = {
	{ PKI_OID_KEY_RSA, PKI_KU_KEY_AGREEMENT },
	{ PKI_OID_KEY_EC, PKI_KU_KEY_ENCIPHERMENT | PKI_KU_DATA_ENCIPHERMENT },
	{ PKI_OID_KEY_ED25519, PKI_KU_KEY_ENCIPHERMENT |
				   PKI_KU_DATA_ENCIPHERMENT |
				   PKI_KU_KEY_AGREEMENT },
};

bool
pki_lint_key_kind(struct pki_lint *l)
{
	struct der in, alg;
	struct bytes oid;

	if (der_sole(l->spki, DER_SEQUENCE, &in) < 0 ||
	    der_next(&in, DER_SEQUENCE, NULL, &alg) < 0 ||
	    der_oid(&alg, &oid) < 0)
		return pki_lint_say(l, "the key's algorithm cannot be read");
	for (size_t i = 0; i < ARRAY_LEN(cannots); i++)
		if (pki_oid_is(oid, cannots[i].key) &&
		    (l->usage & cannots[i].cannot))
			return pki_lint_say(l,
			    "a key of this kind (%s) cannot be used for all "
			    "that its key usage says",
			    pki_oids[cannots[i].key].name);
	return true;
}

/* --- purposes ----------------------------------------------------------- */

#define SIGNS   PKI_KU_DIGITAL_SIGNATURE
#define COMMITS (PKI_KU_DIGITAL_SIGNATURE | PKI_KU_NON_REPUDIATION)
#define KEYS    (PKI_KU_KEY_ENCIPHERMENT | PKI_KU_KEY_AGREEMENT)

/* Key usage bits that may be consistent with a purpose; one is enough. */
static const struct {
	enum pki_oid purpose;
	uint16_t usage;
} consistent[] = {
	{ PKI_OID_EKU_SERVER_AUTH, SIGNS | KEYS },
	{ PKI_OID_EKU_CLIENT_AUTH, SIGNS | PKI_KU_KEY_AGREEMENT },
	{ PKI_OID_EKU_CODE_SIGNING, SIGNS },
	{ PKI_OID_EKU_EMAIL, COMMITS | KEYS },
	{ PKI_OID_EKU_TIME_STAMPING, COMMITS },
	{ PKI_OID_EKU_OCSP_SIGNING, COMMITS },
};

bool
pki_lint_eku(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_EKU);
	struct bytes oids[PKI_EXT_EKU_MAX];
	struct err err = { 0 };
	size_t n;

	if (!e)
		return l->ca || pki_lint_say(l, "it has no purpose, so it "
						"would be good for all");
	return pki_ext_eku(e->value, oids, &n, &err) == 0 ||
	       pki_lint_say(l, "%s", err.text);
}

bool
pki_lint_eku_usage(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_EKU);
	struct bytes oids[PKI_EXT_EKU_MAX];
	size_t n = 0;

	if (!e || l->ca || pki_ext_eku(e->value, oids, &n, NULL) < 0)
		return true;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(consistent); k++)
			if (pki_oid_is(oids[i], consistent[k].purpose) &&
			    !(l->usage & consistent[k].usage))
				return pki_lint_say(l,
				    "its key usage allows nothing that the "
				    "purpose %s needs",
				    pki_oids[consistent[k].purpose].name);
	return true;
}

/* --- key identifiers ---------------------------------------------------- */

bool
pki_lint_ski(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_SKI);
	struct der id;

	if (!e)
		return pki_lint_say(l, "it has no subject key identifier");
	return (der_sole(e->value, DER_OCTET_STRING, &id) == 0 &&
		   bytes_eq(der_bytes(id), BYTES_OF(l->key_id))) ||
	       pki_lint_say(l, "the subject key identifier is not the hash of "
			       "the key");
}

bool
pki_lint_aki(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_AKI);
	struct der in, id;

	if (!e)
		return pki_lint_say(l, "it has no authority key identifier");
	return (der_sole(e->value, DER_SEQUENCE, &in) == 0 &&
		   der_next(&in, DER_CONTEXT_P(0), NULL, &id) == 0 &&
		   bytes_eq(der_bytes(id), l->ask->issuer_key_id)) ||
	       pki_lint_say(l, "the authority key identifier is not that of "
			       "the CA");
}

/* --- addresses ---------------------------------------------------------- */

/* Names of one point or access: only URIs have a form we know. */
static bool
check_location(struct pki_lint *l, struct der *in, const char *what)
{
	struct der name;
	uint8_t tag;

	if (der_any(in, &tag, NULL, &name) < 0)
		return pki_lint_say(l, "an address %s cannot be read", what);
	return tag != DER_CONTEXT_P(6) ||
	       pki_lint_location(l, der_bytes(name), what);
}

static bool
check_points(struct pki_lint *l, enum pki_oid oid)
{
	static const char what[] = "of revocation lists";
	const struct pki_ext *e = pki_lint_find(l, oid);
	struct der list, point, name, full;

	if (!e)
		return true;
	if (der_sole(e->value, DER_SEQUENCE, &list) < 0 || der_done(&list))
		return pki_lint_say(l, "an address %s cannot be read", what);
	while (!der_done(&list)) {
		if (der_next(&list, DER_SEQUENCE, NULL, &point) < 0)
			return pki_lint_say(
			    l, "an address %s cannot be read", what);
		/* Reasons alone are no point; neither is nothing. */
		if (!der_peek(&point, DER_CONTEXT(0)) &&
		    !der_peek(&point, DER_CONTEXT(2)))
			return pki_lint_say(
			    l, "an address %s is missing", what);
		if (der_next(&point, DER_CONTEXT(0), NULL, &name) < 0 ||
		    der_next(&name, DER_CONTEXT(0), NULL, &full) < 0)
			continue;
		if (der_done(&full))
			return pki_lint_say(
			    l, "an address %s is missing", what);
		while (!der_done(&full))
			if (!check_location(l, &full, what))
				return false;
	}
	return true;
}

bool
pki_lint_cdp(struct pki_lint *l)
{
	return check_points(l, PKI_OID_CDP) &&
	       check_points(l, PKI_OID_FRESHEST_CRL);
}

bool
pki_lint_aia(struct pki_lint *l)
{
	static const char what[] = "of the CA";
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_AIA);
	struct der list, access;
	struct bytes method;

	if (!e)
		return true;
	if (der_sole(e->value, DER_SEQUENCE, &list) < 0 || der_done(&list))
		return pki_lint_say(l, "an address %s cannot be read", what);
	while (!der_done(&list))
		if (der_next(&list, DER_SEQUENCE, NULL, &access) < 0 ||
		    der_oid(&access, &method) < 0)
			return pki_lint_say(
			    l, "an address %s cannot be read", what);
		else if (!check_location(l, &access, what))
			return false;
	return true;
}

/* --- policies, and what is for CAs -------------------------------------- */

bool
pki_lint_policies(struct pki_lint *l)
{
	const struct pki_ext *e = pki_lint_find(l, PKI_OID_CERT_POLICIES);
	struct bytes seen[POLICIES_MAX];
	struct der list, info;

	if (!e)
		return true;
	if (der_sole(e->value, DER_SEQUENCE, &list) < 0 || der_done(&list))
		return pki_lint_say(l, "the policies cannot be read");
	for (size_t n = 0; !der_done(&list); n++) {
		if (n == POLICIES_MAX)
			return pki_lint_say(
			    l, "it has more than %d policies", POLICIES_MAX);
		if (der_next(&list, DER_SEQUENCE, NULL, &info) < 0 ||
		    der_oid(&info, &seen[n]) < 0)
			return pki_lint_say(l, "the policies cannot be read");
		for (size_t k = 0; k < n; k++)
			if (bytes_eq(seen[k], seen[n]))
				return pki_lint_say(l, "it has a policy twice");
	}
	return true;
}

bool
pki_lint_ca_only(struct pki_lint *l)
{
	static const enum pki_oid oids[] = { PKI_OID_NAME_CONSTRAINTS,
		PKI_OID_POLICY_MAPPINGS, PKI_OID_POLICY_CONSTRAINTS,
		PKI_OID_INHIBIT_ANY };

	for (size_t i = 0; !l->ca && i < ARRAY_LEN(oids); i++)
		if (pki_lint_find(l, oids[i]))
			return pki_lint_say(l,
			    "the extension %s is for certificates of CAs",
			    pki_oids[oids[i]].name);
	return true;
}
