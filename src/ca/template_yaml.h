/* template_yaml.h - a template's file as libcyaml loads it: only structure,
 * every value still a text. For template_read.c.
 */
#pragma once
#include "conf/conf.h"

struct raw_list {
	char **list;
	unsigned list_count;
};

struct raw_subject {
	char *from, *common_name, *mail;
	struct raw_list take, values;
};

struct raw_san {
	char *outside, *attributes;
	struct raw_list account, request, dns_suffixes, mail_domains;
	struct raw_list upn_domains, ip_networks, uri_prefixes;
};

struct raw_policy {
	char *oid, *cps;
};

struct raw_basic {
	char *ca, *path_length;
};

struct raw_agent {
	char *count, *policy;
};

struct raw_renewal {
	char *same_key, *approved;
};

struct raw_entry {
	char *allow, *deny;
	struct raw_list rights;
};

struct raw_override {
	char *hole, *by, *reason;
};

struct raw_template {
	char *name, *display_name, *description, *oid, *version, *subject_type;
	char *validity, *renewal_overlap;
	struct raw_subject *subject;
	struct raw_san *san;
	char *sid_extension;
	struct raw_list keys, key_usage, eku, application_policies;
	char *application_policies_from;
	struct raw_policy *policies;
	unsigned policies_count;
	struct raw_basic *basic;
	char *exportable, *strong_protection, *approvals;
	struct raw_agent *agent;
	char *on_behalf_of;
	struct raw_list supersedes;
	struct raw_renewal *renewal;
	char *key_reuse, *retrieve, *sign_in, *sha1_proof;
	struct raw_entry *permissions;
	unsigned permissions_count;
	struct raw_override *overrides;
	unsigned overrides_count;
};

extern const cyaml_schema_value_t ca_template_schema;
