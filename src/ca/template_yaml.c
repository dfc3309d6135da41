/* template_yaml.c - every key of a template, and its shape. What a value may
 * be is template_read.c's; what the keys mean is told by the shipped files. */
#include "ca/template_yaml.h"

#include "ca/template.h"

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

/* clang-format off */
static const cyaml_schema_value_t text_item = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CA_TEMPLATE_WORD_MAX),
};

#define TEXT(type, key, member) \
	CYAML_FIELD_STRING_PTR(key, OPTIONAL, struct type, member, 0, \
	    CA_TEMPLATE_TEXT_MAX)
#define TEXTS(type, key, member) \
	CYAML_FIELD_SEQUENCE_COUNT(key, OPTIONAL, struct type, member.list, \
	    member.list_count, &text_item, 0, CA_TEMPLATE_LIST_MAX)
#define PART(key, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, OPTIONAL, struct raw_template, member, \
	    fields)
#define PARTS(key, member, item) \
	CYAML_FIELD_SEQUENCE(key, OPTIONAL, struct raw_template, member, \
	    &(item), 0, CA_TEMPLATE_LIST_MAX)

static const cyaml_schema_field_t subject_fields[] = {
	TEXT(raw_subject, "from", from),
	TEXT(raw_subject, "common_name", common_name),
	TEXT(raw_subject, "mail", mail),
	TEXTS(raw_subject, "take", take),
	TEXTS(raw_subject, "values", values),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t san_fields[] = {
	TEXTS(raw_san, "account", account),
	TEXTS(raw_san, "request", request),
	TEXTS(raw_san, "dns_suffixes", dns_suffixes),
	TEXTS(raw_san, "mail_domains", mail_domains),
	TEXTS(raw_san, "upn_domains", upn_domains),
	TEXTS(raw_san, "ip_networks", ip_networks),
	TEXTS(raw_san, "uri_prefixes", uri_prefixes),
	TEXT(raw_san, "outside", outside),
	TEXT(raw_san, "attributes", attributes),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t policy_fields[] = {
	TEXT(raw_policy, "oid", oid),
	TEXT(raw_policy, "cps", cps),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t basic_fields[] = {
	TEXT(raw_basic, "ca", ca),
	TEXT(raw_basic, "path_length", path_length),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t agent_fields[] = {
	TEXT(raw_agent, "count", count),
	TEXT(raw_agent, "policy", policy),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t renewal_fields[] = {
	TEXT(raw_renewal, "same_key", same_key),
	TEXT(raw_renewal, "previous_approval", approved),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t entry_fields[] = {
	TEXT(raw_entry, "allow", allow),
	TEXT(raw_entry, "deny", deny),
	TEXTS(raw_entry, "rights", rights),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t override_fields[] = {
	TEXT(raw_override, "hole", hole),
	TEXT(raw_override, "by", by),
	TEXT(raw_override, "reason", reason),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t policy_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_policy,
	    policy_fields),
};
static const cyaml_schema_value_t entry_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_entry, entry_fields),
};
static const cyaml_schema_value_t override_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_override,
	    override_fields),
};

static const cyaml_schema_field_t fields[] = {
	TEXT(raw_template, "name", name),
	TEXT(raw_template, "display_name", display_name),
	TEXT(raw_template, "description", description),
	TEXT(raw_template, "oid", oid),
	TEXT(raw_template, "version", version),
	TEXT(raw_template, "for", subject_type),
	TEXT(raw_template, "validity", validity),
	TEXT(raw_template, "renewal_overlap", renewal_overlap),
	PART("subject", subject, subject_fields),
	PART("san", san, san_fields),
	TEXT(raw_template, "sid_extension", sid_extension),
	TEXTS(raw_template, "keys", keys),
	TEXTS(raw_template, "key_usage", key_usage),
	TEXTS(raw_template, "eku", eku),
	TEXTS(raw_template, "application_policies", application_policies),
	TEXT(raw_template, "application_policies_from",
	    application_policies_from),
	PARTS("issuance_policies", policies, policy_item),
	PART("basic_constraints", basic, basic_fields),
	TEXT(raw_template, "exportable", exportable),
	TEXT(raw_template, "strong_protection", strong_protection),
	TEXT(raw_template, "approvals", approvals),
	PART("agent_signatures", agent, agent_fields),
	TEXT(raw_template, "on_behalf_of", on_behalf_of),
	TEXTS(raw_template, "supersedes", supersedes),
	PART("renewal", renewal, renewal_fields),
	TEXT(raw_template, "key-reuse", key_reuse),
	TEXT(raw_template, "retrieve", retrieve),
	TEXT(raw_template, "sign-in", sign_in),
	TEXT(raw_template, "sha1_proof", sha1_proof),
	PARTS("permissions", permissions, entry_item),
	PARTS("overrides", overrides, override_item),
	CYAML_FIELD_END
};

const cyaml_schema_value_t ca_template_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_template, fields),
};
/* clang-format on */
