/* template_part.c - the values of a template's sections. */
#include "ca/template_reading.h"

#include "base/str.h"
#include "ca/name_list.h"
#include "ca/purpose.h"
#include "pki/gname.h"

#include <stdio.h>

/* --- single words and numbers --------------------------------------------- */

static uint32_t
word(struct ca_template_reading *r, const char *text, const char *path,
    const struct ca_word *table, uint32_t otherwise)
{
	AUTO_BUF all = BUF_WITH_LIMIT(ERR_TEXT_MAX);
	const char *key = strrchr(path, '/');
	uint32_t value = otherwise;

	if (!text || ca_word_value(table, text, &value))
		return value;
	ca_word_list(table, UINT32_MAX, &all);
	ca_template_say(r, true, path, "%s is \"%.60s\", which is none of: %s.",
	    key ? key + 1 : path, text, buf_str(&all));
	return otherwise;
}

static uint64_t
number(struct ca_template_reading *r, const char *text, const char *path,
    uint64_t max)
{
	const char *key = strrchr(path, '/');
	uint64_t n = 0;

	if (text && !str_u64(text, max, &n))
		ca_template_say(r, true, path,
		    "%s must be a number from 0 to %u, not \"%.60s\".",
		    key ? key + 1 : path, (unsigned)max, text);
	return n;
}

