/* grant.c - key usage, purposes, names: what is granted of each. */
#include "ca/grant.h"

#include "base/str.h"
#include "ca/text.h"
#include "pki/attr_san.h"
#include "pki/gname.h"
#include "pki/name.h"

#define NAMES_MAX 32768

/* --- key usage ---------------------------------------------------------- */

/* What a key of a kind can do; signing certificates and CRLs is for CAs. */
#define SIGNS (PKI_KU_DIGITAL_SIGNATURE | PKI_KU_NON_REPUDIATION)
#define AGREES \
	(PKI_KU_KEY_AGREEMENT | PKI_KU_ENCIPHER_ONLY | PKI_KU_DECIPHER_ONLY)

static const struct {
	uint16_t can;
	uint16_t unasked; /* when the request does not say */
} usages[PKI_KEY_COUNT] = {
	[PKI_KEY_RSA] = { SIGNS | PKI_KU_KEY_ENCIPHERMENT |
			      PKI_KU_DATA_ENCIPHERMENT,
	    PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT },
	[PKI_KEY_P256] = { SIGNS | AGREES, PKI_KU_DIGITAL_SIGNATURE },
	[PKI_KEY_P384] = { SIGNS | AGREES, PKI_KU_DIGITAL_SIGNATURE },
	[PKI_KEY_P521] = { SIGNS | AGREES, PKI_KU_DIGITAL_SIGNATURE },
	[PKI_KEY_ED25519] = { SIGNS, PKI_KU_DIGITAL_SIGNATURE },
};

int
ca_grant_key_usage(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	uint16_t asked, given;
	struct err e = { 0 };

	(void)err;
	if (pki_ext_key_usage(ext->value, &asked, &e) < 0) {
		ca_policy_deny(g->result, ERR_BAD_DATA,
		    "The key usage in the request cannot be read.");
		return 0;
	}
	given = asked & usages[g->ask->csr->key.kind].can;
	/* RFC 5280 4.2.1.3: meaningless without key agreement. */
	if (!(given & PKI_KU_KEY_AGREEMENT))
		given &=
		    (uint16_t) ~(PKI_KU_ENCIPHER_ONLY | PKI_KU_DECIPHER_ONLY);
	if (given == 0)
		given = usages[g->ask->csr->key.kind].unasked;
	if (asked & (PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN))
		ca_policy_drop(
		    g->result, ext, "Signing certificates or CRLs is for CAs.");
	else if (given != asked)
		ca_policy_drop(g->result, ext,
		    "A key of this kind cannot be used for all of it.");
	pki_ext_put_key_usage(&g->result->granted, given);
	g->has_key_usage = true;
	return 0;
}

/* --- purposes ----------------------------------------------------------- */

/* Purposes that open doors beyond the certificate's own name: granted only
 * when the administrator lists them (special_eku). */
/* clang-format off */
static const enum pki_oid special[] = {
	PKI_OID_EKU_ENROLL_AGENT, PKI_OID_EKU_SMARTCARD_LOGON,
	PKI_OID_EKU_KDC, PKI_OID_EKU_PKINIT_CLIENT,
	PKI_OID_EKU_KEY_RECOVERY, PKI_OID_EKU_EFS_RECOVERY,
	PKI_OID_EKU_CA_EXCHANGE, PKI_OID_EKU_CTL_SIGNING,
	PKI_OID_EKU_OCSP_SIGNING, PKI_OID_EKU_ANY, PKI_OID_EKU_MS_ANY,
};
static const enum pki_oid unasked_eku[] = {
	PKI_OID_EKU_SERVER_AUTH, PKI_OID_EKU_CLIENT_AUTH,
};
/* clang-format on */

static bool
eku_allowed(const struct ca_grant *g, struct bytes oid)
{
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (pki_oid_is(oid, special[i]))
			return ca_oid_list_has(
			    &g->ask->config->special_eku, oid);
	return true;
}

