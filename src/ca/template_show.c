#include "ca/template_show.h"

#include "ca/purpose.h"
#include "ca/template_word.h"

#include <inttypes.h>

struct showing {
	struct ca_arena *arena;
	const struct ca_template *t;
	struct rpc_template_field *list;
	size_t n;
};

static void
add(struct showing *s, const char *label, const char *value)
{
	if (!*value || s->n == RPC_TEMPLATE_FIELDS_MAX)
		return;
	s->list[s->n++] =
	    (struct rpc_template_field){ label, ca_arena_str(s->arena, value) };
}

static void
add_truth(struct showing *s, const char *label, bool value)
{
	if (value)
		add(s, label, "yes");
}

static void
add_mask(struct showing *s, const char *label, const struct ca_word *table,
    uint32_t mask)
{
	AUTO_BUF text = BUF_WITH_LIMIT(RPC_TEXT_MAX);

	ca_word_list(table, mask, &text);
	add(s, label, buf_str(&text));
}

static void
add_texts(
    struct showing *s, const char *label, const struct ca_template_texts *list)
{
	AUTO_BUF text = BUF_WITH_LIMIT(RPC_DETAIL_MAX);

	for (size_t i = 0; i < list->n; i++)
		buf_addf(&text, "%s%s", i ? ", " : "", list->list[i]);
	add(s, label, buf_str(&text));
}

static void
add_number(struct showing *s, const char *label, int64_t n)
{
	char text[24];

	if (n <= 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIi64, n);
	add(s, label, text);
}

static void
show_life(struct showing *s)
{
	AUTO_BUF validity = BUF_WITH_LIMIT(64);
	AUTO_BUF overlap = BUF_WITH_LIMIT(64);
	char oid[PKI_OID_TEXT_MAX], version[32];
	const struct ca_template *t = s->t;

	ca_word_duration(t->validity, &validity);
	ca_word_duration(t->renewal_overlap, &overlap);
	(void)snprintf(version, sizeof(version), "%" PRIu32 ".%" PRIu32,
	    t->major, t->minor);
	add(s, "Name", t->name);
	add(s, "Display name", t->display_name);
	add(s, "Description", t->description);
	add(s, "File", t->file);
	if (pki_oid_to_text(bytes_of(t->oid.der, t->oid.n), oid))
		add(s, "Object identifier", oid);
	add(s, "Version", version);
	add(s, "For", ca_word_of(ca_words_for, t->machine));
	add(s, "Validity", buf_str(&validity));
	add(s, "Renewal overlap", buf_str(&overlap));
}

static void
show_names(struct showing *s)
{
	const struct ca_template *t = s->t;
	AUTO_BUF take = BUF_WITH_LIMIT(RPC_TEXT_MAX);

	add(s, "Subject from", ca_word_of(ca_words_subject, t->subject.from));
	if (t->subject.from == CA_TEMPLATE_ACCOUNT)
		add(s, "Common name",
		    ca_word_of(ca_words_cn, t->subject.common_name));
	add_truth(s, "Mail in subject", t->subject.mail);
	for (const struct ca_word *w = ca_words_take; w->word; w++)
		if (t->subject.take & (UINT64_C(1) << w->value))
			buf_addf(&take, "%s%s", take.n ? ", " : "", w->word);
	add(s, "Subject takes", buf_str(&take));
	add_mask(s, "Names of account", ca_words_san, t->san.account);
	add_mask(s, "Names of request", ca_words_san, t->san.request);
	add_texts(s, "DNS suffixes", &t->san.dns_suffixes);
	add_texts(s, "Mail domains", &t->san.mail_domains);
	add_texts(s, "UPN domains", &t->san.upn_domains);
	add_texts(s, "IP networks", &t->san.ip_networks);
	add_texts(s, "URI prefixes", &t->san.uri_prefixes);
	add_texts(s, "Subject values", &t->subject.values);
	if (ca_template_has_lists(t))
		add(s, "Names outside",
		    ca_word_of(ca_words_outside, t->san.outside));
	add_truth(s, "SAN attributes", t->san.attributes);
	add(s, "SID extension", ca_word_of(ca_words_sid, t->no_sid));
}