void
ca_template_part_words(struct ca_template_reading *r)
{
	static const struct raw_renewal no_renewal = { NULL, NULL };
	static const struct raw_basic no_basic = { NULL, NULL };
	const struct raw_template *raw = r->raw;
	const struct raw_renewal *renewal =
	    raw->renewal ? raw->renewal : &no_renewal;
	const struct raw_basic *basic = raw->basic ? raw->basic : &no_basic;
	struct ca_template *t = r->t;
	const struct {
		const char *text, *path;
		const struct ca_word *table;
		bool *ret;
	} rows[] = {
		{ raw->subject_type, "for", ca_words_for, &t->machine },
		{ raw->sid_extension, "sid_extension", ca_words_sid,
		    &t->no_sid },
		{ raw->application_policies_from, "application_policies_from",
		    ca_words_policies_from, &t->app_policies_from_request },
		{ raw->exportable, "exportable", ca_words_truth,
		    &t->exportable },
		{ raw->strong_protection, "strong_protection", ca_words_truth,
		    &t->strong_protection },
		{ raw->on_behalf_of, "on_behalf_of", ca_words_truth,
		    &t->on_behalf_of },
		{ raw->sign_in, "sign-in", ca_words_truth, &t->sign_in },
		{ raw->sha1_proof, "sha1_proof", ca_words_truth,
		    &t->sha1_proof },
		{ renewal->same_key, "renewal/same_key", ca_words_truth,
		    &t->renew_same_key },
		{ renewal->approved, "renewal/previous_approval",
		    ca_words_truth, &t->renew_approved },
		{ basic->ca, "basic_constraints/ca", ca_words_truth, &t->ca },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		*rows[i].ret =
		    word(r, rows[i].text, rows[i].path, rows[i].table, 0) != 0;
	t->key_reuse = word(r, raw->key_reuse, "key-reuse", ca_words_reuse,
	    CA_TEMPLATE_REUSE_REFUSE);
	t->path_length = basic->path_length
			     ? (int)number(r, basic->path_length,
				   "basic_constraints/path_length", 100)
			     : -1;
}

/* --- names ---------------------------------------------------------------- */

static void
read_values(struct ca_template_reading *r, const struct raw_list *l,
    struct ca_template_subject *ret)
{
	enum pki_oid oid = PKI_OID_NONE;
	char at[32];

	ca_template_text_list(r, l, &ret->values);
	for (unsigned i = 0; i < l->list_count; i++) {
		(void)snprintf(at, sizeof(at), "subject/values/%u", i);
		if (!ca_subject_value(l->list[i], &oid) ||
		    !(ret->take >> oid & 1))
			ca_template_say(r, true, at,
			    "\"%.60s\" is no value of something that take "
			    "lists: \"organization=Example Ltd\".",
			    l->list[i]);
	}
}

void
ca_template_part_subject(struct ca_template_reading *r)
{
	const struct raw_subject *s = r->raw->subject;
	struct ca_template_subject *ret = &r->t->subject;
	uint32_t oid;

	if (!s)
		return;
	ret->from = word(
	    r, s->from, "subject/from", ca_words_subject, CA_TEMPLATE_NOTHING);
	ret->common_name = word(r, s->common_name, "subject/common_name",
	    ca_words_cn, CA_TEMPLATE_CN_NAME);
	ret->mail =
	    word(r, s->mail, "subject/mail", ca_words_truth, false) != 0;
	for (unsigned i = 0; i < s->take.list_count; i++) {
		char at[32];

		(void)snprintf(at, sizeof(at), "subject/take/%u", i);
		oid = word(r, s->take.list[i], at, ca_words_take, 0);
		ret->take |= UINT64_C(1) << oid;
	}
	read_values(r, &s->values, ret);
	if (ret->from != CA_TEMPLATE_REQUEST && s->take.list_count > 0)
		ca_template_say(r, true, "subject/take",
		    "take lists what is taken of the request's subject, so "
		    "from must be \"request\".");
	if (ret->from != CA_TEMPLATE_ACCOUNT && (s->common_name || s->mail))
		ca_template_say(r, true,
		    s->common_name ? "subject/common_name" : "subject/mail",
		    "common_name and mail say what is taken from the account, "
		    "so from must be \"account\".");
	if (ret->from == CA_TEMPLATE_REQUEST && s->take.list_count == 0)
		ca_template_say(r, true, "subject/from",
		    "take must list what is taken of the request's subject: "
		    "take: [common-name].");
}

static void
read_suffixes(struct ca_template_reading *r, const struct raw_list *l,
    const char *path, struct ca_template_texts *ret)
{
	char at[48];

	ca_template_text_list(r, l, ret);
	for (unsigned i = 0; i < l->list_count; i++) {
		(void)snprintf(at, sizeof(at), "%s/%u", path, i);
		if (!pki_gname_is_dns(bytes_str(l->list[i])) ||
		    strchr(l->list[i], '*'))
			ca_template_say(r, true, at,
			    "\"%.60s\" is no domain; it stands for itself and "
			    "all names below it: \"example.com\".",
			    l->list[i]);
	}
}

static void
read_networks(struct ca_template_reading *r, const struct raw_list *l,
    struct ca_template_texts *ret)
{
	struct ca_network net;
	char at[48];

	ca_template_text_list(r, l, ret);
	for (unsigned i = 0; i < l->list_count; i++) {
		(void)snprintf(at, sizeof(at), "san/ip_networks/%u", i);
		if (!ca_network_read(l->list[i], &net))
			ca_template_say(r, true, at,
			    "\"%.60s\" is no network, or has bits beyond its "
			    "length: \"192.0.2.0/24\", \"2001:db8::/32\".",
			    l->list[i]);
	}
}

static void
read_prefixes(struct ca_template_reading *r, const struct raw_list *l,
    struct ca_template_texts *ret)
{
	char at[48];

	ca_template_text_list(r, l, ret);
	for (unsigned i = 0; i < l->list_count; i++) {
		(void)snprintf(at, sizeof(at), "san/uri_prefixes/%u", i);
		if (!ca_uri_prefix_ok(l->list[i]))
			ca_template_say(r, true, at,
			    "\"%.60s\" does not end the host, or the name, so "
			    "others could go on with it: "
			    "\"https://example.com/\", \"urn:example:\".",
			    l->list[i]);
	}
}

void
ca_template_part_san(struct ca_template_reading *r)
{
	const struct raw_san *s = r->raw->san;
	struct ca_template_san *ret = &r->t->san;

	if (!s)
		return;
	ret->account =
	    ca_template_mask(r, &s->account, "san/account", ca_words_san);
	ret->request =
	    ca_template_mask(r, &s->request, "san/request", ca_words_san);
	read_suffixes(
	    r, &s->dns_suffixes, "san/dns_suffixes", &ret->dns_suffixes);
	read_suffixes(
	    r, &s->mail_domains, "san/mail_domains", &ret->mail_domains);
	read_suffixes(r, &s->upn_domains, "san/upn_domains", &ret->upn_domains);
	read_networks(r, &s->ip_networks, &ret->ip_networks);
	read_prefixes(r, &s->uri_prefixes, &ret->uri_prefixes);
	ret->outside = word(r, s->outside, "san/outside", ca_words_outside,
	    CA_TEMPLATE_OUTSIDE_PEND);
	ret->attributes =
	    word(r, s->attributes, "san/attributes", ca_words_truth, 0) != 0;
	if (ret->account & (CA_TEMPLATE_SAN_IP | CA_TEMPLATE_SAN_URI))
		ca_template_say(r, true, "san/account",
		    "An account has no addresses (ip, uri).");
}

/* --- keys ----------------------------------------------------------------- */

uint16_t
ca_template_key_can(enum pki_key_kind kind)
{
	const uint16_t signs = PKI_KU_DIGITAL_SIGNATURE |
			       PKI_KU_NON_REPUDIATION | PKI_KU_CERT_SIGN |
			       PKI_KU_CRL_SIGN;

	/* RFC 3279 2.3, RFC 5480 3, RFC 8410 5 */
	if (kind == PKI_KEY_RSA)
		return signs | PKI_KU_KEY_ENCIPHERMENT |
		       PKI_KU_DATA_ENCIPHERMENT;
	if (kind == PKI_KEY_ED25519)
		return signs;
	return signs | PKI_KU_KEY_AGREEMENT | PKI_KU_ENCIPHER_ONLY |
	       PKI_KU_DECIPHER_ONLY;
}

/* "rsa-3072": the smallest size, which has no sensible default. */
static bool
read_rsa(struct ca_template_reading *r, const char *text)
{
	uint64_t bits;

	if (!str_has_prefix(text, "rsa-") || r->t->keys[PKI_KEY_RSA] ||
	    !str_u64(text + 4, PKI_RSA_MAX_BITS, &bits) ||
	    bits < PKI_RSA_MIN_BITS)
		return false;
	r->t->keys[PKI_KEY_RSA] = true;
	r->t->rsa_min = (unsigned)bits;
	return true;
}

void
ca_template_part_keys(struct ca_template_reading *r)
{
	const struct raw_list *l = &r->raw->keys;
	char at[32];
	uint32_t kind;

	for (unsigned i = 0; i < l->list_count; i++) {
		if (ca_word_value(ca_words_key, l->list[i], &kind) &&
		    kind != PKI_KEY_RSA) {
			r->t->keys[kind] = true;
			continue;
		}
		(void)snprintf(at, sizeof(at), "keys/%u", i);
		if (!read_rsa(r, l->list[i]))
			ca_template_say(r, true, at,
			    "\"%.60s\" is no kind of key: rsa-BITS (once, the "
			    "smallest size, %d to %d), p256, p384, p521, "
			    "ed25519.",
			    l->list[i], PKI_RSA_MIN_BITS, PKI_RSA_MAX_BITS);
	}
	if (l->list_count == 0)
		ca_template_say(
		    r, true, "keys", "keys must list the kinds of keys taken.");
	r->t->key_usage = (uint16_t)ca_template_mask(
	    r, &r->raw->key_usage, "key_usage", ca_words_usage);
	if (r->raw->key_usage.list_count == 0)
		ca_template_say(r, true, "key_usage",
		    "key_usage must list what the keys are for.");
}

/* --- purposes and policies ------------------------------------------------ */

static void
read_purposes(struct ca_template_reading *r, const struct raw_list *l,
    const char *path, struct ca_oid_list *ret)
{
	char at[64];

	for (unsigned i = 0; i < l->list_count; i++) {
		struct ca_oid *oid = &ret->list[ret->n];

		(void)snprintf(at, sizeof(at), "%s/%u", path, i);
		if (!ca_purpose_from_text(l->list[i], oid))
			ca_template_say(r, true, at,
			    "\"%.60s\" is neither a purpose known by name "
			    "(server-authentication, ...) nor an object "
			    "identifier.",
			    l->list[i]);
		else if (ca_oid_list_has(ret, bytes_of(oid->der, oid->n)))
			ca_template_say(r, true, at,
			    "\"%.60s\" is listed twice.", l->list[i]);
		else
			ret->n++;
	}
}

static bool
cps_is_fine(const char *cps)
{
	for (const char *p = cps; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return str_has_prefix(cps, "http://") ||
	       str_has_prefix(cps, "https://");
}

static void
read_policies(struct ca_template_reading *r)
{
	unsigned n = r->raw->policies_count;
	struct ca_template_policy *list =
	    ca_arena_alloc(r->arena, (n + 1) * sizeof(*list));
	char at[48];

	for (unsigned i = 0; list && i < n; i++) {
		const struct raw_policy *p = &r->raw->policies[i];

		(void)snprintf(at, sizeof(at), "issuance_policies/%u", i);
		list[i].cps = ca_arena_str(r->arena, p->cps);
		if (!p->oid ||
		    !pki_oid_from_text(p->oid, list[i].oid.der, &list[i].oid.n))
			ca_template_say(r, true, at,
			    "A policy needs an object identifier (oid).");
		if (*list[i].cps && !cps_is_fine(list[i].cps))
			ca_template_say(r, true, at,
			    "cps must be the address of a statement, "
			    "http://... or https://...");
	}
	r->t->policies = list;
	r->t->policy_n = n;
}

void
ca_template_part_purposes(struct ca_template_reading *r)
{
	const struct raw_template *raw = r->raw;

	read_purposes(r, &raw->eku, "eku", &r->t->eku);
	if (raw->application_policies.list)
		read_purposes(r, &raw->application_policies,
		    "application_policies", &r->t->application_policies);
	else
		r->t->application_policies = r->t->eku;
	read_policies(r);
}

/* What others trust without looking is approved by two unless the template says
 * how many. After the purposes. */
void
ca_template_part_approvals(struct ca_template_reading *r)
{
	static const enum pki_oid grave[] = { PKI_OID_EKU_ENROLL_AGENT,
		PKI_OID_EKU_OCSP_SIGNING, PKI_OID_EKU_CODE_SIGNING };
	struct ca_template *t = r->t;
	bool is_grave = t->ca;

	for (size_t i = 0; i < ARRAY_LEN(grave); i++)
		is_grave = is_grave || ca_template_has_purpose(t, grave[i]);
	if (r->raw->approvals)
		t->approvals = (unsigned)number(
		    r, r->raw->approvals, "approvals", CA_TEMPLATE_APPROVALS);
	else
		t->approvals = is_grave ? 2 : 0;
}