int
ca_grant_eku(struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	struct bytes oids[PKI_EXT_EKU_MAX];
	char note[CA_POLICY_NOTE_MAX], text[PKI_OID_TEXT_MAX];
	size_t n;
	struct err e = { 0 };

	(void)err;
	g->eku_asked = true;
	g->eku_critical = ext->critical;
	if (pki_ext_eku(ext->value, oids, &n, &e) < 0) {
		ca_policy_deny(g->result, ERR_BAD_DATA,
		    "The extended key usage in the request cannot be read.");
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (eku_allowed(g, oids[i])) {
			g->eku[g->eku_n++] = oids[i];
			continue;
		}
		snprintf(note, sizeof(note),
		    "The purpose \"%.100s\" is not allowed here.",
		    pki_oid_name(oids[i], text));
		ca_policy_drop(g->result, ext, note);
	}
	/* Without purposes a certificate would be good for all of them. */
	if (g->eku_n == 0)
		ca_policy_deny(g->result, ERR_POLICY,
		    "The policy of this CA allows none of the purposes that "
		    "the request asks for.");
	return 0;
}

/* --- names -------------------------------------------------------------- */

static bool
same_or_below(struct bytes name, const char *suffix)
{
	struct bytes s = bytes_str(suffix);
	struct bytes tail;

	if (s.n == 0 || name.n < s.n)
		return false;
	tail = bytes_of(name.p + (name.n - s.n), s.n);
	for (size_t i = 0; i < s.n; i++)
		if (str_lower_char((char)tail.p[i]) !=
		    str_lower_char((char)s.p[i]))
			return false;
	return name.n == s.n || name.p[name.n - s.n - 1] == '.';
}

/* Wildcards are never issued without an officer. */
static bool
dns_listed(const struct ca_config *c, struct bytes name)
{
	if (name.n > 0 && name.p[0] == '*')
		return false;
	for (size_t i = 0; i < c->issue_dns.n; i++)
		if (same_or_below(name, c->issue_dns.list[i]))
			return true;
	return false;
}

/* Why a name is not granted; NULL when it is. */
static const char *
name_refused(const struct ca_config *c, const struct pki_gname *n)
{
	/* The form in which a security identifier travels as a URI. */
	static const char sid[] = "tag:microsoft.com,2022-09-14:sid:";

	switch (n->kind) {
	case PKI_GNAME_DNS:
	case PKI_GNAME_EMAIL:
	case PKI_GNAME_IP:
		return NULL;
	case PKI_GNAME_URI:
		if (n->value.n >= sizeof(sid) - 1 &&
		    strncasecmp(
			(const char *)n->value.p, sid, sizeof(sid) - 1) == 0)
			return "It would make the certificate stand for "
			       "another account.";
		return NULL;
	case PKI_GNAME_OTHER:
		if (pki_gname_is_upn(n) ||
		    pki_oid_is(n->oid, PKI_OID_KRB5_PRINCIPAL))
			return c->allow_upn ? NULL
					    : "Account names (UPN, SPN) are "
					      "not allowed here.";
		return "Names of this kind are not allowed here.";
	case PKI_GNAME_DIR:
	case PKI_GNAME_RID:
	default:
		return "Names of this kind are not allowed here.";
	}
}

static void
drop_name(struct ca_grant *g, const struct pki_ext *ext,
    const struct pki_gname *name, const char *why)
{
	AUTO_BUF text = BUF_WITH_LIMIT(NAMES_MAX);
	char note[CA_POLICY_NOTE_MAX], shown[100];

	pki_gname_text(name, &text);
	ca_text_cut(shown, sizeof(shown), buf_str(&text));
	(void)snprintf(note, sizeof(note), "%s: %s", shown, why);
	ca_policy_drop(g->result, ext, note);
}

