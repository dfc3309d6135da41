/* schema.c - opencertsrv.yaml as libcyaml loads it for this program. */
#include "schema.h"

#include "ca/config.h"

#define OPTIONAL_PTR (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT_MAX     1024

/* clang-format off */
static const cyaml_schema_value_t text_item = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 255),
};

#define TEXT(type, key) \
	CYAML_FIELD_STRING_PTR(#key, OPTIONAL_PTR, type, key, 0, TEXT_MAX)
#define NUMBER(type, key) CYAML_FIELD_UINT_PTR(#key, OPTIONAL_PTR, type, key)
#define TRUTH(type, key) CYAML_FIELD_BOOL_PTR(#key, OPTIONAL_PTR, type, key)
#define TEXTS(type, key, max) \
	CYAML_FIELD_SEQUENCE(#key, OPTIONAL_PTR, type, key, &text_item, 0, max)

static const cyaml_schema_field_t at_once_fields[] = {
	TRUTH(struct yaml_at_once, enabled),
	TEXT(struct yaml_at_once, override),
	TEXTS(struct yaml_at_once, eku, CA_EKUS_MAX),
	TEXTS(struct yaml_at_once, dns_suffixes, CA_NAMES_MAX),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t attributes_fields[] = {
	TRUTH(struct yaml_attributes, names),
	TRUTH(struct yaml_attributes, purposes),
	TRUTH(struct yaml_attributes, validity),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t limits_fields[] = {
	NUMBER(struct yaml_limits, pending_per_requester),
	NUMBER(struct yaml_limits, daily_per_requester),
	NUMBER(struct yaml_limits, pending),
	NUMBER(struct yaml_limits, free_space_mib),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t ca_fields[] = {
	TEXT(struct yaml_ca, name),
	TEXT(struct yaml_ca, host),
	TEXT(struct yaml_ca, type),
	TEXT(struct yaml_ca, key),
	TEXT(struct yaml_ca, contact),
	TEXT(struct yaml_ca, organization),
	TEXT(struct yaml_ca, database),
	TEXT(struct yaml_ca, sign_socket),
	TEXT(struct yaml_ca, web_socket),
	TEXT(struct yaml_ca, admin_socket),
	TEXT(struct yaml_ca, publish),
	TEXT(struct yaml_ca, url),
	TEXT(struct yaml_ca, templates),
	NUMBER(struct yaml_ca, ca_validity_days),
	NUMBER(struct yaml_ca, validity_days),
	NUMBER(struct yaml_ca, clock_skew_minutes),
	NUMBER(struct yaml_ca, renewal_grace_days),
	NUMBER(struct yaml_ca, crl_period_hours),
	NUMBER(struct yaml_ca, crl_overlap_hours),
	NUMBER(struct yaml_ca, crl_delta_hours),
	NUMBER(struct yaml_ca, crl_delta_overlap_hours),
	TRUTH(struct yaml_ca, issuing_distribution_point),
	TRUTH(struct yaml_ca, subordinate),
	TRUTH(struct yaml_ca, offline),
	TEXT(struct yaml_ca, separation),
	NUMBER(struct yaml_ca, approvals),
	CYAML_FIELD_MAPPING_PTR("issue_at_once", OPTIONAL_PTR, struct yaml_ca,
	    issue_at_once, at_once_fields),
	TEXTS(struct yaml_ca, special_eku, CA_EKUS_MAX),
	TRUTH(struct yaml_ca, allow_upn),
	TRUTH(struct yaml_ca, allow_underscore),
	CYAML_FIELD_MAPPING_PTR("attributes", OPTIONAL_PTR, struct yaml_ca,
	    attributes, attributes_fields),
	TEXT(struct yaml_ca, key_reuse),
	TEXT(struct yaml_ca, compromised_keys),
	TEXTS(struct yaml_ca, site_names, CA_NAMES_MAX),
	CYAML_FIELD_MAPPING_PTR("limits", OPTIONAL_PTR, struct yaml_ca, limits,
	    limits_fields),
	NUMBER(struct yaml_ca, workers),
	CYAML_FIELD_END
};

/* The other programs' sections are theirs to check. */
static const cyaml_schema_field_t file_fields[] = {
	TRUTH(struct yaml_file, demo),
	CYAML_FIELD_MAPPING_PTR("ca", CYAML_FLAG_POINTER, struct yaml_file, ca,
	    ca_fields),
	CYAML_FIELD_IGNORE("sign", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("web", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("host", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_END
};

const cyaml_schema_value_t schema_file = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_file, file_fields),
};
/* clang-format on */