static void
show_keys(struct showing *s)
{
	const struct ca_template *t = s->t;
	AUTO_BUF keys = BUF_WITH_LIMIT(RPC_TEXT_MAX);

	for (const struct ca_word *w = ca_words_key; w->word; w++) {
		if (!t->keys[w->value])
			continue;
		buf_addf(&keys, "%s%s", keys.n ? ", " : "", w->word);
		if (w->value == PKI_KEY_RSA)
			buf_addf(&keys, "-%u", t->rsa_min);
	}
	add(s, "Keys", buf_str(&keys));
	add_mask(s, "Key usage", ca_words_usage, t->key_usage);
	add_truth(s, "Exportable", t->exportable);
	add_truth(s, "Strong protection", t->strong_protection);
	add(s, "Key reuse", ca_word_of(ca_words_reuse, t->key_reuse));
	add_truth(s, "SHA-1 proof", t->sha1_proof);
}

static void
add_purposes(
    struct showing *s, const char *label, const struct ca_oid_list *list)
{
	AUTO_BUF text = BUF_WITH_LIMIT(RPC_DETAIL_MAX);
	char oid[PKI_OID_TEXT_MAX];

	for (size_t i = 0; i < list->n; i++)
		buf_addf(&text, "%s%s", i ? ", " : "",
		    ca_purpose_text(&list->list[i], oid));
	add(s, label, buf_str(&text));
}

static void
show_purposes(struct showing *s)
{
	const struct ca_template *t = s->t;
	char oid[PKI_OID_TEXT_MAX], text[PKI_OID_TEXT_MAX + RPC_TEXT_MAX];

	add_purposes(s, "Purposes", &t->eku);
	add_purposes(s, "App policies", &t->application_policies);
	add_truth(s, "App policies asked", t->app_policies_from_request);
	for (size_t i = 0; i < t->policy_n; i++) {
		const struct ca_template_policy *p = &t->policies[i];

		(void)snprintf(text, sizeof(text), "%s %s",
		    ca_purpose_text(&p->oid, oid), p->cps);
		add(s, "Issuance policy", text);
	}
	add_truth(s, "CA", t->ca);
	if (t->path_length >= 0) {
		(void)snprintf(text, sizeof(text), "%d", t->path_length);
		add(s, "Path length", text);
	}
}

static void
show_way(struct showing *s)
{
	const struct ca_template *t = s->t;
	char oid[PKI_OID_TEXT_MAX];

	add_number(s, "Approvals", t->approvals);
	add_number(s, "Agent signatures", t->agent_signatures);
	if (t->agent_policy.n > 0)
		add(s, "Agents' purpose",
		    ca_purpose_text(&t->agent_policy, oid));
	add_truth(s, "On behalf of", t->on_behalf_of);
	add_texts(s, "Supersedes", &t->supersedes);
	add_truth(s, "Renewal, same key", t->renew_same_key);
	add_truth(s, "Renewal, approved", t->renew_approved);
	add(s, "Retrieved by",
	    *t->retrieve_group ? ca_principal_display(t->retrieve_group)
			       : "its owner");
	add_truth(s, "Signs in to pages", t->sign_in);
}

static void
show_people(struct showing *s)
{
	const struct ca_template *t = s->t;
	char text[RPC_TEXT_MAX], rights[CA_RIGHTS_TEXT_MAX];

	for (size_t i = 0; i < t->permission_n; i++) {
		const struct ca_permission_entry *e = &t->permissions[i];

		ca_rights_list(e->rights, true, rights);
		(void)snprintf(text, sizeof(text), "%s %s: %s",
		    e->is_group ? "group" : "user",
		    ca_principal_display(e->principal), rights);
		add(s, e->deny ? "Deny" : "Allow", text);
	}
	for (size_t i = 0; i < t->override_n; i++) {
		const struct ca_template_override *o = &t->overrides[i];

		(void)snprintf(text, sizeof(text), "%s, by %s: %s", o->hole,
		    o->by, o->reason);
		add(s, "Override", text);
	}
}

void
ca_template_show(struct ca_arena *a, const struct ca_template *t,
    const struct rpc_template_field **ret, size_t *ret_n)
{
	struct showing s = { .arena = a, .t = t };

	*ret_n = 0;
	s.list = ca_arena_alloc(a, RPC_TEMPLATE_FIELDS_MAX * sizeof(*s.list));
	if (!s.list)
		return;
	show_life(&s);
	show_names(&s);
	show_keys(&s);
	show_purposes(&s);
	show_way(&s);
	show_people(&s);
	*ret = s.list;
	*ret_n = s.n;
}