/* list: GeneralName elements; once: not those that are there already. */
static void
take_names(struct ca_grant *g, const struct pki_ext *ext, struct der list,
    bool once, struct buf *names)
{
	struct pki_gname name;
	struct err e = { 0 };
	const char *why;
	int more;

	while ((more = pki_gname_next(&list, &name, &e)) > 0) {
		why = name_refused(g->ask->config, &name);
		if (why) {
			drop_name(g, ext, &name, why);
			continue;
		}
		g->only_listed_dns = g->only_listed_dns &&
				     name.kind == PKI_GNAME_DNS &&
				     dns_listed(g->ask->config, name.value);
		if (!once || !pki_attr_san_has(buf_bytes(names), name.all))
			buf_add_bytes(names, name.all);
	}
	if (more < 0)
		ca_policy_deny(g->result, ERR_BAD_SUBJECT,
		    "The subject alternative name cannot be used: %s", e.text);
}

/* Of an attribute: somebody has to look at them, whatever the lists say. */
static void
take_attribute_names(struct ca_grant *g, struct buf *names)
{
	struct bytes asked = buf_bytes(&g->result->taken.names);
	const struct pki_ext ext = { .oid = pki_oids[PKI_OID_SAN].der,
		.value = asked };

	if (asked.n == 0)
		return;
	g->wants_look = true;
	take_names(g, &ext, der_of(asked), true, names);
}

int
ca_grant_san(struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	AUTO_BUF names = BUF_WITH_LIMIT(NAMES_MAX);
	struct der list;

	g->san_done = true;
	g->only_listed_dns = true;
	if (ext && der_sole(ext->value, DER_SEQUENCE, &list) < 0)
		ca_policy_deny(g->result, ERR_BAD_SUBJECT,
		    "The subject alternative name cannot be used.");
	else if (ext)
		take_names(g, ext, list, false, &names);
	take_attribute_names(g, &names);
	if (buf_check(&names, "the subject alternative names", err) < 0)
		return -1;
	if (names.n == 0)
		return 0;
	g->has_names = true;
	/* RFC 5280 4.2.1.6: critical exactly when it is the only name. */
	pki_ext_put_san(
	    &g->result->granted, g->empty_subject, buf_bytes(&names));
	return 0;
}

/* --- the rest ----------------------------------------------------------- */

int
ca_grant_copy(struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	(void)err;
	pki_ext_put(&g->result->granted, ext->oid, false, ext->value);
	return 0;
}

/* A policy is a statement of the CA about its own practice: an officer has to
 * agree. anyPolicy would be a statement about all of them. */
int
ca_grant_policies(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	struct der list, info, in;
	struct bytes oid;

	if (der_sole(ext->value, DER_SEQUENCE, &list) < 0 || der_done(&list)) {
		ca_policy_deny(g->result, ERR_BAD_DATA,
		    "The certificate policies in the request cannot be read.");
		return 0;
	}
	while (!der_done(&list)) {
		if (der_next(&list, DER_SEQUENCE, NULL, &info) < 0) {
			ca_policy_deny(g->result, ERR_BAD_DATA,
			    "The certificate policies in the request cannot "
			    "be read.");
			return 0;
		}
		in = info;
		if (der_oid(&in, &oid) < 0 ||
		    pki_oid_is(oid, PKI_OID_ANY_POLICY)) {
			ca_policy_drop(
			    g->result, ext, "Any policy is for CAs.");
			return 0;
		}
	}
	g->wants_look = true;
	return ca_grant_copy(g, ext, err);
}

int
ca_grant_app_policies(
    struct ca_grant *g, const struct pki_ext *ext, struct err *err)
{
	(void)err;
	g->app_policies = *ext;
	return 0;
}

static bool
purpose_granted(const struct ca_grant *g, struct bytes oid)
{
	for (size_t i = 0; i < g->eku_n; i++)
		if (bytes_eq(g->eku[i], oid))
			return true;
	return false;
}

/* Some programs read the application policies instead of the extended key
 * usage: they must not say more than that does. */
static void
finish_app_policies(struct ca_grant *g)
{
	const struct pki_ext *ext = &g->app_policies;
	struct der list, info;
	struct bytes oid;
	bool good = der_sole(ext->value, DER_SEQUENCE, &list) == 0;

	while (good && !der_done(&list))
		good = der_next(&list, DER_SEQUENCE, NULL, &info) == 0 &&
		       der_oid(&info, &oid) == 0 && der_done(&info) &&
		       purpose_granted(g, oid);
	if (good)
		pki_ext_put(&g->result->granted, ext->oid, false, ext->value);
	else
		ca_policy_drop(g->result, ext,
		    "It names purposes that the extended key usage does not "
		    "grant.");
}

static void
unasked_purposes(struct ca_grant *g)
{
	const struct ca_config *c = g->ask->config;
	bool narrow = c->issue_at_once && !*c->issue_override;

	for (size_t i = 0; i < ARRAY_LEN(unasked_eku); i++) {
		struct bytes oid = pki_oids[unasked_eku[i]].der;

		if (!narrow || ca_oid_list_has(&c->issue_eku, oid))
			g->eku[g->eku_n++] = oid;
	}
	if (g->eku_n == 0) /* nothing fits: an officer decides on both */
		for (size_t i = 0; i < ARRAY_LEN(unasked_eku); i++)
			g->eku[g->eku_n++] = pki_oids[unasked_eku[i]].der;
}

int
ca_grant_finish(struct ca_grant *g, struct err *err)
{
	struct buf *out = &g->result->granted;
	/* Of an attribute; only when the request has none itself. */
	const struct pki_ext purposes = { .oid = pki_oids[PKI_OID_EKU].der,
		.value = buf_bytes(&g->result->taken.purposes) };

	if (!g->has_key_usage)
		pki_ext_put_key_usage(
		    out, usages[g->ask->csr->key.kind].unasked);
	if (!g->san_done && ca_grant_san(g, NULL, err) < 0)
		return -1;
	if (!g->eku_asked && purposes.value.n > 0 &&
	    ca_grant_eku(g, &purposes, err) < 0)
		return -1;
	if (!g->eku_asked)
		unasked_purposes(g);
	if (g->eku_n > 0)
		pki_ext_put_eku(out, g->eku_critical, g->eku, g->eku_n);
	if (g->app_policies.oid.n > 0)
		finish_app_policies(g);
	if (g->empty_subject && !g->has_names)
		ca_policy_deny(g->result, ERR_BAD_SUBJECT,
		    "The request has neither a subject name nor another name "
		    "that this CA grants.");
	return buf_check(out, "the extensions", err);
}

/* A subject that says nothing but one of the listed DNS names. */
static bool
subject_listed(const struct ca_grant *g)
{
	struct pki_name_walk w = { 0 };
	struct pki_name_attr a;

	while (pki_name_next(g->ask->csr->subject, &w, &a)) {
		AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_MAX);

		if (!pki_oid_is(a.oid, PKI_OID_CN) ||
		    !pki_name_string(a.tag, a.value, &text) ||
		    !pki_gname_is_dns(buf_bytes(&text)) ||
		    !dns_listed(g->ask->config, buf_bytes(&text)))
			return false;
	}
	return true;
}

bool
ca_grant_at_once(const struct ca_grant *g)
{
	const struct ca_config *c = g->ask->config;

	/* Not even the override speaks for names of an attribute. */
	if (!c->issue_at_once || g->result->taken.names.n > 0)
		return false;
	if (*c->issue_override)
		return true;
	for (size_t i = 0; i < g->eku_n; i++)
		if (!ca_oid_list_has(&c->issue_eku, g->eku[i]))
			return false;
	return !g->wants_look && (!g->has_names || g->only_listed_dns) &&
	       subject_listed(g);
}
